"""Managers and members: ids outside, native keys inside, and nobody is shown whom clients cannot see."""

from __future__ import annotations

from typing import Any

import pytest

from scim_adapter import Can, NotFound
from tests.backends import AmendingCircle, Circle
from tests.scim.harness import BASE, ENTERPRISE, Engine, replace_

MANAGER = f"{ENTERPRISE}:manager"


def members(answer: Any) -> list[str]:
    return sorted(one["value"] for one in answer.body.get("members", []))


# -- one reference ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("form", [str, lambda id: {"value": id}, lambda id: [{"value": id, "$ref": "x"}]])
async def test_a_manager_is_held_as_a_key_and_answered_as_an_object(form: Any) -> None:
    engine = Engine()
    boss, ada = (await engine.create("boss")).id, (await engine.create("ada")).id
    answer = await engine.patch(ada, {"op": "Add", "path": MANAGER, "value": form(boss)})
    assert answer.body[ENTERPRISE]["manager"] == {"value": boss, "$ref": f"{BASE}/Users/{boss}"}
    assert engine.shelf.records["k2"]["boss"] == "k1"
    again = await engine.patch(ada, replace_(MANAGER, form(boss)))
    assert again.status == 200 and engine.shelf.calls["update"] == 1, "no difference, no write"
    cleared = await engine.patch(ada, {"op": "Remove", "path": MANAGER})
    assert ENTERPRISE not in cleared.body and engine.shelf.records["k2"]["boss"] is None


async def test_a_manager_who_was_never_seen_can_be_read_by_the_id_that_was_shown() -> None:
    engine = Engine()
    engine.shelf.records = {"k8": {"key": "k8", "login": "boss"}, "k9": {"key": "k9", "login": "ada", "boss": "k8"}}
    [ada] = await engine.find('userName eq "ada"')
    boss = ada[ENTERPRISE]["manager"]["value"]
    engine.restart()
    assert (await engine.send("GET", f"/Users/{boss}")).body["userName"] == "boss"


async def test_an_unknown_manager_is_400_in_a_patch_and_left_out_and_named_in_post_and_put() -> None:
    engine = Engine()
    created = await engine.create("ada", **{ENTERPRISE: {"manager": {"value": "nobody"}, "department": "ER"}})
    assert (created.status, created.headers["x-scimgate-ignored"]) == (201, MANAGER + ".value")
    assert created.body[ENTERPRISE] == {"department": "ER"}
    put = await engine.send("PUT", f"/Users/{created.id}", {"userName": "ada", ENTERPRISE: {"manager": "nobody"}})
    assert (put.status, put.headers["x-scimgate-ignored"]) == (200, MANAGER + ".value")
    patched = await engine.patch(created.id, replace_("displayName", "x"), replace_(MANAGER, "nobody"))
    assert (patched.status, patched.body["scimType"]) == (400, "invalidValue")
    assert "display" not in engine.shelf.records["k1"], "all or nothing"


async def test_a_deleted_manager_is_absent_and_leads_nowhere() -> None:
    engine = Engine()
    boss = (await engine.create("boss")).id
    ada = (await engine.create("ada", **{ENTERPRISE: {"manager": {"value": boss}}})).id
    await engine.send("DELETE", f"/Users/{boss}")
    assert ENTERPRISE not in (await engine.send("GET", f"/Users/{ada}")).body
    assert (await engine.patch(ada, replace_(MANAGER, boss))).status == 400


