"""Mappings of the Entra simulator: the whole default one, roles in three forms, a file of one's own, and on demand."""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from simulators.entra import AttributeMapping
from simulators.entra.__main__ import main
from simulators.entra.groups import Group, GroupFile
from simulators.entra.mapping import DEFAULT
from simulators.entra.mapping_file import read_mapping
from simulators.entra.roles import FORMS
from tests.simulators.entra_people import FEW, Job, did, person, write_csv
from tests.simulators.scim_target import ENTERPRISE, TOKEN, serving

FLAG = "aadOptscim062020"
JANE = "jane@contoso.example.com"


@pytest.fixture
def job(tmp_path: Path) -> Iterator[Job]:
    with serving() as target:
        yield Job(target, tmp_path)


EVERYTHING = {
    "mailNickname": "jroe",
    "displayName": "Jane Roe",
    "mail": "jane@contoso.example.com",
    "proxyAddresses": "j@mail.example.com",
    "telephoneNumber": "555 0101",
    "mobile": "555 0100",
    "facsimileTelephoneNumber": "555 0102",
    "physicalDeliveryOfficeName": "Room 7",
    "streetAddress": "Quay 1",
    "city": "Oslo",
    "state": "Viken",
    "postalCode": "0252",
    "country": "NO",
    "surname": "Roe",
    "givenName": "Jane",
    "department": "ER",
    "employeeId": "17",
}
BODY = (
    '{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User",'
    '"urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"],'
    '"externalId":"jroe","userName":"jane@contoso.example.com","active":true,"displayName":"Jane Roe","title":"Nurse",'
    '"emails":[{"primary":true,"type":"work","value":"jane@contoso.example.com"},'
    '{"type":"other","Value":"j@mail.example.com"}],'
    '"phoneNumbers":[{"type":"work","value":"555 0101"},{"type":"mobile","value":"555 0100"},'
    '{"type":"fax","value":"555 0102"}],'
    '"addresses":[{"type":"work","formatted":"Room 7","streetAddress":"Quay 1","locality":"Oslo","region":"Viken",'
    '"postalCode":"0252","country":"NO"},{"type":"other","Formatted":"Room 7"}],'
    '"meta":{"resourceType":"User"},'
    '"name":{"formatted":"Jane Roe","familyName":"Roe","givenName":"Jane"},"roles":[],'
    '"urn:ietf:params:scim:schemas:extension:enterprise:2.0:User":{"department":"ER","employeeNumber":"17"}}'
)


def test_the_default_mapping_of_a_non_gallery_application_is_sent_whole(job: Job) -> None:
    people = [person(**EVERYTHING)]
    assert job.cycle(*people, mapping=AttributeMapping()).repeated == {}
    assert job.target.sent("POST")[0].body.decode() == BODY
    assert set(AttributeMapping().values(people[0])) == set(DEFAULT)
    assert did(job.cycle(*people, mapping=AttributeMapping(), full=True)) == {"unchanged": 1}


def with_roles(form: str) -> AttributeMapping:
    return FEW.only(["userName"]).with_flow(*FORMS[form])


def objects(label: str, *names: str) -> str:
    kind = '"primary":false,"type":"WindowsAzureActiveDirectoryRole"'
    return ",".join(f'{{{kind},"{label}":"{name}","value":"{name}"}}' for name in names)


ROLE_ID = "f729da4b-d819-5fb8-89dc-63c9442fd1fa"
AUDITOR = f'{{\\"id\\":\\"{ROLE_ID}\\",\\"value\\":\\"Auditor\\",\\"displayName\\":\\"Auditor\\"}}'


