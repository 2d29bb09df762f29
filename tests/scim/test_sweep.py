"""The sweep: whatever a kill left behind and nobody repeated is settled, and nothing is ever created."""

from __future__ import annotations

import pytest

from scim.identity.links import link_of
from scim.sweeping import Swept, sweep
from scim_adapter import Can
from tests.backends import Shelf, lost
from tests.scim.harness import Engine, replace_

LATER = 700.0
"""Seconds after which nobody repeats a request any more."""


async def swept(engine: Engine, *, dry_run: bool = False) -> Swept:
    return await sweep(engine.service.kinds[0], dry_run=dry_run)


async def claims(engine: Engine) -> int:
    return len([row async for row in engine.store.scan("acme.user", "c.")])


async def test_an_account_of_an_interrupted_create_is_linked_once_and_its_side_steps_are_repeated() -> None:
    engine = Engine()
    engine.shelf.after["create"] = lost
    assert (await engine.create()).status == 503
    engine.shelf.after.clear()
    assert await swept(engine) == Swept(waiting=1), "the client may repeat it still"
    engine.restart()
    engine.clock.now += LATER
    assert await swept(engine, dry_run=True) == Swept(linked=1) and await claims(engine) == 1
    assert await swept(engine) == Swept(linked=1)
    assert engine.shelf.changes[-1].fresh and engine.shelf.changes[-1].set == {}
    assert await claims(engine) == 0 and await swept(engine) == Swept()
    [found] = await engine.find('userName eq "ada@example.com"')
    assert found["meta"]["created"] and engine.shelf.calls["create"] == 1
    await engine.patch(found["id"], replace_("displayName", "Ada"))
    assert not engine.shelf.changes[-1].fresh, "once is enough"


async def test_a_create_that_made_nothing_is_dropped_and_nothing_is_created() -> None:
    engine = Engine()
    engine.shelf.before["create"] = lost
    assert (await engine.create()).status == 503
    engine.clock.now += LATER
    assert await swept(engine) == Swept(dropped=1)
    assert (await claims(engine), engine.shelf.records) == (0, {})


async def test_side_steps_that_fail_in_the_sweep_are_repeated_by_the_next_change() -> None:
    engine = Engine()
    engine.shelf.after["create"] = lost
    await engine.create()
    engine.shelf.after.clear()
    engine.clock.now += LATER
    engine.shelf.before["update"] = lost
    assert await swept(engine) == Swept(failed=1)
    engine.shelf.before.clear()
    assert await swept(engine) == Swept(), "it is linked, and no claim is left"
    [found] = await engine.find('userName eq "ada@example.com"')
    await engine.patch(found["id"], replace_("displayName", "Ada"))
    assert engine.shelf.changes[-1].fresh
    await engine.patch(found["id"], replace_("displayName", "Ada L."))
    assert not engine.shelf.changes[-1].fresh


async def test_done_claims_go_after_ten_minutes_all_of_them_by_the_hundred() -> None:
    engine = Engine()
    for n in range(250):
        await engine.create(f"u{n}")
    assert await swept(engine) == Swept(waiting=250)
    engine.clock.now += LATER
    await engine.create("late")
    await engine.counted()
    assert await swept(engine) == Swept(expired=250, waiting=1)
    assert await engine.counted() == {"scan": 1, "write": 3}, "the scan, and a transaction for each hundred"
    assert await claims(engine) == 1


async def test_a_backend_that_is_down_leaves_everything_for_the_next_sweep() -> None:
    engine = Engine()
    engine.shelf.after["create"] = lost
    await engine.create()
    engine.shelf.after.clear()
    engine.clock.now += LATER
    engine.shelf.before["find"] = lost
    assert await swept(engine) == Swept(failed=1)
    engine.shelf.before.clear()
    engine.clock.now += LATER
    assert await swept(engine) == Swept(linked=1)


async def test_an_interrupted_use_of_a_hidden_account_leaves_it_hidden() -> None:
    engine = Engine()
    id = (await engine.create()).id
    await engine.send("DELETE", f"/Users/{id}")
    engine.clock.now += LATER
    engine.shelf.before["update"] = lost
    assert (await engine.create(displayName="back")).status == 503
    engine.shelf.before.clear()
    engine.clock.now += LATER
    assert await swept(engine) == Swept(dropped=1)
    assert await engine.find('userName eq "ada@example.com"') == [] and await claims(engine) == 0


class Renaming(Shelf):
    """Logins are keys; an update may be lost before or after its effect."""

    def __init__(self) -> None:
        super().__init__(key="login", can=Can(filter={"login": frozenset({"eq"})}, offset=True, mutable_key=True))


@pytest.mark.parametrize("effect", [False, True], ids=["lost before its effect", "lost after its effect"])
async def test_an_interrupted_rename_of_the_key_is_finished_or_forgotten(effect: bool) -> None:
    engine = Engine(Renaming())
    id = (await engine.create("ada")).id
    hooks = engine.shelf.after if effect else engine.shelf.before
    hooks["update"] = lost
    assert (await engine.patch(id, replace_("userName", "grace"))).status == 503
    hooks.clear()
    engine.restart()
    engine.clock.now += LATER
    assert await swept(engine) == Swept(dropped=1, expired=1)
    row = await engine.store.get("acme.user", f"i.{id}")
    held = link_of(id, row) if row else None
    assert held and (held.key, held.next_key) == ("grace" if effect else "ada", "")
    assert (await engine.send("GET", f"/Users/{id}")).body["userName"] == ("grace" if effect else "ada")
    assert await claims(engine) == 0


async def test_a_next_key_that_was_never_taken_cannot_lead_to_somebody_elses_account_later() -> None:
    engine = Engine(Renaming())
    id = (await engine.create("ada")).id
    engine.shelf.before["update"] = lost
    await engine.patch(id, replace_("userName", "grace"))
    engine.shelf.before.clear()
    engine.clock.now += LATER
    await swept(engine)
    other = (await engine.create("grace")).id
    del engine.shelf.records["ada"]
    assert (await engine.send("GET", f"/Users/{id}")).status == 404
    assert (await engine.send("GET", f"/Users/{other}")).body["userName"] == "grace"


async def test_a_claim_that_a_client_takes_over_meanwhile_is_left_to_it() -> None:
    engine = Engine()
    engine.shelf.after["create"] = lost
    await engine.create()
    engine.shelf.after.clear()
    engine.clock.now += LATER
    looked = engine.shelf.find

    async def find_after_takeover(query: object) -> object:
        engine.shelf.find = looked  # type: ignore[method-assign]
        [claim] = [c async for c in engine.map.claims("User").all()]
        await engine.map.claims("User").seize(claim, claim)
        return await looked(query)  # type: ignore[arg-type]

    engine.shelf.find = find_after_takeover  # type: ignore[method-assign,assignment]
    assert await swept(engine) == Swept(waiting=1) and await claims(engine) == 1


class Readonly(Shelf):
    """It can create, and it cannot change."""

    update = Shelf.__base__.update  # type: ignore[union-attr]


async def test_a_backend_without_updates_has_no_side_steps_to_repeat() -> None:
    engine = Engine(Readonly())
    engine.shelf.after["create"] = lost
    await engine.create()
    engine.shelf.after.clear()
    engine.clock.now += LATER
    assert await swept(engine) == Swept(linked=1)
    assert (await engine.store.get("acme.user", (await _row(engine)))).values.get("unfinished") is None  # type: ignore[union-attr]


async def _row(engine: Engine) -> str:
    [key] = [row.key async for row in engine.store.scan("acme.user", "i.")]
    return key
