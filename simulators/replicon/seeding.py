"""Users from outside the services: seeded before a test, or changed behind the gateway's back."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from simulators.replicon.company import Company
from simulators.replicon.envelope import Refused, Rejected
from simulators.replicon.groups import KINDS
from simulators.replicon.modifying import check_rules
from simulators.replicon.users import FIELDS, User
from simulators.replicon.values import date

MOST = 100_000
REQUIRED = ("loginName", "firstName", "lastName")
FLAGS = ("loginEnabled", "forcePasswordChange")
DATES = ("startDate", "endDate")
LISTS = ("authenticationProviders", "permissionSets", "products")


def seed(company: Company, body: Mapping[str, Any]) -> list[str]:
    """The uris of new users, from a list of fields or by number; ValueError says what is wrong, and none is made."""
    _seed_groups(company, body.get("groups", {}))
    wanted = body.get("users", [])
    if not isinstance(wanted, list):
        raise ValueError("users is a list.")
    checked = [_new(company, values) for values in wanted]
    for name in ("loginName", "employeeId"):
        held = [values[name].casefold() for values in checked if values.get(name)]
        if len(held) != len(set(held)):
            raise ValueError(f"Two of these users have the same {name}.")
    count = body.get("count", 0)
    if isinstance(count, bool) or not isinstance(count, int) or not 0 <= count <= MOST:
        raise ValueError(f"count is a number from 0 to {MOST}.")
    return [company.add(values).uri for values in [*checked, *_numbered(company, count)]]


def _seed_groups(company: Company, groups: Any) -> None:
    if not isinstance(groups, Mapping) or not groups.keys() <= KINDS.keys():
        raise ValueError(f"groups has {', '.join(KINDS)}.")
    if not all(isinstance(names, list) and all(isinstance(one, str) for one in names) for names in groups.values()):
        raise ValueError("Each of groups is a list of names.")
    for field, names in groups.items():
        company.groups.add(field, names)


def _numbered(company: Company, count: int) -> list[dict[str, Any]]:
    names = [f"user{next(company.seeded):05}" for _ in range(count)]
    return [
        {"loginName": f"{n}@example.com", "emailAddress": f"{n}@example.com", "firstName": n, "lastName": "Seeded"}
        for n in names
    ]


def _new(company: Company, values: Any) -> dict[str, Any]:
    checked = known(company, values, None)
    if not checked.get("loginName"):
        raise ValueError("A user has a loginName.")
    return checked


def known(company: Company, values: Any, user: User | None) -> dict[str, Any]:
    """Fields of a user, checked like a write's; ValueError says what is wrong."""
    if not isinstance(values, dict) or not values.keys() <= set(FIELDS):
        raise ValueError(f"A user has {', '.join(FIELDS)}.")
    checked = {name: _checker(name)(company, name, value) for name, value in values.items()}
    try:
        check_rules(company, checked, user)
    except Rejected as rejected:
        raise ValueError(f"{rejected.text}.") from None
    return checked


Checker = Callable[[Company, str, Any], Any]


def _checker(name: str) -> Checker:
    if name in FLAGS:
        return _flag
    if name in DATES:
        return _date
    if name in LISTS:
        return _list
    return _custom if name == "customFields" else _text


def _flag(company: Company, name: str, value: Any) -> bool:
    if not isinstance(value, bool):
        raise ValueError(f"{name} is true or false.")
    return value


def _date(company: Company, name: str, value: Any) -> Any:
    try:
        return date(name, value)
    except Refused:
        raise ValueError(f"{name} is null or a year, month and day.") from None


def _text(company: Company, name: str, value: Any) -> str | None:
    if not (isinstance(value, str) or (value is None and name not in REQUIRED)):
        raise ValueError(f"{name} is a text{'' if name in REQUIRED else ' or null'}.")
    if name == "supervisor" and value and value not in company.users:
        raise ValueError("supervisor is the uri of a user.")
    if name in KINDS and value:
        _exists(company, name, value)
    return value if name in REQUIRED else value or None


def _list(company: Company, name: str, value: Any) -> tuple[str, ...]:
    if not isinstance(value, list) or not all(isinstance(one, str) for one in value):
        raise ValueError(f"{name} is a list of names.")
    for one in value if name in KINDS else ():
        _exists(company, name, one)
    return tuple(value)


def _custom(company: Company, name: str, value: Any) -> dict[str, str]:
    if not isinstance(value, dict) or not all(isinstance(text, str) for text in value.values()):
        raise ValueError(f"{name} is an object of texts.")
    for one in value:
        _exists(company, name, one)
    return value


def _exists(company: Company, field: str, name: str) -> None:
    if name not in company.groups.names(field):
        raise ValueError(f"There is no such name in {field}; there are {', '.join(company.groups.names(field))}.")