@pytest.mark.parametrize(
    ("form", "dialect", "created", "patched", "why"),
    [
        (
            "single",
            "default",
            '{"primary":true,"value":"Admin"}',
            '{"op":"Replace","path":"roles[primary eq \\"True\\"].value","value":"Auditor"}',
            "the primary role, by a value path with a text for a boolean",
        ),
        (
            "single",
            FLAG,
            '{"primary":true,"value":"Admin"}',
            '{"op":"replace","path":"roles[primary eq \\"True\\"].value","value":"Auditor"}',
            "the same with the flag",
        ),
        (
            "complex",
            "default",
            objects("displayName", "Admin"),
            f'{{"op":"Add","path":"roles","value":[{{"value":"{AUDITOR}"}}]}}',
            "a POST has objects, a PATCH has JSON text",
        ),
        (
            "complex",
            FLAG,
            objects("displayName", "Admin"),
            f'{{"op":"add","path":"roles","value":[{objects("displayName", "Auditor")}]}}',
            "with the flag both have objects",
        ),
        (
            "assertive",
            "default",
            objects("display", "Admin"),
            f'{{"op":"replace","path":"roles","value":[{objects("display", "Auditor")}]}}',
            "a replacement, in small letters as Microsoft's sample",
        ),
        (
            "assertive",
            FLAG,
            objects("display", "Admin"),
            f'{{"op":"replace","path":"roles","value":[{objects("display", "Auditor")}]}}',
            "the same with the flag",
        ),
    ],
)
def test_roles_are_sent_in_their_three_forms(
    job: Job, form: str, dialect: str, created: str, patched: str, why: str
) -> None:
    mapping = with_roles(form)
    job.cycle(person(role="Admin"), mapping=mapping, dialect=dialect)
    assert f'"roles":[{created}]' in job.target.sent("POST")[0].body.decode(), why
    report = job.cycle(person(role="Auditor"), mapping=mapping, dialect=dialect)
    assert job.target.sent("PATCH")[0].body.decode().endswith(f'"Operations":[{patched}]}}'), why
    assert (did(report), report.repeated) == ({"changed": 1}, {}), why
    assert did(job.cycle(person(role="Auditor"), mapping=mapping, dialect=dialect, full=True)) == {"unchanged": 1}, why


@pytest.mark.parametrize(("form", "left"), [("complex", ["Admin", "Auditor"]), ("assertive", ["Auditor"])])
def test_only_the_assertive_form_takes_a_role_away(job: Job, form: str, left: list[str]) -> None:
    job.cycle(person(role="Admin;Auditor"), mapping=with_roles(form), dialect=FLAG)
    job.cycle(person(role="Auditor"), mapping=with_roles(form), dialect=FLAG)
    assert [each["value"] for each in job.target.user(JANE)["roles"]] == left


def test_a_primary_role_is_created_where_there_is_none(job: Job) -> None:
    job.target.hold(JANE)
    report = job.cycle(person(role="Admin"), mapping=with_roles("single"))
    assert job.target.sent("PATCH")[0].operations == [
        {"op": "Add", "path": 'roles[primary eq "True"].value', "value": "Admin"}
    ]
    assert (job.target.user(JANE)["roles"], report.repeated) == ([{"primary": True, "value": "Admin"}], {})


EXTENSION = "urn:ietf:params:scim:schemas:extension:Acme:2.0:User"
MAPPING = f"""
match = ["externalId", "userName"]

[attributes]
userName = "userPrincipalName"
externalId = "objectId"
active = 'Switch([IsSoftDeleted], , "False", "True", "True", "False")'
nickName = 'Join("-", [givenName], [surname], [city])'
preferredLanguage = '"en"'
title = "ToLower([jobTitle])"
displayName = 'Append([displayName], " (ext)")'
'{EXTENSION}:tag' = "city"
'{ENTERPRISE}:manager' = "manager"
"""


