"""The health of the job: its thresholds, and how it waits in quarantine ("Application provisioning in quarantine
status", "Enable accidental deletions prevention")."""

from __future__ import annotations

import json
import threading
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta

from simulators.entra.client import Quarantine
from simulators.entra.clock import moment, shown
from simulators.entra.database import Database

DISTANCES = (timedelta(hours=6), timedelta(hours=12), timedelta(hours=24))
DAILY = timedelta(hours=24)
DISABLED_AFTER = timedelta(days=28)


@dataclass(frozen=True, slots=True)
class Limits:
    """When failures become a quarantine. A failure to write a manager or a member is one of a reference."""

    minimum: int = 5_000
    share: float = 0.4
    failures: int = 40_000
    with_references: int = 60_000

    def exceeded(self, failed: int, references: int, succeeded: int) -> str:
        """The rule that is broken, in words, or nothing."""
        if failed + references > self.with_references:
            return f"{failed + references} failures, references included, are more than {self.with_references}"
        if failed > self.failures:
            return f"{failed} failures are more than {self.failures}"
        if failed >= self.minimum and failed > self.share * (failed + succeeded):
            return f"{failed} of {failed + succeeded} provisioning events failed, more than {self.share:.0%}"
        return ""

    def __str__(self) -> str:
        return (
            f"Entra's quarantine begins at {self.minimum:,} failures with more than {100 * self.share:g} % failing, "
            f"or at {self.failures:,} failures ({self.with_references:,} with references)."
        )


@dataclass(frozen=True, slots=True)
class Status:
    """What the state remembers of a quarantine."""

    why: str
    since: str
    tries: int = 0
    retry_at: str = ""
    deletions: bool = False


class Health:
    """Reads and writes the status of one job."""

    def __init__(self, database: Database, now: datetime) -> None:
        self._database = database
        self._now = now

    @property
    def status(self) -> Status | None:
        found = self._database.row("SELECT value FROM job WHERE name = 'quarantine'")
        return Status(**json.loads(found[0])) if found else None

    def refuse(self) -> None:
        """Raises Quarantine when the job does not run now: its next try is later, or it was disabled."""
        if not (status := self.status):
            return
        if self._now - moment(status.since) >= DISABLED_AFTER:
            raise Quarantine(f"the job is disabled after 28 days in quarantine: {status.why}")
        if self._now < moment(status.retry_at):
            raise Quarantine(f"in quarantine since {status.since}, next try at {status.retry_at}: {status.why}")

    def close(self, why: str | None, *, deletions: bool = False) -> None:
        """The cycle is over: well, or for this reason not."""
        if not why:
            self._database.change(("DELETE FROM job WHERE name = 'quarantine'", ()))
            return
        before = self.status
        since = moment(before.since) if before else self._now
        tries = before.tries + 1 if before else 0
        retry = since + DISTANCES[tries] if tries < len(DISTANCES) else self._now + DAILY
        status = Status(why, shown(since), tries, shown(max(retry, self._now)), deletions)
        entry = ("quarantine", json.dumps(asdict(status)))
        self._database.change(("INSERT OR REPLACE INTO job VALUES (?, ?)", entry))


class Removals:
    """Counts who is disabled or deleted in a cycle; above the threshold they wait for an administrator.

    That those up to the threshold are carried out is our reading of "anything above the threshold".
    """

    def __init__(self, threshold: int | None) -> None:
        self.threshold = threshold
        self.staged = 0
        self._left = threshold or 0
        self._lock = threading.Lock()

    def allow(self) -> bool:
        if self.threshold is None:
            return True
        with self._lock:
            allowed = self._left > 0
            self._left -= allowed
            self.staged += not allowed
        return allowed

    @property
    def why(self) -> str:
        if not self.staged:
            return ""
        return (
            f"accidental deletions: {self.staged} above the threshold of {self.threshold} are held back until an "
            "administrator allows them"
        )
