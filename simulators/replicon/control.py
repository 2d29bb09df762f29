"""The control interface below `/_control`: what a test sets, and what it reads back."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping
from typing import Any

from simulators.replicon.company import Company, User
from simulators.replicon.faults import Fault

EDITABLE = {name for name in User.__dataclass_fields__ if name != "uri"}


def control(company: Company, method: str, name: str, query: Mapping[str, str], body: Any) -> tuple[int, Any]:
    """Status and JSON of one control call."""
    try:
        return 200, _ACTIONS[method, name](company, query, body if isinstance(body, dict) else {})
    except KeyError:
        return 404, {"error": f"There is no {method} {name}; there are {', '.join(' '.join(key) for key in _ACTIONS)}."}
    except ValueError as error:
        return 400, {"error": str(error)}


def _reset(company: Company, query: Mapping[str, str], body: dict[str, Any]) -> Any:
    company.reset()
    return {}


def _seed(company: Company, query: Mapping[str, str], body: dict[str, Any]) -> Any:
    wanted = body.get("users")
    if wanted is None:
        names = [f"user{number:05}" for number in range(1, int(body.get("count", 0)) + 1)]
        wanted = [{"loginName": f"{n}@example.com", "firstName": n, "lastName": "Seeded"} for n in names]
    return {"users": [company.add(_known(values)).uri for values in wanted]}


def _known(values: Any) -> dict[str, Any]:
    if not isinstance(values, dict) or not values.keys() <= EDITABLE:
        raise ValueError(f"A user has {', '.join(sorted(EDITABLE))}.")
    return values


def _state(company: Company, query: Mapping[str, str], body: dict[str, Any]) -> Any:
    return company.state()


def _switches(company: Company, query: Mapping[str, str], body: dict[str, Any]) -> Any:
    return company.switches.document()


def _set_switches(company: Company, query: Mapping[str, str], body: dict[str, Any]) -> Any:
    company.switches.set(body)
    return company.switches.document()


def _inject(company: Company, query: Mapping[str, str], body: dict[str, Any]) -> Any:
    company.faults.append(Fault.of(body))
    return {"queued": len(company.faults)}


def _requests(company: Company, query: Mapping[str, str], body: dict[str, Any]) -> Any:
    wanted = query.get("operation")
    return {"requests": [one for one in company.requests if wanted in (None, one["operation"])]}


def _forget(company: Company, query: Mapping[str, str], body: dict[str, Any]) -> Any:
    company.requests.clear()
    return {}


def _counts(company: Company, query: Mapping[str, str], body: dict[str, Any]) -> Any:
    return Counter(one["operation"] for one in company.requests)


def _edit(company: Company, query: Mapping[str, str], body: dict[str, Any]) -> Any:
    user = company.users.get(str(body.get("uri"))) or company.by_login(str(body.get("loginName")))
    if user is None:
        raise ValueError("There is no such user.")
    for name, value in _known(body.get("set")).items():
        setattr(user, name, value)
    return user.document()


def _remove(company: Company, query: Mapping[str, str], body: dict[str, Any]) -> Any:
    if company.users.pop(str(body.get("uri")), None) is None:
        raise ValueError("There is no such user.")
    return {}


_ACTIONS = {
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
}


def censored(body: Any) -> Any:
    """A request's body for the log, without any password or token."""
    if isinstance(body, dict):
        return {k: "***" if "password" in k.lower() or "token" in k.lower() else censored(v) for k, v in body.items()}
    return [censored(one) for one in body] if isinstance(body, list) else body


def as_json(document: Any) -> bytes:
    """JSON as the services write it."""
    return json.dumps(document, ensure_ascii=False).encode()
