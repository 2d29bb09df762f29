"""A Bulk is killed before or after every call of store and backend, and sent again until it is done.

Nothing is made twice, nothing is lost, and everything is as it would be had nobody been killed.
"""

from __future__ import annotations

from typing import Any

import pytest

from scim_adapter import Can, Change, Delta, Get, Gone, Native, New, Page, Query
from tests.backends import AmendingCircle, Circle
from tests.scim.bulking import bulk, group, operation, patch, statuses, user
from tests.scim.harness import Engine
from tests.scim.test_crash import Death, Killed, MortalShelf, MortalStore

LEASE = 91.0


class MortalCircle(Circle):
    """Groups whose caller may die at any call."""

    death = Death()

    async def find(self, query: Query) -> Page:
        return await self.death.around(lambda: super(MortalCircle, self).find(query))

    async def get(self, get: Get) -> Native:
        return await self.death.around(lambda: super(MortalCircle, self).get(get))

    async def create(self, new: New) -> Native | str:
        return await self.death.around(lambda: super(MortalCircle, self).create(new))

    async def update(self, change: Change) -> Native | None:
        return await self.death.around(lambda: super(MortalCircle, self).update(change))

    async def delete(self, gone: Gone) -> None:
        await self.death.around(lambda: super(MortalCircle, self).delete(gone))


class MortalAmendingCircle(MortalCircle, AmendingCircle):
    """The same with deltas."""

    async def amend(self, delta: Delta) -> None:
        await self.death.around(lambda: super(MortalAmendingCircle, self).amend(delta))


def operations(ids: list[str]) -> list[Any]:
    """All there is: forward, backward, a circle, a path, a rename, a deletion."""
    deputy, old = ids
    return [
        group("outer", "bulkId:inner", "bulkId:ada"),
        group("inner", "bulkId:outer"),
        user("ada", "bulkId:boss", displayName="Ada"),
        user("boss"),
        patch("/Groups/bulkId:inner", "add", "members", [{"value": "bulkId:boss"}]),
        patch(f"/Users/{deputy}", "replace", "userName", "chief"),
        operation("DELETE", f"/Users/{old}"),
    ]


class World:
    """Backends and a store that outlive the gateway, with one user to be renamed and one to be deleted."""

    def __init__(self, circle: type[MortalCircle], policy: str) -> None:
        shelf = MortalShelf(can=Can(filter={"login": frozenset({"eq"})}, offset=True))
        self.shelf, self.circle = shelf, circle()
        self.engine = Engine(shelf, groups=self.circle, on_delete=policy, write_deadline=50.0)
        self.memory = self.engine.store.inner
        self.start(Death())

    def start(self, death: Death) -> None:
        self.shelf.death = self.circle.death = death
        self.engine.store.inner = MortalStore(self.memory, death)
        self.engine.restart()

    async def people(self) -> list[str]:
        return [(await self.engine.create(name)).id for name in ("deputy", "old")]

    async def send(self, ids: list[str]) -> list[str]:
        """The statuses of all operations; members that went in and out without being read are 204."""
        told = statuses((await bulk(self.engine, *operations(ids))).body["Operations"])
        return [*(one.replace("204", "200") for one in told[:-1]), told[-1]]

    def standing(self) -> Any:
        """Who is there, and who refers to whom, by names."""
        names = {key: one["login"] for key, one in self.shelf.records.items()}
        names |= {key: one["name"] for key, one in self.circle.records.items()}
        people = [
            (one["login"], one["enabled"], names.get(str(one.get("boss")))) for one in self.shelf.records.values()
        ]
        teams = [
            (one["name"], sorted(names[m["value"]] for m in one["people"])) for one in self.circle.records.values()
        ]
        return sorted(people, key=str), sorted(teams)


DONE = ["201", "201", "201", "201", "200", "200", "204"]
AGAIN = ["201", "201", "201", "201", "200", "200", "404"]


async def whole(circle: type[MortalCircle], policy: str) -> tuple[int, Any]:
    """How many calls there are, and what stands afterwards."""
    world = World(circle, policy)
    ids = await world.people()
    world.start(death := Death())
    assert await world.send(ids) == DONE
    return death.calls, world.standing()


@pytest.mark.parametrize(
    ("circle", "policy"),
    [
        pytest.param(MortalAmendingCircle, "delete", id="deltas, delete"),
        pytest.param(MortalAmendingCircle, "disable", id="deltas, disable", marks=pytest.mark.slow),
        pytest.param(MortalCircle, "delete", id="whole lists, delete", marks=pytest.mark.slow),
        pytest.param(MortalCircle, "disable", id="whole lists, disable", marks=pytest.mark.slow),
    ],
)
async def test_a_bulk_that_was_killed_anywhere_is_completed_by_its_repetition(
    circle: type[MortalCircle], policy: str
) -> None:
    calls, expected = await whole(circle, policy)
    assert calls > 40, "there is a lot to die at"
    for at in range(1, calls + 1):
        for after in (False, True):
            world = World(circle, policy)
            ids = await world.people()
            world.start(Death(at, after))
            with pytest.raises(Killed):
                await world.send(ids)
            world.start(Death())
            world.engine.clock.now += LEASE
            told = await world.send(ids)
            assert told in (DONE, AGAIN), (at, after)
            assert world.standing() == expected, (at, after)


@pytest.mark.parametrize("circle", [MortalCircle, MortalAmendingCircle], ids=["whole lists", "deltas"])
async def test_a_bulk_that_was_done_does_nothing_when_it_is_repeated(circle: type[MortalCircle]) -> None:
    world = World(circle, "delete")
    ids = await world.people()
    await world.send(ids)
    before, made = world.standing(), world.shelf.calls["create"] + world.circle.calls["create"]
    assert await world.send(ids) == AGAIN, "a deletion that was done is 404 when it is repeated"
    assert world.standing() == before
    assert world.shelf.calls["create"] + world.circle.calls["create"] == made
