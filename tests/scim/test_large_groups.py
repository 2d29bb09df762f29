"""Groups of a thousand members and more: what is read and written of the map and of the backend."""

from __future__ import annotations

import itertools
from typing import Any

import pytest

from scim import pages
from scim.identity.ids import derived_id, mapping_key
from scim.identity.rows import MANY, WORTH
from scim.identity.schema import SCHEMA
from scim.identity.store import Insert, Store
from scim_adapter import Can, Native, Page, Query
from tests.backends import AmendingCircle, Circle, Shelf
from tests.scim.harness import Answer, Engine
from tests.stores.costs import SALT, Rows

SIZE = MANY + 200
GROUP = derived_id(SALT, "Group", "g1")


def id_of(number: int) -> str:
    return derived_id(SALT, "User", f"k{number}")


def members(*numbers: int) -> list[dict[str, str]]:
    return [{"value": id_of(number)} for number in numbers]


async def fill(store: Store, met: range) -> None:
    """A map with a known salt in which so many people were met before."""
    await store.commit("acme", [Insert("map", {"salt": SALT.hex(), "owner": "acme", "schema": SCHEMA})])
    await store.commit("acme.group", [Insert(mapping_key(GROUP), {"first": "g1"})])
    numbers = iter(met)
    while batch := list(itertools.islice(numbers, 100)):
        await store.commit("acme.user", [Insert(mapping_key(id_of(n)), {"first": f"k{n}"}) for n in batch])


async def world(groups: Circle, held: range, met: range) -> tuple[Engine, Rows]:
    """A group of people, and a new process in front of it that counts what it asks the map."""
    engine = Engine(Shelf(), groups=groups, write_deadline=20)
    await fill(engine.store, met)
    engine.shelf.records = {f"k{n}": {"key": f"k{n}", "login": f"p{n}"} for n in {*held, *met}}
    groups.records["g1"] = {
        "key": "g1", "name": "All", "people": [{"value": f"k{n}", "type": "User"} for n in held]
    }  # fmt: skip
    rows = Rows(engine.store.inner)
    engine.store = rows
    engine.restart()
    assert (await engine.send("GET", "/Groups", query="excludedAttributes=members")).status == 200
    assert (await engine.send("GET", "/Users", query="count=1")).status == 200
    rows.taken()
    rows.rows = 0
    groups.calls.clear()
    return engine, rows


def everybody(answer: Answer) -> set[str]:
    assert answer.status == 200, answer.body
    return {one["value"] for one in answer.body["members"]}


