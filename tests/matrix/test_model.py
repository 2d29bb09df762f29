"""The identity map against a plain dictionary, in orders of events that nobody thought of."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.matrix.machine import Provisioning


def explore(examples: int, steps: int, *, the_same: bool) -> None:
    run_state_machine_as_test(
        Provisioning,
        settings=settings(
            max_examples=examples,
            stateful_step_count=steps,
            deadline=None,
            derandomize=the_same,
            database=None,
            print_blob=True,
            report_multiple_bugs=False,
            suppress_health_check=list(HealthCheck),
        ),
    )


def test_the_gateway_agrees_with_a_dictionary() -> None:
    explore(40, 20, the_same=True)


@pytest.mark.slow
def test_the_gateway_agrees_with_a_dictionary_for_long() -> None:
    explore(400, 50, the_same=False)
