"""Extension schemas of a connection's own (RFC 7643 3.3): announced, set, filtered, sorted, patched and cleared."""

from __future__ import annotations

from typing import Any

import pytest

from scim_adapter import Field
from tests.backends import FIELDS, Circle, Shelf
from tests.scim.harness import BASE, ENTERPRISE, Engine, replace_

BADGE = "urn:example:staff:1.0:User"
CAR = "urn:example:cars"
OWN: dict[str, Field | str] = {
    f"{BADGE}:badge": Field("badge", type="integer"),
    f"{BADGE}:remote": Field("remote", type="boolean"),
    f"{BADGE}:since": Field("since", type="dateTime"),
    f"{BADGE}:skills": Field("skills", many=True),
    f"{BADGE}:id": Field("desk"),
    f"{BADGE}:rooms": Field("rooms", type="integer", many=True),
    f"{CAR}:plate": "plate",
}
BLOCK = {"badge": 17, "remote": True, "since": "2026-01-31T12:00:00Z", "skills": ["go", "chess"]}


def engine(**options: Any) -> Engine:
    return Engine(Shelf(fields={**FIELDS, **OWN}), **options)


async def test_schemas_and_resource_types_announce_them() -> None:
    told = {one["id"]: one for one in (await engine().send("GET", "/Schemas")).body["Resources"]}
    attributes = {one["name"]: (one["type"], one["multiValued"]) for one in told[BADGE]["attributes"]}
    assert attributes == {
        "badge": ("integer", False),
        "remote": ("boolean", False),
        "since": ("dateTime", False),
        "skills": ("string", True),
        "id": ("string", False),
        "rooms": ("integer", True),
    }
    assert (await engine().send("GET", f"/Schemas/{CAR}")).body["attributes"][0]["name"] == "plate"
    [users] = (await engine().send("GET", "/ResourceTypes")).body["Resources"]
    assert {one["schema"] for one in users["schemaExtensions"]} >= {BADGE, CAR}


async def test_values_live_in_the_backend() -> None:
    one = engine()
    made = await one.create(**{BADGE: BLOCK, CAR: {"plate": "B-1"}})
    assert made.status == 201, made.body
    assert made.body[BADGE] == BLOCK
    assert {BADGE, CAR} < set(made.body["schemas"])
    record = one.shelf.records["k1"]
    assert (record["badge"], record["plate"], record["skills"]) == (17, "B-1", ["go", "chess"])
    shown = await one.send("GET", f"/Users/{made.id}", query=f"attributes={BADGE}:badge")
    assert shown.body[BADGE] == {"badge": 17}


@pytest.mark.parametrize(
    ("filter", "found"),
    [
        (f"{BADGE}:badge eq 17", True),
        (f"{BADGE}:badge gt 17", False),
        (f"{BADGE}:badge gt true", False),
        (f'{BADGE}:badge gt "sixteen"', False),
        (f"{BADGE}:remote eq true", True),
        (f'{BADGE}:since lt "2026-02-01T00:00:00Z"', True),
        (f'{BADGE}:skills eq "CHESS"', True),
        (f'{CAR}:plate sw "b-"', True),
        ("badge eq 17", True),
    ],
)
async def test_they_are_searched_and_sorted(filter: str, found: bool) -> None:
    one = engine()
    await one.create(**{BADGE: BLOCK, CAR: {"plate": "B-1"}})
    assert len(await one.find(filter)) == found
    assert (await one.send("GET", "/Users", query=f"sortBy={BADGE}:badge")).status == 200


@pytest.mark.parametrize(
    ("why", "operation", "block"),
    [
        ("a path", replace_(f"{BADGE}:badge", 18), {**BLOCK, "badge": 18}),
        ("Entra's keys without a path", {"op": "add", "value": {f"{BADGE}:badge": 18}}, {**BLOCK, "badge": 18}),
        ("a block without a path", {"op": "replace", "value": {BADGE: {"badge": 18}}}, {**BLOCK, "badge": 18}),
        ("a value is added", {"op": "add", "path": f"{BADGE}:skills", "value": ["tea"]},
         {**BLOCK, "skills": ["go", "chess", "tea"]}),
        ("a value that is there is added", {"op": "add", "path": f"{BADGE}:skills", "value": ["tea", "go", "go"]},
         {**BLOCK, "skills": ["go", "chess", "tea"]}),
        ("an id that is their own", {"op": "add", "value": {BADGE: {"id": "7"}}}, {**BLOCK, "id": "7"}),
        ("a value is removed", {"op": "remove", "path": f"{BADGE}:skills", "value": ["GO"]},
         {**BLOCK, "skills": ["chess"]}),
        ("a number is added", {"op": "add", "path": f"{BADGE}:rooms", "value": [7, 8, 7]}, {**BLOCK, "rooms": [7, 8]}),
        ("a value named as the parts of others are", {"op": "add", "path": f"{BADGE}:skills", "value": ["values"]},
         {**BLOCK, "skills": ["go", "chess", "values"]}),
        ("removed", {"op": "remove", "path": f"{BADGE}:badge"}, {k: v for k, v in BLOCK.items() if k != "badge"}),
        ("the whole extension removed", {"op": "remove", "path": BADGE}, None),
        ("text for a boolean", replace_(f"{BADGE}:remote", "False"), {**BLOCK, "remote": False}),
    ],
)  # fmt: skip
async def test_they_are_patched(why: str, operation: dict[str, Any], block: Any) -> None:
    one = engine()
    id = (await one.create(**{BADGE: BLOCK})).id
    answer = await one.patch(id, operation)
    assert (answer.status, answer.body.get(BADGE)) == (200, block), (why, answer.body)


