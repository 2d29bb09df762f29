"""The corpus of bodies, sent by POST and by PUT, to a directory with all its abilities and to one without any."""

from __future__ import annotations

from typing import Any

import pytest

from tests.corpus.patch_row import ENT
from tests.corpus.patch_world import PatchWorld, opened
from tests.corpus.resources import ROWS

BUGS: dict[str, str] = {}
"""Rows of which the engine is known to be wrong, by their `why`."""
FULL = {
    "title": "old",
    "nickName": "old",
    "emails": [{"value": "old@x"}],
    ENT: {"division": "old"},
    "externalId": "old",
}


def cases() -> list[Any]:
    """The rows as parameters, those that cannot pass yet marked."""
    marks = [[pytest.mark.xfail(strict=True, reason=BUGS[row[0]])] if row[0] in BUGS else [] for row in ROWS]
    return [pytest.param(*row, id=row[0], marks=mark) for row, mark in zip(ROWS, marks, strict=True)]


@pytest.fixture(scope="module", params=["directory", "poor directory"])
def world(request: pytest.FixtureRequest) -> PatchWorld:
    return opened(poor=request.param == "poor directory")


@pytest.mark.parametrize(("why", "body", "held"), cases())
async def test_a_post_holds_what_its_sender_means(world: PatchWorld, why: str, body: Any, held: Any) -> None:
    login = world.another()
    answer = await world.send("POST", "/Users", world.real({"userName": login, **body}))
    if isinstance(held, tuple):
        assert (answer["status"], answer["scimType"]) == (str(held[0]), held[1])
        return
    expected = world.bare(world.real({"userName": login, "active": True, **held}))
    assert world.bare(answer) == expected
    assert world.bare(await world.send("GET", f"/Users/{answer['id']}")) == expected


@pytest.mark.parametrize(("why", "body", "held"), cases())
async def test_a_put_leaves_nothing_of_what_was(world: PatchWorld, why: str, body: Any, held: Any) -> None:
    login = world.another()
    made = await world.send("POST", "/Users", {"userName": login, **FULL})
    path = f"/Users/{made['id']}"
    answer = await world.send("PUT", path, world.real({"userName": login, **body}))
    if isinstance(held, tuple):
        assert (answer["status"], answer["scimType"]) == (str(held[0]), held[1])
        assert await world.send("GET", path) == made, "what was refused changed nothing"
        return
    expected = world.bare(world.real({"userName": login, "active": True, **held}))
    assert world.bare(answer) == expected
    again = await world.send("GET", path)
    assert world.bare(again) == expected
    if "password" not in body:
        assert await world.send("PUT", path, again) == again, "the round trip changes nothing"
