"""The SCIM simulator keeps the standard when nothing is switched, and each switch breaks it as it says."""

from __future__ import annotations

import base64
import json
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import httpx
import httpx2
import pytest
from scim2_client.engines.httpx2 import SyncSCIMClient
from scim2_tester import Status, check_server

from tests.end_to_end.processes import ROOT
from tests.simulators.scim_client import CORE, ENTERPRISE, GROUP, Client, client


@pytest.fixture(scope="module")
def started() -> Iterator[Client]:
    with client() as made:
        yield made


@pytest.fixture
def scim(started: Client) -> Client:
    started.control("POST", "reset")
    return started


# -- by the book ------------------------------------------------------------------------------------------------------


def test_a_life_by_the_book(scim: Client) -> None:
    answer = scim.send("POST", "/Users", {"schemas": [CORE], "userName": "ada@example.com"})
    made = answer.json()
    assert (answer.status_code, answer.headers["location"]) == (201, made["meta"]["location"])
    assert made["active"] is True and "version" not in made["meta"]
    assert scim.find('userName eq "ADA@example.com"') == ["ada@example.com"]
    user = f"/Users/{made['id']}"
    changed = scim.patch(user, {"op": "replace", "path": "active", "value": False})
    assert (changed.status_code, changed.json()["active"]) == (200, False)
    whole = scim.send("PUT", user, {"schemas": [CORE], "userName": "eve@example.com"}).json()
    assert (whole["id"], whole["userName"], "active" in whole) == (made["id"], "eve@example.com", False)
    assert scim.send("DELETE", user).status_code == 204
    assert scim.send("GET", user).status_code == 404
    assert scim.find("userName pr") == []


PATCHES: list[tuple[str, dict[str, Any], Any]] = [
    ("no path", {"op": "add", "value": {"title": "Dr", "name": {"givenName": "A"}}},
     {"title": "Dr", "name": {"givenName": "A", "familyName": "L"}}),
    ("a part", {"op": "Replace", "path": "name.givenName", "value": "A"},
     {"name": {"givenName": "A", "familyName": "L"}}),
    ("an extension", {"op": "add", "path": f"{ENTERPRISE}:department", "value": "X"},
     {ENTERPRISE: {"department": "X"}}),
    ("a whole extension", {"op": "add", "path": ENTERPRISE, "value": {"department": "X"}},
     {ENTERPRISE: {"department": "X"}}),
    ("more values", {"op": "add", "path": "emails", "value": [{"type": "home", "value": "h"}]},
     {"emails": [{"type": "work", "value": "w"}, {"type": "home", "value": "h"}]}),
    ("other values", {"op": "replace", "path": "emails", "value": [{"value": "h"}]}, {"emails": [{"value": "h"}]}),
    ("a chosen value", {"op": "replace", "path": 'emails[type eq "work"].value', "value": "x"},
     {"emails": [{"type": "work", "value": "x"}]}),
    ("nothing chosen", {"op": "replace", "path": 'emails[type eq "home"].value', "value": "x"}, "noTarget"),
    ("a value goes", {"op": "remove", "path": 'emails[type eq "work"]'}, {"emails": None}),
    ("an attribute goes", {"op": "remove", "path": "name"}, {"name": None}),
    ("another op", {"op": "move", "path": "name"}, "invalidSyntax"),
    ("no path in it", {"op": "add", "path": "a b", "value": 1}, "invalidPath"),
    ("nothing to write", {"op": "add", "path": "title"}, "invalidValue"),
    ("the id", {"op": "replace", "path": "id", "value": "7"}, {"userName": "ada@example.com"}),
    ("the login goes", {"op": "remove", "path": "userName"}, "invalidValue"),
]  # fmt: skip


@pytest.mark.parametrize(("why", "operation", "wanted"), PATCHES, ids=[row[0] for row in PATCHES])
def test_patch(scim: Client, why: str, operation: dict[str, Any], wanted: Any) -> None:
    made = scim.create(emails=[{"type": "work", "value": "w"}], name={"familyName": "L"})
    answer = scim.patch(f"/Users/{made['id']}", operation)
    if isinstance(wanted, str):
        assert (answer.status_code, answer.json()["scimType"]) == (400, wanted)
        assert scim.send("GET", f"/Users/{made['id']}").json() == made, "nothing of it was done"
    else:
        assert {name: answer.json().get(name) for name in wanted} == wanted
        assert answer.json()["id"] == made["id"]


