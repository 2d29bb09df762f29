"""The control interface below `/_control`: what a test sets, and what it reads back."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from simulators.replicon.company import Company
from simulators.replicon.envelope import Reply, as_json, parsed
from simulators.replicon.faults import Fault
from simulators.replicon.operations import names
from simulators.replicon.seeding import known, seed
from simulators.replicon.users import User

PREFIX = "/_control/"
Query = Mapping[str, str]
Body = dict[str, Any]


def control(company: Company, method: str, target: str, raw: bytes) -> Reply:
    """The reply to a control call; the caller holds the lock."""
    try:
        url = urlsplit(target)
        action = _ACTIONS.get((method, url.path.removeprefix(PREFIX)))
        if action is None:
            return as_json({"error": f"There are only {', '.join(' '.join(key) for key in _ACTIONS)}."}, 404)
        return as_json(action(company, dict(parse_qsl(url.query)), _object(raw)))
    except ValueError as error:
        return as_json({"error": str(error)}, 400)


def _object(raw: bytes) -> Body:
    try:
        body = parsed(raw)
    except ValueError:
        raise ValueError("The body is not JSON.") from None
    if body is not None and not isinstance(body, dict):
        raise ValueError("The body is not a JSON object.")
    return body or {}


def _reset(company: Company, query: Query, body: Body) -> Any:
    company.reset()
    return {}


def _seed(company: Company, query: Query, body: Body) -> Any:
    if not body or not body.keys() <= {"users", "count", "groups"}:
        raise ValueError("Seed users, count or groups.")
    return {"users": seed(company, body)}


def _state(company: Company, query: Query, body: Body) -> Any:
    return company.state()


def _switches(company: Company, query: Query, body: Body) -> Any:
    return company.switches.document()


def _set_switches(company: Company, query: Query, body: Body) -> Any:
    company.switches.set(body)
    return company.switches.document()


def _inject(company: Company, query: Query, body: Body) -> Any:
    fault = Fault.of(body)
    if fault.operation != "*" and fault.operation not in names():
        raise ValueError(f"operation is * or one of {', '.join(names())}.")
    company.faults.append(fault)
    return {"queued": len(company.faults)}


def _requests(company: Company, query: Query, body: Body) -> Any:
    wanted = query.get("operation")
    return {"requests": [one for one in company.requests if wanted in (None, one["operation"])]}


def _forget(company: Company, query: Query, body: Body) -> Any:
    company.requests.clear()
    return {}


def _counts(company: Company, query: Query, body: Body) -> Any:
    return Counter(one["operation"] for one in company.requests)


def _user(company: Company, body: Body) -> User:
    if isinstance(body.get("uri"), str):
        user = company.users.get(body["uri"])
    else:
        user = company.by_login(str(body.get("loginName")))
    if user is None:
        raise ValueError("There is no such user.")
    return user


def _edit(company: Company, query: Query, body: Body) -> Any:
    user = _user(company, body)
    return company.change(user, **known(company, body.get("set"), user)).document()


def _remove(company: Company, query: Query, body: Body) -> Any:
    company.remove(_user(company, body).uri)
    return {}


def _revoke(company: Company, query: Query, body: Body) -> Any:
    company.revoke()
    return {}


_ACTIONS: dict[tuple[str, str], Callable[[Company, Query, Body], Any]] = {
    ("POST", "reset"): _reset,
    ("POST", "seed"): _seed,
    ("GET", "state"): _state,
    ("GET", "switches"): _switches,
    ("POST", "switches"): _set_switches,
    ("POST", "inject"): _inject,
    ("GET", "requests"): _requests,
    ("DELETE", "requests"): _forget,
    ("GET", "counts"): _counts,
    ("POST", "edit"): _edit,
    ("POST", "remove"): _remove,
    ("POST", "revoke"): _revoke,
}
