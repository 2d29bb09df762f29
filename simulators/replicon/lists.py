"""The list protocol, GetData: header, rows and cells; pages without a total (section 4.5 of the page)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from simulators.replicon.company import Company
from simulators.replicon.envelope import Refused, missing
from simulators.replicon.filters import wanted
from simulators.replicon.groups import KINDS
from simulators.replicon.users import Date, User

COLUMN, TYPE = "urn:replicon:user-list-column:", "urn:replicon:list-type:"
Cell = dict[str, Any]
Body = Mapping[str, Any]


def users(company: Company, caller: User, body: Body) -> Any:
    """One page of users; past the end the rows are empty."""
    columns = _columns(body)
    chosen = wanted(company, body.get("filterExpression"))
    page = _page(body, [user for user in company.users.values() if chosen(user)])
    header = [{"displayName": COLUMNS[name][0], "uri": COLUMN + name} for name in columns]
    rows = [{"cells": [COLUMNS[name][1](company, user) for name in columns]} for user in page]
    return {"header": header, "rows": rows}


def groups(field: str) -> Callable[[Company, User, Body], Any]:
    """The list of a kind of group: one column, its name."""

    def listed(company: Company, caller: User, body: Body) -> Any:
        kind = KINDS[field].word
        page = _page(body, list(company.groups.names(field)))
        header = [{"displayName": kind, "uri": f"urn:replicon:{kind}-list-column:{kind}"}]
        return {"header": header, "rows": [{"cells": [_group(company, field, name)]} for name in page]}

    return listed


def _columns(body: Body) -> list[str]:
    uris = body.get("columnUris")
    if not isinstance(uris, list) or not uris:
        raise missing("columnUris")
    names = [str(uri).removeprefix(COLUMN) for uri in uris]
    for name in names:
        if name not in COLUMNS:
            raise Refused(f"Invalid column {name[:80]}.", "InvalidColumnParameterError1")
    return names


def _page(body: Body, everything: list[Any]) -> list[Any]:
    page, size = _number(body, "page"), _number(body, "pagesize")
    return everything[(page - 1) * size : page * size]


def _number(body: Body, name: str) -> int:
    """A number from 1; the vendor's samples send strings."""
    text = str(body.get(name, ""))
    if len(text) > 9 or not text.isdecimal() or int(text) < 1:
        raise missing(name)
    return int(text)


def _string(read: Callable[[User], str | None]) -> Callable[[Company, User], Cell]:
    return lambda company, user: _text(read(user))


def _text(value: str | None, kind: str = "string") -> Cell:
    return {"dataType": TYPE + kind} | ({"textValue": value} if value else {})


def _date(value: Date | None) -> Cell:
    cell = _text(f"{value['year']:04}-{value['month']:02}-{value['day']:02}" if value else None, "date")
    return cell | ({"dateValue": value} if value else {})


def _user(company: Company, user: User | None) -> Cell:
    kinds = {"dataType": TYPE + "object", "objectType": "urn:replicon:object-type:user"}
    if user is None:
        return dict(kinds)
    shown = user.shown(company.switches.display_name_style)
    return {**kinds, "slug": user.slug, "textValue": shown, "uri": user.uri}


def _enabled(company: Company, user: User) -> Cell:
    return {**_text(str(user.loginEnabled), "boolean"), "boolValue": user.loginEnabled}


def _grouped(field: str) -> Callable[[Company, User], Cell]:
    return lambda company, user: _group(company, field, getattr(user, field))


def _group(company: Company, field: str, name: str | None) -> Cell:
    cell = {**_text(name, "object"), "objectType": f"urn:replicon:object-type:{KINDS[field].word}"}
    return cell | ({"uri": company.groups.uri(field, name)} if name else {})


COLUMNS: dict[str, tuple[str, Callable[[Company, User], Cell]]] = {
    "user": ("User", _user),
    "user-name": ("User Name", _string(lambda user: f"{user.firstName} {user.lastName}".strip())),
    "login-name": ("Login Name", _string(lambda user: user.loginName)),
    "employee-id": ("Employee ID", _string(lambda user: user.employeeId)),
    "email-address": ("Email Address", _string(lambda user: user.emailAddress)),
    "enabled": ("Enabled", _enabled),
    "start-date": ("Start Date", lambda company, user: _date(user.startDate)),
    "end-date": ("End Date", lambda company, user: _date(user.endDate)),
    "supervisor": ("Supervisor", lambda company, user: _user(company, company.users.get(user.supervisor or ""))),
    "department-group": ("Department", _grouped("department")),
    "location": ("Location", _grouped("location")),
    "employee-type": ("Employee Type", _grouped("employeeType")),
    "cost-center": ("Cost Center", _grouped("costCenter")),
    "division": ("Division", _grouped("division")),
}
