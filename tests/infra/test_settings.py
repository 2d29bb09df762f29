"""The app with exactly the settings that the templates make: inside Microsoft's worker library, on Azure's emulator."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Iterator
from ipaddress import IPv4Network
from pathlib import Path
from typing import Any

import httpx
import pytest

from gateway.config import ConfigError, load
from infra.uploaded import uploaded
from tests.end_to_end.processes import PASSWORD, TOKEN, Process, start
from tests.infra import azure
from tests.infra.evaluate import Evaluator
from tests.infra.lint import ROOT
from tests.infra.tree import File, at, value

EXAMPLE = (ROOT / "infra" / "gateway.example.toml").read_text()
URL = "https://func-scimgate-test.azurewebsites.net"
SECRETS = {"ACME_TIME_TOKEN": TOKEN, "ACME_REPLICON_PASSWORD": PASSWORD}


def vault(**values: str) -> dict[str, str]:
    """What each reference of the templates is resolved to."""
    told = azure.references(azure.settings(""))
    return {told[name]: secret for name, secret in {**SECRETS, **values}.items()}


def test_every_secret_has_a_reference_to_what_the_vault_gets() -> None:
    told = azure.references(azure.settings(""))
    assert set(told) == set(azure.PARAMETERS["secretNames"])
    written = azure.secret_names(azure.PARAMETERS["secretNames"], SECRETS)
    assert sorted(told.values()) == sorted(
        f"@Microsoft.KeyVault(SecretUri={azure.VAULT}secrets/{name})" for name in written
    )
    assert all(re.fullmatch(r"[0-9a-zA-Z-]{1,127}", name) for name in written), "Key Vault takes no other names"


@pytest.mark.parametrize(
    ("values", "written"),
    [({}, []), ({"ACME_TIME_TOKEN": ""}, []), ({"ACME_TIME_TOKEN": "x"}, ["ACME-TIME-TOKEN"]), ({"OTHER": "x"}, [])],
)
def test_a_secret_without_a_value_is_left_as_it_is(values: dict[str, str], written: list[str]) -> None:
    assert azure.secret_names(azure.PARAMETERS["secretNames"], values) == written


def test_the_addresses_are_those_of_the_app_or_the_operator() -> None:
    table = "https://stscimgate.table.core.windows.net/"
    assert azure.settings(table)["SCIMGATE_STORE"] == f"tables:{table}"
    assert azure.settings(table)["SCIMGATE_PUBLIC_URL"] == URL
    assert (
        azure.settings(table, publicUrl="https://scim.example.com")["SCIMGATE_PUBLIC_URL"] == "https://scim.example.com"
    )


def test_an_operators_app_setting_stands_in_the_place_of_a_value_and_ours_stay(tmp_path: Path) -> None:
    name = "SCIMGATE__CONNECTIONS__ACME_TIME__ON_DELETE"
    given = {name: "delete", "AZURE_CLIENT_ID": "somebody-else"}
    settings = azure.settings("https://stscimgate.table.core.windows.net/", moreSettings=given)
    assert settings["AZURE_CLIENT_ID"] != "somebody-else"
    (tmp_path / "gateway.toml").write_text(EXAMPLE)
    config = load(tmp_path / "gateway.toml", azure.resolved(settings, vault()))
    assert config.connections["acme-time"].backend.options.on_delete == "delete"


@pytest.mark.parametrize(
    ("more", "default", "sources"),
    [
        ({}, "Allow", []),
        ({"restrictToEntra": True}, "Deny", ["AzureActiveDirectory"]),
        ({"allowedAddresses": ["192.0.2.0/24"]}, "Deny", ["192.0.2.0/24"]),
        (
            {"restrictToEntra": True, "allowedAddresses": ["192.0.2.7/32"]},
            "Deny",
            ["AzureActiveDirectory", "192.0.2.7/32"],
        ),
    ],
)
def test_a_restriction_closes_the_door_to_everybody_else(more: Any, default: str, sources: list[str]) -> None:
    rules = azure.site_property("properties.siteConfig.ipSecurityRestrictions", **more)
    assert azure.site_property("properties.siteConfig.ipSecurityRestrictionsDefaultAction", **more) == default
    assert [rule["ipAddress"] for rule in rules] == sources
    assert {rule["action"] for rule in rules} <= {"Allow"}
    assert len({rule["priority"] for rule in rules}) == len({rule["name"] for rule in rules}) == len(rules)
    tagged = [rule["ipAddress"] for rule in rules if rule.get("tag") == "ServiceTag"]
    assert tagged == [one for one in sources if "/" not in one]


@pytest.mark.parametrize(("number", "ready"), [(0, []), (2, [{"name": "http", "instanceCount": 2}])])
def test_instances_are_always_ready_where_they_are_asked_for(number: int, ready: list[Any]) -> None:
    place = "properties.functionAppConfig.scaleAndConcurrency.alwaysReady"
    assert azure.site_property(place, alwaysReadyInstances=number) == ready


def test_the_subnet_of_the_app_is_delegated_to_flex_consumption() -> None:
    network = azure.TEMPLATES["modules/network.bicep"]
    subnets: Any = value(at(azure.resource(network, "network").body, "properties.subnets"))
    [app, endpoints] = subnets
    assert app["name"] == "app" and endpoints["name"] == "endpoints" and "delegations" not in endpoints["properties"]
    [delegation] = app["properties"]["delegations"]
    assert delegation == {"name": "flex", "properties": {"serviceName": "Microsoft.App/environments"}}
    ranges = [IPv4Network(one["properties"]["addressPrefix"]) for one in subnets]
    [space] = at_list(network, "properties.addressSpace.addressPrefixes")
    assert all(one.subnet_of(IPv4Network(space)) for one in ranges) and not ranges[0].overlaps(ranges[1])


def test_the_private_endpoints_are_where_azure_looks_for_them() -> None:
    network = azure.TEMPLATES["modules/network.bicep"]
    suffixes = {"storage": "core.windows.net", "keyvaultDns": ".vault.azure.net"}
    given = {"account": {"id": "account"}, "vault": {"id": "vault"}}
    targets = Evaluator(network, given, environment={"suffixes": suffixes})(network.of("var")["targets"].default)
    assert [(one["id"], one["group"], one["zone"]) for one in targets] == [
        ("account", "blob", "privatelink.blob.core.windows.net"),
        ("account", "table", "privatelink.table.core.windows.net"),
        ("vault", "vault", "privatelink.vaultcore.azure.net"),
    ]


def at_list(file: File, path: str) -> list[str]:
    found: Any = value(at(azure.resource(file, "network").body, path))
    return list(found)


@pytest.mark.parametrize(
    ("module", "pattern"),
    [
        ("storage", r"[a-z0-9]{3,24}"),
        ("vault", r"[a-zA-Z](?!.*--)[a-zA-Z0-9-]{1,22}[a-zA-Z0-9]"),
        ("identity", r"[a-zA-Z0-9][a-zA-Z0-9_-]{2,127}"),
        ("network", r"[a-zA-Z0-9][\w.-]{0,62}\w"),
        ("app", r"[a-zA-Z0-9][a-zA-Z0-9-]{0,30}[a-zA-Z0-9]"),
    ],
)
def test_names_are_such_as_azure_takes(module: str, pattern: str) -> None:
    """An app's name has 32 characters at most: the host's own id is cut off there, and two apps would be one."""
    gateway = azure.TEMPLATES["gateway.bicep"]
    given = at(gateway.of("module")[module].body, "params.name")
    name = Evaluator(gateway, {"suffix": "abcdefghijklm"})(given)
    assert re.fullmatch(pattern, name), name


def test_a_reference_that_azure_could_not_resolve_is_no_token(tmp_path: Path) -> None:
    """Azure hands the reference itself to the process: whoever knows the vault's name would know the token."""
    (tmp_path / "gateway.toml").write_text(EXAMPLE)
    with pytest.raises(ConfigError) as found:
        load(tmp_path / "gateway.toml", azure.settings("https://stscimgate.table.core.windows.net/"))
    assert all(name in str(found.value) for name in SECRETS)


