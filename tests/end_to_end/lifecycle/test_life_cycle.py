"""A life ends right under every switch of every system, in both dialects and by both policies, whatever goes wrong."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import fields, replace
from itertools import cycle
from traceback import format_exception
from typing import Any

import pytest

from tests.end_to_end.lifecycle.conversation import Trouble
from tests.end_to_end.lifecycle.life import Life
from tests.end_to_end.lifecycle.system import COMMON, Cell, System
from tests.end_to_end.lifecycle.systems import SYSTEMS
from tests.end_to_end.lifecycle.world import ENVIRONMENT, POLICIES, TOKEN, World, world
from tests.end_to_end.processes import ROOT

SIMULATED = [system for system in SYSTEMS if system.arguments]
CELLS = [(system, cell) for system in SYSTEMS for cell in system.cells]
DIALECTS = [False, True]
PAIRS = list(zip(POLICIES, DIALECTS, strict=True))


def _named(value: Any) -> str | None:
    if isinstance(value, bool):
        return "aadOptscim062020" if value else "default"
    return str(value) if isinstance(value, System | Cell) else None


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with world(tmp_path_factory.mktemp("lifecycle"), SYSTEMS) as made:
        yield made
    log = (made.folder / "gateway.log").read_text()
    assert "Traceback" not in log
    for secret in (*ENVIRONMENT.values(), TOKEN, "jane", "contoso"):
        assert secret not in log, "no secret and nobody's data in the log"


@pytest.mark.parametrize("flag", DIALECTS, ids=_named)
@pytest.mark.parametrize("policy", POLICIES)
@pytest.mark.parametrize("system", SYSTEMS, ids=_named)
def test_a_life_costs_the_calls_that_the_page_tells(running: World, system: System, policy: str, flag: bool) -> None:
    Life(running.place(system, Cell(), policy), Cell(), flag, exact=True).lived()


@pytest.fixture(scope="module")
def function(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """The gateway as a Function, in Microsoft's worker library."""
    untouched = [replace(system, cells=[Cell()]) for system in SYSTEMS]
    host = ("tests.hosts.serve_functions", str(ROOT), "{port}")
    with world(tmp_path_factory.mktemp("function"), untouched, host=host) as made:
        yield made


@pytest.mark.parametrize("system", SYSTEMS, ids=_named)
def test_a_life_is_the_same_in_azure(function: World, system: System) -> None:
    Life(function.place(system, Cell(), "disable"), Cell(), True, exact=True).lived()


@pytest.mark.slow
@pytest.mark.parametrize(("policy", "flag"), PAIRS, ids=POLICIES)
@pytest.mark.parametrize(("system", "cell"), CELLS, ids=_named)
def test_a_life_ends_right_under_every_switch(
    running: World, system: System, cell: Cell, policy: str, flag: bool, record_property: Callable[[str, object], None]
) -> None:
    with running.place(system, cell, policy).switched(cell) as place:
        Life(place, cell, flag).lived()
    record_property("cell", f"{system}:{cell}")


@pytest.mark.parametrize("system", SIMULATED, ids=_named)
def test_every_switch_and_every_choice_is_tried(system: System) -> None:
    package = __import__(f"simulators.{system.name}.switches", fromlist=["Switches"])
    switches = package.Switches()
    tried = [pair for cell in system.cells for pair in cell.switches.items()]
    tried += [pair for refusal, _ in system.refusals for pair in refusal.items()]
    assert {name for name, _ in tried} | system.apart | COMMON == {one.name for one in fields(switches)}
    for name in switches.choices.keys() - system.apart:
        values = {value for switch, value in tried if switch == name} | {getattr(switches, name)}
        assert values == set(switches.choices[name]), name


TROUBLES = [
    Trouble("an answer is lost", switches={"timeout_after_write": 1, "timeout_after_write_seconds": 0.1}),
    Trouble("no answer arrives", switches={"timeout_after_write": 99}, relief=True),
    Trouble("a call is cut off", {"cut": True}),
    Trouble("a call fails after its effect", {"status": 503, "after_effect": True}),
    Trouble("half an answer", {"truncate": True}),
    Trouble("slow down for a second", {"status": 429, "headers": {"Retry-After": "1"}}),
    Trouble("a call is slow", switches={"latency_ms": 60}),
    Trouble("an old answer", {"stale": True}),
    Trouble("nobody is there", {"status": 503, "times": 99}, relief=True),
    Trouble("too many calls", switches={"rate_limit": 2}, relief=True),
    Trouble("too many calls, with a time", switches={"rate_limit": 2, "rate_limit_retry_after": 30}, relief=True),
]
EACH_IN_TURN = [(trouble, *pair) for trouble, pair in zip(TROUBLES, cycle(PAIRS), strict=False)]
"""They wait: the gateway asks again before it gives up. So each has one policy and one dialect."""


