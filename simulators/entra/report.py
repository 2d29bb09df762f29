"""The closing report of a cycle: what was done for whom, and why not."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict
from typing import Any, TextIO

from simulators.entra.journal import ACTIONS, Action, Journal, Outcome
from simulators.entra.quarantine import Limits, Status

USERS: tuple[Action, ...] = ("created", "changed", "disabled", "enabled", "deleted")
_GROUPS: tuple[Action, ...] = ("group created", "group changed", "group deleted")
WRITTEN = (*USERS, *_GROUPS)
TEST = "Test Connection"
"""The cycle that is none."""


class Report:
    """Filled while the cycle runs, by several workers. The entries are in a journal on disk."""

    def __init__(self, tenant: str, cycle: str, dialect: str, secret: str = "", limits: Limits | None = None) -> None:
        self.tenant = tenant
        self.cycle = cycle
        self.dialect = dialect
        self.requests: Counter[str] = Counter()
        self.quarantine: str | None = None
        self.health: Status | None = None
        """The quarantine that the job is in after the cycle, from an earlier one perhaps."""
        self.seconds = 0.0
        self.journal = Journal()
        self.limits = limits or Limits()
        self._secret = secret

    def __repr__(self) -> str:
        return f"Report({self.cycle}, {self.counts})"

    def add(self, outcome: Outcome, position: int = 0) -> None:
        self.journal.add(outcome, position)

    def warn(self, person: str, what: str) -> None:
        self.journal.warn(person, self.clean(what))

    def record(self, exchange: dict[str, Any]) -> None:
        """A request with its answer, for the JSON document."""
        self.journal.record(self.mask(_json(exchange)))

    def mask(self, text: str) -> str:
        """The text without the token, in case a target echoes what it was sent."""
        if not self._secret:
            return text
        # A token of a few letters is part of ordinary words; it is only taken out where it stands alone.
        bounds = ("", "") if len(self._secret) >= 8 else (r"(?<!\w)", r"(?!\w)")
        return re.sub(re.escape(self._secret).join(bounds), "***", text)

    def clean(self, text: str) -> str:
        """A target's words on one printable line, without the token."""
        text = "".join(letter if letter.isprintable() else " " for letter in self.mask(text))
        return re.sub(r"\s+", " ", text).strip()[:400]

    @property
    def outcomes(self) -> list[Outcome]:
        """In the order of the source; people who are gone from it come first."""
        return list(self.journal.outcomes())

    @property
    def warnings(self) -> Counter[tuple[str, str]]:
        return Counter({(person, what): times for person, what, times in self.journal.warnings()})

    @property
    def counts(self) -> dict[str, int]:
        return {action: self.journal.counts[action] for action in ACTIONS}

    @property
    def repeated(self) -> dict[str, tuple[str, ...]]:
        """Person to attributes that the target does not keep as they were written."""
        found: dict[str, tuple[str, ...]] = {}
        for outcome in self.journal.outcomes(repeated=True):
            found[outcome.person] = (*found.get(outcome.person, ()), *outcome.repeated)
        return found

    @property
    def failures(self) -> dict[str, str]:
        return self._reasons("failed")

    @property
    def skipped(self) -> dict[str, str]:
        return self._reasons("skipped")

    def _reasons(self, action: Action) -> dict[str, str]:
        found: dict[str, str] = {}
        for outcome in self.journal.outcomes(action):
            found[outcome.person] = "; ".join(filter(None, (found.get(outcome.person), outcome.why)))
        return found

    @property
    def exit_status(self) -> int:
        """0 all well, 1 somebody failed or waits in escrow, 3 quarantine."""
        if self.quarantine:
            return 3
        return 1 if self.journal.counts["failed"] + self.journal.counts["escrowed"] else 0

    @property
    def escrow(self) -> dict[str, int]:
        """What the thresholds of quarantine are compared with."""
        counts, references = self.journal.counts, self.journal.references
        return {
            "failed": counts["failed"] - references + counts["escrowed"],
            "references": references,
            "succeeded": sum(counts[action] for action in WRITTEN),
        }

    @property
    def beyond_limits(self) -> str:
        return self.limits.exceeded(**self.escrow)

    @property
    def share_note(self) -> str:
        """How far the failures are from Entra's limits ("Application provisioning in quarantine status")."""
        failed, tried = self.journal.people(only="failed"), self.journal.people(but="skipped")
        if not failed and not self.journal.counts["escrowed"]:
            return ""
        if failed == tried:
            return "Every person failed: Entra would put the job into quarantine."
        return f"{failed} of {tried} failed ({failed / tried:.0%}); {self.limits}"

    def _head(self) -> dict[str, Any]:
        return {
            "tenant": self.tenant,
            "cycle": self.cycle,
            "dialect": self.dialect,
            "exit": self.exit_status,
            "quarantine": self.quarantine,
            "health": asdict(self.health) if self.health else None,
            "counts": self.counts,
            "requests": {**self.requests, "total": self.requests.total()},
            "repeated": self.repeated,
            "escrow": self.escrow | {"limits": asdict(self.limits)},
            "note": self.share_note,
            "seconds": round(self.seconds, 3),
        }

    def _lists(self) -> dict[str, Iterator[str]]:
        """The long parts of the document, entry by entry as JSON."""
        warned = ({"person": who, "what": what, "times": times} for who, what, times in self.journal.warnings())
        return {
            "warnings": (_json(each) for each in warned),
            "people": (_json(asdict(outcome)) for outcome in self.journal.outcomes()),
            "exchanges": self.journal.exchanges(),
        }

    def write_json(self, stream: TextIO) -> None:
        """The document, an entry a line, without ever holding it whole."""
        stream.write(json.dumps(self._head(), indent=2, ensure_ascii=False).removesuffix("\n}"))
        for name, entries in self._lists().items():
            stream.write(f',\n  "{name}": [')
            for number, entry in enumerate(entries):
                stream.write(f"{',' if number else ''}\n    {entry}")
            stream.write("\n  ]")
        stream.write("\n}\n")

    def as_json(self) -> dict[str, Any]:
        """The document whole: for small companies."""
        return {**self._head(), **{name: [json.loads(each) for each in list_] for name, list_ in self._lists().items()}}


def _json(entry: Any) -> str:
    return json.dumps(entry, ensure_ascii=False)
