"""Says at the end how many mutants the kit has killed."""

from __future__ import annotations

import pytest


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    outcomes = [
        outcome
        for outcome in ("passed", "failed")
        for report in terminalreporter.getreports(outcome)
        if "test_mutants.py::test_a_mutant" in report.nodeid
    ]
    if outcomes:
        terminalreporter.write_line(f"Contract kit: {outcomes.count('passed')} of {len(outcomes)} mutants killed.")
