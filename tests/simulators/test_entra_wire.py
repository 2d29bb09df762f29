"""Bodies of the Entra simulator beside Microsoft's samples, byte by byte ("Known issues and resolutions with SCIM 2.0
protocol compliance", "Develop and plan provisioning for a SCIM endpoint")."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from simulators.entra import AttributeMapping
from tests.simulators.entra_people import Job, person
from tests.simulators.scim_target import ENTERPRISE, serving

FLAG = "aadOptscim062020"
HEAD = '{"schemas":["urn:ietf:params:scim:api:messages:2.0:PatchOp"],"Operations":['
NICK = AttributeMapping().only(["userName", "active"]).with_flow("nickName", "city")
MANY = AttributeMapping().only(
    ["userName", "active", "externalId", "displayName", "emails", "name.givenName", "name.familyName", "employeeNumber"]
)
BEFORE = {
    "mailNickname": "jroe",
    "displayName": "Jane",
    "mail": "jane@contoso.example.com",
    "givenName": "Jane",
    "surname": "Roe",
    "employeeId": "17",
}
AFTER = {
    "mailNickname": "Eqpj",
    "displayName": "Pvlo",
    "mail": "TestBcwqnm@test.example.com",
    "givenName": "Gtfd",
    "surname": "Pkqf",
    "employeeId": "Eqpk",
}
NUMBER = f"{ENTERPRISE}:employeeNumber"


@pytest.fixture
def job(tmp_path: Path) -> Iterator[Job]:
    with serving() as target:
        yield Job(target, tmp_path)


@pytest.mark.parametrize(
    ("dialect", "mapping", "before", "after", "operations", "why"),
    [
        (
            "default",
            NICK,
            {},
            {"accountEnabled": "false"},
            '{"op":"Replace","path":"active","value":"False"}',
            "a disabled user: a capital letter and a text",
        ),
        (
            FLAG,
            NICK,
            {},
            {"accountEnabled": "false"},
            '{"op":"replace","path":"active","value":false}',
            "a disabled user: a boolean",
        ),
        (
            "default",
            NICK,
            {},
            {"city": "Babs"},
            '{"op":"Add","path":"nickName","value":"Babs"}',
            "a single value added",
        ),
        (FLAG, NICK, {}, {"city": "Babs"}, '{"op":"add","path":"nickName","value":"Babs"}', "one alone keeps its path"),
        (
            "default",
            MANY,
            BEFORE,
            AFTER,
            '{"op":"Replace","path":"externalId","value":"Eqpj"},'
            '{"op":"Replace","path":"displayName","value":"Pvlo"},'
            '{"op":"Replace","path":"emails[type eq \\"work\\"].value","value":"TestBcwqnm@test.example.com"},'
            '{"op":"Replace","path":"name.familyName","value":"Pkqf"},'
            '{"op":"Replace","path":"name.givenName","value":"Gtfd"},'
            f'{{"op":"Replace","path":"{NUMBER}","value":"Eqpk"}}',
            "several replaced: one operation each",
        ),
        (
            FLAG,
            MANY,
            BEFORE,
            AFTER,
            '{"op":"replace","path":"emails[type eq \\"work\\"].value","value":"TestBcwqnm@test.example.com"},'
            '{"op":"replace","value":{"externalId":"Eqpj","displayName":"Pvlo","name.familyName":"Pkqf",'
            f'"name.givenName":"Gtfd","{NUMBER}":"Eqpk"}}}}',
            "several replaced: value paths alone, the others gathered without a path",
        ),
        (
            FLAG,
            MANY.only(["userName", "active", "displayName"]),
            {"displayName": "Jane", "accountEnabled": "false"},
            {"displayName": "Pvlo", "accountEnabled": "true"},
            '{"op":"replace","value":{"active":true,"displayName":"Pvlo"}}',
            "a boolean among those gathered",
        ),
        (
            "default",
            MANY,
            {},
            {"mail": "j@contoso.example.com"},
            '{"op":"Add","path":"emails[type eq \\"work\\"].value","value":"j@contoso.example.com"}',
            "an e-mail address where there was none",
        ),
        (
            FLAG,
            MANY,
            {},
            {"mail": "j@contoso.example.com", "employeeId": "1", "givenName": "J"},
            '{"op":"add","path":"emails[type eq \\"work\\"].value","value":"j@contoso.example.com"},'
            f'{{"op":"add","value":{{"name.givenName":"J","{NUMBER}":"1"}}}}',
            "several added",
        ),
    ],
)
def test_a_patch_has_the_form_of_the_sample(
    job: Job,
    dialect: str,
    mapping: AttributeMapping,
    before: dict[str, str],
    after: dict[str, str],
    operations: str,
    why: str,
) -> None:
    settings: dict[str, Any] = {"mapping": mapping, "dialect": dialect}
    job.target.hold("jane@contoso.example.com", active=before.get("accountEnabled") != "false", displayName="Jane")
    job.cycle(person(**before), **settings)
    report = job.cycle(person(**after), **settings)
    assert [call.body.decode() for call in job.target.sent("PATCH")] == [f"{HEAD}{operations}]}}"], why
    assert job.target.sent("PATCH")[0].headers["content-type"] == "application/scim+json; charset=utf-8", why
    assert (report.exit_status, report.repeated) == (0, {}), why
    job.cycle(person(**after), full=True, **settings)
    assert not job.target.sent("PATCH"), f"{why}: the target understood it"
