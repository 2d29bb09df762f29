"""What clients ask about groups, over HTTP and before backends of every kind: the answers are the same."""

# ruff: noqa: E501 - a row is a line

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

import pytest

from tests.scim.grouping import NESTING, Groups, each, groups


class House(NamedTuple):
    """One world for all questions: three people and two groups; `ids` by the words that rows have in braces."""

    backend: str
    surface: Groups
    ids: dict[str, str]

    @property
    def own(self) -> list[str]:
        """Groups that the backend has from the beginning."""
        return ["Administrators"] if self.backend == "at the user" else []

    def real(self, text: str) -> str:
        for name, id in self.ids.items():
            text = text.replace(f"{{{name}}}", id)
        return text


@pytest.fixture(scope="module", params=each())
def house(request: pytest.FixtureRequest) -> Iterator[House]:
    with groups(request.param) as surface:
        ids = dict(zip(("ada", "bob", "cyd"), surface.people("ada", "bob", "cyd"), strict=True))
        ids["staff"] = surface.group("Staff", ids["ada"], ids["bob"], externalId="E-Staff")
        ids["crew"] = surface.group("Crew & Co", ids["bob"], externalId="E-Crew")
        ids["empty"] = surface.group("Nobody")
        yield House(request.param, surface, ids)


ENTRA = {"excludedAttributes": "members"}
FOUND: list[tuple[str, str, str]] = [
    ("match by name", 'displayName eq "Staff"', "staff"),
    ("match by name in another case", 'displayName eq "sTAFF"', "staff"),
    ("match by a name with awkward characters", 'displayName eq "Crew & Co"', "crew"),
    ("nobody has the name: Test Connection", 'displayName eq "1f1f-not-there"', ""),
    ("match by externalId", 'externalId eq "E-Staff"', "staff"),
    ("an externalId minds case (7643 3.1)", 'externalId eq "e-staff"', ""),
    ("nobody has the externalId", 'externalId eq "E-Nobody"', ""),
    ("match by both", 'externalId eq "E-Staff" and displayName eq "Staff"', "staff"),
    ("match by either", 'externalId eq "E-Crew" or displayName eq "staff"', "crew staff"),
    ("by id", 'id eq "{staff}"', "staff"),
    ("by an id that is a person's", 'id eq "{ada}"', ""),
    ("reference check, older: a member", 'id eq "{staff}" and members eq "{ada}"', "staff"),
    ("reference check, older: no member", 'id eq "{staff}" and members eq "{cyd}"', ""),
    ("reference check, older: nobody", 'id eq "{staff}" and members eq "nobody"', ""),
    ("reference check of an unknown group", 'id eq "nobody" and members eq "{ada}"', ""),
    ("reference check, the other way round", 'members eq "{ada}" and id eq "{staff}"', "staff"),
    ("reference check: a member", 'id eq "{staff}" and members[value eq "{bob}"]', "staff"),
    ("reference check: no member", 'id eq "{crew}" and members[value eq "{ada}"]', ""),
    ("reference check in capitals", 'ID EQ "{staff}" AND MEMBERS[VALUE EQ "{bob}"]', "staff"),
    ("the groups of a person", 'members[value eq "{bob}"]', "crew staff"),
    ("the groups of a person, older", 'members eq "{bob}"', "crew staff"),
    ("the groups of a person, dotted", 'members.value eq "{ada}"', "staff"),
    ("the groups of who is in none", 'members eq "{cyd}"', ""),
    ("the groups of either", 'members eq "{ada}" or members eq "{bob}"', "crew staff"),
    ("the groups of both", 'members eq "{ada}" and members eq "{bob}"', "staff"),
    ("both in one value: nobody", 'members[value eq "{ada}" and value eq "{bob}"]', ""),
    ("with a type", 'members[value eq "{ada}" and type eq "User"]', "staff"),
    ("with another type", 'members[value eq "{ada}" and type eq "Group"]', ""),
    ("by URL", 'members.$ref co "{ada}"', "staff"),
    ("who has members", "members pr", "crew staff"),
    ("who has none", "not (members pr)", "empty"),
    ("not with this member", 'displayName pr and not (members eq "{ada}")', "crew empty"),
    ("a part of a name", 'displayName sw "cre"', "crew"),
    ("of the resource type", 'meta.resourceType eq "Group" and displayName eq "Staff"', "staff"),
]


