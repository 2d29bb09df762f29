"""What goes wrong around the Okta simulator: tasks, repetitions, and a report without secrets."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.simulators.okta_people import Integration, did, person
from tests.simulators.okta_target import TOKEN, OktaTarget, Reply, instead, on, scim_error, serving

JANE = {"userName": "jane@acme.example.com"}
GET, PUT, PATCH, POST = "GET /Users/u1", "PUT /Users/u1", "PATCH /Users/u1", "POST /Users"


@pytest.fixture
def target() -> Iterator[OktaTarget]:
    with serving() as served:
        yield served


@pytest.fixture
def okta(target: OktaTarget, tmp_path: Path) -> Integration:
    return Integration(target, tmp_path)


@pytest.mark.parametrize(
    ("where", "reply", "said", "why"),
    [
        (POST, Reply(201), "POST was answered HTTP 201 without a resource", "an empty answer is an empty user"),
        (POST, scim_error(409, "taken"), "POST was answered HTTP 409 Conflict: taken", "ends the matter"),
        (POST, Reply(201, {"userName": "x"}), "no usable id", "Okta keeps nothing to find the account by"),
        (POST, Reply(201, {"id": ".."}), "no usable id", "no address can hold it"),
        (POST, Reply(201, b"<p>hello"), "not JSON", "a proxy"),
        (POST, Reply(400, b"<p>hello"), "HTTP 400 Bad Request: the body is not a SCIM error", "a proxy"),
        (POST, Reply(499, {"detail": 7}), "HTTP 499: 7", "a number that has no name"),
        (POST, Reply(201, cut=True), "the connection failed or was cut", "no answer"),
        (POST, Reply(201, b"not gzip", {"Content-Encoding": "gzip"}), "Content-Encoding", "not gzip after all"),
        ("GET /Users?f", Reply(200, {"totalResults": "0"}), "totalResults must be an integer", "a string"),
        ("GET /Users?f", Reply(200, {"Resources": []}), "not answered with a list", "no total"),
        ("GET /Users?f", Reply(200, [1]), "not answered with a list", "an array"),
        ("GET /Users?f", scim_error(500, "oops"), "HTTP 500 Internal Server Error: oops", "down"),
        (
            "GET /Users?f",
            Reply(200, {"totalResults": 2, "Resources": [{"id": "a", **JANE}, {"id": "b", **JANE}]}),
            "2 users have this userName",
            "whom to take?",
        ),
        (
            "GET /Users?f",
            Reply(200, {"totalResults": 1, "Resources": [{"id": "a", "userName": "joe"}]}),
            "answered with somebody else",
            "a filter that was not understood",
        ),
    ],
)
def test_a_failure_becomes_a_task_that_the_next_run_repeats(
    okta: Integration, where: str, reply: Reply, said: str, why: str
) -> None:
    okta.target.faults.append(on(where, instead(reply)))
    report = okta.go(person(), person("joe"))
    assert (report.exit_status, len(report.tasks)) == (1, 2), why
    assert said in report.tasks[0].why and report.tasks[0].who == person().login, why
    okta.target.faults.clear()
    again = okta.go(person(), person("joe"))
    assert again.exit_status == 0 and len(okta.target.users) == 2, why


def test_a_404_to_an_update_keeps_the_task_and_creates_nobody(okta: Integration) -> None:
    okta.go(person())
    okta.target.users.clear()
    okta.lines()
    for retried in range(3):
        report = okta.go(person(title="Nurse"))
        assert (okta.lines(), did(report)) == ([GET], {"failed": 1})
        assert (report.tasks[0].why, report.tasks[0].retried) == (
            "GET was answered HTTP 404 Not Found: unknown",
            retried,
        )
    assert "(tried 3 times)" in report.as_text()


def test_a_deactivation_that_failed_is_repeated_until_it_is_done(okta: Integration) -> None:
    okta.go(person())
    okta.target.faults.append(on(PATCH, instead(scim_error(500)), times=2))
    assert [did(okta.go()) for _ in range(4)] == [{"failed": 1}, {"failed": 1}, {"deactivated": 1}, {}]


def test_an_update_that_may_have_worked_is_repeated_even_if_it_was_taken_back(okta: Integration) -> None:
    okta.go(person(title="Nurse"))
    okta.target.faults.append(on(PUT, instead(Reply(200, cut=True)), times=1))
    assert did(okta.go(person(title="Doctor"))) == {"failed": 1}
    assert okta.target.users["u1"]["title"] == "Doctor"
    assert did(okta.go(person(title="Nurse"))) == {"updated": 1}
    assert okta.target.users["u1"]["title"] == "Nurse"


def test_each_leaver_is_tried_once_in_a_run(okta: Integration) -> None:
    okta.go(person(), person("joe"), person("kim"))
    okta.target.faults.append(on("PATCH", instead(scim_error(500))))
    assert did(okta.go()) == {"failed": 3}


def test_the_task_of_somebody_who_was_unassigned_meanwhile_is_dropped(okta: Integration) -> None:
    okta.target.faults.append(on(POST, instead(scim_error(400))))
    okta.go(person())
    assert (okta.go().exit_status, okta.target.users) == (0, {})


def test_an_account_is_not_linked_to_two_people(okta: Integration) -> None:
    okta.go(person())
    report = okta.go(person(title="Nurse", login="roe@x.example"), person("other", login="JANE@acme.example.com"))
    assert did(report) == {"updated": 1, "created": 1}, "the old login was free again"
    okta.target.users["u2"]["userName"] = "taken@x.example"
    okta.target.users["u1"]["userName"] = "new@x.example"
    report = okta.go(
        person(title="Nurse", login="roe@x.example"),
        person("other", login="JANE@acme.example.com"),
        person("third", login="new@x.example"),
    )
    assert did(report) == {"unchanged": 2, "failed": 1}
    assert report.tasks[0].why.endswith("linked to another person")


@pytest.mark.parametrize(
    ("reply", "warned", "why"),
    [
        (Reply(204), False, "no body is needed"),
        (Reply(200, {"id": "u1", "active": False}), False, "the resource"),
        (Reply(200, {"id": "u1", "active": True}), True, "nothing happened"),
        (Reply(200, {"id": "u1", "active": "False"}), True, "a string is no boolean"),
    ],
)
def test_a_patch_may_be_answered_200_or_204(okta: Integration, reply: Reply, warned: bool, why: str) -> None:
    okta.go(person())
    okta.target.faults.append(on(PATCH, instead(reply)))
    report = okta.go()
    assert (did(report), bool(report.warnings)) == ({"deactivated": 1}, warned), why
    what = "a PATCH of active to false was answered with another active"
    assert report.as_json()["warnings"] == ([{"what": what, "times": 1}] if warned else []), why


@pytest.mark.parametrize(
    ("status", "header", "times", "pauses", "action", "why"),
    [
        (429, "7", 1, [7], "created", "as long as the target asks"),
        (503, "7", 2, [7, 7], "created", "and as often"),
        (429, "", 3, [1, 2, 4], "created", "without a word, slower and slower"),
        (429, "", 4, [1, 2, 4], "failed", "but not for ever"),
        (429, "soon", 1, [1], "created", "what is neither number nor date"),
        (429, "Wed, 21 Oct 2015 07:28:00 GMT", 1, [0], "created", "a date that has passed"),
        (429, "61", 1, [], "failed", "beyond the patience"),
        (503, "25", 9, [25, 25], "failed", "in sum, too"),
        (429, "0", 99, [0] * 9, "failed", "zero is not for ever either"),
        (500, "7", 1, [], "failed", "nothing else is repeated"),
    ],
)
def test_429_and_503_are_repeated(
    okta: Integration, status: int, header: str, times: int, pauses: list[float], action: str, why: str
) -> None:
    reply = Reply(status, headers={"Retry-After": header} if header else {})
    okta.target.faults.append(on(POST, instead(reply), times))
    report = okta.go(person())
    assert (did(report), okta.pauses, report.waited) == ({action: 1}, pauses, sum(pauses)), why
    assert (f"held up {sum(pauses)}.0 s by 429 or 503" in report.as_text()) is (sum(pauses) > 0), why


def test_401_stops_before_anybody_is_written_or_fails_person_by_person(okta: Integration) -> None:
    okta.target.faults.append(on("GET /Users?startIndex=1&count=2", instead(scim_error(401, "no")), times=1))
    report = okta.go(person())
    assert report.stopped == "Test API Credentials failed: GET was answered HTTP 401 Unauthorized: no"
    assert (report.exit_status, okta.lines()) == (1, [])
    okta.target.faults.append(on(POST, instead(scim_error(401, "expired"))))
    report = okta.go(person(), person("joe"))
    assert [task.why for task in report.tasks] == ["POST was answered HTTP 401 Unauthorized: expired"] * 2


def test_the_report_holds_every_request_and_no_secret(okta: Integration, tmp_path: Path) -> None:
    echo = {"detail": f"who is {TOKEN}?", "password": "sesame"}
    okta.target.faults.append(on("GET /Users?filter=userName%20eq%20%22joe", instead(Reply(400, echo))))
    report = okta.go(person(), person("joe"), json=tmp_path / "report.json")
    text = (tmp_path / "report.json").read_text()
    document = json.loads(text)
    assert [f"{each['method']} {each['status']}" for each in document["requests"]] == [
        "GET 200",
        "GET 200",
        "POST 201",
        "GET 400",
    ]
    assert document["requests"][2]["body"] | {"password": "***"} == document["requests"][2]["body"]
    assert document["requests"][2]["answer"]["id"] == "u1"
    assert document["requests"][3]["answer"] == {"detail": "who is ***?", "password": "***"}
    assert document["tasks"][0]["why"] == "GET was answered HTTP 400 Bad Request: who is ***?"
    assert (document["sent"], document["exit"]) == ({"GET": 3, "POST": 1, "total": 4}, 1)
    assert TOKEN not in text + report.as_text() + repr(report) and "sesame" not in text
