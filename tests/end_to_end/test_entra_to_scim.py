"""Entra, the gateway and two SCIM servers that nobody here wrote: what goes wrong without the gateway, and with it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any

import httpx
import pytest

from simulators.entra import AttributeMapping, Options, Report, run
from simulators.entra.generated import Generated
from simulators.entra.generated_groups import GeneratedGroups
from simulators.entra.groups import Group
from simulators.entra.paths import ENTERPRISE
from simulators.entra.people import Person
from tests.end_to_end.processes import Process, start
from tests.scimmy.servers import SERVERS, TOKEN, Server
from tests.simulators.entra_people import person

pytestmark = pytest.mark.slow
GATEWAY_TOKEN = "the-token-of-the-connection"
PROFILES = Path(__file__).resolve().parent.parent / "scimmy"
PEOPLE, GROUPS = 25, 5
CONFIG = """
[gateway]
store = "sqlite:{folder}/gateway.db"
[connections.scim]
adapter = "scim"
token = {{ env = "SCIM_TOKEN" }}
on_delete = "{on_delete}"
failures_in_row = 1000
denials_in_row = 1000
[connections.scim.settings]
base_url = "{url}"
profile = "{profile}"
bearer_token = {{ env = "BACKEND_TOKEN" }}
"""
NOT_THERE = ('emails[type eq "other"]', 'phoneNumbers[type eq "fax"]', "formatted", "Formatted")
MAPPING = AttributeMapping().only(
    [path for path in AttributeMapping().flows if not any(part in path for part in NOT_THERE)]
)
"""Entra's default mapping without what the profiles leave out."""


@dataclass
class World:
    """A SCIM server, and the gateway in front of it."""

    server: Server
    gateway: Process

    @property
    def tenant(self) -> str:
        return f"{self.gateway.url}/scim/scim/v2"

    def scim(self, method: str, path: str, body: Any = None) -> httpx.Response:
        headers = {"authorization": f"Bearer {GATEWAY_TOKEN}"}
        return httpx.request(method, f"{self.tenant}{path}", json=body, headers=headers, timeout=30, trust_env=False)


@pytest.fixture(params=sorted(SERVERS))
def server(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Server]:
    with SERVERS[request.param](tmp_path) as running:
        yield running
        running.client.close()


@pytest.fixture(params=["disable"])
def world(request: pytest.FixtureRequest, server: Server, tmp_path: Path) -> Iterator[World]:
    config = tmp_path / "gateway.toml"
    profile = PROFILES / f"{server.name}.toml"
    values = {"folder": tmp_path, "url": server.url, "profile": profile, "on_delete": request.param}
    config.write_text(CONFIG.format(**values))
    environment = {"SCIM_TOKEN": GATEWAY_TOKEN, "BACKEND_TOKEN": TOKEN}
    command = ["gateway", "serve", "--config", str(config), "--port", "0"]
    gateway = start(command, tmp_path / "gateway.log", environment)
    yield World(server, gateway)
    gateway.stop()


def expected(source: Generated) -> dict[str, dict[str, Any]]:
    """What Entra wants of everybody in scope, by login."""
    people = [one for one in source if one.why_skipped is None and one.enabled]
    return {one.user_principal_name.casefold(): dict(MAPPING.values(one)) for one in people}


def enabled(server: Server) -> dict[str, dict[str, Any]]:
    """What the server holds of everybody who is enabled, by login; each login once."""
    users = server.held("Users")
    assert len({user["userName"].casefold() for user in users}) == len(users), "nobody is there twice"
    return {user["userName"].casefold(): user for user in users if user["active"] is True}


def compare(server: Server, source: Generated) -> None:
    """Every value is where RFC 7643 says, whatever Entra called it on the way."""
    wanted, held = expected(source), enabled(server)
    assert held.keys() == wanted.keys()
    for login, values in wanted.items():
        for path, value in values.items():
            assert MAPPING.paths[path].read(held[login]) == value, (login, path)


