"""The filter expressions of lists (section 4.5 of the page); `text-search` finds parts."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from simulators.replicon.company import Company
from simulators.replicon.envelope import Refused
from simulators.replicon.users import User
from simulators.replicon.values import period

FILTER, OPERATOR = "urn:replicon:user-list-filter:", "urn:replicon:filter-operator:"
Test = Callable[[User], bool]
TEXTS: dict[str, Callable[[User], tuple[str | None, ...]]] = {
    "login-name": lambda user: (user.loginName,),
    "email-address": lambda user: (user.emailAddress,),
    "text": lambda user: (
        f"{user.firstName} {user.lastName}", user.loginName, user.emailAddress, user.employeeId,
    ),
}  # fmt: skip
GROUPS = {"department": "department", "service-center": "serviceCenter"}


def wanted(company: Company, expression: Any) -> Test:
    """The test that an expression is; null is everybody."""
    if expression is None:
        return lambda user: True
    if not isinstance(expression, Mapping):
        raise _invalid("An object is expected.")
    operator = str(expression.get("operatorUri")).removeprefix(OPERATOR)
    left, right = expression.get("leftExpression"), expression.get("rightExpression")
    if not isinstance(left, Mapping) or not isinstance(right, Mapping):
        raise _invalid("A left and a right expression are expected.")
    if operator == "and":
        one, other = wanted(company, left), wanted(company, right)
        return lambda user: one(user) and other(user)
    value = right.get("value")
    if not isinstance(value, Mapping):
        raise _invalid("A value is expected.")
    return _single(company, str(left.get("filterDefinitionUri")).removeprefix(FILTER), operator, value)


def _single(company: Company, name: str, operator: str, value: Mapping[str, Any]) -> Test:
    if name in TEXTS and operator in ("text-search", "equal"):
        return _text(name, operator, value.get("text"))
    if name == "enabled" and operator == "equal":
        return _enabled(value.get("bool"))
    if name == "end-date-range" and operator in ("equal", "in"):
        return _ends(value.get("dateRange"))
    if name in ("user", *GROUPS) and operator in ("equal", "in"):
        uris = value.get("uris") if operator == "in" else [value.get("uri")]
        return _refers(company, name, uris)
    raise _invalid(f"There is no filter {name} with the operator {operator}.")


def _text(name: str, operator: str, given: Any) -> Test:
    if not isinstance(given, str):
        raise _invalid("A text is expected.")
    read, text = TEXTS[name], given.casefold()
    if operator == "equal":
        return lambda user: text in [(one or "").casefold() for one in read(user)]
    return lambda user: any(text in (one or "").casefold() for one in read(user))


def _enabled(given: Any) -> Test:
    if not isinstance(given, bool):
        raise _invalid("A bool is expected.")
    return lambda user: user.loginEnabled is given


def _ends(given: Any) -> Test:
    days = period("dateRange", given)
    first, last = _day(days["startDate"]) or (0, 0, 0), _day(days["endDate"]) or (9999, 12, 31)
    return lambda user: user.endDate is not None and first <= (_day(user.endDate) or first) <= last


def _day(date: dict[str, int] | None) -> tuple[int, int, int] | None:
    return (date["year"], date["month"], date["day"]) if date else None


def _refers(company: Company, name: str, uris: Any) -> Test:
    if not isinstance(uris, list) or not all(isinstance(uri, str) for uri in uris):
        raise _invalid("Uris are expected.")
    if name == "user":
        return lambda user: user.uri in uris
    field = GROUPS[name]
    names = {company.groups.named(field, {"uri": uri}) for uri in uris} - {None}
    return lambda user: getattr(user, field) in names


def _invalid(text: str) -> Refused:
    return Refused(f"Invalid filter expression. {text}", "InvalidFilterExpressionError1")