async def test_a_value_of_another_type_is_refused() -> None:
    answer = await engine().create(**{BADGE: {"badge": "seventeen"}})
    assert (answer.status, answer.body["scimType"]) == (400, "invalidValue")
    assert "badge" in answer.body["detail"]


async def test_what_the_backend_lacks_may_be_kept() -> None:
    one = Engine(keep=("externalId", f"{CAR}:plate"))
    id = (await one.create(**{CAR: {"plate": "B-1"}})).id
    assert (await one.send("GET", f"/Users/{id}")).body[CAR] == {"plate": "B-1"}
    assert [user["id"] for user in await one.find(f'{CAR}:plate eq "b-1"')] == [id]


@pytest.mark.parametrize("path", ["urn:example", "urn:x:car.door", 'urn:x:cars[type eq "a"].value'])
def test_a_path_that_is_no_attribute_is_refused_at_the_start(path: str) -> None:
    with pytest.raises(ValueError, match="must be a URN, a colon and the name of one simple attribute"):
        Engine(Shelf(fields={**FIELDS, path: "x"}))


async def test_a_boolean_of_that_name_is_no_mark_of_a_primary_value() -> None:
    one = Engine(Shelf(fields={**FIELDS, f"{CAR}:primary": Field("remote", type="boolean")}))
    refused = await one.create(**{CAR: {"primary": "perhaps"}})
    assert (refused.status, refused.body["scimType"]) == (400, "invalidValue")


MENTOR, BUDDIES = f"{BADGE}:mentor", f"{BADGE}:buddies"


@pytest.mark.parametrize("path", [MENTOR, BUDDIES])
async def test_they_may_be_references(path: str) -> None:
    many, name = path == BUDDIES, path.rpartition(":")[2]
    one = Engine(Shelf(fields={**FIELDS, path: Field("other", ref="User", many=many)}))
    ada, eve = [(await one.create(userName=name)).id for name in ("ada", "eve")]

    def shown(id: str) -> Any:
        link = {"value": id, "$ref": f"{BASE}/Users/{id}"}
        return [{**link, "type": "User"}] if many else link

    made = await one.create(userName="bob", **{BADGE: {name: [{"value": ada}] if many else {"value": ada}}})
    assert made.status == 201, made.body
    assert made.body[BADGE] == {name: shown(ada)}
    assert one.shelf.records["k3"]["other"] == ([{"value": "k1", "type": "User"}] if many else "k1"), (
        "the backend has its own key"
    )
    await one.patch(made.id, replace_(path, [{"value": eve}] if many else eve))
    changed = await one.send("GET", f"/Users/{made.id}")
    assert changed.body[BADGE] == {name: shown(eve)}
    assert [found["userName"] for found in await one.find(f'{path} eq "{eve}"')] == ["bob"]
    stranger = await one.patch(made.id, replace_(path, [{"value": "nobody"}]))
    assert (stranger.status, stranger.body["scimType"]) == (400, "invalidValue")
    await one.patch(made.id, {"op": "remove", "path": path})
    assert BADGE not in (await one.send("GET", f"/Users/{made.id}")).body


async def test_what_is_kept_of_people_is_no_extension_of_groups() -> None:
    locker, colour, floor = "urn:example:staff:1.0:User", "urn:example:teams:1.0:Group", "urn:example:all"
    kept = ("externalId", f"{locker}:locker", f"{colour}:colour", f"{floor}:floor")
    one = Engine(groups=Circle(), keep=kept)
    types = (await one.send("GET", "/ResourceTypes")).body["Resources"]
    told = {type["name"]: {own["schema"] for own in type["schemaExtensions"]} - {ENTERPRISE} for type in types}
    assert told == {"User": {locker, floor}, "Group": {colour, floor}}
    sent = {locker: {"locker": "17"}, colour: {"colour": "red"}, floor: {"floor": "2"}}
    for made, own in (await one.create(**sent), locker), (await one.group("Team", **sent), colour):
        assert {urn for urn in sent if urn in made.body} == {own, floor}
