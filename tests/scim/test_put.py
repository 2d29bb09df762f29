"""PUT (RFC 7644 3.5.1): the resource becomes what the client says, and nothing that only the server knows changes."""

from __future__ import annotations

from typing import Any

import pytest

from tests.backends import FIELDS, Shelf
from tests.scim.harness import CORE, ENTERPRISE, Engine

FULL: dict[str, Any] = {
    "userName": "ada@example.com",
    "active": True,
    "displayName": "Ada L.",
    "name": {"givenName": "Ada", "familyName": "Lovelace"},
    "emails": [{"type": "work", "value": "ada@example.com", "primary": True}],
    "externalId": "e1",
    "userType": "Employee",
    ENTERPRISE: {"department": "ER"},
}


async def made(engine: Engine, **more: Any) -> str:
    login = {**FULL, **more}.pop("userName")
    return (await engine.create(login, **{k: v for k, v in {**FULL, **more}.items() if k != "userName"})).id


async def test_what_was_read_can_be_put_back_and_changes_nothing() -> None:
    engine = Engine()
    id = await made(engine)
    read = (await engine.send("GET", f"/Users/{id}")).body
    engine.shelf.calls.clear()
    answer = await engine.send("PUT", f"/Users/{id}", read)
    assert (answer.status, answer.body) == (200, read)
    assert engine.shelf.calls == {"get": 1}, "no difference, no call"


@pytest.mark.parametrize(
    ("why", "change", "native"),
    [
        ("a value", {"displayName": "Countess"}, {"display": "Countess"}),
        ("an absent value is cleared", {"displayName": None}, {"display": None}),
        ("an absent object is cleared, its required part keeps its default's field",
         {"name": {"givenName": "A"}}, {"first": "A", "last": None}),
        ("an absent list is cleared", {"emails": None}, {"mail": None}),
        ("an absent extension is cleared", {ENTERPRISE: None}, {"department": None}),
        ("another name", {"userName": "countess@example.com"}, {"login": "countess@example.com"}),
        ("disabled", {"active": False}, {"enabled": False}),
        ("Microsoft's boolean", {"active": "False"}, {"enabled": False}),
    ],
)  # fmt: skip
async def test_only_what_differs_is_written(why: str, change: dict[str, Any], native: dict[str, Any]) -> None:
    engine = Engine()
    id = await made(engine)
    body = {k: v for k, v in {**FULL, **change}.items() if v is not None}
    answer = await engine.send("PUT", f"/Users/{id}", {"schemas": [CORE], **body})
    assert answer.status == 200, answer.body
    assert engine.shelf.changes[-1].set == native, why


async def test_active_alone_stays_as_it_is_when_it_is_absent() -> None:
    engine = Engine()
    id = await made(engine, active=False)
    body = {k: v for k, v in FULL.items() if k != "active"}
    answer = await engine.send("PUT", f"/Users/{id}", body)
    assert answer.body["active"] is False, "nobody is enabled by silence"


async def test_what_is_kept_is_replaced_and_cleared_too() -> None:
    engine = Engine(keep=("externalId", "title"))
    id = await made(engine, title="Countess")
    answer = await engine.send("PUT", f"/Users/{id}", {**FULL, "externalId": "e2"})
    assert answer.body["externalId"] == "e2" and "title" not in answer.body
    assert [u["id"] for u in await engine.find('externalId eq "e2"')] == [id]
    assert await engine.find('externalId eq "e1"') == []
    again = await engine.send("PUT", f"/Users/{id}", {k: v for k, v in FULL.items() if k != "externalId"})
    assert "externalId" not in again.body


async def test_read_only_values_are_ignored_and_a_create_only_one_is_left_out_and_named() -> None:
    engine = Engine()
    id = await made(engine)
    body = {**FULL, "id": "x", "meta": {"created": "2001-01-01T00:00:00Z"}, "groups": [], "userType": "Guest"}
    answer = await engine.send("PUT", f"/Users/{id}", body)
    assert (answer.status, answer.id, answer.body["userType"]) == (200, id, "Employee")
    assert answer.headers["x-scimgate-ignored"] == "userType"


