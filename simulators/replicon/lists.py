"""UserListService1.svc/GetData: header, rows and cells; pages without a total."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from simulators.replicon.company import Company, User
from simulators.replicon.faults import Refused, missing

COLUMN, FILTER, OPERATOR = (
    f"urn:replicon:{name}:" for name in ("user-list-column", "user-list-filter", "filter-operator")
)
TEXTS: dict[str, Callable[[User], str | None]] = {
    "login-name": lambda user: user.loginName,
    "employee-id": lambda user: user.employeeId,
    "email-address": lambda user: user.emailAddress,
    "user-name": lambda user: f"{user.firstName} {user.lastName}",
}


def get_data(company: Company, caller: User, body: Mapping[str, Any]) -> Any:
    """One page of users; past the end the rows are empty."""
    page, size = _number(body, "page"), _number(body, "pagesize")
    columns = body.get("columnUris")
    if not isinstance(columns, list) or not columns:
        raise missing("columnUris")
    users = [user for user in company.sorted() if _matches(user, body.get("filterExpression"))]
    window = users[(page - 1) * size : page * size]
    header = [{"displayName": str(uri).removeprefix(COLUMN), "uri": uri} for uri in columns]
    return {"header": header, "rows": [{"cells": [_cell(company, user, uri) for uri in columns]} for user in window]}


def _number(body: Mapping[str, Any], name: str) -> int:
    text = str(body.get(name, ""))
    if not text.isdecimal() or int(text) < 1:
        raise missing(name)
    return int(text)


def _cell(company: Company, user: User, uri: Any) -> dict[str, Any]:
    name = str(uri).removeprefix(COLUMN)
    if name == "user":
        shown = user.shown(company.switches.display_name_style)
        kinds = {"dataType": "urn:replicon:list-type:object", "objectType": "urn:replicon:object-type:user"}
        return {**kinds, "slug": user.loginName.split("@")[0], "textValue": shown, "uri": user.uri}
    if name == "enabled":
        kind = "urn:replicon:list-type:boolean"
        return {"dataType": kind, "textValue": str(user.loginEnabled), "boolValue": user.loginEnabled}
    if name not in TEXTS:
        raise Refused(f"Invalid column {name}.", "InvalidColumnParameterError1")
    value = TEXTS[name](user)
    return {"dataType": "urn:replicon:list-type:string"} | ({"textValue": value} if value else {})


def _matches(user: User, expression: Any) -> bool:
    if expression is None:
        return True
    if not isinstance(expression, Mapping):
        raise Refused("Invalid filter expression.", "InvalidFilterExpressionError1")
    operator = str(expression.get("operatorUri")).removeprefix(OPERATOR)
    left, right = expression.get("leftExpression"), expression.get("rightExpression")
    if operator == "and":
        return _matches(user, left) and _matches(user, right)
    if not isinstance(left, Mapping) or not isinstance(right, Mapping):
        raise Refused("Invalid filter expression.", "InvalidFilterExpressionError1")
    return _compares(user, str(left.get("filterDefinitionUri")).removeprefix(FILTER), operator, right.get("value"))


def _compares(user: User, name: str, operator: str, value: Any) -> bool:
    wanted = value if isinstance(value, Mapping) else {}
    if name == "enabled" and operator == "equal":
        return user.loginEnabled is wanted.get("bool")
    text = str(wanted.get("text") or "").casefold()
    held = [TEXTS[name](user)] if name in TEXTS else [read(user) for read in TEXTS.values()] if name == "text" else None
    if held is None or operator not in ("text-search", "equal"):
        raise Refused(f"Invalid filter {name} {operator}.", "InvalidFilterExpressionError1")
    folded = [(one or "").casefold() for one in held]
    return any(text in one for one in folded) if operator == "text-search" else text in folded
