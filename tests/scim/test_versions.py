"""ETags (RFC 7644 3.14): a version for every state, conditions on reads and writes, no lost update under If-Match."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from scim_adapter import Can
from tests.backends import AmendingCircle, Circle, Shelf
from tests.scim.harness import CORE, GROUP, PATCH_OP, Answer, Engine, replace_

FILTERS = {"login": frozenset({"eq"})}
BACKENDS = {
    "partial writes": Can(filter=FILTERS, offset=True),
    "whole writes": Can(filter=FILTERS, offset=True, partial=False),
    "versions": Can(filter=FILTERS, offset=True, version="rev"),
    "versions and whole writes": Can(filter=FILTERS, offset=True, version="rev", partial=False),
}


def engine_of(backend: str, **options: Any) -> Engine:
    return Engine(Shelf(can=BACKENDS[backend]), **options)


def tag_of(answer: Answer) -> str:
    tag = answer.headers["etag"]
    assert tag == answer.body["meta"]["version"]
    assert tag.startswith('W/"')
    assert tag.endswith('"')
    return tag


def patch(value: str) -> dict[str, Any]:
    return {"schemas": [PATCH_OP], "Operations": [replace_("displayName", value)]}


def put(value: str) -> dict[str, Any]:
    return {"schemas": [CORE], "userName": "ada@example.com", "displayName": value}


@pytest.mark.parametrize("backend", BACKENDS)
async def test_one_state_has_one_version_in_every_answer(backend: str) -> None:
    engine = engine_of(backend)
    created = await engine.create(displayName="Ada", externalId="e1")
    read = await engine.send("GET", f"/Users/{created.id}")
    listed = await engine.send("GET", "/Users")
    [found] = await engine.find('userName eq "ada@example.com"')
    same = await engine.patch(created.id, replace_("displayName", "Ada"))
    engine.restart()
    again = await engine.send("GET", f"/Users/{created.id}", query="excludedAttributes=name")
    tags = {tag_of(created), tag_of(read), tag_of(same), tag_of(again), found["meta"]["version"]}
    assert tags == {listed.body["Resources"][0]["meta"]["version"]}


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize(
    ("why", "change"),
    [
        ("a mapped value", replace_("displayName", "Countess")),
        ("a value that is cleared", {"op": "remove", "path": "displayName"}),
        ("the name", replace_("userName", "countess@example.com")),
        ("disabled", replace_("active", False)),
        ("what only the map keeps", replace_("externalId", "e2")),
    ],
)
async def test_every_change_gives_another_version(backend: str, why: str, change: dict[str, Any]) -> None:
    engine = engine_of(backend)
    created = await engine.create(displayName="Ada", externalId="e1")
    changed = await engine.patch(created.id, change)
    assert changed.status == 200
    assert tag_of(changed) != tag_of(created), why
    assert tag_of(await engine.send("GET", f"/Users/{created.id}")) == tag_of(changed)


async def test_a_change_behind_the_gateway_gives_another_version() -> None:
    engine = Engine()
    created = await engine.create()
    engine.shelf.records["k1"]["display"] = "Somebody else was here"
    assert tag_of(await engine.send("GET", f"/Users/{created.id}")) != tag_of(created)


ALLOWED = [
    ("the version as it was given", "{}"),
    ("without the mark of a weak one", "{strong}"),
    ("without quotes, as some clients send it", "{bare}"),
    ("one of several", 'W/"0", {}, "1"'),
    ("whatever it is", "*"),
]
WRITES = ["PATCH", "PUT", "DELETE"]


def body_of(method: str) -> Any:
    return {"PATCH": patch("Countess"), "PUT": put("Countess"), "DELETE": None}[method]


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("method", WRITES)
@pytest.mark.parametrize(("why", "header"), ALLOWED)
async def test_a_write_whose_condition_holds_is_done(backend: str, method: str, why: str, header: str) -> None:
    engine = engine_of(backend)
    created = await engine.create(displayName="Ada")
    tag = tag_of(created)
    sent = header.format(tag, strong=tag[2:], bare=tag[3:-1])
    answer = await engine.send(method, f"/Users/{created.id}", body_of(method), if_match=sent)
    assert answer.status == (204 if method == "DELETE" else 200), (why, answer.body)


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("method", WRITES)
@pytest.mark.parametrize(
    ("why", "conditions"),
    [
        ("another version", {"if_match": 'W/"0000000000000000"'}),
        ("several others", {"if_match": '"a", W/"b"'}),
        ("no version at all", {"if_match": ""}),
        ("nothing may be there", {"if_none_match": "*"}),
        ("this version is ruled out", {"if_none_match": "{}"}),
    ],
)
async def test_a_write_whose_condition_fails_changes_nothing(
    backend: str, method: str, why: str, conditions: dict[str, str]
) -> None:
    engine = engine_of(backend)
    created = await engine.create(displayName="Ada")
    sent = {name: value.format(tag_of(created)) for name, value in conditions.items()}
    engine.shelf.calls.clear()
    answer = await engine.send(method, f"/Users/{created.id}", body_of(method), **sent)
    assert (answer.status, answer.body["status"]) == (412, "412"), why
    assert engine.shelf.writes == 0
    assert (await engine.send("GET", f"/Users/{created.id}")).body == created.body


@pytest.mark.parametrize(
    ("why", "conditions", "status"),
    [
        ("the reader has it", {"if_none_match": "{}"}, 304),
        ("the reader has it or anything", {"if_none_match": "*"}, 304),
        ("the reader has another one", {"if_none_match": 'W/"0"'}, 200),
        ("the reader wants this one", {"if_match": "{}"}, 200),
        ("the reader wants another one", {"if_match": 'W/"0"'}, 412),
    ],
)
@pytest.mark.parametrize("method", ["GET", "HEAD"])
async def test_reads_under_conditions(method: str, why: str, conditions: dict[str, str], status: int) -> None:
    engine = Engine()
    created = await engine.create()
    sent = {name: value.format(tag_of(created)) for name, value in conditions.items()}
    answer = await engine.send(method, f"/Users/{created.id}", **sent)
    assert answer.status == status, why
    if status == 304:
        assert (answer.response.body, answer.headers["etag"]) == (b"", tag_of(created))


async def test_conditions_on_nobody_are_404() -> None:
    engine = Engine()
    for method in ("GET", *WRITES):
        answer = await engine.send(method, "/Users/nobody", body_of(method) if method in WRITES else None, if_match="*")
        assert answer.status == 404


@pytest.mark.parametrize("backend", BACKENDS)
async def test_of_many_writers_with_one_version_one_wins(backend: str) -> None:
    engine = engine_of(backend, write_deadline=5.0)
    created = await engine.create(displayName="Ada")
    sent = [
        engine.send("PATCH", f"/Users/{created.id}", patch(f"Writer {n}"), if_match=tag_of(created)) for n in range(8)
    ]
    answers = await asyncio.gather(*sent)
    won = [answer for answer in answers if answer.status == 200]
    assert sorted({answer.status for answer in answers}) == [200, 412]
    assert len(won) == 1
    assert won[0].body["displayName"] == engine.shelf.records["k1"]["display"]


@pytest.mark.parametrize("circle", [Circle, AmendingCircle])
async def test_members_count_where_they_were_seen(circle: type[Circle]) -> None:
    engine = Engine(groups=circle())
    ada, king = [await engine.create(f"{name}@example.com") for name in ("ada", "king")]
    group = await engine.group("Band", ada.id)
    path = f"/Groups/{group.id}"
    whole, short = [tag_of(await engine.send("GET", path, query=q)) for q in ("", "excludedAttributes=members")]
    assert whole == tag_of(group) != short
    added = {"op": "add", "path": "members", "value": [{"value": king.id}]}
    assert (await engine.change(path, added)).status in (200, 204)
    assert tag_of(await engine.send("GET", path)) != whole
    assert (await engine.send("GET", path, if_none_match=whole)).status == 200, "a reader of members sees them change"
    assert tag_of(await engine.send("GET", path, query="excludedAttributes=members")) == short
    message = {"schemas": [PATCH_OP], "Operations": [{"op": "remove", "path": f'members[value eq "{ada.id}"]'}]}
    assert (await engine.send("PATCH", path, message, if_match=whole)).status == 412
    renamed = {"schemas": [GROUP], "displayName": "Choir", "members": [{"value": king.id}]}
    assert (await engine.send("PUT", path, renamed, if_match=short)).status == 200, (
        "who never saw them speaks of the rest"
    )


async def test_no_condition_costs_nothing() -> None:
    engine = Engine()
    created = await engine.create(displayName="Ada")
    engine.shelf.calls.clear()
    await engine.counted()
    await engine.send("PATCH", f"/Users/{created.id}", patch("Countess"))
    plain = (dict(engine.shelf.calls), await engine.counted())
    engine.shelf.calls.clear()
    tag = tag_of(await engine.send("GET", f"/Users/{created.id}"))
    engine.shelf.calls.clear()
    await engine.counted()
    await engine.send("PATCH", f"/Users/{created.id}", patch("Ada"), if_match=tag)
    conditional = (dict(engine.shelf.calls), await engine.counted())
    assert plain == ({"get": 2, "update": 1}, {"read": 1})
    assert conditional[0] == {"get": 3, "update": 1}, "the turn is taken where the backend has no versions"
