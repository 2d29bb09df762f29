"""A member whom somebody deleted in the backend, behind the gateway's back, is named by the id that clients know."""

from __future__ import annotations

from ast import literal_eval
from typing import Any

import pytest

from scim_adapter import Can, Invalid, New
from scim_adapter.contract import Change, Delta
from tests.backends import AmendingCircle, Circle
from tests.scim.harness import Engine


class Strict(Circle):
    """Refuses members whom it does not know."""

    people: dict[str, Any]

    def demand(self, members: Any) -> None:
        keys = [one["value"] if isinstance(one, dict) else one for one in members or ()]
        if unknown := [key for key in keys if key not in self.people and not key.startswith("g")]:
            raise Invalid(f"No user has the key {unknown[0]}.", field="people")

    async def create(self, new: New) -> Any:
        self.demand(new.record.get("people"))
        return await super().create(new)

    async def update(self, change: Change) -> Any:
        self.demand(change.set.get("people"))
        return await super().update(change)


class StrictAmending(Strict, AmendingCircle):
    """The same with deltas."""

    async def amend(self, delta: Delta) -> None:
        self.demand(delta.added)
        await super().amend(delta)


REQUESTS: dict[str, tuple[str, str, Any]] = {
    "Entra adds": ("PATCH", "/Groups/{g}", {"op": "Add", "path": "members", "value": [{"value": "{bob}"}]}),
    "a bare text": ("PATCH", "/Groups/{g}", {"op": "add", "path": "members", "value": ["{bob}"]}),
    "Okta replaces": ("PATCH", "/Groups/{g}", {"op": "replace", "value": {"members": [{"value": "{bob}"}]}}),
    "PUT": ("PUT", "/Groups/{g}", {"displayName": "Staff", "members": [{"value": "{ada}"}, {"value": "{bob}"}]}),
    "POST": ("POST", "/Groups", {"displayName": "Other", "members": [{"value": "{ada}"}, {"value": "{bob}"}]}),
}


@pytest.mark.parametrize("why", REQUESTS)
@pytest.mark.parametrize("kind", [Strict, StrictAmending])
async def test_who_is_gone_is_named_by_the_id(kind: type[Strict], why: str) -> None:
    engine = Engine(groups=kind(can=Can(filter={"name": frozenset({"eq"})}, offset=True)))
    assert isinstance(engine.groups, Strict)
    engine.groups.people = engine.shelf.records
    ids = {name: (await engine.create(name)).id for name in ("ada", "bob")}
    ids["g"] = (await engine.group("Staff", ids["ada"])).id
    del engine.shelf.records["k2"]
    method, path, body = REQUESTS[why]
    text = str(body if method != "PATCH" else {"Operations": [body]})
    for name, id in ids.items():
        path, text = path.replace(f"{{{name}}}", id), text.replace(f"{{{name}}}", id)
    answer = await engine.send(method, path, literal_eval(text))
    assert (answer.status, answer.body["scimType"]) == (400, "invalidValue")
    assert ids["bob"] in answer.body["detail"] and ids["ada"] not in answer.body["detail"]
    shown = await engine.send("GET", f"/Groups/{ids['g']}")
    assert [one["value"] for one in shown.body["members"]] == [ids["ada"]], "nothing was changed"


async def test_another_refusal_is_told_in_the_backends_words() -> None:
    engine = Engine(groups=AmendingCircle())
    assert engine.groups
    ada = (await engine.create("ada")).id
    group = (await engine.group("Staff")).id

    def full() -> None:
        raise Invalid("The group is full.", field="people")

    engine.groups.before["amend"] = full
    answer = await engine.change(f"/Groups/{group}", {"op": "add", "path": "members", "value": [{"value": ada}]})
    assert answer.status == 400 and "The group is full." in answer.body["detail"]
