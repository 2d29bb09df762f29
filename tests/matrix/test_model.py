"""The identity map against a plain dictionary, in orders of events that nobody thought of."""

from __future__ import annotations

import pytest

from tests.matrix.exploring import explore
from tests.matrix.machine import Provisioning


def test_the_gateway_agrees_with_a_dictionary() -> None:
    explore(Provisioning, 40, 20)


@pytest.mark.slow
def test_the_gateway_agrees_with_a_dictionary_for_long() -> None:
    explore(Provisioning, 300, 40)
