"""The cycle of the Entra simulator against a strict target: what is sent, when, and what is remembered."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from simulators.entra import AttributeMapping, Options, run
from simulators.entra.report_text import as_text
from tests.simulators.entra_people import FEW, Job, did, person, remembered, write_csv
from tests.simulators.scim_target import ENTERPRISE, TOKEN, Call, Reply, ScimTarget, on, once, serving

NO_CHANGE: list[str] = []


@pytest.fixture
def target() -> Iterator[ScimTarget]:
    with serving() as served:
        yield served


@pytest.fixture
def job(target: ScimTarget, tmp_path: Path) -> Job:
    return Job(target, tmp_path)


def test_the_sample_company_is_provisioned_once_and_then_left_alone(target: ScimTarget, tmp_path: Path) -> None:
    options = Options(target.base, TOKEN, state=tmp_path / "state.json")
    first, second = run(options), run(options)
    assert (did(first), len(target.users)) == ({"created": 50, "skipped": 3}, 50)
    assert set(first.skipped.values()) == {"not effectively entitled: the only role is Default Access"}
    assert (did(second), dict(second.requests)) == ({"unchanged": 50, "skipped": 3}, {"GET": 1})


def test_a_restart_matches_everyone_by_filter_and_changes_nothing(target: ScimTarget, tmp_path: Path) -> None:
    run(Options(target.base, TOKEN, state=tmp_path / "state.json"))
    again = run(Options(target.base, TOKEN, state=tmp_path / "state.json", restart=True, workers=8))
    assert did(again) == {"unchanged": 50, "skipped": 3}
    assert (again.cycle, dict(again.requests), again.repeated) == ("initial", {"GET": 101}, {})


def test_test_connection_asks_for_a_random_user_with_the_headers_of_entra(job: Job) -> None:
    job.cycle(test_connection_only=True)
    call = job.target.calls[0]
    assert re.fullmatch(r"/scim/Users\?filter=userName\+eq\+%22[0-9a-f-]{36}%22", call.target)
    assert call.headers["authorization"] == f"Bearer {TOKEN}"
    assert (call.headers["accept"], call.headers["adscimversion"]) == ("application/scim+json", "5.0")
    assert "user-agent" not in call.headers and "content-type" not in call.headers


@pytest.mark.parametrize(
    ("name", "query", "why"),
    [
        ("jane", "jane%40contoso.example.com", "an at sign"),
        ("ana+test", "ana%2Btest%40contoso.example.com", "a plus sign must not become a blank"),
        ("liam.d'arcy", "liam.d%27arcy%40contoso.example.com", "an apostrophe"),
        ("50%_off", "50%25_off%40contoso.example.com", "a per cent sign"),
        ('a"b', "a%5C%22b%40contoso.example.com", "a quote is escaped as in JSON"),
        ("zoë", "zo%C3%AB%40contoso.example.com", "UTF-8"),
    ],
)
def test_a_match_is_form_encoded(job: Job, name: str, query: str, why: str) -> None:
    report = job.cycle(person(name))
    assert job.sent()[0] == f"GET /Users?filter=userName+eq+%22{query}%22", why
    assert did(report) == {"created": 1}, why


FULL_BODY = (
    '{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User",'
    '"urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"],'
    '"externalId":"jane","userName":"jane@contoso.example.com","active":true,"displayName":"Zoë 田中","title":"Nurse",'
    '"emails":[{"primary":true,"type":"work","value":"j@contoso.example.com"}],'
    '"phoneNumbers":[{"type":"work","value":"555 0101"},{"type":"mobile","value":"555 0100"}],'
    '"addresses":[{"type":"work","streetAddress":"Quay 1","locality":"Oslo"}],'
    '"meta":{"resourceType":"User"},'
    '"name":{"formatted":"Zoë O\'Neil","familyName":"O\'Neil","givenName":"Zoë"},"roles":[],'
    '"urn:ietf:params:scim:schemas:extension:enterprise:2.0:User":{"department":"ER","employeeNumber":"17"}}'
)
FULL_CELLS = {
    "displayName": "Zoë 田中",
    "mail": "j@contoso.example.com",
    "telephoneNumber": "555 0101",
    "mobile": "555 0100",
    "streetAddress": "Quay 1",
    "city": "Oslo",
    "surname": "O'Neil",
    "givenName": "Zoë",
    "department": "ER",
    "employeeId": "17",
}


def test_a_create_has_the_bytes_of_entras_sample(job: Job) -> None:
    job.cycle(person(**FULL_CELLS), mapping=AttributeMapping())
    call = job.target.sent("POST")[0]
    assert (call.target, call.headers["content-type"]) == ("/scim/Users", "application/scim+json; charset=utf-8")
    assert call.body.decode() == FULL_BODY


CHANGED = {"displayName": "Jane Doe", "mail": "new@contoso.example.com", "jobTitle": "Doctor", "department": "ICU"}
DEFAULT_BODY = (
    '{"schemas":["urn:ietf:params:scim:api:messages:2.0:PatchOp"],"Operations":['
    '{"op":"Replace","path":"displayName","value":"Jane Doe"},'
    '{"op":"Add","path":"title","value":"Doctor"},'
    '{"op":"Replace","path":"emails[type eq \\"work\\"].value","value":"new@contoso.example.com"},'
    '{"op":"Add","path":"urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department","value":"ICU"}]}'
)
FLAG_BODY = (
    '{"schemas":["urn:ietf:params:scim:api:messages:2.0:PatchOp"],"Operations":['
    '{"op":"replace","path":"emails[type eq \\"work\\"].value","value":"new@contoso.example.com"},'
    '{"op":"add","value":{"title":"Doctor",'
    '"urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department":"ICU"}},'
    '{"op":"replace","path":"displayName","value":"Jane Doe"}]}'
)


@pytest.mark.parametrize(
    ("query", "settings", "body", "why"),
    [
        ("", {}, DEFAULT_BODY, "the default dialect"),
        ("?aadOptscim062020", {}, FLAG_BODY, "the flag"),
        ("/?aadOptscim062020", {}, FLAG_BODY, "the flag after a slash, as the portal's hint writes it"),
        ("?aadOptscim062020", {"on_demand": "jane@contoso.example.com"}, DEFAULT_BODY, "on demand ignores the flag"),
        ("", {"dialect": "aadOptscim062020"}, FLAG_BODY, "the dialect asked for"),
    ],
)
def test_differences_are_patched_in_the_dialect(
    job: Job, query: str, settings: dict[str, Any], body: str, why: str
) -> None:
    mapping = AttributeMapping().only(["userName", "active", "displayName", "title", "emails", "department"])
    job.cycle(person(mail="old@contoso.example.com", jobTitle=""), mapping=mapping)
    report = job.cycle(person(**CHANGED), url=job.target.base + query, mapping=mapping, **settings)
    assert job.target.sent("PATCH")[0].body.decode() == body, why
    assert (did(report), report.repeated) == ({"changed": 1}, {}), why
    user = job.target.user("jane@contoso.example.com")
    assert (user["title"], user["emails"][0]["value"], user[ENTERPRISE]) == (
        "Doctor",
        "new@contoso.example.com",
        {"department": "ICU"},
    )


def test_the_flag_travels_on_every_call(job: Job) -> None:
    people, url = [person(), person("joe")], job.target.base + "/?aadOptscim062020"
    job.cycle(*people, url=url)
    job.cycle(person(jobTitle="Doctor"), person("joe", deleted="true"), url=url)
    first, *rest = (call.target for call in job.target.calls)
    assert first.startswith("/scim/Users?aadOptscim062020&filter=")
    assert rest == [
        "/scim/Users/u2?aadOptscim062020",
        "/scim/Users/u1?aadOptscim062020",
        "/scim/Users/u1?aadOptscim062020",
    ]


@pytest.mark.parametrize(("flag", "op", "value"), [(False, "Replace", "False"), (True, "replace", False)])
def test_disabling_is_one_patch_of_active(job: Job, flag: bool, op: str, value: object) -> None:
    job.cycle(person())
    job.cycle(person(accountEnabled="False"), flag=flag)
    assert job.target.sent("PATCH")[0].operations == [{"op": op, "path": "active", "value": value}]


GET, PATCH, POST = "GET /Users/u1", "PATCH /Users/u1", "POST /Users"
MATCH = "GET /Users?filter=userName+eq+%22jane%40contoso.example.com%22"


@pytest.mark.parametrize(
    ("cells", "sent", "action", "why"),
    [
        ({}, NO_CHANGE, "unchanged", "nothing changed in the source"),
        ({"city": "Oslo"}, NO_CHANGE, "unchanged", "only something that is not mapped"),
        ({"jobTitle": "Doctor"}, [GET, PATCH], "changed", "a mapped attribute"),
        ({"userPrincipalName": "j.roe@contoso.example.com"}, [GET, PATCH], "changed", "a rename keeps the id"),
        ({"jobTitle": ""}, [GET], "unchanged", "Entra does not send what became empty"),
        ({"accountEnabled": "false"}, [GET, PATCH], "disabled", "sign-in blocked"),
        ({"role": "Default Access"}, [GET, PATCH], "disabled", "not effectively entitled any more"),
        ({"role": ""}, [GET, PATCH], "disabled", "unassigned"),
        ({"deleted": "true"}, ["DELETE /Users/u1"], "deleted", "hard-deleted"),
    ],
)
def test_a_change_in_the_source_is_carried_over(
    job: Job, cells: dict[str, str], sent: list[str], action: str, why: str
) -> None:
    job.cycle(person())
    report = job.cycle(person(**cells))
    assert (did(report), job.sent()) == ({action: 1}, sent), why
    again = job.cycle(person(**cells))
    assert job.sent() == NO_CHANGE, why
    assert set(did(again)) <= {"unchanged", "skipped"}, why


def test_a_rename_patches_the_user_name(job: Job) -> None:
    job.cycle(person())
    job.cycle(person(userPrincipalName="j.roe@contoso.example.com"))
    operation = {"op": "Replace", "path": "userName", "value": "j.roe@contoso.example.com"}
    assert job.target.sent("PATCH")[0].operations == [operation]


def test_a_removed_row_is_disabled_once_and_may_come_back(job: Job) -> None:
    job.cycle(person(), person("joe"))
    assert did(job.cycle(person("joe"))) == {"disabled": 1, "unchanged": 1}
    assert did(job.cycle(person("joe"), full=True)) == {"unchanged": 1}
    assert job.sent() == ["GET /Users/u2"]
    back = job.cycle(person(jobTitle="Doctor"), person("joe"))
    assert did(back) == {"enabled": 1, "unchanged": 1}
    assert [each["path"] for each in job.target.sent("PATCH")[0].operations] == ["active", "title"]
    assert job.target.user("jane@contoso.example.com")["active"] is True


def test_a_removed_row_is_deleted_when_asked(job: Job) -> None:
    job.cycle(person(), person("joe"))
    assert did(job.cycle(person("joe"), hard_delete=True)) == {"deleted": 1, "unchanged": 1}
    assert job.sent() == ["DELETE /Users/u1"]
    assert did(job.cycle(person("joe"), hard_delete=True)) == {"unchanged": 1}


def test_who_left_the_scope_before_being_deleted_gets_no_delete(job: Job) -> None:
    job.cycle(person())
    job.cycle(person(role=""))
    job.cycle(person(role="", deleted="true"))
    assert job.sent() == NO_CHANGE


def test_a_delete_of_somebody_unknown_counts_as_done(job: Job) -> None:
    job.cycle(person())
    job.target.users.clear()
    report = job.cycle(person(deleted="true"))
    assert (did(report), report.exit_status) == ({"deleted": 1}, 0)
    assert did(job.cycle(person())) == {"created": 1}


def test_without_a_mapping_of_active_people_are_deleted_instead_of_disabled(job: Job) -> None:
    mapping = FEW.only(["userName", "title"])
    job.cycle(person(), person("joe"), mapping=mapping)
    report = job.cycle(person(accountEnabled="false"), person("joe", role=""), mapping=mapping)
    assert (did(report), job.sent()) == ({"deleted": 2}, ["DELETE /Users/u2", "DELETE /Users/u1"])


def test_somebody_disabled_in_the_source_and_unknown_in_the_target_is_not_created(job: Job) -> None:
    report = job.cycle(person(accountEnabled="false"))
    assert (did(report), job.sent()) == ({"skipped": 1}, [MATCH])
    assert did(job.cycle(person(accountEnabled="false"))) == {"skipped": 1}
    assert job.sent() == NO_CHANGE
    assert did(job.cycle(person())) == {"created": 1}


def test_somebody_disabled_in_the_source_and_known_in_the_target_is_disabled(job: Job) -> None:
    job.target.hold("jane@contoso.example.com", active=True)
    assert did(job.cycle(person(accountEnabled="false"))) == {"disabled": 1}
    assert job.sent() == [MATCH, GET, PATCH]


def test_somebody_disabled_on_both_sides_gets_no_patch(job: Job) -> None:
    job.target.hold("jane@contoso.example.com", active=False)
    assert did(job.cycle(person(accountEnabled="false"))) == {"unchanged": 1}
    assert job.sent() == [MATCH, GET]


def test_somebody_to_be_disabled_and_gone_from_the_target_is_forgotten(job: Job) -> None:
    job.cycle(person())
    job.target.users.clear()
    assert did(job.cycle(person(role=""))) == {"unchanged": 1}
    assert did(job.cycle(person())) == {"created": 1}


def test_somebody_found_by_filter_is_read_and_only_the_differences_are_patched(job: Job) -> None:
    job.target.hold("Jane@Contoso.example.com", active=True, displayName="Jane", nickName="J")
    report = job.cycle(person())
    assert job.sent() == [MATCH, GET, PATCH]
    assert report.outcomes[0].attributes == ("userName", "title")
    assert job.target.user("jane@contoso.example.com")["nickName"] == "J"


def test_somebody_gone_from_the_target_is_matched_again_and_created(job: Job) -> None:
    job.cycle(person())
    job.target.users.clear()
    assert did(job.cycle(person(jobTitle="Doctor"))) == {"created": 1}
    assert job.sent() == [GET, MATCH, POST]
    job.cycle(person(jobTitle="Surgeon"))
    assert job.sent() == ["GET /Users/u2", "PATCH /Users/u2"]


def test_a_full_cycle_repairs_what_was_changed_in_the_target(job: Job) -> None:
    job.cycle(person())
    job.target.user("jane@contoso.example.com")["title"] = "Impostor"
    assert did(job.cycle(person())) == {"unchanged": 1}
    assert did(job.cycle(person(), full=True)) == {"changed": 1}


def test_a_changed_mapping_is_a_change_for_everyone(job: Job) -> None:
    job.cycle(person(department="ER"))
    report = job.cycle(person(department="ER"), mapping=AttributeMapping().only(["userName", "active", "department"]))
    assert (did(report), report.outcomes[0].attributes) == ({"changed": 1}, (f"{ENTERPRISE}:department",))


@pytest.mark.parametrize(("flag", "op"), [(False, "Remove"), (True, "remove")])
def test_what_became_empty_is_removed_when_the_mapping_says_so(job: Job, flag: bool, op: str) -> None:
    job.cycle(person(), clear_empty=True, flag=flag)
    job.cycle(person(jobTitle=""), clear_empty=True, flag=flag)
    assert job.target.sent("PATCH")[0].operations == [{"op": op, "path": "title"}]
    assert "title" not in job.target.user("jane@contoso.example.com")


def test_matching_goes_by_the_attributes_in_order(job: Job) -> None:
    mapping = AttributeMapping().only(["userName", "active", "externalId", "emails"])
    mapping = mapping.matched_by(["externalId", 'emails[type eq "work"].value'])
    job.target.hold("other@x.example", externalId="other", emails=[{"type": "work", "value": "J@x.example"}])
    job.cycle(person(mail="j@x.example"), mapping=mapping)
    assert job.sent() == [
        "GET /Users?filter=externalId+eq+%22jane%22",
        "GET /Users?filter=emails%5Btype+eq+%22work%22%5D.value+eq+%22j%40x.example%22",
        GET,
        PATCH,
    ]


def test_a_newcomer_takes_over_the_account_of_somebody_who_left(job: Job) -> None:
    job.cycle(person())
    report = job.cycle(person(objectId="o-new"))
    assert did(report) == {"disabled": 1, "enabled": 1}
    assert remembered(job.state) == ["o-new"]
    assert did(job.cycle(person(objectId="o-new"))) == {"unchanged": 1}
    assert job.target.user("jane@contoso.example.com")["active"] is True


def test_several_workers_do_the_same_as_one(target: ScimTarget, tmp_path: Path) -> None:
    report = run(Options(target.base, TOKEN, state=tmp_path / "state.json", workers=8, map_manager=True))
    assert (did(report), len(target.users)) == ({"created": 50, "skipped": 3, "manager set": 46}, 50)
    first = [each.person.partition("@")[0] for each in report.outcomes][:3]
    assert first == ["marisol.vega", "jonas.lindqvist", "jonas.lindqvist"]


def test_a_kill_in_the_middle_loses_nothing(job: Job) -> None:
    def killed(call: Call, reply: Reply) -> Reply:
        assert remembered(job.state) == ["o-jane"]
        job.state.with_suffix(".killed").write_bytes(job.state.read_bytes())
        return reply

    job.target.faults.append(once(killed, "POST", after=1))
    people = [person(), person("joe"), person("jim")]
    job.cycle(*people)
    job.state.with_suffix(".killed").replace(job.state)
    del job.target.users["u3"]
    report = job.cycle(*people)
    assert did(report) == {"unchanged": 2, "created": 1}
    assert len(job.target.users) == 3


def test_the_state_never_holds_the_token_or_a_torn_document(job: Job) -> None:
    job.target.faults.append(on("POST", lambda call, reply: Reply(400, f"echo {TOKEN}".encode())))
    report = job.cycle(person())
    assert TOKEN.encode() not in job.state.read_bytes()
    assert TOKEN not in json.dumps(report.as_json()) + as_text(report) + repr(report)
    assert [each.name for each in job.state.parent.iterdir()] == [job.state.name]


def test_a_rate_is_kept(job: Job) -> None:
    report = job.cycle(person(), person("joe"), rate=50.0, workers=4)
    assert report.requests.total() == 5 and report.seconds >= 4 / 50


def test_people_may_come_from_a_file(job: Job, tmp_path: Path) -> None:
    people = write_csv(tmp_path / "people.csv", [person(), person("joe", role="Default Access")])
    report = run(Options(job.target.base, TOKEN, people=people))
    assert did(report) == {"created": 1, "skipped": 1}
