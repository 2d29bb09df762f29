"""How many forms of systems the suite went through."""

from __future__ import annotations

from collections import Counter

import pytest

LIVED: Counter[str] = Counter()


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    if report.when == "call" and report.passed:
        LIVED.update(str(value) for name, value in report.user_properties if name == "cell")


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    if LIVED:
        by_system = Counter(cell.split(":", 1)[0] for cell in LIVED)
        told = ", ".join(f"{name} {number}" for name, number in sorted(by_system.items()))
        terminalreporter.write_line(
            f"life cycles: {sum(LIVED.values())} in {len(LIVED)} system x switch cells ({told})"
        )
