"""The directory as a row: it has no simulator, and its settings are its switches."""

from __future__ import annotations

import sqlite3
from pathlib import Path

from adapters.directory import DirectorySettings
from tests.end_to_end.lifecycle.system import Cell, Held, Switches, System


def _held(file: Path) -> Held:
    with sqlite3.connect(file) as connection:
        connection.row_factory = sqlite3.Row
        users = {row["login"]: dict(row) for row in connection.execute("select * from users")}
        logins = {row["id"]: login for login, row in users.items()}
        groups = {row["id"]: row["name"] for row in connection.execute("select * from groups")}
        held: dict[str, set[str]] = {name: set() for name in groups.values()}
        for row in connection.execute("select * from members"):
            held[groups[row["id"]]].add(logins[row["member"]])
    connection.close()
    return Held(users, {name: frozenset(members) for name, members in held.items()})


def _cells() -> list[Cell]:
    flags = {name: False for name, one in DirectorySettings.model_fields.items() if one.default is True}
    single = [{name: value} for name, value in flags.items()]
    paging = [{"native_paging": kind} for kind in ("cursor", "none")]
    forms: list[Switches] = [{}, *single, *paging, {**flags, "native_paging": "none"}]
    return [Cell(settings=one) for one in forms]


DIRECTORY = System(
    name="directory",
    settings={"path": "{folder}/{connection}.db"},
    held=_held,
    enabled="enabled",
    changed=("name.familyName", "Doe", lambda account: account["family_name"]),
    cells=_cells(),
)
