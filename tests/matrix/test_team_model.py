"""Users, groups and memberships against a dictionary, over the directory and over the poorest backend there is."""

from __future__ import annotations

import pytest

from tests.matrix.exploring import explore
from tests.matrix.team_machine import Leaving, Poor, PoorLeaving, Teams


@pytest.mark.slow
@pytest.mark.parametrize("machine", [Leaving, PoorLeaving])
def test_groups_agree_with_a_dictionary(machine: type[Teams]) -> None:
    explore(machine, 8, 25)


@pytest.mark.slow
@pytest.mark.parametrize("machine", [Teams, Leaving, Poor, PoorLeaving])
def test_groups_agree_with_a_dictionary_for_long(machine: type[Teams]) -> None:
    explore(machine, 25, 40)
