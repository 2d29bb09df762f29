"""Accounts that change behind the back of the Entra simulator, and lost answers: it reads before it patches."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.simulators.entra_people import Job, did, person
from tests.simulators.scim_target import Call, Fault, Reply, ScimTarget, on, once, scim_error, serving

NO_CHANGE: list[str] = []
NO_PATCH: list[dict[str, Any]] = []
GET, PATCH, POST, DELETE = "GET /Users/u1", "PATCH /Users/u1", "POST /Users", "DELETE /Users/u1"
MATCH = "GET /Users?filter=userName+eq+%22jane%40contoso.example.com%22"
CUT: Fault = lambda call, reply: replace(reply, cut=True)  # noqa: E731


@pytest.fixture
def job(tmp_path: Path) -> Iterator[Job]:
    with serving() as target:
        yield Job(target, tmp_path)


def sets(**values: Any) -> Callable[[ScimTarget], None]:
    return lambda target: target.users["u1"].update(values)


def drops(name: str) -> Callable[[ScimTarget], None]:
    return lambda target: target.users["u1"].pop(name)


def removed(target: ScimTarget) -> None:
    target.users.clear()


def replaced(target: ScimTarget) -> None:
    """Deleted and created again by hand: another id."""
    user = target.users.pop("u1")
    target.users["u7"] = {**user, "id": "u7", "title": "Impostor"}


def nothing(target: ScimTarget) -> None:
    """Left alone."""


DOCTOR = {"jobTitle": "Doctor"}
TITLE = {"op": "Replace", "path": "title", "value": "Doctor"}


@pytest.mark.parametrize(
    ("tamper", "cells", "settings", "sent", "patched", "why"),
    [
        (sets(title="X"), {}, {}, NO_CHANGE, NO_PATCH, "an incremental cycle looks at nobody who did not change"),
        (removed, {}, {}, NO_CHANGE, NO_PATCH, "not even at somebody who is gone"),
        (nothing, DOCTOR, {}, [GET, PATCH], [TITLE], "the difference"),
        (sets(title="Doctor"), DOCTOR, {}, [GET], NO_PATCH, "somebody was faster: nothing is left to write"),
        (
            sets(displayName="X", nickName="J"),
            DOCTOR,
            {},
            [GET, PATCH],
            [{"op": "Replace", "path": "displayName", "value": "Jane"}, TITLE],
            "what else differs is put right, what is not mapped stays",
        ),
        (drops("title"), DOCTOR, {}, [GET, PATCH], [{**TITLE, "op": "Add"}], "what is absent is added, not replaced"),
        (
            sets(active=False),
            DOCTOR,
            {},
            [GET, PATCH],
            [{"op": "Replace", "path": "active", "value": "True"}, TITLE],
            "somebody disabled by hand is enabled with the next change",
        ),
        (
            sets(userName="impostor@x"),
            DOCTOR,
            {},
            [GET, PATCH],
            [{"op": "Replace", "path": "userName", "value": "jane@contoso.example.com"}, TITLE],
            "the id is the link, not the name",
        ),
        (removed, DOCTOR, {}, [GET, MATCH, POST], NO_PATCH, "gone: matched anew and created"),
        (replaced, DOCTOR, {}, [GET, MATCH, "GET /Users/u7", "PATCH /Users/u7"], [TITLE], "matched under a new id"),
        (removed, {"role": ""}, {}, [GET], NO_PATCH, "to be disabled and gone: nothing to do"),
        (sets(active=False), {"role": ""}, {}, [GET], NO_PATCH, "to be disabled and disabled already"),
        (
            drops("active"),
            {"role": ""},
            {},
            [GET, PATCH],
            [{"op": "Add", "path": "active", "value": "False"}],
            "absent",
        ),
        (removed, {"deleted": "true"}, {}, [DELETE], NO_PATCH, "a DELETE is not preceded by a read"),
        (sets(title="X"), {}, {"full": True}, [GET, PATCH], [{**TITLE, "value": "Nurse"}], "a full cycle repairs"),
        (removed, {}, {"full": True}, [GET, MATCH, POST], NO_PATCH, "a full cycle finds who is gone"),
        (
            sets(title="X"),
            {},
            {"restart": True},
            [MATCH, GET, PATCH],
            [{**TITLE, "value": "Nurse"}],
            "a restart matches by filter",
        ),
    ],
)
def test_what_changed_behind_its_back(
    job: Job,
    tamper: Callable[[ScimTarget], None],
    cells: dict[str, str],
    settings: dict[str, Any],
    sent: list[str],
    patched: list[dict[str, Any]],
    why: str,
) -> None:
    job.cycle(person())
    tamper(job.target)
    report = job.cycle(person(**cells), **settings)
    assert (job.sent(), report.exit_status) == (sent, 0), why
    assert [operation for call in job.target.sent("PATCH") for operation in call.operations] == patched, why
    job.cycle(person(**cells))
    assert job.sent() == NO_CHANGE, why


def test_every_patch_of_a_user_follows_a_read_of_that_user(job: Job) -> None:
    settings: dict[str, Any] = {"users": 90, "seed": 2, "edit_share": 0.5}
    job.cycle(**settings)
    for rounds in ((1,), (1, 2), (1, 2, 3)):
        for number, user in enumerate(job.target.users.values()):
            if number % 5 == 0:
                user["title"] = "Impostor"
        job.cycle(edit_seeds=rounds, full=len(rounds) == 3, **settings)
        calls = job.target.calls
        patches = [number for number, call in enumerate(calls) if call.method == "PATCH"]
        assert len(patches) > 10
        for number in patches:
            before = calls[number - 1]
            assert (before.method, before.target) == ("GET", calls[number].target)


@pytest.mark.parametrize(
    ("cells", "sent", "action", "why"),
    [
        (DOCTOR, [GET, PATCH, PATCH], "changed", "the same PATCH again"),
        ({"role": ""}, [GET, PATCH, PATCH], "disabled", "the same PATCH again"),
        ({"deleted": "true"}, [DELETE, DELETE], "deleted", "the second DELETE meets a 404, which counts as done"),
    ],
)
def test_a_lost_answer_is_the_same_request_again(
    job: Job, cells: dict[str, str], sent: list[str], action: str, why: str
) -> None:
    job.cycle(person())
    job.target.faults.append(once(CUT, sent[-1].partition(" ")[0]))
    report = job.cycle(person(**cells))
    assert (job.sent(), did(report), report.exit_status) == (sent, {action: 1}, 0), why
    bodies = {call.body for call in job.target.calls if call.method == sent[-1].partition(" ")[0]}
    assert len(bodies) == 1, why


@pytest.mark.slow
@pytest.mark.parametrize(("method", "status"), [("GET", 503), ("POST", 429), ("PATCH", 503), ("DELETE", 503)])
def test_every_request_waits_as_long_as_it_is_asked_to(job: Job, method: str, status: int) -> None:
    def busy(call: Call, reply: Reply) -> Reply:
        return replace(scim_error(status, "busy"), headers={"Retry-After": "1"})

    if method in ("PATCH", "DELETE"):
        job.cycle(person())
    cells = {"POST": {}, "GET": {}, "PATCH": DOCTOR, "DELETE": {"deleted": "true"}}[method]
    job.target.faults.append(once(busy, method, after=method == "GET"))
    report = job.cycle(person(**cells), patience=5.0)
    assert report.exit_status == 0 and report.seconds > 0.8


def test_answers_lost_without_end_are_escrow_and_the_next_cycle_finds_what_was_done(job: Job) -> None:
    job.cycle(person())
    job.target.faults.append(on("PATCH", CUT))
    report = job.cycle(person(**DOCTOR))
    assert "after 3 attempts" in report.failures["jane@contoso.example.com"]
    job.target.faults.clear()
    assert did(job.cycle(person(**DOCTOR))) == {"unchanged": 1}, "it had been carried out"
    assert job.sent() == [GET]
