"""What the control interface can do with a store, beside what it can do everywhere."""

from __future__ import annotations

import copy
from typing import Any

from simulators.http import Control, count
from simulators.scim.shaping import stored
from simulators.scim.store import Store

USER = "urn:ietf:params:scim:schemas:core:2.0:User"
Body = dict[str, Any]


def _seed(store: Store, body: Body) -> Any:
    if not body or not body.keys() <= {"users", "count"}:
        raise ValueError("Seed users or count.")
    users = body.get("users", [])
    if not isinstance(users, list) or not all(isinstance(one, dict) and one.get("userName") for one in users):
        raise ValueError("users is a list of objects that have a userName.")
    made = [f"person.{next(store.seeded)}@example.com" for _ in range(count(body))]
    seeded = [*users, *({"userName": name} for name in made)]
    return {"users": [store.add("Users", _person(one, store))["id"] for one in seeded]}


def _person(values: Body, store: Store) -> Body:
    return stored({"schemas": [USER], "active": True, **values}, store.switches)


def _held(store: Store, body: Body) -> tuple[str, str]:
    id = str(body.get("id"))
    kind = store.kind_of(id)
    if kind is None:
        raise ValueError("There is nobody with this id.")
    return kind, id


def _edit(store: Store, body: Body) -> Any:
    kind, id = _held(store, body)
    values = body.get("set")
    if not isinstance(values, dict) or values.keys() & {"id", "meta"}:
        raise ValueError("set is an object without id and meta.")
    return store.put(kind, {**store.resources[kind][id], **copy.deepcopy(values)})


def _remove(store: Store, body: Body) -> Any:
    store.remove(*_held(store, body))
    return {}


def _revoke(store: Store, body: Body) -> Any:
    store.tokens.clear()
    return {}


CONTROL = Control(
    {
        ("POST", "seed"): _seed,
        ("POST", "edit"): _edit,
        ("POST", "remove"): _remove,
        ("POST", "revoke"): _revoke,
    }
)
