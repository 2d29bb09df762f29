"""What the Replicon simulator tells of users: one by one, and as a list."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from simulators.replicon.groups import DEPARTMENTS
from tests.simulators.replicon_client import (
    COLUMNS,
    LIST,
    READ,
    SAVE,
    WRITE,
    Replicon,
    expression,
    refusal,
    replicon_running,
)

ENABLED = expression("enabled", "equal", {"bool": True})


@pytest.fixture
def replicon() -> Iterator[Replicon]:
    with replicon_running() as client:
        yield client


def test_a_created_user_is_read_by_every_identifier(replicon: Replicon) -> None:
    uri = replicon.create("Ada@x", emailAddress="ada@x", employeeId="E1")
    for target in ({"uri": uri}, {"loginName": "ada@X"}, {"employeeId": "E1"}):
        [found] = replicon.read(**target)
        details, security = found["userDetails"], found["securityConfiguration"]
        assert (details["uri"], details["emailAddress"], details["displayText"]) == (uri, "ada@x", "B, A")
        assert (security["loginName"], security["isLoginEnabled"]) == ("Ada@x", True)


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


def both(left: Any, right: Any) -> dict[str, Any]:
    return {"leftExpression": left, "operatorUri": "urn:replicon:filter-operator:and", "rightExpression": right}


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        (expression("login-name", "text-search", {"text": "ADA"}), 2),
        (expression("login-name", "equal", {"text": "ada"}), 1),
        (expression("email-address", "equal", {"text": "a@x"}), 1),
        (expression("text", "text-search", {"text": "a@x"}), 1),
        (expression("enabled", "equal", {"bool": False}), 0),
        (both(expression("login-name", "text-search", {"text": "ada"}), ENABLED), 2),
        (both(expression("login-name", "equal", {"text": "nobody"}), ENABLED), 0),
    ],
)  # fmt: skip
def test_a_text_search_finds_parts_and_equal_finds_wholes(replicon: Replicon, asked: Any, found: int) -> None:
    replicon.create("ada", emailAddress="a@x")
    replicon.create("adam")
    body = {"page": 1, "pagesize": 10, "columnUris": COLUMNS, "filterExpression": asked}
    assert len(replicon.d(LIST, body)["rows"]) == found


@pytest.mark.parametrize(("style", "shown"), [("family_given", "B, A"), ("given_family", "A B"), ("as_sent", "Chosen")])
def test_the_display_text_follows_its_switch(replicon: Replicon, style: str, shown: str) -> None:
    replicon.switch(display_name_style=style)
    uri = replicon.create("ada", displayName="Chosen")
    assert replicon.read(uri=uri)[0]["userDetails"]["displayText"] == shown


def test_several_are_read_at_once_in_the_order_of_the_targets(replicon: Replicon) -> None:
    ada, eve = replicon.create("ada", employeeId="E1"), replicon.create("eve")
    targets = [{"uri": eve, "parameterCorrelationId": "7"}, {"loginName": "nobody"}, {"employeeId": "E1"}]
    assert [one["userDetails"]["uri"] for one in replicon.d(READ, {"users": targets})] == [eve, ada]
    replicon.switch(not_found_style="null_details")
    assert [bool(one["userDetails"]) for one in replicon.d(READ, {"users": targets})] == [True, False, True]


def test_two_identifiers_are_refused_in_the_vendors_full_form(replicon: Replicon) -> None:
    error = replicon.call(READ, {"users": [{"uri": "x", "loginName": "ada"}]}).json()["error"]
    assert (error["code"], error["type"]) == ("Sender", "InvalidUserTargetParameterError1")
    assert error["details"]["displayText"] == "invalid target fields specified"
    asked = {"uri": "x", "loginName": "ada", "employeeId": None, "parameterCorrelationId": None}
    assert error["details"]["target"] == asked
    assert error["details"]["notifications"] == []


def test_every_column_of_the_page_is_answered_in_the_order_asked(replicon: Replicon) -> None:
    department = "departmentGroupSchedule"
    uri = replicon.create("ada", employmentDateRange={"startDate": {"year": 2026, "month": 4, "day": 1}})
    body = {"modifications": {department: [{"item": {"name": "Sales"}}]}, "userModificationOptionUri": SAVE}
    replicon.d(WRITE, {**body, "target": {"uri": uri}, "unitOfWorkId": "u"})
    names = ["department-group", "start-date", "end-date", "location", "supervisor", "employee-type", "cost-center"]
    names += ["division", "user-name", "employee-id"]
    columns = [f"urn:replicon:user-list-column:{name}" for name in names]
    answer = replicon.d(LIST, {"page": 2, "pagesize": 1, "columnUris": columns})
    assert [one["uri"] for one in answer["header"]] == columns
    assert [cell.get("textValue") for cell in answer["rows"][0]["cells"]] == [
        "Sales", "2026-04-01", None, None, None, None, None, None, "A B", None,
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("why", "change"),
    [
        ("no page", {"page": None}),
        ("page nought", {"page": "0"}),
        ("a page that is no number", {"page": "x"}),
        ("a page of too many digits", {"page": "9" * 5000}),
        ("a negative size", {"pagesize": -1}),
        ("half a page", {"page": 1.5}),
        ("no columns", {"columnUris": []}),
        ("an unknown column", {"columnUris": ["urn:replicon:user-list-column:shoe"]}),
        ("a filter that is a text", {"filterExpression": "ada"}),
        ("a filter without sides", {"filterExpression": {}}),
        ("a filter that is not known", {"filterExpression": expression("shoe", "equal", {"text": "x"})}),
        ("an operator that is not known", {"filterExpression": expression("login-name", "starts", {"text": "x"})}),
        ("an operator of another filter", {"filterExpression": expression("enabled", "text-search", {"text": "x"})}),
        ("no value", {"filterExpression": expression("login-name", "equal", None)}),
        ("a number for a text", {"filterExpression": expression("login-name", "equal", {"text": 5})}),
        ("a text for a bool", {"filterExpression": expression("enabled", "equal", {"text": "true"})}),
        ("a text for uris", {"filterExpression": expression("user", "in", {"uris": "x"})}),
        ("a date that is none", {"filterExpression": expression("end-date-range", "in", {"dateRange": 5})}),
    ],
)  # fmt: skip
def test_a_list_that_is_asked_for_wrongly_is_refused(replicon: Replicon, why: str, change: Any) -> None:
    answer = replicon.call(LIST, {"page": 1, "pagesize": 10, "columnUris": COLUMNS, **change})
    assert refusal(answer)[0] == 400


def test_users_departments_and_last_days_are_filtered_by(replicon: Replicon) -> None:
    day = {"year": 2026, "month": 9, "day": 30}
    users = [{"loginName": "ada", "department": "Sales", "endDate": day}, {"loginName": "eve"}]
    ada, eve = replicon.control("POST", "seed", {"users": users})["users"]
    sales = "urn:replicon-tenant:acme:department-group:1"
    late = {"startDate": {**day, "month": 10}, "endDate": None}
    for asked, found in (
        (expression("user", "equal", {"uri": eve}), [eve]),
        (expression("user", "in", {"uris": [eve, ada, "urn:x"]}), [ada, eve]),
        (expression("department", "in", {"uris": [sales, "urn:x"]}), [ada]),
        (expression("department", "in", {"uris": ["urn:x"]}), []),
        (expression("end-date-range", "in", {"dateRange": {"startDate": day, "endDate": day}}), [ada]),
        (expression("end-date-range", "in", {"dateRange": late}), []),
    ):
        body = {"page": 1, "pagesize": 10, "columnUris": COLUMNS, "filterExpression": asked}
        assert [row["cells"][0]["uri"] for row in replicon.d(LIST, body)["rows"]] == found, asked


def test_departments_and_permission_sets_are_listed(replicon: Replicon) -> None:
    replicon.control("POST", "seed", {"groups": {"department": ["Research", "Sales"]}})
    answer = replicon.d("acme/services/DepartmentGroupListService1.svc/GetData", {"page": "1", "pagesize": "100"})
    names = [row["cells"][0]["textValue"] for row in answer["rows"]]
    assert (names[0], names[-1], len(set(names))) == ("Sales", "Research", len(DEPARTMENTS) + 1)
    sets = replicon.d("acme/services/PermissionSetService1.svc/GetAllPermissionSets", {})
    assert [one["displayText"] for one in sets] == ["User", "Supervisor", "Administrator"]
