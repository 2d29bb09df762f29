"""What an interrupted or refused request leaves in the map never leads to somebody else's account later."""

from __future__ import annotations

import pytest

from scim.identity.store import Conflict, Operation, Store
from scim.sweeping import sweep
from tests.backends import lost
from tests.matrix.test_orders import Shared, login_of, logins_are_keys, renamed
from tests.scim.harness import Engine, replace_


async def killed_rename(engine: Engine, id: str, to: str) -> None:
    """The map has learnt the next key; the backend has not renamed the account."""
    engine.shelf.before["update"] = lost
    assert (await engine.patch(id, replace_("userName", to))).status == 503
    engine.shelf.before.clear()
    engine.clock.now += 100


async def alone(engine: Engine, id: str, login: str) -> None:
    """An id leads to the account of this login, and nothing else does."""
    assert [user["id"] for user in await engine.find(f'userName eq "{login}"')] == [id]
    listed = (await engine.send("GET", "/Users")).body["Resources"]
    assert [user["id"] for user in listed if user["userName"] == login] == [id]


async def test_a_create_that_takes_over_the_claim_of_a_rename_makes_an_account_of_its_own() -> None:
    engine = logins_are_keys()
    ada = (await engine.create("ada")).id
    await killed_rename(engine, ada, "eve")
    eve = (await engine.create("eve")).id
    assert eve != ada
    del engine.shelf.records["ada"]  # behind the gateway's back
    assert await login_of(engine, ada) == "404"
    await alone(engine, eve, "eve")


async def test_a_hidden_account_is_not_shown_again_by_the_rename_of_somebody_who_is_gone() -> None:
    engine = logins_are_keys()
    ada = (await engine.create("ada")).id
    await killed_rename(engine, ada, "eve")
    eve = (await engine.create("eve")).id
    assert (await engine.send("DELETE", f"/Users/{eve}")).status == 204
    del engine.shelf.records["ada"]
    assert await login_of(engine, ada) == "404"
    assert await engine.find('userName eq "eve"') == []


async def test_a_rename_that_the_sweep_cannot_follow_leaves_no_way_to_a_stranger() -> None:
    engine = logins_are_keys()
    ada = (await engine.create("ada")).id
    await killed_rename(engine, ada, "eve")
    del engine.shelf.records["ada"]
    engine.clock.now += 700
    assert (await sweep(engine.service.kinds[0])).failed == 0
    engine.shelf.records["eve"] = {"login": "eve", "enabled": True}
    assert await login_of(engine, ada) == "404"


async def test_a_key_that_comes_back_after_others_had_it_leads_to_one_id() -> None:
    engine = logins_are_keys()
    eve, bob = (await engine.create("eve")).id, (await engine.create("bob")).id
    record = engine.shelf.records.pop("eve")
    await renamed(engine, bob, "eve")
    await renamed(engine, bob, "bob")
    engine.shelf.records["eve"] = record
    [found] = await engine.find('userName eq "eve"')
    await alone(engine, found["id"], "eve")
    assert await login_of(engine, eve) in ("404", "eve")
    assert found["id"] == eve or await login_of(engine, eve) == "404", "two ids lead to one account"


async def test_a_key_that_was_moved_to_and_comes_back_after_others_had_it_leads_to_one_id() -> None:
    engine = logins_are_keys()
    ada, bob = (await engine.create("ada")).id, (await engine.create("bob")).id
    await renamed(engine, ada, "eve")
    record = engine.shelf.records.pop("eve")
    await renamed(engine, bob, "eve")
    await renamed(engine, bob, "bob")
    engine.shelf.records["eve"] = record
    [found] = await engine.find('userName eq "eve"')
    await alone(engine, found["id"], "eve")
    assert found["id"] == ada or await login_of(engine, ada) == "404", "two ids lead to one account"


class Disturbed:
    """A store in which somebody else changes a row just before the next write."""

    def __init__(self, inner: Store) -> None:
        self.inner = inner
        self.disturbed = False

    def __getattr__(self, name: str) -> object:
        return getattr(self.inner, name)

    async def commit(self, partition: str, operations: list[Operation]) -> object:
        if self.disturbed:
            self.disturbed = False
            raise Conflict(operations[0].key)
        return await self.inner.commit(partition, operations)


