"""The Kintone simulator speaks as the vendor's pages show, and every unknown of theirs is a switch."""

from __future__ import annotations

import base64
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from simulators.kintone import Simulator, Site, running
from simulators.kintone.switches import CHOICES

ROOT = Path(__file__).resolve().parent.parent.parent
PERSON = {"code": "aoi@example.com", "name": "Aoi Tanaka", "password": "Correct-Horse-1!", "email": "aoi@example.com"}


def sign(account: str) -> str:
    return base64.b64encode(account.encode()).decode()


SITE = {"Authorization": f"Basic {sign('site:basic')}"}


@pytest.fixture(scope="module")
def server() -> Iterator[Simulator]:
    with running(Site(token="a-token", basic="site:basic")) as simulator:
        yield simulator


class Client:
    """The API as an administrator calls it; with `basic` behind the site's own authentication."""

    def __init__(self, server: Simulator) -> None:
        self.http = httpx.Client(base_url=server.url, trust_env=False)
        self.headers = {
            "X-Cybozu-Authorization": sign("scim.gateway:s3cret"),
            "Authorization": f"Basic {sign('site:basic')}",
        }

    def __call__(self, method: str, name: str, body: Any = None, **options: Any) -> httpx.Response:
        options = {"headers": self.headers} | options
        return self.http.request(method, f"/v1/{name}.json", json=body, **options)

    def control(self, method: str, name: str, body: Any = None) -> Any:
        answer = self.http.request(method, f"/_control/{name}", json=body)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def switch(self, **values: Any) -> None:
        self.control("POST", "switches", values)

    def users(self) -> dict[str, dict[str, Any]]:
        return {user["code"]: user for user in self.control("GET", "state")["users"]}


@pytest.fixture
def api(server: Simulator) -> Iterator[Client]:
    server.site.reset()
    client = Client(server)
    yield client
    client.http.close()


def test_a_life_as_the_page_tells_it(api: Client) -> None:
    assert (api("POST", "users", {"users": [PERSON]}).status_code, api("GET", "users").status_code) == (200, 200)
    [user] = api("GET", "users", params={"codes[0]": PERSON["code"]}).json()["users"]
    assert user["id"].isdecimal() and user["valid"] is True and "password" not in user
    assert (user["birthDate"], user["surName"], user["customItemValues"]) == (None, "", [])
    assert api("GET", "users", params={"codes": PERSON["code"]}).json()["users"] == [user], "the single form"
    assert api("GET", "users", params={"ids[0]": user["id"]}).json()["users"] == [user]
    assert api("GET", "users", params={"codes[0]": "nobody"}).json() == {"users": []}
    services = {"users": [{"code": PERSON["code"], "services": ["kintone"]}]}
    assert api("PUT", "users/services", services).json() == {}
    assert api("GET", "users/services", params={"codes[0]": PERSON["code"]}).json() == services
    assert api("PUT", "users", {"users": [{"code": PERSON["code"], "surName": "Sato", "valid": False}]}).json() == {}
    assert (api.users()[PERSON["code"]]["surName"], api.users()[PERSON["code"]]["valid"]) == ("Sato", False)
    rename = {"codes": [{"currentCode": PERSON["code"], "newCode": "sato@example.com"}]}
    assert api("PUT", "users/codes", rename).json() == {}
    assert api.users()["sato@example.com"]["id"] == user["id"]
    assert api("DELETE", "users", {"codes": ["sato@example.com"]}).json() == {}
    assert "sato@example.com" not in api.users()


def test_pages_are_by_offset_without_a_total(api: Client) -> None:
    api.control("POST", "seed", {"count": 250})
    seen: list[str] = []
    while rows := api("GET", "users", params={"offset": len(seen), "size": 100}).json()["users"]:
        seen += [row["id"] for row in rows]
    assert len(seen) == len(set(seen)) == 252
    assert seen == sorted(seen, key=int)


