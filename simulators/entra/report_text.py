"""The closing report as text."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import islice

from simulators.entra.journal import Action
from simulators.entra.report import TEST, USERS, Report

ALWAYS = (*USERS, "unchanged", "failed", "skipped", "manager set")
"""Rows of the closing table that are there even if they are zero."""
SHOWN = 20
"""Lines of a section of the text; all of them are in the JSON document."""


def as_text(report: Report) -> str:
    """What an administrator reads at the end of a cycle."""
    lines = _tested(report) if report.cycle == TEST else _cycled(report)
    lines += _section("warnings", _warned(report))
    if report.share_note:
        lines += ["", report.share_note]
    if report.quarantine and report.cycle != TEST:
        lines += ["", f"Stopped, quarantine: {report.quarantine}"]
    if report.health and report.health.retry_at not in str(report.quarantine):
        lines += [f"In quarantine since {report.health.since}, next try at {report.health.retry_at}."]
    return "\n".join(lines)


def _tested(report: Report) -> list[str]:
    why = (report.quarantine or "").removeprefix(f"{TEST} failed: ")
    return [f"{TEST} failed: {why}" if why else f"{TEST} succeeded: {report.tenant}"]


def _cycled(report: Report) -> list[str]:
    lines = [f"{report.cycle} cycle, {report.dialect} PATCH dialect, {report.tenant}, {report.seconds:.1f} s", ""]
    shown = {action: number for action, number in report.counts.items() if action in ALWAYS or number}
    lines += [f"  {action:<16}{number:>7}" for action, number in shown.items()]
    lines += [f"  {'not held as sent':<16}{report.journal.people(repeated=True):>7}", ""]
    sent = ", ".join(f"{method} {number}" for method, number in sorted(report.requests.items()))
    lines += [f"  requests: {report.requests.total()} ({sent or 'none'})"]
    lines += _section("failed", _shown(report, "failed"))
    lines += _section("in escrow", _shown(report, "escrowed"))
    lines += _section("held back", _shown(report, "staged"))
    lines += _section("skipped", _shown(report, "skipped"))
    return lines + _section("would change in every cycle", _repeated_by_attribute(report))


def _shown(report: Report, action: Action) -> Iterator[tuple[str, str]]:
    for outcome in islice(report.journal.outcomes(action), SHOWN):
        yield outcome.person, outcome.why
    if (more := report.journal.counts[action] - SHOWN) > 0:
        yield f"and {more} more", "all are in the JSON report"


def _repeated_by_attribute(report: Report) -> list[tuple[str, str]]:
    """Attributes that the target does not hold as they were sent, and of how many people."""
    people: Counter[str] = Counter()
    first: dict[str, str] = {}
    for outcome in report.journal.outcomes(repeated=True):
        for attribute in outcome.repeated:
            people[attribute] += 1
            first.setdefault(attribute, outcome.person)
    return [(name, f"{many} people" if many > 1 else first[name]) for name, many in people.most_common()]


def _warned(report: Report) -> list[tuple[str, str]]:
    return [
        (what, who + (f" and {number - 1} more" if number > 1 else ""))
        for what, number, who in report.journal.kinds_of_warnings(SHOWN)
    ]


def _section(title: str, rows: Iterable[tuple[str, str]]) -> list[str]:
    lines = [f"  {who}: {what}" for who, what in rows]
    return ["", f"{title}:", *lines] if lines else []
