"""People and jobs for the tests of the Entra simulator."""

from __future__ import annotations

import csv
import sqlite3
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

from simulators.entra import AttributeMapping, Options, Person, Report, run
from simulators.entra.people import COLUMNS
from tests.simulators.scim_target import TOKEN, ScimTarget

FEW = AttributeMapping().only(["userName", "active", "displayName", "title"])


def person(name: str = "jane", **cells: str) -> Person:
    row = dict.fromkeys(COLUMNS, "")
    row |= {"objectId": f"o-{name}", "userPrincipalName": f"{name}@contoso.example.com", "displayName": name.title()}
    return Person({**row, "jobTitle": "Nurse", "accountEnabled": "true", "role": "User", "deleted": "false", **cells})


def write_csv(path: Path, people: Sequence[Person]) -> Path:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, COLUMNS)
        writer.writeheader()
        writer.writerows(each.row for each in people)
    return path


class Job:
    """One job against one target: every call of `cycle` is a cycle with the same state."""

    def __init__(self, target: ScimTarget, folder: Path) -> None:
        self.target = target
        self.state = folder / "state.json"
        self.settings: dict[str, Any] = {"mapping": FEW, "patience": 0.0}

    def cycle(self, *people: Person, url: str = "", **settings: Any) -> Report:
        self.target.calls.clear()
        told = {"token": TOKEN, "state": self.state, **self.settings, **settings}
        return run(Options(url or self.target.base, people=people, **told))

    def sent(self) -> list[str]:
        """What was sent after the Test Connection, without the names of people."""
        return [f"{call.method} {call.target.removeprefix('/scim')}" for call in self.target.calls[1:]]


def did(report: Report) -> dict[str, int]:
    return {action: number for action, number in report.counts.items() if number}


def remembered(state: Path) -> list[str]:
    """The objectIds that a state file knows."""
    with closing(sqlite3.connect(f"file:{state}?mode=ro", uri=True)) as connection:
        return [row[0] for row in connection.execute("SELECT object_id FROM links ORDER BY object_id")]