REFUSED: list[tuple[str, dict[str, Any], tuple[str, str, Any], int, str, str]] = [
    # why, switches, call, status, code, key
    ("ids and codes", {}, ("GET", "users?ids[0]=1&codes[0]=a", None), 400, "CB_IL02", ""),
    ("too large a page", {}, ("GET", "users?size=101", None), 400, "CB_VA01", "size"),
    ("no password", {}, ("POST", "users", {"users": [{"code": "x", "name": "x"}]}), 400, "CB_VA01", "users.password"),
    ("a weak password", {"password_policy": "complex"},
     ("POST", "users", {"users": [{"code": "x", "name": "x", "password": "abcdefghijkl"}]}), 400, "CB_VA01",
     "users.password"),
    ("a blank name", {}, ("POST", "users", {"users": [{**PERSON, "name": " "}]}), 400, "CB_VA01", "users.name"),
    ("a long surname", {}, ("POST", "users", {"users": [{**PERSON, "surName": "a" * 65}]}), 400, "CB_VA01",
     "users.surName"),
    ("a taken login", {}, ("POST", "users", {"users": [{**PERSON, "code": "scim.gateway"}]}), 400, "CB_VA01",
     "users.code"),
    ("a taken login, numbered", {"error_key_style": "users[0].code"},
     ("POST", "users", {"users": [{**PERSON, "code": "scim.gateway"}]}), 400, "CB_VA01", "users[0].code"),
    ("a taken login in other letters", {"code_case_sensitive": False},
     ("POST", "users", {"users": [{**PERSON, "code": "SCIM.Gateway"}]}), 400, "CB_VA01", "users.code"),
    ("an unknown custom item", {},
     ("POST", "users", {"users": [{**PERSON, "customItemValues": [{"code": "x", "value": "y"}]}]}), 400, "CB_VA01",
     "users.customItemValues.code"),
    ("an unknown user", {}, ("PUT", "users", {"users": [{"code": "nobody"}]}), 400, "CB_VA01", "users.code"),
    ("an unknown user, older", {"bad_request_status": 520}, ("PUT", "users", {"users": [{"code": "nobody"}]}), 520,
     "CB_VA01", "users.code"),
    ("a delete of nobody", {"delete_unknown_key": "codes"}, ("DELETE", "users", {"codes": ["nobody"]}), 400, "CB_VA01",
     "codes"),
    ("a rename onto another", {},
     ("PUT", "users/codes", {"codes": [{"currentCode": "scim.gateway", "newCode": "Administrator"}]}), 400, "CB_VA01",
     "codes[0].newCode"),
    ("a rename onto another, otherwise", {"rename_collision_key": "users.code"},
     ("PUT", "users/codes", {"codes": [{"currentCode": "scim.gateway", "newCode": "Administrator"}]}), 400, "CB_VA01",
     "users.code"),
    ("an unknown service", {}, ("PUT", "users/services", {"users": [{"code": "scim.gateway", "services": ["x"]}]}), 400,
     "CB_VA01", "users.services"),
    ("everyone sent back", {"everyone_in_put": "refused"},
     ("PUT", "user/groups", {"code": "scim.gateway", "groups": ["everyone"]}), 400, "CB_VA01", "groups"),
    ("too many at once", {}, ("POST", "users", {"users": [PERSON] * 101}), 400, "CB_VA01", "users"),
    ("two factors", {"two_factor": True}, ("GET", "users", None), 401, "CB_TW02", ""),
    ("two factors, older", {"two_factor": True, "auth_failure_status": 520}, ("GET", "users", None), 520, "CB_TW02",
     ""),
]  # fmt: skip


@pytest.mark.parametrize(("why", "switches", "call", "status", "code", "key"), REFUSED, ids=[r[0] for r in REFUSED])
def test_what_kintone_refuses_is_refused_in_its_words(
    api: Client, why: str, switches: dict[str, Any], call: tuple[str, str, Any], status: int, code: str, key: str
) -> None:
    api.switch(**switches)
    before = api.control("GET", "state")
    method, name, body = call
    path, _, query = name.partition("?")
    answer = api(method, path, body, params=httpx.QueryParams(query))
    told = answer.json()
    assert (answer.status_code, told["code"], list(told.get("errors", {}))) == (status, code, [key] if key else [])
    assert told["id"] and told["message"]
    assert api.control("GET", "state") == before


