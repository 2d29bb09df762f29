"""The HTTP surface against a dictionary: whatever order requests come in, the answers are those of the dictionary."""

from __future__ import annotations

from typing import Any, ClassVar

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, initialize, multiple, precondition, rule, run_state_machine_as_test

from tests.conformance.people_machine import Json, People, fold
from tests.conformance.poor import document

GROUP = "urn:ietf:params:scim:schemas:core:2.0:Group"
NAMES = st.sampled_from(["Nurses", "NURSES", "Doctors"])


class Directory(People):
    """Groups too, whose members are people of the dictionary."""

    anybody = People.anybody
    anything: Bundle[str] = Bundle("anything")

    @initialize(target=anything)
    def nothing(self) -> str:
        return "aaaaaaaaaaaaaaaaaaaaaaaaaa"

    def named(self, name: str, but: str = "") -> bool:
        return any(fold(one["displayName"]) == fold(name) for id, one in self.teams.items() if id != but)

    @rule(target=anything, name=NAMES, ids=st.lists(anybody, max_size=3))
    def gather(self, name: str, ids: list[str]) -> Any:
        body = {"schemas": [GROUP], "displayName": name, "members": [{"value": id} for id in ids]} | self.another()
        answer = self.surface.send("POST", "/Groups", body)
        if answer.status_code != 201:
            assert answer.status_code == (400 if set(ids) - self.people.keys() else 409)
            assert set(ids) - self.people.keys() or self.named(name)
            return multiple()
        assert not self.named(name)
        id: str = answer.json()["id"]
        self.teams[id] = {"displayName": name, "members": set(ids)}
        return id

    @precondition(lambda self: self.teams)
    @rule(
        team=anything, ids=st.lists(anybody, min_size=1, max_size=3), how=st.sampled_from(["Add", "Remove", "replace"])
    )
    def amend(self, team: str, ids: list[str], how: str) -> None:
        members = [{"value": id} for id in ids]
        answer = self.surface.patch(f"/Groups/{team}", {"op": how, "path": "members", "value": members})
        if team not in self.teams:
            assert answer.status_code == 404
        elif how != "Remove" and set(ids) - self.people.keys():
            assert answer.status_code == 400
        else:
            assert answer.status_code in (200, 204)
            held = self.teams[team]["members"]
            self.teams[team]["members"] = {"Add": held | set(ids), "Remove": held - set(ids), "replace": set(ids)}[how]

    @rule(team=anything)
    def disband(self, team: str) -> None:
        answer = self.surface.send("DELETE", f"/Groups/{team}")
        assert answer.status_code == (204 if self.teams.pop(team, None) else 404)

    @rule(team=anything)
    def read_team(self, team: str) -> None:
        answer = self.surface.send("GET", f"/Groups/{team}")
        assert answer.status_code == (200 if team in self.teams else 404)
        if team in self.teams:
            shown = answer.json()
            held = {"displayName": shown["displayName"], "members": {one["value"] for one in shown.get("members", [])}}
            assert held == self.teams[team]

    @rule(id=anybody)
    def search_teams(self, id: str) -> None:
        answer = self.surface.send("GET", "/Groups", params={"filter": f'members eq "{id}"', "attributes": "id"}).json()
        expected = {team for team, one in self.teams.items() if id in one["members"]}
        assert {one["id"] for one in answer["Resources"]} == expected


class Poor(Directory):
    """The same questions of a backend that can do next to nothing."""

    configuration: ClassVar[Json] = document("tests.conformance.poor:PoorAdapter", {})


FEW = settings(
    max_examples=12, stateful_step_count=25, derandomize=True, deadline=None, suppress_health_check=list(HealthCheck)
)
MANY = settings(max_examples=60, stateful_step_count=40, deadline=None, suppress_health_check=list(HealthCheck))


@pytest.mark.slow
@pytest.mark.parametrize("machine", [Directory, Poor])
def test_the_surface_answers_as_the_dictionary_does(machine: type[Directory]) -> None:
    run_state_machine_as_test(machine, settings=FEW)


@pytest.mark.slow
@pytest.mark.parametrize("machine", [Directory, Poor])
def test_the_surface_answers_as_the_dictionary_does_for_long(machine: type[Directory]) -> None:
    run_state_machine_as_test(machine, settings=MANY)
