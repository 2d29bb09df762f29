"""What holds of the rows of an identity map at any time when nothing is under way (SQLite only)."""

from __future__ import annotations

from collections import Counter

from tests.matrix.world import World


def sound(world: World, connection: str) -> None:
    """Nobody has a turn, and no two ids lead to one account."""
    rows = world.rows(connection, "i.")
    visible = {key[2:]: row for key, row in rows.items() if not row.get("state")}
    assert not [id for id, row in visible.items() if row.get("turn")]
    links = [row for id, row in visible.items() if row.get("current", id) == id or row.get("native")]
    keys = Counter(row.get("native") or row["first"] for row in links)
    assert {key: n for key, n in keys.items() if n > 1} == {}


def settled(world: World, connection: str) -> None:
    """The same after a sweep: no claim is left either."""
    assert world.rows(connection, "c.") == {}
    sound(world, connection)