@pytest.mark.parametrize("locale", CHOICES["locale"])
def test_messages_are_in_the_accounts_language(api: Client, locale: str) -> None:
    api.switch(locale=locale)
    taken = api("POST", "users", {"users": [{**PERSON, "code": "scim.gateway"}]}).json()
    unknown = api("PUT", "users", {"users": [{"code": "nobody"}]}).json()
    words = {"en": ("already exists", "not found"), "ja": ("すでに登録されています", "見つかりません"),
             "zh": ("已存在", "未找到指定的"), "zh-TW": ("已存在", "未找到相應的")}[locale]  # fmt: skip
    for told, word in zip((taken, unknown), words, strict=True):
        assert word in told["errors"]["users.code"]["messages"][0]


@pytest.mark.parametrize(
    ("why", "headers", "status"),
    [
        ("no site authentication", {"X-Cybozu-Authorization": sign("scim.gateway:s3cret")}, 401),
        ("no credentials", SITE, 401),
        ("a wrong password", {"X-Cybozu-Authorization": sign("scim.gateway:x"), **SITE}, 401),
    ],
)
def test_credentials_are_asked_for(api: Client, why: str, headers: dict[str, str], status: int) -> None:
    answer = api("GET", "users", headers=headers)
    assert answer.status_code == status
    assert ("www-authenticate" in answer.headers) == (why == "no site authentication")


@pytest.mark.parametrize(
    ("scope", "read", "write", "membership"),
    [("read", 200, 403, 403), ("write", 200, 200, 403), ("dangerous", 200, 200, 200)],
)
def test_a_token_may_do_what_its_scope_says(scope: str, read: int, write: int, membership: int) -> None:
    with running(Site(token="a-token")) as server:
        api = Client(server)
        api.headers = {"Authorization": "Bearer a-token"}
        api.switch(token_scope=scope)
        update = {"users": [{"code": "Administrator", "valid": True}]}
        assert api("GET", "users").status_code == read
        assert api("PUT", "users", update).status_code == write
        assert api("PUT", "user/groups", {"code": "Administrator", "groups": []}).status_code == membership
        assert api("GET", "users", headers={"Authorization": "Bearer another"}).status_code == 401
        api.http.close()


def test_valid_left_out_enables_unless_switched_off(api: Client) -> None:
    api.control("POST", "seed", {"users": [{"code": "a", "valid": False}, {"code": "b", "valid": False}]})
    api("PUT", "users", {"users": [{"code": "a", "surName": "A"}]})
    api.switch(valid_omitted_means_true=False)
    api("PUT", "users", {"users": [{"code": "b", "surName": "B"}]})
    assert (api.users()["a"]["valid"], api.users()["b"]["valid"]) == (True, False)


@pytest.mark.parametrize("replaces", [False, True])
def test_custom_items_are_merged_or_replaced(api: Client, replaces: bool) -> None:
    items = [{"code": "jobTitle", "value": "x"}]
    api.control("POST", "seed", {"users": [{"code": "a", "customItemValues": items}]})
    api.switch(custom_items_replace=replaces)
    more = [{"code": "costCenter", "value": "y"}]
    api("PUT", "users", {"users": [{"code": "a", "valid": True, "customItemValues": more}]})
    assert api.users()["a"]["customItemValues"] == (more if replaces else items + more)


