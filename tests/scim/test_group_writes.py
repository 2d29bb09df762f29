"""Groups created, renamed, replaced and changed, over HTTP and before backends of every kind: the ends are the same.

Each row starts with the groups Staff (ada, bob) and Crew (bob). PATCH in all dialects is in tests/corpus/patches_groups.py.
"""

# ruff: noqa: E501 - a row is a line

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, NamedTuple

import pytest

from tests.corpus.patch_row import Patch
from tests.corpus.patches_groups import ROWS
from tests.scim.grouping import NESTING, Groups, each, groups, values
from tests.scim.harness import GROUP

Json = dict[str, Any]
UNIQUENESS, VALUE, MUTABILITY = (409, "uniqueness"), (400, "invalidValue"), (400, "mutability")
OK = (200, 201, 204)
ADSCIM = "http://schemas.microsoft.com/2006/11/ResourceManagement/ADSCIM/2.0/Group"
ADA, BOB, CYD, NOBODY = ({"value": f"{{{name}}}"} for name in ("ada", "bob", "cyd", "nobody"))


class Row(NamedTuple):
    """`end` is what `team` is then (by default Staff): its name, and who is in it."""

    why: str
    request: tuple[str, str, Any]
    answer: Any
    end: tuple[str, str]


def post(why: str, body: Any, answer: Any = OK, end: tuple[str, str] = ("Staff", "ada bob")) -> Row:
    return Row(why, ("POST", "/Groups", body), answer, end)


def put(why: str, body: Any, answer: Any = OK, end: tuple[str, str] = ("Staff", "ada bob")) -> Row:
    return Row(why, ("PUT", "/Groups/{staff}", body), answer, end)


def patch(why: str, *operations: Json, answer: Any = OK, end: tuple[str, str] = ("Staff", "ada bob")) -> Row:
    return Row(why, ("PATCH", "/Groups/{staff}", {"Operations": list(operations)}), answer, end)


def change(op: str, path: str | None, value: Any = None) -> Json:
    return {"op": op, **({"path": path} if path else {}), "value": value}


