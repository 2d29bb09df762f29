"""The identity map through the engine, on each of the three stores: the same answers for the same operations."""

from __future__ import annotations

import asyncio
import time
from typing import Any

import pytest

from scim.identity.map import IdentityMap
from scim.identity.schema import MapRefused
from scim.identity.store import Store
from scim.sweeping import Swept, sweep
from scim_adapter import Can, Invalid, NotFound
from tests.backends import Shelf, lost
from tests.scim.harness import Engine, replace_


async def test_a_list_page_costs_nothing_for_ids_seen_and_one_transaction_per_hundred_unseen(store: Store) -> None:
    engine = Engine(store=store, keep=())
    engine.shelf.records = {f"k{n}": {"key": f"k{n}", "login": f"u{n}"} for n in range(250)}
    await engine.find('userName eq "nobody"')
    await engine.counted()
    page = (await engine.send("GET", "/Users", query="count=250")).body
    assert page["totalResults"] == len({user["id"] for user in page["Resources"]}) == 250
    assert await engine.counted() == {"write": 3}
    assert (await engine.send("GET", "/Users", query="count=250")).body == page
    assert await engine.counted() == {}
    engine.restart()
    assert (await engine.send("GET", "/Users", query="count=250")).body == page, "another process tells the same ids"


async def test_forty_creates_at_once_on_three_instances_make_one_account(store: Store) -> None:
    shelf = Shelf()
    shelf.can = Can(filter={"login": frozenset({"eq"})}, repeatable_create=False)
    instances = [Engine(shelf, store=store, write_deadline=20) for _ in range(3)]
    answers = await asyncio.gather(*(instances[n % 3].create("ada", displayName="A") for n in range(40)))
    assert {answer.status for answer in answers} == {201}
    assert len({answer.id for answer in answers}) == 1
    assert len(shelf.records) == 1
    assert shelf.calls["create"] == 1
    others = await asyncio.gather(*(instances[n % 3].create("ada", displayName=f"B{n}") for n in range(6)))
    assert {answer.status for answer in others} == {409}


async def test_creates_with_different_bodies_have_one_winner(store: Store) -> None:
    shelf = Shelf()
    instances = [Engine(shelf, store=store, write_deadline=20) for _ in range(3)]
    answers = await asyncio.gather(*(instances[n % 3].create("ada", displayName=f"A{n}") for n in range(12)))
    assert sorted(answer.status for answer in answers) == [201] + [409] * 11
    assert len(shelf.records) == 1


async def test_renames_onto_one_name_have_one_winner(store: Store) -> None:
    shelf = Shelf()
    instances = [Engine(shelf, store=store, write_deadline=20) for _ in range(3)]
    ids = [(await instances[0].create(f"u{n}")).id for n in range(6)]
    answers = await asyncio.gather(
        *(instances[n % 3].patch(id, replace_("userName", "wanted")) for n, id in enumerate(ids))
    )
    assert sorted(answer.status for answer in answers) == [200] + [409] * 5
    assert [r["login"] for r in shelf.records.values()].count("wanted") == 1


async def test_two_instances_that_start_at_once_agree_on_the_salt(store: Store) -> None:
    maps = [IdentityMap(store, "acme", "acme") for _ in range(5)]
    await asyncio.gather(*(map.open() for map in maps))
    assert len({map.shown("User", "k1") for map in maps}) == 1


async def test_a_map_belongs_to_one_connection(store: Store) -> None:
    await IdentityMap(store, "shared", "first").open()
    with pytest.raises(MapRefused, match="belongs to the connection first, not to second"):
        await IdentityMap(store, "shared", "second").open()


async def test_a_lost_answer_is_told_as_503_and_finished_by_the_repeat(store: Store) -> None:
    engine = Engine(store=store, write_deadline=0.4)
    engine.shelf.after = {"create": lost}
    body: dict[str, Any] = {"displayName": "Ada", "externalId": "e1"}
    first = await engine.create("ada", **body)
    assert (first.status, "retry-after" in first.headers) == (503, True)
    engine.shelf.after.clear()
    second = await engine.create("ada", **body)
    assert (second.status, second.body["externalId"]) == (201, "e1")
    assert len(engine.shelf.records) == 1
    assert engine.shelf.changes[-1].fresh, "the side steps of the create are repeated"


@pytest.mark.parametrize(
    "error", [NotFound("not yet"), Invalid("rubbish"), RuntimeError("a bug")], ids=lambda e: type(e).__name__
)
async def test_a_create_whose_read_back_fails_is_finished_by_the_repeat(store: Store, error: Exception) -> None:
    engine = Engine(store=store, write_deadline=5)

    def fail() -> None:
        raise error

    engine.shelf.before = {"get": fail}
    first = await engine.create("ada")
    assert first.status != 404, "a create is never answered as if somebody were gone"
    if isinstance(error, NotFound):
        assert (first.status, "retry-after" in first.headers) == (503, True)
    engine.shelf.before.clear()
    assert (await engine.create("ada")).status == 201
    assert (len(engine.shelf.records), engine.shelf.calls["create"]) == (1, 1)


@pytest.mark.slow
async def test_an_unknown_outcome_waits_for_the_lease_where_a_repeat_could_make_two(store: Store) -> None:
    engine = Engine(store=store, write_deadline=0.4)
    engine.map.lease = 2.0
    engine.shelf.before = {"create": lost}
    assert (await engine.create("ada")).status == 503
    engine.shelf.before.clear()
    waiting = await engine.create("ada")
    assert (waiting.status, engine.shelf.calls["create"]) == (503, 1), "the first one may still take effect"
    deadline = time.monotonic() + 8
    while (answer := await engine.create("ada")).status == 503 and time.monotonic() < deadline:
        await asyncio.sleep(0.2)
    assert answer.status == 201
    assert len(engine.shelf.records) == 1


@pytest.mark.slow
async def test_the_sweep_goes_by_the_clock_of_the_store(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    engine = Engine(store=store, write_deadline=20)
    engine.map.lease = 1.0
    engine.shelf.after = {"create": lost}
    assert (await engine.create("ada", externalId="e1")).status == 503
    engine.shelf.after.clear()
    [kind] = engine.service.kinds
    assert await sweep(kind) == Swept(waiting=1), "the client may repeat it for ten minutes"
    monkeypatch.setattr("scim.identity.claims.DONE_SECONDS", 1.0)
    deadline = time.monotonic() + 20
    while (swept := await sweep(kind)) == Swept(waiting=1) and time.monotonic() < deadline:
        await asyncio.sleep(0.2)
    assert swept == Swept(linked=1)
    [found] = await engine.find('userName eq "ada"')
    assert (await engine.send("GET", f"/Users/{found['id']}")).status == 200
    assert [row.key async for row in engine.store.scan("acme.user", "c.")] == []


async def test_overrides_of_another_process_reach_lists_after_the_stated_time(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = Engine(store=store), None
    second = Engine(first.shelf, store=store)
    id = (await first.create("ada")).id
    assert (await second.send("GET", "/Users")).body["totalResults"] == 1
    await first.send("DELETE", f"/Users/{id}")
    assert (await second.send("GET", f"/Users/{id}")).status == 404, "one resource is always read"
    assert await second.find('userName eq "ada"') == []
    assert (await second.send("GET", "/Users")).body["totalResults"] == 1, "a list may be 30 seconds old"
    now = time.monotonic() + 31
    monkeypatch.setattr("scim.identity.overrides.time.monotonic", lambda: now)
    assert (await second.map.hides("User")) is True