def test_a_mapping_file_is_followed(job: Job, tmp_path: Path) -> None:
    file, people = tmp_path / "mapping.toml", tmp_path / "people.csv"
    file.write_text(MAPPING)
    boss = person("boss", city="Rome")
    write_csv(people, [person(givenName="Jane", surname="Roe", city="Oslo", manager="boss@contoso.example.com"), boss])
    told = [job.target.base, str(people), "--token", TOKEN, "--mapping", str(file), "--state", str(tmp_path / "s")]
    assert main(told) == 0
    assert json.loads(job.target.sent("POST")[0].body) == {
        "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User", ENTERPRISE],
        "userName": JANE,
        "externalId": "o-jane",
        "active": True,
        "nickName": "Jane-Roe-Oslo",
        "preferredLanguage": "en",
        "title": "nurse",
        "displayName": "Jane (ext)",
        "meta": {"resourceType": "User"},
        "roles": [],
        EXTENSION: {"tag": "Oslo"},
    }, "the URN of an extension of one's own is not listed"
    assert job.sent()[:2] == [
        "GET /Users?filter=externalId+eq+%22o-jane%22",
        "GET /Users?filter=userName+eq+%22jane%40contoso.example.com%22",
    ]
    assert job.target.sent("PATCH")[0].operations == [{"op": "Add", "path": f"{ENTERPRISE}:manager", "value": "u2"}], (
        "the manager is a reference"
    )


def test_the_examples_of_the_page_are_read(tmp_path: Path) -> None:
    page = (Path(__file__).parents[2] / "docs" / "how-to" / "try-it-with-simulators.md").read_text()
    mapping, groups = tmp_path / "mapping.toml", tmp_path / "groups.csv"
    mapping.write_text(example(page, "match ="))
    found, reference = read_mapping(mapping)
    assert reference and set(found.flows) >= {"userName", "preferredLanguage", 'emails[type eq "work"].value'}
    groups.write_text(example(page, "objectId,displayName"))
    assert [len(group.members) for group in GroupFile(groups)] == [2, 1]


def example(page: str, start: str) -> str:
    """The indented block of a page that begins so."""
    lines = page.partition(f"\n    {start}")[2].splitlines()
    block = itertools.takewhile(lambda line: line.startswith("    ") or not line, lines[1:])
    return "\n".join([start + lines[0], *(line.removeprefix("    ") for line in block)])


def test_a_manager_that_is_not_mapped_as_a_reference_is_a_text_at_creation(job: Job, tmp_path: Path) -> None:
    file = tmp_path / "mapping.toml"
    file.write_text(f'[attributes]\nuserName = "userPrincipalName"\n\'{ENTERPRISE}:manager\' = "ToLower([manager])"\n')
    mapping, reference = read_mapping(file)
    assert not reference
    job.cycle(person(manager="Boss@contoso.example.com"), mapping=mapping)
    assert json.loads(job.target.sent("POST")[0].body)[ENTERPRISE] == {"manager": "boss@contoso.example.com"}


HEAD = '[attributes]\nuserName = "userPrincipalName"\n'