READS: list[tuple[str, range, range, dict[str, int]]] = [
    ("all met by another process", range(SIZE), range(SIZE), {"read": 1, "scan": 1}),
    ("half of them", range(SIZE), range(SIZE // 2), {"read": 1, "scan": 1, "write": 6}),
    ("nobody", range(SIZE), range(0), {"read": 1, "scan": 1, "write": 12}),
    ("few members, of whom a page is asked for at once", range(MANY), range(0), {"read": 1, "write": 10}),
]


@pytest.mark.parametrize(("why", "held", "met", "cost"), READS, ids=[row[0] for row in READS])
async def test_who_was_met_before_is_not_written_again(why: str, held: range, met: range, cost: dict[str, int]) -> None:
    engine, rows = await world(AmendingCircle(), held, met)
    assert everybody(await engine.send("GET", f"/Groups/{GROUP}")) == {id_of(n) for n in held}
    assert rows.taken() == cost, why
    again = await engine.send("GET", f"/Groups/{GROUP}")
    assert everybody(again) == {id_of(n) for n in held}
    assert rows.taken() == {"read": 1}, "a process remembers whom it has met"
    for number in (held[0], held[-1]):
        assert (await engine.send("GET", f"/Users/{id_of(number)}")).status == 200, "every id leads somewhere"


async def test_a_scan_among_too_many_strangers_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("scim.identity.rows.MANY", 20)
    groups = AmendingCircle()
    engine, rows = await world(groups, range(30), range(500, 3000))
    assert len(everybody(await engine.send("GET", f"/Groups/{GROUP}"))) == 30
    assert rows.rows <= 1 + WORTH * 30, "so many rows, and not all 2,500"
    assert rows.taken() == {"read": 1, "scan": 1, "write": 1}
    added = {"op": "add", "path": "members", "value": members(*range(500, 530))}
    assert (await engine.change(f"/Groups/{GROUP}", added)).status == 204
    taken = rows.taken()
    assert taken["scan"] == 1
    assert taken["read"] > 1, "who was not met by then is read"
    assert len(groups.records["g1"]["people"]) == 60


@pytest.mark.parametrize("count", [MANY, SIZE])
async def test_many_are_added_and_removed_by_one_call(count: int) -> None:
    groups = AmendingCircle()
    engine, rows = await world(groups, range(10), range(2 * SIZE))
    strangers = range(SIZE, SIZE + count)
    for op in ("add", "remove"):
        body = {"op": op, "path": "members", "value": members(*strangers)}
        assert (await engine.change(f"/Groups/{GROUP}", body)).status == 204
        assert len(groups.records["g1"]["people"]) == (10 + count if op == "add" else 10)
        assert rows.taken() == ({"read": 1, "scan": 1} if count > MANY else {"read": 1 + count})
    assert groups.calls == {"amend": 2}, "the group itself was never read"


async def test_one_stranger_among_many_is_named() -> None:
    engine, _ = await world(AmendingCircle(), range(10), range(SIZE))
    hidden = await engine.send("DELETE", f"/Users/{id_of(5)}")
    assert hidden.status == 204
    value = [*members(*range(SIZE)), {"value": "nobody"}]
    answer = await engine.change(f"/Groups/{GROUP}", {"op": "add", "path": "members", "value": value})
    assert (answer.status, answer.body["scimType"]) == (400, "invalidValue")
    assert "nobody" in answer.body["detail"]
    assert id_of(5) in answer.body["detail"], "who was deleted is nobody too"
    assert id_of(6) not in answer.body["detail"]


class Searching(AmendingCircle):
    """A backend that can be searched by members."""

    def __init__(self, can: Can) -> None:
        super().__init__(can=can)

    async def find(self, query: Query) -> Page:
        page = await super().find(query)
        wanted = query.value("people")
        return Page([row for row in page.records if wanted is None or self._holds(row, wanted)], total=page.total)

    def _holds(self, row: Native, wanted: Any) -> bool:
        return any(one["value"] == wanted for one in self.records[row["key"]].get("people", []))


EQ = frozenset({"eq"})
CHECKS = [
    ("by key and member", {"key": EQ, "people": EQ}, 7, {"find": 1, "get": 1}),
    ("by key and member: no", {"key": EQ, "people": EQ}, 77, {"find": 1}),
    ("by member alone: no", {"people": EQ}, 77, {"find": 1}),
    ("neither: the members are read", {}, 77, {"get": 1}),
    ("neither: yes", {}, 7, {"get": 1}),
    ("somebody who does not exist", {"key": EQ, "people": EQ}, None, {}),
]


@pytest.mark.parametrize(("why", "filters", "number", "calls"), CHECKS, ids=[row[0] for row in CHECKS])
@pytest.mark.parametrize("form", ['members eq "{}"', 'members[value eq "{}"]', 'members.value eq "{}"'])
async def test_a_reference_check_reads_no_members_to_say_no(
    why: str, filters: dict[str, frozenset[str]], number: int | None, calls: dict[str, int], form: str
) -> None:
    groups = Searching(Can(filter=filters, offset=True))
    engine, rows = await world(groups, range(10), range(100))
    who = "x" * 26 if number is None else id_of(number)
    text = f'id eq "{GROUP}" and {form.format(who)}'
    found = await engine.find(text, "/Groups", "attributes=id&")
    assert [one["id"] for one in found] == ([GROUP] if number == 7 else []), why
    assert groups.calls == calls
    assert "write" not in rows.taken(), "the members are not shown, so nobody needs a row for it"


async def test_members_that_are_not_shown_get_no_rows() -> None:
    engine, rows = await world(AmendingCircle(), range(50), range(0))
    for query in ("attributes=displayName", "excludedAttributes=members", "filter=members+pr&attributes=id"):
        assert (await engine.send("GET", "/Groups", query=query)).body["totalResults"] == 1
        assert "write" not in rows.taken()
    assert len((await engine.send("GET", "/Groups")).body["Resources"][0]["members"]) == 50
    assert rows.taken()["write"] == 1


PAGES = [
    ("together they have as many as there may be", "", 30, 200),
    ("one more", "", 29, 400),
    ("with less of them", "&count=2", 29, 200),
    ("without the members", "&excludedAttributes=members", 0, 200),
    ("by cursor", "&cursor=", 29, 400),
    ("with less of them by cursor", "&cursor=&count=2", 29, 200),
    ("a filter reads members without showing them all", "&filter=members+pr&attributes=displayName", 0, 200),
    ("one group is shown whatever its size", "&count=1", 0, 200),
]


@pytest.mark.parametrize(("why", "query", "most", "status"), PAGES, ids=[row[0] for row in PAGES])
async def test_a_page_of_groups_has_an_end(
    why: str, query: str, most: int, status: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    groups = AmendingCircle()
    engine, _ = await world(groups, range(10), range(10))
    for name in ("g2", "g3"):
        groups.records[name] = {**groups.records["g1"], "key": name, "name": name}
    monkeypatch.setattr(pages, "MOST", most)
    answer = await engine.send("GET", "/Groups", query=f"aad{query}")
    assert answer.status == status, why
    if status == 400:
        assert answer.body["scimType"] == "tooMany"
        assert "(count), or without members" in answer.body["detail"]