NEW = "New"
WRITES = [
    post("no members", {"displayName": NEW}, end=(NEW, "")),
    post("an empty list of members, as Entra and Okta send it", {"schemas": [GROUP], "displayName": NEW, "members": []}, end=(NEW, "")),
    post("null for members", {"displayName": NEW, "members": None}, end=(NEW, "")),
    post("members", {"displayName": NEW, "members": [ADA, CYD]}, end=(NEW, "ada cyd")),
    post("one member, no array", {"displayName": NEW, "members": ADA}, end=(NEW, "ada")),
    post("a member twice", {"displayName": NEW, "members": [ADA, ADA]}, end=(NEW, "ada")),
    post("a member twice, with a type and without", {"displayName": NEW, "members": [ADA, {**ADA, "type": "User"}]}, end=(NEW, "ada")),
    post("bare texts for members", {"displayName": NEW, "members": ["{ada}", "{bob}"]}, end=(NEW, "ada bob")),
    post("Entra's sample, with a schema of Microsoft's", {"schemas": [GROUP, ADSCIM], "externalId": "e", "displayName": NEW, "members": [], "meta": {"resourceType": "Group"}}, end=(NEW, "")),
    post("without schemas", {"displayName": NEW, "members": [ADA]}, end=(NEW, "ada")),
    post("names in another case", {"DISPLAYNAME": NEW, "Members": [{"VALUE": "{ada}"}]}, end=(NEW, "ada")),
    post("display and $ref of the sender's own", {"displayName": NEW, "members": [{**ADA, "display": "Countess", "$ref": "https://x/1"}]}, end=(NEW, "ada")),
    post("a null $ref", {"displayName": NEW, "members": [{**ADA, "$ref": None}]}, end=(NEW, "ada")),
    post("an id of the sender's own", {"id": "mine", "displayName": NEW}, end=(NEW, "")),
    post("an attribute that nobody knows", {"displayName": NEW, "shoeSize": 5}, end=(NEW, "")),
    post("no name", {"members": [ADA]}, VALUE),
    post("an empty name", {"displayName": ""}, VALUE),
    post("null for a name", {"displayName": None}, VALUE),
    post("a number for a name", {"displayName": 5}, VALUE),
    post("the name of another", {"displayName": "Staff"}, UNIQUENESS),
    post("the name of another in another case", {"displayName": "sTAFF", "members": [CYD]}, UNIQUENESS),
    post("a member whom nobody knows", {"displayName": NEW, "members": [NOBODY]}, VALUE),
    post("a member whom nobody knows among others", {"displayName": NEW, "members": [ADA, NOBODY, BOB]}, VALUE),
    post("a member who was deleted", {"displayName": NEW, "members": [{"value": "{gone}"}]}, VALUE),
    post("a member without an id", {"displayName": NEW, "members": [{"type": "User"}]}, VALUE),
    post("a number for members", {"displayName": NEW, "members": 5}, VALUE),
    put("the same", {"displayName": "Staff", "members": [ADA, BOB]}),
    put("the same in another order, with types", {"displayName": "Staff", "members": [{**BOB, "type": "User"}, ADA]}),
    put("another name", {"displayName": NEW, "members": [ADA, BOB]}, end=(NEW, "ada bob")),
    put("the name in another case", {"displayName": "STAFF", "members": [ADA, BOB]}, end=("STAFF", "ada bob")),
    put("other members", {"displayName": "Staff", "members": [BOB, CYD]}, end=("Staff", "bob cyd")),
    put("another name and other members", {"displayName": NEW, "members": [CYD]}, end=(NEW, "cyd")),
    put("no members: they are cleared (3.5.1)", {"displayName": "Staff"}, end=("Staff", "")),
    put("an empty list", {"displayName": "Staff", "members": []}, end=("Staff", "")),
    put("a member twice", {"displayName": "Staff", "members": [CYD, CYD]}, end=("Staff", "cyd")),
    put("what was read: Okta", {"schemas": [GROUP], "id": "{staff}", "displayName": "Staff", "members": [{**ADA, "$ref": "https://g.example/acme/scim/v2/Users/{ada}", "type": "User"}, BOB], "meta": {"version": "x"}}),
    put("no name", {"members": [ADA]}, VALUE),
    put("the name of another", {"displayName": "crew", "members": [CYD]}, UNIQUENESS),
    put("a member whom nobody knows", {"displayName": NEW, "members": [CYD, NOBODY]}, VALUE),
    patch("another name", change("Replace", "displayName", NEW), end=(NEW, "ada bob")),
    patch("another name, without a path", change("replace", None, {"id": "{staff}", "displayName": NEW}), end=(NEW, "ada bob")),
    patch("the name in another case", change("replace", "displayName", "STAFF"), end=("STAFF", "ada bob")),
    patch("the name of another", change("replace", "displayName", "CREW"), answer=UNIQUENESS),
    patch("the name of another beside members", change("replace", "displayName", "Crew"), change("add", "members", [CYD]), answer=UNIQUENESS),
    patch("an empty name", change("replace", "displayName", ""), answer=MUTABILITY),
    patch("the name removed", change("remove", "displayName"), answer=MUTABILITY),
    patch("a name and members at once", change("replace", "displayName", NEW), change("add", "members", [CYD]), change("remove", 'members[value eq "{ada}"]'), end=(NEW, "bob cyd")),
    patch("one bad member among good ones", change("Add", "members", [CYD, NOBODY]), answer=VALUE),
    patch("one bad member in an operation of its own", change("Add", "members", [CYD]), change("Add", "members", [NOBODY]), answer=VALUE),
    patch("one bad member beside a name", change("Replace", "displayName", NEW), change("Add", "members", [NOBODY]), answer=VALUE),
    patch("one bad member in a replacement", change("Replace", "members", [CYD, NOBODY]), answer=VALUE),
    patch("a member who was deleted", change("Add", "members", [{"value": "{gone}"}]), answer=VALUE),
    patch("a stranger is removed: no matter", change("Remove", "members", [NOBODY, ADA]), end=("Staff", "bob")),
    patch("who was deleted is removed: no matter", change("remove", 'members[value eq "{gone}"]')),
    patch("add and remove the same", change("Add", "members", [CYD]), change("Remove", "members", [CYD])),
    patch("replace all, then add", change("Replace", "members", [ADA]), change("Add", "members", [CYD]), end=("Staff", "ada cyd")),
    patch("by type", change("remove", 'members[type eq "User"]'), end=("Staff", "")),
    patch("by a type that nobody has", change("remove", 'members[type eq "Group"]')),
    patch("all but one", change("remove", 'members[value ne "{ada}"]'), end=("Staff", "ada")),
    patch("an unknown attribute beside members: all or nothing", change("Add", "members", [CYD]), change("add", "shoeSize", "5"), answer=(400, "invalidPath")),
    Row("a group that nobody knows", ("PATCH", "/Groups/nobody", {"Operations": [change("add", "members", [CYD])]}), (404, None), ("Staff", "ada bob")),
    Row("a person's id", ("PATCH", "/Groups/{ada}", {"Operations": [change("add", "members", [CYD])]}), (404, None), ("Staff", "ada bob")),
    Row("PUT of a group that nobody knows", ("PUT", "/Groups/nobody", {"displayName": NEW}), (404, None), ("Staff", "ada bob")),
    Row("DELETE of another group", ("DELETE", "/Groups/{crew}", None), OK, ("Staff", "ada bob")),
    Row("DELETE of a person", ("DELETE", "/Users/{bob}", None), OK, ("Staff", "ada")),
    Row("a person is disabled", ("PATCH", "/Users/{bob}", {"Operations": [change("Replace", "active", "False")]}), OK, ("Staff", "ada bob")),
    Row("a person is renamed", ("PATCH", "/Users/{bob}", {"Operations": [change("replace", "userName", "robert@example.com")]}), OK, ("Staff", "ada bob")),
]  # fmt: skip


