"""Gateways are killed before and after every single call of a request, start again, and are asked again."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

import httpx
import pytest

from tests.end_to_end.processes import start
from tests.matrix.forks import Gateway
from tests.matrix.group_scenes import GROUP_SCENES
from tests.matrix.many import for_each
from tests.matrix.points import CALLS, GROUP_CALLS, changes
from tests.matrix.scenes import SCENES, Case, Scene
from tests.matrix.soundness import settled
from tests.matrix.world import TOKEN, Client, Mortal, World, mortal

MOMENTS = ("before", "after")
AZURE = ("poor", "ledger", "logins", "logins-delete")
"""What differs to a store: turns, claims and kept attributes, keys that move, tombstones."""
Tell = Callable[[str], None]
Documented = Mapping[str, Mapping[str, str]]
pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def replicon(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder = tmp_path_factory.mktemp("replicon")
    process = start(["simulators.replicon", "--port", "0", "--password", TOKEN], folder / "log")
    yield process.url
    process.stop()


async def served(case: Case) -> tuple[Gateway, Client, Scene]:
    """A gateway, a client of it, and what it will ask for."""
    gateway = await case.world.forks.start()
    return gateway, case.world.client(gateway.url, case.connection), (SCENES | GROUP_SCENES)[case.scene]


async def counted(case: Case) -> list[str]:
    """The calls of the request when nobody kills anybody."""
    gateway, client, scene = await served(case)
    await scene.prepare(client, case)
    gateway.arm(0, "-")
    answer = await scene.ask(client, case)
    assert answer.is_success, answer.text
    calls = gateway.calls
    case.world.forks.stop(gateway)
    return calls


async def killed(case: Case) -> None:
    """A gateway dies at one call of the request."""
    gateway, client, scene = await served(case)
    await scene.prepare(client, case)
    gateway.arm(*case.point)
    try:
        answer = await scene.ask(client, case)
    except httpx.TransportError:
        assert len(gateway.calls) >= case.point[0], "more where several calls are made at once"
    else:
        raise AssertionError(f"the gateway lives after {gateway.calls} and answers {answer.status_code}")
    case.world.forks.stop(gateway)


async def repeated(case: Case) -> None:
    """Another gateway is asked again, and everything is as if nothing had happened."""
    gateway, client, scene = await served(case)
    await scene.repeat(client, case)
    await checked(client, scene, case)
    case.world.forks.stop(gateway)


async def checked(client: Client, scene: Scene, case: Case) -> None:
    """One account for the login, which the client's id leads to; what was deleted stays so."""
    login = scene.name(case)
    mine = [one for one in await case.world.accounts(case.connection) if one["login"] in (case.login, login)]
    assert [one["login"] for one in mine] == ([login] if scene.stands else [])
    if scene.stands:
        assert (mine[0]["enabled"], mine[0]["display"]) == (scene.enabled, scene.display)
    found = await client.find(login)
    assert [user["id"] for user in found] == ([case.id] if scene.visible else [])
    assert not case.before or case.id == case.before, "the id outlives everything"
    listed = [user for user in await client.all() if user["userName"] in (case.login, login)]
    assert [user["id"] for user in listed] == [user["id"] for user in found], "lists and filters tell the same"
    for user in found:
        read = await client.send("GET", f"/Users/{user['id']}")
        assert (read.status_code, read.json()["userName"]) == (200, login)
    for id in case.gone:
        assert (await client.send("GET", f"/Users/{id}")).status_code == 404


async def swept(world: World) -> None:
    world.age()
    done = await world.sweep()
    assert (done.failed, done.waiting) == (0, 0), done


async def kill_and_repeat(case: Case) -> None:
    await killed(case)
    await repeated(case)


async def at_every_call(place: Mortal, connection: str, calls: Sequence[tuple[str, int]]) -> int:
    """Kill and repeat at once; the number of points. A first sight must be killed before others list everybody."""
    cases = [Case(place, connection, name, "once", (at, when)) for name, at in calls for when in MOMENTS]
    sights = [case for case in cases if case.scene == "first sight"]
    await for_each(sights, killed)
    await for_each(sights, repeated)
    await for_each([case for case in cases if case.scene != "first sight"], kill_and_repeat)
    return len(cases)


async def calls_of(place: Mortal, connection: str, documented: Documented = CALLS) -> list[tuple[str, int]]:
    """Scene and number of every call; the calls must be those that are documented."""
    calls = {name: await counted(Case(place, connection, name, "counted")) for name in documented[connection]}
    assert {name: " ".join(made) for name, made in calls.items()} == documented[connection]
    return [(name, at) for name in calls for at in range(1, len(calls[name]) + 1)]


@pytest.mark.parametrize("connection", CALLS)
async def test_a_kill_at_any_call_costs_nothing(connection: str, tmp_path: Path, replicon: str, tell: Tell) -> None:
    started = time.monotonic()
    async with mortal(tmp_path, replicon=replicon) as place:
        calls = await calls_of(place, connection)
        points = await at_every_call(place, connection, calls)
        late = [Case(place, connection, name, "late", (at, "after")) for name, at in calls]
        await for_each(late, killed)
        await swept(place)
        settled(place, connection)
        await for_each(late, repeated)
        await swept(place)
        settled(place, connection)
    tell(f"crashes, {connection}: {points} points, {len(late)} once more with a sweep between; {_since(started)}")


@pytest.fixture(scope="module")
def kintone(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder = tmp_path_factory.mktemp("kintone")
    process = start(["simulators.kintone", "--port", "0", "--password", TOKEN], folder / "log")
    yield process.url
    process.stop()


@pytest.mark.parametrize("connection", GROUP_CALLS)
async def test_a_kill_within_a_change_of_a_group_costs_nothing(
    connection: str, tmp_path: Path, kintone: str, tell: Tell
) -> None:
    """Killed after each call that may change something: before it, and after a read, all is as after the one before."""
    started = time.monotonic()
    async with mortal(tmp_path, kintone=kintone) as place:
        calls = await calls_of(place, connection, GROUP_CALLS)
        points = [(name, at) for name, at in calls if changes(GROUP_CALLS[connection][name].split()[at - 1])]
        await for_each([Case(place, connection, name, "once", (at, "after")) for name, at in points], kill_and_repeat)
        await swept(place)
        settled(place, connection)
    tell(f"crashes in changes of groups, {connection}: {len(points)} points; {_since(started)}")


@pytest.mark.parametrize("connection", AZURE)
async def test_it_is_so_on_azure_table_storage(connection: str, tmp_path: Path, tables: str, tell: Tell) -> None:
    started = time.monotonic()
    async with mortal(tmp_path, store=f"tables:{tables}") as place:
        calls = await calls_of(place, connection)
        points = await at_every_call(place, connection, calls)
    tell(f"crashes, {connection} on Azure Table Storage: {points} points; {_since(started)}")


def _since(started: float) -> str:
    return f"{time.monotonic() - started:.0f} s"
