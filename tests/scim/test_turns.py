"""No lost update: whoever replaces more than was changed, in a backend without versions, takes turns."""

from __future__ import annotations

import asyncio
import random
from typing import Any

import pytest

from scim_adapter import Ask, Can, Change, Delta, Get, Native
from tests.backends import AmendingCircle, Circle, Shelf
from tests.scim.harness import Engine, replace_

FILTER = {"login": frozenset({"eq"})}
ADD_ROLE = {"op": "add", "path": "roles", "value": [{"value": "r"}]}


class Slow(Shelf):
    """Others get their turn between any two calls."""

    async def get(self, get: Get) -> Native:
        record = await super().get(get)
        await asyncio.sleep(0.001)
        return record

    async def update(self, change: Change) -> Native | None:
        await asyncio.sleep(0.001)
        return await super().update(change)


class SlowCircle(Circle):
    """The same for groups that are written as a whole list."""

    async def get(self, get: Get) -> Native:
        record = await super().get(get)
        await asyncio.sleep(0.001)
        return record


ATTRIBUTES = ["displayName", "name.familyName", "userType", "title", "nickName"]


async def test_parallel_changes_of_one_record_that_is_written_as_a_whole_lose_nothing() -> None:
    fields = {"userName": "login", "active": "enabled", **{name: name for name in ATTRIBUTES}}
    engine = Engine(Slow(can=Can(filter=FILTER, partial=False), fields=fields), write_deadline=20)
    id = (await engine.create()).id
    answers = await asyncio.gather(*(engine.patch(id, replace_(name, "new")) for name in ATTRIBUTES))
    assert [answer.status for answer in answers] == [200] * len(ATTRIBUTES)
    assert {name: engine.shelf.records["k1"][name] for name in ATTRIBUTES} == dict.fromkeys(ATTRIBUTES, "new")


async def test_parallel_changes_of_one_list_lose_nothing_whatever_the_process() -> None:
    engine = Engine(Slow(), write_deadline=20)
    id = (await engine.create()).id
    others = [Engine(engine.shelf, engine.store, write_deadline=20) for _ in range(3)]
    for other in others:
        other.clock = engine.clock

    async def add(n: int) -> Any:
        return await others[n % 3].patch(id, {"op": "add", "path": "roles", "value": [{"value": f"r{n}"}]})

    answers = await asyncio.gather(*(add(n) for n in range(12)))
    assert [answer.status for answer in answers] == [200] * 12
    held = [role["value"] for role in engine.shelf.records["k1"]["roles"]]
    assert sorted(held) == sorted(f"r{n}" for n in range(12))


async def test_parallel_changes_of_members_lose_nothing_and_a_delete_takes_its_turn_too() -> None:
    engine = Engine(groups=SlowCircle(), write_deadline=20)
    people = [(await engine.create(f"u{n}")).id for n in range(10)]
    group = (await engine.group("Staff", *people[:5])).id

    async def move(n: int) -> Any:
        if n < 5:
            return await engine.change(f"/Groups/{group}", {"op": "remove", "path": f'members[value eq "{people[n]}"]'})
        return await engine.change(
            f"/Groups/{group}", {"op": "add", "path": "members", "value": [{"value": people[n]}]}
        )

    assert {answer.status for answer in await asyncio.gather(*map(move, range(10)))} == {204}
    assert engine.groups
    assert sorted(one["value"] for one in engine.groups.records["g1"]["people"]) == [f"k{n}" for n in (10, 6, 7, 8, 9)]


@pytest.mark.parametrize(
    ("why", "can", "operation", "counted"),
    [
        ("a field of its own", Can(filter=FILTER), replace_("displayName", "x"), {"read": 1}),
        ("a whole list", Can(filter=FILTER), ADD_ROLE, {"read": 2, "write": 2}),
        ("a whole record", Can(filter=FILTER, partial=False), replace_("displayName", "x"), {"read": 2, "write": 2}),
        ("no difference", Can(filter=FILTER, partial=False), replace_("active", True), {"read": 1}),
        ("a version", Can(filter=FILTER, partial=False, version="rev"), replace_("displayName", "x"), {"read": 1}),
    ],
)  # fmt: skip
async def test_a_turn_is_taken_only_where_it_is_needed(
    why: str, can: Can, operation: dict[str, Any], counted: dict[str, int]
) -> None:
    engine = Engine(Shelf(can=can))
    id = (await engine.create()).id
    await engine.counted()
    assert (await engine.patch(id, operation)).status == 200
    assert await engine.counted() == counted
    assert [row.key async for row in engine.store.scan("acme.user", "c.") if row.values["state"] != "done"] == []


