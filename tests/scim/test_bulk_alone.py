"""A Bulk of any operations does what the same requests do, one after the other; and no input is too odd for it.

On the directory and on a backend that can do nothing but list.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.conformance.poor import document
from tests.conformance.surface import Surface
from tests.conformance.test_any_input import ANY, spoiled
from tests.scim.bulking import MANAGER, REQUEST, RESPONSE, group, operation, patch, user
from tests.scim.harness import ENTERPRISE

QUICK = settings(max_examples=25, derandomize=True, deadline=None, suppress_health_check=list(HealthCheck))
LONG = settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
DOCUMENTS: dict[str, dict[str, Any]] = {
    "directory": document("directory", {"path": ":memory:"}),
    "poor": document("tests.conformance.poor:PoorAdapter", {}),
}

# -- any operations, whose references go round in no circle --------------------------------------------------------

PEOPLE, TEAMS = ("u0", "u1", "u2", "u3"), ("g0", "g1", "g2")
WHO = st.sampled_from([*PEOPLE, "old"])
TEAM = st.sampled_from([*TEAMS, "crew"])


def named(name: str) -> str:
    """How an operation speaks of somebody: who was there before has a fixed id."""
    return f"{{{name}}}" if name in ("old", "crew") else f"bulkId:{name}"


@st.composite
def posts(draw: st.DrawFn) -> Any:
    """A POST. Who may be whose manager or member is in one order, so that there are no circles."""
    if draw(st.booleans()):
        at = draw(st.integers(0, len(PEOPLE) - 1))
        boss = draw(st.none() | st.sampled_from([*PEOPLE[:at], "old"]))
        given: list[dict[str, Any]] = [{}, {"displayName": "D"}, {"active": False}, {"active": "maybe"}]
        taken = draw(st.sampled_from([PEOPLE[at], PEOPLE[at], PEOPLE[at], "old"]))
        made = user(PEOPLE[at], boss and {"value": named(boss)}, **draw(st.sampled_from(given)))
        return {**made, "data": {**made["data"], "userName": taken}}
    at = draw(st.integers(0, len(TEAMS) - 1))
    inside = draw(st.lists(st.sampled_from([*PEOPLE, *TEAMS[:at], "old"]), max_size=3, unique=True))
    return group(TEAMS[at], *map(named, inside))


SET: list[tuple[str, Any]] = [
    ("displayName", "A"),
    ("displayName", "B"),
    ("active", True),
    ("active", False),
    ("userName", "u0"),
]
CHANGES = st.one_of(
    st.builds(lambda who, what: patch(f"/Users/{named(who)}", "replace", *what), WHO, st.sampled_from(SET)),
    st.builds(lambda who, boss: patch(f"/Users/{named(who)}", "add", MANAGER, {"value": named(boss)}), WHO, WHO),
    st.builds(lambda who, new: operation("PUT", f"/Users/{named(who)}", {"userName": new}), WHO, st.sampled_from("pq")),
    st.builds(
        lambda team, op, who: patch(f"/Groups/{named(team)}", op, "members", [{"value": named(who)}]),
        TEAM, st.sampled_from(["add", "replace", "remove"]), WHO,
    ),
    st.builds(
        lambda team, who: patch(f"/Groups/{named(team)}", "remove", f'members[value eq "{named(who)}"]'), TEAM, WHO
    ),
    st.builds(lambda who: operation("DELETE", f"/Users/{named(who)}"), WHO),
    st.builds(lambda team: operation("DELETE", f"/Groups/{named(team)}"), TEAM),
    st.just(operation("DELETE", "/Users/nobody")),
)  # fmt: skip
PROGRAMS = st.tuples(
    st.lists(posts(), min_size=1, max_size=7, unique_by=lambda one: one["bulkId"]), st.lists(CHANGES, max_size=6)
).flatmap(lambda both: st.permutations([*both[0], *both[1]]))


class Place:
    """A gateway of its own in which `old` and `crew` are already."""

    def __init__(self, kind: str) -> None:
        self.surface = Surface(DOCUMENTS[kind])
        self.ids = {"{old}": self._made("/Users", userName="old")}
        self.ids["{crew}"] = self._made("/Groups", displayName="crew", members=[{"value": self.ids["{old}"]}])

    def _made(self, path: str, **data: Any) -> str:
        return str(self.surface.send("POST", path, data).json()["id"])

    def real(self, part: Any) -> Any:
        """A part of an operation with the ids that are known here."""
        text = json.dumps(part)
        for name in sorted(self.ids, key=len, reverse=True):
            text = text.replace(name, self.ids[name])
        return json.loads(text)

    def standing(self) -> Any:
        """Who is there and who refers to whom, by names; resources of one name are told apart by what they are."""
        people = self.surface.send("GET", "/Users?count=100").json()["Resources"]
        teams = self.surface.send("GET", "/Groups?count=100").json()["Resources"]
        names = {one["id"]: one.get("userName") or one["displayName"] for one in (*people, *teams)}
        return sorted(
            (
                names[one["id"]],
                one.get("displayName"),
                one.get("active"),
                names.get(one.get(ENTERPRISE, {}).get("manager", {}).get("value")),
                sorted(names[member["value"]] for member in one.get("members", [])),
            )
            for one in (*people, *teams)
        )  # fmt: skip


def together(place: Place, operations: list[Any]) -> list[str]:
    """The statuses of one Bulk."""
    sent = {"schemas": [REQUEST], "Operations": place.real(operations)}
    answer = place.surface.send("POST", "/Bulk", sent)
    assert answer.status_code == 200
    return [one["status"] for one in answer.json()["Operations"]]


def one_by_one(place: Place, operations: list[Any]) -> list[str]:
    """The statuses of the same as requests, each after those that make what it refers to."""
    made = {one["bulkId"]: at for at, one in enumerate(operations) if "bulkId" in one}
    statuses: dict[int, str] = {}

    def do(at: int) -> None:
        if at in statuses:
            return
        text = json.dumps([operations[at]["path"], operations[at].get("data")])
        needed = [name for name in (*PEOPLE, *TEAMS) if f"bulkId:{name}" in text]
        if not all(name in made for name in needed):
            statuses[at] = "400"
            return
        for name in sorted(needed, key=lambda name: text.index(f"bulkId:{name}")):
            do(made[name])
        if any(statuses[made[name]] >= "400" for name in needed):
            statuses[at] = "409"
            return
        path, data = place.real(json.loads(text))
        answer = place.surface.send(operations[at]["method"], path, data)
        if operations[at]["method"] == "POST" and answer.status_code == 201:
            place.ids["bulkId:" + operations[at]["bulkId"]] = answer.json()["id"]
        statuses[at] = str(answer.status_code)

    for at in range(len(operations)):
        do(at)
    return [statuses[at] for at in range(len(operations))]


def same(kind: str, program: list[Any]) -> None:
    places = Place(kind), Place(kind)
    try:
        assert together(places[0], program) == one_by_one(places[1], program)
        assert places[0].standing() == places[1].standing()
    finally:
        for place in places:
            place.surface.close()


@pytest.mark.slow
@pytest.mark.parametrize("kind", DOCUMENTS)
def test_a_bulk_does_what_its_requests_do(kind: str) -> None:
    QUICK(given(program=PROGRAMS)(lambda program: same(kind, program)))()


@pytest.mark.slow
@pytest.mark.parametrize("kind", DOCUMENTS)
def test_many_bulks_do_what_their_requests_do(kind: str) -> None:
    LONG(given(program=PROGRAMS)(lambda program: same(kind, program)))()


def test_a_circle_that_the_backend_refuses_says_what_was_made() -> None:
    """The directory has groups in groups, and none that are in themselves."""
    place = Place("directory")
    sent = {"schemas": [REQUEST], "Operations": [group("g0", "bulkId:g1"), group("g1", "bulkId:g0")]}
    told = place.surface.send("POST", "/Bulk", sent).json()["Operations"]
    assert [one["status"] for one in told] == ["201", "400"]
    outer, inner = (place.surface.send("GET", one["location"]).json() for one in told)
    assert [one["value"] for one in outer["members"]] == [inner["id"]]
    assert "members" not in inner
    place.surface.close()


# -- any input -----------------------------------------------------------------------------------------------------

SAID = [
    "bulkId:u0",
    "bulkId:",
    "bulkid:u0",
    "/Users/bulkId:u0",
    "/",
    "//",
    "http://",
    "https://[",
    "/Users?x=%ff",
    "Users#",
]
EXAMPLE = [
    user("u0", {"value": "bulkId:u1", "$ref": "../Users/bulkId:u1"}),
    user("u1", "bulkId:u0"),
    group("g0", "bulkId:u0", "bulkId:g0"),
    patch("/Groups/bulkId:g0", "add", 'members[value eq "bulkId:u1"].display', "bulkId:u1"),
    patch("/Users/bulkId:u0", "add", None, {MANAGER: "bulkId:u1", ENTERPRISE: {"manager": ["bulkId:u1"]}, "name": "x"}),
    operation("PUT", "/Users/bulkId:u1", '{"userName": "u1"}', version="*"),
    operation("DELETE", "/Groups/bulkId:g0", version='W/"1"'),
]
ODD = st.fixed_dictionaries(
    {},
    optional={
        "method": st.sampled_from(["POST", "put", "PATCH", "DELETE", "GET", "", 7]),
        "path": st.sampled_from([*SAID, "/Users", "/Groups", "/Users/x", None, 7]) | st.text(max_size=9),
        "bulkId": st.sampled_from(["u0", "", "\u0000", "é", 7, None, "x" * 5000]) | st.text(max_size=3),
        "version": st.sampled_from(["*", "", '"', 'W/"x"', 7, None, "\n"]),
        "data": ANY | st.sampled_from([*SAID, "{}", '{"userName": "x"}', {"userName": "x"}]),
    },
)
BULKS = st.one_of(
    spoiled(st.just({"schemas": [REQUEST], "Operations": EXAMPLE})),
    spoiled(st.just({"schemas": [REQUEST], "Operations": EXAMPLE})).flatmap(lambda once: spoiled(st.just(once))),
    st.fixed_dictionaries({"Operations": st.lists(ODD | st.sampled_from(EXAMPLE), max_size=6)},
                          optional={"failOnErrors": st.sampled_from([0, 1, 2, None, "1", -1, 10**30])}),
)  # fmt: skip


@pytest.fixture(scope="module", params=DOCUMENTS)
def surface(request: pytest.FixtureRequest) -> Iterator[Surface]:
    made = Surface(DOCUMENTS[request.param])
    yield made
    made.close()


def told(surface: Surface, sent: Any) -> None:
    """One Bulk; what the gateway raises would be raised here."""
    answer = surface.send("POST", "/Bulk", sent)
    if answer.status_code != 200:
        return
    operations = next(value for name, value in sent.items() if name.lower() == "operations")
    assert answer.json()["schemas"] == [RESPONSE]
    answers = answer.json()["Operations"]
    patient = not any(name.lower() == "failonerrors" for name in sent)
    assert len(answers) == len(operations) or not patient
    for one in answers:
        assert one["status"] < "500", one
        assert one["status"] < "400" or len(one["response"]["detail"]) < 400
    assert surface.send("GET", "/Users?count=50").status_code == 200, "whatever was stored can be read"


test_no_bulk_is_answered_by_a_500 = QUICK(given(sent=BULKS)(told))
test_no_bulk_of_many_is_answered_by_a_500 = pytest.mark.slow(LONG(given(sent=BULKS)(told)))