async def test_a_name_that_another_account_has_is_409_and_nothing_changes() -> None:
    engine = Engine()
    await engine.create("grace@example.com")
    id = await made(engine)
    answer = await engine.send("PUT", f"/Users/{id}", {**FULL, "userName": "Grace@example.com", "displayName": "x"})
    assert (answer.status, answer.body["scimType"]) == (409, "uniqueness")
    assert (await engine.send("GET", f"/Users/{id}")).body["displayName"] == "Ada L."


@pytest.mark.parametrize(
    ("why", "body"),
    [
        ("userName is required", {"displayName": "x"}),
        ("what the backend requires is required", {**FULL, "userName": ""}),
        ("a wrong type", {**FULL, "active": "maybe"}),
    ],
)
async def test_a_bad_body_is_400_and_changes_nothing(why: str, body: dict[str, Any]) -> None:
    engine = Engine()
    id = await made(engine)
    before = engine.shelf.writes
    answer = await engine.send("PUT", f"/Users/{id}", body)
    assert (answer.status, answer.body["scimType"]) == (400, "invalidValue"), why
    assert engine.shelf.writes == before


async def test_a_password_is_sent_when_it_is_there_and_never_cleared() -> None:
    engine = Engine()
    id = await made(engine, password="first")
    await engine.send("PUT", f"/Users/{id}", {**FULL, "displayName": "x"})
    assert "secret" not in engine.shelf.changes[-1].set
    answer = await engine.send("PUT", f"/Users/{id}", {**FULL, "password": "second"})
    assert engine.shelf.changes[-1].set["secret"] == "second" and "password" not in answer.body


async def test_a_put_on_a_deleted_account_is_404() -> None:
    engine = Engine()
    id = await made(engine)
    await engine.send("DELETE", f"/Users/{id}")
    assert (await engine.send("PUT", f"/Users/{id}", FULL)).status == 404


SHARED = {**FIELDS, 'emails[type eq "work"].value': "login", "nickName": "display"}
WORK = 'emails[type eq "work"].value'


@pytest.mark.parametrize(
    ("why", "sent", "native", "ignored"),
    [
        ("the login stays", {"userName": "ada@example.com"}, {"login": "ada@example.com"}, [WORK]),
        ("the login that was sent counts", {"userName": "countess@x"}, {"login": "countess@x"}, [WORK]),
        ("neither needs a value: one was sent", {"userName": "ada@example.com", "nickName": "Ada L."},
         {"display": "Ada L."}, ["displayName", WORK]),
        ("neither was sent", {"userName": "ada@example.com"}, {"display": None}, [WORK]),
    ],
)  # fmt: skip
async def test_what_two_paths_share_is_not_cleared_by_the_one_that_is_absent(
    why: str, sent: dict[str, Any], native: dict[str, Any], ignored: list[str]
) -> None:
    engine = Engine(Shelf(fields=SHARED))
    id = (await engine.create("ada@example.com", displayName="Ada L.")).id
    answer = await engine.send("PUT", f"/Users/{id}", {**sent, "active": True})
    assert (answer.status, answer.headers.get("x-scimgate-ignored", "").split(", ")) == (200, ignored), why
    assert {name: engine.shelf.records["k1"].get(name) for name in native} == native, why
    assert answer.body["emails"][0]["value"] == answer.body["userName"] == engine.shelf.records["k1"]["login"]


async def test_the_address_that_is_the_login_is_not_removed_and_another_shared_value_is() -> None:
    engine = Engine(Shelf(fields=SHARED))
    id = (await engine.create("ada@example.com", displayName="Ada L.")).id
    answer = await engine.patch(id, {"op": "remove", "path": WORK}, {"op": "remove", "path": "displayName"})
    assert (answer.status, answer.headers["x-scimgate-ignored"]) == (200, WORK)
    record = engine.shelf.records["k1"]
    assert (record["login"], record["display"]) == ("ada@example.com", None)


async def test_the_login_is_required_also_where_the_address_that_is_the_login_was_sent() -> None:
    engine = Engine(Shelf(fields=SHARED))
    id = (await engine.create("ada@example.com")).id
    address = [{"type": "work", "value": "ada@example.com"}]
    assert (await engine.send("PUT", f"/Users/{id}", {"emails": address})).status == 400
