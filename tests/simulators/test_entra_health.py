"""Time in the Entra simulator: escrow, quarantine, the threshold of deletions, and the recycle bin of the source."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from simulators.entra import Person
from simulators.entra.__main__ import main
from simulators.entra.groups import Group
from simulators.entra.quarantine import Limits
from simulators.entra.report_text import as_text
from tests.simulators.entra_people import FEW, Job, did, person, write_csv
from tests.simulators.scim_target import TOKEN, Fault, on, scim_error, serving

NO_CHANGE: list[str] = []
START = datetime(2026, 1, 5, 8, tzinfo=UTC)
REFUSED: Fault = on("POST", lambda call, reply: scim_error(400, "no such title"))
JANE = "jane@contoso.example.com"
MATCH, GET, PATCH, DELETE = (
    "GET /Users?filter=userName+eq+%22jane%40contoso.example.com%22",
    "GET /Users/u1",
    "PATCH /Users/u1",
    "DELETE /Users/u1",
)


@pytest.fixture
def job(tmp_path: Path) -> Iterator[Job]:
    with serving() as target:
        yield Job(target, tmp_path)


def at(hours: float) -> datetime:
    return START + timedelta(hours=hours)


def test_retries_of_one_person_grow_apart_and_end_after_28_days(job: Job) -> None:
    job.target.faults.append(REFUSED)
    tried = []
    for hours in [0, 1, *range(2, 30 * 24, 2)]:
        report = job.cycle(person(), now=at(hours))
        if job.target.sent("POST"):
            tried.append(hours)
        assert report.exit_status == (1 if hours <= 28 * 24 else 0), hours
    assert tried == [0, 1, 6, 12, *range(24, 28 * 24 + 1, 24)]
    assert "given up 28 days after the first failure" in report.skipped[JANE]


def test_who_waits_in_escrow_is_named_with_the_reason_and_the_time(job: Job) -> None:
    job.target.faults.append(REFUSED)
    job.cycle(person(), now=at(0))
    job.cycle(person(), now=at(1))
    report = job.cycle(person(), now=at(2))
    assert (did(report), report.exit_status, job.sent()) == ({"escrowed": 1}, 1, NO_CHANGE)
    assert "in escrow until 2026-01-05T14:00:00+00:00: POST was answered HTTP 400 no such title" in as_text(report)


def test_a_change_in_the_source_is_tried_at_once(job: Job) -> None:
    job.target.faults.append(REFUSED)
    for hours in (0, 1):
        job.cycle(person(), now=at(hours))
    job.target.faults.clear()
    assert did(job.cycle(person(), now=at(2))) == {"escrowed": 1}
    assert did(job.cycle(person(jobTitle="Doctor"), now=at(2))) == {"created": 1}
    assert did(job.cycle(person(jobTitle="Doctor"), now=at(3))) == {"unchanged": 1}


def test_who_was_given_up_begins_anew_when_the_source_changes(job: Job) -> None:
    job.target.faults.append(REFUSED)
    for days in (0, 1, 29, 30):
        report = job.cycle(person(), now=at(24 * days))
    assert did(report) == {"skipped": 1}
    for hours in (0, 1):
        assert did(job.cycle(person(jobTitle="Doctor"), now=at(24 * 31 + hours))) == {"failed": 1}
    assert did(job.cycle(person(jobTitle="Doctor"), now=at(24 * 31 + 2))) == {"escrowed": 1}


def test_without_a_clock_everybody_in_escrow_is_tried_in_every_cycle(job: Job) -> None:
    job.target.faults.append(REFUSED)
    for _ in range(4):
        assert did(job.cycle(person())) == {"failed": 1}


@pytest.mark.parametrize("asked", [{"on_demand": JANE}, {"full": True}])
def test_who_is_asked_for_expressly_does_not_wait_in_escrow(job: Job, asked: dict[str, Any]) -> None:
    job.target.faults.append(REFUSED)
    for hours in (0, 1):
        job.cycle(person(), now=at(hours))
    job.target.faults.clear()
    assert did(job.cycle(person(), now=at(2), **asked)) == {"created": 1}


def test_groups_are_kept_in_escrow_alike(job: Job) -> None:
    job.target.faults.append(REFUSED)
    group = Group("g-1", "Nurses")
    for hours, what in ((0, "failed"), (1, "failed"), (2, "escrowed")):
        assert did(job.cycle(groups=[group], now=at(hours))) == {what: 1}
    job.target.faults.clear()
    assert did(job.cycle(groups=[group], now=at(6))) == {"group created": 1}


@pytest.mark.parametrize(
    ("failed", "references", "succeeded", "said", "why"),
    [
        (0, 0, 0, "", "nothing happened"),
        (4_000, 0, 0, "", "Microsoft's example: 4,000 failures"),
        (4_999, 0, 0, "", "one fewer than the minimum"),
        (5_000, 0, 0, "5000 of 5000 provisioning events failed, more than 40%", "the minimum"),
        (5_000, 0, 7_500, "", "40 per cent exactly"),
        (5_001, 0, 7_500, "5001 of 12501 provisioning events failed, more than 40%", "more than 40 per cent"),
        (30_000, 0, 5_000, "30000 of 35000", "Microsoft's example"),
        (20_000, 0, 100_000, "", "Microsoft's example"),
        (40_000, 0, 1_000_000, "", "40,000 failures exactly"),
        (45_000, 0, 1_000_000, "45000 failures are more than 40000", "Microsoft's example"),
        (0, 50_000, 0, "", "references alone"),
        (40_000, 21_000, 1_000_000, "61000 failures, references included, are more than 60000", "Microsoft's example"),
    ],
)
def test_the_thresholds_of_quarantine(failed: int, references: int, succeeded: int, said: str, why: str) -> None:
    found = Limits().exceeded(failed, references, succeeded)
    assert found.startswith(said) and bool(found) == bool(said), why


SMALL = Limits(minimum=3, share=0.4, failures=100, with_references=200)


def refused(*names: str) -> Fault:
    return on(
        "POST", lambda call, reply: scim_error(400, "no") if any(n.encode() in call.body for n in names) else reply
    )


def test_too_many_failures_are_a_quarantine_that_ends_with_its_cause(job: Job) -> None:
    people = [person(name) for name in ("jane", "joe", "jim", "ann", "eva")]
    job.target.faults.append(refused("jane", "joe"))
    assert job.cycle(*people, limits=SMALL, now=at(0)).quarantine is None, "two are fewer than three"
    job.target.faults[:] = [refused("jane", "joe", "jim")]
    report = job.cycle(*people, limits=SMALL, restart=True, now=at(0))
    assert report.quarantine is None, "jim and the others are matched by now"
    job.target.users.clear()
    report = job.cycle(*people, limits=SMALL, restart=True, now=at(0))
    assert (report.quarantine, report.exit_status) == ("3 of 5 provisioning events failed, more than 40%", 3)
    assert "quarantine begins at 3 failures with more than 40 % failing" in as_text(report)
    assert report.as_json()["escrow"] | {"limits": None} == {
        "failed": 3,
        "references": 0,
        "succeeded": 2,
        "limits": None,
    }
    job.target.faults.clear()
    waiting = job.cycle(*people, limits=SMALL, now=at(5))
    assert (waiting.exit_status, job.target.calls) == (3, [])
    assert "in quarantine since 2026-01-05T08:00:00+00:00, next try at 2026-01-05T14:00:00" in str(waiting.quarantine)
    assert did(job.cycle(*people, limits=SMALL, now=at(6))) == {"created": 3, "unchanged": 2}
    assert job.cycle(*people, limits=SMALL, now=at(7)).exit_status == 0


def test_a_failed_reference_does_not_count_for_the_share(job: Job) -> None:
    people = [person(name, manager="boss@contoso.example.com") for name in ("jane", "joe", "jim")]
    job.target.faults.append(on("PATCH", lambda call, reply: scim_error(400, "no")))
    report = job.cycle(*people, person("boss"), limits=Limits(1, 0.1, 2, 10), map_manager=True)
    assert (report.quarantine, report.exit_status) == (None, 1)
    assert report.escrow == {"failed": 0, "references": 3, "succeeded": 4}
    report = job.cycle(*people, person("boss"), limits=Limits(1, 0.1, 2, 2), map_manager=True)
    assert report.quarantine == "3 failures, references included, are more than 2"


def test_a_job_in_quarantine_is_tried_after_6_12_and_24_hours_then_daily_and_disabled_after_28_days(job: Job) -> None:
    job.target.faults.append(lambda call, reply: scim_error(401, "no"))
    tried = []
    for hours in range(0, 30 * 24, 2):
        report = job.cycle(person(), now=at(hours))
        assert report.exit_status == 3
        if job.target.calls:
            tried.append(hours)
    assert tried[:6] == [0, 6, 12, 24, 48, 72] and tried[-1] == 27 * 24
    assert "disabled after 28 days in quarantine" in str(report.quarantine)
    job.target.faults.clear()
    assert did(job.cycle(person(), now=at(30 * 24), restart=True)) == {"created": 1}, "an administrator restarts it"


def test_without_a_clock_a_quarantine_never_waits(job: Job) -> None:
    job.target.faults.append(lambda call, reply: scim_error(401, "no"))
    for _ in range(2):
        assert job.cycle(person()).exit_status == 3 and len(job.target.calls) == 1
    job.target.faults.clear()
    assert did(job.cycle(person())) == {"created": 1}


def test_provisioning_on_demand_and_test_connection_do_not_ask_the_quarantine(job: Job) -> None:
    job.target.faults.append(lambda call, reply: scim_error(401, "no"))
    job.cycle(person(), now=at(0))
    job.target.faults.clear()
    assert job.cycle(person(), now=at(1), test_connection_only=True).exit_status == 0
    assert did(job.cycle(person(), now=at(1), on_demand=JANE)) == {"created": 1}
    assert job.cycle(person(), now=at(1)).exit_status == 3, "and do not end it"


FIVE = [person(name) for name in ("jane", "joe", "jim", "ann", "eva")]


@pytest.mark.parametrize(
    ("after", "why"),
    [
        ([], "rows taken away"),
        ([person(each.object_id[2:], role="") for each in FIVE], "unassigned"),
        ([person(each.object_id[2:], accountEnabled="false") for each in FIVE], "blocked"),
        ([person(each.object_id[2:], softDeleted="true") for each in FIVE], "soft-deleted"),
        ([person(each.object_id[2:], deleted="true") for each in FIVE], "deleted for good"),
    ],
)
def test_deletions_above_the_threshold_wait_for_an_administrator(job: Job, after: list[Person], why: str) -> None:
    job.cycle(*FIVE)
    report = job.cycle(*after, deletion_threshold=3)
    assert (did(report)["staged"], len(job.target.sent("PATCH") + job.target.sent("DELETE"))) == (2, 3), why
    assert report.exit_status == 3 and "2 above the threshold of 3" in str(report.quarantine), why
    report = job.cycle(*after, deletion_threshold=3)
    assert (did(report)["staged"], report.exit_status) == (2, 3), f"{why}: no more of them in the next cycle"
    assert not job.target.sent("PATCH") + job.target.sent("DELETE"), why
    report = job.cycle(*after, deletion_threshold=3, allow_deletions=True)
    assert (report.exit_status, len(job.target.sent("PATCH") + job.target.sent("DELETE"))) == (0, 2), why
    assert job.cycle(*after, deletion_threshold=3).exit_status == 0, why


def test_deletions_up_to_the_threshold_are_no_accident(job: Job) -> None:
    job.cycle(*FIVE)
    assert did(job.cycle(*FIVE[:2], deletion_threshold=3)) == {"disabled": 3, "unchanged": 2}


def test_a_deletion_that_is_taken_back_ends_the_quarantine(job: Job) -> None:
    job.cycle(*FIVE)
    assert job.cycle(*FIVE[:4], deletion_threshold=0).exit_status == 3
    assert did(job.cycle(*FIVE, deletion_threshold=0)) == {"unchanged": 5}
    assert did(job.cycle(*FIVE[:4], deletion_threshold=1)) == {"disabled": 1, "unchanged": 4}


def test_groups_count_for_the_threshold(job: Job) -> None:
    job.cycle(groups=[Group("g-1", "Nurses"), Group("g-2", "Doctors")])
    report = job.cycle(groups=[], deletion_threshold=1)
    assert (did(report), len(job.target.groups)) == ({"group deleted": 1, "staged": 1}, 1)


def test_out_of_scope_deletions_can_be_skipped(job: Job) -> None:
    job.cycle(*FIVE)
    report = job.cycle(person(role=""), person("joe", deleted="true"), *FIVE[2:4], skip_out_of_scope_deletions=True)
    assert (did(report), job.sent()) == ({"skipped": 2, "deleted": 1, "unchanged": 2}, ["DELETE /Users/u2"])
    report = job.cycle(person(), *FIVE[2:4], skip_out_of_scope_deletions=True)
    assert (did(report), job.sent()) == ({"unchanged": 3}, [GET]), "back in scope: compared again"


DAY = 24


BIN = {"softDeleted": "true"}
STEPS = [
    ({}, 0, [MATCH, "POST /Users"], "created", "there"),
    (BIN, 1, [GET, PATCH], "disabled", "first it is an active=false"),
    (BIN, 2, NO_CHANGE, "unchanged", "and then nothing"),
    (BIN | {"jobTitle": "X"}, 29 * DAY, NO_CHANGE, "unchanged", "whatever changes"),
    (BIN, 30 * DAY + 1, [DELETE], "deleted", "30 days later it is gone for good"),
    (BIN, 31 * DAY, [MATCH], "skipped", "a new look finds nobody"),
    (BIN, 32 * DAY, NO_CHANGE, "skipped", "and no more"),
    ({}, 33 * DAY, [MATCH, "POST /Users"], "created", "a row that comes back is a new account"),
]


def test_the_recycle_bin_step_by_step(job: Job) -> None:
    for cells, hours, sent, action, why in STEPS:
        report = job.cycle(person(**cells), now=at(hours))
        assert (job.sent(), did(report)) == (sent, {action: 1}), why


@pytest.mark.parametrize(
    ("since", "now", "action"),
    [
        ("2026-01-01", "2026-01-30", "disabled"),
        ("2026-01-01", "2026-01-31", "deleted"),
        ("2026-01-01T12:00:00Z", "2026-01-31", "disabled"),
        ("2026-01-01T12:00:00Z", "2026-01-31T12:00", "deleted"),
    ],
)
def test_the_file_may_say_when_somebody_was_deleted(job: Job, since: str, now: str, action: str) -> None:
    job.cycle(person())
    clock = datetime.fromisoformat(now).replace(tzinfo=UTC)
    assert did(job.cycle(person(softDeleted=since), now=clock)) == {action: 1}


def test_somebody_restored_is_enabled_under_the_same_id_with_the_changes_since(job: Job) -> None:
    job.cycle(person(), now=at(0))
    job.cycle(person(softDeleted="true"), now=at(1))
    report = job.cycle(person(jobTitle="Doctor"), now=at(29 * DAY))
    assert (did(report), job.sent()) == ({"enabled": 1}, [GET, PATCH])
    assert [(each["path"], each["value"]) for each in job.target.sent("PATCH")[0].operations] == [
        ("active", "True"),
        ("title", "Doctor"),
    ]
    job.cycle(person(softDeleted="true"), now=at(40 * DAY))
    assert did(job.cycle(person(softDeleted="true"), now=at(60 * DAY))) == {"unchanged": 1}, "the clock began anew"


def test_who_left_the_scope_before_the_recycle_bin_gets_no_delete(job: Job) -> None:
    job.cycle(person(), now=at(0))
    job.cycle(person(role=""), now=at(1))
    job.cycle(person(role="", softDeleted="true"), now=at(2))
    job.cycle(person(softDeleted="true", role=""), now=at(40 * DAY))
    assert job.sent() == NO_CHANGE


def test_without_a_mapping_of_active_the_recycle_bin_is_a_delete_at_once(job: Job) -> None:
    mapping = FEW.only(["userName", "title"])
    job.cycle(person(), mapping=mapping)
    assert did(job.cycle(person(softDeleted="true"), mapping=mapping)) == {"deleted": 1}


@pytest.mark.parametrize(
    ("told", "said", "why"),
    [
        (["--now", "soon"], "--now wants a date", "no date"),
        (["--quarantine-limits", "5"], "wants four numbers", "one number"),
        (["--deletion-threshold", "-1"], "must not be negative", "less than nothing"),
    ],
)
def test_wrong_use_is_a_sentence(told: list[str], said: str, why: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["http://h", "--token", "t", *told]) == 2, why
    assert said in capsys.readouterr().err, why


def test_the_command_knows_the_clock_and_the_thresholds(
    job: Job, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    people = write_csv(tmp_path / "people.csv", FIVE)
    told = [job.target.base, str(people), "--token", TOKEN]
    job.target.faults.append(refused("jane", "joe", "jim"))
    assert main([*told, "--now", "2026-01-05T08:00", "--quarantine-limits", "3,50,10,20"]) == 3
    assert "3 of 5 provisioning events failed, more than 50%" in capsys.readouterr().out
    job.target.faults.clear()
    assert main([*told, "--now", "2026-01-05T10:00"]) == 3
    assert main([*told, "--now", "2026-01-05T14:00"]) == 0
    write_csv(people, FIVE[:1])
    assert main([*told, "--deletion-threshold", "3"]) == 3
    assert main([*told, "--deletion-threshold", "3", "--allow-deletions"]) == 0
    people.write_text(people.read_text().replace("role,", "role,softDeleted,").replace(",User,", ",User,tomorrow,"))
    assert main(told) == 2
    assert "softDeleted must be true, false or a date" in capsys.readouterr().err