@pytest.mark.parametrize("native", [True, False], ids=["searched natively", "scanned"])
async def test_people_are_found_by_their_manager(native: bool) -> None:
    engine = Engine()
    if native:
        engine.shelf.can = Can(filter={"login": frozenset({"eq"}), "boss": frozenset({"eq"})}, offset=True)
    boss, other = (await engine.create("boss")).id, (await engine.create("other")).id
    ada = (await engine.create("ada", **{ENTERPRISE: {"manager": {"value": boss}}})).id
    for filter in (f'manager eq "{boss}"', f'{MANAGER}.value eq "{boss}"', f'id eq "{ada}" and manager eq "{boss}"'):
        assert [one["id"] for one in await engine.find(filter)] == [ada]
    for filter in (f'manager eq "{other}"', f'id eq "{ada}" and manager eq "{other}"', 'manager eq "nobody"'):
        assert await engine.find(filter) == []


# -- lists of references ---------------------------------------------------------------------------------------------


@pytest.fixture(params=[Circle, AmendingCircle])
def engine(request: pytest.FixtureRequest) -> Engine:
    return Engine(groups=request.param())


async def three(engine: Engine) -> list[str]:
    return [(await engine.create(name)).id for name in ("ada", "grace", "joan")]


def held(engine: Engine, key: str = "g1") -> list[str]:
    assert engine.groups
    return sorted(one["value"] for one in engine.groups.records[key].get("people") or [])


async def test_a_group_is_created_with_its_members_and_shows_them(engine: Engine) -> None:
    ada, grace, _ = await three(engine)
    answer = await engine.group("Staff", ada, grace, externalId="x1")
    assert (answer.status, answer.headers["location"]) == (201, f"{BASE}/Groups/{answer.id}")
    assert answer.body["members"][0] == {"value": ada, "$ref": f"{BASE}/Users/{ada}", "type": "User"}
    assert members(answer) == sorted([ada, grace]) and held(engine) == ["k1", "k2"]
    assert answer.body["externalId"] == "x1"
    outer = await engine.group("Everyone", answer.id)
    assert outer.body["members"] == [{"value": answer.id, "$ref": f"{BASE}/Groups/{answer.id}", "type": "Group"}]


ADD = {"op": "Add", "path": "members"}


def one(id: str) -> list[dict[str, str]]:
    return [{"value": id}]


def without(id: str) -> dict[str, str]:
    return {"op": "remove", "path": f'members[value eq "{id}"]'}


REMOVE = {"op": "Remove", "path": "members"}
REPLACE = {"op": "replace", "path": "members"}
CHANGES: list[tuple[str, Any, list[int]]] = [
    ("add one", lambda i: [{**ADD, "value": one(i[2])}], [0, 1, 2]),
    ("add one that is there", lambda i: [{**ADD, "value": one(i[0])}], [0, 1]),
    ("Entra: several with $ref null", lambda i: [{**ADD, "value": [{"$ref": None, "value": x} for x in i]}], [0, 1, 2]),
    ("RFC: one object, no array", lambda i: [{**ADD, "value": {"value": i[2]}}], [0, 1, 2]),
    ("add without a path", lambda i: [{"op": "add", "value": {"members": one(i[2])}}], [0, 1, 2]),
    ("Entra's old removal: a value list", lambda i: [{**REMOVE, "value": one(i[0])}], [1]),
    ("removal by a filter", lambda i: [without(i[0])], [1]),
    ("removal by either of two filters", lambda i: [without(x) for x in i[:2]], []),
    ("removal of one who is not there", lambda i: [without(i[2])], [0, 1]),
    ("removal of a stranger", lambda i: [{**REMOVE, "value": one("stranger")}], [0, 1]),
    ("replace all", lambda i: [{**REPLACE, "value": one(i[2])}], [2]),
    ("Okta: replace without a path", lambda i: [{"op": "replace", "value": {"members": one(i[2])}}], [2]),
    ("remove all", lambda i: [{"op": "remove", "path": "members"}], []),
    ("replace by nothing", lambda i: [{**REPLACE, "value": []}], []),
    ("add and remove", lambda i: [{**ADD, "value": one(i[2])}, without(i[0])], [1, 2]),
]  # fmt: skip


