"""App settings in the place of values of gateway.toml."""

from __future__ import annotations

import json
from typing import Any

import pytest

from gateway.config import Config, ConfigError, read
from tests.gateway.test_config import Fake

TOKEN, VAULT = "a-token-of-some-length", "@Microsoft.KeyVault(SecretUri=https://v.vault.azure.net/secrets/x)"
FILE: dict[str, Any] = {
    "gateway": {"store": "memory:", "public_url": "https://scim.example.com"},
    "connections": {
        "acme-time": {
            "adapter": "tests.gateway.test_config:Fake",
            "token": {"env": "TOKEN"},
            "keep": ["title"],
            "settings": {"company": "acme", "password": {"env": "PASSWORD"}},
        },
        "b2": {
            "adapter": "tests.gateway.test_config:Fake",
            "token": {"env": "OTHER"},
            "settings": {"company": "b", "password": {"env": "PASSWORD"}},
        },
    },
}
SET = {"TOKEN": TOKEN, "OTHER": "another-token-of-length", "PASSWORD": "s3cret"}
ACME = "SCIMGATE__CONNECTIONS__ACME_TIME__"


def made(**settings: str) -> Config:
    return read(FILE, "gateway.toml", {**SET, **settings})


def seen(config: Config) -> dict[str, Any]:
    one = config.connections["acme-time"]
    settings: Any = one.backend.settings
    options = {name: getattr(one.backend.options, name) for name in ("on_delete", "page_size", "keep", "read_deadline")}
    secrets = {"password": settings.password.get_secret_value(), "token": one.token}
    found = {
        "company": settings.company,
        "size": settings.size,
        "map": one.map,
        "title": one.backend.attributes.get("title"),
    }
    return {"store": config.store, "url": config.public_url, "lease": config.lease, **options, **secrets, **found}


CASES: list[tuple[str, str, str, str, Any]] = [
    ("a value of the gateway", "SCIMGATE__GATEWAY__STORE", "sqlite:x.db", "store", "sqlite:x.db"),
    ("one that the file lacks", "SCIMGATE__GATEWAY__LEASE", "100", "lease", 100.0),
    ("a number with a point", "SCIMGATE__GATEWAY__READ_DEADLINE", "2.5", "read_deadline", 2.5),
    ("small letters", "scimgate__gateway__public_url", "https://other.example.com", "url", "https://other.example.com"),
    ("a choice of a connection", f"{ACME}ON_DELETE", "delete", "on_delete", "delete"),
    ("a number of a connection", f"{ACME}PAGE_SIZE", "7", "page_size", 7),
    ("a list", f"{ACME}KEEP", '["nickName", "title"]', "keep", ("externalId", "nickName", "title")),
    ("a list behind a blank", f"{ACME}KEEP", ' ["nickName"]', "keep", ("externalId", "nickName")),
    ("the map", f"{ACME}MAP", "acme", "map", "acme"),
    ("a setting of the adapter", f"{ACME}SETTINGS__COMPANY", "other", "company", "other"),
    ("a text that looks like a number", f"{ACME}SETTINGS__COMPANY", "123", "company", "123"),
    ("a number that is a setting", f"{ACME}SETTINGS__SIZE", "5", "size", 5),
    ("a token itself", f"{ACME}TOKEN", "the-token-in-the-setting", "token", "the-token-in-the-setting"),
    ("a secret itself", f"{ACME}SETTINGS__PASSWORD", "true", "password", "true"),
    ("a secret with a bracket", f"{ACME}SETTINGS__PASSWORD", "[not a list", "password", "[not a list"),
    ("another environment variable", f"{ACME}SETTINGS__PASSWORD", '{ env = "TOKEN" }', "password", TOKEN),
    ("a whole table", f"{ACME}SETTINGS", '{ company = "t", password = { env = "PASSWORD" } }', "company", "t"),
]


@pytest.mark.parametrize(("why", "name", "value", "what", "expected"), CASES, ids=[case[0] for case in CASES])
def test_an_app_setting_stands_in_the_place_of_a_value(
    why: str, name: str, value: str, what: str, expected: Any
) -> None:
    before, after = seen(made()), seen(made(**{name: value}))
    assert after[what] == expected
    assert {key for key in before if before[key] != after[key]} == {what}


