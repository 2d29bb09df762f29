"""Maps that an earlier gateway wrote are brought forward: every id leads where it led, on each of the three stores."""

from __future__ import annotations

import asyncio
import json
import sqlite3
from pathlib import Path
from typing import Any

import pytest

from gateway.stores.sqlite import SqliteStore
from scim.identity.ids import derived_id, index_prefix, override_key
from scim.identity.map import IdentityMap
from scim.identity.schema import SCHEMA, MapRefused
from scim.identity.store import Insert, Store
from tests.backends import Shelf
from tests.scim.harness import Engine, replace_

SALT = "5a" * 32
HOME = "acme.user"


def old_id(key: str) -> str:
    return derived_id(bytes.fromhex(SALT), "User", key)


FIRST_FORM: dict[str, dict[str, Any]] = {
    f"i.{old_id('k1')}": {"native": "k1", "created": "2026-01-01T00:00:00.000Z", "kept": '{"externalId": "e1"}'},
    index_prefix(bytes.fromhex(SALT), "externalId", "e1") + old_id("k1"): {"id": old_id("k1")},
    f"i.{old_id('k2')}": {"native": "k2", "state": "hidden"},
    override_key(bytes.fromhex(SALT), "k2"): {"id": old_id("k2"), "state": "hidden"},
    f"i.{old_id('k3')}": {"native": "k9"},  # renamed, where the login is the key
    f"i.{old_id('k9')}": {"native": "k9", "current": old_id("k3"), "state": "gone"},
    override_key(bytes.fromhex(SALT), "k9"): {"id": old_id("k3"), "state": ""},
    "c.live": {"op": "o", "payload": "p", "state": "held", "lease": 90.0, "id": ""},
}


async def fill(store: Store, schema: Any = 1) -> None:
    head: dict[str, Any] = {"salt": SALT, "owner": "acme"} | ({"schema": schema} if schema else {})
    await store.commit("acme", [Insert("map", head)])
    await store.commit(HOME, [Insert(key, values) for key, values in FIRST_FORM.items()])


def people() -> Shelf:
    shelf = Shelf()
    shelf.records = {key: {"key": key, "login": f"user.{key}", "enabled": key != "k2"} for key in ("k1", "k2", "k9")}
    return shelf


@pytest.mark.parametrize("schema", [1, None], ids=["form 1", "no form"])
async def test_an_old_map_is_brought_forward_and_every_id_leads_where_it_led(store: Store, schema: Any) -> None:
    await fill(store, schema)
    engine = Engine(people(), store, write_deadline=10)
    listed = {user["userName"]: user["id"] for user in (await engine.send("GET", "/Users")).body["Resources"]}
    assert listed == {"user.k1": old_id("k1"), "user.k9": old_id("k3")}
    for key, status in (("k1", 200), ("k2", 404), ("k3", 200), ("k9", 404)):
        assert (await engine.send("GET", f"/Users/{old_id(key)}")).status == status, key
    [found] = await engine.find('externalId eq "e1"')
    assert found["meta"]["created"] == "2026-01-01T00:00:00.000Z"
    changed = await engine.patch(found["id"], replace_("externalId", "e2"))
    assert (changed.status, changed.body["externalId"]) == (200, "e2")
    head = await store.get("acme", "map")
    assert head and head.values["schema"] == SCHEMA and head.values["salt"] == SALT
    assert await store.get(HOME, "c.live"), "a claim that protects somebody stays"


async def test_gateways_that_bring_a_map_forward_at_once_agree(store: Store) -> None:
    await fill(store)
    maps = [IdentityMap(store, "acme", "acme") for _ in range(5)]
    await asyncio.gather(*(map.open() for map in maps))
    assert {map.shown("User", "k1") for map in maps} == {old_id("k1")}


async def test_a_newer_map_is_refused_and_left_as_it_is(store: Store) -> None:
    await fill(store, SCHEMA + 1)
    with pytest.raises(MapRefused, match=rf"newer gateway \(form {SCHEMA + 1}, known is {SCHEMA}\)"):
        await IdentityMap(store, "acme", "acme").open()
    answer = await Engine(people(), store).send("GET", "/Users")
    assert (answer.status, answer.headers["retry-after"].isdigit()) == (503, True)


async def test_an_old_file_loses_only_the_claims_that_protect_nobody(tmp_path: Path) -> None:
    """A claim of the first form has no name, so the sweep could not follow it."""
    path = tmp_path / "map.db"
    store = SqliteStore(path)
    await fill(store)
    dead: dict[str, Any] = {"op": "o", "payload": "p", "state": "open", "lease": 1.0, "id": ""}
    await store.commit(HOME, [Insert("c.dead", dead), Insert("c.done", {**dead, "state": "done", "id": "x"})])
    with sqlite3.connect(path) as file:
        file.execute("update rows set written = written - 5000 where key in ('c.dead', 'c.done')")
        before = dict(
            file.execute("select key, \"values\" from rows where key like 'i.%' or key like 'o.%'").fetchall()
        )
    await IdentityMap(store, "acme", "acme").open()
    with sqlite3.connect(path) as file:
        after = dict(file.execute('select key, "values" from rows').fetchall())
    assert {key: after[key] for key in before} == before, "nothing else is touched"
    assert [key for key in after if key.startswith("c.")] == ["c.live"]
    assert json.loads(after["map"])["schema"] == SCHEMA
    await store.aclose()
