"""How the Replicon simulator is steered: switches, faults, the log, and the process."""

from __future__ import annotations

import contextlib
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest

from tests.simulators.replicon_client import DISABLE, ME, ROOT_URN, TOKEN, Replicon, refusal, replicon_running


@pytest.fixture
def replicon() -> Iterator[Replicon]:
    with replicon_running() as client:
        yield client


@pytest.mark.parametrize(
    ("fault", "status"),
    [({}, 500), ({"status": 429, "headers": {"Retry-After": "7"}, "body": "{}"}, 429), ({"after_effect": True}, 500)],
)
def test_an_injected_fault_happens_as_often_as_it_was_told(replicon: Replicon, fault: Any, status: int) -> None:
    replicon.control("POST", "inject", {"operation": "GetMyActualUserIdentity", "times": 2, **fault})
    replicon.create("unharmed")
    answers = [replicon.call(ME, {}) for _ in range(3)]
    assert [answer.status_code for answer in answers] == [status, status, 200]
    assert answers[0].headers.get("retry-after") == fault.get("headers", {}).get("Retry-After")


def test_a_fault_can_cut_and_truncate(replicon: Replicon) -> None:
    replicon.control("POST", "inject", {"cut": True})
    with pytest.raises(httpx.RemoteProtocolError):
        replicon.call(ME, {})
    replicon.control("POST", "inject", {"truncate": True, "after_effect": True})
    with pytest.raises(ValueError, match=r"Unterminated|Expecting|Invalid"):
        replicon.call(ME, {}).json()


def test_the_log_of_requests_has_no_password_and_warns_of_a_missing_header(replicon: Replicon) -> None:
    replicon.create("ada", securitySettings={"password": {"value": "hunter2"}})
    replicon.http.post(ME, json={}, auth=replicon.account)
    log = replicon.control("GET", "requests")["requests"]
    assert [entry["write"] for entry in log] == [True, False]
    assert ("warning" in log[0], "warning" in log[1]) == (False, True)
    everything = str(log) + str(replicon.control("GET", "state"))
    assert "hunter2" not in everything
    assert "s3cret" not in everything
    assert replicon.control("GET", "counts") == {"CreateUserOrApplyModifications": 1, "GetMyActualUserIdentity": 1}
    replicon.control("DELETE", "requests")
    assert replicon.control("GET", "counts") == {}


@pytest.mark.parametrize(
    ("name", "body", "told"),
    [
        ("switches", {"nothing": 1}, "not_found_style"),
        ("switches", {"not_found_style": "x"}, "empty_list"),
        ("switches", {"latency_ms": "x"}, "a number"),
        ("switches", {"latency_ms": -1}, "a number"),
        ("switches", {"timeout_after_write": 1.5}, "a whole number"),
        ("switches", {"omit_user_on_modify": 1}, "true or false"),
        ("switches", {"silently_ignore": "x"}, "a list"),
        ("switches", {"silently_ignore": ["shoe"]}, "firstName"),
        ("switches", {"latency_ms": 1, "nothing": 1}, "rate_limit"),
        ("inject", {"statu": 5}, "status"),
        ("inject", {"status": "500"}, "a number"),
        ("inject", {"status": 99}, "200 to 599"),
        ("inject", {"times": 0}, "1 or more"),
        ("inject", {"delay": -1}, "seconds"),
        ("inject", {"headers": {"X": "a\r\nb"}}, "ASCII"),
        ("inject", {"cut": "yes"}, "bool"),
        ("inject", {"operation": "Create"}, "CreateUserOrApplyModifications"),
        ("seed", {}, "users, count or groups"),
        ("seed", {"count": -1}, "0 to"),
        ("seed", {"count": []}, "0 to"),
        ("seed", {"users": 5}, "a list"),
        ("seed", {"users": [{"firstName": "x"}]}, "loginName"),
        ("seed", {"users": [{"loginName": "SCIM.gateway"}]}, "already exists"),
        ("seed", {"users": [{"loginName": "a"}, {"loginName": "A"}]}, "same loginName"),
        ("seed", {"users": [{"loginName": "a", "loginEnabled": "x"}]}, "true or false"),
        ("seed", {"users": [{"loginName": "a", "department": "Nowhere"}]}, "Sales"),
        ("seed", {"users": [{"loginName": "a", "endDate": "x"}]}, "year"),
        ("seed", {"users": [{"loginName": "a"}, 5]}, "loginName"),
        ("seed", {"groups": {"shoe": []}}, "department"),
        ("edit", {"loginName": "scim.gateway", "set": {"loginName": None}}, "a text"),
        ("edit", {"loginName": "scim.gateway", "set": {"uri": "x"}}, "loginName"),
        ("remove", {"uri": "urn:x"}, "no such user"),
        ("seed", {"users": [{"shoe": 1}]}, "loginName"),
        ("edit", {"loginName": "nobody", "set": {}}, "no such user"),
    ],
)
def test_a_wrong_control_call_says_what_is_allowed(replicon: Replicon, name: str, body: Any, told: str) -> None:
    before = replicon.control("GET", "state"), replicon.control("GET", "switches")
    assert told in replicon.control("POST", name, body, status=400)["error"]
    assert (replicon.control("GET", "state"), replicon.control("GET", "switches")) == before