def test_a_row_of_the_mapping_table_comes_as_a_table() -> None:
    config = made(**{f"{ACME}ATTRIBUTES": '{ "title" = { native = "job" } }'})
    assert config.connections["acme-time"].backend.attributes["title"].native == "job"


def test_a_value_counts_in_the_table_that_comes_as_a_whole() -> None:
    table = '{ company = "t", password = { env = "PASSWORD" } }'
    config = made(**{f"{ACME}SETTINGS__COMPANY": "other", f"{ACME}SETTINGS": table})
    assert seen(config)["company"] == "other"


def test_a_setting_of_one_connection_is_none_of_another() -> None:
    config = made(**{f"{ACME}SETTINGS__COMPANY": "other"})
    settings: Any = config.connections["b2"].backend.settings
    assert settings.company == "b"


FAULTS: list[tuple[str, str, str, str]] = [
    ("a connection that is none", "SCIMGATE__CONNECTIONS__ACME_TIM__MAP", "x1",
     "no connection acme-tim; did you mean acme-time"),
    ("a setting that is none", f"{ACME}ON_DELET", "delete",
     "connections.acme-time.on_delet: there is no such setting; did you mean on_delete"),
    ("a part that is none", "SCIMGATE__GATEWY__STORE", "memory:",
     "gatewy: there is no such setting; did you mean gateway"),
    ("an adapter's setting that is none", f"{ACME}SETTINGS__COMPNY", "x",
     "settings.compny: there is no such setting; did you mean company"),
    ("as deep as a way can be", f"{ACME}SETTINGS__A__B", "x", "settings.a: there is no such setting"),
    ("too deep", f"{ACME}SETTINGS__A__B__C", "x", "the way to a value"),
    ("too short", "SCIMGATE__GATEWAY", "x", "the way to a value"),
    ("an empty step", "SCIMGATE__GATEWAY____STORE", "x", "the way to a value"),
    ("a wrong choice", f"{ACME}ON_DELETE", "erase", "connections.acme-time.on_delete: it must be one of"),
    ("no number", f"{ACME}PAGE_SIZE", "many", "connections.acme-time.page_size: it must be a whole number"),
    ("nothing", f"{ACME}SETTINGS__COMPANY", "", f"the environment variable {ACME}SETTINGS__COMPANY is not set"),
    ("a reference that Azure could not resolve", f"{ACME}SETTINGS__PASSWORD", VAULT, "Azure could not resolve"),
    ("a list that is none", f"{ACME}KEEP", "title", "connections.acme-time.keep: it must be a list"),
    ("a token that is too short", f"{ACME}TOKEN", "short", "connections.acme-time.token: a token has at least"),
    ("a table for a value", f"{ACME}ADAPTER__NAME", "x", "connections.acme-time.adapter: it must name an adapter"),
]  # fmt: skip


@pytest.mark.parametrize(("why", "name", "value", "told"), FAULTS, ids=[case[0] for case in FAULTS])
def test_a_fault_in_an_app_setting_is_told(why: str, name: str, value: str, told: str) -> None:
    with pytest.raises(ConfigError) as refused:
        made(**{name: value})
    assert len(refused.value.faults) == 1 and told in str(refused.value), str(refused.value)
    assert VAULT not in str(refused.value)


def test_every_value_of_the_file_can_be_overridden() -> None:
    """Each leaf, by the name that its place gives."""
    leaves = {
        f"SCIMGATE__CONNECTIONS__ACME_TIME__{'__'.join(way).upper()}": value
        for way, value in {("map",): "m1", ("settings", "company"): "c1", ("settings", "password"): "p1"}.items()
    }
    found = seen(made(**leaves, SCIMGATE__GATEWAY__STORE="memory:"))
    assert (found["map"], found["company"], found["password"]) == ("m1", "c1", "p1")
    assert json.dumps(FILE).count("m1") == 0 and Fake.Settings.model_fields