FILTERS: list[tuple[str, list[str] | int]] = [
    ('userName eq "ada"', ["ada"]),
    ('userName ne "ada"', ["bob"]),
    ('userName sw "a" or userName sw "b"', ["ada", "bob"]),
    ('title eq "Dr" and userName eq "ADA"', ["ada"]),
    ('userName eq "bob" or title eq "Dr" and userName eq "bob"', ["bob"]),
    ('emails.value eq "w"', ["ada"]),
    ('emails[type eq "work" and value eq "w"]', ["ada"]),
    ('emails[type eq "home" and value eq "w"]', []),
    (f'{ENTERPRISE}:department eq "X"', ["bob"]),
    ("title pr", ["ada"]),
    ("active eq true", ["ada", "bob"]),
    ("userName eq", 400), ('userName is "a"', 400), ('userName eq "a" "b"', 400), ("userName eq a", 400), ("[", 400),
    ('emails[type eq "work"', 400),
]  # fmt: skip


@pytest.mark.parametrize(("filter", "wanted"), FILTERS)
def test_filters(scim: Client, filter: str, wanted: Any) -> None:
    scim.create("ada", title="Dr", emails=[{"type": "work", "value": "w"}])
    scim.create("bob", **{ENTERPRISE: {"department": "X"}})
    if isinstance(wanted, int):
        answer = scim.http.get(f"{scim.simulator.url}/Users", params={"filter": filter}, headers=scim.headers)
        assert (answer.status_code, answer.json()["scimType"]) == (wanted, "invalidFilter")
    else:
        assert scim.find(filter) == wanted


def test_groups_by_the_book(scim: Client) -> None:
    ada = scim.create()["id"]
    made = scim.send("POST", "/Groups", {"schemas": [GROUP], "displayName": "Staff"}).json()
    group = f"/Groups/{made['id']}"
    added = scim.patch(group, {"op": "add", "path": "members", "value": [{"value": ada}]}).json()
    assert added["members"] == [{"value": ada, "type": "User", "$ref": f"{scim.simulator.url}/Users/{ada}"}]
    assert "members" not in scim.send("GET", f"{group}?excludedAttributes=members").json()
    nobody = scim.patch(group, {"op": "add", "path": "members", "value": [{"value": "nobody"}]})
    assert nobody.json()["scimType"] == "invalidValue"
    removed = scim.patch(group, {"op": "remove", "path": f'members[value eq "{ada}"]'})
    assert "members" not in removed.json()
    scim.patch(group, {"op": "add", "path": "members", "value": [{"value": ada}]})
    scim.send("DELETE", f"/Users/{ada}")
    assert "members" not in scim.send("GET", group).json(), "who is deleted is in no group"


def test_pages_by_the_book(scim: Client) -> None:
    scim.control("POST", "seed", {"count": 7})
    page = scim.send("GET", "/Users?startIndex=6&count=5").json()
    assert (page["totalResults"], page["startIndex"], page["itemsPerPage"], len(page["Resources"])) == (7, 6, 2, 2)
    assert scim.send("GET", "/Users?count=0").json()["Resources"] == []
    assert scim.send("GET", "/Users?count=x").status_code == 400


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        ("GET", "/Nothing", None, 404), ("GET", "/Users/1/2", None, 404), ("POST", "/Users/1", {}, 404),
        ("DELETE", "/Users", None, 405), ("POST", "/Users", [], 400), ("POST", "/Users", {"userName": "a"}, 400),
        ("POST", "/Users", {"schemas": [CORE]}, 400),
    ],
)  # fmt: skip
def test_requests_that_make_no_sense(scim: Client, method: str, path: str, body: Any, status: int) -> None:
    assert scim.send(method, path, body).status_code == status


@pytest.mark.slow
def test_the_testers_of_others_find_nothing_to_say(scim: Client) -> None:
    with httpx2.Client(base_url=scim.simulator.url, headers=scim.headers, trust_env=False, timeout=30) as http:
        results = check_server(SyncSCIMClient(http))
    failed = [f"{one.title}: {one.reason}" for one in results if one.status != Status.SUCCESS]
    reasons = [one for one in failed if not one.startswith("search_with_attributes") and "'members'" not in one]
    assert reasons == [], "but for .search, which is not there, and the type of a member, which the server knows better"
    assert len(results) - len(failed) > 120


# -- switches ---------------------------------------------------------------------------------------------------------