def test_groups_are_written_user_by_user(api: Client) -> None:
    for code in ("sales", "tokyo"):
        assert api("POST", "groups", {"groups": [{"code": code, "name": code.title()}]}).json() == {}
    assert api("PUT", "groups", {"groups": [{"code": "tokyo", "name": "Tokyo office"}]}).json() == {}
    groups = {group["code"]: group for group in api("GET", "groups").json()["groups"]}
    assert groups.keys() == {"Administrators", "sales", "tokyo", "everyone"}
    assert api("GET", "groups", params={"ids[0]": groups["tokyo"]["id"]}).json()["groups"][0]["name"] == "Tokyo office"
    api("PUT", "user/groups", {"code": "scim.gateway", "groups": ["Administrators", "sales", "tokyo"]})
    api("PUT", "user/groups", {"code": "scim.gateway", "groups": ["Administrators", "tokyo"]})
    held = api("GET", "user/groups", params={"code": "scim.gateway"}).json()["groups"]
    assert [group["code"] for group in held] == ["Administrators", "tokyo", "everyone"]
    members = {name: api("GET", "group/users", params={"code": name}).json()["users"] for name in groups}
    assert [user["code"] for user in members["tokyo"]] == ["scim.gateway"]
    assert (len(members["everyone"]), members["sales"]) == (2, [])
    api("DELETE", "groups", {"codes": ["tokyo"]})
    assert api.users()["scim.gateway"]["groups"] == ["Administrators"]


@pytest.mark.parametrize(
    ("why", "switches", "call", "told"),
    [
        ("hidden administrator", {"administrator_listed": False}, ("GET", "users"), "'Administrator'"),
        ("hidden administrators", {"administrators_listed": False}, ("GET", "groups"), "'Administrators'"),
        ("unset as null", {"unset_style": "null"}, ("GET", "users"), "'surName': ''"),
        ("unset as empty", {"unset_style": "empty"}, ("GET", "groups"), "'surName': None"),
        ("no everyone", {"everyone_in_user_groups": False}, ("GET", "user/groups"), "'everyone'"),
    ],
)
def test_what_is_switched_off_is_not_shown(
    api: Client, why: str, switches: dict[str, Any], call: tuple[str, str], told: str
) -> None:
    api.switch(**switches)
    assert told not in str(api(*call, params={"code": "scim.gateway"}).json())


def test_disabled_members_can_be_hidden(api: Client) -> None:
    api.control("POST", "seed", {"users": [{"code": "a"}], "groups": [{"code": "sales"}]})
    api("PUT", "user/groups", {"code": "a", "groups": ["sales"]})
    api("PUT", "users", {"users": [{"code": "a", "valid": False}]})
    assert len(api("GET", "group/users", params={"code": "sales"}).json()["users"]) == 1
    api.switch(group_users_disabled="hidden")
    assert api("GET", "group/users", params={"code": "sales"}).json()["users"] == []


@pytest.mark.parametrize(("style", "body"), [("empty_object", b"{}"), ("nothing", b""), ("echo", b"scim.gateway")])
def test_writes_answer_as_switched(api: Client, style: str, body: bytes) -> None:
    api.switch(write_reply=style)
    answer = api("PUT", "users", {"users": [{"code": "scim.gateway", "valid": True}]})
    assert answer.status_code == 200
    assert body in answer.content
    assert bool(answer.content) == bool(body)


def test_pages_lists_and_names_follow_their_switches(api: Client) -> None:
    api.switch(page_cap=1, email_unique=True, group_names_unique=True, strict_get_content_type=True)
    assert len(api("GET", "users").json()["users"]) == 1
    assert (
        len(api("GET", "users", params={"codes[0]": "scim.gateway", "codes[1]": "Administrator"}).json()["users"]) == 2
    )
    assert api("POST", "users", {"users": [PERSON]}).status_code == 200
    taken = api("POST", "users", {"users": [{**PERSON, "code": "other"}]}).json()
    assert list(taken["errors"]) == ["users.email"]
    twin = api("POST", "groups", {"groups": [{"code": "x", "name": "Everyone"}]}).json()
    assert list(twin["errors"]) == ["groups.name"]
    answer = api("GET", "users", headers=api.headers | {"Content-Type": "application/json"})
    assert answer.json()["code"] == "CB_IL02"


