"""RingCentral's rates are kept, and nobody is lost over them: hours of it, on a clock that waiting turns."""

from __future__ import annotations

import asyncio
import json
import random
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from adapters.ringcentral import RingCentralAdapter, RingCentralSettings
from gateway.stores.memory import MemoryStore
from scim.identity.map import IdentityMap
from scim.message import Request, Response
from scim.options import Options
from scim.service import Service
from simulators import entra
from simulators.http import Fault
from simulators.ringcentral import Simulator
from tests.adapters.vendor_wire import VendorGateway
from tests.adapters.virtual_time import Clock, virtual
from tests.end_to_end.test_entra_to_rfpio import MAPPING, staff
from tests.scim.harness import BASE, CORE, Answer


class World:
    """The simulator and gateways in front of it, without a socket in between."""

    def __init__(self, clock: Clock) -> None:
        self.clock, self.simulator, self.chance = clock, Simulator(), random.Random("rates")

    async def _answer(self, request: httpx.Request) -> httpx.Response:
        """The simulator's answer, after a while; it counts somewhere in between."""
        await asyncio.sleep(self.chance.uniform(0.02, 0.4))
        target, headers = request.url.raw_path.decode(), {name.lower(): one for name, one in request.headers.items()}
        reply = self.simulator.answer(request.method, target, headers, request.content, "127.0.0.1")
        await asyncio.sleep(self.chance.uniform(0.02, 0.4))
        return httpx.Response(
            reply.status, headers={**reply.headers, "content-type": reply.content_type}, content=reply.body
        )

    def gateway(self, **settings: Any) -> VendorGateway:
        """A process of the gateway: it has an adapter of its own."""
        values = {"server": self.simulator.server_url, "scim_token": self.simulator.token} | settings
        given = RingCentralSettings.model_validate({k: v for k, v in values.items() if v is not None})
        one = VendorGateway(self.simulator, RingCentralAdapter(given, transport=httpx.MockTransport(self._answer)))
        map = IdentityMap(MemoryStore(lambda: self.clock.now), "acme", "acme", lease=90.0)
        one.service = Service(one.adapter.resources(), map, Options(), BASE)
        return one

    @property
    def peaks(self) -> dict[str, int]:
        return self.simulator.state.limits.peaks

    async def insist(self, gateway: VendorGateway, login: str) -> int:
        """Create somebody as Entra does, which waits as it is told; how often it was told to."""
        told = 0
        while (answer := await gateway.send("POST", "/Users", body(login))).status != 201:
            assert answer.status in (429, 503), answer.body
            await asyncio.sleep(float(answer.headers["retry-after"]))
            told += 1
        return told


def body(login: str) -> dict[str, Any]:
    mail = [{"type": "work", "value": login}]
    return {"schemas": [CORE], "userName": login, "emails": mail, "name": {"givenName": "A", "familyName": "L"}}


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    with virtual(monkeypatch) as clock:
        made = World(clock)
        yield made
        made.simulator.close()


class Bridge(httpx.BaseTransport):
    """Entra's requests, carried to a gateway; what was answered, and how long it took."""

    def __init__(self, world: World, gateway: VendorGateway) -> None:
        self.world, self.gateway = world, gateway
        self.statuses: set[int] = set()
        self.longest = 0.0

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        path = request.url.path.removeprefix("/acme/scim/v2")
        asked = Request(request.method, path, request.url.query.decode(), {}, request.read())
        begun = self.world.clock.now
        answer: Response = self.world.clock.runs(self.gateway.service.handle(asked))
        self.longest = max(self.longest, self.world.clock.now - begun)
        self.statuses.add(answer.status)
        return httpx.Response(answer.status, headers=dict(answer.headers), content=answer.body)


@pytest.mark.slow
def test_a_first_cycle_of_200_people_keeps_the_limits_and_loses_nobody(world: World) -> None:
    bridge = Bridge(world, world.gateway())
    people = [staff(number) for number in range(200)]
    begun = world.clock.now
    options = entra.Options("http://127.0.0.1:1/acme/scim/v2", "a-token-of-16-letters", people=people, mapping=MAPPING)
    report = entra.run(options, transport=bridge)
    minutes = (world.clock.now - begun) / 60
    assert (report.exit_status, report.counts["created"], report.quarantine) == (0, 200, None)
    assert len(world.simulator.state.state()["users"]) == 200
    assert world.peaks == {"light": world.peaks["light"], "heavy": 10, "auth": 0, "refused": 0}
    assert world.peaks["light"] <= 50 and bridge.statuses == {200, 201}
    assert 19 <= minutes <= 21, "as fast as RingCentral allows; the page says twenty"
    assert bridge.longest < 15, "nobody waits for long: the page says ten seconds or so, Entra would wait for 60"


def test_many_at_once_are_told_to_wait_and_end_well(world: World) -> None:
    one = world.gateway()

    async def together() -> list[int]:
        return await asyncio.gather(*(world.insist(one, f"p{n}@example.com") for n in range(40)))

    told = world.clock.runs(together())
    assert sum(told) > 0, "fifty seconds are not enough for forty writes"
    assert len(one.users) == 40 and world.peaks["refused"] == 0 and world.peaks["heavy"] == 10