LOGINS = ("ada", "bob", "cyd", "gone")
ASKED = ("deltas", "next to nothing", "whole records, without versions", "at the user")


@pytest.fixture(scope="module", params=each(*ASKED, quick=ASKED[:2]))
def surface(request: pytest.FixtureRequest) -> Iterator[Groups]:
    with groups(request.param, on_delete="delete") as made:
        yield made


class House:
    """People, the groups of one row, and what stands in braces."""

    def __init__(self, surface: Groups, people: dict[str, str]) -> None:
        self.surface, self.people = surface, people
        if not people:
            people |= zip(LOGINS, surface.people(*LOGINS), strict=True)
            surface.send("DELETE", f"/Users/{people['gone']}")
        self.ids = {**people, "nobody": "a-stranger"}
        self.ids["staff"] = surface.group("Staff", self.ids["ada"], self.ids["bob"])
        self.ids["crew"] = surface.group("Crew", self.ids["bob"])

    def real(self, document: Any) -> Any:
        text = json.dumps(document)
        for name, id in self.ids.items():
            text = text.replace(f"{{{name}}}", id)
        return json.loads(text)

    def close(self, row: Row) -> None:
        """Without groups again; people who may have changed are others next time."""
        for one in self.surface.send("GET", "/Groups").json()["Resources"]:
            if one["displayName"] != "Administrators":
                self.surface.send("DELETE", f"/Groups/{one['id']}")
        if row.request[1].startswith("/Users"):
            for name in LOGINS:
                self.surface.send("DELETE", f"/Users/{self.people.pop(name)}")


