"""Two gateways on one map: what one of them changes the other knows at once when it is asked for one resource.

Its lists show it after the time that the page states.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

import pytest

from scim.identity.overrides import OVERRIDE_SECONDS
from tests.backends import AmendingCircle, Shelf
from tests.end_to_end.processes import ROOT
from tests.matrix.behind import LOGIN_IS_KEY
from tests.matrix.test_orders import renamed
from tests.scim.harness import Engine

People = dict[str, str]
"""userName to id, as a list shows them."""


@dataclass
class Clock:
    """Stands in for the module `time` of the identity map."""

    now: float = 1000.0

    def monotonic(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    made = Clock()
    monkeypatch.setattr("scim.identity.overrides.time", made)
    return made


async def deleted(engine: Engine, ada: str) -> None:
    assert (await engine.send("DELETE", f"/Users/{ada}")).status == 204


async def deleted_and_created_again(engine: Engine, ada: str) -> None:
    await deleted(engine, ada)
    assert (await engine.create("ada")).status == 201


async def moved(engine: Engine, ada: str) -> None:
    await renamed(engine, ada, "lovelace")


async def moved_there_and_back(engine: Engine, ada: str) -> None:
    await renamed(engine, ada, "lovelace")
    await renamed(engine, ada, "ada")


async def moved_and_the_login_taken(engine: Engine, ada: str) -> None:
    await renamed(engine, ada, "lovelace")
    assert (await engine.create("ada")).status == 201


async def moved_and_deleted(engine: Engine, ada: str) -> None:
    await renamed(engine, ada, "lovelace")
    await deleted(engine, ada)


async def swapped(engine: Engine, ada: str) -> None:
    """Two people have each other's login in the end."""
    [bob] = [user["id"] for user in await engine.find('userName eq "bob"')]
    for id, login in ((ada, "x"), (bob, "ada"), (ada, "bob")):
        await renamed(engine, id, login)


EVENTS: list[Callable[[Engine, str], Awaitable[None]]] = [
    deleted,
    deleted_and_created_again,
    moved,
    moved_there_and_back,
    moved_and_the_login_taken,
    moved_and_deleted,
    swapped,
]


async def listed(engine: Engine) -> People:
    return {user["userName"]: user["id"] for user in (await engine.send("GET", "/Users")).body["Resources"]}


async def members(engine: Engine, group: str) -> set[str]:
    shown: list[dict[str, Any]] = (await engine.send("GET", f"/Groups/{group}")).body.get("members", [])
    return {one["value"] for one in shown}


async def one_by_one(engine: Engine, people: People) -> None:
    """Each is found by name and by id."""
    for login, id in people.items():
        assert [user["id"] for user in await engine.find(f'userName eq "{login}"')] == [id]
        answer = await engine.send("GET", f"/Users/{id}")
        assert (answer.status, answer.body["userName"]) == (200, login)


@pytest.mark.parametrize("policy", ["disable", "delete"])
@pytest.mark.parametrize("login_is_key", [True, False], ids=["the login is the key", "the key stays"])
@pytest.mark.parametrize("event", EVENTS, ids=lambda event: event.__name__)
async def test_another_gateways_change_is_known_at_once_for_one_resource_and_in_time_for_lists(
    event: Callable[[Engine, str], Awaitable[None]], login_is_key: bool, policy: str, clock: Clock
) -> None:
    shelf, circle = Shelf(key="login", can=LOGIN_IS_KEY) if login_is_key else Shelf(), AmendingCircle()
    first = Engine(shelf, groups=circle, on_delete=policy, write_deadline=5)
    second = Engine(shelf, first.store, circle, on_delete=policy, write_deadline=5)
    ada, bob = (await first.create("ada")).id, (await first.create("bob")).id
    group = (await first.group("Team", ada, bob)).id
    assert await listed(second) == await listed(first) == {"ada": ada, "bob": bob}
    clock.now += 1
    await event(first, ada)
    people, team = await listed(first), await members(first, group)
    await one_by_one(second, people)

    clock.now += OVERRIDE_SECONDS - 1.1
    for login, id in (await listed(second)).items():
        answer = await second.send("GET", f"/Users/{id}")
        mine = answer.status == 404 or answer.body["userName"] == login
        assert mine or login_is_key, "only a login that is a key may stand beside the id of whoever had it before"
    await one_by_one(second, people)

    clock.now += 0.2
    assert (await listed(second), await members(second, group)) == (people, team)
    await one_by_one(second, people)


async def test_a_list_keeps_what_it_knows_for_the_stated_time(clock: Clock) -> None:
    """So that the test above shows something: before the time is over a list really is old."""
    first = Engine(write_deadline=5)
    second = Engine(first.shelf, first.store)
    ada = (await first.create("ada")).id
    await listed(second)
    await deleted(first, ada)
    clock.now += OVERRIDE_SECONDS - 0.1
    assert await listed(second) == {"ada": ada}
    clock.now += 0.2
    assert await listed(second) == {}


def test_the_page_states_the_time() -> None:
    page = (ROOT / "docs" / "explanation" / "identity-map.md").read_text()
    assert f"which a process reads again after {OVERRIDE_SECONDS:.0f} seconds at most" in page
