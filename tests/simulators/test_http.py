"""What every simulator of a service has, asked of each of them; and the command that starts them all."""

from __future__ import annotations

import importlib
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from simulators import http, scim
from simulators.__main__ import SERVICES
from simulators.http.command import parser
from tests.end_to_end.processes import ROOT


@pytest.fixture(scope="module", params=SERVICES)
def simulator(request: pytest.FixtureRequest) -> Iterator[http.Simulator[Any, Any]]:
    with importlib.import_module(f"simulators.{request.param}").running() as running:
        yield running


@pytest.fixture
def client(simulator: http.Simulator[Any, Any]) -> Iterator[httpx.Client]:
    simulator.state.reset()
    with httpx.Client(base_url=f"http://{simulator.host}/_control/", trust_env=False) as client:
        yield client


def told(simulator: http.Simulator[Any, Any]) -> str:
    """The docstrings that explain a simulator: those of its packages, its own last."""
    packages = [".".join(one.__module__.split(".")[:2]) for one in reversed(type(simulator).__mro__)]
    return "\n".join(str(sys.modules[name].__doc__) for name in packages if name.startswith("simulators."))


def plain(value: Any) -> str:
    """A value as a docstring shows it."""
    return str(value).lower() if isinstance(value, bool) else re.sub("[\"']", "", str(value))


def test_every_switch_is_explained_with_its_default_first(simulator: http.Simulator[Any, Any]) -> None:
    switches = simulator.state.kind()
    shown = dict(re.findall(r"^    ([a-z_0-9]+) +(\S.*?)(?:  +.*)?$", told(simulator), re.MULTILINE))
    for name, default in switches.document().items():
        values = [plain(value.strip()) for value in shown[name].split(" | ")]
        assert values[0] == plain(default), name
        if name in switches.choices:
            assert set(values) == {plain(choice) for choice in switches.choices[name]}, name


def test_every_choice_can_be_made_on_the_command_line(simulator: http.Simulator[Any, Any]) -> None:
    for name, choices in simulator.state.kind().choices.items():
        for choice in choices:
            switches = simulator.state.kind()
            switches.set(dict(parser("x", "", 0).parse_args(["--switch", f"{name}={plain(choice)}"]).switch))
            assert getattr(switches, name) == choice


def test_every_control_call_is_explained(simulator: http.Simulator[Any, Any]) -> None:
    for method, name in simulator.control.actions:
        assert (
            re.search(rf"^    (?=.*{method}).*/_control/{name} ", told(simulator), re.MULTILINE) or name == "switches"
        )
    assert {("POST", "seed"), ("POST", "remove"), ("POST", "edit")} <= simulator.control.actions.keys()


WRONG: list[tuple[str, dict[str, Any]]] = [
    ("switches", {"latency_ms": -1}),
    ("switches", {"rate_limit": 1.5}),
    ("switches", {"rate_limit": True}),
    ("switches", {"latency_ms": 1, "nothing": 1}),
    ("switches", {"timeout_after_write_seconds": 601}),
    ("inject", {"status": 99}),
    ("inject", {"times": 0}),
    ("inject", {"cut": 1}),
    ("inject", {"delay": -1}),
    ("inject", {"x": 1}),
    ("inject", {"headers": {"a": "ü"}}),
    ("seed", {}),
    ("seed", {"count": -1}),
    ("edit", {}),
    ("remove", {}),
]


@pytest.mark.parametrize(("name", "body"), WRONG, ids=[f"{name} {body}" for name, body in WRONG])
def test_what_cannot_be_is_refused_and_changes_nothing(
    simulator: http.Simulator[Any, Any], client: httpx.Client, name: str, body: dict[str, Any]
) -> None:
    before = client.get("state").json(), client.get("switches").json()
    answer = client.post(name, json=body)
    assert (answer.status_code, len(answer.json()["error"]) > 10) == (400, True)
    assert (client.get("state").json(), client.get("switches").json(), simulator.state.faults) == (*before, [])


def test_a_fault_strikes_as_often_as_it_was_told_and_can_be_called_off(
    simulator: http.Simulator[Any, Any], client: httpx.Client
) -> None:
    client.post("inject", json={"times": 2, "status": 503, "headers": {"retry-after": "7"}})
    client.post("inject", json={"times": 9, "status": 502})
    answers = [client.get(simulator.url) for _ in range(3)]
    assert [(one.status_code, one.headers.get("retry-after")) for one in answers] == [
        (503, "7"),
        (503, "7"),
        (502, None),
    ]
    client.delete("inject")
    assert client.get(simulator.url).status_code in (401, 404, 405)
    log = client.get("requests").json()["requests"]
    assert [entry["status"] for entry in log[:3]] == [503, 503, 502] and len(log) == 4
    client.delete("requests")
    assert client.get("counts").json() == {}


def test_everything_is_as_at_the_start_after_a_reset(client: httpx.Client) -> None:
    before = client.get("state").json(), client.get("switches").json()
    client.post("seed", json={"count": 2})
    client.post("switches", json={"latency_ms": 1})
    assert client.get("state").json() != before[0] and client.get("switches").json() != before[1]
    client.post("reset")
    assert (client.get("state").json(), client.get("switches").json()) == before


def test_all_of_them_start_with_one_command_and_end_with_it() -> None:
    command = [sys.executable, "-m", "simulators", "--free-ports"]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        urls = [process.stdout.readline().split()[-1] for _ in SERVICES]
        with httpx.Client(trust_env=False) as client:
            assert {client.get(httpx.URL(url).join("/_control/state")).status_code for url in urls} == {200}
        process.send_signal(signal.SIGINT)
        assert process.wait(60) == 0
        with pytest.raises(httpx.TransportError):
            httpx.get(httpx.URL(urls[0]).join("/_control/state"), trust_env=False)


COMMANDS = (
    ["simulators.entra", "{url}", "--token", "{token}", "--users", "3", "--json", "--state", "{folder}/state"],
    ["simulators.okta", "{url}", "--token", "{token}", "--users", "3"],
    ["simulators.replicon", "--port", "0"],
    ["simulators", "--free-ports"],
)


@pytest.mark.parametrize("arguments", COMMANDS, ids=[row[0] for row in COMMANDS])
def test_a_command_whose_output_nobody_reads_ends_without_a_word(arguments: list[str], tmp_path: Path) -> None:
    with scim.running() as target:
        values = {"url": target.url, "token": target.account.token, "folder": tmp_path}
        command = [sys.executable, "-m", *(word.format(**values) for word in arguments)]
        pipes: dict[str, Any] = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
        with subprocess.Popen(command, cwd=ROOT, text=True, **pipes) as process:
            assert process.stdout and process.stderr
            process.stdout.close()
            said = process.stderr.read()
            assert (process.wait(60), "Error" in said, "Traceback" in said) == (141, False, False), said