def test_switches_of_patch_put_and_delete(scim: Client) -> None:
    user = f"/Users/{scim.create()['id']}"
    scim.set(patch="none", put=False, delete=False)
    title = {"op": "add", "path": "title", "value": "Dr"}
    assert scim.patch(user, title).status_code == 501
    assert scim.send("PUT", user, {"schemas": [CORE], "userName": "a"}).status_code == 501
    assert scim.send("DELETE", user).status_code == 501
    scim.set(patch="simple", patch_status=204)
    assert (scim.patch(user, title).status_code, scim.send("GET", user).json()["title"]) == (204, "Dr")
    assert scim.patch(user, {"op": "add", "path": "emails", "value": []}).json()["scimType"] == "invalidPath"


def test_switches_of_lists(scim: Client) -> None:
    scim.set(empty_list=404)
    assert scim.send("GET", "/Users").status_code == 404
    scim.control("POST", "seed", {"count": 5})
    scim.set(page_max=2, totals="page", short_lists=["active"])
    page = scim.send("GET", "/Users?count=4").json()
    assert (page["totalResults"], len(page["Resources"]), "active" in page["Resources"][0]) == (2, 2, False)
    scim.set(paging="ignored")
    assert len(scim.send("GET", "/Users?startIndex=4&count=1").json()["Resources"]) == 5


def test_switches_of_filters(scim: Client) -> None:
    scim.create("Ada", title="Dr")
    scim.set(filters=["userName"], filter_or=False, case_sensitive=True)
    assert scim.find('userName eq "ada"') == []
    for filter in ('title eq "Dr"', 'userName eq "a" or userName eq "b"'):
        answer = scim.http.get(f"{scim.simulator.url}/Users", params={"filter": filter}, headers=scim.headers)
        assert answer.status_code == 400
    scim.set(other_filters="ignored")
    assert scim.find('title eq "Miss"') == ["Ada"]
    scim.create("ada")


def test_switches_of_values(scim: Client) -> None:
    scim.set(booleans="strings", numeric_ids=True, ignored=["nickName"])
    scim.set(rewrite={"userName": "lower", "title": "trim", "country": {"US": "U"}})
    scim.set(server_values={"phoneNumbers": [{"value": "146"}]})
    made = scim.create("ADA", title=" a  b", nickName="A", active="False", addresses=[{"country": "US"}])
    assert (made["active"], made["userName"], made["title"]) == ("False", "ada", "a b")
    assert made["addresses"] == [{"country": "U"}] and isinstance(made["id"], int) and "nickName" not in made
    whole = {**made, "phoneNumbers": [{"value": "146"}, {"value": "1"}]}
    assert scim.send("PUT", f"/Users/{made['id']}", whole).json()["phoneNumbers"] == [{"value": "1"}, {"value": "146"}]


def test_switches_of_what_never_changes(scim: Client) -> None:
    scim.set(immutable=["userName"], create_only=["department"], required=["externalId"])
    missing = scim.send("POST", "/Users", {"schemas": [CORE], "userName": "ada"})
    assert (missing.status_code, "externalId" in missing.json()["detail"]) == (400, True)
    values: dict[str, Any] = {"externalId": "7", ENTERPRISE: {"department": "X"}}
    user = f"/Users/{scim.create(**values)['id']}"
    fixed = scim.patch(user, {"op": "replace", "path": "userName", "value": "eve"})
    assert (fixed.status_code, fixed.json()["scimType"]) == (400, "mutability")
    changed = scim.patch(user, {"op": "replace", "path": f"{ENTERPRISE}:department", "value": "Y"})
    assert (changed.status_code, changed.json()[ENTERPRISE]) == (200, {"department": "X"})


@pytest.mark.parametrize(("status", "word"), [(409, "uniqueness"), (400, None), (500, None)])
def test_switches_of_conflicts(scim: Client, status: int, word: str | None) -> None:
    scim.create()
    scim.set(conflict_status=status, error_status="number")
    answer = scim.send("POST", "/Users", {"schemas": [CORE], "userName": "ADA@example.com"})
    assert (answer.status_code, answer.json()["status"], answer.json().get("scimType")) == (status, status, word)


@pytest.mark.parametrize(
    ("form", "text"), [("scim", ":Error"), ("json", "Not found"), ("html", "<html>"), ("empty", "")]
)
def test_switches_of_what_is_not_there(scim: Client, form: str, text: str) -> None:
    scim.set(not_found_body=form)
    answer = scim.send("GET", "/Users/1")
    assert answer.status_code == 404 and text in answer.text and bool(answer.text) is bool(text)