def test_limits_addresses_and_lost_answers_follow_their_switches(api: Client) -> None:
    api.switch(rate_limit=1, rate_limit_retry_after=7)
    first, second = api("GET", "users"), api("GET", "users")
    assert (first.status_code, second.status_code, second.headers["retry-after"]) == (200, 429, "7")
    api.switch(rate_limit=0, ip_refused=True)
    refused = api("GET", "users")
    assert (refused.status_code, "json" in refused.headers["content-type"]) == (403, False)
    api.switch(ip_refused=False, timeout_after_write=1)
    with pytest.raises(httpx.TransportError):
        api("POST", "users", {"users": [PERSON]})
    assert PERSON["code"] in api.users()
    assert api("PUT", "users", {"users": [{"code": PERSON["code"]}]}).status_code == 200, "one answer was lost"


def test_a_login_may_change_its_capitals_and_a_disabled_account_does_not_sign_in(api: Client) -> None:
    api.switch(code_case_sensitive=False)
    api("POST", "users", {"users": [PERSON]})
    other = PERSON["code"].upper()
    rename = {"codes": [{"currentCode": PERSON["code"], "newCode": other}]}
    assert api("PUT", "users/codes", rename).status_code == 200
    signed = {"X-Cybozu-Authorization": sign(f"{other}:{PERSON['password']}"), **SITE}
    assert api("GET", "users", headers=signed).status_code == 200
    assert api("PUT", "users", {"users": [{"code": other, "valid": True}]}, headers=signed).status_code == 403
    api("PUT", "users", {"users": [{"code": other, "valid": False}]})
    assert api("GET", "users", headers=signed).status_code == 401


def test_faults_happen_as_they_were_injected(api: Client) -> None:
    api.control(
        "POST", "inject", {"operation": "GET users", "status": 503, "times": 2, "headers": {"Retry-After": "3"}}
    )
    assert [api("GET", name).status_code for name in ("groups", "users", "users", "users")] == [200, 503, 503, 200]
    api.control("POST", "inject", {"operation": "GET users", "stale": True})
    api("POST", "users", {"users": [PERSON]})
    looks = [api("GET", "users", params={"codes[0]": PERSON["code"]}).json()["users"] for _ in range(2)]
    assert [len(found) for found in looks] == [0, 1]
    api.control("POST", "inject", {"operation": "*", "times": 9})
    api.control("DELETE", "inject")
    assert api("GET", "users").status_code == 200


def test_the_log_has_every_call_and_no_secret(api: Client) -> None:
    api("POST", "users", {"users": [PERSON]})
    api("GET", "users")
    [write, _] = api.control("GET", "requests")["requests"]
    assert (write["operation"], write["write"], write["status"]) == ("POST users", True, 200)
    assert PERSON["password"] not in str(write)
    assert api.control("GET", "counts") == {"POST users": 1, "GET users": 1}
    api.control("DELETE", "requests")
    assert api.control("GET", "requests?operation=POST users") == {"requests": []}


@pytest.mark.parametrize(
    ("name", "body"),
    [
        ("switches", {"no_such_switch": 1}),
        ("switches", {"locale": "fr"}),
        ("switches", {"two_factor": 1}),
        ("switches", {"rate_limit": -1}),
        ("inject", {"operation": "PATCH users"}),
        ("seed", {"people": []}),
        ("seed", {"users": [{"code": "scim.gateway"}]}),
        ("edit", {"code": "nobody"}),
    ],
)
def test_nonsense_is_refused_with_a_sentence(api: Client, name: str, body: dict[str, Any]) -> None:
    answer = api.http.post(f"/_control/{name}", json=body)
    assert (answer.status_code, len(answer.json()["error"]) > 10) == (400, True)


def test_a_port_that_is_taken_is_one_sentence(server: Simulator) -> None:
    port = server.url.rsplit(":", 1)[1]
    command = [sys.executable, "-m", "simulators.kintone", "--port", port]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=60)
    assert (done.returncode, done.stderr.count("\n")) == (2, 1)
