"""The Replicon simulator against what the vendor's pages say: a simulator that is wrong makes everything wrong."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from simulators.replicon import Simulator, running

ROOT_URN = "urn:replicon-tenant:acme:user"
SAVE = "urn:replicon:user-modification-option:save"
DISCOVERY = "DiscoveryService1.svc/GetTenantEndpointDetails"
WRITE = "acme/services/ImportService2.svc/CreateUserOrApplyModifications"
READ = "acme/services/ImportService1.svc/BulkGetUsers3"
LIST = "acme/services/UserListService1.svc/GetData"
ME = "acme/services/UserAccessControlService1.svc/GetMyActualUserIdentity"
COLUMNS = [f"urn:replicon:user-list-column:{name}" for name in ("user", "login-name", "email-address", "enabled")]


class Replicon:
    """A client of the simulator, and its control interface."""

    def __init__(self, simulator: Simulator) -> None:
        self.url = simulator.url
        self.http = httpx.Client(base_url=self.url, trust_env=False, timeout=5)
        self.account: Any = ("acme\\scim.gateway", "s3cret")
        self.units = 0

    def call(self, path: str, body: Any, **options: Any) -> httpx.Response:
        options.setdefault("auth", self.account)
        return self.http.post(path, json=body, headers={"X-Replicon-Application": "Test_Suite_1.0"}, **options)

    def d(self, path: str, body: Any) -> Any:
        answer = self.call(path, body)
        assert answer.status_code == 200, answer.text
        assert len(answer.headers["x-execution-correlation-id"]) == 32
        return answer.json()["d"]

    def write(self, target: Any = None, unit: str | None = None, **values: Any) -> httpx.Response:
        self.units += 1
        modifications = {name: {"value": value} for name, value in values.items()}
        body = {"target": target, "modifications": modifications, "userModificationOptionUri": SAVE}
        return self.call(WRITE, {**body, "unitOfWorkId": unit or f"unit-{self.units}"})

    def create(self, login: str, **values: Any) -> str:
        answer = self.write(**{"loginName": login, "firstName": "A", "lastName": "B", **values}).json()["d"]
        assert answer["errors"] == []
        return str(answer["user"]["uri"])

    def read(self, **target: Any) -> list[Any]:
        found: list[Any] = self.d(READ, {"users": [target]})
        return found

    def control(self, method: str, name: str, body: Any = None, status: int = 200) -> Any:
        answer = self.http.request(method, f"_control/{name}", json=body)
        assert answer.status_code == status, answer.text
        return answer.json()

    def switch(self, **values: Any) -> None:
        self.control("POST", "switches", values)


@pytest.fixture
def replicon() -> Iterator[Replicon]:
    with running() as simulator:
        client = Replicon(simulator)
        yield client
        client.http.close()


def refusal(answer: httpx.Response) -> tuple[int, str, str]:
    error = answer.json()["error"]
    return answer.status_code, error.get("type", ""), error["details"]["displayText"]


@pytest.mark.parametrize(("style", "path"), [("host_with_company", "acme/"), ("host", "")])
def test_discovery_needs_no_credentials_and_names_this_server(replicon: Replicon, style: str, path: str) -> None:
    replicon.switch(root_url_style=style)
    found = replicon.http.post(DISCOVERY, json={"tenant": {"companyKey": "ACME"}}).json()["d"]
    assert found["applicationRootUrl"] == found["applicationRootUrls"][0]["rootUrl"] == replicon.url + path
    assert found["tenant"]["slug"] == "acme"


def test_discovery_of_an_unknown_company_is_an_error(replicon: Replicon) -> None:
    assert "error" in replicon.http.post(DISCOVERY, json={"tenant": {"companyKey": "other"}}).json()


@pytest.mark.parametrize(
    ("why", "account"),
    [
        ("two backslashes are the documented classic mistake", ("acme\\\\scim.gateway", "s3cret")),
        ("no company", ("scim.gateway", "s3cret")),
        ("another company", ("other\\scim.gateway", "s3cret")),
        ("wrong password", ("acme\\scim.gateway", "S3cret")),
        ("unknown login", ("acme\\nobody", "s3cret")),
        ("nothing", None),
    ],
)
@pytest.mark.parametrize("body", ["html", "json"])
def test_wrong_credentials_are_401(replicon: Replicon, why: str, account: Any, body: str) -> None:
    replicon.switch(auth_failure_body=body)
    answer = replicon.call(ME, {}, auth=account)
    assert answer.status_code == 401
    assert answer.text.startswith("<html>" if body == "html" else "{")


def test_right_credentials_name_the_caller(replicon: Replicon) -> None:
    assert replicon.d(ME, {})["uri"] == f"{ROOT_URN}:2"
    assert replicon.d(ME, {})["loginName"] == "scim.gateway"


def test_a_token_signs_in_and_the_same_unit_of_work_gets_it_again(replicon: Replicon) -> None:
    body = {"identity": {"loginName": "scim.gateway"}, "unitOfWorkId": "u1"}
    path = "acme/services/AuthenticationService1.svc/CreateAccessToken2"
    token = replicon.d(path, body)["token"]
    assert replicon.d(path, body)["token"] == token
    assert replicon.d(path, {**body, "unitOfWorkId": "u2"})["token"] != token
    answer = replicon.http.post(ME, json={}, headers={"Authorization": f"Bearer {token}"})
    assert answer.json()["d"]["loginName"] == "scim.gateway"
    assert token not in str(replicon.control("GET", "requests")) + str(replicon.control("GET", "state"))


def test_a_disabled_user_cannot_call(replicon: Replicon) -> None:
    replicon.control("POST", "edit", {"loginName": "scim.gateway", "set": {"loginEnabled": False}})
    assert replicon.call(ME, {}).status_code == 401


def test_a_created_user_is_read_by_every_identifier(replicon: Replicon) -> None:
    uri = replicon.create("Ada@x", emailAddress="ada@x", employeeId="E1")
    for target in ({"uri": uri}, {"loginName": "ada@X"}, {"employeeId": "E1"}):
        [found] = replicon.read(**target)
        details, security = found["userDetails"], found["securityConfiguration"]
        assert (details["uri"], details["emailAddress"], details["displayText"]) == (uri, "ada@x", "B, A")
        assert (security["loginName"], security["isLoginEnabled"]) == ("Ada@x", True)


@pytest.mark.parametrize(("style", "shown"), [("family_given", "B, A"), ("given_family", "A B"), ("as_sent", "Chosen")])
def test_the_display_text_follows_its_switch(replicon: Replicon, style: str, shown: str) -> None:
    replicon.switch(display_name_style=style)
    uri = replicon.create("ada", displayName="Chosen")
    assert replicon.read(uri=uri)[0]["userDetails"]["displayText"] == shown


def test_who_is_not_there_is_told_in_three_styles(replicon: Replicon) -> None:
    replicon.create("ada")
    assert replicon.read(loginName="nobody") == []
    replicon.switch(not_found_style="null_details")
    assert replicon.read(loginName="nobody") == [{"userDetails": None}]
    replicon.switch(not_found_style="error400")
    answer = replicon.call(READ, {"users": [{"loginName": "ada"}, {"loginName": "nobody"}]})
    assert refusal(answer)[:2] == (400, "InvalidUserTargetParameterError1")


@pytest.mark.parametrize("target", [{"uri": "x", "loginName": "ada"}, {}, {"uri": ""}, "ada", {"loginName": 5}])
def test_a_target_names_exactly_one_identifier(replicon: Replicon, target: Any) -> None:
    replicon.create("ada")
    assert refusal(replicon.call(READ, {"users": [target]}))[1] == "InvalidUserTargetParameterError1"


def test_a_unit_of_work_is_replayed_without_any_effect(replicon: Replicon) -> None:
    values = {"loginName": "ada", "firstName": "A", "lastName": "B"}
    first = replicon.write(unit="same", **values)
    assert replicon.write(unit="same", **{**values, "loginName": "other"}).json() == first.json()
    refused = replicon.write(unit="again", **values)
    assert refused.json()["d"]["user"] is None
    replicon.control("POST", "remove", {"uri": first.json()["d"]["user"]["uri"]})
    assert replicon.write(unit="again", **values).json() == refused.json(), "a refusal is replayed too"
    assert replicon.control("GET", "state")["count"] == 1


@pytest.mark.parametrize("missing", ["loginName", "firstName", "lastName", "unitOfWorkId"])
def test_what_a_create_needs_must_be_there(replicon: Replicon, missing: str) -> None:
    values = {"loginName": "ada", "firstName": "A", "lastName": "B"} | (
        {missing: ""} if missing != "unitOfWorkId" else {}
    )
    modifications = {name: {"value": value} for name, value in values.items()}
    unit = "" if missing == "unitOfWorkId" else "u"
    body = {"modifications": modifications, "userModificationOptionUri": SAVE, "unitOfWorkId": unit}
    assert refusal(replicon.call(WRITE, body))[:2] == (400, "MissingRequiredParameterError1")


@pytest.mark.parametrize("taken", [{"loginName": "ADA"}, {"loginName": "other", "employeeId": "E1"}])
def test_what_is_taken_is_refused_in_two_styles_whether_enabled_or_not(replicon: Replicon, taken: Any) -> None:
    uri = replicon.create("ada", employeeId="E1")
    replicon.d("acme/services/SecurityService1.svc/DisableLogin", {"userUri": uri})
    values = {"firstName": "A", "lastName": "B", **taken}
    inside = replicon.write(**values)
    assert inside.status_code == 200
    assert "already exists" in inside.json()["d"]["errors"][0]["notifications"][0]["displayText"]
    replicon.switch(duplicate_style="http_400")
    assert "already exists" in refusal(replicon.write(**values))[2]


def test_the_case_of_logins_matters_only_when_switched_on(replicon: Replicon) -> None:
    replicon.switch(login_case_sensitive=True)
    assert replicon.create("ada") != replicon.create("ADA")
    assert len(replicon.read(loginName="ada")) == 1


def test_a_change_is_partial_and_null_or_empty_clears(replicon: Replicon) -> None:
    uri = replicon.create("ada", emailAddress="ada@x", employeeId="E1")
    replicon.write({"uri": uri}, lastName="C", emailAddress=None, employeeId="")
    details = replicon.read(uri=uri)[0]["userDetails"]
    assert (details["firstName"], details["lastName"]) == ("A", "C")
    assert (details["emailAddress"], details["employeeId"]) == (None, None)


@pytest.mark.parametrize(
    ("why", "values"),
    [
        ("names are short", {"firstName": "x" * 51}),
        ("e-mail is ASCII", {"emailAddress": "ä@x"}),
        ("logins end", {"loginName": "x" * 256}),
    ],
)
def test_values_that_do_not_fit_are_refused(replicon: Replicon, why: str, values: Any) -> None:
    uri = replicon.create("ada")
    assert replicon.write({"uri": uri}, **values).json()["d"]["errors"]


def test_enable_and_disable_are_idempotent_and_a_modification_can_disable(replicon: Replicon) -> None:
    uri = replicon.create("ada", securitySettings={"loginEnabled": {"value": "false"}})
    service = "acme/services/SecurityService1.svc/"
    for operation, enabled in (
        ("EnableLogin", True),
        ("EnableLogin", True),
        ("DisableLogin", False),
        ("DisableLogin", False),
    ):
        assert replicon.d(service + operation, {"userUri": uri}) is None
        assert replicon.read(uri=uri)[0]["userDetails"]["isEnabled"] is enabled
    assert (
        refusal(replicon.call(service + "EnableLogin", {"userUri": "urn:x"}))[1] == "InvalidUserTargetParameterError1"
    )


def test_what_is_silently_ignored_succeeds_and_changes_nothing(replicon: Replicon) -> None:
    uri = replicon.create("ada", emailAddress="a@x")
    replicon.switch(silently_ignore=["emailAddress"], omit_user_on_modify=True)
    assert replicon.write({"uri": uri}, emailAddress="b@x").json()["d"] == {"user": None, "errors": []}
    assert replicon.read(uri=uri)[0]["userDetails"]["emailAddress"] == "a@x"


def test_a_list_has_pages_without_a_total_and_cells_without_empty_texts(replicon: Replicon) -> None:
    replicon.control("POST", "seed", {"count": 5})
    seen = []
    for page in range(1, 6):
        rows = replicon.d(LIST, {"page": str(page), "pagesize": "2", "columnUris": COLUMNS, "filterExpression": None})[
            "rows"
        ]
        seen += [row["cells"][0]["uri"] for row in rows]
        assert len(rows) == (2 if page < 4 else 0)
    assert len(set(seen)) == 6
    [first, *_] = replicon.d(LIST, {"page": 1, "pagesize": 1, "columnUris": COLUMNS})["rows"]
    assert "textValue" not in first["cells"][2]
    assert first["cells"][3] == {"dataType": "urn:replicon:list-type:boolean", "textValue": "True", "boolValue": True}


def _filter(name: str, operator: str, value: Any) -> dict[str, Any]:
    urn = "urn:replicon:"
    left = {"filterDefinitionUri": f"{urn}user-list-filter:{name}"}
    return {
        "leftExpression": left,
        "operatorUri": f"{urn}filter-operator:{operator}",
        "rightExpression": {"value": value},
    }


@pytest.mark.parametrize(
    ("expression", "found"),
    [
        (_filter("login-name", "text-search", {"text": "ADA"}), 2),
        (_filter("login-name", "equal", {"text": "ada"}), 1),
        (_filter("email-address", "equal", {"text": "a@x"}), 1),
        (_filter("text", "text-search", {"text": "a@x"}), 1),
        (_filter("enabled", "equal", {"bool": False}), 0),
        ({"leftExpression": _filter("login-name", "text-search", {"text": "ada"}), "operatorUri": "urn:replicon:filter-operator:and",
          "rightExpression": _filter("enabled", "equal", {"bool": True})}, 2),
    ],
)  # fmt: skip
def test_a_text_search_finds_parts_and_equal_finds_wholes(replicon: Replicon, expression: Any, found: int) -> None:
    replicon.create("ada", emailAddress="a@x")
    replicon.create("adam")
    body = {"page": 1, "pagesize": 10, "columnUris": COLUMNS, "filterExpression": expression}
    assert len(replicon.d(LIST, body)["rows"]) == found


def test_a_batch_deletes_who_has_no_data(replicon: Replicon) -> None:
    kept, gone = replicon.create("kept"), replicon.create("gone")
    replicon.switch(users_with_data=[kept])
    batch = replicon.d("acme/services/UserService1.svc/CreateUserDeleteBatch", {"userUris": [kept, gone]})
    assert replicon.read(uri=gone)
    replicon.d("acme/services/UserService1.svc/ExecuteUserDeleteBatch", {"userDeleteBatchUri": batch})
    assert replicon.read(uri=kept)
    assert replicon.read(uri=gone) == []


def test_an_answer_is_lost_after_the_write_took_effect(replicon: Replicon) -> None:
    replicon.switch(timeout_after_write=1)
    with pytest.raises(httpx.RemoteProtocolError):
        replicon.write(loginName="ada", firstName="A", lastName="B")
    assert replicon.control("GET", "state")["count"] == 2
    assert replicon.create("next")


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


def test_a_rate_limit_is_429_in_the_vendors_form(replicon: Replicon) -> None:
    replicon.switch(rate_limit=2)
    answers = [replicon.call(ME, {}) for _ in range(3)]
    assert [answer.status_code for answer in answers] == [200, 200, 429]
    assert "slow down" in refusal(answers[2])[2]


def test_what_is_no_operation_is_404_html_and_a_get_is_405(replicon: Replicon) -> None:
    for path in ("acme/services/Nothing.svc/Nothing", "other/services/ImportService1.svc/BulkGetUsers3"):
        answer = replicon.call(path, {})
        assert (answer.status_code, answer.text[:6]) == (404, "<html>")
    assert replicon.http.get(ME).status_code == 405


@pytest.mark.parametrize(
    "body", [b"", b"{", b"[]", b"5", b'{"users": 5}', b'{"users": []}', b'{"users": [5]}', b"[" * 9999]
)
def test_rubbish_is_refused_in_the_vendors_form(replicon: Replicon, body: bytes) -> None:
    answer = replicon.http.post(READ, content=body, auth=replicon.account)
    assert answer.status_code == 400
    assert "displayText" in answer.json()["error"]["details"]


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
        ("inject", {"statu": 5}, "status"),
        ("seed", {"users": [{"shoe": 1}]}, "loginName"),
        ("edit", {"loginName": "nobody", "set": {}}, "no such user"),
    ],
)
def test_a_wrong_control_call_says_what_is_allowed(replicon: Replicon, name: str, body: Any, told: str) -> None:
    assert told in replicon.control("POST", name, body, status=400)["error"]


def test_a_reset_leaves_the_administrator_alone(replicon: Replicon) -> None:
    replicon.create("ada")
    replicon.switch(latency_ms=1)
    replicon.control("POST", "reset")
    assert replicon.control("GET", "state")["count"] == 1
    assert replicon.control("GET", "switches")["latency_ms"] == 0
    assert replicon.control("POST", "nothing", {}, status=404)


def test_the_process_prints_its_address_and_a_taken_port_is_a_sentence() -> None:
    command = [sys.executable, "-m", "simulators.replicon", "--port"]
    with subprocess.Popen([*command, "0"], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        url = process.stdout.readline().split()[-1]
        port = url.split(":")[-1].strip("/")
        second = subprocess.run([*command, port], capture_output=True, text=True)
        assert (second.returncode, second.stderr.count("\n")) == (2, 1)
        process.terminate()
        assert process.wait(5) == 0
