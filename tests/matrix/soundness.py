"""What holds of the rows of an identity map at any time when nothing is under way (SQLite only)."""

from __future__ import annotations

import json
from collections import Counter

from scim.identity.links import index_keys
from tests.matrix.world import World


def sound(world: World, connection: str) -> None:
    """Nobody has a turn, no rename is half done, no two ids lead to one account, and the index is whole."""
    for type in ("user", "group"):
        _sound(world, connection, type)
    indexed(world, connection)


def _sound(world: World, connection: str, type: str) -> None:
    rows = world.rows(connection, "i.", type)
    visible = {key[2:]: row for key, row in rows.items() if not row.get("state")}
    assert not [id for id, row in visible.items() if row.get("turn") or row.get("next")]
    links = [row for id, row in visible.items() if row.get("current", id) == id or row.get("native")]
    keys = Counter(row.get("native") or row["first"] for row in links)
    assert {key: n for key, n in keys.items() if n > 1} == {}


def indexed(world: World, connection: str) -> None:
    """Each kept text has its index row, and there is no other."""
    salt = bytes.fromhex(world.head(connection)["salt"])
    rows = world.rows(connection, "i.")
    kept = {key[2:]: json.loads(row["kept"]) for key, row in rows.items() if row.get("kept")}
    wanted = {key for id, values in kept.items() for key in index_keys(salt, id, values)}
    assert set(world.rows(connection, "x.")) == wanted


def settled(world: World, connection: str) -> None:
    """The same after a sweep: no claim is left either."""
    assert world.rows(connection, "c.") == world.rows(connection, "c.", "group") == {}
    sound(world, connection)