@pytest.fixture(scope="module")
def replicon(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Process]:
    process = start(
        ["simulators.replicon", "--port", "0", "--password", PASSWORD], tmp_path_factory.mktemp("replicon") / "log"
    )
    yield process
    process.stop()


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory, replicon: Process) -> Path:
    folder = tmp_path_factory.mktemp("app")
    return azure.staged(folder, EXAMPLE + f'domain = "{replicon.url}"\n')


@pytest.fixture(scope="module")
def running(app: Path, tables: str) -> Iterator[Process]:
    environment = azure.resolved(azure.settings(tables), vault())
    process = azure.started(app, environment, app / "log")
    yield process
    process.stop()


def client(process: Process, token: str = TOKEN) -> httpx.Client:
    headers = {"authorization": f"Bearer {token}"}
    return httpx.Client(base_url=process.url, headers=headers, trust_env=False, timeout=60)


def test_the_app_lives_with_these_settings_and_no_others(running: Process, replicon: Process) -> None:
    with client(running) as gateway:
        assert gateway.get("/readyz").text == "ready"
        made = gateway.post("/acme-time/scim/v2/Users", json={"userName": "ada@example.com"})
        assert made.status_code == 201, made.text
        assert made.headers["location"] == f"{URL}/acme-time/scim/v2/Users/{made.json()['id']}"
        assert gateway.get(made.headers["location"].removeprefix(URL)).status_code == 200
    state = httpx.get(f"{replicon.url}/_control/state", trust_env=False).json()
    assert "ada@example.com" in {user["loginName"] for user in state["users"]}


