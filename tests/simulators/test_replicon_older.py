"""The simulator's older and smaller operations, its cut of long calls, its limits, and what it does with rubbish."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

import pytest

from simulators.replicon.operations import DISCOVERY, OPERATIONS, WRITES
from tests.simulators.replicon_client import (
    DISABLE,
    ENABLE,
    ME,
    READ,
    ROOT_URN,
    SAVE,
    TOKEN,
    USERS,
    WRITE,
    Replicon,
    refusal,
    rejection,
    replicon_running,
)

SERVICES = "acme/services"
IMPORT = f"{SERVICES}/ImportService1.svc"
SET_URN = "urn:replicon-tenant:acme:permission-set"


@pytest.fixture(scope="module")
def server() -> Iterator[Replicon]:
    with replicon_running() as client:
        yield client


@pytest.fixture
def replicon(server: Replicon) -> Replicon:
    server.control("POST", "reset")
    return server


def state(replicon: Replicon, login: str) -> dict[str, Any]:
    users: list[dict[str, Any]] = replicon.control("GET", "state")["users"]
    return next(user for user in users if user["loginName"] == login)


WHOLE: dict[str, Any] = {
    "target": {"uri": None, "loginName": "aoi", "employeeId": None, "parameterCorrelationId": None},
    "firstname": "Aoi",
    "lastname": "Tanaka",
    "emailAddress": "aoi@example.com",
    "employeeId": "E-1",
    "department": None,
    "supervisorAssignmentSchedule": {"initialSupervisor": {"uri": f"{ROOT_URN}:2"}, "supervisorScheduleEntries": []},
    "employmentDateRange": {"startDate": {"year": 2026, "month": 4, "day": 1}, "endDate": None},
    "securityConfiguration": {
        "enabledAuthenticationTypeUris": ["urn:replicon:user-authentication-type:sso"],
        "isLoginEnabled": "true", "loginName": "aoi", "SSOName": "aoi@sso", "password": None,
    },
    "permissionSets": [{"uri": f"{SET_URN}:1"}],
    "timeZone": {"uri": None, "IANAName": "Asia/Tokyo"},
    "departmentGroupSchedule": [{"departmentGroup": {"name": "Sales"}, "effectiveDate": None}],
    "customFieldValues": [{"customField": {"name": "Title"}, "text": "Engineer"}],
}  # fmt: skip


@pytest.mark.parametrize("operation", ["PutUser", "PutUser2", "PutUser3"])
def test_a_whole_user_is_created_and_put_again_without_what_is_left_out(replicon: Replicon, operation: str) -> None:
    uri = replicon.d(f"{IMPORT}/{operation}", {"user": WHOLE})["uri"]
    made = state(replicon, "aoi")
    assert (made["uri"], made["firstName"], made["ssoName"], made["department"]) == (uri, "Aoi", "aoi@sso", "Sales")
    assert (made["supervisor"], made["timeZone"], made["customFields"]) == (
        f"{ROOT_URN}:2",
        "Asia/Tokyo",
        {"Title": "Engineer"},
    )
    assert (made["permissionSets"], made["authenticationProviders"]) == (["User"], ["sso"])
    less = {
        "target": {"uri": uri},
        "firstname": "Aoi",
        "lastname": "Sato",
        "securityConfiguration": {"loginName": "aoi"},
    }
    assert replicon.d(f"{IMPORT}/{operation}", {"user": less})["uri"] == uri
    left = state(replicon, "aoi")
    assert (left["lastName"], left["loginEnabled"]) == ("Sato", True)
    assert (left["products"], left["forcePasswordChange"]) == ([], False)
    reset = ("location", "emailAddress", "employeeId", "supervisor", "department", "timeZone", "ssoName", "startDate")
    assert [left[name] for name in reset] == [None] * len(reset)
    assert (left["permissionSets"], left["customFields"]) == ([], {})


@pytest.mark.parametrize(
    ("why", "changed", "kind"),
    [
        ("no target", {"target": None}, "InvalidUserModificationsParameterError1"),
        ("two identifiers", {"target": {"uri": "x", "loginName": "y"}}, "InvalidUserTargetParameterError1"),
        ("nobody by uri", {"target": {"uri": f"{ROOT_URN}:99"}}, "InvalidUserTargetParameterError1"),
        ("no last name", {"lastname": None}, "MissingRequiredParameterError1"),
        ("a login that is taken", {"securityConfiguration": {"loginName": "eve"}},
         "InvalidUserModificationsParameterError1"),
        ("no such department", {"departmentGroupSchedule": [{"departmentGroup": {"name": "Circus"}}]},
         "InvalidUserModificationsParameterError1"),
        ("no such supervisor", {"supervisorAssignmentSchedule": {"initialSupervisor": {"loginName": "nobody"}}},
         "InvalidUserModificationsParameterError1"),
        ("types that are none", {"securityConfiguration": {"enabledAuthenticationTypeUris": [5]}},
         "InvalidUserModificationsParameterError1"),
    ],
)  # fmt: skip
def test_a_whole_user_of_the_wrong_form_is_refused(
    replicon: Replicon, why: str, changed: dict[str, Any], kind: str
) -> None:
    replicon.create("eve")
    answer = replicon.call(f"{IMPORT}/PutUser2", {"user": {**WHOLE, **changed}})
    assert refusal(answer)[:2] == (400, kind)
    assert replicon.control("GET", "state")["count"] == 2


def test_the_older_modification_changes_what_it_names(replicon: Replicon) -> None:
    uri = replicon.create("ada", emailAddress="ada@example.com", employeeId="E-1")
    changes = {
        "userDetailsToApply": {"firstName": "Ada", "lastName": None, "emailAddress": {"emailAddress": "a@example.com"}},
        "securitySettingsToApply": {"loginEnabled": "false", "forcePasswordChange": True, "loginName": "ada.love"},
        "permissionSetsToApply": {"permissionSetUrisToAssign": [f"{SET_URN}:2"], "policyUrisToRemovePermissionSet": []},
        "timezoneToApply": {"uri": None, "IANAName": "Asia/Tokyo"},
    }
    body = {"user": {"uri": uri}, "modifications": changes, "userModificationOptionUri": SAVE}
    assert replicon.d(f"{IMPORT}/ApplyUserModifications2", body)["user"]["loginName"] == "ada.love"
    user = state(replicon, "ada.love")
    assert (user["firstName"], user["lastName"], user["emailAddress"]) == ("Ada", "B", "a@example.com")
    assert (user["employeeId"], user["loginEnabled"], user["forcePasswordChange"]) == ("E-1", False, True)
    assert (user["permissionSets"], user["timeZone"]) == (["Supervisor"], "Asia/Tokyo")


def test_the_older_modification_refuses_like_the_newer_one(replicon: Replicon) -> None:
    uri, _ = replicon.create("ada"), replicon.create("eve")
    path = f"{IMPORT}/ApplyUserModifications2"
    body: dict[str, Any] = {"user": {"uri": uri}, "modifications": {}, "userModificationOptionUri": SAVE}
    nobody = replicon.call(path, {**body, "user": {"uri": None, "loginName": None}})
    assert refusal(nobody)[1] == "InvalidUserTargetParameterError1"
    taken = {"securitySettingsToApply": {"loginName": "EVE"}}
    assert rejection(replicon.call(path, {**body, "modifications": taken})) == "Login Name already exists"
    assert refusal(replicon.call(path, {**body, "userModificationOptionUri": None}))[0] == 400


def test_products_are_replaced_as_a_whole_and_read_before(replicon: Replicon) -> None:
    uri, account = replicon.create("ada"), f"{SERVICES}/AccountManagementService1.svc"
    for names in (["timesheet", "expense"], ["expense"], []):
        products = [f"urn:replicon:product:{name}" for name in names]
        assert replicon.d(f"{account}/PutProductAssignmentsForUser", {"userUri": uri, "productUris": products}) is None
        told = replicon.d(f"{account}/GetProductAssignmentsForUser", {"userUri": uri})
        assert [one["uri"] for one in told] == products
    for wrong in ({"productUris": ["urn:x"]}, {"productUris": "x"}, {}):
        assert replicon.call(f"{account}/PutProductAssignmentsForUser", {"userUri": uri, **wrong}).status_code == 400


def test_permission_sets_are_assigned_and_groups_told(replicon: Replicon) -> None:
    uri, sets = replicon.create("ada"), f"{SERVICES}/PermissionSetService1.svc"
    for number in (2, 1, 2):
        replicon.d(f"{sets}/AssignPermissionSetToUser", {"userUri": uri, "permissionSetUri": f"{SET_URN}:{number}"})
    assert state(replicon, "ada")["permissionSets"] == ["Supervisor", "User"]
    wrong = {"userUri": uri, "permissionSetUri": f"{SET_URN}:9"}
    assert replicon.call(f"{sets}/AssignPermissionSetToUser", wrong).status_code == 400
    replicon.control("POST", "edit", {"uri": uri, "set": {"department": "Sales"}})
    told = replicon.d(f"{SERVICES}/UserGroupService1.svc/GetEffectiveUserGroupMembership", {"userUri": uri})
    assert told["departments"][0]["department"]["department"]["displayText"] == "Sales"
    assert told["locations"] == []


def test_users_are_told_in_the_older_ways(replicon: Replicon) -> None:
    uri = replicon.create("ada")
    replicon.control("POST", "edit", {"uri": uri, "set": {"loginEnabled": False}})
    assert replicon.d(f"{USERS}/GetUser2", {"user": {"loginName": "ada"}})["uri"] == uri
    assert replicon.d(f"{USERS}/GetUser2", {"user": {"loginName": "nobody"}})["uri"] is None
    assert replicon.d(f"{USERS}/GetUserDetails", {"userUri": uri})["lastName"] == "B"
    assert [one["userDetails"]["uri"] for one in replicon.d(f"{IMPORT}/BulkGetUsers2", {"users": [{"uri": uri}]})] == [
        uri
    ]
    assert [one["loginName"] for one in replicon.d(f"{USERS}/GetAllUsers", {})] == ["scim.gateway", "ada"]
    assert [one["loginName"] for one in replicon.d(f"{USERS}/GetEnabledUsers", {})] == ["scim.gateway"]


@pytest.mark.parametrize(("style", "status"), [("refused", 400), ("accepted", 200)])
def test_a_batch_that_deletes_nobody_is_what_the_switch_says(replicon: Replicon, style: str, status: int) -> None:
    replicon.switch(unknown_in_delete_batch=style)
    answer = replicon.call(f"{USERS}/CreateUserDeleteBatch", {"userUris": [f"{ROOT_URN}:99"]})
    assert answer.status_code == status


def test_licences_are_as_many_as_the_switch_says(replicon: Replicon) -> None:
    replicon.switch(licences=1)
    ada = replicon.create("ada")
    body = {"loginName": "bob", "firstName": "B", "lastName": "B"}
    assert "licenses" in rejection(replicon.write(**body))
    bob = replicon.create("bob", securitySettings={"loginEnabled": {"value": "false"}})
    assert "licenses" in refusal(replicon.call(ENABLE, {"userUri": bob}))[2]
    assert replicon.write(target={"uri": ada}, lastName="Sato").json()["d"]["errors"] == []
    replicon.d(DISABLE, {"userUri": ada})
    replicon.d(ENABLE, {"userUri": bob})
    replicon.d(ENABLE, {"userUri": bob})
    assert [user["loginEnabled"] for user in replicon.control("GET", "state")["users"]] == [True, False, True]


def test_only_an_administrator_makes_tokens_and_a_revoked_one_stays_so(replicon: Replicon) -> None:
    replicon.create("eve", securitySettings={"password": {"value": "pw"}})
    body = {"identity": {"loginName": "scim.gateway"}, "unitOfWorkId": "u1"}
    refused = replicon.call(TOKEN, body, auth=("acme\\eve", "pw"))
    assert (refusal(refused)[0], "permission" in refusal(refused)[2]) == (400, True)
    token = replicon.d(TOKEN, body)["token"]

    def opens() -> int:
        return replicon.http.post(ME, json={}, headers={"Authorization": f"Bearer {token}"}).status_code

    found = {"accessToken": token}
    assert replicon.call(DISCOVERY[1], found).json()["d"]["tenant"]["slug"] == "acme"
    assert opens() == 200
    replicon.control("POST", "revoke")
    assert opens() == 401
    assert replicon.d(TOKEN, body)["token"] == token, "the same unit of work gets the same token, which opens nothing"
    assert opens() == 401
    assert replicon.call(DISCOVERY[1], found).status_code == 400


def test_a_call_that_takes_too_long_has_its_effect_and_is_answered_500(replicon: Replicon) -> None:
    replicon.switch(latency_over_30s=1, cut_after_seconds=0.2)
    began = time.monotonic()
    answer = replicon.write(unit="u1", loginName="ada", firstName="A", lastName="B")
    assert time.monotonic() - began >= 0.2
    assert (answer.status_code, answer.headers["content-type"]) == (500, "text/html; charset=utf-8")
    assert len(answer.headers["x-execution-correlation-id"]) == 32
    [entry] = [one for one in replicon.control("GET", "requests")["requests"] if one["write"]]
    assert (entry["status"], entry["answered"]) == (500, True)
    again = replicon.write(unit="u1", loginName="ada", firstName="A", lastName="B").json()["d"]
    assert again["user"]["loginName"] == "ada"
    assert replicon.control("GET", "state")["count"] == 2


@pytest.mark.parametrize(("latency", "status"), [(20, 200), (400, 500)])
def test_latency_beyond_the_cut_is_the_cut(replicon: Replicon, latency: int, status: int) -> None:
    replicon.switch(latency_ms=latency, cut_after_seconds=0.1)
    assert replicon.call(ME, {}).status_code == status


@pytest.mark.parametrize(("seconds", "header"), [(0, None), (7, "7")])
def test_a_limit_says_when_to_come_back_if_the_switch_says_so(
    replicon: Replicon, seconds: int, header: str | None
) -> None:
    replicon.switch(rate_limit=1, rate_limit_retry_after=seconds)
    assert replicon.call(ME, {}).status_code == 200
    refused = replicon.call(ME, {})
    assert (refused.status_code, refused.headers.get("retry-after")) == (429, header)
    assert "slow down" in refusal(refused)[2]


@pytest.mark.parametrize("name", [*DISCOVERY, *OPERATIONS])
def test_a_fault_can_be_injected_for_every_operation(replicon: Replicon, name: str) -> None:
    replicon.control("POST", "inject", {"operation": name, "status": 418})
    path = name if name in DISCOVERY else f"{SERVICES}/{name}"
    assert [replicon.call(path, {}).status_code == 418 for _ in range(2)] == [True, False]
    [first, _] = replicon.control("GET", "requests")["requests"]
    assert first["write"] is (name in WRITES)


SELF: dict[str, Any] = {"user": {"loginName": "scim.gateway"}, "userModificationOptionUri": SAVE}
RUBBISH: list[Any] = [
    {}, {"user": 5}, {"user": []}, {"users": [None]}, {"users": {}}, {"userUri": 5}, {"userUri": "urn:x"},
    {"user": {"target": {"loginName": "x"}, "permissionSets": 5}}, {"identity": 5, "unitOfWorkId": "u"},
    {"user": {"target": {"loginName": "x"}, "supervisorAssignmentSchedule": [5]}}, {"userUris": [5]},
    {"user": {"target": {"loginName": "x"}, "timeZone": "Asia/Tokyo"}}, {"page": 1, "pagesize": 1, "columnUris": [5]},
    {**SELF, "modifications": {"userDetailsToApply": {"emailAddress": "x"}}},
    {**SELF, "modifications": {"permissionSetsToApply": {"permissionSetUrisToAssign": 5}}},
    {**SELF, "modifications": {"permissionSetsToApply": {"permissionSetUrisToAssign": [{}]}}},
    {**SELF, "modifications": {"timezoneToApply": {"IANAName": 5}}},
    {"modifications": 5, "unitOfWorkId": "u", "userModificationOptionUri": SAVE}, {"accessToken": {}}, {"tenant": 5},
]  # fmt: skip


@pytest.mark.parametrize("name", [*DISCOVERY, *OPERATIONS])
def test_rubbish_is_refused_and_never_breaks_the_simulator(
    replicon: Replicon, name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    path = name if name in DISCOVERY else f"{SERVICES}/{name}"
    assert {replicon.call(path, body).status_code for body in RUBBISH} <= {200, 400}
    assert capsys.readouterr().err == ""
    assert replicon.read(loginName="scim.gateway")
    assert replicon.call(READ, {"users": [{"loginName": "x"}]}).status_code == 200
    assert replicon.call(WRITE, {}).status_code == 400
