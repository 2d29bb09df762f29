"""The control interface below `/_control`: what a test sets, and what it reads back."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from simulators.kintone.errors import Refused
from simulators.kintone.operations import OPERATIONS
from simulators.kintone.records import Record, User, checked
from simulators.kintone.site import Site
from simulators.replicon.envelope import Reply, as_json, parsed
from simulators.replicon.faults import Fault

PREFIX = "/_control/"
Query = dict[str, str]


def control(site: Site, method: str, target: str, raw: bytes) -> Reply:
    """The reply to a control call; the caller holds the lock."""
    try:
        url = urlsplit(target)
        action = _ACTIONS.get((method, url.path.removeprefix(PREFIX)))
        if action is None:
            return as_json({"error": f"There are only {', '.join(' '.join(key) for key in _ACTIONS)}."}, 404)
        return as_json(action(site, dict(parse_qsl(url.query)), _object(raw)))
    except (Refused, ValueError) as error:
        return as_json({"error": str(error)}, 400)


def _object(raw: bytes) -> Record:
    try:
        body = parsed(raw)
    except ValueError:
        raise ValueError("The body is not JSON.") from None
    if body is not None and not isinstance(body, dict):
        raise ValueError("The body is not a JSON object.")
    return body or {}


def _reset(site: Site, query: Query, body: Record) -> Any:
    site.reset()
    return {}


def _seed(site: Site, query: Query, body: Record) -> Any:
    if not body or not body.keys() <= {"users", "groups", "count", "items"}:
        raise ValueError("Seed users, groups, count or items.")
    site.items |= frozenset(body.get("items", []))
    users = [*body.get("users", []), *({"code": f"user{n}@example.com"} for n in range(body.get("count", 0)))]
    for given in users:
        values = checked({"name": given.get("code")} | given, "", site.items)
        if site.by_code(values.get("code")):
            raise ValueError("The login is taken.")
        site.add(values, "seeded-password")
    for given in body.get("groups", []):
        site.add_group(str(given["code"]), str(given.get("name", given["code"])))
    return {"users": len(users)}


def _state(site: Site, query: Query, body: Record) -> Any:
    return site.state()


def _switches(site: Site, query: Query, body: Record) -> Any:
    return site.switches.document()


def _set_switches(site: Site, query: Query, body: Record) -> Any:
    site.switches.set(body)
    return site.switches.document()


def _inject(site: Site, query: Query, body: Record) -> Any:
    fault = Fault.of(body)
    if fault.operation not in ("*", *OPERATIONS):
        raise ValueError(f"operation is * or one of {', '.join(OPERATIONS)}.")
    site.faults.append(fault)
    return {"queued": len(site.faults)}


def _calm(site: Site, query: Query, body: Record) -> Any:
    site.faults.clear()
    return {}


def _requests(site: Site, query: Query, body: Record) -> Any:
    wanted = query.get("operation")
    return {"requests": [one for one in site.requests if wanted in (None, one["operation"])]}


def _forget(site: Site, query: Query, body: Record) -> Any:
    site.requests.clear()
    return {}


def _counts(site: Site, query: Query, body: Record) -> Any:
    return Counter(one["operation"] for one in site.requests)


def _user(site: Site, body: Record) -> User:
    user = site.users.get(str(body.get("id"))) or site.by_code(body.get("code"))
    if user is None:
        raise ValueError("There is no such user.")
    return user


def _edit(site: Site, query: Query, body: Record) -> Any:
    user = _user(site, body)
    user.fields |= checked(body.get("set") or {}, "", site.items)
    user.services = list(body.get("services", user.services))
    return {}


def _remove(site: Site, query: Query, body: Record) -> Any:
    del site.users[_user(site, body).id]
    return {}


_ACTIONS: dict[tuple[str, str], Callable[[Site, Query, Record], Any]] = {
    ("POST", "reset"): _reset,
    ("POST", "seed"): _seed,
    ("GET", "state"): _state,
    ("GET", "switches"): _switches,
    ("POST", "switches"): _set_switches,
    ("POST", "inject"): _inject,
    ("DELETE", "inject"): _calm,
    ("GET", "requests"): _requests,
    ("DELETE", "requests"): _forget,
    ("GET", "counts"): _counts,
    ("POST", "edit"): _edit,
    ("POST", "remove"): _remove,
}