@pytest.mark.parametrize("policy", ["disable", "delete"])
async def test_a_delete_whose_row_changed_meanwhile_is_a_delete_all_the_same(policy: str) -> None:
    """A list in another process writes the first sight of an id into its row at any time."""
    engine = Engine(on_delete=policy)
    ada = (await engine.create("ada")).id
    disturbed = Disturbed(engine.store.inner)
    engine.store.inner = disturbed  # type: ignore[assignment]
    disturbed.disturbed = True
    assert (await engine.send("DELETE", f"/Users/{ada}")).status == 204
    row = await engine.store.get("acme.user", f"i.{ada}")
    assert row and row.values["state"] == ("hidden" if policy == "disable" else "gone")


async def test_an_account_that_was_made_and_deleted_before_its_create_was_closed_can_be_created() -> None:
    """The backend remembers the operation, whose account somebody has deleted since."""
    engine = Engine(Shared(repeatable_create=True))
    engine.shelf.after["create"] = lost
    assert (await engine.create("ada")).status == 503
    engine.shelf.after.clear()
    engine.shelf.records.clear()
    statuses = []
    for _ in range(4):  # a client that repeats sooner than the sweep thinks the claim is old
        engine.clock.now += 300
        statuses.append((await engine.create("ada", displayName="Ada")).status)
    assert 201 in statuses


@pytest.mark.parametrize("policy", ["reject", "adopt"])
async def test_a_create_that_meets_an_account_whose_rename_was_interrupted_gives_it_no_second_id(policy: str) -> None:
    """The backend has renamed the account, and the map has not learnt it yet."""
    engine = Engine(Shared(login_is_key=True), on_conflict=policy)
    ada = (await engine.create("ada")).id
    engine.shelf.after["update"] = lost
    assert (await engine.patch(ada, replace_("userName", "eve"))).status == 503
    engine.shelf.after.clear()
    engine.clock.now += 100
    answer = await engine.create("eve", displayName="Eve")
    assert answer.status == 409 or (answer.status, answer.id) == (201, ada)
    assert await login_of(engine, ada) == "eve"
    await alone(engine, ada, "eve")


async def test_a_search_that_meets_an_account_whose_rename_was_interrupted_gives_it_no_second_id() -> None:
    engine = logins_are_keys()
    ada = (await engine.create("ada")).id
    engine.shelf.after["update"] = lost
    assert (await engine.patch(ada, replace_("userName", "eve"))).status == 503
    engine.shelf.after.clear()
    found = await engine.find('userName eq "eve"')
    assert [user["id"] for user in found] in ([ada], [])


async def test_a_client_that_repeats_when_it_is_told_to_gets_its_account() -> None:
    engine = Engine(Shared(repeatable_create=True))
    engine.shelf.after["create"] = lost
    assert (await engine.create("ada")).status == 503
    engine.shelf.after.clear()
    engine.shelf.records.clear()
    for _ in range(3):
        answer = await engine.create("ada", displayName="Ada")
        engine.clock.now += float(answer.headers.get("retry-after", 0))
    assert answer.status == 201


@pytest.mark.parametrize("seconds", [1, 100, 700])
async def test_a_stranger_who_has_the_next_key_of_a_rename_that_never_took_effect_gets_an_id_of_its_own(
    seconds: float,
) -> None:
    engine = logins_are_keys()
    ada = (await engine.create("ada")).id
    engine.shelf.before["update"] = lost
    assert (await engine.patch(ada, replace_("userName", "eve"))).status == 503
    engine.shelf.before.clear()
    engine.clock.now += seconds
    engine.shelf.records["eve"] = {"login": "eve", "enabled": True}  # behind the gateway's back
    [eve] = await engine.find('userName eq "eve"')
    assert eve["id"] != ada
    assert (await login_of(engine, ada), await login_of(engine, eve["id"])) == ("ada", "eve")
