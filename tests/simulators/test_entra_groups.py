"""Groups of the Entra simulator: what is sent for the object, for its members, and for the end of it."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from simulators.entra import Options, run
from simulators.entra.__main__ import main
from simulators.entra.generated import Generated
from simulators.entra.generated_groups import GeneratedGroups
from simulators.entra.groups import Group, GroupFile, GroupsError
from tests.simulators.entra_people import Job, did, person, write_csv
from tests.simulators.scim_target import TOKEN, Call, Reply, on, once, scim_error, serving

FLAG = "aadOptscim062020"
NO_CHANGE: list[str] = []
JANE, JOE = "jane@contoso.example.com", "joe@contoso.example.com"


@pytest.fixture
def job(tmp_path: Path) -> Iterator[Job]:
    with serving() as target:
        yield Job(target, tmp_path)


def nurses(*members: str, **more: Any) -> Group:
    return Group("g-nurses", "Nurses", members, **more)


def sent(job: Job) -> list[str]:
    """Requests about groups, after the Test Connection."""
    return [each for each in job.sent()[1:] if "/Groups" in each]


def bodies(job: Job, method: str = "PATCH") -> list[str]:
    return [call.body.decode() for call in job.target.sent(method) if "/Groups" in call.target]


def test_the_test_connection_asks_for_a_random_group_too(job: Job) -> None:
    job.cycle(groups=[], test_connection_only=True)
    call = job.target.calls[1].target
    assert re.fullmatch(r"/scim/Groups\?excludedAttributes=members&filter=displayName\+eq\+%22[0-9a-f-]{36}%22", call)


MATCH = "GET /Groups?excludedAttributes=members&filter=displayName+eq+%22Nurses%22"
READ = "GET /Groups/g1?excludedAttributes=members"
PATCH = "PATCH /Groups/g1"


def test_a_group_is_matched_created_without_members_and_then_filled(job: Job) -> None:
    report = job.cycle(person(), person("joe"), groups=[nurses(JANE, JOE)])
    assert sent(job) == [MATCH, "POST /Groups", PATCH]
    assert bodies(job, "POST") == [
        '{"schemas":["urn:ietf:params:scim:schemas:core:2.0:Group"],"externalId":"g-nurses","displayName":"Nurses",'
        '"members":[],"meta":{"resourceType":"Group"}}'
    ]
    assert did(report) == {"created": 2, "group created": 1, "members changed": 1}
    assert job.target.members("Nurses") == [JANE, JOE]
    again = job.cycle(person(), person("joe"), groups=[nurses(JANE, JOE)])
    assert (sent(job), did(again)) == (NO_CHANGE, {"unchanged": 2, "group unchanged": 1})


def test_the_sample_of_the_documentation_is_a_choice(job: Job) -> None:
    job.cycle(groups=[nurses()], adscim_groups=True)
    assert bodies(job, "POST") == [
        '{"schemas":["urn:ietf:params:scim:schemas:core:2.0:Group",'
        '"http://schemas.microsoft.com/2006/11/ResourceManagement/ADSCIM/2.0/Group"],'
        '"externalId":"g-nurses","displayName":"Nurses","meta":{"resourceType":"Group"}}'
    ]


HEAD = '{"schemas":["urn:ietf:params:scim:api:messages:2.0:PatchOp"],"Operations":['
PEOPLE = (person(), person("joe"), person("jim"))


@pytest.mark.parametrize(
    ("dialect", "before", "after", "body", "why"),
    [
        (
            "default",
            nurses(),
            nurses(JANE, JOE),
            '{"op":"Add","path":"members","value":[{"$ref":null,"value":"u1"},{"$ref":null,"value":"u2"}]}]}',
            "several members in one operation",
        ),
        (
            FLAG,
            nurses(),
            nurses(JANE, JOE),
            '{"op":"add","path":"members","value":[{"$ref":null,"value":"u1"},{"$ref":null,"value":"u2"}]}]}',
            "the flag changes the letters alone",
        ),
        (
            "default",
            nurses(JANE, JOE, "jim@contoso.example.com"),
            nurses(JOE),
            '{"op":"Remove","path":"members","value":[{"$ref":null,"value":"u1"},{"$ref":null,"value":"u3"}]}]}',
            "a removal with a list of values",
        ),
        (
            FLAG,
            nurses(JANE, JOE, "jim@contoso.example.com"),
            nurses(JOE),
            '{"op":"remove","path":"members[value eq \\"u1\\"]"},{"op":"remove","path":"members[value eq \\"u3\\"]"}]}',
            "a removal with a value path each",
        ),
        (
            "default",
            nurses(),
            Group("g-nurses", "RNs"),
            '{"op":"Replace","path":"displayName","value":"RNs"}]}',
            "a rename",
        ),
        (
            FLAG,
            nurses(),
            Group("g-nurses", "RNs"),
            '{"op":"replace","path":"displayName","value":"RNs"}]}',
            "a rename with the flag",
        ),
    ],
)
def test_a_change_of_a_group_is_one_patch_in_the_dialect(
    job: Job, dialect: str, before: Group, after: Group, body: str, why: str
) -> None:
    job.cycle(*PEOPLE, groups=[before], dialect=dialect)
    report = job.cycle(*PEOPLE, groups=[after], dialect=dialect)
    assert bodies(job) == [HEAD + body], why
    assert sent(job)[0] == READ, "a group is read before it is patched, without its members"
    assert report.exit_status == 0 and job.target.members(after.display_name) == sorted(after.members)


@pytest.mark.parametrize(
    ("dialect", "check"),
    [
        ("default", "members+eq+%22u1%22"),
        (FLAG, "members%5Bvalue+eq+%22u1%22%5D"),
    ],
)
def test_memberships_of_a_group_that_is_not_new_are_asked_for_one_by_one(job: Job, dialect: str, check: str) -> None:
    job.cycle(*PEOPLE, groups=[nurses()], dialect=dialect)
    job.cycle(*PEOPLE, groups=[nurses(JANE)], dialect=dialect)
    assert sent(job) == [READ, f"GET /Groups?filter=id+eq+%22g1%22+and+{check}&attributes=id", PATCH]
    job.cycle(*PEOPLE, groups=[nurses()], dialect=dialect)
    assert sent(job) == [READ, f"GET /Groups?filter=id+eq+%22g1%22+and+{check}&attributes=id", PATCH]


def test_a_membership_that_is_there_already_is_not_written(job: Job) -> None:
    job.cycle(*PEOPLE, groups=[nurses()])
    job.target.group("Nurses")["members"] = [{"value": "u1"}, {"value": "u9"}]
    job.cycle(*PEOPLE, groups=[nurses(JANE)])
    assert PATCH not in sent(job)
    job.target.group("Nurses")["members"] = []
    job.cycle(*PEOPLE, groups=[nurses()])
    assert PATCH not in sent(job), "nor is the removal of a stranger"


def test_a_group_that_is_there_already_is_matched_and_its_other_members_stay(job: Job) -> None:
    job.cycle(*PEOPLE)
    job.target._create_group({"schemas": ["urn:ietf:params:scim:schemas:core:2.0:Group"], "displayName": "NURSES"})
    job.target.group("nurses")["members"] = [{"value": "u3"}, {"value": "u1"}]
    report = job.cycle(*PEOPLE, groups=[nurses(JANE, JOE)])
    checks = [f"GET /Groups?filter=id+eq+%22g1%22+and+members+eq+%22u{each}%22&attributes=id" for each in (1, 2)]
    assert sent(job) == [MATCH, READ, PATCH, *checks, PATCH]
    assert [json.loads(each)["Operations"] for each in bodies(job)] == [
        [
            {"op": "Replace", "path": "displayName", "value": "Nurses"},
            {"op": "Add", "path": "externalId", "value": "g-nurses"},
        ],
        [{"op": "Add", "path": "members", "value": [{"$ref": None, "value": "u2"}]}],
    ]
    assert job.target.members("Nurses") == sorted([JANE, JOE, "jim@contoso.example.com"])
    assert did(report)["group changed"] == 1


def test_memberships_are_gathered_by_the_portion(job: Job) -> None:
    job.cycle(*PEOPLE, groups=[nurses(*(each.user_principal_name for each in PEOPLE))], members_per_patch=2)
    assert [len(json.loads(each)["Operations"][0]["value"]) for each in bodies(job)] == [2, 1]


def test_members_out_of_scope_are_not_sent(job: Job) -> None:
    report = job.cycle(person(), person("joe", role=""), groups=[nurses(JANE, JOE, "nobody")])
    assert job.target.members("Nurses") == [JANE]
    assert ("group Nurses", "the source has no member nobody") in report.warnings
    job.cycle(person(), person("joe"), groups=[nurses(JANE, JOE)])
    assert job.target.members("Nurses") == [JANE, JOE], "who comes into scope later is sent then"
    job.cycle(person(), person("joe", role=""), groups=[nurses(JANE, JOE)])
    assert (sent(job), job.target.members("Nurses")) == (NO_CHANGE, [JANE, JOE]), "who leaves it is left where he is"


def test_somebody_known_and_out_of_scope_does_not_become_a_member(job: Job) -> None:
    job.cycle(*PEOPLE, groups=[nurses(JANE)])
    gone = [person(), person("joe", role=""), PEOPLE[2]]
    job.cycle(*gone, groups=[nurses(JANE, JOE)])
    assert (sent(job), job.target.members("Nurses")) == (NO_CHANGE, [JANE])


def test_somebody_deleted_for_good_gets_no_removal(job: Job) -> None:
    job.cycle(*PEOPLE, groups=[nurses(JANE, JOE)])
    report = job.cycle(person(deleted="true"), *PEOPLE[1:], groups=[nurses(JOE)])
    assert (did(report)["deleted"], sent(job)) == (1, NO_CHANGE)


def test_a_group_within_a_group_is_a_member_by_its_own_id(job: Job) -> None:
    job.cycle(person(), groups=[Group("g-all", "All staff", ["nurses", JANE]), nurses()])
    assert job.target.members("All staff") == ["Nurses", JANE]
    assert json.loads(bodies(job)[0])["Operations"][0]["value"] == [
        {"$ref": None, "value": "g2"},
        {"$ref": None, "value": "u1"},
    ]


@pytest.mark.parametrize(
    ("after", "why"),
    [([], "its row is gone"), ([nurses(JANE, assigned=False)], "not assigned to the application any more")],
)
def test_a_group_out_of_scope_is_deleted_once(job: Job, after: list[Group], why: str) -> None:
    job.cycle(person(), groups=[nurses(JANE)])
    assert did(job.cycle(person(), groups=after)) == {"unchanged": 1, "group deleted": 1}, why
    assert sent(job) == ["DELETE /Groups/g1"], why
    assert set(did(job.cycle(person(), groups=after))) <= {"unchanged", "skipped"} and sent(job) == NO_CHANGE, why
    job.cycle(person(), groups=[nurses(JANE)])
    assert (sent(job), job.target.members("Nurses")) == ([MATCH, "POST /Groups", "PATCH /Groups/g2"], [JANE]), why


def test_a_cycle_without_groups_leaves_them_alone(job: Job) -> None:
    job.cycle(person(), groups=[nurses(JANE)])
    job.cycle(person())
    assert [call.method for call in job.target.calls] == ["GET"] and len(job.target.groups) == 1


def test_a_group_gone_from_the_target_is_made_again_when_it_changes(job: Job) -> None:
    job.cycle(*PEOPLE, groups=[nurses(JANE)])
    job.target.groups.clear()
    report = job.cycle(*PEOPLE, groups=[nurses(JANE, JOE)])
    assert sent(job) == [READ, MATCH, "POST /Groups", "PATCH /Groups/g2"]
    assert (job.target.members("Nurses"), did(report)["group created"]) == ([JANE, JOE], 1)


def test_a_full_cycle_repairs_the_name_and_the_members(job: Job) -> None:
    job.cycle(*PEOPLE, groups=[nurses(JANE, JOE)])
    job.target.group("Nurses").update(displayName="Stolen", members=[{"value": "u2"}, {"value": "u3"}])
    report = job.cycle(*PEOPLE, groups=[nurses(JANE, JOE)], full=True)
    assert job.target.members("Nurses") == sorted(each.user_principal_name for each in PEOPLE), "u3 is not ours"
    assert did(report) == {"unchanged": 3, "group changed": 1, "members changed": 1}
    assert report.repeated == {"group Nurses": ("displayName",)}


def test_a_user_made_again_is_made_a_member_again(job: Job) -> None:
    job.cycle(*PEOPLE, groups=[nurses(JANE)])
    del job.target.users["u1"]
    job.cycle(person(jobTitle="Doctor"), *PEOPLE[1:], groups=[nurses(JANE)])
    assert {"value": "u4"} in job.target.group("Nurses")["members"]


def test_failed_members_leave_the_group_and_are_tried_again(job: Job) -> None:
    refused = on("PATCH", lambda call, reply: scim_error(400, "no") if "/Groups" in call.target else reply)
    job.target.faults.append(refused)
    report = job.cycle(*PEOPLE, groups=[nurses(JANE)])
    assert report.failures == {"group Nurses": "members: PATCH was answered HTTP 400 no, not 200 or 204"}
    assert (report.exit_status, did(report)["group created"]) == (1, 1)
    job.target.faults.clear()
    job.cycle(*PEOPLE, groups=[nurses(JANE)])
    assert job.target.members("Nurses") == [JANE]


def test_a_portion_that_was_written_is_not_written_again_after_a_failure(job: Job) -> None:
    everybody = nurses(*(each.user_principal_name for each in PEOPLE))
    job.target.faults.append(once(lambda call, reply: scim_error(400, "no"), "PATCH", after=1))
    job.cycle(*PEOPLE, groups=[everybody], members_per_patch=1)
    job.target.faults.clear()
    job.cycle(*PEOPLE, groups=[everybody], members_per_patch=1)
    assert len(bodies(job)) == 2 and len(job.target.members("Nurses")) == 3


def test_a_failed_group_goes_to_escrow_without_members(job: Job) -> None:
    job.target.faults.append(on("POST", lambda call, reply: scim_error(400, "no") if b"Nurses" in call.body else reply))
    report = job.cycle(*PEOPLE, groups=[nurses(JANE)])
    assert (did(report), bodies(job)) == ({"created": 3, "failed": 1}, [])
    job.target.faults.clear()
    assert did(job.cycle(*PEOPLE, groups=[nurses(JANE)]))["group created"] == 1
    assert job.target.members("Nurses") == [JANE]


def with_body(**members: Any) -> Any:
    def fault(call: Call, reply: Reply) -> Reply:
        return replace(reply, body={**reply.body, **members}) if "/Groups" in call.target else reply

    return fault


@pytest.mark.parametrize(
    ("fault", "said", "why"),
    [
        (on("POST", with_body(id=None)), "no id", "the id is what everything hangs on"),
        (on("POST", with_body(schemas=["x"])), "schemas of the resource lack", "no schema"),
        (on("POST", with_body(displayName=None)), "no displayName", "no name"),
        (on("POST", with_body(displayName="x")), "the answer says x", "another name"),
        (on("POST", with_body(members="u1")), "members of the resource is not a list", "one member as text"),
        (on("POST", with_body(meta=[])), "meta of the resource is not an object", "a list"),
        (on("POST", lambda call, reply: scim_error(409, "taken") if b"Nu" in call.body else reply), "409", "taken"),
    ],
)
def test_a_bad_answer_to_a_create_fails_the_group(job: Job, fault: Any, said: str, why: str) -> None:
    job.target.faults.append(fault)
    assert said in job.cycle(groups=[nurses()]).failures["group Nurses"], why


def test_a_lost_answer_to_a_create_makes_no_second_group(job: Job) -> None:
    job.target.faults.append(once(lambda call, reply: replace(reply, cut=True), "POST"))
    report = job.cycle(groups=[nurses()])
    assert (did(report), len(job.target.groups)) == ({"group created": 1}, 1)


def test_groups_with_the_same_id_are_an_error(job: Job) -> None:
    job.target.faults.append(on("POST", with_body(id="g1")))
    report = job.cycle(groups=[nurses(), Group("g-2", "Doctors")])
    assert report.failures == {"group Doctors": "the id g1 is linked to another group already"}


def test_a_groups_file_is_read_and_provisioned(job: Job, tmp_path: Path) -> None:
    people = write_csv(tmp_path / "people.csv", PEOPLE)
    file = tmp_path / "groups.csv"
    file.write_text(f'objectId,displayName,members,assigned\ng1,Nurses,"{JANE}; {JOE}",\ng2,"All, staff",Nurses,true\n')
    assert list(GroupFile(file)) == [
        Group("g1", "Nurses", (JANE, JOE)),
        Group("g2", "All, staff", ("Nurses",)),
    ]
    told = ["--token", TOKEN, "--groups", str(file), "--state", str(tmp_path / "s")]
    assert main([job.target.base, str(people), *told]) == 0
    assert job.target.members("Nurses") == [JANE, JOE] and job.target.members("All, staff") == ["Nurses"]


GROUP_HEAD = "objectId,displayName,members,assigned"


@pytest.mark.parametrize(
    ("text", "said", "why"),
    [
        ("", "lacks the columns objectId, displayName, members", "an empty file"),
        ("objectId,displayName\n", "lacks the column members", "one column"),
        (f"{GROUP_HEAD}\ng1,A,,\ng1,B,,", "has the objectId g1 twice", "one group twice"),
        (f"{GROUP_HEAD}\ng1,A,,\ng2,a,,", "has the displayName a twice", "names match without case"),
        (f"{GROUP_HEAD}\ng1,,,", "Line 2 of the groups file has no displayName", "no name"),
        (f"{GROUP_HEAD}\n,A,,", "Line 2 of the groups file has no objectId", "no id"),
        (f"{GROUP_HEAD}\ng1,A,,maybe", "assigned must be true or false", "a guess"),
        (f"{GROUP_HEAD}\ng1,A", "more or fewer cells", "half a line"),
        (b"\xff\xfe", "not CSV in UTF-8", "another encoding"),
    ],
)
def test_a_bad_groups_file_is_refused_with_a_sentence(
    text: str | bytes, said: str, why: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "groups.csv"
    file.write_bytes(text if isinstance(text, bytes) else text.encode())
    assert main(["http://127.0.0.1:1", "--token", "t", "--groups", str(file), "--state", str(tmp_path / "s")]) == 2, why
    assert said in capsys.readouterr().err, why


@pytest.mark.parametrize(
    ("told", "said"),
    [
        (["--groups", "none.csv"], "cannot be read"),
        (["--groups", "3"], "need invented people"),
        (["--groups", "0", "--users", "3"], "from 1 to 1,000,000 groups"),
        (["--groups", "3", "--users", "3", "--members-per-patch", "0"], "at least one member"),
    ],
)
def test_wrong_use_is_a_sentence(
    told: list[str], said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(["http://127.0.0.1:1", "--token", "t", *told]) == 2
    assert said in capsys.readouterr().err


def test_a_groups_file_that_is_missing_is_an_error_in_process(tmp_path: Path) -> None:
    with pytest.raises(GroupsError, match="cannot be read"):
        run(Options("http://127.0.0.1:1", "t", groups=tmp_path / "none.csv"))


def test_invented_groups_have_every_size_and_each_name_once() -> None:
    groups = list(GeneratedGroups(60, Generated(400)))
    assert groups == list(GeneratedGroups(60, Generated(400)))
    assert len({group.display_name for group in groups}) == len({group.object_id for group in groups}) == 60
    sizes = Counter(len(set(group.members)) for group in groups)
    assert {0, 1, 3, 8, 20, 60} <= set(sizes) and max(sizes) > 200
    names = {group.display_name for group in groups}
    assert sum(bool(names & set(group.members)) for group in groups) == 6, "nested"
    edited = {group.object_id: group for group in GeneratedGroups(60, Generated(400, 0, (1,), 0.5))}
    before = {group.object_id: group for group in groups}
    assert 0 < 60 - len(edited) < 15
    assert any(edited[each].display_name != before[each].display_name for each in edited)
    assert any(set(edited[each].members) != set(before[each].members) for each in edited)


@pytest.mark.parametrize("dialect", ["default", FLAG])
def test_invented_groups_end_up_with_their_members_after_every_round(job: Job, dialect: str) -> None:
    for rounds in ((), (1,), (1, 2)):
        people = Generated(80, 5, rounds, 0.3)
        options: dict[str, Any] = {
            "users": 80,
            "seed": 5,
            "edit_seeds": rounds,
            "edit_share": 0.3,
            "groups": 12,
            "workers": 3,
        }
        report = job.cycle(dialect=dialect, **options)
        assert (report.exit_status, report.quarantine, report.warnings) == (0, None, {}), report.failures
        there = {user["userName"].lower() for user in job.target.users.values()}
        managed = {each.user_principal_name.lower() for each in people if not each.why_skipped}
        groups = list(GeneratedGroups(12, people))
        assert {group["displayName"] for group in job.target.groups.values()} == {each.display_name for each in groups}
        for group in groups:
            wanted = {each.lower() for each in group.members if each.lower() in there & managed}
            assert wanted <= {each.lower() for each in job.target.members(group.display_name)}
        again = job.cycle(dialect=dialect, **options)
        assert [call.method for call in job.target.calls] == ["GET", "GET"], did(again)
