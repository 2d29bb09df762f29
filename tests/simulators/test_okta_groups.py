"""Group push of the Okta simulator against a strict target: shapes, order, and what is remembered."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from simulators.okta import Group
from simulators.okta.pushes import Pushed
from simulators.okta.state import State
from tests.simulators.okta_people import TEAM, Integration, did, person
from tests.simulators.okta_target import CORE, MESSAGES, OktaTarget, Reply, instead, on, scim_error, serving

FIND = "GET /Groups?filter=displayName%20eq%20%22Team%22&startIndex=1&count=100"
ANN, BOB, CAT = (person(name, groups=("00g1",)) for name in ("ann", "bob", "cat"))
BOB_ALONE = person("bob")


@pytest.fixture
def target() -> Iterator[OktaTarget]:
    with serving() as served:
        yield served


@pytest.fixture
def okta(target: OktaTarget, tmp_path: Path) -> Integration:
    return Integration(target, tmp_path)


def entry(key: str, name: str) -> dict[str, str]:
    return {"value": key, "display": f"{name}@acme.example.com"}


def sent(okta: Integration) -> list[Any]:
    """Lines and bodies of what was sent about groups."""
    calls = [call for call in okta.target.calls if "/Groups" in call.target]
    okta.target.calls.clear()
    return [(call.line, call.json) if call.body else call.line for call in calls]


def patch(key: str, *operations: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    return f"PATCH /Groups/{key}", {"schemas": [f"{MESSAGES}:PatchOp"], "Operations": list(operations)}


def named(key: str, name: str = "Team") -> tuple[str, dict[str, Any]]:
    return patch(key, {"op": "replace", "value": {"id": key, "displayName": name}})


def posted(*members: dict[str, str]) -> tuple[str, dict[str, Any]]:
    return "POST /Groups", {"schemas": [f"{CORE}:Group"], "displayName": "Team", "members": list(members)}


def put(key: str, *members: dict[str, Any], name: str = "Team") -> list[Any]:
    body = {"schemas": [f"{CORE}:Group"], "id": key, "displayName": name, "members": list(members)}
    return [f"GET /Groups/{key}", (f"PUT /Groups/{key}", body)]


A, B, C = entry("u1", "ann"), entry("u2", "bob"), entry("u3", "cat")
ADD, REPLACE = {"op": "add", "path": "members"}, {"op": "replace", "path": "members"}


@pytest.mark.parametrize(
    ("settings", "expected", "why"),
    [
        ({}, [FIND, posted(), named("g1"), patch("g1", {**ADD, "value": [A, B]})], "empty first, members later"),
        ({"create_groups": "members"}, [FIND, posted(A, B), named("g1")], "members in the POST"),
        ({"app": "wizard"}, [FIND, posted(), *put("g1", A, B)], "a wizard app writes the whole"),
        ({"app": "wizard", "create_groups": "members"}, [FIND, posted(A, B), *put("g1", A, B)], "twice over"),
    ],
)
def test_a_new_group_is_looked_up_and_created(
    okta: Integration, settings: dict[str, Any], expected: list[Any], why: str
) -> None:
    report = okta.go(ANN, BOB, groups=(TEAM,), **settings)
    assert (did(report, "groups"), sent(okta)) == ({"created": 1}, expected), why
    assert okta.target.group("Team")["members"] == [A, B], why
    again = okta.go(ANN, BOB, groups=(TEAM,), **settings)
    assert (did(again, "groups"), okta.lines()) == ({"unchanged": 1}, []), why


def test_a_new_group_without_members_gets_its_name_twice(okta: Integration) -> None:
    okta.go(BOB_ALONE, groups=(TEAM,))
    assert sent(okta) == [FIND, posted(), named("g1")]


@pytest.mark.parametrize(
    ("settings", "expected", "why"),
    [
        ({}, [FIND, named("g1"), patch("g1", {**REPLACE, "value": [A]})], "replaced whole"),
        ({"app": "wizard"}, [FIND, *put("g1", A)], "PUT whole"),
    ],
)
def test_a_group_that_is_there_is_linked_and_gets_all_its_members(
    okta: Integration, settings: dict[str, Any], expected: list[Any], why: str
) -> None:
    okta.target.hold("Groups", displayName="Team", members=[{"value": "x", "display": "somebody"}])
    report = okta.go(ANN, groups=(TEAM,), **settings)
    assert (did(report, "groups"), sent(okta)) == ({"linked": 1}, expected), why
    assert okta.target.group("Team")["members"] == [A], why


REMOVE_BOB = {"op": "remove", "path": 'members[value eq "u2"]'}


@pytest.mark.parametrize(
    ("app", "after", "name", "action", "expected", "why"),
    [
        ("catalog", (ANN, BOB, CAT), "Team", "members", [named("g1"), patch("g1", {**ADD, "value": [C]})], "joined"),
        ("catalog", (ANN, BOB_ALONE), "Team", "members", [named("g1"), patch("g1", REMOVE_BOB)], "moved away"),
        ("catalog", (ANN,), "Team", "members", [named("g1"), patch("g1", REMOVE_BOB)], "left the company"),
        (
            "catalog",
            (ANN, BOB_ALONE, CAT),
            "Team",
            "members",
            [named("g1"), patch("g1", REMOVE_BOB, {**ADD, "value": [C]})],
            "removals come first, in one request",
        ),
        ("catalog", (ANN, BOB), "Crew", "renamed", [named("g1", "Crew")], "another name alone"),
        (
            "catalog",
            (ANN, BOB, CAT),
            "Crew",
            "members",
            [named("g1", "Crew"), patch("g1", {**ADD, "value": [C]})],
            "both",
        ),
        ("wizard", (ANN, BOB, CAT), "Team", "members", put("g1", A, B, C), "joined"),
        ("wizard", (ANN,), "Team", "members", put("g1", A), "left"),
        ("wizard", (ANN, BOB), "Crew", "renamed", put("g1", A, B, name="Crew"), "another name"),
    ],
)
def test_a_change_is_sent(
    okta: Integration, app: str, after: tuple[Any, ...], name: str, action: str, expected: list[Any], why: str
) -> None:
    okta.go(ANN, BOB, groups=(TEAM,), app=app)
    okta.target.calls.clear()
    groups = (Group("00g1", name),)
    assert did(okta.go(*after, groups=groups, app=app), "groups") == {action: 1}, why
    assert sent(okta) == expected, why
    assert (did(okta.go(*after, groups=groups, app=app), "groups"), okta.lines()) == ({"unchanged": 1}, []), why


def test_a_put_gives_back_the_display_that_was_read(okta: Integration) -> None:
    """An Okta log shows `display: null` after a target had left it out."""
    okta.go(ANN, groups=(TEAM,), app="wizard")
    okta.target.group("Team")["members"] = [{"value": "u1"}]
    okta.target.calls.clear()
    okta.go(ANN, BOB, groups=(TEAM,), app="wizard")
    assert sent(okta) == put("g1", {"value": "u1", "display": None}, B)


@pytest.mark.parametrize(
    ("people", "members", "why"),
    [((ANN, BOB), [A, B], "all of them"), ((BOB_ALONE,), [], "an empty list replaces, too")],
)
def test_push_now_sends_the_whole_though_nothing_changed(
    okta: Integration, people: tuple[Any, ...], members: list[Any], why: str
) -> None:
    okta.go(*people, groups=(TEAM,))
    key = okta.target.group("Team")["id"]
    okta.target.calls.clear()
    assert did(okta.go(*people, groups=(TEAM,), push_now=True), "groups") == {"pushed": 1}, why
    assert sent(okta) == [named(key), patch(key, {**REPLACE, "value": members})], why


@pytest.mark.parametrize(
    ("settings", "expected", "action", "left", "why"),
    [
        ({}, ["DELETE /Groups/g1"], "deleted", 0, "deleted in the target"),
        ({"keep_groups": True}, [], "unlinked", 1, "left in the target"),
    ],
)
def test_a_group_that_is_no_longer_pushed_is_unlinked(
    okta: Integration, settings: dict[str, Any], expected: list[str], action: str, left: int, why: str
) -> None:
    okta.go(ANN, groups=(TEAM,))
    okta.target.calls.clear()
    assert did(okta.go(ANN, **settings), "groups") == {action: 1}, why
    assert (okta.lines(), len(okta.target.groups)) == (expected, left), why
    assert (did(okta.go(ANN, **settings), "groups"), okta.lines()) == ({}, []), "once is enough"


def test_a_group_that_never_came_to_exist_is_only_forgotten(okta: Integration) -> None:
    okta.target.faults.append(on("POST /Groups", instead(scim_error(400))))
    okta.go(ANN, groups=(TEAM,))
    okta.target.calls.clear()
    assert (did(okta.go(ANN), "groups"), okta.lines()) == ({"unlinked": 1}, [])


def test_what_is_known_of_a_group_goes_with_it(okta: Integration) -> None:
    okta.go(ANN, groups=(TEAM,))
    okta.go(ANN)
    with State(okta.folder / "state.db", okta.target.base) as state:
        assert (state.pushes.get("00g1"), state.pushes.written_members("00g1")) == (Pushed("00g1"), [])


@pytest.mark.parametrize(
    ("where", "reply", "said", "why"),
    [
        ("GET /Groups?f", scim_error(500, "oops"), "HTTP 500", "the look-up"),
        (
            "GET /Groups?f",
            Reply(200, {"totalResults": 1, "Resources": [{"id": "x", "displayName": "A"}]}),
            "another",
            "",
        ),
        (
            "GET /Groups?f",
            Reply(200, {"totalResults": 2, "Resources": [{"id": "x"}, {"id": "y"}]}),
            "2 groups have this displayName",
            "whom to take?",
        ),
        ("POST /Groups", scim_error(409, "taken"), "HTTP 409 Conflict: taken", "a name that only the target sees"),
        ("POST /Groups", Reply(201), "without a resource", "an empty group"),
        ("PATCH /Groups", scim_error(400, "path?"), "HTTP 400 Bad Request: path?", "a server that needs a path"),
        ("PATCH /Groups", scim_error(404), "HTTP 404", "gone between two requests"),
    ],
)
def test_a_failure_becomes_a_task_and_the_next_run_pushes_the_whole(
    okta: Integration, where: str, reply: Reply, said: str, why: str
) -> None:
    okta.target.faults.append(on(where, instead(reply)))
    report = okta.go(ANN, BOB, groups=(TEAM,))
    assert (did(report), did(report, "groups"), report.exit_status) == ({"created": 2}, {"failed": 1}, 1), why
    assert (report.tasks[0].who, said in report.tasks[0].why) == ("Team", True), report.tasks[0].why
    okta.target.faults.clear()
    assert okta.go(ANN, BOB, groups=(TEAM,)).exit_status == 0, why
    assert okta.target.group("Team")["members"] == [A, B], why
    assert len(okta.target.groups) == 1, why


def test_a_group_that_vanished_stays_a_task_and_is_not_created_anew(okta: Integration) -> None:
    okta.go(ANN, groups=(TEAM,))
    okta.target.groups.clear()
    for retried in range(2):
        report = okta.go(ANN, BOB, groups=(TEAM,))
        assert [(task.why, task.retried) for task in report.tasks] == [
            ("PATCH was answered HTTP 404 Not Found: unknown", retried)
        ]
    assert okta.target.groups == {}


@pytest.mark.parametrize(
    ("reply", "exit_status", "forgotten", "why"),
    [
        (Reply(204), 0, True, "as RFC 7644 has it"),
        (Reply(200, {}), 0, True, "some answer with a body"),
        (scim_error(404), 0, True, "it was gone already"),
        (scim_error(500), 1, False, "tried again"),
        (scim_error(501), 1, False, "a target that deletes no groups"),
    ],
)
def test_a_delete_may_have_several_answers(
    okta: Integration, reply: Reply, exit_status: int, forgotten: bool, why: str
) -> None:
    okta.go(ANN, groups=(TEAM,))
    okta.target.faults.append(on("DELETE", instead(reply)))
    assert okta.go(ANN).exit_status == exit_status, why
    okta.target.calls.clear()
    okta.go(ANN)
    assert okta.lines() == ([] if forgotten else ["DELETE /Groups/g1"]), why


def test_somebody_who_could_not_be_created_is_in_no_group_yet(okta: Integration) -> None:
    okta.target.faults.append(on("POST /Users", lambda call, reply: scim_error(400) if b"bob" in call.body else reply))
    okta.go(ANN, BOB, groups=(TEAM,))
    assert okta.target.group("Team")["members"] == [A]
    okta.target.faults.clear()
    okta.target.calls.clear()
    okta.go(ANN, BOB, groups=(TEAM,))
    assert sent(okta) == [named("g1"), patch("g1", {**ADD, "value": [entry("u3", "bob")]})]


def test_a_group_that_was_created_is_not_looked_up_again(okta: Integration) -> None:
    okta.target.faults.append(on("PATCH /Groups", instead(scim_error(500)), times=1))
    okta.go(ANN, groups=(TEAM,))
    okta.target.calls.clear()
    assert did(okta.go(ANN, groups=(TEAM,)), "groups") == {"pushed": 1}
    assert sent(okta) == [named("g1"), patch("g1", {**REPLACE, "value": [A]})]


def test_members_that_may_have_arrived_are_not_added_twice(okta: Integration) -> None:
    okta.go(ANN, groups=(TEAM,))
    adding = on("PATCH /Groups", lambda call, reply: Reply(200, cut=True) if b"members" in call.body else reply)
    okta.target.faults.append(adding)
    okta.go(ANN, BOB, groups=(TEAM,))
    okta.target.faults.clear()
    okta.go(ANN, BOB, groups=(TEAM,))
    assert okta.target.group("Team")["members"] == [A, B]


def test_somebody_who_could_not_be_reactivated_is_in_no_group_yet(okta: Integration) -> None:
    okta.go(ANN, BOB, groups=(TEAM,))
    okta.go(ANN, groups=(TEAM,))
    okta.target.faults.append(on("PATCH /Users/u2", instead(scim_error(400)), times=1))
    okta.go(ANN, BOB, groups=(TEAM,))
    assert okta.target.group("Team")["members"] == [A]
    okta.go(ANN, BOB, groups=(TEAM,))
    assert okta.target.group("Team")["members"] == [A, B]


def test_two_groups_never_share_one_of_the_target(okta: Integration) -> None:
    report = okta.go(ANN, groups=(TEAM, Group("00g2", "TEAM")))
    assert (did(report, "groups"), [task.who for task in report.tasks]) == ({"created": 1, "failed": 1}, ["TEAM"])
    assert report.tasks[0].why.endswith("linked to another group")
    assert okta.target.group("Team")["members"] == [A]


@pytest.mark.parametrize(
    ("key", "path", "why"),
    [
        ('a"b', 'members[value eq "a\\"b"]', "a quote ends no string"),
        ("a\\b", 'members[value eq "a\\\\b"]', "a backslash is one"),
        ("é]", 'members[value eq "é]"]', "the rest is as it is"),
    ],
)
def test_the_id_in_a_path_is_a_json_string(okta: Integration, key: str, path: str, why: str) -> None:
    posting = on("POST /Users", lambda call, reply: Reply(201, {"id": key}) if b"bob" in call.body else reply)
    okta.target.faults.append(posting)
    okta.target.faults.append(on("PATCH", instead(Reply(204))))
    okta.go(ANN, BOB, groups=(TEAM,))
    okta.target.calls.clear()
    okta.go(ANN, BOB_ALONE, groups=(TEAM,))
    assert sent(okta)[1] == patch("g1", {"op": "remove", "path": path}), why