def test_a_reset_leaves_the_administrator_alone(replicon: Replicon) -> None:
    replicon.create("ada")
    replicon.switch(latency_ms=1)
    replicon.control("POST", "reset")
    assert replicon.control("GET", "state")["count"] == 1
    assert replicon.control("GET", "switches")["latency_ms"] == 0
    assert replicon.control("POST", "nothing", {}, status=404)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_the_process_prints_its_address_and_a_taken_port_is_a_sentence(number: signal.Signals) -> None:
    command = [sys.executable, "-m", "simulators.replicon", "--port"]
    with subprocess.Popen([*command, "0"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout
        url = process.stdout.readline().split()[-1]
        port = url.split(":")[-1].strip("/")
        second = subprocess.run([*command, port], capture_output=True, text=True)
        assert (second.returncode, second.stdout, second.stderr.count("\n")) == (2, "", 1)
        assert "already in use" in second.stderr
        process.send_signal(number)
        assert process.wait(5) == 0
        assert process.stderr and process.stderr.read() == ""


def test_an_answer_is_lost_after_the_write_took_effect(replicon: Replicon) -> None:
    replicon.switch(timeout_after_write=1)
    with pytest.raises(httpx.RemoteProtocolError):
        replicon.write(loginName="ada", firstName="A", lastName="B")
    assert replicon.control("GET", "state")["count"] == 2
    assert replicon.create("next")


def test_a_rate_limit_is_429_in_the_vendors_form(replicon: Replicon) -> None:
    replicon.switch(rate_limit=2)
    answers = [replicon.call(ME, {}) for _ in range(3)]
    assert [answer.status_code for answer in answers] == [200, 200, 429]
    assert "slow down" in refusal(answers[2])[2]


@pytest.mark.parametrize(
    "options", [["--port", "99999"], ["--host", "192.0.2.1"], ["--company", "a/b"], ["--port", "x"]]
)
def test_a_wrong_option_is_told_without_a_traceback(options: list[str]) -> None:
    command = [sys.executable, "-m", "simulators.replicon", "--port", "0", *options]
    ended = subprocess.run(command, capture_output=True, text=True)
    assert (ended.returncode, ended.stdout) == (2, "")
    assert "Traceback" not in ended.stderr
    assert ".." not in ended.stderr.splitlines()[-1]


def test_a_slow_answer_is_the_real_one_and_a_stale_read_shows_the_last_state_once(replicon: Replicon) -> None:
    replicon.control("POST", "inject", {"operation": "GetMyActualUserIdentity", "delay": 0.05})
    began = time.monotonic()
    assert replicon.d(ME, {})["loginName"] == "scim.gateway"
    assert time.monotonic() - began >= 0.05
    replicon.control("POST", "inject", {"stale": True})
    assert replicon.d(ME, {})["loginName"] == "scim.gateway", "before the first write it stood as it does now"
    uri = replicon.create("ada")
    replicon.write({"uri": uri}, lastName="New")
    replicon.control("POST", "inject", {"operation": "ImportService1.svc/BulkGetUsers3", "stale": True})
    assert [replicon.read(uri=uri)[0]["userDetails"]["lastName"] for _ in range(2)] == ["B", "New"]
    replicon.create("eve")
    replicon.control("POST", "inject", {"stale": True})
    assert [len(replicon.read(loginName="eve")) for _ in range(2)] == [0, 1]


@pytest.mark.parametrize(
    ("fault", "made"),
    [
        ({"cut": True}, False),
        ({"cut": True, "after_effect": True}, True),
        ({"status": 500}, False),
        ({"status": 500, "after_effect": True}, True),
        ({"truncate": True}, True),
        ({"truncate": True, "body": "{}"}, False),
    ],
)
def test_a_fault_comes_before_the_effect_unless_it_says_otherwise(replicon: Replicon, fault: Any, made: bool) -> None:
    replicon.control("POST", "inject", {"operation": "CreateUserOrApplyModifications", **fault})
    with contextlib.suppress(httpx.RemoteProtocolError):
        replicon.write(loginName="ada", firstName="A", lastName="B")
    assert len(replicon.read(loginName="ada")) == made


def test_several_faults_queue_up_and_a_reset_forgets_them(replicon: Replicon) -> None:
    for status in (500, 429, 401):
        replicon.control("POST", "inject", {"operation": "GetMyActualUserIdentity", "status": status})
    assert [replicon.call(ME, {}).status_code for _ in range(2)] == [500, 429]
    replicon.control("POST", "reset")
    assert replicon.call(ME, {}).status_code == 200


def test_an_answer_without_a_body_keeps_the_connection_in_step(replicon: Replicon) -> None:
    replicon.control("POST", "inject", {"status": 204, "headers": {"content-TYPE": "text/x"}})
    assert replicon.call(ME, {}).headers.get_list("content-type") == ["text/x"]
    assert replicon.d(ME, {})["loginName"] == "scim.gateway"


def test_the_answer_to_a_lost_write_is_held_first_and_refused_writes_do_not_count(replicon: Replicon) -> None:
    replicon.switch(timeout_after_write=1, timeout_after_write_seconds=0.05)
    assert replicon.write(loginName="ada").status_code == 400
    assert replicon.read(loginName="ada") == []
    began = time.monotonic()
    with pytest.raises(httpx.RemoteProtocolError):
        replicon.write(unit="same", loginName="ada", firstName="A", lastName="B")
    assert time.monotonic() - began >= 0.05
    assert replicon.write(unit="same", loginName="ada").json()["d"]["user"]["loginName"] == "ada"
    answered = [one["answered"] for one in replicon.control("GET", "requests")["requests"]]
    assert answered == [True, True, False, True]


def test_latency_comes_before_each_answer_and_holds_up_nobody_else(replicon: Replicon) -> None:
    replicon.switch(latency_ms=500)
    began = time.monotonic()
    with ThreadPoolExecutor(8) as pool:
        assert {answer.status_code for answer in pool.map(lambda _: replicon.call(ME, {}), range(8))} == {200}
    assert 0.5 <= time.monotonic() - began < 3.5


def test_twenty_threads_with_one_unit_of_work_make_one_user(replicon: Replicon) -> None:
    values = {"loginName": "ada", "firstName": "A", "lastName": "B"}
    with ThreadPoolExecutor(20) as pool:
        answers = list(pool.map(lambda _: replicon.write(unit="same", **values).text, range(20)))
    assert len(set(answers)) == 1
    assert replicon.control("GET", "state")["count"] == 2


def test_who_holds_the_lock_holds_up_every_call(replicon: Replicon) -> None:
    with ThreadPoolExecutor(1) as pool:
        with replicon.simulator.lock:
            call = pool.submit(replicon.call, ME, {})
            with pytest.raises(TimeoutError):
                call.result(0.05)
        assert call.result(5).status_code == 200


def test_the_log_names_service_operation_and_status_and_can_be_filtered(replicon: Replicon) -> None:
    uri = replicon.create("ada")
    replicon.call(ME, {}, auth=None)
    [write] = replicon.control("GET", "requests?operation=CreateUserOrApplyModifications")["requests"]
    assert (write["service"], write["status"], write["write"]) == ("ImportService2", 200, True)
    assert (write["application"], len(write["correlationId"])) == ("Test_Suite_1.0", 32)
    assert write["body"]["modifications"]["loginName"] == {"value": "ada"}
    replicon.d(DISABLE, {"userUri": uri})
    log = replicon.control("GET", "requests")["requests"]
    assert [(one["operation"], one["status"], one["write"]) for one in log] == [
        ("CreateUserOrApplyModifications", 200, True),
        ("GetMyActualUserIdentity", 401, False),
        ("DisableLogin", 200, True),
    ]


def test_no_password_and_no_token_is_in_any_answer_of_the_control_interface(replicon: Replicon) -> None:
    seeded = {"loginName": "eve", "password": "hunter2"}
    told = [replicon.control("POST", "seed", {"users": [seeded]})]
    token = replicon.d(TOKEN, {"identity": {"loginName": "eve"}, "unitOfWorkId": "u"})["token"]
    uri = replicon.create("ada", securitySettings={"password": {"value": "hunter3"}})
    replicon.http.post(
        ME + f"?token={token}", json={"accessToken": token}, headers={"Authorization": f"Bearer {token}"}
    )
    told.append(replicon.control("POST", "edit", {"uri": uri, "set": {"password": "hunter4"}}))
    told += [replicon.control("GET", name) for name in ("state", "switches", "requests", "counts")]
    secrets = ["s3cret", "hunter2", "hunter3", "hunter4", token, "Basic", "Bearer"]
    assert not [secret for secret in secrets if secret in str(told)]
    replicon.account = ("acme\\ada", "hunter4")
    assert replicon.d(ME, {})["uri"] == uri


def test_users_are_seeded_with_fields_or_by_number_and_changed_behind_the_back(replicon: Replicon) -> None:
    first = replicon.control("POST", "seed", {"users": [{"loginName": "ada", "loginEnabled": False}], "count": 2})[
        "users"
    ]
    assert first == [f"{ROOT_URN}:{number}" for number in (3, 4, 5)]
    replicon.control("POST", "seed", {"count": 1})
    state = replicon.control("GET", "state")
    assert (state["count"], state["enabled"], state["users"][-1]["loginName"]) == (5, 4, "user00003@example.com")
    replicon.control("POST", "edit", {"loginName": "ADA", "set": {"loginName": "eve", "loginEnabled": True}})
    assert replicon.read(loginName="eve")[0]["userDetails"]["isEnabled"] is True
    replicon.control("POST", "remove", {"uri": first[0]})
    assert replicon.read(loginName="eve") == []
    assert replicon.control("GET", "counts") == {"BulkGetUsers3": 2}


@pytest.mark.parametrize("content", [b"{{{", b"[]", b"5"])
def test_a_control_call_that_is_no_json_object_is_told_so(replicon: Replicon, content: bytes) -> None:
    answer = replicon.raw("_control/inject", content)
    assert answer.status_code == 400
    assert "JSON" in answer.json()["error"]
    assert replicon.call(ME, {}).status_code == 200


@pytest.mark.parametrize(
    ("peer", "status"),
    [("127.0.0.1", 200), ("::1", 200), ("::ffff:127.0.0.1", 200), ("192.0.2.7", 403), ("fe80::1%eth0", 403)],
)
def test_the_control_interface_answers_this_machine_only(replicon: Replicon, peer: str, status: int) -> None:
    assert replicon.simulator.answer("GET", "/_control/state", {}, b"", peer).status == status


@pytest.mark.parametrize(
    ("why", "head", "status"),
    [
        ("no length", b"Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n", b"411"),
        ("a length that is none", b"Content-Length: -5\r\n\r\n", b"411"),
        ("too large", b"Content-Length: 5000000\r\n\r\n" + b"x" * 5_000_000, b"413"),
    ],
)
def test_a_body_of_unknown_or_too_large_size_is_refused(
    replicon: Replicon, why: str, head: bytes, status: bytes
) -> None:
    with socket.create_connection(("127.0.0.1", int(replicon.url.split(":")[2].strip("/")))) as connection:
        connection.sendall(f"POST /{ME} HTTP/1.1\r\nHost: x\r\n".encode() + head)
        answer = connection.recv(1000)
    assert answer.split()[1] == status
    assert b"X-Execution-Correlation-Id: " in answer


def test_a_stopped_simulator_answers_nobody() -> None:
    with replicon_running() as replicon:
        replicon.call(ME, {})
        replicon.simulator.server.shutdown()
        replicon.simulator.close()
        with pytest.raises(httpx.TransportError):
            replicon.call(ME, {})


def test_three_hundred_calls_on_one_connection_never_wait_for_an_acknowledgement(replicon: Replicon) -> None:
    began = time.monotonic()
    for _ in range(300):
        replicon.call(ME, {})
    assert time.monotonic() - began < 8  # each would stand for 40 ms