def test_the_files_for_azure_are_the_application_alone() -> None:
    files = uploaded(ROOT)
    tops = {path.parts[0] for path in files}
    assert {"function_app.py", "host.json", "requirements.txt", "gateway", "scim", "adapters", "scim_adapter"} <= tops
    assert not {"tests", "simulators", "docs", "examples", "infra", "dist", "azure.yaml", "Makefile"} & tops
    assert not [path for path in files if path.suffix in (".md", ".pyc") or path.name.startswith(".")]


@pytest.mark.parametrize(
    ("line", "left_out", "kept"),
    [
        ("docs", ["docs/a.txt", "x/docs/a.txt"], ["docs.txt"]),
        ("*.md", ["a.md", "x/b.md"], ["md/a.txt"]),
        (".*", [".env", "x/.cache/a"], ["a.env"]),
        ("a/b", ["a/b/c.txt"], ["x/a/b/c.txt"]),
        ("/top", ["top/a"], []),
        ("# docs", [], ["docs"]),
    ],
)
def test_a_line_of_funcignore_means_what_it_means_to_git(
    tmp_path: Path, line: str, left_out: list[str], kept: list[str]
) -> None:
    (tmp_path / ".funcignore").write_text(f"{line}\n\n")
    for name in (*left_out, *kept):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("")
    names = {path.as_posix() for path in uploaded(tmp_path)} - {".funcignore"}
    assert names == set(kept)


# -- alerts: each pattern finds the line that it is meant for, and no other ------------------------------------------


def patterns() -> dict[str, re.Pattern[str]]:
    alerts: Any = value(azure.TEMPLATES["modules/alerts.bicep"].of("var")["logAlerts"].default)
    return {one["name"]: re.compile(one["pattern"]) for one in alerts}


def alerted(lines: list[str]) -> set[str]:
    return {name for name, pattern in patterns().items() for line in lines if pattern.search(line)}


def lines_of(process: Process, request: str, path: str) -> list[str]:
    """What the app logs for one request, once it has."""
    before = len(process.log.read_text())
    with client(process) as gateway:
        gateway.request(request, path)
    deadline = time.monotonic() + 30
    while not LAST.search(added := process.log.read_text()[before:]) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert LAST.search(added), added
    return added.splitlines()


LAST = re.compile(r'^\{.*"status": .*\}$', re.MULTILINE)
"""The line that ends what is logged for a request."""
WORKER = '"logger": "azure.functions'
"""Whose own lines are for Microsoft."""
FILTER = "/acme-time/scim/v2/Users?filter=userName%20eq%20%22nobody%22"


@pytest.mark.parametrize("path", [FILTER, "/acme-time/scim/v2/Users/502", "/nobody/scim/v2/Users", "/healthz"])
def test_an_ordinary_answer_wakes_nobody(running: Process, path: str) -> None:
    with client(running) as gateway:
        assert gateway.get(path).status_code < 500
    assert alerted(lines_of(running, "GET", FILTER)) == set()


def test_a_request_is_one_line_in_the_log(running: Process) -> None:
    """More is paid for, and a backend's address may hold somebody's name."""
    [line] = (json.loads(line) for line in lines_of(running, "GET", FILTER) if WORKER not in line)
    told = {name: line.get(name) for name in ("logger", "method", "connection", "route", "status")}
    assert told == {
        "logger": "scimgate", "method": "GET", "connection": "acme-time", "route": "/Users", "status": 200,
    }  # fmt: skip


def test_refused_credentials_wake_somebody(app: Path, tables: str, tmp_path: Path) -> None:
    environment = azure.resolved(azure.settings(tables), vault(ACME_REPLICON_PASSWORD="not the password"))
    process = azure.started(app, environment, tmp_path / "log")
    try:
        assert alerted(lines_of(process, "GET", FILTER)) == {"credentials-refused"}
    finally:
        process.stop()


def test_a_backend_that_fails_wakes_somebody(running: Process, replicon: Process) -> None:
    every = {"operation": "*", "status": 500, "times": 50}
    control = f"{replicon.url}/_control/inject"
    assert httpx.post(control, json=every, trust_env=False).status_code == 200
    assert alerted(lines_of(running, "GET", FILTER)) == {"server-errors"}
    httpx.post(f"{replicon.url}/_control/reset", trust_env=False)


def test_a_faulty_configuration_wakes_somebody(app: Path, tables: str, tmp_path: Path) -> None:
    environment = azure.resolved(azure.settings(tables), vault())
    del environment["ACME_TIME_TOKEN"]
    process = azure.started(app, environment, tmp_path / "log")
    try:
        assert "cannot-start" in alerted(lines_of(process, "GET", FILTER))
    finally:
        process.stop()


@pytest.mark.parametrize(
    ("file", "words"),
    [("scim/sweeping.py", "cannot be settled yet"), ("gateway/application.py", "cannot be swept now")],
)
def test_a_claim_that_cannot_be_settled_is_said_in_the_words_that_are_searched(file: str, words: str) -> None:
    assert words in (ROOT / file).read_text()
    assert alerted([words]) == {"unfinished-claims"}