@pytest.mark.parametrize(("why", "operations", "left"), CHANGES, ids=[row[0] for row in CHANGES])
async def test_members_change_as_the_client_says(engine: Engine, why: str, operations: Any, left: list[int]) -> None:
    ids = await three(engine)
    group = (await engine.group("Staff", *ids[:2])).id
    answer = await engine.change(f"/Groups/{group}", *operations(ids))
    assert (answer.status, answer.body) == (204, None), "whatever the backend can do: nobody wants to see all of them"
    assert held(engine) == [f"k{n + 1}" for n in left]
    read = await engine.send("GET", f"/Groups/{group}")
    assert members(read) == sorted(ids[n] for n in left)


async def test_a_group_is_renamed_and_put_with_other_members(engine: Engine) -> None:
    ids = await three(engine)
    group = (await engine.group("Staff", *ids[:2])).id
    renamed = await engine.change(f"/Groups/{group}", {"op": "replace", "value": {"id": group, "displayName": "Crew"}})
    assert (renamed.body["displayName"], members(renamed)) == ("Crew", sorted(ids[:2]))
    put = await engine.send("PUT", f"/Groups/{group}", {"displayName": "Crew", "members": [{"value": ids[2]}]})
    assert members(put) == [ids[2]]
    assert members(await engine.send("PUT", f"/Groups/{group}", {"displayName": "Crew"})) == []


async def test_an_unknown_member_is_400_that_names_it_and_nothing_changes(engine: Engine) -> None:
    ids = await three(engine)
    group = (await engine.group("Staff", ids[0])).id
    strangers = [f"s{n}" for n in range(12)]
    for method, path, body in (
        ("POST", "/Groups", {"displayName": "Other", "members": [{"value": x} for x in (ids[0], *strangers)]}),
        ("PUT", f"/Groups/{group}", {"displayName": "Staff", "members": [{"value": x} for x in strangers]}),
    ):
        answer = await engine.send(method, path, body)
        assert (answer.status, answer.body["scimType"]) == (400, "invalidValue")
        assert "s0, s1" in answer.body["detail"] and "and 2 more" in answer.body["detail"]
    patched = await engine.change(f"/Groups/{group}", {**ADD, "value": [{"value": ids[1]}, {"value": "s1"}]})
    assert patched.status == 400 and held(engine) == ["k1"]


async def test_a_disabled_user_stays_a_member_and_a_deleted_one_is_not_shown_but_not_lost(engine: Engine) -> None:
    ids = await three(engine)
    group = (await engine.group("Staff", *ids)).id
    await engine.patch(ids[0], replace_("active", False))
    await engine.send("DELETE", f"/Users/{ids[1]}")
    assert members(await engine.send("GET", f"/Groups/{group}")) == sorted([ids[0], ids[2]])
    answer = await engine.change(f"/Groups/{group}", {"op": "remove", "path": f'members[value eq "{ids[2]}"]'})
    assert answer.status in (200, 204)
    assert members(await engine.send("GET", f"/Groups/{group}")) == [ids[0]]
    assert held(engine) == ["k1", "k2"], "the account that is hidden keeps its membership in the backend"


async def test_members_are_fetched_only_when_they_are_asked_for(engine: Engine) -> None:
    assert engine.groups
    ids = await three(engine)
    group = (await engine.group("Staff", *ids)).id
    engine.groups.calls.clear()
    engine.groups.asked.clear()
    [found] = await engine.find('displayName eq "staff"', "/Groups", "excludedAttributes=members&")
    assert (found["id"], "members" in found, engine.groups.calls) == (group, False, {"find": 1})
    answer = await engine.send("GET", f"/Groups/{group}", query="excludedAttributes=members")
    assert "members" not in answer.body and engine.groups.asked == [frozenset({"key", "name"})]
    [whole] = await engine.find('displayName eq "staff"', "/Groups")
    assert len(whole["members"]) == 3
    listed = await engine.send("GET", "/Groups", query="attributes=displayName")
    assert listed.body["Resources"][0].keys() == {"schemas", "id", "displayName"}
    assert engine.groups.calls == {"find": 3, "get": 2}