@pytest.mark.parametrize(("why", "filter", "expected"), FOUND, ids=[row[0] for row in FOUND])
def test_a_filter_finds_these(house: House, why: str, filter: str, expected: str) -> None:
    asked = house.real(filter)
    for more in ({}, ENTRA, {"attributes": "id"}):
        found = [one for one in house.surface.find(asked, **more) if one.get("displayName") not in house.own]
        assert sorted({one["id"] for one in found} & set(house.ids.values())) == sorted(
            house.ids[name] for name in expected.split()
        )
        assert not more or all("members" not in one for one in found)


@pytest.mark.parametrize(
    "filter", ["members eq", 'member eq "x"', 'members[value eq "{ada}"', 'members[shoeSize eq "x"]']
)
def test_a_filter_that_cannot_be_read_is_400(house: House, filter: str) -> None:
    answer = house.surface.send("GET", "/Groups", params={"filter": house.real(filter)})
    assert (answer.status_code, answer.json()["scimType"]) == (400, "invalidFilter")


ALL = {"schemas", "id", "displayName", "externalId", "members", "meta"}
PART = {"value", "$ref", "type"}
"""A member's name is told on request (`returned` of the schema), so that nobody pays for it in a list of thousands."""
SHOWN: list[tuple[str, dict[str, str], set[str], set[str]]] = [
    ("all", {}, ALL, PART),
    ("Entra reads without members", ENTRA, ALL - {"members"}, set()),
    ("in another case", {"excludedAttributes": "Members"}, ALL - {"members"}, set()),
    ("with the URN", {"excludedAttributes": "urn:ietf:params:scim:schemas:core:2.0:Group:members"}, ALL - {"members"}, set()),
    ("without members and name", {"excludedAttributes": "members,displayName"}, ALL - {"members", "displayName"}, set()),
    ("without a part of members", {"excludedAttributes": "members.type"}, ALL, PART - {"type"}),
    ("only members", {"attributes": "members"}, {"schemas", "id", "members"}, PART),
    ("only a part of members", {"attributes": "members.value"}, {"schemas", "id", "members"}, {"value"}),
    ("with the names of members", {"attributes": "members.value,members.display"}, {"schemas", "id", "members"}, {"value", "display"}),
    ("only names", {"attributes": "displayName"}, {"schemas", "id", "displayName"}, set()),
    ("what nobody knows is left out", {"attributes": "displayName,shoeSize"}, {"schemas", "id", "displayName"}, set()),
]  # fmt: skip


@pytest.mark.parametrize(("why", "query", "names", "parts"), SHOWN, ids=[row[0] for row in SHOWN])
def test_a_read_shows_what_was_asked_for(
    house: House, why: str, query: dict[str, str], names: set[str], parts: set[str]
) -> None:
    path, filter = f"/Groups/{house.ids['staff']}", {"filter": 'displayName eq "Staff"'}
    read = house.surface.send("GET", path, params=query).json()
    read.get("meta", {}).pop("created", None)  # a list of a backend that does not know it does not either
    [listed] = house.surface.send("GET", "/Groups", params=filter | query).json()["Resources"]
    searched = house.surface.send("POST", "/Groups/.search", filter | query).json()["Resources"]
    for one in (listed, *searched):
        one.get("meta", {}).pop("created", None)
        assert one == read
    assert read.keys() == names
    unsaid = {"display"} if house.backend == "next to nothing" else set()
    assert {name for one in read.get("members", []) for name in one} == parts - unsaid


def test_members_are_told_by_our_ids(house: House) -> None:
    read = house.surface.send("GET", f"/Groups/{house.ids['staff']}").json()
    named = house.surface.send("GET", f"/Groups/{read['id']}", params={"attributes": "members"}).json()
    assert named["members"] == read["members"]
    base = "https://g.example/acme/scim/v2"
    assert sorted(one["value"] for one in read["members"]) == sorted((house.ids["ada"], house.ids["bob"]))
    for one in read["members"]:
        assert (one["$ref"], one["type"]) == (f"{base}/Users/{one['value']}", "User")
        assert house.surface.send("GET", one["$ref"].removeprefix(base)).json()["id"] == one["value"]
    assert (read["meta"]["resourceType"], read["meta"]["location"]) == ("Group", f"{base}/Groups/{read['id']}")


