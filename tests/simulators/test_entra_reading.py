"""The Entra simulator against targets that misbehave: what fails a person, what warns, what stops the job."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import replace
from email.utils import formatdate
from pathlib import Path
from typing import Any

import pytest

from simulators.entra import AttributeMapping
from tests.simulators.entra_people import Job, did, person
from tests.simulators.scim_target import ENTERPRISE, Call, Fault, Reply, on, once, scim_error, serving

CUT: Fault = lambda call, reply: replace(reply, cut=True)  # noqa: E731
HTML: Fault = lambda call, reply: Reply(500, b"<h1>Oops</h1>", {"Content-Type": "text/html"})  # noqa: E731


@pytest.fixture
def job(tmp_path: Path) -> Iterator[Job]:
    with serving() as target:
        yield Job(target, tmp_path)


def with_body(**members: Any) -> Fault:
    """The same answer with other members; None takes a member away."""

    def fault(call: Call, reply: Reply) -> Reply:
        body = {**reply.body, **members}
        return replace(reply, body={name: value for name, value in body.items() if value is not None})

    return fault


def typed(content_type: str) -> Fault:
    return lambda call, reply: replace(reply, headers={**reply.headers, "Content-Type": content_type})


def always(status: int, body: Any = None, **headers: str) -> Fault:
    names = {name.replace("_", "-"): value for name, value in headers.items()}
    return lambda call, reply: Reply(status, body, names)


def unfiltered(job: Job) -> Fault:
    def fault(call: Call, reply: Reply) -> Reply:
        found = list(job.target.users.values())
        return replace(reply, body={**reply.body, "Resources": found, "totalResults": len(found)})

    return fault


@pytest.mark.parametrize(
    ("fault", "said", "why"),
    [
        (typed("application/json"), "application/json, not application/scim+json", "plain JSON"),
        (typed(""), "no Content-Type", "no type at all"),
        (typed("text/html"), "not able to deserialize", "a login page"),
        (always(200, b"{", Content_Type="application/scim+json"), "not JSON", "half a body"),
        (always(200, b"\xff", Content_Type="application/scim+json"), "not JSON in UTF-8", "another encoding"),
        (always(200, b'{"totalResults": NaN}'), "not JSON", "a word that Python reads and JSON does not know"),
        (always(200, []), "not a JSON object", "a bare list"),
        (always(404, {}), "tenant URL is correct", "404 instead of an empty list"),
        (always(401), "invalid credentials", "a wrong token"),
        (always(403), "invalid credentials", "a token without rights"),
        (always(400, {}), "HTTP 400", "a filter that is not understood"),
        (always(302, None, Location="http://127.0.0.1:1/"), "HTTP 302", "redirects are not followed"),
        (HTML, "HTTP 500", "a broken target"),
        (CUT, "connection failed or was cut", "no answer"),
        (with_body(schemas=["x"]), "not a ListResponse", "another schema"),
        (with_body(totalResults="0"), "totalResults of the ListResponse is not an integer", "a number as text"),
        (with_body(startIndex=True), "startIndex of the ListResponse is not an integer", "a boolean is no integer"),
        (with_body(itemsPerPage=1.5), "itemsPerPage of the ListResponse is not an integer", "a fraction"),
        (with_body(totalResults=None), "no totalResults", "a missing number"),
        (with_body(Resources=None), "no Resources", "an empty list must be there"),
        (with_body(Resources={}), "not a list", "an object for a list"),
        (with_body(totalResults=3), "contradicts", "numbers that do not fit"),
    ],
)
def test_a_failed_test_connection_stops_the_job(job: Job, fault: Fault, said: str, why: str) -> None:
    job.target.faults.append(fault)
    report = job.cycle(person())
    assert said in str(report.quarantine), why
    assert (report.exit_status, report.outcomes, job.target.sent("POST")) == (3, [], []), why


@pytest.mark.parametrize(
    ("fault", "said", "why"),
    [
        (on("POST", always(200, {})), "POST was answered HTTP 200, not 201", "create is 201"),
        (on("POST", always(201)), "not able to deserialize", "a create without a body"),
        (on("POST", with_body(id=None)), "no id", "the id is what everything hangs on"),
        (on("POST", with_body(id="")), "no id", "an empty id"),
        (on("POST", with_body(id=7)), "id of the resource is not a text", "a number"),
        (on("POST", with_body(schemas=None)), "schemas of the resource lack", "no schemas"),
        (on("POST", with_body(userName="x")), "the answer says x", "another user's name"),
        (on("POST", with_body(userName=None)), "no userName", "no name"),
        (on("POST", with_body(emails={"value": "x"})), "emails of the resource is not a list", "one object"),
        (on("POST", with_body(name="Jane")), "name of the resource is not an object", "text"),
        (on("POST", with_body(**{ENTERPRISE: {"manager": "u2"}})), "ServiceIncompatible", "manager as text"),
        (on("POST", with_body(**{ENTERPRISE: {"manager": ""}})), "ServiceIncompatible", "manager as empty text"),
        (on("POST", with_body(**{ENTERPRISE: {"manager": []}})), "ServiceIncompatible", "manager as list"),
        (on("POST", with_body(**{ENTERPRISE: {"manager": {"value": 2}}})), "ServiceIncompatible", "a number"),
        (on("POST", typed("application/json")), "application/json", "the type of a create"),
        (on("POST", lambda call, reply: scim_error(409, "taken")), "HTTP 409 taken", "taken, and not found"),
        (on("POST", HTML), "HTTP 500", "an HTML error"),
        (on("POST", CUT), "cut (RemoteProtocolError), after 3 attempts", "never an answer"),
        (on("POST", lambda call, reply: scim_error(400, "t\n\x1b[1mx")), "HTTP 400 t [1mx", "kept on one line"),
    ],
)
def test_a_bad_answer_to_a_create_fails_the_person(job: Job, fault: Fault, said: str, why: str) -> None:
    job.target.faults.append(fault)
    report = job.cycle(person())
    assert said in report.failures["jane@contoso.example.com"], why
    assert report.exit_status == 1, why


@pytest.mark.parametrize(
    ("fault", "said", "why"),
    [
        (on("GET", with_body(id="u9")), "the id changed", "ids are stable"),
        (on("GET", typed("application/json")), "application/json", "the type of a read"),
        (on("GET", always(404, b"gone")), "404 without a SCIM Error body", "a stray 404 is no proof of absence"),
        (on("GET", always(404, {"status": 404})), "404 without a SCIM Error body", "status must be a text"),
        (on("PATCH", always(202)), "HTTP 202, not 200 or 204", "accepted is not done"),
        (on("PATCH", with_body(id="u9")), "the id changed", "ids are stable"),
        (on("PATCH", with_body(userName="x")), "the answer says x", "another user"),
        (on("PATCH", lambda call, reply: scim_error(400, "no", scimType="invalidPath")), "invalidPath no", "refused"),
    ],
)
def test_a_bad_answer_to_an_update_fails_the_person_and_is_tried_again(
    job: Job, fault: Fault, said: str, why: str
) -> None:
    job.cycle(person())
    job.target.faults.append(lambda call, reply: reply if "filter" in call.target else fault(call, reply))
    report = job.cycle(person(jobTitle="Doctor"))
    assert said in report.failures["jane@contoso.example.com"], why
    job.target.faults.clear()
    assert did(job.cycle(person(jobTitle="Doctor"))) in ({"changed": 1}, {"unchanged": 1}), why
    assert job.sent()[0] == "GET /Users/u1", why
    job.cycle(person(jobTitle="Doctor"))
    assert (job.sent(), job.target.user("jane@contoso.example.com")["title"]) == ([], "Doctor"), why


@pytest.mark.parametrize(
    ("fault", "warning", "why"),
    [
        (on("POST", lambda call, reply: replace(reply, headers={})), "201 without a Location", "RFC 7644 3.3"),
        (on("POST", lambda call, reply: replace(reply, headers={"Location": "/x"})), "does not name", "another one"),
        (on("POST", with_body(meta={})), "meta.resourceType", "RFC 7643 3.1"),
        (on("GET", with_body(startIndex=None)), "has no startIndex", "validators look at it"),
        (on("POST", with_body(schemas=["urn:ietf:params:scim:schemas:core:2.0:User"])), "schemas", "extension unsaid"),
    ],
)
def test_a_lesser_violation_is_a_named_warning(job: Job, fault: Fault, warning: str, why: str) -> None:
    job.target.faults.append(fault)
    report = job.cycle(person(department="ER"), mapping=AttributeMapping())
    assert any(warning in what for _, what in report.warnings), why
    assert did(report) == {"created": 1}, why


@pytest.mark.parametrize(
    ("error", "warning", "why"),
    [
        ({"detail": "x"}, "lacks the schema of an Error", "no schema"),
        ({"status": 400}, "is not the HTTP status as a text", "a number"),
        ({"detail": ["x"]}, "detail of the Error is not one text", "a known server bug"),
    ],
)
def test_a_wrong_error_body_is_a_named_warning(job: Job, error: dict[str, Any], warning: str, why: str) -> None:
    job.target.faults.append(on("POST", always(400, error)))
    report = job.cycle(person())
    assert any(warning in what for _, what in report.warnings), why


def test_an_unfiltered_list_never_links_a_person_to_a_stranger(job: Job) -> None:
    job.target.hold("stranger@contoso.example.com", active=True)
    job.target.faults.append(lambda call, reply: unfiltered(job)(call, reply) if "filter" in call.target else reply)
    report = job.cycle(person())
    assert "matched a wrong user" in report.failures["jane@contoso.example.com"]
    assert ("Test Connection", "a query for a user that cannot exist found somebody: filters are not obeyed") in (
        report.warnings
    )
    assert not job.target.sent("POST") + job.target.sent("PATCH")


def test_several_matching_users_are_an_error(job: Job) -> None:
    key = job.target.hold("jane@contoso.example.com")
    job.target.users["u2"] = {**job.target.users[key], "id": "u2"}
    assert "several users match" in job.cycle(person()).failures["jane@contoso.example.com"]


def test_an_id_given_twice_is_an_error(job: Job) -> None:
    job.target.faults.append(on("POST", with_body(id="u1")))
    report = job.cycle(person(), person("joe"))
    assert report.failures == {"joe@contoso.example.com": "the id u1 is linked to another person already"}


def test_somebody_found_by_filter_must_be_known_by_id(job: Job) -> None:
    job.target.hold("jane@contoso.example.com")
    job.target.faults.append(lambda call, reply: scim_error(404) if "/Users/" in call.target else reply)
    assert "unknown by id" in job.cycle(person()).failures["jane@contoso.example.com"]


@pytest.mark.parametrize(("method", "statuses"), [("POST", [500, 503]), ("POST", [429]), ("GET", [502])])
def test_a_passing_fault_is_repeated_at_once(job: Job, method: str, statuses: list[int]) -> None:
    """A POST that was answered 500 had been carried out here: its repetition meets its own 409."""
    left = list(statuses)
    fault: Fault = lambda call, reply: scim_error(left.pop()) if left else reply  # noqa: E731
    job.target.faults.append(on(method, fault))
    report = job.cycle(person(), full=True)
    assert did(report) == {"created": 1}
    assert len(job.target.sent("POST")) == (1 if method == "GET" else len(statuses) + 1)


def test_a_lost_answer_to_a_create_is_the_same_post_again_and_no_twin(job: Job) -> None:
    job.target.faults.append(once(CUT, "POST"))
    report = job.cycle(person())
    first, second = job.target.sent("POST")
    assert first.body == second.body
    assert did(report) == {"created": 1}
    assert [call.method for call in job.target.calls] == ["GET", "GET", "POST", "POST", "GET", "GET"]
    assert (len(job.target.users), did(job.cycle(person()))) == (1, {"unchanged": 1})


def test_a_conflict_after_a_lost_create_that_matches_nobody_fails_the_person(job: Job) -> None:
    job.target.faults += [once(CUT, "POST"), on("GET", with_body(Resources=[], totalResults=0))]
    assert "no user matches" in job.cycle(person()).failures["jane@contoso.example.com"]


def test_a_slow_answer_counts_as_lost(job: Job) -> None:
    def slow(call: Call, reply: Reply) -> Reply:
        time.sleep(0.8)
        return reply

    job.target.faults.append(once(slow, "POST"))
    report = job.cycle(person(), timeout=0.4)
    assert (did(report), len(job.target.users)) == ({"created": 1}, 1)
    assert len(job.target.sent("POST")) > 1


@pytest.mark.slow
@pytest.mark.parametrize("form", ["seconds", "date"])
def test_retry_after_is_honoured_within_the_patience(job: Job, form: str) -> None:
    def busy(call: Call, reply: Reply) -> Reply:
        return Reply(429, {}, {"Retry-After": "1" if form == "seconds" else formatdate(time.time() + 2, usegmt=True)})

    job.target.faults.append(once(busy, "GET", after=1))
    report = job.cycle(person(), patience=5.0)
    assert did(report) == {"created": 1}
    assert report.seconds > 0.7


@pytest.mark.parametrize("value", ["31", "9" * 40, "Thu, 01 Jan 2099 00:00:00 GMT"])
def test_retry_after_beyond_the_patience_sends_the_person_to_escrow(job: Job, value: str) -> None:
    job.target.faults.append(once(always(429, {}, Retry_After=value), "GET", after=1))
    report = job.cycle(person(), patience=30.0)
    assert (did(report), report.seconds < 30) == ({"failed": 1}, True)
    assert did(job.cycle(person())) == {"created": 1}


@pytest.mark.slow
def test_the_patience_is_one_budget_for_all_waits_of_a_person(job: Job) -> None:
    job.target.faults.append(on("POST", always(429, {}, Retry_After="1")))
    report = job.cycle(person(), patience=1.5)
    assert (did(report), len(job.target.sent("POST"))) == ({"failed": 1}, 2)


@pytest.mark.parametrize("value", ["soon", "-1", "0", "\u00b2"])
def test_a_retry_after_that_says_nothing_is_a_repetition_at_once(job: Job, value: str) -> None:
    job.target.faults.append(once(always(429, {}, Retry_After=value), "GET", after=1))
    assert did(job.cycle(person())) == {"created": 1}


@pytest.mark.parametrize("workers", [1, 4])
def test_credentials_refused_in_the_middle_stop_the_job_and_keep_what_was_done(job: Job, workers: int) -> None:
    people = [person(f"p{number}") for number in range(20)]
    used = iter(range(100))
    job.target.faults.append(on("POST", lambda call, reply: scim_error(401) if next(used) > 4 else reply))
    report = job.cycle(*people, workers=workers)
    assert (report.exit_status, did(report)) == (3, {"created": 5})
    assert len(job.target.sent("POST")) < len(people)
    job.target.faults.clear()
    assert did(job.cycle(*people)) == {"unchanged": 5, "created": 15}


def test_a_404_to_a_query_in_the_middle_stops_the_job(job: Job) -> None:
    job.target.faults.append(once(always(404, {}), "GET", after=1))
    report = job.cycle(person())
    assert (report.exit_status, "tenant URL is correct" in str(report.quarantine)) == (3, True)


def test_escrow_goes_on_in_the_next_cycle_and_is_forgotten_after_success(job: Job) -> None:
    job.target.faults.append(on("POST", lambda call, reply: scim_error(400, "no")))
    people = [person(), person("joe")]
    report = job.cycle(*people)
    assert report.share_note == "Every person failed: Entra would put the job into quarantine."
    assert "retried 1 times" in job.cycle(*people).failures["joe@contoso.example.com"]
    assert "retried 2 times" in job.cycle(*people).failures["joe@contoso.example.com"]
    job.target.faults.clear()
    assert did(job.cycle(*people)) == {"created": 2}
    assert did(job.cycle(*people)) == {"unchanged": 2}


def test_somebody_enabled_by_a_failed_call_is_disabled_again(job: Job) -> None:
    job.cycle(person())
    job.cycle(person(role=""))
    job.target.faults.append(on("PATCH", HTML))
    assert did(job.cycle(person())) == {"failed": 1}
    assert job.target.user("jane@contoso.example.com")["active"] is True
    job.target.faults.clear()
    assert did(job.cycle(person(role=""))) == {"disabled": 1}


def forgets(*names: str) -> Fault:
    def fault(call: Call, reply: Reply) -> Reply:
        if not isinstance(reply.body, dict) or "userName" not in reply.body:
            return reply
        return replace(reply, body={name: value for name, value in reply.body.items() if name not in names})

    return fault


def test_an_attribute_that_the_target_does_not_keep_is_reported_from_the_first_cycle(job: Job) -> None:
    job.target.faults.append(forgets("title"))
    for cycle in range(3):
        report = job.cycle(person(), full=True)
        assert did(report) == ({"changed": 1} if cycle else {"created": 1})
        assert report.repeated == {"jane@contoso.example.com": ("title",)}


def test_an_attribute_that_comes_back_altered_is_reported_even_without_answers_to_writes(job: Job) -> None:
    job.target.faults += [
        on("PATCH", always(204)),
        on("GET", lambda call, reply: with_body(title="NURSE")(call, reply) if "/Users/" in call.target else reply),
    ]
    job.target.hold("jane@contoso.example.com", active=True, displayName="Jane")
    assert job.cycle(person()).repeated == {}
    assert job.cycle(person(), full=True).repeated == {"jane@contoso.example.com": ("title",)}


def test_the_answer_to_a_patch_tells_as_much_as_the_answer_to_a_create(job: Job) -> None:
    job.target.hold("jane@contoso.example.com", active=True, displayName="Jane")
    job.target.faults.append(forgets("title"))
    assert job.cycle(person()).repeated == {"jane@contoso.example.com": ("title",)}


@pytest.mark.parametrize(("active", "why"), [("True", "a text"), (1, "a number that equals true in Python")])
def test_active_must_be_a_boolean_and_would_change_in_every_cycle(job: Job, active: object, why: str) -> None:
    job.target.faults.append(on("POST", with_body(active=active)))
    report = job.cycle(person())
    assert report.repeated == {"jane@contoso.example.com": ("active",)}, why
    assert any("active" in what for _, what in report.warnings), why
