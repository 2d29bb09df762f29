"""The page of the identity map shows the calls that the crash matrix demands."""

from __future__ import annotations

from tests.end_to_end.processes import ROOT
from tests.matrix.points import BLIND, CALLS, table


def test_the_page_has_the_table_of_calls() -> None:
    assert table() in (ROOT / "docs" / "explanation" / "identity-map.md").read_text(), table()


def test_a_blind_repeat_is_of_the_same_request() -> None:
    for calls in CALLS.values():
        for scene, made in calls.items():
            assert calls[scene.removesuffix(BLIND)] == made
