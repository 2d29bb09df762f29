"""Asserts in the modules that the matrix shares tell what they saw, and the figures of a run stand below its report."""

from __future__ import annotations

from collections.abc import Callable

import pytest

pytest.register_assert_rewrite("tests.matrix.races", "tests.matrix.scenes", "tests.matrix.soundness")
FIGURES = pytest.StashKey[list[str]]()


@pytest.fixture
def tell(request: pytest.FixtureRequest) -> Callable[[str], None]:
    """Say something below the report of the run."""
    return request.config.stash.setdefault(FIGURES, []).append


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Print the figures, also when every test has passed."""
    if figures := config.stash.get(FIGURES, []):
        terminalreporter.section("identity map")
        for line in figures:
            terminalreporter.write_line(line)
