"""Orders of events that once lost or doubled an identity, each as small as it can be."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from scim_adapter import Can, Change, Get, Gone, Native, New, Page, Query
from tests.backends import Shelf, lost
from tests.scim.harness import Engine, replace_

Meanwhile = Callable[[], Awaitable[object]]
FILTER = {"login": frozenset({"eq"})}


class Shared(Shelf):
    """Somebody else acts once, just before a call of this kind."""

    def __init__(self, *, login_is_key: bool = False, **can: Any) -> None:
        super().__init__(
            key="login" if login_is_key else "key",
            can=Can(filter=FILTER, offset=True, mutable_key=login_is_key, **can),
        )
        self.meanwhile: dict[str, Meanwhile] = {}
        self.others: list[asyncio.Future[object]] = []

    async def _other(self, verb: str) -> None:
        """The other request runs as far as it comes in this time; it may have to wait for the first one."""
        if act := self.meanwhile.pop(verb, None):
            self.others.append(asyncio.ensure_future(act()))
            await asyncio.wait(self.others, timeout=0.1)

    async def settled(self) -> None:
        """The end of the other requests."""
        await asyncio.gather(*self.others)

    async def find(self, query: Query) -> Page:
        await self._other("find")
        return await super().find(query)

    async def get(self, get: Get) -> Native:
        await self._other("get")
        return await super().get(get)

    async def create(self, new: New) -> Native | str:
        await self._other("create")
        return await super().create(new)

    async def update(self, change: Change) -> Native | None:
        await self._other("update")
        return await super().update(change)

    async def delete(self, gone: Gone) -> None:
        await self._other("delete")
        await super().delete(gone)


def logins_are_keys() -> Engine:
    return Engine(Shared(login_is_key=True))


async def login_of(engine: Engine, id: str) -> str:
    answer = await engine.send("GET", f"/Users/{id}")
    return str(answer.body.get("userName", answer.status))


async def renamed(engine: Engine, id: str, name: str) -> None:
    assert (await engine.patch(id, replace_("userName", name))).status == 200


async def test_a_login_that_was_somebodys_first_key_can_be_taken_by_another_and_both_keep_their_ids() -> None:
    engine = logins_are_keys()
    ada, bob = (await engine.create("ada")).id, (await engine.create("bob")).id
    await renamed(engine, bob, "rob")
    await renamed(engine, ada, "bob")
    assert (await login_of(engine, ada), await login_of(engine, bob)) == ("bob", "rob")
    assert [user["id"] for user in await engine.find('userName eq "rob"')] == [bob]
    assert [user["id"] for user in await engine.find('userName eq "bob"')] == [ada]


async def test_a_rename_back_to_the_first_login_leads_back_to_the_first_id() -> None:
    engine = logins_are_keys()
    ada = (await engine.create("ada")).id
    await renamed(engine, ada, "lovelace")
    other = (await engine.create("ada")).id
    await renamed(engine, other, "ada2")
    await renamed(engine, ada, "ada")
    assert (await login_of(engine, ada), await login_of(engine, other)) == ("ada", "ada2")
    assert [user["id"] for user in await engine.find('userName eq "ada"')] == [ada]


async def test_a_list_that_shows_a_stranger_under_an_old_login_takes_no_id_away() -> None:
    engine = logins_are_keys()
    ada = (await engine.create("ada")).id
    await renamed(engine, ada, "lovelace")
    engine.restart()
    engine.shelf.records["ada"] = {"login": "ada", "enabled": True}
    listed = (await engine.send("GET", "/Users")).body["Resources"]
    assert await login_of(engine, ada) == "lovelace"
    assert len({user["id"] for user in listed}) == 2
    assert {user["userName"]: await login_of(engine, user["id"]) for user in listed} == {
        "ada": "ada",
        "lovelace": "lovelace",
    }


async def test_a_list_shows_a_stranger_under_a_login_of_the_past_with_an_id_of_its_own() -> None:
    engine = logins_are_keys()
    ada = (await engine.create("ada")).id
    await renamed(engine, ada, "lovelace")
    await renamed(engine, ada, "king")
    engine.shelf.records["lovelace"] = {"login": "lovelace", "enabled": True}
    listed = (await engine.send("GET", "/Users")).body["Resources"]
    assert len({user["id"] for user in listed}) == 2
    assert {user["userName"]: await login_of(engine, user["id"]) for user in listed} == {
        "king": "king",
        "lovelace": "lovelace",
    }


@pytest.mark.parametrize("verb", ["read", "patch", "rename"])
async def test_a_rename_of_the_key_meanwhile_is_no_reason_to_say_that_somebody_is_gone(verb: str) -> None:
    engine = logins_are_keys()
    shelf = engine.shelf
    assert isinstance(shelf, Shared)
    ada = (await engine.create("ada")).id
    other = Engine(shelf, engine.store)

    async def rename() -> None:
        assert (await other.patch(ada, replace_("userName", "lovelace"))).status in (200, 503)

    shelf.meanwhile["get" if verb == "read" else "update"] = rename
    match verb:
        case "read":
            answer = await engine.send("GET", f"/Users/{ada}")
        case "patch":
            answer = await engine.patch(ada, replace_("displayName", "Ada"))
        case _:
            answer = await engine.patch(ada, replace_("userName", "king"))
    await shelf.settled()
    assert answer.status in (200, 503)
    assert len(shelf.records) == 1 and await login_of(engine, ada) in shelf.records


async def test_two_renames_of_one_key_and_a_kill_leave_the_id_with_its_account() -> None:
    """The second rename begins before the first one takes effect; the first dies before it can say that it did."""
    engine = logins_are_keys()
    shelf = engine.shelf
    assert isinstance(shelf, Shared)
    ada = (await engine.create("ada")).id
    other = Engine(shelf, engine.store)

    async def begin_another() -> None:
        shelf.before["update"] = lost
        assert (await other.patch(ada, replace_("userName", "king"))).status == 503
        shelf.before.clear()

    shelf.meanwhile["update"] = begin_another
    shelf.after["update"] = lost
    assert (await engine.patch(ada, replace_("userName", "lovelace"))).status == 503
    await shelf.settled()
    shelf.after.clear()
    engine.clock.now += 100
    [login] = shelf.records
    assert await login_of(engine, ada) == login


async def test_a_change_that_enables_an_account_while_it_is_deleted_does_not_leave_it_enabled() -> None:
    engine = Engine(Shared())
    shelf = engine.shelf
    assert isinstance(shelf, Shared)
    ada = (await engine.create("ada", active=False)).id
    other = Engine(shelf, engine.store)

    async def delete() -> None:
        while (await other.send("DELETE", f"/Users/{ada}")).status == 503:
            pass

    shelf.meanwhile["update"] = delete
    await engine.patch(ada, replace_("active", True))
    await shelf.settled()
    assert (await engine.send("GET", f"/Users/{ada}")).status == 404
    assert [record["enabled"] for record in shelf.records.values()] == [False]


async def test_a_rename_onto_a_name_whose_create_is_undecided_leaves_the_create_its_claim() -> None:
    engine = Engine(Shared())
    shelf = engine.shelf
    bob = (await engine.create("bob")).id
    shelf.after["create"] = lost
    assert (await engine.create("ada", displayName="Ada")).status == 503
    shelf.after.clear()
    assert (await engine.patch(bob, replace_("userName", "ada"))).status in (409, 503)
    repeated = await engine.create("ada", displayName="Ada")
    assert repeated.status == 201, "whose account it is was never in doubt"


async def test_a_rename_that_is_refused_does_not_make_the_repeat_of_a_create_a_conflict() -> None:
    engine = Engine(Shared())
    bob, ada = (await engine.create("bob")).id, (await engine.create("ada", displayName="Ada")).id
    assert (await engine.patch(bob, replace_("userName", "ada"))).status == 409
    repeated = await engine.create("ada", displayName="Ada")
    assert (repeated.status, repeated.id) == (201, ada)


async def test_an_operation_that_made_somebody_who_was_renamed_since_does_not_give_that_account_to_the_next() -> None:
    engine = Engine(Shared(repeatable_create=True))
    engine.shelf.after["create"] = lost
    assert (await engine.create("ada")).status == 503
    engine.shelf.after.clear()
    [ada] = await engine.find('userName eq "ada"')
    await renamed(engine, ada["id"], "lovelace")
    other = await engine.create("ada", displayName="Another")
    assert (other.status, other.body["userName"]) == (201, "ada")
    assert other.id != ada["id"] and len(engine.shelf.records) == 2


async def test_a_rename_that_was_refused_never_leads_to_the_account_that_has_the_name() -> None:
    engine = logins_are_keys()
    ada, bob = (await engine.create("ada")).id, (await engine.create("bob")).id
    assert (await engine.patch(bob, replace_("userName", "ada"))).status == 409
    del engine.shelf.records["bob"]  # behind the gateway's back
    assert (await engine.send("GET", f"/Users/{bob}")).status == 404
    assert (await login_of(engine, ada), list(engine.shelf.records)) == ("ada", ["ada"])
