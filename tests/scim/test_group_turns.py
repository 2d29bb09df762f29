"""Changes of one group at once, in one process: conditions are kept, and lists are not added up."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

import pytest

from tests.scim.grouping import Groups, each, groups, values

AT_ONCE = 6


@pytest.fixture(params=each(quick=("deltas",)))
def surface(request: pytest.FixtureRequest) -> Iterator[Groups]:
    with groups(request.param) as made:
        yield made


def added(id: str) -> dict[str, object]:
    return {"Operations": [{"op": "add", "path": "members", "value": values([id])}]}


def test_of_those_who_have_read_the_same_version_one_may_write(surface: Groups) -> None:
    ids = surface.people(*(f"p{n}" for n in range(AT_ONCE)))
    group = surface.group("Team")
    tag = surface.send("GET", f"/Groups/{group}").headers["etag"]
    answers = surface.at_once([("PATCH", f"/Groups/{group}", added(id)) for id in ids], if_match=tag)
    told = Counter(answer.status_code for answer in answers)
    assert told[412] == AT_ONCE - 1 and told[200] + told[204] == 1
    [winner] = [id for id, answer in zip(ids, answers, strict=True) if answer.is_success]
    assert surface.members(group) == [winner]


def test_of_those_who_say_who_all_the_members_are_one_is_the_last(surface: Groups) -> None:
    ids = surface.people(*(f"p{n}" for n in range(AT_ONCE)))
    group = surface.group("Team")
    wanted = [sorted((ids[n - 1], ids[n])) for n in range(AT_ONCE)]
    body = [{"displayName": "Team", "members": values(members)} for members in wanted]
    answers = surface.at_once([("PUT", f"/Groups/{group}", one) for one in body])
    assert {answer.status_code for answer in answers} == {200}
    assert surface.members(group) in wanted


def test_adds_and_a_new_name_at_once_are_all_there(surface: Groups) -> None:
    ids = surface.people(*(f"p{n}" for n in range(AT_ONCE)))
    group = surface.group("Team")
    rename = {"Operations": [{"op": "Replace", "path": "displayName", "value": "Crew"}]}
    requests = [("PATCH", f"/Groups/{group}", body) for body in (rename, *map(added, ids))]
    assert {answer.status_code for answer in surface.at_once(requests)} <= {200, 204}
    assert surface.members(group) == sorted(ids)
    assert surface.send("GET", f"/Groups/{group}").json()["displayName"] == "Crew"


def test_one_name_is_given_to_one_group(surface: Groups) -> None:
    ids = surface.people("ada", "bob", "cyd", "dan")
    spelled = ("Team", "TEAM", "team", "tEAM")
    body = [{"displayName": name, "members": values([id])} for name, id in zip(spelled, ids, strict=True)]
    answers = surface.at_once([("POST", "/Groups", one) for one in body])
    assert Counter(answer.status_code for answer in answers) == {201: 1, 409: 3}
    [winner] = [answer.json() for answer in answers if answer.status_code == 201]
    [found] = surface.find('displayName eq "team"')
    assert (found["id"], found["members"]) == (winner["id"], winner["members"])