def compare_managers(server: Server, source: Generated) -> None:
    held = enabled(server)
    logins = {user["id"]: login for login, user in held.items()}
    wanted = {one.user_principal_name.casefold(): one.value("manager").casefold() for one in source}
    for login, user in held.items():
        manager = user.get(ENTERPRISE, {}).get("manager", {}).get("value")
        if wanted[login] in held:
            assert logins[manager] == wanted[login], "a manager is the backend's own id"


def compare_groups(server: Server, source: Generated) -> None:
    logins = {user["id"]: user["userName"].casefold() for user in server.held("Users")}
    people = set(expected(source))
    held: dict[str, list[str]] = {}
    for one in server.held("Groups"):
        group = server.client.get(f"{server.url}/Groups/{one['id']}").json()
        members = [logins[member["value"]] for member in group.get("members") or []]
        assert len(members) == len(set(members)), "nobody is a member twice"
        held[group["displayName"]] = sorted(set(members) & people)
    server.requests()
    wanted = {
        g.display_name: sorted({m.casefold() for m in g.members} & people) for g in GeneratedGroups(GROUPS, source)
    }
    assert held == wanted


@pytest.mark.parametrize("flag", [False, True], ids=["default", "aadOptscim062020"])
def test_what_entra_says_is_what_the_server_holds(world: World, tmp_path: Path, flag: bool) -> None:
    server, state = world.server, tmp_path / "state"

    def cycle(*edits: int, **more: Any) -> Report:
        company: dict[str, Any] = {"users": PEOPLE, "groups": GROUPS, "edit_seeds": edits, "edit_share": 0.25}
        settings = {
            "mapping": MAPPING,
            "map_manager": True,
            "flag": flag,
            "patience": 5,
            "state": state,
            "workers": 4,
            **more,
        }
        told = run(Options(world.tenant, GATEWAY_TOKEN, **company, **settings))
        assert (told.exit_status, told.failures) == (0, {})
        source = Generated(PEOPLE, 0, tuple(edits), 0.25)
        compare(server, source)
        compare_groups(server, source)
        return told

    first = cycle()
    assert first.counts["created"] == PEOPLE
    compare_managers(server, Generated(PEOPLE))
    server.requests()
    cycle()
    assert server.writes() == [], "nothing changed, nothing written"
    cycle(full=True)
    assert server.writes() == [], "everybody was read and compared"
    cycle(restart=True)
    assert server.writes() == [], "everybody was matched again"
    for round in ((1,), (1, 2), (1, 2, 3)):
        cycle(*round)
    cycle()
    compare_managers(server, Generated(PEOPLE))


REFUSED = {
    ("scimmy", False): {
        "a first e-mail address": "noTarget",
        "a manager": "invalidValue",
        "somebody leaves": "'active' expected value type 'boolean' but found type 'string'",
        "somebody is back": "Cannot read properties of undefined",
        "a member leaves": "Cannot read properties of undefined",
        "a login in another case": "uniqueness userName exists already",
    },
    ("scimmy", True): {
        "a first e-mail address": "noTarget",
        "a manager": "invalidValue",
        "a login in another case": "uniqueness userName exists already",
    },
    ("scim2_server", False): {
        "a first e-mail address": "noTarget",
        "a manager": "invalidFilter",
        "a member leaves": "a remove operation carries no value",
    },
    ("scim2_server", True): {"a first e-mail address": "noTarget", "a manager": "invalidFilter"},
}
"""What each server refuses when Entra talks to it directly, in either dialect."""


def story(tenant: str, token: str, folder: Path, flag: bool) -> Iterator[tuple[str, Report]]:
    """Days of two people and their group."""

    def cycle(*people: Person, members: tuple[str, ...] = (), state: str = "state", **more: Any) -> Report:
        groups = [Group("g-1", "Staff", tuple(f"{name}@contoso.example.com" for name in members))]
        settings: dict[str, Any] = {"flag": flag, "mapping": MAPPING, "patience": 0, **more}
        return run(Options(tenant, token, people=people, groups=groups, state=folder / state, **settings))

    ada, boss = person("ada"), person("boss")
    yield "somebody comes", cycle(ada, boss)
    yield "another title", cycle(person("ada", jobTitle="Chief"), boss)
    yield "a first e-mail address", cycle(person("ada", mail="ada@example.com"), boss)
    yield "a manager", cycle(person("ada", manager="boss@contoso.example.com"), boss, map_manager=True)
    yield "somebody leaves", cycle(person("ada", accountEnabled="false"), boss)
    yield "somebody is back", cycle(ada, boss, members=("ada", "boss"))
    yield "a member leaves", cycle(ada, boss, members=("boss",))
    capital = Person({**ada.row, "userPrincipalName": "ADA@contoso.example.com"})
    yield "a login in another case", cycle(capital, boss, members=("boss",), state="another state")