@pytest.mark.parametrize(
    ("text", "said", "why"),
    [
        (None, "cannot be read: No such file", "no file"),
        (b"\xff\xfe", "is not TOML", "another encoding"),
        ("[attributes", "is not TOML", "an open bracket"),
        ("", "the table attributes is missing or empty", "nothing"),
        ("[attributes]\n", "the table attributes is missing or empty", "no rows"),
        ('[attributes]\ntitle = "jobTitle"\n', "lacks userName", "nothing to match by"),
        ("[attributes]\nuserName = 5\n", "the source of userName must be a text", "a number"),
        (HEAD + "[mapping]\n", "there is no setting mapping", "an unknown table"),
        ("match = 'userName'\n" + HEAD, "match must be a list", "a text"),
        ('match = ["nickName"]\n' + HEAD, "lacks nickName", "a matching attribute without a row"),
        ("match = []\n" + HEAD, "needs a matching attribute", "no matching attribute"),
        (HEAD + "title = 'Mid([jobTitle], 1, 3)'\n", "not understood: Mid(", "an expression beyond ours"),
        (HEAD + "title = 'Join([jobTitle])'\n", "not understood: Join([jobTitle])", "an argument is missing"),
        (HEAD + "title = 'ToLower(jobTitle)'\n", "not understood: ToLower(jobTitle)", "no brackets"),
        (HEAD + "'a[b' = 'mail'\n", "a[b is not the path", "a broken path"),
        (HEAD + "title = 'shoeSize'\n", "source attribute shoeSize", "no such column"),
        (HEAD + "title = 'ToLower([shoeSize])'\n", "source attribute shoeSize", "no such column in an expression"),
    ],
)
def test_a_bad_mapping_file_is_refused_with_a_sentence(
    text: str | bytes | None, said: str, why: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "mapping.toml"
    if text is not None:
        file.write_bytes(text if isinstance(text, bytes) else text.encode())
    told = ["http://127.0.0.1:1", "--token", "t", "--mapping", str(file), "--state", str(tmp_path / "s")]
    assert main(told) == 2, why
    shown = capsys.readouterr().err
    assert said in shown and "Traceback" not in shown, why


def test_roles_may_be_told_on_the_command_line(job: Job, tmp_path: Path) -> None:
    people = write_csv(tmp_path / "people.csv", [person(role="Admin;Auditor")])
    told = [job.target.base, str(people), "--token", TOKEN, "--state", str(tmp_path / "s"), "--roles", "assertive"]
    assert main(told) == 0
    assert [each["value"] for each in job.target.user(JANE)["roles"]] == ["Admin", "Auditor"]


def test_on_demand_one_person_is_provisioned_in_the_default_dialect(job: Job) -> None:
    people = [person(), person("joe")]
    url = job.target.base + "?aadOptscim062020"
    job.cycle(*people, url=url, on_demand="JANE@contoso.example.com")
    assert [user["userName"] for user in job.target.users.values()] == [JANE]
    job.target.user(JANE).update(title="Impostor", active=False)
    report = job.cycle(*people, url=url, on_demand=JANE)
    assert job.target.sent("PATCH")[0].operations == [
        {"op": "Replace", "path": "active", "value": "True"},
        {"op": "Replace", "path": "title", "value": "Nurse"},
    ]
    assert (report.cycle, report.dialect, did(report)) == ("on-demand", "default", {"enabled": 1})
    assert all("aadOptscim062020" in call.target for call in job.target.calls), "the flag still travels in the URL"


def test_on_demand_nobody_else_is_touched_and_no_role_is_sent(job: Job) -> None:
    job.cycle(person(), person("joe"))
    job.cycle(person(jobTitle="Doctor", role="Admin"), on_demand=JANE, mapping=FEW.with_flow(*FORMS["complex"]))
    assert job.sent() == ["GET /Users/u1", "PATCH /Users/u1"]
    assert [each["path"] for each in job.target.sent("PATCH")[0].operations] == ["title"]


def test_on_demand_a_group_is_provisioned_with_five_members_at_most(job: Job) -> None:
    names = ["jane", "joe", "jim", "ann", "eva", "max", "mia"]
    people = [person(name) for name in names]
    group = Group("g-1", "Nurses", tuple(each.user_principal_name for each in people))
    other = Group("g-2", "Doctors", (JANE,))
    job.cycle(*people, groups=[group, other], on_demand="nurses")
    assert [each["displayName"] for each in job.target.groups.values()] == ["Nurses"] and not job.target.users
    job.cycle(*people)
    job.cycle(*people, groups=[group, other], on_demand="nurses")
    assert [len(each.operations[0]["value"]) for each in job.target.sent("PATCH")] == [5]
    job.cycle(*people, groups=[group, other])
    assert len(job.target.members("Nurses")) == 7 and len(job.target.members("Doctors")) == 1
    job.cycle(*people, groups=[group, other], on_demand="nurses")
    assert not job.target.sent("PATCH"), "who is not among the five has not left"
