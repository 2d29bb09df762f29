"""The reference pass of the Entra simulator: managers, written after the users."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from tests.simulators.entra_people import Job, did, person
from tests.simulators.scim_target import ENTERPRISE, Call, Fault, Reply, on, scim_error, serving

NO_CHANGE: list[str] = []


@pytest.fixture
def job(tmp_path: Path) -> Iterator[Job]:
    with serving() as target:
        yield Job(target, tmp_path)


MANAGER = f"{ENTERPRISE}:manager"


@pytest.mark.parametrize(("flag", "op"), [(False, "Add"), (True, "add")])
def test_a_manager_is_checked_and_then_written_by_the_id_in_the_target(job: Job, flag: bool, op: str) -> None:
    people = [person(manager="boss@contoso.example.com"), person("boss")]
    report = job.cycle(*people, map_manager=True, flag=flag)
    check = "filter=id+eq+%22u1%22+and+manager+eq+%22u2%22&attributes=id"
    assert job.target.calls[-2].target.endswith(check)
    assert job.target.sent("PATCH")[0].operations == [{"op": op, "path": MANAGER, "value": "u2"}]
    assert did(report) == {"created": 2, "manager set": 1}
    job.cycle(*people, map_manager=True)
    assert job.sent() == NO_CHANGE
    assert did(job.cycle(*people, map_manager=True, full=True)) == {"unchanged": 2}


def test_another_manager_replaces_and_no_manager_clears(job: Job) -> None:
    bosses = [person("boss"), person("chief")]
    job.cycle(person(manager="boss@contoso.example.com"), *bosses, map_manager=True)
    job.cycle(person(manager="Chief@contoso.example.com"), *bosses, map_manager=True)
    assert job.target.sent("PATCH")[0].operations == [{"op": "Replace", "path": MANAGER, "value": "u3"}]
    job.cycle(person(), *bosses, map_manager=True)
    assert job.sent() == NO_CHANGE
    job.cycle(person(), *bosses, map_manager=True, clear_empty=True)
    assert job.target.sent("PATCH")[0].operations == [{"op": "Replace", "path": MANAGER, "value": ""}]


def test_a_manager_who_is_not_provisioned_is_named_and_not_looked_at_again(job: Job) -> None:
    guest = person("boss", role="Default Access")
    report = job.cycle(person(manager="boss@contoso.example.com"), guest, map_manager=True)
    assert "boss@contoso.example.com is not provisioned" in next(what for _, what in report.warnings)
    job.cycle(person(manager="boss@contoso.example.com"), person("boss"), map_manager=True)
    assert not job.target.sent("PATCH")


def finds(total: int, resources: list[object]) -> Fault:
    """The reference check finds something else."""

    def fault(call: Call, reply: Reply) -> Reply:
        found = {"totalResults": total, "Resources": resources}
        return replace(reply, body={**reply.body, **found}) if "manager" in call.target else reply

    return fault


@pytest.mark.parametrize("resources", [[{"id": "u9"}], ["u1"], [{}]])
def test_a_reference_check_that_finds_another_user_fails_the_manager(job: Job, resources: list[object]) -> None:
    job.target.faults.append(finds(1, resources))
    report = job.cycle(person(manager="boss@contoso.example.com"), person("boss"), map_manager=True)
    assert report.failures == {
        "jane@contoso.example.com": "manager: the reference check found another resource than the one asked for"
    }


def test_a_manager_that_does_not_stick_is_reported(job: Job) -> None:
    people = [person(manager="boss@contoso.example.com"), person("boss")]
    job.cycle(*people, map_manager=True)
    job.target.faults.append(finds(0, []))
    report = job.cycle(*people, map_manager=True, full=True)
    assert report.repeated == {"jane@contoso.example.com": (MANAGER,)}


def test_a_failed_manager_leaves_the_person_created_and_is_tried_again(job: Job) -> None:
    people = [person(manager="boss@contoso.example.com"), person("boss")]
    job.target.faults.append(on("PATCH", lambda call, reply: scim_error(400, "no")))
    report = job.cycle(*people, map_manager=True)
    assert did(report) == {"created": 2, "failed": 1}
    job.target.faults.clear()
    assert did(job.cycle(*people, map_manager=True, full=False)) in (
        {"unchanged": 2},
        {"unchanged": 2, "manager set": 1},
    )


def test_somebody_disabled_gets_no_manager(job: Job) -> None:
    job.cycle(person(), person("boss"))
    blocked = person(accountEnabled="false", manager="boss@contoso.example.com")
    assert did(job.cycle(blocked, person("boss"), map_manager=True)) == {"disabled": 1, "unchanged": 1}