@pytest.mark.parametrize("flag", [False, True], ids=["default", "aadOptscim062020"])
def test_without_the_gateway_servers_refuse_what_entra_says(server: Server, tmp_path: Path, flag: bool) -> None:
    """Each of them is right by RFC 7644, or wrong in a way of its own; nobody can tell it to Entra."""
    refused = REFUSED[server.name, flag]
    for step, report in story(server.url, TOKEN, tmp_path, flag):
        reasons = "; ".join(report.failures.values())
        assert (refused[step] in reasons) if step in refused else not reasons, (step, reasons)


def test_without_the_gateway_a_repeated_member_is_there_twice_at_one_of_them(server: Server) -> None:
    """The gateway repeats a PATCH whose answer was lost, and shows each member once."""
    core = "urn:ietf:params:scim:schemas:core:2.0"
    headers = {"content-type": "application/scim+json"}

    def made(kind: str, **values: Any) -> str:
        body = {"schemas": [f"{core}:{kind}"], **values}
        return str(server.client.post(f"{server.url}/{kind}s", json=body, headers=headers).json()["id"])

    ada, group = made("User", userName="ada@example.com"), made("Group", displayName="Staff")
    add = {"op": "add", "path": "members", "value": [{"value": ada}]}
    message = {"schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"], "Operations": [add]}
    for _ in range(2):
        server.client.patch(f"{server.url}/Groups/{group}", json=message, headers=headers)
    members = server.client.get(f"{server.url}/Groups/{group}").json()["members"]
    assert len(members) == (2 if server.name == "scimmy" else 1)


@pytest.mark.parametrize("flag", [False, True], ids=["default", "aadOptscim062020"])
def test_the_gateway_says_the_same_so_that_servers_understand(world: World, tmp_path: Path, flag: bool) -> None:
    for step, report in story(world.tenant, GATEWAY_TOKEN, tmp_path, flag):
        assert (report.failures, report.exit_status) == ({}, 0), step
    refused = [one for one in world.server.requests() if one.status >= 400]
    assert not refused, "and none of its own requests is refused"


FAULTS: list[dict[str, Any]] = [
    {"status": 503},
    {"status": 500, "after_effect": True},
    {"cut": True},
    {"cut": True, "after_effect": True},
    {"status": 0, "truncate": True},
    {"status": 429, "headers": {"retry-after": "1"}},
    {"status": 404, "body": "<html>Not found</html>"},
    {"status": 401, "body": "<html>Sign in</html>"},
]


