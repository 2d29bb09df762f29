"""A deleted person is no member of anything: who was deleted by disabling and is created again is in no group."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from scim_adapter import Can, Field
from tests.backends import CIRCLE_FIELDS, AmendingCircle, Circle, lost
from tests.scim.grouping import Groups, each, groups, values
from tests.scim.harness import Engine, replace_


@pytest.fixture(params=each())
def surface(request: pytest.FixtureRequest) -> Iterator[Groups]:
    with groups(request.param, on_delete="disable") as made:
        yield made


def test_who_comes_back_is_in_none_of_the_old_groups(surface: Groups) -> None:
    ada, bob = surface.people("ada", "bob")
    teams = [surface.group(name, ada, bob) for name in ("One", "Two", "Three")]
    other = surface.group("Other", bob)
    assert surface.send("DELETE", f"/Users/{ada}").status_code == 204
    again = surface.user("ada")
    assert again != ada
    assert [surface.members(team) for team in (*teams, other)] == [[bob]] * 4
    assert surface.send("GET", f"/Users/{again}").json().get("groups", []) == []
    assert surface.find(f'members eq "{again}"') == []
    assert surface.change(teams[0], {"op": "add", "path": "members", "value": values([again])}).is_success
    assert surface.members(teams[0]) == sorted([again, bob]), "and can be a member again"


def test_who_is_only_disabled_and_enabled_stays(surface: Groups) -> None:
    [ada] = surface.people("ada")
    team = surface.group("One", ada)
    for active in (False, True):
        assert surface.patch(f"/Users/{ada}", replace_("active", active)).status_code == 200
        assert surface.members(team) == [ada]


KINDS = {
    "every group is read": (Circle, None),
    "the backend finds groups by a member": (Circle, Can(filter={"people": frozenset({"eq"})}, offset=True)),
    "every group is read; deltas": (AmendingCircle, None),
    "found by a member; deltas": (AmendingCircle, Can(filter={"people": frozenset({"eq"})}, offset=True)),
}


@pytest.mark.parametrize("kind", KINDS)
async def test_a_create_that_fails_on_the_way_is_completed_by_its_repetition(kind: str) -> None:
    circle, can = KINDS[kind]
    engine = Engine(groups=circle(can=can), on_delete="disable")
    assert engine.groups
    ada, bob = (await engine.create("ada")).id, (await engine.create("bob")).id
    for name in ("One", "Two"):
        await engine.group(name, ada, bob)
    await engine.send("DELETE", f"/Users/{ada}")
    verb = "amend" if circle is AmendingCircle else "update"
    for hooks in (engine.groups.before, engine.groups.after):
        hooks[verb] = lost
        assert (await engine.create("ada")).status == 503
        hooks.clear()
        assert await engine.find('userName eq "ada"') == [], "nobody sees the account before it is out of its groups"
        assert not engine.shelf.records["k1"]["enabled"]
    again = await engine.create("ada")
    assert again.status == 201 and again.id != ada
    for key in ("g1", "g2"):
        assert [one["value"] for one in engine.groups.records[key]["people"]] == ["k2"]
    natively = any(condition.field == "people" for query in engine.groups.queries for condition in query.where)
    assert natively == (can is not None), "a backend is asked for what it says it can"


@pytest.mark.parametrize("operator", ["eq", "eq-exact"])
async def test_a_native_search_costs_one_call_and_one_for_each_group_that_has_them(operator: str) -> None:
    engine = Engine(groups=AmendingCircle(can=Can(filter={"people": frozenset({operator})}, offset=True)))
    assert engine.groups
    ada, bob = (await engine.create("ada")).id, (await engine.create("bob")).id
    for n in range(20):
        await engine.group(f"Team {n}", *([ada, bob] if n < 2 else [bob]))
    await engine.send("DELETE", f"/Users/{ada}")
    engine.groups.calls.clear()
    assert (await engine.create("ada")).status == 201
    assert engine.groups.calls == {"find": 1, "get": 2, "amend": 2}


@pytest.mark.parametrize(
    ("why", "members"),
    [
        ("clients cannot change it", Field("people", many=True, ref="User", listed=False, mutable="create")),
        ("users are not in it", Field("people", many=True, ref="Group", listed=False)),
        ("it is no list of members", Field("people", ref="User")),
    ],
)
async def test_where_nobody_can_be_taken_out_no_group_is_read(why: str, members: Field) -> None:
    path = "members" if members.many else "urn:example:teams:owner"
    engine = Engine(groups=Circle(fields={"displayName": CIRCLE_FIELDS["displayName"], path: members}))
    assert engine.groups
    ada = (await engine.create("ada")).id
    assert (await engine.group("Staff")).status == 201
    await engine.send("DELETE", f"/Users/{ada}")
    engine.groups.calls.clear()
    assert (await engine.create("ada")).status == 201
    assert not engine.groups.calls, why


async def test_a_refused_create_takes_nobody_out_of_a_group() -> None:
    engine = Engine(groups=Circle(), on_delete="disable")
    assert engine.groups
    ada = (await engine.create("ada")).id
    await engine.group("One", ada)
    await engine.send("DELETE", f"/Users/{ada}")
    assert (await engine.create("ada", active="perhaps")).status == 400
    assert [one["value"] for one in engine.groups.records["g1"]["people"]] == ["k1"]