@pytest.mark.parametrize("path", ["/Groups/nobody", "/Groups/{ada}", "/Users/{staff}"])
def test_an_id_is_one_of_its_type(house: House, path: str) -> None:
    assert house.surface.send("GET", house.real(path)).status_code == 404


def test_lists_have_every_group_once(house: House) -> None:
    expected = [*house.own, "Crew & Co", "Nobody", "Staff"]
    for query in ({}, {"sortBy": "displayName"}, ENTRA, {"count": "2"}):
        told: list[Any] = []
        while len(told) < len(expected):
            page = house.surface.send("GET", "/Groups", params={**query, "startIndex": len(told) + 1}).json()
            assert page["totalResults"] == len(expected) and page["Resources"]
            told += [one["displayName"] for one in page["Resources"]]
        assert sorted(told) == expected
        assert "sortBy" not in query or told == sorted(told)


GROUPS_OF: list[tuple[str, str, str]] = [
    ("by the group", 'groups eq "{staff}"', "ada bob"),
    ("by the group in brackets", 'groups[value eq "{staff}"]', "ada bob"),
    ("by a group around the group", 'groups.value eq "{all}"', "ada bob cyd"),
    ("directly", 'groups[value eq "{all}" and type eq "direct"]', "cyd"),
    ("not directly", 'groups[value eq "{all}" and type eq "indirect"]', "ada bob"),
    ("in none", "userName pr and not (groups pr)", "dan"),
]


@pytest.fixture(scope="module", params=each(*(name for name in NESTING if name != "next to nothing")))
def nested(request: pytest.FixtureRequest) -> Iterator[House]:
    """People and groups whose backend tells of a person's groups."""
    with groups(request.param) as surface:
        ids = dict(zip(("ada", "bob", "cyd", "dan"), surface.people("ada", "bob", "cyd", "dan"), strict=True))
        ids["staff"] = surface.group("Staff", ids["ada"], ids["bob"])
        ids["all"] = surface.group("All", ids["staff"], ids["cyd"])
        yield House(request.param, surface, ids)


@pytest.mark.parametrize(("why", "filter", "expected"), GROUPS_OF, ids=[row[0] for row in GROUPS_OF])
def test_people_are_found_by_their_groups(nested: House, why: str, filter: str, expected: str) -> None:
    found = nested.surface.find(nested.real(filter), "/Users", attributes="id")
    assert sorted(one["id"] for one in found) == sorted(nested.ids[name] for name in expected.split())


def test_groups_in_groups_are_shown_as_what_they_are(nested: House) -> None:
    read = nested.surface.send("GET", f"/Groups/{nested.ids['all']}").json()
    told = {one["value"]: (one["type"], one["$ref"].rsplit("/", 2)[1]) for one in read["members"]}
    assert told == {nested.ids["staff"]: ("Group", "Groups"), nested.ids["cyd"]: ("User", "Users")}
    person = nested.surface.send("GET", f"/Users/{nested.ids['ada']}").json()
    told = {one["value"]: (one["type"], one["$ref"].rsplit("/", 2)[1]) for one in person["groups"]}
    assert told == {nested.ids["staff"]: ("direct", "Groups"), nested.ids["all"]: ("indirect", "Groups")}


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "path"])
def test_a_persons_groups_are_read_only(nested: House, method: str) -> None:
    """Sent along they are left out (Okta sends `groups: []`); named as what to change they are refused."""
    surface, dan, staff = nested.surface, nested.ids["dan"], nested.ids["staff"]
    sent = {"userName": f"{method}@example.com", "groups": [{"value": staff}]}
    if method == "path":
        answer = surface.patch(f"/Users/{dan}", {"op": "add", "path": "groups", "value": [{"value": staff}]})
        assert (answer.status_code, answer.json()["scimType"]) == (400, "mutability")
        return
    made = surface.user("temporary")
    if method == "POST":
        answer = surface.send("POST", "/Users", sent)
    elif method == "PUT":
        answer = surface.send("PUT", f"/Users/{made}", sent)
    else:
        answer = surface.patch(f"/Users/{made}", {"op": "add", "value": sent})
    assert answer.is_success and "groups" not in answer.json()
    for id in {made, answer.json()["id"]}:
        assert surface.send("DELETE", f"/Users/{id}").status_code == 204
    assert len(surface.members(staff)) == 2
