"""Generated filters and PATCHes asked of the engine and of scim2-models: any difference is one that the page judges."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from scim.errors import ScimError
from scim.evaluation import FilterRefused, fulfils, sensible
from scim.filters import FilterSyntaxError, parse_filter
from scim.patch import apply
from scim.schemas import USERS
from tests.conformance import oracle
from tests.conformance.generated import FILTERS, OPERATIONS, PEOPLE, WITH_TIMES
from tests.conformance.oracle import Json, Refused
from tests.conformance.patch_differences import explained

QUICK = settings(max_examples=200, derandomize=True, deadline=None, suppress_health_check=[HealthCheck.too_slow])
LONG = settings(max_examples=3000, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def matching(text: str, people: list[Json]) -> list[int] | Refused:
    """The places of the people who match, or the refusal."""
    try:
        filter = parse_filter(text)
        sensible(USERS, filter)
        return [place for place, one in enumerate(people) if fulfils(USERS, filter, one)]
    except (FilterSyntaxError, FilterRefused):
        return 400, "invalidFilter"


def agree_on_a_filter(text: str, people: list[Json]) -> None:
    """None of the kinds of difference is generated."""
    assert matching(text, people) == oracle.matching(USERS, text, [oracle.resource(USERS, one) for one in people])


def patched(before: Json, operation: Any) -> Json | Refused:
    """The person after one operation, or the refusal."""
    try:
        return apply(USERS, before, {"Operations": [operation]})
    except ScimError as error:
        return error.status, str(error.scim_type)


def agree_on_a_patch(person: Json, operations: list[Any]) -> None:
    """Step by step, so that a difference is told by the operation that makes it; what follows starts from ours."""
    for operation in operations:
        ours, theirs = patched(person, operation), oracle.patched(USERS, person, [operation])
        if ours != theirs:
            assert explained(USERS, person, [operation], ours, theirs), (ours, theirs)
        if isinstance(ours, dict):
            person = ours


FILTERING = given(text=FILTERS, people=st.lists(WITH_TIMES, min_size=1, max_size=4))
PATCHING = given(person=PEOPLE, operations=st.lists(OPERATIONS, min_size=1, max_size=4))
test_a_filter_finds_whom_the_oracle_finds = QUICK(FILTERING(agree_on_a_filter))
test_a_patch_leaves_what_the_oracle_leaves = QUICK(PATCHING(agree_on_a_patch))
test_many_filters_find_whom_the_oracle_finds = pytest.mark.slow(LONG(FILTERING(agree_on_a_filter)))
test_many_patches_leave_what_the_oracle_leaves = pytest.mark.slow(LONG(PATCHING(agree_on_a_patch)))