@pytest.fixture(scope="module")
def people(surface: Groups) -> dict[str, str]:
    return {}


@pytest.fixture
def house(surface: Groups, people: dict[str, str], row: Row) -> Iterator[House]:
    made = House(surface, people)
    yield made
    made.close(row)


@pytest.mark.parametrize("row", WRITES, ids=[f"{row.request[0]}: {row.why}" for row in WRITES])
def test_a_write_ends_as_its_sender_means(house: House, row: Row) -> None:
    surface = house.surface
    method, path, body = house.real(row.request)
    before = {one["id"]: one for one in surface.send("GET", "/Groups").json()["Resources"]}
    answer = surface.send(method, path, body)
    if row.answer is OK:
        assert answer.is_success, answer.text
    else:
        assert (answer.status_code, answer.json().get("scimType")) == row.answer
        after = {one["id"]: one for one in surface.send("GET", "/Groups").json()["Resources"]}
        assert after == before, "nothing was written"
        bad = house.ids["nobody"] if "{nobody}" in json.dumps(row.request) else ""
        assert bad in answer.json()["detail"], "who is unknown is named"
    id = answer.json()["id"] if answer.status_code == 201 else house.ids["staff"]
    read = surface.send("GET", f"/Groups/{id}").json()
    assert read["displayName"] == row.end[0]
    assert sorted(one["value"] for one in read.get("members", [])) == sorted(
        house.ids[name] for name in row.end[1].split()
    )
    if answer.status_code in (200, 201) and path.startswith("/Groups"):
        assert answer.json() == read
        assert answer.headers["etag"] == read["meta"]["version"]


DIALECTS = [row for row in ROWS if not isinstance(row.after, tuple)]


@pytest.fixture(scope="module", params=["whole lists, with versions", "next to nothing", "at the user"])
def crowd(request: pytest.FixtureRequest) -> Iterator[tuple[Groups, dict[str, str]]]:
    """Three people and a group, by the names that the corpus has for them; a group in Kintone holds no other."""
    with groups(request.param) as surface:
        ids = {f"{{m{n}}}": surface.user(f"m{n}") for n in (1, 2, 3)}
        yield surface, ids | ({} if request.param == "at the user" else {"{g1}": surface.group("Nested")})


@pytest.mark.slow
@pytest.mark.parametrize("row", DIALECTS, ids=[row.why for row in DIALECTS])
def test_members_are_patched_in_every_dialect(crowd: tuple[Groups, dict[str, str]], row: Patch) -> None:
    """The corpus, before the backends that its own test does not know."""
    surface, ids = crowd
    if "{g1}" not in ids and "{g1}" in json.dumps(row.before) + json.dumps(row.operations):
        pytest.skip("Kintone has no groups in groups.")

    def real(document: Any) -> Any:
        text = json.dumps(document).replace("https://g/scim/v2", "https://g.example/acme/scim/v2")
        for name, id in ids.items():
            text = text.replace(name, id)
        return json.loads(text)

    made = surface.send("POST", "/Groups", real(row.before)).json()
    answer = surface.patch(f"/Groups/{made['id']}", *real(row.operations))
    assert answer.status_code in (200, 204), answer.text
    read, after = surface.send("GET", f"/Groups/{made['id']}").json(), real(row.after)
    for one in (read, after):
        one["members"] = sorted(member["value"] for member in one.get("members", []))
    assert {name: read.get(name) for name in after} == after
    assert surface.send("DELETE", f"/Groups/{made['id']}").status_code == 204


