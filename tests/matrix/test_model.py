"""The identity map against a plain dictionary, in orders of events that nobody thought of."""

from __future__ import annotations

import os

import pytest
from hypothesis import HealthCheck, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.matrix.machine import Provisioning

EXPLORE = "MATRIX_EXPLORE" in os.environ
"""Whether to look for orders that no run has met yet; other runs are the same every time."""


def explore(examples: int, steps: int) -> None:
    run_state_machine_as_test(
        Provisioning,
        settings=settings(
            max_examples=examples,
            stateful_step_count=steps,
            deadline=None,
            derandomize=not EXPLORE,
            database=None,
            print_blob=True,
            report_multiple_bugs=False,
            suppress_health_check=list(HealthCheck),
        ),
    )


def test_the_gateway_agrees_with_a_dictionary() -> None:
    explore(40, 20)


@pytest.mark.slow
def test_the_gateway_agrees_with_a_dictionary_for_long() -> None:
    explore(300, 40)
