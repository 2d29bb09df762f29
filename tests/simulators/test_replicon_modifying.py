"""What CreateUserOrApplyModifications of the Replicon simulator takes, keeps and refuses."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.simulators.replicon_client import (
    DISABLE,
    ROOT_URN,
    SAVE,
    USERS,
    WRITE,
    Replicon,
    refusal,
    rejection,
    replicon_running,
)

ADD = "urn:replicon:collection-modification-option:add"


@pytest.fixture
def replicon() -> Iterator[Replicon]:
    with replicon_running() as client:
        yield client


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


def test_what_is_silently_ignored_succeeds_and_changes_nothing(replicon: Replicon) -> None:
    uri = replicon.create("ada", emailAddress="a@x")
    replicon.switch(silently_ignore=["emailAddress"], omit_user_on_modify=True)
    assert replicon.write({"uri": uri}, emailAddress="b@x").json()["d"] == {"errors": []}
    assert replicon.read(uri=uri)[0]["userDetails"]["emailAddress"] == "a@x"


def test_a_create_ignores_silently_too_but_never_what_it_needs(replicon: Replicon) -> None:
    replicon.switch(silently_ignore=["emailAddress", "loginEnabled", "firstName"])
    uri = replicon.create("ada", emailAddress="a@x", securitySettings={"loginEnabled": {"value": False}})
    details = replicon.read(uri=uri)[0]["userDetails"]
    assert (details["firstName"], details["emailAddress"], details["isEnabled"]) == ("A", None, True)


def test_only_what_is_taken_is_ever_refused_with_400(replicon: Replicon) -> None:
    replicon.switch(duplicate_style="http_400")
    assert "longer than 50" in rejection(replicon.write(loginName="ada", lastName="B", firstName="x" * 51))


def test_a_write_that_breaks_a_rule_changes_nothing_at_all(replicon: Replicon) -> None:
    uri = replicon.create("ada")
    assert "Supervisor" not in rejection(replicon.write({"uri": uri}, lastName="New", firstName="x" * 51))
    assert rejection(replicon.write({"uri": uri}, lastName=None)) == "lastName is required"
    assert replicon.read(uri=uri)[0]["userDetails"]["lastName"] == "B"


def test_a_change_of_somebody_who_is_not_there_names_the_target(replicon: Replicon) -> None:
    answer = replicon.write({"loginName": "nobody"}, lastName="C")
    assert refusal(answer)[:2] == (400, "InvalidUserTargetParameterError1")
    assert answer.json()["error"]["details"]["target"]["loginName"] == "nobody"


@pytest.mark.parametrize(
    ("why", "modifications"),
    [
        ("no wrapper", {"firstName": "Ada"}),
        ("a wrapper without a value", {"firstName": {}}),
        ("a number for a text", {"firstName": {"value": 5}}),
        ("a word that is no boolean", {"securitySettings": {"value": {"loginEnabled": {"value": "banana"}}}}),
        ("a list for a text", {"securitySettings": {"value": {"ssoName": {"value": [1]}}}}),
        ("settings that are none", {"securitySettings": {"value": 5}}),
        ("a date that is a text", {"employmentDateRange": {"value": {"startDate": "2026-04-01"}}}),
        ("a day that is not", {"employmentDateRange": {"value": {"endDate": {"year": 2026, "month": 2, "day": 30}}}}),
        ("half a day of a huge year", {"employmentDateRange": {"value": {"endDate": {"year": 10**30}}}}),
        ("a time zone without a name", {"timeZone": {"value": {}}}),
        ("a schedule that is no list", {"departmentGroupSchedule": {"item": {}}}),
        ("an entry that is no object", {"departmentGroupSchedule": [5]}),
        ("an entry without an item", {"departmentGroupSchedule": [{}]}),
        ("an entry of a day that is not", {"departmentGroupSchedule": [{"item": None, "dateRange": {"endDate": 5}}]}),
        ("an option that is not known", {"permissionSets": [{"modificationOptionUri": "x", "items": []}]}),
        ("items that are none", {"products": [{"modificationOptionUri": ADD}]}),
        ("a custom field that is none", {"customFields": [{"value": {"customField": "Title"}}]}),
    ],
)  # fmt: skip
def test_a_modification_of_the_wrong_form_is_refused_and_nothing_changes(
    replicon: Replicon, why: str, modifications: Any
) -> None:
    uri = replicon.create("ada")
    before = replicon.control("GET", "state")["users"]
    body = {"target": {"uri": uri}, "modifications": modifications, "userModificationOptionUri": SAVE}
    answer = replicon.call(WRITE, {**body, "unitOfWorkId": "u"})
    assert refusal(answer)[:2] == (400, "InvalidUserModificationsParameterError1")
    assert replicon.control("GET", "state")["users"] == before


@pytest.mark.parametrize(
    ("why", "member", "value"),
    [
        ("no such department", "departmentGroupSchedule", [{"item": {"name": "Nowhere"}}]),
        ("no such department by uri", "departmentGroupSchedule", [{"item": {"uri": "urn:x"}}]),
        ("no such supervisor", "supervisorSchedule", [{"item": {"uri": f"{ROOT_URN}:99"}}]),
        ("one's own supervisor", "supervisorSchedule", [{"item": {"loginName": "ada"}}]),
        ("no such custom field", "customFields", [{"value": {"customField": {"name": "Shoe"}, "text": "9"}}]),
    ],
)
def test_what_a_user_refers_to_must_exist(replicon: Replicon, why: str, member: str, value: Any) -> None:
    uri = replicon.create("ada")
    body = {"target": {"uri": uri}, "modifications": {member: value}, "userModificationOptionUri": SAVE}
    assert rejection(replicon.call(WRITE, {**body, "unitOfWorkId": "u"}))


EVERYTHING: dict[str, Any] = {
    "firstName": {"value": "Aoi"},
    "lastName": {"value": "Tanaka"},
    "loginName": {"value": "aoi.tanaka@example.com"},
    "employmentDateRange": {"value": {"startDate": {"year": "2026", "month": "4", "day": "1"}, "endDate": None}},
    "securitySettings": {"value": {
        "loginEnabled": {"value": "true"}, "forcePasswordChange": None, "ssoName": None, "password": None,
        "ssoNameModificationOptionUri": "urn:replicon:sso-name-modification-option:login-name",
        "authenticationProviders": [
            {"modificationOptionUri": ADD, "items": [{"name": "SSO"}]}]}},
    "timeZone": {"value": {"uri": None, "IANAName": "Asia/Tokyo"}},
    "workWeekStartDay": {"value": {"uri": "urn:replicon:day-of-week:monday"}},
    "departmentGroupSchedule": [{"dateRange": None, "item": {"uri": None, "parent": None, "name": "Sales"}}],
    "supervisorSchedule": [{"dateRange": None, "item": {"uri": f"{ROOT_URN}:2"}}],
    "permissionSets": [{"modificationOptionUri": ADD,
                        "items": [{"permissionSetPolicy": {"uri": None, "name": "User"}, "groupAccessFilter": None}]}],
    "products": [{"modificationOptionUri": ADD,
                  "items": [{"uri": "urn:replicon:product:timesheet"}]}],
    "customFields": [{"value": {"customField": {"uri": None, "name": "Title"}, "text": "Engineer"}}],
    "somethingNew": {"value": 1},
}  # fmt: skip


def test_the_whole_example_of_the_page_is_created_and_read(replicon: Replicon) -> None:
    body = {"target": None, "template": None, "modifications": EVERYTHING, "userModificationOptionUri": SAVE}
    uri = replicon.d(WRITE, {**body, "unitOfWorkId": "u1"})["user"]["uri"]
    state = replicon.control("GET", "state")["users"][-1]
    assert (state["ssoName"], state["authenticationProviders"]) == ("aoi.tanaka@example.com", ["SSO"])
    assert (state["department"], state["products"], state["timeZone"]) == ("Sales", ["timesheet"], "Asia/Tokyo")
    [read] = replicon.read(uri=uri)
    assert read["userDetails"]["employmentDateRange"]["startDate"] == {"year": 2026, "month": 4, "day": 1}
    assert (read["userDetails"]["slug"], read["timeZone"]["uri"]) == ("aoi-tanaka", "urn:replicon:time-zone:asia-tokyo")
    assert read["userDetails"]["customFieldValues"][0]["text"] == "Engineer"
    assert read["supervisorAssignmentSchedule"][0]["supervisor"]["user"] == {"loginName": "scim.gateway"}
    assert [one["displayText"] for one in read["permissionSets"]] == ["User"]


def test_collections_are_added_to_and_removed_from_and_null_items_clear(replicon: Replicon) -> None:
    body = {"modifications": EVERYTHING, "userModificationOptionUri": SAVE}
    uri = replicon.d(WRITE, {**body, "unitOfWorkId": "u1"})["user"]["uri"]
    option = "urn:replicon:collection-modification-option:"
    changes = {
        "permissionSets": [
            {"modificationOptionUri": f"{option}add", "items": [{"permissionSetPolicy": {"name": "Supervisor"}}]},
            {"modificationOptionUri": f"{option}remove", "items": [{"permissionSetPolicy": {"name": "User"}}]},
        ],
        "customFields": [{"value": {"customField": {"name": "Title"}, "text": None}}],
        "securitySettings": {
            "value": {"authenticationProviders": [{"modificationOptionUri": ADD, "items": [{"name": "Replicon"}]}]}
        },
        "firstName": None,
        "departmentGroupSchedule": [{"dateRange": None, "item": None}],
        "supervisorSchedule": [{"dateRange": {"startDate": {"year": 2026, "month": 4, "day": 1}}, "item": None}],
    }
    replicon.d(WRITE, {**body, "target": {"uri": uri}, "modifications": changes, "unitOfWorkId": "u2"})
    state = replicon.control("GET", "state")["users"][-1]
    assert (state["permissionSets"], state["products"]) == (["Supervisor"], ["timesheet"])
    assert (state["firstName"], state["authenticationProviders"]) == ("Aoi", ["SSO", "Replicon"])
    assert (state["customFields"], state["department"], state["supervisor"]) == ({}, None, None)


@pytest.mark.parametrize(("style", "left"), [("leaves_alone", ("Sales", f"{ROOT_URN}:2")), ("clears", (None, None))])
def test_a_schedule_without_entries_does_what_the_switch_says(replicon: Replicon, style: str, left: Any) -> None:
    replicon.switch(empty_schedule=style)
    body = {"modifications": EVERYTHING, "userModificationOptionUri": SAVE}
    uri = replicon.d(WRITE, {**body, "unitOfWorkId": "u1"})["user"]["uri"]
    changes: dict[str, Any] = {"departmentGroupSchedule": [], "supervisorSchedule": []}
    replicon.d(WRITE, {**body, "target": {"uri": uri}, "modifications": changes, "unitOfWorkId": "u2"})
    state = replicon.control("GET", "state")["users"][-1]
    assert (state["department"], state["supervisor"]) == left


def test_a_collection_is_replaced_as_a_whole(replicon: Replicon) -> None:
    body = {"modifications": EVERYTHING, "userModificationOptionUri": SAVE}
    uri = replicon.d(WRITE, {**body, "unitOfWorkId": "u1"})["user"]["uri"]
    option = "urn:replicon:collection-modification-option:replace"
    items = [{"permissionSetPolicy": {"name": "Supervisor"}}]
    changes = {"permissionSets": [{"modificationOptionUri": option, "items": items}]}
    replicon.d(WRITE, {**body, "target": {"uri": uri}, "modifications": changes, "unitOfWorkId": "u2"})
    assert replicon.control("GET", "state")["users"][-1]["permissionSets"] == ["Supervisor"]


@pytest.mark.parametrize(("style", "shown"), [("iana", "Asia/Tokyo"), ("described", "(UTC) Tokyo Standard Time")])
def test_a_time_zone_is_shown_by_name_or_described(replicon: Replicon, style: str, shown: str) -> None:
    replicon.switch(time_zone_style=style)
    uri = replicon.create("ada", timeZone={"IANAName": "Asia/Tokyo"})
    assert replicon.read(uri=uri)[0]["timeZone"] == {"uri": "urn:replicon:time-zone:asia-tokyo", "displayText": shown}


def test_the_last_day_of_employment_is_set_and_taken_away(replicon: Replicon) -> None:
    uri, path = replicon.create("ada"), f"{USERS}/UpdateEmploymentDateRange"
    day = {"year": 2026, "month": 9, "day": 30}
    for end in (day, None):
        assert replicon.d(path, {"userUri": uri, "dateRange": {"startDate": day, "endDate": end}}) is None
        assert replicon.read(uri=uri)[0]["userDetails"]["employmentDateRange"]["endDate"] == end
    assert refusal(replicon.call(path, {"userUri": uri}))[1] == "MissingRequiredParameterError1"
    assert replicon.call(path, {"userUri": uri, "dateRange": {"endDate": "soon"}}).status_code == 400


def test_supervisors_are_set_told_and_taken_away(replicon: Replicon) -> None:
    ada, boss = replicon.create("ada"), replicon.create("boss")
    change, tell = f"{USERS}/UpdateSupervisorAssignmentScheduleOverDateRange", f"{USERS}/GetSupervisorAssignmentDetails"
    replicon.d(change, {"userUri": ada, "supervisorUri": boss, "dateRange": None})
    assert replicon.d(tell, {"userUri": ada, "asOfDate": None})["supervisor"]["uri"] == boss
    reports = {"userUri": boss, "userStatusOptionUri": "urn:replicon:user-status-option:include-only-enabled-users"}
    assert [one["uri"] for one in replicon.d(f"{USERS}/GetDirectReportsForUser", reports)] == [ada]
    replicon.d(DISABLE, {"userUri": ada})
    assert replicon.d(f"{USERS}/GetDirectReportsForUser", reports) == []
    replicon.d(change, {"userUri": ada, "supervisorUri": None})
    assert replicon.d(tell, {"userUri": ada}) is None
