"""The people of the Okta simulator against a strict target: what is sent, when, and what is remembered."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from simulators.okta import Mapping, Person
from tests.simulators.okta_people import Integration, did, person
from tests.simulators.okta_target import CORE, TOKEN, OktaTarget, Reply, instead, on, scim_error, serving

FIND = "GET /Users?filter=userName%20eq%20%22jane%40acme.example.com%22&startIndex=1&count=100"
ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"


@pytest.fixture
def target() -> Iterator[OktaTarget]:
    with serving() as served:
        yield served


@pytest.fixture
def okta(target: OktaTarget, tmp_path: Path) -> Integration:
    return Integration(target, tmp_path)


def test_test_api_credentials_asks_for_two_users_with_the_headers_of_okta(okta: Integration) -> None:
    report = okta.go(only="test")
    (call,) = okta.target.calls
    assert (call.line, report.exit_status) == ("GET /Users?startIndex=1&count=2", 0)
    assert call.headers == {
        "host": okta.target.base.split("/")[2],
        "accept": "application/scim+json",
        "accept-charset": "utf-8",
        "accept-encoding": "gzip,deflate",
        "user-agent": "Okta SCIM Client 1.0.0",
        "authorization": f"Bearer {TOKEN}",
    }


FULL = (
    '{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User"],"userName":"jane@acme.example.com",'
    '"name":{"givenName":"Zoë","familyName":"O\'Neil"},'
    '"emails":[{"primary":true,"value":"jane@acme.example.com","type":"work"}],'
    '"displayName":"Zoë O\'Neil","locale":"en-US","externalId":"00u-jane","groups":[],'
    '"password":"…","active":true}'
)


def test_a_create_has_the_bytes_of_oktas_example(okta: Integration) -> None:
    okta.go(person(first_name="Zoë", last_name="O'Neil", display_name="Zoë O'Neil"))
    body = okta.target.sent("POST")[0].body.decode()
    assert re.sub(r'"password":"[\w-]{12}"', '"password":"…"', body) == FULL


@pytest.mark.parametrize(
    ("who", "settings", "expected", "why"),
    [
        (person(), {"password": False}, {"password": None}, "the password is optional"),
        (person(email=""), {}, {"emails": None}, "no value, no attribute"),
        (person(locale=""), {}, {"locale": None}, "nor here"),
        (person(title="Nurse"), {}, {"title": "Nurse"}, "a further mapping"),
        (
            person(department="ER"),
            {},
            {ENTERPRISE: {"department": "ER"}, "schemas": [f"{CORE}:User", ENTERPRISE]},
            "of the extension too",
        ),
        (person(), {"app": "wizard"}, {"active": True, "groups": []}, "a wizard app creates in the same way"),
    ],
)
def test_a_create_carries_what_is_mapped(
    okta: Integration, who: Person, settings: dict[str, Any], expected: dict[str, Any], why: str
) -> None:
    assert did(okta.go(who, **settings)) == {"created": 1}, why
    body = okta.target.sent("POST")[0].json
    assert {name: body.get(name) for name in expected} == expected, why


@pytest.mark.parametrize(
    ("login", "query", "why"),
    [
        ("ana+test@x.example", "ana%2Btest%40x.example", "a plus sign must not become a blank"),
        ("liam.d'arcy", "liam.d%27arcy", "an apostrophe"),
        ("50%_off", "50%25_off", "a per cent sign"),
        ('a"b\\c', "a%5C%22b%5C%5Cc", "quotes and backslashes are escaped as in JSON"),
        ("a b", "a%20b", "a blank is %20 and never a plus sign"),
        ("zoë", "zo%C3%AB", "UTF-8"),
        ("a/b?c&d=e", "a%2Fb%3Fc%26d%3De", "nothing of it is a delimiter"),
    ],
)
def test_a_filter_is_percent_encoded(okta: Integration, login: str, query: str, why: str) -> None:
    assert did(okta.go(person(login=login))) == {"created": 1}, why
    found = f"GET /Users?filter=userName%20eq%20%22{query}%22&startIndex=1&count=100"
    assert okta.lines() == [found, "POST /Users"], why


JANE = {"userName": "jane@acme.example.com"}
GET, PUT, PATCH, POST = "GET /Users/u1", "PUT /Users/u1", "PATCH /Users/u1", "POST /Users"


@pytest.mark.parametrize(
    ("app", "held", "lines", "action", "why"),
    [
        ("catalog", None, [FIND, POST], "created", "nobody there"),
        ("wizard", None, [FIND, POST], "created", "the same for both"),
        ("catalog", {**JANE, "active": True}, [FIND, GET, PUT], "linked", "found: the profile is sent"),
        ("wizard", {**JANE, "active": True}, [FIND, GET, PUT], "linked", "found: the profile is sent"),
        ("catalog", {**JANE, "active": False}, [FIND, GET, PUT, PATCH], "reactivated", "the status is a PATCH"),
        ("wizard", {**JANE, "active": False}, [FIND, GET, PUT], "reactivated", "the status is in the PUT"),
        ("catalog", {"userName": "JANE@acme.example.com", "active": True}, [FIND, GET, PUT], "linked", "in any case"),
    ],
)
def test_an_assignment_looks_creates_or_links(
    okta: Integration, app: str, held: dict[str, Any] | None, lines: list[str], action: str, why: str
) -> None:
    if held:
        okta.target.hold("Users", **held)
    assert did(okta.go(person(), app=app)) == {action: 1}, why
    assert okta.lines() == lines, why
    assert (okta.target.user(JANE["userName"])["active"], len(okta.target.users)) == (True, 1), why


@pytest.mark.parametrize(
    ("settings", "off", "why"),
    [
        ({}, [PATCH], "a catalogue app"),
        ({"app": "wizard"}, [GET, PUT], "a wizard app"),
        ({"deactivate": "put"}, [GET, PUT], "a catalogue app that Okta changed to PUT"),
        ({"app": "wizard", "deactivate": "patch"}, [PATCH], "the other way round"),
    ],
)
@pytest.mark.parametrize("how", ["unassigned", "suspended"])
def test_who_leaves_is_deactivated_and_comes_back_by_the_filter(
    okta: Integration, how: str, settings: dict[str, Any], off: list[str], why: str
) -> None:
    okta.settings = settings
    okta.go(person())
    okta.lines()
    without = [person(active=False)] if how == "suspended" else []
    assert did(okta.go(*without)) == {"deactivated": 1}, why
    bodies = [call.json for call in okta.target.calls if call.body]
    assert okta.lines() == off, why
    assert okta.target.users["u1"]["active"] is False
    if off == [PATCH]:
        operations = [{"op": "replace", "value": {"active": False}}]
        assert bodies == [{"schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"], "Operations": operations}]
    assert (did(okta.go(*without)), okta.lines()) == ({}, []), "once is enough"
    assert did(okta.go(person())) == {"reactivated": 1}, why
    assert okta.lines() == [FIND, GET, PUT, *([PATCH] if off == [PATCH] else [])], why
    assert okta.target.users["u1"]["active"] is True


@pytest.mark.parametrize(
    ("app", "active", "why"),
    [("catalog", False, "the PUT carries the status back, the PATCH after it changes it"), ("wizard", True, "at once")],
)
def test_a_link_sends_the_whole_profile_with_what_was_there(
    okta: Integration, app: str, active: bool, why: str
) -> None:
    okta.target.hold("Users", **JANE, active=False, nickName="J")
    okta.go(person(), app=app)
    assert okta.target.sent("PUT")[0].json == {
        "schemas": [f"{CORE}:User"],
        "id": "u1",
        "meta": {"resourceType": "User"},
        "nickName": "J",
        "active": active,
        "userName": "jane@acme.example.com",
        "name": {"givenName": "Jane", "familyName": "Roe"},
        "emails": [{"primary": True, "value": "jane@acme.example.com", "type": "work"}],
        "displayName": "Jane Roe",
        "locale": "en-US",
        "externalId": "00u-jane",
        "groups": [],
    }, why


def test_what_was_emptied_while_somebody_was_away_is_taken_out(okta: Integration) -> None:
    okta.go(person(title="Nurse"))
    okta.go()
    okta.go(person())
    assert "title" not in okta.target.users["u1"]


def test_the_account_of_somebody_who_left_goes_to_who_has_the_login_now(okta: Integration) -> None:
    okta.go(person())
    okta.go()
    assert did(okta.go(person("other", login=JANE["userName"]))) == {"reactivated": 1}
    assert okta.target.users["u1"]["externalId"] == "00u-other"


def test_who_was_never_assigned_causes_no_request(okta: Integration) -> None:
    assert (did(okta.go(person(active=False))), okta.lines()) == ({}, [])


def test_a_second_run_writes_nothing_when_nothing_changed(okta: Integration) -> None:
    okta.go(person(), person("joe"))
    okta.lines()
    assert (did(okta.go(person(), person("joe"))), okta.lines()) == ({"unchanged": 2}, [])


UNKNOWN = {"nickName": "Z", "urn:x:custom": {"badge": 7}, "name": {"formatted": "Roe, Jane", "middleName": ""}}
WORK = {"primary": True, "type": "work", "value": "jane@acme.example.com", "display": "J"}
HOME = {"type": "home", "value": "home@example.com"}


@pytest.mark.parametrize(
    ("after", "more", "expected", "why"),
    [
        ({"last_name": "Doe"}, UNKNOWN, {"nickName": "Z", "urn:x:custom": {"badge": 7}}, "unknown ones are carried"),
        (
            {"last_name": "Doe"},
            UNKNOWN,
            {"name": {"formatted": "Roe, Jane", "middleName": "", "givenName": "Jane", "familyName": "Doe"}},
            "sub-attributes too",
        ),
        ({"title": "Nurse"}, {"emails": [WORK, HOME]}, {"emails": [WORK, HOME]}, "e-mails that did not change"),
        (
            {"email": "new@x.example"},
            {"emails": [HOME, WORK]},
            {"emails": [{"primary": True, "value": "new@x.example", "type": "work"}, HOME]},
            "only the primary one is ours",
        ),
        ({"title": "Nurse"}, {"active": False}, {"active": False}, "the status of the target is not the profile's"),
        ({"title": "Nurse"}, {"groups": [{"value": "g9"}]}, {"groups": [{"value": "g9"}]}, "what it says of groups"),
        ({"login": "roe@x.example"}, {}, {"userName": "roe@x.example"}, "a rename keeps the account"),
        ({"title": ""}, {"title": "Chief"}, {"title": None}, "what was emptied is taken out"),
        (
            {"department": "ICU"},
            {ENTERPRISE: {"department": "ER", "costCenter": "7"}, "schemas": [f"{CORE}:User"]},
            {
                ENTERPRISE: {"department": "ICU", "costCenter": "7"},
                "schemas": [f"{CORE}:User", ENTERPRISE],
            },
            "inside the extension as well",
        ),
    ],
)
def test_an_update_is_get_and_put_of_the_whole(
    okta: Integration, after: dict[str, Any], more: dict[str, Any], expected: dict[str, Any], why: str
) -> None:
    okta.go(person(title="Boss"))
    okta.target.users["u1"] |= more
    okta.lines()
    assert did(okta.go(person(**{"title": "Boss", **after}))) == {"updated": 1}, why
    sent = okta.target.sent("PUT")[0].json
    assert okta.lines() == [GET, PUT], why
    assert {name: sent.get(name) for name in expected} == expected, why
    assert (sent["id"], sent["externalId"]) == ("u1", "00u-jane") and "password" not in sent
    assert did(okta.go(person(**{"title": "Boss", **after}))) == {"unchanged": 1}, why


def test_a_404_to_the_lookup_means_nobody(okta: Integration) -> None:
    okta.target.faults.append(on("GET /Users?filter", instead(scim_error(404, "User not found"))))
    assert did(okta.go(person())) == {"created": 1}


@pytest.mark.parametrize(
    ("key", "path", "why"),
    [
        ("a/b", "a%2Fb", "not two segments"),
        ("a?b#c", "a%3Fb%23c", "no query, no fragment"),
        ("50% é", "50%25%20%C3%A9", "nor any other letter"),
        ("...", "...", "three dots are a plain name"),
    ],
)
def test_an_id_is_percent_encoded(okta: Integration, key: str, path: str, why: str) -> None:
    okta.target.faults.append(on(POST, instead(Reply(201, {"id": key}))))
    okta.go(person())
    okta.lines()
    okta.go()
    assert okta.lines() == [f"PATCH /Users/{path}"], why


@pytest.mark.parametrize(
    ("unmapped", "missing", "why"),
    [
        (["department", "title"], {"title", ENTERPRISE}, "as an administrator takes out rows of the mapping"),
        (["Locale", "DISPLAYNAME"], {"locale", "displayName"}, "in any case"),
        (["givenName", "familyName"], {"name"}, "parts of an attribute"),
        (["emails", "externalId"], {"emails", "externalId"}, "whatever it is"),
    ],
)
def test_what_is_not_mapped_is_neither_sent_nor_touched(
    okta: Integration, unmapped: list[str], missing: set[str], why: str
) -> None:
    okta.go(person(title="Boss", department="ER"))
    before = okta.target.users["u1"]
    mapping = Mapping().without(unmapped)
    changes = {"title": "Chief", "department": "ICU", "locale": "fr", "display_name": "J", "email": "j@x.example"}
    okta.go(person(first_name="Jo", last_name="Doe", **changes), person("new", department="ER"), mapping=mapping)
    put, post = okta.target.sent("PUT")[0].json, okta.target.sent("POST")[1].json
    assert {name: put[name] for name in missing} == {name: before[name] for name in missing}, why
    assert not missing & post.keys() and put["userName"] == before["userName"], why


SYNC = {"schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"]}


@pytest.mark.parametrize(
    ("settings", "after", "lines", "why"),
    [
        ({}, {"password": "sesame-2"}, [PATCH], "a PATCH of its own, and no profile"),
        ({}, {"password": "sesame-2", "title": "Nurse"}, [GET, PUT, PATCH], "the profile is a PUT"),
        ({"app": "wizard"}, {"password": "sesame-2"}, [GET, PUT], "all of it by PUT"),
        ({}, {"password": "sesame-1"}, [], "nothing changed"),
        ({}, {}, [], "there is none any more, and nothing to send"),
        ({"password": False}, {"password": "sesame-2"}, [], "passwords are not synchronised"),
    ],
)
def test_a_password_is_synchronised(
    okta: Integration, settings: dict[str, Any], after: dict[str, Any], lines: list[str], why: str
) -> None:
    okta.go(person(password="sesame-1"))
    assert okta.target.sent("POST")[0].json["password"] == "sesame-1"
    okta.lines()
    okta.go(person(**after), **settings)
    sent = [call.json for call in okta.target.calls if b"password" in call.body]
    assert (okta.lines(), b"sesame" in (okta.folder / "state.db").read_bytes()) == (lines, False), why
    if lines[-1:] == [PATCH]:
        assert sent == [{**SYNC, "Operations": [{"op": "replace", "value": {"password": "sesame-2"}}]}], why
    elif lines:
        assert [body["password"] for body in sent] == ["sesame-2"], why
    okta.go(person(**after), **settings)
    assert okta.lines() == [], why


def test_who_is_linked_gets_the_password_too(okta: Integration) -> None:
    okta.target.hold("Users", **JANE, active=False)
    okta.go(person(password="sesame-1"))
    sent = [call.json["Operations"] for call in okta.target.sent("PATCH")]
    assert okta.lines() == [FIND, GET, PUT, PATCH, PATCH]
    values: list[dict[str, Any]] = [{"active": True}, {"password": "sesame-1"}]
    assert sent == [[{"op": "replace", "value": value}] for value in values], "each in a request of its own"