@pytest.mark.parametrize("processes", [2, 3])
def test_several_processes_learn_of_each_other_by_the_headers(world: World, processes: int) -> None:
    gateways = [world.gateway() for _ in range(processes)]

    async def work(number: int) -> None:
        for person_number in range(60 // processes):
            await world.insist(gateways[number], f"p{number}.{person_number}@example.com")

    async def together() -> None:
        await asyncio.gather(*map(work, range(processes)))

    begun = world.clock.now
    world.clock.runs(together())
    assert len(gateways[0].users) == 60 and world.peaks["refused"] == 0
    assert (world.clock.now - begun) / 60 < 60 / 8 + 1, "two of ten are left to others"


def test_who_comes_into_a_penalty_of_others_gets_out_of_it(world: World) -> None:
    """Five processes that know nothing of each other: no headers, and a penalty that each of them would prolong.

    If all of them came back after a minute, as they are told, each would prolong it for the others, for ever.
    """
    world.simulator.state.switches.set({"rate_headers": False})
    gateways = [world.gateway() for _ in range(5)]
    random.seed("penalties")

    async def work(number: int) -> None:
        await asyncio.sleep(9 * number)
        for person_number in range(6):
            await world.insist(gateways[number], f"p{number}.{person_number}@example.com")

    async def together() -> None:
        await asyncio.gather(*map(work, range(5)))

    begun = world.clock.now
    world.clock.runs(together())
    assert len(gateways[0].users) == 30 and world.peaks["refused"] > 0
    assert (world.clock.now - begun) / 60 < 120


def test_who_waits_for_a_create_that_was_lost_leaves_the_reads_to_others(world: World) -> None:
    one = world.gateway()
    world.simulator.state.faults.append(Fault("POST", status=503))
    assert world.clock.runs(one.send("POST", "/Users", body("ada@example.com"))).status == 503
    one.calls()
    begun = world.clock.now
    waited = world.clock.runs(one.send("POST", "/Users", body("ada@example.com")))
    assert (waited.status, world.clock.now - begun > 45) == (503, True), "it may still appear"
    assert one.calls()["GET /Users"] <= 10, "RingCentral has fifty a minute for everybody"
    assert world.clock.runs(world.insist(one, "ada@example.com")) <= 1
    assert len(one.users) == 1


@pytest.mark.parametrize(
    "switches", [{}, {"rate_headers": False}, {"rate_headers": False, "retry_after": False}, {"retry_after": False}],
    ids=str,
)  # fmt: skip
def test_while_a_penalty_lasts_nothing_is_written_and_everything_is_read(
    world: World, switches: dict[str, bool]
) -> None:
    one, clock = world.gateway(), world.clock
    world.simulator.state.switches.set(switches)
    made = clock.runs(one.send("POST", "/Users", body("ada@example.com")))
    world.simulator.state.limits.punish("heavy", world.simulator.state.switches, clock.now)

    def patched(value: str) -> Answer:
        return clock.runs(one.replace(made.id, {"title": value}))

    first = patched("A")
    assert (first.status, 55 <= float(first.headers["retry-after"]) <= 61) == (429, True)
    begun, refused = clock.now, world.peaks["refused"]
    for attempt in range(5):
        assert patched(f"B{attempt}").status == 429
        for query in ('filter=userName eq "nobody@example.com"', ""):
            assert clock.runs(one.send("GET", "/Users", query=query)).status == 200
        assert clock.runs(one.send("GET", f"/Users/{made.id}")).status == 200
    assert (world.peaks["refused"], clock.now - begun < 30) == (refused, True), "RingCentral was asked for nothing"
    clock.now = begun + 61
    assert patched("C").status == 200


def test_a_limit_that_the_headers_tell_is_kept(world: World) -> None:
    world.simulator.state.switches.set({"heavy": 4})
    one = world.gateway()

    async def work() -> None:
        for number in range(12):
            await world.insist(one, f"p{number}@example.com")

    world.clock.runs(work())
    assert (world.peaks["heavy"], world.peaks["refused"]) == (4, 0)


def test_tokens_are_fetched_within_their_limit_too(world: World) -> None:
    world.simulator.state.switches.set({"token_life": 20})
    known = world.simulator.credentials
    given = {"scim_token": None, "client_id": known.client_id, "client_secret": known.client_secret, "jwt": known.jwt}
    one = world.gateway(**given)

    async def work() -> None:
        for _ in range(30):
            await one.send("GET", "/Users", query='filter=userName eq "nobody"')
            await asyncio.sleep(5)

    world.clock.runs(work())
    assert world.peaks["refused"] == 0 and 0 < world.peaks["auth"] <= 5


def test_reads_have_a_limit_of_their_own(world: World) -> None:
    one = world.gateway()
    world.simulator.state.store.add("Users", {**body("ada@example.com"), "active": True})

    async def together() -> list[Answer]:
        query = 'filter=userName eq "ada@example.com"&attributes=userName'
        return await asyncio.gather(*(one.send("GET", "/Users", query=query) for _ in range(80)))

    answers = world.clock.runs(together())
    assert {answer.status for answer in answers} == {200, 503}, "a list that must wait is 503: Entra repeats it"
    assert world.peaks["light"] <= 50 and world.peaks["refused"] == 0
    assert all(float(one.headers["retry-after"]) <= 61 for one in answers if one.status == 503)
    assert json.dumps(answers[0].body) != ""