def test_a_group_has_a_life(surface: Groups) -> None:
    """Who is deleted is really gone: its name is free, and its id is never used again."""
    ada, bob = surface.people("eve", "fay")
    first = surface.group("Life", ada)
    assert surface.send("DELETE", f"/Groups/{first}").status_code == 204
    for method, body in (("GET", None), ("DELETE", None), ("PUT", {"displayName": "Life"})):
        assert surface.send(method, f"/Groups/{first}", body).status_code == 404
    assert surface.find('displayName eq "Life"') == surface.find(f'members eq "{ada}"') == []
    second = surface.group("Life", bob)
    assert second != first and surface.members(second) == [bob]
    assert surface.send("GET", f"/Users/{ada}").status_code == 200, "its members stay"
    for path in (f"/Groups/{second}", f"/Users/{ada}", f"/Users/{bob}"):
        surface.send("DELETE", path)


def test_a_version_changes_with_the_members(surface: Groups) -> None:
    """So that a client which says what it has read loses nobody's change."""
    ada, bob = surface.people("eve", "fay")
    group = surface.group("Versions", ada)
    path = f"/Groups/{group}"
    old = surface.send("GET", path).headers["etag"]
    added = change("add", "members", values([bob]))
    assert surface.change(group, added, headers={"if-match": old}).is_success
    for request in (
        {"method": "PUT", "body": {"displayName": "Versions", "members": []}},
        {"method": "PATCH", "body": {"Operations": [change("remove", "members")]}},
        {"method": "DELETE"},
    ):
        assert surface.send(path=path, headers={"if-match": old}, **request).status_code == 412
    assert surface.members(group) == sorted((ada, bob))
    new = surface.send("GET", path).headers["etag"]
    assert new != old and surface.send("GET", path, headers={"if-none-match": new}).status_code == 304
    assert surface.send("DELETE", path, headers={"if-match": new}).status_code == 204
    for id in (ada, bob):
        surface.send("DELETE", f"/Users/{id}")


@pytest.fixture(params=each(*NESTING))
def nesting(request: pytest.FixtureRequest) -> Iterator[Groups]:
    with groups(request.param, on_delete="delete") as made:
        yield made


def test_groups_are_in_groups(nesting: Groups) -> None:
    ada = nesting.user("ada")
    inner = nesting.group("Inner", ada)
    outer = nesting.group("Outer", inner, ada)
    shown = nesting.send("GET", f"/Groups/{outer}").json()["members"]
    assert {one["value"]: one["type"] for one in shown} == {inner: "Group", ada: "User"}
    assert [one["id"] for one in nesting.find(f'members eq "{inner}"')] == [outer]
    assert nesting.change(outer, change("remove", f'members[value eq "{inner}"]')).is_success
    assert nesting.members(outer) == [ada]
    assert nesting.change(outer, change("Add", "members", [{"value": inner, "type": "Group"}])).is_success
    assert nesting.change(inner, change("Replace", "displayName", "Core")).status_code == 200
    assert nesting.members(outer) == sorted((inner, ada))
    assert nesting.send("DELETE", f"/Groups/{inner}").status_code == 204
    assert nesting.members(outer) == [ada], "who is deleted is no member"


def test_a_group_is_not_one_of_its_own_members(nesting: Groups) -> None:
    ada = nesting.user("ada")
    team = nesting.group("Team", ada)
    for operation in (
        change("add", "members", values([team])),
        change("replace", "members", values([ada, team])),
        change("replace", None, {"members": values([team])}),
    ):
        answer = nesting.change(team, operation)
        assert (answer.status_code, answer.json()["scimType"]) == (400, "invalidValue")
    put = nesting.send("PUT", f"/Groups/{team}", {"displayName": "Team", "members": values([team])})
    assert put.status_code == 400 and nesting.members(team) == [ada]


def test_kintone_says_that_it_has_no_groups_in_groups() -> None:
    with groups("at the user") as surface:
        inner = surface.group("Inner")
        answer = surface.send("POST", "/Groups", {"displayName": "Outer", "members": values([inner])})
        assert (answer.status_code, answer.json()["scimType"]) == VALUE and inner in answer.json()["detail"]
        assert surface.find('displayName eq "Outer"') == []
