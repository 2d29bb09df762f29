"""What the store on Azure Table Storage makes of a service that is down, slow, garbled or not the one it seems."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable

import pytest

from gateway.stores import azure_answers
from gateway.stores.azure_identity import ManagedIdentity
from gateway.stores.azure_tables import TableStore
from scim.identity.store import Conflict, Delete, Insert, Merge, Operation, Replace, StoreUnavailable
from tests.azurite.server import ACCOUNT, free_port
from tests.stores.service import Reply, Request, Respond, refusal, serving

P = "acme.user"
ETAG = "W/\"datetime'2020-01-01T00%3A00%3A00.0000000Z'\""
MADE = Reply(201, b'{"odata.metadata": "x"}', {"ETag": ETAG})
SCOPE = "https://storage.azure.com/.default"


def store_at(url: str) -> TableStore:
    return TableStore(f"{ACCOUNT}TableEndpoint={url}/devstoreaccount1;")


async def ask(respond: Respond, call: Callable[[TableStore], object]) -> list[Request]:
    """What the service was asked by one call."""
    async with serving(respond) as service:
        store = store_at(service.url)
        try:
            await call(store)  # type: ignore[misc]
        finally:
            await store.aclose()
    return service.requests


async def all_rows(store: TableStore) -> list[str]:
    return [row.key async for row in store.scan(P, "i.")]


def read(store: TableStore) -> object:
    return store.get(P, "i.a")


def insert(store: TableStore) -> object:
    return store.commit(P, [Insert("i.a", {"n": 1})])


def several(store: TableStore) -> object:
    return store.commit(P, [Insert("i.a", {"n": 1}), Merge("i.b", {"n": 1})])


CALLS = {"get": read, "scan": all_rows, "insert": insert, "transaction": several}
HALF = (
    b"--b\r\nContent-Type: multipart/mixed; boundary=c\r\n\r\n"
    b"--c\r\nContent-Type: application/http\r\nContent-Transfer-Encoding: binary\r\n\r\n"
    b"HTTP/1.1 204 No Content\r\nETag: x\r\n\r\n\r\n--c--\r\n--b--\r\n"
)
"""The answer to one of two operations."""
NO_ANSWERS = {
    "a busy service": refusal(503, "ServerBusy"),
    "too many requests": refusal(429, "TooManyRequests"),
    "a failing service": refusal(500, "InternalError"),
    "a refused key": refusal(403, "AuthenticationFailed"),
    "a 404 that is not the service's": Reply(404, b"<html>nothing here</html>", {"Content-Type": "text/html"}),
    "a 409 that is not the service's": Reply(409, b"<html>no</html>", {"Content-Type": "text/html"}),
    "a 412 without a body": Reply(412, b""),
    "a page of a captive portal": Reply(200, b"<html>log in</html>", {"Content-Type": "text/html"}),
    "an empty object": Reply(200, b"{}"),
    "an empty 202": Reply(202, b""),
    "half a transaction": Reply(202, HALF, {"Content-Type": "multipart/mixed; boundary=b"}),
    "a table that is being deleted": refusal(409, "TableBeingDeleted"),
    "a connection that is cut": Reply(cut=True),
    "silence": Reply(silent=True),
}


@pytest.mark.parametrize("reply", NO_ANSWERS.values(), ids=NO_ANSWERS)
@pytest.mark.parametrize("call", CALLS.values(), ids=CALLS)
async def test_what_is_no_answer_is_never_taken_for_one(
    call: Callable[[TableStore], object], reply: Reply, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(azure_answers, "SECONDS", 0.3)
    started = time.monotonic()
    with pytest.raises(StoreUnavailable) as told:
        await ask(lambda _: reply, call)
    assert time.monotonic() - started < 15
    assert "Eby8" not in str(told.value)


@pytest.mark.parametrize("reply", [Reply(cut=True), refusal(503, "ServerBusy")], ids=["cut", "busy"])
@pytest.mark.parametrize("call", [insert, several], ids=["insert", "transaction"])
async def test_a_write_without_an_answer_is_not_sent_again(call: Callable[[TableStore], object], reply: Reply) -> None:
    async with serving(lambda _: reply) as service:
        store = store_at(service.url)
        with pytest.raises(StoreUnavailable):
            await call(store)  # type: ignore[misc]
        await store.aclose()
    assert len(service.requests) == 1


async def test_a_read_is_asked_again_after_a_hiccup() -> None:
    replies = iter([Reply(cut=True), refusal(503, "ServerBusy"), refusal(404, "ResourceNotFound")])
    assert len(await ask(lambda _: next(replies), read)) == 3


async def test_a_service_that_is_not_there_is_said_to_be_so_in_seconds() -> None:
    store = store_at(f"http://127.0.0.1:{free_port()}")
    started = time.monotonic()
    for call in CALLS.values():
        with pytest.raises(StoreUnavailable):
            await call(store)  # type: ignore[misc]
    assert time.monotonic() - started < 60
    await store.aclose()


@pytest.mark.parametrize("code", ["ResourceNotFound", "EntityNotFound", "TableNotFound"])
async def test_the_service_s_own_word_makes_a_row_missing(code: str) -> None:
    async with serving(lambda _: refusal(404, code)) as service:
        store = store_at(service.url)
        assert await store.get(P, "i.a") is None
        assert await all_rows(store) == []
        for operation in (Replace("i.a", {}, ETAG), Replace("i.a", {"n": 1}, ETAG)):
            with pytest.raises(Conflict):
                await store.commit(P, [operation])
        await store.aclose()


REFUSALS: list[tuple[str, int, Operation]] = [
    ("EntityAlreadyExists", 409, Insert("i.a", {})),
    ("UpdateConditionNotSatisfied", 412, Replace("i.a", {}, ETAG)),
    ("ConditionNotMet", 412, Replace("i.a", {}, ETAG)),
]


@pytest.mark.parametrize(("code", "status", "operation"), REFUSALS)
async def test_a_refusal_whose_code_stands_in_the_body_only_is_a_conflict(
    code: str, status: int, operation: Operation
) -> None:
    with pytest.raises(Conflict) as refused:
        await ask(lambda _: refusal(status, code), lambda store: store.commit(P, [operation]))
    assert refused.value.key == "i.a"


async def test_the_table_is_made_once_and_only_when_it_is_missing() -> None:
    tables: list[str] = []

    def respond(request: Request) -> Reply:
        if request.path.endswith("/Tables"):
            tables.append("made")
        return MADE if tables else refusal(404, "TableNotFound")

    async def write_thrice(store: TableStore) -> None:
        for _ in range(3):
            await store.commit(P, [Insert("i.a", {})])

    paths = [request.path.rpartition("/")[2] for request in await ask(respond, write_thrice)]
    assert paths == ["scimgate", "Tables", "scimgate", "scimgate", "scimgate"]


async def test_a_table_that_another_process_has_just_made_is_taken() -> None:
    replies = iter([refusal(404, "TableNotFound"), refusal(409, "TableAlreadyExists"), MADE])
    assert len(await ask(lambda _: next(replies), insert)) == 3


async def test_a_table_that_cannot_be_had_is_unavailable() -> None:
    def respond(request: Request) -> Reply:
        return MADE if request.path.endswith("/Tables") else refusal(404, "TableNotFound")

    with pytest.raises(StoreUnavailable, match="table"):
        await ask(respond, insert)


async def test_ages_are_by_the_service_s_clock_and_never_negative() -> None:
    def respond(request: Request) -> Reply:
        written = "2020-01-01T00:00:30.9Z" if "i.young" in request.path else "2020-01-01T00:00:00.5Z"
        body = f'{{"PartitionKey": "{P}", "RowKey": "i.a", "Timestamp": "{written}", "odata.etag": "x"}}'
        return Reply(200, body.encode(), {"Date": "Wed, 01 Jan 2020 00:00:30 GMT"})

    async with serving(respond) as service:
        store = store_at(service.url)
        rows = [await store.get(P, "i.old"), await store.get(P, "i.young")]
        await store.aclose()
    assert [row.age if row else None for row in rows] == [29.5, 0.0]


async def test_an_unusable_account_key_is_said_to_be_so_without_showing_it() -> None:
    for target, said in (
        (
            "AccountName=a;AccountKey=not base64;TableEndpoint=http://127.0.0.1:1/a",
            "account key of store cannot be used",
        ),
        ("AccountKey=secret;x", "connection string of Table Storage cannot be used"),
    ):
        store = TableStore(target)
        for call in CALLS.values():
            with pytest.raises(StoreUnavailable) as told:
                await call(store)  # type: ignore[misc]
            assert said in str(told.value) or call is insert, "the SDK falls over its own error in an insert"
            assert "base64" not in str(told.value)
            assert "secret" not in str(told.value)
        await store.aclose()


# -- managed identity ----------------------------------------------------------------------------------------------


def token(seconds: float, text: str = "t1") -> Reply:
    return Reply(200, f'{{"access_token": "{text}", "expires_on": "{int(time.time() + seconds)}"}}'.encode())


async def test_a_token_is_asked_of_the_host_as_it_wants_to_be_asked_and_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    async with serving(lambda _: token(3600)) as service:
        monkeypatch.setenv("IDENTITY_ENDPOINT", f"{service.url}/msi/token")
        monkeypatch.setenv("IDENTITY_HEADER", "s3cret")
        monkeypatch.setenv("http_proxy", f"http://127.0.0.1:{free_port()}")
        monkeypatch.delenv("AZURE_CLIENT_ID", raising=False)
        identity = ManagedIdentity()
        tokens = await asyncio.gather(*(identity.get_token(SCOPE) for _ in range(5)))
    assert {found.token for found in tokens} == {"t1"}
    [request] = service.requests
    assert request.path == "/msi/token?resource=https%3A%2F%2Fstorage.azure.com&api-version=2019-08-01"
    assert request.headers["x-identity-header"] == "s3cret"


async def test_a_token_that_ends_soon_is_renewed_and_a_user_assigned_identity_named(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    replies = iter([token(200), token(3600, "t2")])
    async with serving(lambda _: next(replies)) as service:
        monkeypatch.setenv("IDENTITY_ENDPOINT", service.url)
        monkeypatch.setenv("IDENTITY_HEADER", "s3cret")
        monkeypatch.setenv("AZURE_CLIENT_ID", "client-1")
        identity = ManagedIdentity()
        found = [(await identity.get_token(SCOPE)).token for _ in range(3)]
    assert found == ["t1", "t2", "t2"]
    assert "client_id=client-1" in service.requests[0].path


BAD_TOKENS = {
    "an error": Reply(500, b"{}"),
    "no token": Reply(200, b'{"expires_on": "1"}'),
    "a list": Reply(200, b"[]"),
    "a strange time": Reply(200, b'{"access_token": "s3cret", "expires_on": "soon"}'),
    "HTML": Reply(200, b"<html>"),
    "nothing": Reply(cut=True),
}


@pytest.mark.parametrize("reply", BAD_TOKENS.values(), ids=BAD_TOKENS)
async def test_an_identity_that_gives_no_token_makes_the_store_unavailable(
    reply: Reply, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with serving(lambda _: reply) as service:
        monkeypatch.setenv("IDENTITY_ENDPOINT", service.url)
        monkeypatch.setenv("IDENTITY_HEADER", "s3cret")
        store = TableStore("https://account.table.core.windows.net")
        for call in CALLS.values():
            with pytest.raises(StoreUnavailable, match="managed identity gave no token") as told:
                await call(store)  # type: ignore[misc]
            assert "s3cret" not in str(told.value)
        await store.aclose()


async def test_without_a_managed_identity_the_store_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("IDENTITY_ENDPOINT", raising=False)
    store = TableStore("https://account.table.core.windows.net")
    with pytest.raises(StoreUnavailable, match="no managed identity"):
        await store.commit(P, [Delete("i.a")])
    await store.aclose()
