"""Kill the process before or after every store and backend call, start again, repeat: nothing is lost or doubled.

The kill is an exception that no code of the product catches, after which every call of the dead process fails too.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar

import pytest

from scim.identity.store import Operation, Row, Store
from scim_adapter import Can, Change, Get, Gone, Native, New, Page, Query
from tests.backends import Shelf
from tests.scim.harness import Answer, Engine, replace_

LOGIN = "ada@example.com"
T = TypeVar("T")


class Killed(BaseException):
    """The process is gone."""


@dataclass
class Death:
    """Counts calls and kills at one of them: `at` is 1-based, `after` tells whether its effect still happens."""

    at: int = 0
    after: bool = False
    calls: int = 0
    dead: bool = False

    async def around(self, call: Callable[[], Awaitable[T]]) -> T:
        if self.dead:
            raise Killed
        self.calls += 1
        fatal = self.calls == self.at
        if fatal and not self.after:
            self.dead = True
            raise Killed
        result = await call()
        if fatal:
            self.dead = True
            raise Killed
        return result


class MortalStore:
    """A store whose user may die at any call."""

    def __init__(self, inner: Store, death: Death) -> None:
        self.inner, self.death = inner, death

    async def get(self, partition: str, key: str) -> Row | None:
        return await self.death.around(lambda: self.inner.get(partition, key))

    async def scan(self, partition: str, prefix: str) -> AsyncIterator[Row]:
        async for row in self.inner.scan(partition, prefix):
            yield row

    async def commit(self, partition: str, operations: Sequence[Operation]) -> Sequence[str]:
        return await self.death.around(lambda: self.inner.commit(partition, operations))

    async def aclose(self) -> None:
        await self.inner.aclose()


class MortalShelf(Shelf):
    """A backend whose caller may die at any call."""

    death = Death()

    async def find(self, query: Query) -> Page:
        return await self.death.around(lambda: super(MortalShelf, self).find(query))

    async def get(self, get: Get) -> Native:
        return await self.death.around(lambda: super(MortalShelf, self).get(get))

    async def create(self, new: New) -> Native | str:
        return await self.death.around(lambda: super(MortalShelf, self).create(new))

    async def update(self, change: Change) -> Native | None:
        return await self.death.around(lambda: super(MortalShelf, self).update(change))

    async def delete(self, gone: Gone) -> None:
        await self.death.around(lambda: super(MortalShelf, self).delete(gone))


class World:
    """A backend and a store that outlive the gateway."""

    def __init__(self, *, key: str, repeatable: bool, policy: str) -> None:
        can = Can(
            filter={"login": frozenset({"eq"})}, offset=True, mutable_key=key == "login", repeatable_create=repeatable
        )
        self.shelf = MortalShelf(key=key, can=can)
        self.engine = Engine(self.shelf, on_delete=policy, write_deadline=0.2)
        self.memory = self.engine.store.inner
        self.policy = policy
        self.remembered = ""
        self.start()

    def start(self, death: Death | None = None) -> None:
        self.shelf.death = death or Death()
        self.engine.store.inner = MortalStore(self.memory, self.shelf.death)
        self.engine.restart()

    async def id(self, login: str = LOGIN) -> str:
        return str((await self.engine.find(f'userName eq "{login}"'))[0]["id"])


Step = Callable[[World], Awaitable[Answer]]


async def _create(world: World) -> Answer:
    return await world.engine.create(LOGIN, externalId="e1", displayName="Ada", active=False)


async def _rename(world: World) -> Answer:
    """By the id that the client remembers, as Entra does."""
    return await world.engine.patch(world.remembered, replace_("userName", "new"), replace_("title", "x"))


async def _keep(world: World) -> Answer:
    return await world.engine.patch(await world.id(), replace_("externalId", "e2"), replace_("displayName", "B"))


async def _delete(world: World) -> Answer:
    found = await world.engine.find(f'userName eq "{LOGIN}"')
    return await world.engine.send("DELETE", f"/Users/{found[0]['id']}") if found else Answer(None)  # type: ignore[arg-type]


async def _nothing(world: World) -> None:
    return


async def _one(world: World) -> None:
    world.remembered = (await _create(world)).id


async def _ended(world: World) -> None:
    await _create(world)
    await _delete(world)


SCENES: dict[str, tuple[Callable[[World], Awaitable[None]], Step, str, int]] = {
    "create": (_nothing, _create, LOGIN, 1),
    "re-create": (_ended, _create, LOGIN, 1),
    "rename": (_one, _rename, "new", 1),
    "kept and mapped PATCH": (_one, _keep, LOGIN, 1),
    "delete": (_one, _delete, LOGIN, 0),
}


async def killed_at(world: World, step: Step, death: Death) -> bool:
    world.start(death)
    try:
        await step(world)
    except Killed:
        return True
    return False


async def until_settled(world: World, step: Step) -> None:
    """Repeat as a client does: 5xx is repeated after Retry-After, 404 and 409 lead back to the match."""
    for _ in range(6):
        answer = await step(world)
        if answer.response is None or answer.status < 400 or answer.status in (404, 409):
            return
        assert answer.status == 503, answer.body
        world.engine.clock.now += float(answer.headers["retry-after"])
    raise AssertionError("it never settles")


async def _check(world: World, login: str, visible: int) -> None:
    records = [r for r in world.shelf.records.values() if r["login"] == login]
    wanted = visible or (1 if world.policy == "disable" else 0)
    assert len(records) == len(world.shelf.records) == wanted
    found = await world.engine.find(f'userName eq "{login}"')
    assert len(found) == visible
    listed = (await world.engine.send("GET", "/Users")).body["Resources"]
    assert [user["id"] for user in listed] == [user["id"] for user in found], "lists and filters tell the same"
    for user in found:
        read = await world.engine.send("GET", f"/Users/{user['id']}")
        assert (read.status, read.body) == (200, user)


@pytest.mark.slow
@pytest.mark.parametrize("repeatable", [False, True], ids=["plain create", "repeatable create"])
@pytest.mark.parametrize("key", ["key", "login"], ids=["own key", "login as key"])
@pytest.mark.parametrize("policy", ["disable", "delete"])
@pytest.mark.parametrize("scene", SCENES)
@pytest.mark.parametrize("pause", [0.0, 200.0], ids=["at once", "after the lease"])
async def test_a_kill_at_any_call_costs_nothing(
    scene: str, policy: str, key: str, repeatable: bool, pause: float
) -> None:
    prepare, step, login, visible = SCENES[scene]
    points = 0
    for after in (False, True):
        at = 1
        while True:
            world = World(key=key, repeatable=repeatable, policy=policy)
            await prepare(world)
            if not await killed_at(world, step, Death(at, after)):
                break
            world.start()
            world.engine.clock.now += pause
            await until_settled(world, step)
            await _check(world, login, visible)
            if visible and world.remembered:
                [user] = await world.engine.find(f'userName eq "{login}"')
                assert user["id"] == world.remembered, "the id outlives the rename"
            if scene in ("create", "re-create"):
                [user] = await world.engine.find(f'userName eq "{login}"')
                assert (user["active"], user["displayName"]) == (False, "Ada")
            at, points = at + 1, points + 1
    assert points >= 6