def test_switches_of_active(scim: Client) -> None:
    scim.set(active_default=False)
    assert scim.create("a")["active"] is False
    scim.set(active_on_create="ignored", on_disable="deleted", licences=1)
    made = scim.create("b", active=False)
    assert made["active"] is True
    refused = scim.send("POST", "/Users", {"schemas": [CORE], "userName": "c"})
    assert (refused.status_code, "License" in refused.json()["detail"]) == (403, True)
    assert scim.patch(f"/Users/{made['id']}", {"op": "replace", "path": "active", "value": False}).status_code == 200
    assert scim.send("GET", f"/Users/{made['id']}").status_code == 404


def test_switches_of_versions(scim: Client) -> None:
    scim.set(etags=True)
    made = scim.create()
    user, first = f"/Users/{made['id']}", made["meta"]["version"]
    assert scim.send("GET", user).headers["etag"] == first
    assert scim.patch(user, {"op": "add", "path": "title", "value": "Dr"}).json()["meta"]["version"] != first
    body = {"schemas": [CORE], "userName": "a"}
    for method in ("PUT", "DELETE"):
        assert scim.send(method, user, body, if_match=first).status_code == 412
    assert scim.send("DELETE", user, if_match=scim.send("GET", user).headers["etag"]).status_code == 204


@pytest.mark.parametrize("way", ["filter", "value"])
def test_switches_of_members(scim: Client, way: str) -> None:
    ada = scim.create()["id"]
    scim.set(member_remove=way, strict_members=True)
    members = [{"value": ada}]
    made = scim.send("POST", "/Groups", {"schemas": [GROUP], "displayName": "Staff", "members": members}).json()
    group = f"/Groups/{made['id']}"
    assert scim.patch(group, {"op": "add", "path": "members", "value": members}).status_code == 400, "there already"
    forms: dict[str, dict[str, Any]] = {"filter": {"op": "remove", "path": f'members[value eq "{ada}"]'},
             "value": {"op": "remove", "path": "members", "value": members}}  # fmt: skip
    other = scim.patch(group, forms.pop({"filter": "value", "value": "filter"}[way]))
    assert other.status_code == 400
    assert [scim.patch(group, forms[way]).status_code for _ in range(2)] == [200, 400]
    scim.set(groups=False)
    assert scim.send("GET", group).status_code == 404


def test_switches_of_discovery(scim: Client) -> None:
    config = scim.send("GET", "/ServiceProviderConfig").json()
    assert (config["patch"]["supported"], config["filter"]["supported"]) == (True, True)
    scim.set(discovery="wrong")
    assert scim.send("GET", "/ServiceProviderConfig").json()["patch"]["supported"] is False
    assert scim.patch(f"/Users/{scim.create()['id']}", {"op": "add", "path": "title", "value": "x"}).status_code == 200
    scim.set(discovery="missing")
    for path in ("/ServiceProviderConfig", "/Schemas", "/ResourceTypes"):
        assert scim.send("GET", path).status_code == 404


def test_switches_of_limits_and_lost_answers(scim: Client) -> None:
    scim.set(timeout_after_write=1)
    with pytest.raises(httpx.RemoteProtocolError):
        scim.create("lost")
    assert scim.find('userName eq "lost"') == ["lost"]
    scim.set(rate_limit=3, rate_limit_retry_after=9)
    answers = [scim.send("GET", "/Users") for _ in range(4)]
    assert (answers[-1].status_code, answers[-1].headers["retry-after"]) == (429, "9")
    scim.set(passwords="shown", rate_limit=0)
    assert scim.create("p", password="secret")["password"] == "secret"
    assert "secret" not in json.dumps(scim.control("GET", "requests"))


@pytest.mark.parametrize(
    "wrong",
    [{"patch": "maybe"}, {"page_max": 0}, {"page_max": True}, {"put": 1}, {"filters": "userName"}, {"nothing": 1},
     {"patch_status": "200"}, {"rewrite": []}],
)  # fmt: skip
def test_a_switch_that_cannot_be_is_refused_and_nothing_is_changed(scim: Client, wrong: dict[str, Any]) -> None:
    before = scim.control("GET", "switches")
    assert scim.control("POST", "switches", {"delete": False, **wrong}, status=400)["error"]
    assert scim.control("GET", "switches") == before


