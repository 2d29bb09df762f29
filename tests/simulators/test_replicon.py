"""The Replicon simulator against what the vendor's pages say: a simulator that is wrong makes everything wrong."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.simulators.replicon_client import (
    DISABLE,
    DISCOVERY,
    ME,
    READ,
    ROOT_URN,
    SAVE,
    TOKEN,
    WRITE,
    Replicon,
    refusal,
    replicon_running,
)


@pytest.fixture
def replicon() -> Iterator[Replicon]:
    with replicon_running() as client:
        yield client


@pytest.mark.parametrize(("style", "path"), [("host_with_company", "acme/"), ("host", "")])
def test_discovery_needs_no_credentials_and_names_this_server(replicon: Replicon, style: str, path: str) -> None:
    replicon.switch(root_url_style=style)
    found = replicon.http.post(DISCOVERY, json={"tenant": {"companyKey": "ACME"}}).json()["d"]
    assert found["applicationRootUrl"] == found["applicationRootUrls"][0]["rootUrl"] == replicon.url + path
    assert found["tenant"]["slug"] == "acme"


def test_discovery_of_an_unknown_company_is_an_error(replicon: Replicon) -> None:
    for tenant in ({"companyKey": "other"}, {"companyKey": 5}, {}, "acme", None):
        answer = replicon.http.post(DISCOVERY, json={"tenant": tenant})
        assert refusal(answer)[:2] == (400, "InvalidTenantError1")


@pytest.mark.parametrize(
    ("why", "account"),
    [
        ("two backslashes are the documented classic mistake", ("acme\\\\scim.gateway", "s3cret")),
        ("a backslash too many, at the end", ("acme\\scim.gateway\\", "s3cret")),
        ("no password", ("acme\\scim.gateway", "")),
        ("no company", ("scim.gateway", "s3cret")),
        ("another company", ("other\\scim.gateway", "s3cret")),
        ("wrong password", ("acme\\scim.gateway", "S3cret")),
        ("unknown login", ("acme\\nobody", "s3cret")),
        ("nothing", None),
    ],
)
@pytest.mark.parametrize("body", ["html", "json"])
def test_wrong_credentials_are_401(replicon: Replicon, why: str, account: Any, body: str) -> None:
    replicon.switch(auth_failure_body=body)
    answer = replicon.call(ME, {}, auth=account)
    assert answer.status_code == 401
    assert answer.text.startswith("<html>" if body == "html" else "{")


def test_a_login_with_a_backslash_of_its_own_cannot_call(replicon: Replicon) -> None:
    replicon.control(
        "POST", "seed", {"users": [{"loginName": "a\\b", "password": "p"}, {"loginName": "ab", "password": "p"}]}
    )
    assert replicon.call(ME, {}, auth=("acme\\a\\b", "p")).status_code == 401
    assert replicon.call(ME, {}, auth=("acme\\ab", "p")).status_code == 200


def test_right_credentials_name_the_caller(replicon: Replicon) -> None:
    assert replicon.d(ME, {})["uri"] == f"{ROOT_URN}:2"
    assert replicon.d(ME, {})["loginName"] == "scim.gateway"


def test_a_token_signs_in_and_the_same_unit_of_work_gets_it_again(replicon: Replicon) -> None:
    body = {"identity": {"loginName": "scim.gateway"}, "unitOfWorkId": "u1"}
    path = "acme/services/AuthenticationService1.svc/CreateAccessToken2"
    token = replicon.d(path, body)["token"]
    assert replicon.d(path, body)["token"] == token
    assert replicon.d(path, {**body, "unitOfWorkId": "u2"})["token"] != token
    answer = replicon.http.post(ME, json={}, headers={"Authorization": f"Bearer {token}"})
    assert answer.json()["d"]["loginName"] == "scim.gateway"
    assert token not in str(replicon.control("GET", "requests")) + str(replicon.control("GET", "state"))


def test_a_disabled_user_cannot_call(replicon: Replicon) -> None:
    replicon.control("POST", "edit", {"loginName": "scim.gateway", "set": {"loginEnabled": False}})
    assert replicon.call(ME, {}).status_code == 401


def test_a_unit_of_work_is_replayed_without_any_effect(replicon: Replicon) -> None:
    values = {"loginName": "ada", "firstName": "A", "lastName": "B"}
    first = replicon.write(unit="same", **values)
    assert replicon.write(unit="same", **{**values, "loginName": "other"}).json() == first.json()
    refused = replicon.write(unit="again", **values)
    assert refused.json()["d"]["user"] is None
    replicon.control("POST", "remove", {"uri": first.json()["d"]["user"]["uri"]})
    assert replicon.write(unit="again", **values).json() == refused.json(), "a refusal is replayed too"
    assert replicon.control("GET", "state")["count"] == 1


@pytest.mark.parametrize("missing", ["loginName", "firstName", "lastName", "unitOfWorkId"])
def test_what_a_create_needs_must_be_there(replicon: Replicon, missing: str) -> None:
    values = {"loginName": "ada", "firstName": "A", "lastName": "B"} | (
        {missing: ""} if missing != "unitOfWorkId" else {}
    )
    modifications = {name: {"value": value} for name, value in values.items()}
    unit = "" if missing == "unitOfWorkId" else "u"
    body = {"modifications": modifications, "userModificationOptionUri": SAVE, "unitOfWorkId": unit}
    assert refusal(replicon.call(WRITE, body))[:2] == (400, "MissingRequiredParameterError1")


@pytest.mark.parametrize("taken", [{"loginName": "ADA"}, {"loginName": "other", "employeeId": "E1"}])
def test_what_is_taken_is_refused_in_two_styles_whether_enabled_or_not(replicon: Replicon, taken: Any) -> None:
    uri = replicon.create("ada", employeeId="E1")
    replicon.d("acme/services/SecurityService1.svc/DisableLogin", {"userUri": uri})
    values = {"firstName": "A", "lastName": "B", **taken}
    inside = replicon.write(**values)
    assert inside.status_code == 200
    assert "already exists" in inside.json()["d"]["errors"][0]["notifications"][0]["displayText"]
    replicon.switch(duplicate_style="http_400")
    assert "already exists" in refusal(replicon.write(**values))[2]


def test_the_case_of_logins_matters_only_when_switched_on(replicon: Replicon) -> None:
    replicon.switch(login_case_sensitive=True)
    assert replicon.create("ada") != replicon.create("ADA")
    assert len(replicon.read(loginName="ada")) == 1


def test_enable_and_disable_are_idempotent_and_a_modification_can_disable(replicon: Replicon) -> None:
    uri = replicon.create("ada", securitySettings={"loginEnabled": {"value": "false"}})
    service = "acme/services/SecurityService1.svc/"
    for operation, enabled in (
        ("EnableLogin", True),
        ("EnableLogin", True),
        ("DisableLogin", False),
        ("DisableLogin", False),
    ):
        assert replicon.d(service + operation, {"userUri": uri}) is None
        assert replicon.read(uri=uri)[0]["userDetails"]["isEnabled"] is enabled
    assert (
        refusal(replicon.call(service + "EnableLogin", {"userUri": "urn:x"}))[1] == "InvalidUserTargetParameterError1"
    )


def test_a_batch_deletes_who_has_no_data(replicon: Replicon) -> None:
    kept, gone = replicon.create("kept"), replicon.create("gone")
    replicon.switch(users_with_data=[kept])
    batch = replicon.d("acme/services/UserService1.svc/CreateUserDeleteBatch", {"userUris": [kept, gone]})
    assert replicon.read(uri=gone)
    replicon.d("acme/services/UserService1.svc/ExecuteUserDeleteBatch", {"userDeleteBatchUri": batch})
    assert replicon.read(uri=kept)
    assert replicon.read(uri=gone) == []


def test_what_is_no_operation_is_404_html_and_a_get_is_405(replicon: Replicon) -> None:
    for path in ("acme/services/Nothing.svc/Nothing", "other/services/ImportService1.svc/BulkGetUsers3"):
        answer = replicon.call(path, {})
        assert (answer.status_code, answer.text[:6]) == (404, "<html>")
    assert replicon.http.get(ME).status_code == 405


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"[]",
        b"5",
        b'{"users": 5}',
        b'{"users": []}',
        b'{"users": [5]}',
        b"[" * 9999,
        b'{"users": [{"uri": "x"}], "deep": ' + b"[" * 600 + b"]" * 600 + b"}",
        b'{"users": [{"uri": "x", "n": NaN}]}',
        b'{"users": [{"loginName": "\\ud800"}]}',
        b"\xff\xfe",
    ],
)
def test_rubbish_is_refused_in_the_vendors_form(replicon: Replicon, body: bytes) -> None:
    answer = replicon.http.post(READ, content=body, auth=replicon.account)
    assert answer.status_code == 400
    assert "displayText" in answer.json()["error"]["details"]


def test_discovery_answers_with_the_name_by_which_the_client_came(replicon: Replicon) -> None:
    answer = replicon.http.post(DISCOVERY, json={"tenant": {"companyKey": "acme"}}, headers={"Host": "na3.test:99"})
    assert answer.json()["d"]["applicationRootUrl"] == "http://na3.test:99/acme/"


@pytest.mark.parametrize("value", ["Basic ÿÿ", "Basic ====", "Basic", "Bearer", "Bearer unknown", "Digest x", ""])
def test_credentials_in_no_known_form_are_401(replicon: Replicon, value: str) -> None:
    answer = replicon.http.post(ME, json={}, headers={b"Authorization": value.encode("latin-1")})
    assert answer.status_code == 401


def test_a_token_is_its_owners_even_after_a_rename_and_dies_with_the_login(replicon: Replicon) -> None:
    uri = replicon.create("ada")
    token = replicon.d(TOKEN, {"identity": {"uri": uri}, "unitOfWorkId": "u1"})["token"]
    bearer = {"Authorization": f"Bearer {token}"}
    replicon.write({"uri": uri}, loginName="eve")
    replicon.create("ada")
    assert replicon.http.post(ME, json={}, headers=bearer).json()["d"]["uri"] == uri
    replicon.d(DISABLE, {"userUri": uri})
    assert replicon.http.post(ME, json={}, headers=bearer).status_code == 401


def test_every_answer_has_a_correlation_id_of_its_own(replicon: Replicon) -> None:
    wrong = replicon.call(ME, {}, auth=None)
    answers = [
        replicon.call(ME, {}),
        wrong,
        replicon.call("nowhere", {}),
        replicon.http.get(ME),
        replicon.raw(ME, b"{"),
    ]
    assert [answer.status_code for answer in answers] == [200, 401, 404, 405, 400]
    ids = [answer.headers["x-execution-correlation-id"] for answer in answers]
    assert len(set(ids)) == 5
    assert answers[-1].json()["error"]["correlationId"] == ids[-1]


@pytest.mark.parametrize("style", ["d_errors", "http_400"])
def test_a_refused_unit_of_work_stays_refused_when_its_reason_is_gone(replicon: Replicon, style: str) -> None:
    replicon.switch(duplicate_style=style)
    values = {"loginName": "ada", "firstName": "A", "lastName": "B"}
    uri = replicon.create("ada")
    first = replicon.write(unit="same", **values)
    replicon.control("POST", "remove", {"uri": uri})
    again = replicon.write(unit="same", **values)
    assert (first.status_code, again.status_code) == ((200, 200) if style == "d_errors" else (400, 400))
    assert "already exists" in again.text
    assert replicon.control("GET", "state")["count"] == 1


def test_a_unit_of_work_whose_parameters_were_refused_can_be_used_again(replicon: Replicon) -> None:
    assert replicon.write(unit="same", loginName="ada", firstName="A").status_code == 400
    assert replicon.write(unit="same", loginName="ada", firstName="A", lastName="B").json()["d"]["errors"] == []
