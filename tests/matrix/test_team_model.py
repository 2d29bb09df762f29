"""Users, groups and memberships against a dictionary, over the directory and over the poorest backend there is."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.matrix.team_machine import Leaving, Poor, PoorLeaving, Teams
from tests.matrix.test_model import EXPLORE


def explore(machine: type[Teams], examples: int, steps: int) -> None:
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=examples,
            stateful_step_count=steps,
            deadline=None,
            derandomize=not EXPLORE,
            database=None,
            print_blob=True,
            suppress_health_check=list(HealthCheck),
        ),
    )


@pytest.mark.slow
@pytest.mark.parametrize("machine", [Leaving, PoorLeaving])
def test_groups_agree_with_a_dictionary(machine: type[Teams]) -> None:
    explore(machine, 8, 25)


@pytest.mark.slow
@pytest.mark.parametrize("machine", [Teams, Leaving, Poor, PoorLeaving])
def test_groups_agree_with_a_dictionary_for_long(machine: type[Teams]) -> None:
    explore(machine, 25, 40)