# -- control and credentials ------------------------------------------------------------------------------------------


def test_faults_strike_as_often_as_they_were_told(scim: Client) -> None:
    made = scim.create()
    user = f"/Users/{made['id']}"
    scim.control(
        "POST", "inject", {"operation": "PATCH", "status": 503, "after_effect": True, "headers": {"retry-after": "1"}}
    )
    lost = scim.patch(user, {"op": "add", "path": "title", "value": "Dr"})
    assert (lost.status_code, lost.headers["retry-after"], scim.send("GET", user).json()["title"]) == (503, "1", "Dr")
    scim.control("POST", "inject", {"operation": "GET", "times": 2, "status": 0, "truncate": True})
    for _ in range(2):
        with pytest.raises(ValueError, match=r"Unterminated|Expecting"):
            scim.send("GET", user).json()
    assert scim.send("GET", user).status_code == 200


def test_the_control_interface_shows_and_changes_what_stands_here(scim: Client) -> None:
    [one, _] = scim.control("POST", "seed", {"users": [{"userName": "a"}], "count": 1})["users"]
    scim.control("POST", "edit", {"id": one, "set": {"title": "Dr"}})
    state = scim.control("GET", "state")
    assert (state["count"], state["enabled"], state["users"][0]["title"]) == (2, 2, "Dr")
    scim.send("GET", "/Users")
    scim.send("GET", f"/Users/{one}")
    assert scim.control("GET", "counts") == {"GET /Users": 1, "GET /Users/{id}": 1}
    [request] = scim.control("GET", "requests?operation=GET%20/Users/{id}")["requests"]
    assert (request["target"], request["status"], request["write"]) == (f"/scim/v2/Users/{one}", 200, False)
    scim.control("POST", "remove", {"id": one})
    scim.control("DELETE", "requests")
    assert (scim.control("GET", "state")["count"], scim.control("GET", "counts")) == (1, {})
    for name, body in (
        ("edit", {"id": "x"}),
        ("remove", {}),
        ("seed", {}),
        ("seed", {"users": [{}]}),
        ("seed", {"count": -1}),
    ):
        assert scim.control("POST", name, body, status=400)["error"]
    assert "GET state" in scim.control("GET", "nothing", status=404)["error"]


def basic(text: str) -> str:
    return f"Basic {base64.b64encode(text.encode()).decode()}"


@pytest.mark.parametrize(
    ("header", "status"),
    [
        ("", 401), ("Bearer", 401), ("Bearer wrong", 401), ("Bearer t0ken-of-the-scim-simulator", 200),
        (basic("scim.gateway:s3cret"), 200), (basic("scim.gateway:wrong"), 401), ("Basic ???", 401),
    ],
)  # fmt: skip
def test_credentials(scim: Client, header: str, status: int) -> None:
    assert scim.send("GET", "/Users", authorization=header).status_code == status


def test_tokens_of_its_own(scim: Client) -> None:
    url, me = f"{scim.root}/oauth/token", ("scim.gateway", "s3cret")
    answer = scim.http.post(url, data={"grant_type": "client_credentials"}, auth=me)
    header = f"Bearer {answer.json()['access_token']}"
    assert (answer.json()["expires_in"], scim.send("GET", "/Users", authorization=header).status_code) == (3600, 200)
    scim.control("POST", "revoke")
    assert scim.send("GET", "/Users", authorization=header).status_code == 401
    assert scim.http.post(url, data={"grant_type": "password"}, auth=me).json()["error"] == "unsupported_grant_type"
    assert scim.http.post(url, data={}, auth=("me", "wrong")).status_code == 401
    jwt = {"grant_type": "urn:ietf:params:oauth:grant-type:jwt-bearer", "assertion": "wrong"}
    assert scim.http.post(url, data=jwt, auth=me).json()["error"] == "invalid_grant"


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "simulators.scim", *arguments]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60)


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["--port", "99999"], "cannot listen"), (["--switch", "patch=perhaps"], "patch is one of"),
        (["--switch", "patch"], "NAME=VALUE"), (["--switch", "x=1"], "There is no switch x"),
        (["--port", "x"], "invalid int"),
    ],
)  # fmt: skip
def test_a_mistake_on_the_command_line_is_one_sentence(arguments: list[str], says: str) -> None:
    done = run(*arguments)
    assert (done.returncode, "Traceback" in done.stderr, says in done.stderr) == (2, False, True)
