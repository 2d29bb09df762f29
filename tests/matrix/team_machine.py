"""The state machine of people and groups, with all that can be asked of groups and with people who come back."""

from __future__ import annotations

from typing import Any, ClassVar

from hypothesis import strategies as st
from hypothesis.stateful import Bundle, precondition, rule

from tests.conformance.people_machine import Json, fold
from tests.conformance.poor import document
from tests.conformance.test_stateful import GROUP, NAMES, Directory

FORMS = st.sampled_from(["list", "flag", "pathless", "both"])
ADAPTERS = {
    "directory": ("directory", {"path": ":memory:"}),
    "poor": ("tests.conformance.poor:PoorAdapter", {}),
}


def configured(adapter: str, policy: str) -> Json:
    """A gateway with one connection."""
    made = document(*ADAPTERS[adapter])
    made["connections"]["acme"]["on_delete"] = policy
    return made


class Teams(Directory):
    """What the dictionary holds of a group is its name, and the ids of people and groups that are in it."""

    anybody = Directory.anybody
    anything: Bundle[str] = Directory.anything
    circles: ClassVar[bool] = False
    """Whether the backend lets groups hold each other."""
    tells: ClassVar[bool] = True
    """Whether it tells of a person's groups."""

    # -- what is known ---------------------------------------------------------------------------------------------

    def unknown(self, ids: list[str]) -> bool:
        return bool(set(ids) - self.people.keys() - self.teams.keys())

    def inside(self, team: str) -> set[str]:
        """The groups in a group, at any depth."""
        found: set[str] = set()
        new = self.teams[team]["members"] & self.teams.keys()
        while new:
            found |= new
            new = {one for inner in new for one in self.teams[inner]["members"] & self.teams.keys()} - found
        return found

    def refused(self, team: str, ids: list[str]) -> bool:
        """Whether a group may not have these members: nobody knows one, or it would hold itself."""
        inner = [id for id in ids if id in self.teams]
        return self.unknown(ids) or any(id == team or (not self.circles and team in self.inside(id)) for id in inner)

    def forget(self, id: str) -> None:
        for team in self.teams.values():
            team["members"].discard(id)

    # -- requests --------------------------------------------------------------------------------------------------

    @rule(team=anything)
    def disband(self, team: str) -> None:
        super().disband(team)
        self.forget(team)

    @precondition(lambda self: self.teams)
    @rule(team=anything, name=NAMES, path=st.booleans())
    def rename_team(self, team: str, name: str, path: bool) -> None:
        operation: Json = {"op": "replace", "value": {"id": team, "displayName": name}}
        if path:
            operation = {"op": "Replace", "path": "displayName", "value": name}
        answer = self.surface.patch(f"/Groups/{team}", operation)
        if team not in self.teams:
            assert answer.status_code == 404
        elif self.named(name, but=team):
            assert (answer.status_code, answer.json()["scimType"]) == (409, "uniqueness")
        else:
            assert answer.status_code == 200
            self.teams[team]["displayName"] = name

    @precondition(lambda self: self.teams)
    @rule(team=anything, name=NAMES, ids=st.lists(anybody | anything, max_size=3))
    def put_team(self, team: str, name: str, ids: list[str]) -> None:
        body = {"schemas": [GROUP], "displayName": name, "members": [{"value": id} for id in ids]}
        answer = self.surface.send("PUT", f"/Groups/{team}", body)
        self._settled(team, name, set(ids), answer, ids)

    @precondition(lambda self: self.teams)
    @rule(team=anything, name=NAMES, into=st.lists(anybody | anything, max_size=2), out=anybody | anything)
    def change_team(self, team: str, name: str, into: list[str], out: str) -> None:
        """Name and members in one PATCH: all of it or nothing."""
        operations = [
            {"op": "Add", "path": "members", "value": [{"value": id, "$ref": None} for id in into]},
            {"op": "Replace", "path": "displayName", "value": name},
            {"op": "remove", "path": f'members[value eq "{out}"]'},
        ]
        answer = self.surface.patch(f"/Groups/{team}", *operations)
        held = self.teams.get(team, {"members": set()})["members"]
        added = [id for id in into if id != out and id not in held]
        self._settled(team, name, (held | set(into)) - {out}, answer, added)

    def _settled(self, team: str, name: str, members: set[str], answer: Any, added: list[str]) -> None:
        if team not in self.teams:
            assert answer.status_code == 404
            return
        fresh = [id for id in added if id not in self.teams[team]["members"]]
        if answer.status_code >= 400:
            assert self.refused(team, fresh) or self.named(name, but=team), answer.text
            assert answer.status_code in (400, 409)
            return
        assert not self.refused(team, fresh) and not self.named(name, but=team)
        self.teams[team] = {"displayName": name, "members": members}

    @precondition(lambda self: self.teams)
    @rule(team=anything, id=anybody | anything, into=st.booleans(), form=FORMS)
    def amend_one(self, team: str, id: str, into: bool, form: str) -> None:
        """One member in or out, in the forms of Entra, Okta and JumpCloud; twice, since clients repeat."""
        members = [{"value": id}]
        if form == "pathless" and into:
            operations: list[Json] = [{"op": "add", "value": {"members": members}}]
        elif form == "flag" and not into:
            operations = [{"op": "remove", "path": f'members[value eq "{id}"]'}]
        else:
            operations = [{"op": "Add" if into else "Remove", "path": "members", "value": members}]
        answers = [
            self.surface.patch(f"/Groups/{team}", *(operations * (2 if form == "both" else 1))) for _ in range(2)
        ]
        if team not in self.teams:
            assert {one.status_code for one in answers} == {404}
        elif into and id not in self.teams[team]["members"] and self.refused(team, [id]):
            assert {one.status_code for one in answers} == {400}
        else:
            assert {one.status_code for one in answers} <= {200, 204}
            (self.teams[team]["members"].add if into else self.teams[team]["members"].discard)(id)

    # -- questions -------------------------------------------------------------------------------------------------

    @rule(id=anybody | anything, form=st.sampled_from(['members eq "{}"', 'members[value eq "{}"]']))
    def reference_checks(self, id: str, form: str) -> None:
        for team, one in self.teams.items():
            asked = {"filter": f'id eq "{team}" and {form.format(id)}', "attributes": "id"}
            found = self.surface.send("GET", "/Groups", params=asked).json()["Resources"]
            assert [group["id"] for group in found] == ([team] if id in one["members"] else [])

    @rule(name=NAMES)
    def match_team(self, name: str) -> None:
        asked = {"filter": f'displayName eq "{name}"', "excludedAttributes": "members"}
        found = self.surface.send("GET", "/Groups", params=asked).json()["Resources"]
        assert {one["id"] for one in found} == {
            id for id, one in self.teams.items() if fold(one["displayName"]) == fold(name)
        }
        assert not any("members" in one for one in found)

    @rule()
    def the_list_of_teams_is_the_dictionary(self) -> None:
        told = self.surface.send("GET", "/Groups").json()["Resources"]
        assert {one["id"]: {member["value"] for member in one.get("members", [])} for one in told} == {
            id: one["members"] for id, one in self.teams.items()
        }

    @rule(id=anybody)
    def groups_of(self, id: str) -> None:
        if not self.tells or id not in self.people:
            return
        told = self.surface.send("GET", f"/Users/{id}").json().get("groups", [])
        direct = {team for team, one in self.teams.items() if id in one["members"]}
        around = {team for team in self.teams if self.inside(team) & direct} - direct
        assert {one["value"]: one["type"] for one in told} == {
            **dict.fromkeys(direct, "direct"),
            **dict.fromkeys(around, "indirect"),
        }

    def members(self) -> list[str]:
        """The people who are in a group."""
        return sorted(self.people.keys() & {id for team in self.teams.values() for id in team["members"]})

    @precondition(lambda self: self.members())
    @rule(target=anybody, data=st.data())
    def come_back(self, data: Any) -> Any:
        """A member who is deleted and created again is somebody new, and in no group."""
        id = data.draw(st.sampled_from(self.members()))
        person = self.people[id]
        self.delete(id)
        written = {name: person[name] for name in ("displayName", "title", "work", "department")}
        again = self.create(person["userName"], written)
        self.the_list_of_teams_is_the_dictionary()
        return again


class Leaving(Teams):
    """The same where people are deleted by disabling them: who comes back gets the login, others do not."""

    configuration: ClassVar[Json] = configured("directory", "disable")

    def __init__(self) -> None:
        super().__init__()
        self.left: set[str] = set()

    def taken(self, login: str, but: str = "") -> bool:
        return super().taken(login, but) or bool(but and str(fold(login)) in self.left)

    def create(self, login: str, written: Json) -> Any:
        made = super().create(login, written)
        self.left.discard(str(fold(login)))
        return made

    @rule(id=Directory.anybody)
    def delete(self, id: str) -> None:
        if id in self.people:
            self.left.add(str(fold(self.people[id]["userName"])))
        super().delete(id)


class Poor(Teams):
    """The same questions of a backend that can do next to nothing."""

    configuration: ClassVar[Json] = configured("poor", "delete")
    circles, tells = True, False


class PoorLeaving(Leaving):
    """Such a backend, in which people are deleted by disabling them."""

    configuration: ClassVar[Json] = configured("poor", "disable")
    circles, tells = True, False