@pytest.mark.slow
@pytest.mark.parametrize(("trouble", "policy", "flag"), EACH_IN_TURN, ids=[trouble.why for trouble in TROUBLES])
def test_a_life_ends_right_although_something_goes_wrong_at_every_request(
    running: World, trouble: Trouble, policy: str, flag: bool
) -> None:
    """At all systems at once: it takes its time, for the gateway asks again before it gives up.

    Not where old answers would be another truth, nor where a limit that is passed costs a penalty of its own.
    """
    systems = [
        system
        for system in SIMULATED
        if (system.stale or "stale" not in trouble.fault) and not (system.penalty and "rate_limit" in trouble.switches)
    ]
    lives = [Life(running.place(system, Cell(), policy), Cell(), flag, trouble=trouble) for system in systems]
    with ThreadPoolExecutor(len(lives)) as clients:
        ended = [(life, clients.submit(life.lived)) for life in lives]
    failed = {
        life.system.name: "".join(format_exception(error)) for life, future in ended if (error := future.exception())
    }
    assert not failed, "\n".join(f"{name}: {told}" for name, told in failed.items())
    assert all(life.refused for life in lives) or not trouble.relief, "the trouble was felt"


LATER = 9
"""Seconds to wait that are more than any request of ours may take."""
OUTAGES: list[tuple[str, dict[str, Any], int]] = [
    ("HTML for an hour", {"status": 500}, 503),
    ("a 404 that is not the service's", {"status": 404, "body": "<html>not here</html>"}, 503),
    ("half a JSON", {"truncate": True, "after_effect": True}, 503),
    ("cut off", {"cut": True}, 503),
    ("slow down", {"status": 429, "headers": {"Retry-After": f"{LATER}"}}, 429),
]


@pytest.mark.slow
@pytest.mark.parametrize(("why", "fault", "status"), OUTAGES, ids=[row[0] for row in OUTAGES])
def test_a_backend_that_is_down_or_talks_rubbish_is_never_404_or_400(
    running: World, why: str, fault: dict[str, Any], status: int
) -> None:
    def outage(system: System) -> None:
        life = Life(running.place(system, Cell(), "disable"), Cell(), False)
        life.begins()
        before = life.place.held()
        life.place.control("POST", "inject", {"operation": "*", "times": 1000, **fault})
        answers = [
            life.scim("GET", f"/Users/{life.id}"),
            life.change({"displayName": "x"}),
            life.scim("POST", "/Users", life.person(life.twin)),
            life.scim("DELETE", f"/Users/{life.id}"),
        ]
        match = life.scim("GET", life.search(life.login))
        life.place.control("DELETE", "inject")
        time.sleep(LATER if status == 429 and system.penalty else 0)
        assert [answer.status_code for answer in answers] == [status] * 4, system
        assert match.status_code == (503 if status == 429 else status), (
            "Entra knows no 429 in answer to Test Connection"
        )
        assert all("retry-after" in answer.headers for answer in answers) or status == 502
        assert life.place.held() == before or "after_effect" in fault
        assert life.scim("GET", f"/Users/{life.id}").json() == life.user

    with ThreadPoolExecutor(len(SIMULATED)) as clients:
        list(clients.map(outage, SIMULATED))


@pytest.mark.slow
def test_an_answer_that_comes_too_late_is_503_in_time(running: World) -> None:
    def late(system: System) -> int:
        life = Life(running.place(system, Cell(), "disable"), Cell(), False)
        life.place.control("POST", "inject", {"operation": "*", "times": 9, "delay": 20})
        status = life.scim("GET", life.search(life.login)).status_code
        life.place.control("DELETE", "inject")
        return status

    with ThreadPoolExecutor(len(SIMULATED)) as clients:
        assert set(clients.map(late, SIMULATED)) == {503}


@pytest.mark.parametrize("system", SIMULATED, ids=_named)
def test_a_backend_that_refuses_the_gateway_is_502_and_never_401(running: World, system: System) -> None:
    life = Life(running.place(system, Cell(), "disable"), Cell(), False)
    life.begins()
    for switches, wrong in system.refusals:
        refused = Life(running.place(system, Cell(), "disable", wrong=wrong), Cell(), False)
        with refused.place.switched(Cell(switches)):
            answers = [
                refused.scim("GET", refused.search("c3f0-4d22")),
                refused.scim("POST", "/Users", refused.person(refused.login)),
                *([] if wrong else [life.change({"active": False}), life.scim("DELETE", f"/Users/{life.id}")]),
            ]
        assert {answer.status_code for answer in answers} == {502}, switches
        assert all("the gateway's own credentials" in answer.json()["detail"] for answer in answers)
        assert not any(secret in answer.text for answer in answers for secret in ENVIRONMENT.values())
        assert refused.logins() == set()
    assert life.scim("GET", f"/Users/{life.id}").json() == life.user