async def test_a_turn_that_a_kill_left_behind_ends_with_its_lease_and_meanwhile_the_answer_is_503() -> None:
    engine = Engine(Shelf(can=Can(filter=FILTER, partial=False)))
    id = (await engine.create()).id

    class Killed(BaseException):
        """The process is gone, with its turn."""

    def kill() -> None:
        engine.store.commit = gone  # type: ignore[method-assign,assignment]
        raise Killed

    async def gone(*_: Any) -> Any:
        raise Killed

    engine.shelf.before["update"] = kill
    with pytest.raises(Killed):
        await engine.patch(id, replace_("displayName", "x"))
    del engine.store.commit
    engine.shelf.before.clear()
    engine.restart()
    waiting = await engine.patch(id, replace_("displayName", "x"))
    assert (waiting.status, int(waiting.headers["retry-after"]) > 60) == (503, True)
    engine.clock.now += 91
    assert (await engine.patch(id, replace_("displayName", "x"))).status == 200


class Uneven(Slow):
    """Every call takes another time, so that requests meet in every order."""

    def __init__(self, seed: int) -> None:
        super().__init__()
        self.random = random.Random(seed)

    async def get(self, get: Get) -> Native:
        await asyncio.sleep(self.random.uniform(0, 0.004))
        record = await super().get(get)
        await asyncio.sleep(self.random.uniform(0, 0.004))
        return record

    async def update(self, change: Change) -> Native | None:
        await asyncio.sleep(self.random.uniform(0, 0.004))
        return await super().update(change)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(25))
async def test_whoever_is_deleted_while_being_enabled_stays_out(seed: int) -> None:
    engine = Engine(Uneven(seed), write_deadline=20)
    id = (await engine.create(active=False)).id
    changed, deleted, _ = await asyncio.gather(
        engine.patch(id, replace_("active", True)),
        engine.send("DELETE", f"/Users/{id}"),
        engine.patch(id, replace_("displayName", "x")),
    )
    assert deleted.status == 204 and changed.status in (200, 404)
    assert (await engine.send("GET", f"/Users/{id}")).status == 404
    assert engine.shelf.records["k1"]["enabled"] is False


async def test_a_delete_costs_nothing_more_unless_somebody_has_the_turn() -> None:
    engine = Engine()
    id = (await engine.create()).id
    await engine.counted()
    await engine.send("DELETE", f"/Users/{id}")
    assert await engine.counted() == {"read": 1, "write": 1}


class Replacing(AmendingCircle):
    """Membership as lists of the users: whoever changes one replaces all groups of a user."""

    def __init__(self) -> None:
        super().__init__()
        self.lists: dict[str, list[str]] = {}

    async def amend(self, delta: Delta) -> None:
        for key in delta.added:
            async with delta.ask.alone("User", key):
                groups = list(self.lists.get(key, []))
                await asyncio.sleep(0.01)
                self.lists[key] = [*groups, delta.key]


async def test_an_adapter_is_alone_at_another_record_where_it_says_so() -> None:
    """Ten groups of two processes get the same two members at once; none of the lists loses a group."""
    circle = Replacing()
    one = Engine(groups=circle, write_deadline=20.0)
    other = Engine(one.shelf, one.store.inner, groups=circle, write_deadline=20.0)
    people = [(await one.create(f"p{n}@x")).id for n in range(2)]
    groups = [(await one.group(f"g{n}")).id for n in range(10)]
    added = {"op": "add", "path": "members", "value": [{"value": id} for id in people]}
    answers = await asyncio.gather(*((one, other)[n % 2].change(f"/Groups/{id}", added) for n, id in enumerate(groups)))
    assert {answer.status for answer in answers} == {204}
    assert [len(set(held)) for held in circle.lists.values()] == [10, 10]
    left = [row.key async for row in one.store.scan("acme.user", "c.") if row.values["state"] != "done"]
    assert left == [], "every turn is given back"


async def test_who_waits_too_long_for_another_record_is_told_to_come_again() -> None:
    circle = Replacing()
    engine = Engine(groups=circle)
    ada, group = (await engine.create()).id, (await engine.group("g")).id
    engine.restart()
    await engine.map.open()
    ask = engine.service.kinds[0].asking()
    added = {"op": "add", "path": "members", "value": [{"value": ada}]}
    async with ask.alone("User", "k1"):
        answer = await engine.change(f"/Groups/{group}", added)
        assert (answer.status, answer.headers["retry-after"]) == (503, "1")
    assert (await engine.change(f"/Groups/{group}", added)).status == 204


async def test_an_adapter_without_the_gateway_is_alone_anyway() -> None:
    async with Ask().alone("User", "k1"):
        return
