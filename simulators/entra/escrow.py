"""Who failed is kept in escrow and tried again at growing distances.

The first retry is in the next cycle ("How application provisioning works"); the later ones are 6, 12 and 24 hours
after the first failure, then daily, and after 28 days the entry is removed ("Application provisioning in quarantine
status"). That both pages speak of the same retries is our assumption. Distances need a simulated clock: without one
whoever is in escrow is tried in every cycle, as if enough time had passed. References are tried in every cycle either
way.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from simulators.entra.clock import moment, shown
from simulators.entra.state import Link

DISTANCES = {2: timedelta(hours=6), 3: timedelta(hours=12), 4: timedelta(hours=24)}
"""Number of failures so far to the distance of the next retry from the first failure."""
DAILY = timedelta(hours=24)
LAST = timedelta(days=28)
NEVER = "never"


def entered(link: Link, mark: str, why: str, now: datetime) -> Link:
    """The link of somebody who failed once more. `mark`: a digest of the source object as it was tried.

    Who failed on the way back into scope may have been enabled all the same, and is not taken for out of it.
    """
    link = left(link) if link.retry_at == NEVER else link
    failures = link.failures + 1
    first = moment(link.failed_at) if link.failures else now
    retry = now if failures == 1 else first + DISTANCES[failures] if failures in DISTANCES else now + DAILY
    over = now - first >= LAST
    return replace(
        link,
        scope="in",
        seen="",
        failures=failures,
        why=why,
        tried=mark,
        failed_at=shown(first),
        retry_at=NEVER if over else shown(max(retry, now)),
    )


def left(link: Link) -> Link:
    """The link of somebody who succeeded."""
    return replace(link, failures=0, why="", tried="", failed_at="", retry_at="")


def held(link: Link, mark: str, now: datetime) -> str:
    """Why somebody is not tried in this cycle, or nothing. A change in the source is always tried."""
    if not link.failures or link.tried != mark:
        return ""
    if link.retry_at == NEVER:
        return "given up 28 days after the first failure, until it changes or provisioning is restarted"
    if now < moment(link.retry_at):
        return f"in escrow until {link.retry_at}: {link.why}"
    return ""
