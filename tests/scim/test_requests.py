"""Requests that cannot be served: each gets the right status, a SCIM body and a sentence, and changes nothing."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from scim.errors import ERROR
from scim_adapter import Denied, Exists, Invalid, NotFound, OutOfQuota, Stale, Unavailable, Unsupported
from tests.scim.harness import CORE, ENTERPRISE, Answer, Engine, replace_

DEEP = b'{"userName":' + b"[" * 60 + b"]" * 60 + b"}"
VERY_DEEP = b'{"a":' * 200_000


def assert_error(answer: Answer, status: int, scim_type: str | None = None) -> None:
    assert answer.status == status, answer.body
    assert answer.body["schemas"] == [ERROR]
    assert answer.body["status"] == str(status)
    assert answer.body.get("scimType") == scim_type
    assert isinstance(answer.body["detail"], str)
    assert answer.body["detail"].endswith(".")


@pytest.mark.parametrize(
    ("why", "body", "status", "kind"),
    [
        ("no body at all, as a chunked request arrives in Azure Functions", b"", 400, "invalidSyntax"),
        ("blank", b"  \n", 400, "invalidSyntax"),
        ("not JSON", b"userName=x", 400, "invalidSyntax"),
        ("cut off", b'{"userName": "x"', 400, "invalidSyntax"),
        ("not UTF-8", b'{"userName": "\xff"}', 400, "invalidSyntax"),
        ("an array", b"[]", 400, "invalidSyntax"),
        ("text", b'"x"', 400, "invalidSyntax"),
        ("null", b"null", 400, "invalidSyntax"),
        ("NaN is no JSON", b'{"userName": NaN}', 400, "invalidSyntax"),
        ("half a surrogate pair cannot be stored", b'{"userName": "\\ud800"}', 400, "invalidSyntax"),
        ("too deep", DEEP, 400, "invalidSyntax"),
        ("deeper than the parser", VERY_DEEP, 400, "invalidSyntax"),
        ("too large", b'{"userName": "' + b"x" * 8_400_000 + b'"}', 413, None),
        ("userName is missing", b'{"displayName": "x"}', 400, "invalidValue"),
        ("userName is empty", b'{"userName": ""}', 400, "invalidValue"),
        ("userName is null", b'{"userName": null}', 400, "invalidValue"),
        ("userName is a number", b'{"userName": 5}', 400, "invalidValue"),
        ("active is no boolean", b'{"userName": "x", "active": "perhaps"}', 400, "invalidValue"),
        ("name is text", b'{"userName": "x", "name": "Ada"}', 400, "invalidValue"),
        ("too much to be kept", b'{"userName": "x", "externalId": "' + b"e" * 40_000 + b'"}', 400, "invalidValue"),
    ],
)  # fmt: skip
async def test_a_bad_create_is_refused_and_makes_nothing(why: str, body: bytes, status: int, kind: str | None) -> None:
    engine = Engine()
    assert_error(await engine.send("POST", "/Users", body), status, kind)
    assert engine.shelf.writes == 0
    created = await engine.create("y")
    assert_error(await engine.send("PUT", f"/Users/{created.id}", body), status, kind)
    assert_error(await engine.send("PATCH", f"/Users/{created.id}", body), *_for_patch(body, status, kind))


def _for_patch(body: bytes, status: int, kind: str | None) -> tuple[int, str | None]:
    """What is no PatchOp message is invalidSyntax there, whatever it would be as a user."""
    return (status, kind) if status == 413 else (400, "invalidSyntax")


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/Nothing", 404),
        ("GET", "/Users/a/b", 404),
        ("GET", "/Groups", 404),
        ("GET", "/Users/unknown", 404),
        ("GET", "/Users/UPPER", 404),
        ("GET", "/Users/ABCDEFGHIJKLMNOPQRSTUVWXYZ", 404),
        ("GET", "/Users/abcdefghijklmnopqrstuvwxyz", 404),
        ("DELETE", "/Users/A.b-c", 404),
        ("GET", "/Users/%2e%2e%2f", 404),
        ("GET", "/Users/" + "x" * 5000, 404),
        ("GET", "/Users/%00", 404),
        ("PATCH", "/Users", 405),
        ("DELETE", "/Users", 405),
        ("POST", "/Users/x", 405),
        ("POST", "/Schemas", 405),
        ("DELETE", "/ServiceProviderConfig", 405),
        ("PUT", "/Users/x", 404),
        ("PUT", "/Users", 405),
        ("GET", "/Me", 501),
        ("GET", "/Bulk", 405),
        ("PATCH", "/Bulk/x", 404),
        ("GET", "/Schemas/urn:nothing", 404),
    ],
)
async def test_an_unknown_path_or_method_gets_its_status(method: str, path: str, status: int) -> None:
    answer = await Engine().send(method, path, {})
    assert_error(answer, status)
    assert ("allow" in answer.headers) == (status == 405)


@pytest.mark.parametrize(
    ("why", "filter"),
    [
        ("no grammar", "userName"),
        ("no value", "userName eq"),
        ("unknown operator", 'userName is "x"'),
        ("unknown attribute", 'shoeSize eq "44"'),
        ("unknown sub-attribute", 'name.shoe eq "44"'),
        ("known to SCIM and not held by this connection", 'title eq "x"'),
        ("inside brackets", 'emails[shoe eq "x"]'),
        ("write-only", 'password eq "x"'),
        ("empty", ""),
        ("second half is broken", 'userName eq "x" and'),
    ],
)
async def test_a_filter_that_is_not_understood_is_400_and_never_a_list(why: str, filter: str) -> None:
    engine = Engine()
    await engine.create()
    query = "filter=" + filter.replace('"', "%22").replace(" ", "+")
    assert_error(await engine.send("GET", "/Users", query=query), 400, "invalidFilter")


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("filter=userName+eq+%22a%2Bb%40x%22", 1),
        ("filter=userName%20eq%20%22a%2Bb%40x%22", 1),
        ("filter=userName%20eq%20%22a+b%40x%22", 1),
        ("filter=userName+eq+%22A%2BB%40X%22", 1),
        ("aadOptscim062020&filter=userName+eq+%22a%2Bb%40x%22", 1),
        ("filter=userName+eq+%22a+b%40x%22", 0),
        ("filter=userName+eq+%22a%2Bb%40x%22+and+active+eq+true", 1),
        ("filter=userName+eq+%22a%2Bb%40x%22+and+active+eq+%22True%22", 1),
        ("filter=userName+eq+%22a%2Bb%40x%22+and+active+eq+false", 0),
        ("filter=emails%5Btype+eq+%22work%22%5D.value+eq+%22M%40x%22", 1),
        ("filter=emails.value+eq+%22m%40x%22", 1),
        ("filter=externalId+eq+%22E1%22", 1),
        ("filter=externalId+eq+%22e1%22", 0),
        (f"filter={ENTERPRISE}:department+eq+%22er%22", 1),
        ("filter=displayName+eq+%22nobody%22", 0),
        ("count=0", 0),
        ("startIndex=5", 0),
        ("startIndex=0&count=-3", 0),
    ],
)
async def test_a_filter_finds_exactly_what_it_means(query: str, found: int) -> None:
    engine = Engine()
    mail = [{"type": "work", "value": "m@x"}]
    await engine.create("a+b@x", externalId="E1", emails=mail, **{ENTERPRISE: {"department": "ER"}})
    answer = await engine.send("GET", "/Users", query=query)
    assert answer.status == 200, answer.body
    assert len(answer.body["Resources"]) == answer.body["itemsPerPage"] == found
    assert all(type(answer.body[name]) is int for name in ("totalResults", "startIndex", "itemsPerPage"))


OUTAGE = Unavailable("It is down.", retry_after=7)
ERRORS: list[tuple[Exception, int, str | None, bool]] = [
    (OUTAGE, 503, None, True),
    (Unavailable(throttled=True, retry_after=7), 429, None, True),
    (Denied("The password is wrong."), 502, None, True),
    (Invalid("no", field="login"), 400, "invalidValue", False),
    (Exists(field="number"), 409, "uniqueness", False),
    (OutOfQuota("none left"), 400, "invalidValue", False),
    (Unsupported("cannot"), 501, None, False),
    (Stale(), 503, None, True),
    (RuntimeError("s3cret in a bug"), 500, None, False),
    (KeyError("s3cret"), 500, None, False),
]


@pytest.mark.parametrize(("error", "status", "kind", "again"), ERRORS, ids=lambda value: type(value).__name__)
async def test_each_error_of_an_adapter_becomes_its_answer(
    error: Exception, status: int, kind: str | None, again: bool, caplog: pytest.LogCaptureFixture
) -> None:
    engine = Engine()
    created = await engine.create()

    def fail() -> None:
        raise error

    engine.shelf.before = {"update": fail}
    answer = await engine.patch(created.id, replace_("displayName", "x"))
    assert_error(answer, status, kind)
    assert ("retry-after" in answer.headers) == again
    assert "s3cret" not in answer.response.body.decode()
    if isinstance(error, Exists):
        assert f"{ENTERPRISE}:employeeNumber" in answer.body["detail"]


@pytest.mark.parametrize("error", [OUTAGE, Denied("no"), TimeoutError()], ids=["down", "denied", "slow"])
@pytest.mark.parametrize("request_", ["list", "filter", "read", "create", "patch", "delete"])
async def test_with_the_backend_down_no_request_answers_404_or_400(error: Exception, request_: str) -> None:
    engine = Engine()
    created = await engine.create()

    def fail() -> None:
        raise error

    engine.shelf.before = dict.fromkeys(("find", "get", "create", "update", "delete"), fail)
    send: dict[str, Any] = {
        "list": lambda: engine.send("GET", "/Users"),
        "filter": lambda: engine.send("GET", "/Users", query="filter=userName+eq+%22guid%22"),
        "read": lambda: engine.send("GET", f"/Users/{created.id}"),
        "create": lambda: engine.create("other"),
        "patch": lambda: engine.patch(created.id, replace_("displayName", "x")),
        "delete": lambda: engine.send("DELETE", f"/Users/{created.id}"),
    }
    answer = await send[request_]()
    assert_error(answer, 502 if isinstance(error, Denied) else 503)
    assert int(answer.headers["retry-after"]) > 0
    engine.shelf.before.clear()
    assert (await engine.send("GET", f"/Users/{created.id}")).body == created.body, "nothing is lost"


async def test_test_connection_is_never_answered_429() -> None:
    engine = Engine()

    def fail() -> None:
        raise Unavailable(throttled=True)

    engine.shelf.before = {"find": fail}
    assert_error(await engine.send("GET", "/Users", query="filter=userName+eq+%22guid%22"), 503)


async def test_a_backend_that_hangs_is_cut_off_with_503(monkeypatch: pytest.MonkeyPatch) -> None:
    engine = Engine(read_deadline=0.05)
    hanging = asyncio.Event()

    async def hang(get: object) -> Any:
        await hanging.wait()

    created = await engine.create()
    engine.shelf.get = hang  # type: ignore[method-assign]
    monkeypatch.setattr("scim.service.GRACE", 0.05)
    assert_error(await engine.send("GET", f"/Users/{created.id}"), 503)


async def test_an_outage_that_looks_like_gone_is_no_not_found() -> None:
    engine = Engine()
    created = await engine.create()

    def gone() -> None:
        raise NotFound("gone")

    engine.shelf.before = {"get": gone}
    await engine.counted()
    assert_error(await engine.send("GET", f"/Users/{created.id}"), 404)
    assert "write" not in await engine.counted(), "NotFound never writes"


async def test_what_the_connection_does_not_hold_is_named_refused_or_kept() -> None:
    extra: dict[str, Any] = {
        "title": "Nurse",
        "nickName": "A",
        "emails": [{"type": "home", "value": "h"}],
        "name": {"middleName": "M"},
    }
    named = await Engine().create(**extra)
    assert named.status == 201
    assert set(named.headers["x-scimgate-ignored"].split(", ")) == {"title", "nickName", "emails", "name.middleName"}
    refused = await Engine(unmapped="reject").create(**extra)
    assert_error(refused, 400, "invalidValue")
    assert "title" in refused.body["detail"]
    keeping = Engine(unmapped="keep")
    kept = await keeping.create(**extra)
    assert (kept.body["title"], kept.body["nickName"]) == ("Nurse", "A")
    assert [u["id"] for u in await keeping.find('title eq "nurse"')] == [kept.id]
    cleared = await keeping.patch(kept.id, {"op": "remove", "path": "title"})
    assert "title" not in cleared.body
    assert "x-scimgate-ignored" not in cleared.headers
    assert await keeping.find('title eq "Nurse"') == []
    some = await Engine(keep=("externalId", "title")).create(**extra)
    assert some.body["title"] == "Nurse"
    assert "nickName" not in some.body


async def test_a_create_only_attribute_is_left_out_and_named_on_change() -> None:
    engine = Engine()
    created = await engine.create(userType="Employee")
    changed = await engine.patch(created.id, replace_("userType", "Guest"), replace_("displayName", "A"))
    assert (changed.status, changed.body["userType"], changed.body["displayName"]) == (200, "Employee", "A")
    assert changed.headers["x-scimgate-ignored"] == "userType"


async def test_a_password_reaches_the_backend_and_never_comes_back() -> None:
    engine = Engine()
    created = await engine.create(password="hunter2!")
    [record] = engine.shelf.records.values()
    assert record["secret"] == "hunter2!"
    assert "password" not in created.body
    changed = await engine.patch(created.id, replace_("password", "hunter3!"))
    assert "hunter3!" not in changed.response.body.decode()
    assert record["secret"] != next(iter(engine.shelf.records.values()))["secret"]


async def test_discovery_tells_what_the_mapping_holds() -> None:
    engine = Engine()
    types = (await engine.send("GET", "/ResourceTypes")).body
    assert [t["id"] for t in types["Resources"]] == ["User"]
    assert types["Resources"][0]["schemaExtensions"] == [{"schema": ENTERPRISE, "required": False}]
    schemas = {s["id"]: s for s in (await engine.send("GET", "/Schemas")).body["Resources"]}
    assert schemas.keys() == {CORE, ENTERPRISE}
    core = {a["name"]: a for a in schemas[CORE]["attributes"]}
    assert core.keys() == {
        "externalId", "userName", "active", "displayName", "name", "emails", "phoneNumbers", "roles", "password",
        "userType",
    }  # fmt: skip
    assert [s["name"] for s in core["name"]["subAttributes"]] == ["familyName", "givenName"]
    kinds = next(s for s in core["phoneNumbers"]["subAttributes"] if s["name"] == "type")
    assert kinds["canonicalValues"] == ["mobile", "work"]
    assert (core["userName"]["required"], core["userName"]["uniqueness"]) == (True, "server")
    assert (core["password"]["mutability"], core["password"]["returned"]) == ("writeOnly", "never")
    assert core["userType"]["mutability"] == "immutable"
    one = await engine.send("GET", f"/Schemas/{CORE}")
    assert one.body == schemas[CORE]
    config = (await engine.send("GET", "/ServiceProviderConfig")).body
    assert config["patch"] == {"supported": True}
    assert config["bulk"] == {"supported": True, "maxOperations": 1000, "maxPayloadSize": 1_048_576}
    for path in ("/Schemas", f"/Schemas/{CORE}", "/ResourceTypes", "/ServiceProviderConfig"):
        assert_error(await engine.send("GET", path, query="filter=id+eq+%22x%22"), 403)


@pytest.mark.parametrize(
    ("query", "present", "absent"),
    [
        ("attributes=id", {"id", "schemas"}, {"userName", "meta"}),
        ("attributes=userName,name.givenName", {"id", "userName", "name"}, {"displayName"}),
        ("attributes=USERNAME", {"userName"}, {"name"}),
        (f"attributes={ENTERPRISE}:department", {ENTERPRISE}, {"userName"}),
        (f"attributes={ENTERPRISE}", {ENTERPRISE}, {"userName"}),
        ("excludedAttributes=name,emails", {"userName"}, {"name", "emails"}),
        ("excludedAttributes=id", {"id"}, set()),
        ("attributes=shoeSize", {"id"}, {"userName"}),
    ],
)
async def test_an_answer_carries_what_was_asked_for(query: str, present: set[str], absent: set[str]) -> None:
    engine = Engine()
    sent: dict[str, Any] = {
        "displayName": "A",
        "name": {"givenName": "A", "familyName": "B"},
        ENTERPRISE: {"department": "ER"},
    }
    created = await engine.create(**sent)
    for path in (f"/Users/{created.id}", "/Users"):
        answer = (await engine.send("GET", path, query=query)).body
        body = answer["Resources"][0] if path == "/Users" else answer
        assert present <= body.keys()
        assert not absent & body.keys()
    both = await engine.send("GET", "/Users", query="attributes=id&excludedAttributes=name")
    assert_error(both, 400, "invalidValue")
