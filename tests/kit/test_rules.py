"""What an author meets: a class with one fixture, tests that are skipped with a reason, and no way to cheat."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import ClassVar

import pytest

from scim_adapter import Can, Page, Query, Resource
from scim_adapter.testing import ResourceContract
from tests.kit.memory import People, Teams

ROOT = Path(__file__).resolve().parents[2]
AUTHOR = """
import pytest
from scim_adapter import Page, Resource
from scim_adapter.testing import ResourceContract

class Phonebook(Resource):
    type, key = "User", "id"
    fields = {"userName": "id", "displayName": "name"}

    def __init__(self, count):
        self.count = count

    async def find(self, query):
        return Page([{"id": f"n{n}", "name": f"Ada {n}"} for n in range(self.count)])

class Obliging(Phonebook):
    async def get(self, get):
        return {"id": get.key, "name": "Ada"}

class TestPhonebook(ResourceContract):
    @pytest.fixture
    def resource(self):
        return Phonebook(9)

class TestThinPhonebook(ResourceContract):
    @pytest.fixture
    def resource(self):
        return Phonebook(2)

class TestNothing(ResourceContract):
    pass

class Excused(ResourceContract):
    @pytest.mark.xfail(reason="the backend knows everybody", strict=True)
    async def test_unknown_is_not_found_in_get(self, subject):
        await super().test_unknown_is_not_found_in_get(subject)

class TestExcused(Excused):
    @pytest.fixture
    def resource(self):
        return Obliging(9)

class TestExcusedForNothing(Excused):
    @pytest.fixture
    def resource(self):
        return Phonebook(9)
"""


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> str:
    """What pytest tells an author who has a folder of his own and no configuration."""
    folder = tmp_path_factory.mktemp("author")
    (folder / "test_it.py").write_text(AUTHOR)
    command = [sys.executable, "-m", "pytest", "-rA", "-p", "no:cacheprovider", "test_it.py"]
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "COLUMNS": "300"}
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True).stdout


@pytest.mark.slow
def test_a_read_only_adapter_needs_one_fixture_and_no_configuration(report: str) -> None:
    assert "PASSED test_it.py::TestPhonebook::test_pages_hold_every_record_once_and_advance" in report
    assert "FAILED test_it.py::TestPhonebook::" not in report
    assert "The adapter does not declare create and update." in report
    assert "No fixture named refused." in report


SAYS = [
    ("TestThinPhonebook::test_pages_hold_every_record_once_and_advance", "Put at least 5 records into the backend"),
    ("TestNothing::test_unknown_is_not_found_in_get", "Give a fixture named resource that yields the Resource to test"),
    ("TestExcusedForNothing::test_unknown_is_not_found_in_get", "[XPASS(strict)] the backend knows everybody"),
]


@pytest.mark.parametrize(("test", "sentence"), SAYS)
def test_a_failure_says_what_to_do(report: str, test: str, sentence: str) -> None:
    starts = (f"FAILED test_it.py::{test}", f"ERROR test_it.py::{test}")
    [line] = [line for line in report.splitlines() if line.startswith(starts)]
    assert sentence in line


def test_a_promise_that_cannot_be_kept_is_marked_with_its_reason(report: str) -> None:
    assert "XFAIL test_it.py::TestExcused::test_unknown_is_not_found_in_get - the backend knows everybody" in report


OVERRIDES: dict[str, object] = {
    "a test that does nothing": lambda self: None,
    "no test": None,
    "a skipped test": pytest.mark.skip(reason="later")(lambda self: None),
    "an excuse without a reason": pytest.mark.xfail(lambda self: None),
}


@pytest.mark.parametrize("override", OVERRIDES)
def test_a_test_of_the_kit_cannot_be_overridden_in_silence(override: str) -> None:
    name = "test_none_clears"
    with pytest.raises(TypeError, match=f"Mine overrides {name}, a promise of the contract"):
        type("Mine", (ResourceContract,), {name: OVERRIDES[override]})


def test_it_cannot_be_overridden_further_down_either() -> None:
    between = type("Between", (ResourceContract,), {"test_of_my_own": lambda self: None})
    with pytest.raises(TypeError, match="Mine overrides test_none_clears"):
        type("Mine", (between,), {"test_none_clears": None})


class ReadOnly(Resource):
    type = "User"
    key = "id"
    fields: Mapping[str, str] = {"userName": "id"}

    async def find(self, query: Query) -> Page:
        return Page()


NEEDS: list[tuple[str, Resource, str]] = [
    ("test_none_clears", ReadOnly(), "The adapter does not declare create and update."),
    ("test_none_clears", People(), ""),
    ("test_amend_may_come_twice", People(), "The adapter does not declare amend."),
    ("test_amend_may_come_twice", Teams(), ""),
    ("test_declared_orders_are_kept", ReadOnly(), "The adapter does not declare Can(sort=...)."),
    ("test_declared_orders_are_kept", People(), ""),
    ("test_the_version_moves_with_every_change", People(None, Can()), "The adapter does not declare Can(version=...)."),
    ("test_unknown_is_not_found_in_get", ReadOnly(), ""),
]


@pytest.mark.parametrize(("test", "resource", "reason"), NEEDS)
def test_a_test_is_left_out_only_for_what_is_not_declared(test: str, resource: Resource, reason: str) -> None:
    assert ResourceContract.lacking(resource, test) == reason


async def test_a_filter_without_a_sample_is_not_passed_over() -> None:
    class Poor(ResourceContract):
        values: ClassVar = {"title": [None]}

    people, poor = People(), Poor()
    with pytest.raises(AssertionError, match="no sample has a value in title: its filter cannot be tested"):
        await poor.test_declared_filters_lose_no_match(poor.subject_of(people, {}))