@pytest.mark.parametrize("form", ['members eq "{}"', 'members.value eq "{}"', 'members[value eq "{}"]'])
async def test_a_membership_is_asked_for_as_entra_asks(engine: Engine, form: str) -> None:
    ids = await three(engine)
    group = (await engine.group("Staff", ids[0])).id
    await engine.group("Others", ids[1])
    for prefix in (f'id eq "{group}" and ', ""):
        found = await engine.find(prefix + form.format(ids[0]), "/Groups", "attributes=id&")
        assert [one["id"] for one in found] == [group] and found[0].keys() == {"schemas", "id"}
    assert await engine.find(f'id eq "{group}" and ' + form.format(ids[1]), "/Groups") == []
    assert await engine.find(form.format("stranger"), "/Groups") == []


async def test_a_second_group_of_a_name_is_409_and_a_deleted_group_is_really_gone(engine: Engine) -> None:
    assert engine.groups
    group = (await engine.group("Staff")).id
    assert (await engine.group("STAFF", externalId="other")).status == 409
    assert (await engine.send("DELETE", f"/Groups/{group}")).status == 204
    assert (await engine.send("GET", f"/Groups/{group}")).status == 404 and engine.groups.records == {}
    again = await engine.group("Staff")
    assert again.status == 201 and again.id != group


async def test_groups_are_announced(engine: Engine) -> None:
    types = (await engine.send("GET", "/ResourceTypes")).body["Resources"]
    assert [one["endpoint"] for one in types] == ["/Users", "/Groups"]
    schema = await engine.send("GET", "/Schemas/urn:ietf:params:scim:schemas:core:2.0:Group")
    assert [one["name"] for one in schema.body["attributes"]] == ["externalId", "displayName", "members"]


async def test_members_alone_are_changed_without_reading_the_list() -> None:
    engine = Engine(groups=AmendingCircle())
    assert engine.groups
    ids = await three(engine)
    group = (await engine.group("Staff", ids[0])).id
    await engine.counted()
    for operations in (
        [{**ADD, "value": [{"value": ids[1]}, {"value": ids[2]}]}],
        [{**REMOVE, "value": [{"value": ids[1]}, {"value": "stranger"}]}, without(ids[0])],
        [{**ADD, "value": [{"value": ids[0]}]}, without(ids[0])],
    ):
        engine.groups.calls.clear()
        assert (await engine.change(f"/Groups/{group}", *operations)).status == 204
        assert engine.groups.calls == {"amend": 1}
    assert await engine.counted() == {"read": 3 + 3 + 2}, "the group, and each id that is added or removed"
    shown = await engine.send("PATCH", f"/Groups/{group}", {"Operations": [without(ids[0])]}, "attributes=displayName")
    assert shown.status == 200 and shown.body["displayName"] == "Staff" and "members" not in shown.body
    await engine.send("DELETE", f"/Groups/{group}")
    for operations in ([{**ADD, "value": [{"value": ids[1]}]}], [{**REMOVE, "value": [{"value": "stranger"}]}]):
        assert (await engine.change(f"/Groups/{group}", *operations)).status == 404


async def test_a_group_that_is_gone_from_the_backend_is_404_for_a_change_of_its_members() -> None:
    engine = Engine(groups=AmendingCircle())
    assert engine.groups
    ids = await three(engine)
    group = (await engine.group("Staff")).id
    engine.groups.records.clear()
    engine.groups.before["amend"] = gone
    for operations in ([{**ADD, "value": [{"value": ids[1]}]}], [{**REMOVE, "value": [{"value": "stranger"}]}]):
        assert (await engine.change(f"/Groups/{group}", *operations)).status == 404


def gone() -> None:
    raise NotFound("gone")
