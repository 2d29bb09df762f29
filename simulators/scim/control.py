"""The control interface below `/_control`: what a test sets, and what it reads back."""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from simulators.scim.faults import Fault
from simulators.scim.reply import Refused, Reply, as_json, parsed
from simulators.scim.shaping import stored
from simulators.scim.store import Store

PREFIX = "/_control/"
JSON = "application/json"
USER = "urn:ietf:params:scim:schemas:core:2.0:User"
Query = Mapping[str, str]
Body = dict[str, Any]


def control(store: Store, method: str, target: str, raw: bytes) -> Reply:
    """The reply to a control call; the caller holds the lock."""
    url = urlsplit(target)
    action = _ACTIONS.get((method, url.path.removeprefix(PREFIX)))
    if action is None:
        return as_json({"error": f"There are only {', '.join(' '.join(key) for key in _ACTIONS)}."}, 404, JSON)
    try:
        return as_json(action(store, dict(parse_qsl(url.query)), parsed(raw) if raw else {}), 200, JSON)
    except (ValueError, Refused) as error:
        return as_json({"error": str(error)}, 400, JSON)


def _reset(store: Store, query: Query, body: Body) -> Any:
    store.reset()
    return {}


def _seed(store: Store, query: Query, body: Body) -> Any:
    if not body or not body.keys() <= {"users", "count"}:
        raise ValueError("Seed users or count.")
    count = body.get("count", 0)
    if type(count) is not int or not 0 <= count <= 100_000:
        raise ValueError("count is a whole number from 0 to 100000.")
    users = body.get("users", [])
    if not isinstance(users, list) or not all(isinstance(one, dict) and one.get("userName") for one in users):
        raise ValueError("users is a list of objects that have a userName.")
    made = [f"person.{next(store.seeded)}@example.com" for _ in range(count)]
    seeded = [*users, *({"userName": name} for name in made)]
    return {"users": [store.add("Users", _person(one, store))["id"] for one in seeded]}


def _person(values: Body, store: Store) -> Body:
    return stored({"schemas": [USER], "active": True, **values}, store.switches)


def _state(store: Store, query: Query, body: Body) -> Any:
    return store.state()


def _switches(store: Store, query: Query, body: Body) -> Any:
    store.switches.set(body)
    return store.switches.document()


def _inject(store: Store, query: Query, body: Body) -> Any:
    store.faults.append(Fault.of(body))
    return {"queued": len(store.faults)}


def _calm(store: Store, query: Query, body: Body) -> Any:
    store.faults.clear()
    return {}


def _requests(store: Store, query: Query, body: Body) -> Any:
    wanted = query.get("method")
    return {"requests": [one for one in store.requests if wanted in (None, one["method"])]}


def _forget(store: Store, query: Query, body: Body) -> Any:
    store.requests.clear()
    return {}


def _counts(store: Store, query: Query, body: Body) -> Any:
    return store.counts()


def _held(store: Store, body: Body) -> tuple[str, str]:
    id = str(body.get("id"))
    kind = store.kind_of(id)
    if kind is None:
        raise ValueError("There is nobody with this id.")
    return kind, id


def _edit(store: Store, query: Query, body: Body) -> Any:
    kind, id = _held(store, body)
    values = body.get("set")
    if not isinstance(values, dict) or values.keys() & {"id", "meta"}:
        raise ValueError("set is an object without id and meta.")
    return store.put(kind, {**store.resources[kind][id], **copy.deepcopy(values)})


def _remove(store: Store, query: Query, body: Body) -> Any:
    store.remove(*_held(store, body))
    return {}


def _revoke(store: Store, query: Query, body: Body) -> Any:
    store.tokens.clear()
    return {}


_ACTIONS: dict[tuple[str, str], Callable[[Store, Query, Body], Any]] = {
    ("POST", "reset"): _reset,
    ("POST", "seed"): _seed,
    ("GET", "state"): _state,
    ("GET", "switches"): _switches,
    ("POST", "switches"): _switches,
    ("POST", "inject"): _inject,
    ("DELETE", "inject"): _calm,
    ("GET", "requests"): _requests,
    ("DELETE", "requests"): _forget,
    ("GET", "counts"): _counts,
    ("POST", "edit"): _edit,
    ("POST", "remove"): _remove,
    ("POST", "revoke"): _revoke,
}