def test_a_cycle_over_bad_days_ends_in_the_right_state(tmp_path: Path) -> None:
    """Outages, lost answers, rubbish and a token that is refused now and then, before our own simulator."""
    simulator = start(["simulators.scim", "--port", "0", "--token", TOKEN], tmp_path / "simulator.log")
    server = Server("simulator", simulator.url, simulator.log, lambda line: None)
    control = simulator.url.removesuffix("/scim/v2") + "/_control"
    seconds = "read_deadline = 3\nwrite_deadline = 4\nlease = 8\n[connections.scim]"
    config = tmp_path / "gateway.toml"
    values = {"folder": tmp_path, "url": server.url, "profile": "rfc", "on_delete": "disable"}
    config.write_text(CONFIG.format(**values).replace("[connections.scim]", seconds, 1))
    environment = {"SCIM_TOKEN": GATEWAY_TOKEN, "BACKEND_TOKEN": TOKEN}
    command = ["gateway", "serve", "--config", str(config), "--port", "0"]
    world = World(server, start(command, tmp_path / "gateway.log", environment))
    seeds = Random("bad days")
    refused = 0
    try:
        for edits in ((), (1,), (1, 2)):
            for attempt in range(8):
                assert server.client.delete(f"{control}/inject").status_code == 200
                for fault in FAULTS if attempt < 2 else ():
                    for method in ("GET", "POST", "PATCH"):
                        told = {**fault, "operation": method, "times": seeds.randint(1, 3)}
                        assert server.client.post(f"{control}/inject", json=told).status_code == 200
                company: dict[str, Any] = {"users": PEOPLE, "groups": GROUPS, "edit_seeds": edits, "edit_share": 0.25}
                settings: dict[str, Any] = {"mapping": MAPPING, "patience": 2, "state": tmp_path / "state"}
                report = run(Options(world.tenant, GATEWAY_TOKEN, **company, **settings, full=attempt > 1))
                refused += report.exit_status != 0
                if report.exit_status == 0 and attempt > 1:
                    break
            source = Generated(PEOPLE, 0, edits, 0.25)
            compare(server, source)
            compare_groups(server, source)
        assert refused, "the faults were felt"
    finally:
        world.gateway.stop()
        simulator.stop()
        server.client.close()


@pytest.mark.parametrize("world", ["disable", "delete"], indirect=True)
def test_who_is_deleted_and_comes_back(world: World) -> None:
    server = world.server
    kept = 'on_delete = "disable"' in (server.log.parent / "gateway.toml").read_text()
    body = {"schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"], "userName": "ada@example.com", "active": True}
    made = world.scim("POST", "/Users", body).json()
    [account] = server.held("Users")
    assert world.scim("DELETE", f"/Users/{made['id']}").status_code == 204
    assert [one["active"] for one in server.held("Users")] == ([False] if kept else [])
    assert [world.scim(method, f"/Users/{made['id']}").status_code for method in ("GET", "DELETE")] == [404, 404]
    again = world.scim("POST", "/Users", body)
    assert again.status_code == 201 and again.json()["id"] != made["id"], "an id is never given again"
    [now] = server.held("Users")
    assert now["active"] is True and (now["id"] == account["id"]) is kept


def test_calls_for_each_request(world: World) -> None:
    """The numbers of docs/systems/any-scim-server.md, by the server's own log."""
    server, etags = world.server, world.server.name == "scim2_server"
    core = "urn:ietf:params:scim:schemas:core:2.0:User"
    server.requests()

    def calls(method: str, path: str, body: Any = None, status: int = 200) -> Counter[str]:
        answer = world.scim(method, path, body)
        assert answer.status_code == status, answer.text
        made["id"] = answer.json().get("id", made.get("id")) if answer.content else made.get("id")
        return Counter(one.shape for one in server.requests())

    def patch(*operations: dict[str, Any]) -> dict[str, Any]:
        return {"schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"], "Operations": list(operations)}

    made: dict[str, Any] = {}
    look, read, write = "GET /Users", "GET /Users/{id}", "PATCH /Users/{id}"
    capital = {"schemas": [core], "userName": "Ada@example.com", "active": True}
    assert calls("POST", "/Users", capital, 201) == {look: 1 if etags else 2, "POST /Users": 1}
    assert calls("GET", '/Users?filter=userName eq "ada@example.com"') == {look: 1}
    user = f"/Users/{made['id']}"
    assert calls("GET", user) == {read: 1}
    assert calls("PATCH", user, patch({"op": "Replace", "path": "active", "value": "True"})) == {read: 1}
    change = patch({"op": "Add", "path": 'emails[type eq "work"].value', "value": "ada@example.com"},
                   {"op": "Replace", "path": "displayName", "value": "Ada"})  # fmt: skip
    answered = {read: 2, write: 1} if etags else {read: 1, write: 1}
    assert calls("PATCH", user, change) == answered, "a server that answers 204 is read again"
    assert calls("PATCH", user, patch({"op": "Replace", "path": "active", "value": "False"})) == answered
    assert calls("DELETE", user, status=204) == {read: 1}, "disabled already"
