"""The closing report of a cycle: what was done for whom, and why not."""

from __future__ import annotations

import re
import threading
from collections import Counter
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

Action = Literal[
    "created", "changed", "disabled", "enabled", "deleted", "unchanged", "failed", "skipped", "manager set"
]
ACTIONS: tuple[Action, ...] = (
    "created",
    "changed",
    "disabled",
    "enabled",
    "deleted",
    "unchanged",
    "failed",
    "skipped",
    "manager set",
)


@dataclass(frozen=True, slots=True)
class Outcome:
    """One person in one cycle. `repeated`: attributes that would be written again in every cycle."""

    person: str
    action: Action
    why: str = ""
    attributes: tuple[str, ...] = ()
    repeated: tuple[str, ...] = ()


@dataclass
class Report:
    """Filled while the cycle runs, by several workers."""

    tenant: str
    cycle: str
    dialect: str
    secret: str = field(repr=False, default="")
    outcomes: list[Outcome] = field(default_factory=list)
    warnings: Counter[tuple[str, str]] = field(default_factory=Counter)
    requests: Counter[str] = field(default_factory=Counter)
    quarantine: str | None = None
    seconds: float = 0.0
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)

    def add(self, outcome: Outcome) -> None:
        with self._lock:
            self.outcomes.append(outcome)

    def warn(self, person: str, what: str) -> None:
        with self._lock:
            self.warnings[person, self.clean(what)] += 1

    def clean(self, text: str) -> str:
        """A target's words on one printable line, without the token, in case it echoes what it was sent."""
        if self.secret:
            # A token of a few letters is part of ordinary words; it is only taken out where it stands alone.
            bounds = ("", "") if len(self.secret) >= 8 else (r"(?<!\w)", r"(?!\w)")
            text = re.sub(re.escape(self.secret).join(bounds), "***", text)
        text = "".join(letter if letter.isprintable() else " " for letter in text)
        return re.sub(r"\s+", " ", text).strip()[:400]

    def sort(self, names: Iterable[str]) -> None:
        """The order of the people file, whatever the order of the workers; people without a row come first."""
        place = {name: number for number, name in enumerate(names)}
        self.outcomes.sort(key=lambda outcome: place.get(outcome.person, -1))

    @property
    def counts(self) -> dict[str, int]:
        found = Counter(outcome.action for outcome in self.outcomes)
        return {action: found[action] for action in ACTIONS}

    @property
    def repeated(self) -> dict[str, tuple[str, ...]]:
        """Person to attributes that the target does not keep as they were written."""
        found: dict[str, tuple[str, ...]] = {}
        for outcome in self.outcomes:
            if outcome.repeated:
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
        for outcome in self.outcomes:
            if outcome.action == action:
                found[outcome.person] = "; ".join(filter(None, (found.get(outcome.person), outcome.why)))
        return found

    @property
    def exit_status(self) -> int:
        if self.quarantine:
            return 3
        return 1 if self.failures else 0

    @property
    def share_note(self) -> str:
        """How far the failures are from Entra's limits ("Application provisioning in quarantine status")."""
        failed, tried = (
            len(self.failures),
            len({outcome.person for outcome in self.outcomes if outcome.action != "skipped"}),
        )
        if not failed:
            return ""
        if failed == tried:
            return "Every person failed: Entra would put the job into quarantine."
        return (
            f"{failed} of {tried} failed ({failed / tried:.0%}); Entra's quarantine begins at 5,000 failures with more "
            "than 40 % failing, or at 40,000 failures (60,000 with references)."
        )

    def as_json(self) -> dict[str, Any]:
        return {
            "tenant": self.tenant,
            "cycle": self.cycle,
            "dialect": self.dialect,
            "exit": self.exit_status,
            "quarantine": self.quarantine,
            "counts": self.counts,
            "requests": {**self.requests, "total": self.requests.total()},
            "repeated": self.repeated,
            "warnings": [
                {"person": person, "what": what, "times": times} for (person, what), times in self.warnings.items()
            ],
            "people": [asdict(outcome) for outcome in self.outcomes],
            "note": self.share_note,
            "seconds": round(self.seconds, 3),
        }

    def as_text(self) -> str:
        lines = [f"{self.cycle} cycle, {self.dialect} PATCH dialect, {self.tenant}, {self.seconds:.1f} s", ""]
        lines += [f"  {action:<12}{number:>7}" for action, number in self.counts.items()]
        lines += [f"  {'repeated':<12}{len(self.repeated):>7}", ""]
        sent = ", ".join(f"{method} {number}" for method, number in sorted(self.requests.items()))
        lines += [f"  requests: {self.requests.total()} ({sent or 'none'})"]
        lines += _section("failed", self.failures.items())
        lines += _section("skipped", self.skipped.items())
        lines += _section("would change in every cycle", self._repeated_by_attribute())
        lines += _section("warnings", self._warned())
        if self.share_note:
            lines += ["", self.share_note]
        if self.quarantine:
            lines += ["", f"Stopped, quarantine: {self.quarantine}"]
        return "\n".join(lines)

    def _repeated_by_attribute(self) -> list[tuple[str, str]]:
        """Attributes that the target does not hold as they were sent, and of how many people."""
        people: dict[str, list[str]] = {}
        for who, what in self.repeated.items():
            for attribute in what:
                people.setdefault(attribute, []).append(who)
        return [
            (attribute, f"{len(who)} people" if len(who) > 1 else who[0])
            for attribute, who in sorted(people.items(), key=lambda item: -len(item[1]))
        ]

    def _warned(self) -> list[tuple[str, str]]:
        people: dict[str, list[str]] = {}
        for who, what in self.warnings:
            people.setdefault(what, []).append(who)
        return [
            (what, ", ".join(who[:3]) + (f" and {len(who) - 3} more" if who[3:] else ""))
            for what, who in people.items()
        ]


def _section(title: str, rows: Iterable[tuple[str, str]]) -> list[str]:
    lines = [f"  {who}: {what}" for who, what in rows]
    return ["", f"{title}:", *lines] if lines else []
