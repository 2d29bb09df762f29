"""The corpus of PATCH: in memory, and over the engine on a directory with all its abilities and on one without any."""

from __future__ import annotations

import copy
import json
from collections.abc import Sequence
from typing import Any

import pytest

from scim.errors import ScimError
from scim.patch import apply
from scim.schemas import GROUPS, USERS
from tests.corpus import patches_entra, patches_groups, patches_refused, patches_rfc, patches_values
from tests.corpus.patch_row import Json, Patch
from tests.corpus.patch_world import PatchWorld, opened

MODULES = (patches_entra, patches_rfc, patches_values, patches_groups, patches_refused)
ROWS: list[Patch] = [row for module in MODULES for row in module.ROWS]
BUGS: dict[str, str] = {}
"""Rows of which the engine is known to be wrong, by their `why`."""


def cases(rows: Sequence[Patch]) -> list[Any]:
    """The rows as parameters, those that cannot pass yet marked."""
    marks = [[pytest.mark.xfail(strict=True, reason=BUGS[row.why])] if row.why in BUGS else [] for row in rows]
    return [pytest.param(row, id=f"{row.type}: {row.why}", marks=mark) for row, mark in zip(rows, marks, strict=True)]


def test_the_corpus_is_large_and_says_a_thing_once() -> None:
    assert len(ROWS) >= 250
    assert len({(row.why, row.type) for row in ROWS}) == len(ROWS)
    assert len({json.dumps([row.before, row.operations, row.type]) for row in ROWS}) == len(ROWS)


@pytest.mark.parametrize("row", cases([row for row in ROWS if row.at != "wire"]))
def test_a_patch_makes_of_a_resource_what_its_sender_means(row: Patch) -> None:
    schema = USERS if row.type == "User" else GROUPS
    before = copy.deepcopy(row.before)
    if isinstance(row.after, tuple):
        with pytest.raises(ScimError) as caught:
            apply(schema, before, {"Operations": row.operations})
        assert (caught.value.status, caught.value.scim_type) == row.after
        assert len(caught.value.detail) < 250
    else:
        once = apply(schema, before, {"Operations": row.operations})
        assert _ids_only(once) == _ids_only(row.after)
        if not row.swings:
            assert apply(schema, once, {"Operations": row.operations}) == once, "a repeat changes nothing more"
    assert before == row.before, "the resource given is left as it is"


def _ids_only(resource: Json) -> Json:
    """A group with the ids of its members in order, a user as it is."""
    members = sorted(one["value"] for one in resource.get("members", []))
    return {**resource, "members": members} if members else resource


@pytest.fixture(scope="module", params=["directory", "poor directory"])
def world(request: pytest.FixtureRequest) -> PatchWorld:
    return opened(poor=request.param == "poor directory")


@pytest.mark.parametrize("row", cases([row for row in ROWS if row.at != "memory"]))
async def test_a_patch_on_the_wire_leaves_what_its_sender_means(world: PatchWorld, row: Patch) -> None:
    answer, then = await world.patched(row)
    expected = world.expected(row)
    if isinstance(row.after, tuple):
        assert (answer["status"], answer.get("scimType")) == (str(row.after[0]), row.after[1]), answer
        assert set(answer) <= {"schemas", "status", "scimType", "detail"}
        assert len(answer["detail"]) < 250
    elif answer is not None:
        assert world.bare(answer) == expected
    assert world.bare(then) == expected, "a read gives what the PATCH answered; after a refusal, what was there before"
