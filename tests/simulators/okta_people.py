"""People for the tests of the Okta simulator, and one integration that is run again and again."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from simulators.okta import Group, Options, Person, Report, Roster, run
from tests.simulators.okta_target import TOKEN, OktaTarget

TEAM = Group("00g1", "Team")


def person(name: str = "jane", **more: Any) -> Person:
    login = more.pop("login", f"{name}@acme.example.com")
    told = {"first_name": "Jane", "last_name": "Roe", "email": login, "display_name": "Jane Roe", **more}
    return Person(id=f"00u-{name}", login=login, **told)


@dataclass
class Integration:
    """`go` is one run; what was sent is asked with `lines`."""

    target: OktaTarget
    folder: Path
    settings: dict[str, Any] = field(default_factory=dict)
    pauses: list[float] = field(default_factory=list)

    def go(self, *people: Person, groups: tuple[Group, ...] = (), **more: Any) -> Report:
        told = {"state": self.folder / "state.db", **self.settings, **more}
        options = Options(self.target.base, TOKEN, Roster(people, groups), **told)
        return run(options, pause=self.pauses.append)

    def lines(self) -> list[str]:
        """What was sent in the last run, without Test API Credentials."""
        probe, *rest = self.target.lines()
        assert probe == "GET /Users?startIndex=1&count=2"
        return rest


def did(report: Report, part: str = "users") -> dict[str, int]:
    return dict(report.counts[part])
