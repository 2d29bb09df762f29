"""How the Replicon adapter reads every part of an answer, dirty ones too, and the exact form of what it writes."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adapters.replicon import dates
from adapters.replicon.names import NO_NAME, shown
from adapters.replicon.records import record
from adapters.replicon.time_zones import iana_name
from scim_adapter import Ask, Change, Get, Native, New, Unavailable
from tests.adapters.replicon_wire import WRITE, Wire, ask, d, item, look

TODAY = "2026-11-21"
CUSTOM = {"custom_fields": {"title": "Job Title"}, "external_id_custom_field": "EntraObjectId"}


@pytest.fixture(autouse=True)
def one_day(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in ("dates", "members", "records"):
        monkeypatch.setattr(f"adapters.replicon.{module}.today", lambda: TODAY)


def day(text: str | None) -> dict[str, int] | None:
    return dates.written(text)


def read(**parts: Any) -> Native:
    found = record({**item(), **parts}, "given-family")
    assert found is not None
    return found


def entry(name: str | None, since: Any = None) -> dict[str, Any]:
    return {"effectiveDate": since, "departmentGroup": {"displayText": name, "uri": f"urn:d:{name}"} if name else None}


@pytest.mark.parametrize(
    ("why", "schedule", "department"),
    [
        ("none", [], None),
        ("not told", None, None),
        ("one since ever", [entry("Sales")], "Sales"),
        ("the last that has begun", [entry("Sales"), entry("Legal", day("2026-02-01"))], "Legal"),
        ("one that begins today", [entry("Sales"), entry("Legal", day(TODAY))], "Legal"),
        ("one that is to come", [entry("Sales"), entry("Legal", day("2026-11-22"))], "Sales"),
        ("only one that is to come", [entry("Legal", day("2027-01-01"))], None),
        ("one that has ended", [entry("Sales"), entry(None, day("2026-06-30"))], None),
        ("a date that is none", [entry("Sales", {"year": 2026, "month": 13, "day": 1})], "Sales"),
        ("dates of strings", [entry("Sales"), entry("Legal", {"year": "2026", "month": "11", "day": "22"})], "Sales"),
        ("a name beside a path", [{"departmentGroup": {"name": "Sales", "displayText": "All / Sales"}}], "Sales"),
        ("rubbish", [None, 5, {}, {"departmentGroup": 5}], None),
        ("no list", {"departmentGroup": {"name": "Sales"}}, None),
    ],
)  # fmt: skip
def test_the_department_is_the_one_of_today(why: str, schedule: Any, department: str | None) -> None:
    assert read(departmentGroupSchedule=schedule)["department"] == department


def test_the_supervisor_is_the_one_of_today() -> None:
    schedule = [
        {"effectiveDate": since, "supervisor": {"uri": f"urn:u:{n}", "displayText": "Mori, Ken"}}
        for n, since in enumerate([None, day("2026-05-01"), day("2027-05-01")])
    ]
    assert read(supervisorAssignmentSchedule=schedule)["supervisor"] == "urn:u:1"
    assert read(supervisorAssignmentSchedule=[{"supervisor": {"displayText": "Mori, Ken"}}])["supervisor"] is None


@pytest.mark.parametrize(
    ("zone", "name"),
    [
        ({"uri": "urn:replicon:time-zone:asia-tokyo", "displayText": "Asia/Tokyo"}, "Asia/Tokyo"),
        ({"uri": "urn:replicon:time-zone:asia-tokyo", "displayText": "(UTC+9:00) Tokyo Standard Time"}, "Asia/Tokyo"),
        ({"uri": "urn:replicon:time-zone:america-port-au-prince"}, "America/Port-au-Prince"),
        ({"uri": "urn:replicon:time-zone:america-argentina-buenos-aires"}, "America/Argentina/Buenos_Aires"),
        ({"uri": "urn:replicon:time-zone:Etc/GMT"}, "Etc/GMT"),
        ({"uri": None, "IANAName": "Europe/London", "displayText": "x"}, "Europe/London"),
        ({"displayText": "UTC"}, "UTC"),
        ({"uri": "urn:replicon:time-zone:middle-earth", "displayText": "Shire"}, None),
        ({"uri": 5, "displayText": 7}, None),
        ({}, None),
        (None, None),
        ("Asia/Tokyo", None),
    ],
)
def test_a_time_zone_is_read_by_name_or_by_uri(zone: Any, name: str | None) -> None:
    assert iana_name(zone) == name
    assert read(timeZone=zone)["timeZone"] == name


def test_custom_fields_are_read_by_name() -> None:
    values: list[Any] = [
        {"customField": {"name": "Job Title", "displayText": "x"}, "text": "Engineer"},
        {"customField": {"displayText": "EntraObjectId"}, "text": "7c0e"},
        {"customField": {"name": "Empty"}, "text": ""},
        {"customField": {"name": "A number"}, "number": 5},
        {"customField": None, "text": "x"},
        None,
    ]
    found = record(item(customFieldValues=values), "given-family") or {}
    assert {name: value for name, value in found.items() if name.startswith("custom:")} == {
        "custom:Job Title": "Engineer",
        "custom:EntraObjectId": "7c0e",
    }


@pytest.mark.parametrize("value", [None, 5, "2026-01-01", {}, {"year": None}, {"year": 10**30, "month": 1, "day": 1}])
def test_a_date_that_cannot_be_read_is_none(value: Any) -> None:
    found = record(item(employmentDateRange={"startDate": value, "endDate": value}), "given-family") or {}
    assert (found["startDate"], found["endDate"]) == (None, None)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3)
    | st.dictionaries(
        st.sampled_from(
            ["uri", "name", "text", "displayText", "effectiveDate", "departmentGroup", "supervisor", "customField",
             "startDate", "endDate", "year", "month", "day"]
        ), inner, max_size=4),
    max_leaves=12,
)  # fmt: skip


@settings(deadline=None)
@given(
    parts=st.dictionaries(
        st.sampled_from(["departmentGroupSchedule", "supervisorAssignmentSchedule", "timeZone"]), JSON
    ),
    details=st.dictionaries(st.sampled_from(["customFieldValues", "employmentDateRange", "displayText"]), JSON),
)
def test_no_answer_breaks_a_record(parts: Any, details: Any) -> None:
    assert (record({**item(**details), **parts}, "given-family") or {})["uri"] == "urn:u:1"


NAME = st.text(st.characters(categories=["L"]), min_size=1, max_size=12)


@settings(deadline=None)
@given(first=NAME, last=NAME | st.just(NO_NAME))
def test_whatever_replicon_makes_of_the_names_is_shown_in_one_form(first: str, last: str) -> None:
    plain = first if last == NO_NAME else f"{first} {last}"
    for made in (f"{last}, {first}", f"{first} {last}", f"{last} {first}", plain):
        assert shown(made, first, last, "given-family") == plain


# -- the exact form of what is written -------------------------------------------------------------------------------

NOTHING = {"relativeDateRangeUri": None, "relativeDateRangeAsOfDate": None}
ADDED = "urn:replicon:collection-modification-option:add"


async def test_a_create_has_the_form_of_the_vendors_example() -> None:
    wire = Wire(CreateUserOrApplyModifications=d({"user": {"uri": "urn:u:9"}, "errors": []}))
    settings = {
        "default_permission_sets": ["User"],
        "default_products": ["urn:replicon:product:1"],
        "authentication_provider": "SSO",
        **CUSTOM,
    }
    values = {"timeZone": "Asia/Tokyo", "department": "Sales", "supervisor": "urn:u:2"}
    custom = {"custom:EntraObjectId": "7c0e"}
    nothing = {"uri": None, "nonsense": 1, "employeeId": None}
    await wire.users(**settings).create(New({"loginName": "ada", **values, **custom, **nothing}, Ask("op")))
    [request] = wire.bodies(WRITE)
    assert request["unitOfWorkId"] == "op", "a repeat creates nothing more"
    item = {"uri": None, "parent": None, "name": "Sales", "parameterCorrelationId": None}
    field = {"uri": None, "name": "EntraObjectId", "groupUri": None}
    assert request["modifications"] == {
        "loginName": {"value": "ada"},
        "timeZone": {"value": {"uri": None, "IANAName": "Asia/Tokyo"}},
        "departmentGroupSchedule": [{"dateRange": None, "item": item}],
        "supervisorSchedule": [{"dateRange": None, "item": {"uri": "urn:u:2"}}],
        "permissionSets": [
            {"modificationOptionUri": ADDED,
             "items": [{"permissionSetPolicy": {"uri": None, "name": "User"}, "groupAccessFilter": None}]}
        ],
        "products": [{"modificationOptionUri": ADDED, "items": [{"uri": "urn:replicon:product:1"}]}],
        "customFields": [
            {"value": {"customField": field, "text": "7c0e", "date": None, "dropDownOption": None, "number": None}}
        ],
        "securitySettings": {
            "value": {
                "loginEnabled": {"value": "true"},
                "ssoNameModificationOptionUri": "urn:replicon:sso-name-modification-option:login-name",
                "authenticationProviders": [{"modificationOptionUri": ADDED, "items": [{"name": "SSO"}]}],
            }
        },
    }  # fmt: skip


HELD: Native = {
    "uri": "urn:u:1", "loginName": "ada", "startDate": "2026-01-01", "endDate": None, "timeZone": "Asia/Tokyo",
    "department": "Sales", "supervisor": "urn:u:2", "custom:Job Title": "Engineer", "loginEnabled": True,
}  # fmt: skip
SINCE_TODAY = {"startDate": {"year": 2026, "month": 11, "day": 21}, "endDate": None, **NOTHING}


@pytest.mark.parametrize(
    ("set", "modifications"),
    [
        ({"department": None}, {"departmentGroupSchedule": [{"dateRange": SINCE_TODAY, "item": None}]}),
        ({"supervisor": None}, {"supervisorSchedule": [{"dateRange": SINCE_TODAY, "item": None}]}),
        ({"supervisor": "urn:u:3"}, {"supervisorSchedule": [{"dateRange": SINCE_TODAY, "item": {"uri": "urn:u:3"}}]}),
        ({"timeZone": None}, {"timeZone": {"value": None}}),
        (
            {"custom:Job Title": None},
            {"customFields": [{"value": {
                "customField": {"uri": None, "name": "Job Title", "groupUri": None},
                "text": "", "date": None, "dropDownOption": None, "number": None}}]},
        ),
        (
            {"loginEnabled": False},
            {"employmentDateRange": {"value": {
                "startDate": {"year": 2026, "month": 1, "day": 1},
                "endDate": {"year": 2026, "month": 11, "day": 21}, **NOTHING}}},
        ),
    ],
)  # fmt: skip
async def test_a_change_has_the_form_of_the_vendors_example(set: Native, modifications: Any) -> None:
    wire = Wire(CreateUserOrApplyModifications=d({}), DisableLogin=d(None))
    users = wire.users(end_date_on_disable=True, **CUSTOM)
    await users.update(Change("urn:u:1", HELD, {**HELD, **set}, set, ask=Ask("op")))
    [request] = wire.bodies(WRITE)
    assert (request["target"], request["modifications"]) == ({"uri": "urn:u:1"}, modifications)
    assert wire.operations[1:] == [WRITE] + ["DisableLogin"] * ("loginEnabled" in set)


async def test_the_single_sign_on_name_follows_the_login_and_nothing_else() -> None:
    wire = Wire(CreateUserOrApplyModifications=d({}))
    users = wire.users(authentication_provider="SSO", **CUSTOM)
    for set in ({"custom:Job Title": "Countess"}, {"loginName": "ada.love"}):
        await users.update(Change("urn:u:1", HELD, {**HELD, **set}, set, ask=Ask("op")))
    assert ["securitySettings" in one["modifications"] for one in wire.bodies(WRITE)] == [False, True]


async def test_fields_that_are_not_replicons_are_never_written() -> None:
    wire = Wire(CreateUserOrApplyModifications=d({}))
    set = {"startDate": "2026-02-02", "shownAs": "x", "uri": "urn:u:5", "nonsense": 1}
    await wire.users().update(Change("urn:u:1", HELD, {**HELD, **set}, set, ask=Ask("op")))
    assert wire.requests == []


@pytest.mark.parametrize("element", [1, "x", [], {"userDetails": 5}, {"userDetails": []}])
async def test_an_element_that_is_none_does_not_make_anybody_gone(element: Any) -> None:
    """Nobody found would have a client make the person again."""
    users = Wire(BulkGetUsers3=d([element])).users()
    with pytest.raises(Unavailable, match="no user"):
        await look(users, "ada@example.com")
    with pytest.raises(Unavailable, match="no user"):
        await users.get(Get("urn:u:1", ask=ask()))
