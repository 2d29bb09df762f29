"""What the control interface can do with a company, beside what it can do everywhere."""

from __future__ import annotations

from typing import Any

from simulators.http import Control
from simulators.replicon.company import Company
from simulators.replicon.operations import names
from simulators.replicon.seeding import known, seed
from simulators.replicon.users import User

Body = dict[str, Any]


def _seed(company: Company, body: Body) -> Any:
    if not body or not body.keys() <= {"users", "count", "groups"}:
        raise ValueError("Seed users, count or groups.")
    return {"users": seed(company, body)}


def _user(company: Company, body: Body) -> User:
    if isinstance(body.get("uri"), str):
        user = company.users.get(body["uri"])
    else:
        user = company.by_login(str(body.get("loginName")))
    if user is None:
        raise ValueError("There is no such user.")
    return user


def _edit(company: Company, body: Body) -> Any:
    user = _user(company, body)
    return company.change(user, **known(company, body.get("set"), user)).document()


def _remove(company: Company, body: Body) -> Any:
    company.remove(_user(company, body).uri)
    return {}


def _revoke(company: Company, body: Body) -> Any:
    company.revoke()
    return {}


CONTROL = Control(
    {
        ("POST", "seed"): _seed,
        ("POST", "edit"): _edit,
        ("POST", "remove"): _remove,
        ("POST", "revoke"): _revoke,
    },
    names(),
)
