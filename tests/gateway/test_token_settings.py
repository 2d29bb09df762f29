"""The ways in as `gateway.toml` describes them: every mistake is a sentence with its place."""

from __future__ import annotations

import tomllib

import pytest

from gateway.authentication import settings
from gateway.authentication.clients import Trust
from gateway.authentication.ways import Ways
from gateway.config import Config, ConfigError, read

TENANT = "3c1f0a2b-5d4e-4f60-8a71-b2c3d4e5f607"
ENVIRONMENT = {"ONE": "the-first-of-the-secrets", "TWO": "the-second-of-secrets", "SHORT": "too-short", "ODD": "é" * 20}
START = '[gateway]\nstore = "memory:"\n[connections.acme]\nadapter = "directory"\nsettings = { path = ":memory:" }\n'
OTHER = '[connections.other]\nadapter = "directory"\nsettings = { path = ":memory:" }\n'
OAUTH = '[connections.acme.oauth]\nsecrets = [{ env = "ONE" }, { env = "TWO" }]\n'
FEDERATION = f'[connections.acme.federation]\ntenant = "{TENANT}"\naudiences = ["api://a"]\nsubjects = ["s"]\n'
ENTRA = f'[connections.acme.entra]\ntenant = "{TENANT.upper()}"\n'


def parsed(text: str) -> Config:
    return read(tomllib.loads(START + text), "gateway.toml", ENVIRONMENT)


def test_a_connection_needs_no_way_in_but_issued_tokens() -> None:
    connection = parsed("").connections["acme"]
    assert connection.token == ""
    assert connection.ways == Ways()


def test_every_way_has_its_defaults() -> None:
    ways = parsed(OAUTH + FEDERATION + ENTRA).connections["acme"].ways
    assert ways.oauth and ways.federation and ways.entra
    assert (ways.oauth.client_id, ways.oauth.lifetime) == ("acme", 3600)
    assert list(ways.oauth.secrets) == [ENVIRONMENT["ONE"], ENVIRONMENT["TWO"]]
    assert (ways.federation.client_id, ways.federation.lifetime) == ("acme", 3600)
    login = f"https://login.microsoftonline.com/{TENANT}"
    assert ways.federation.trust == Trust(
        TENANT, f"{login}/v2.0", f"{login}/discovery/v2.0/keys", frozenset({"api://a"}), frozenset({"s"})
    )
    custom = frozenset({"8adf8e6e-67b2-4cf2-a259-e3dc5476c621"})
    issuer = f"https://sts.windows.net/{TENANT}/"
    assert ways.entra == Trust(TENANT, issuer, f"{login}/discovery/keys", custom, frozenset())
    assert not [secret for secret in ENVIRONMENT.values() if secret in repr(ways)]


def test_an_audience_that_was_copied_as_a_scope_is_meant_without_it() -> None:
    federation = parsed(FEDERATION.replace("api://a", "api://a/.default")).connections["acme"].ways.federation
    assert federation and federation.trust.audiences == {"api://a", "api://a/.default"}


def test_a_lifetime_may_come_from_the_environment() -> None:
    text = OAUTH + 'lifetime = { env = "HOURS" }\n'
    config = read(tomllib.loads(START + text), "gateway.toml", {**ENVIRONMENT, "HOURS": "7200"})
    oauth = config.connections["acme"].ways.oauth
    assert oauth and oauth.lifetime == 7200
    for told in ("soon", "1", "²", "9" * 5000):
        with pytest.raises(ConfigError, match=r"oauth\.lifetime: it must be a whole number"):
            read(tomllib.loads(START + text), "gateway.toml", {**ENVIRONMENT, "HOURS": told})


FAULTS = [
    ("a way that is none", "oauth = 5\n", ["acme.oauth: it must be a table"]),
    ("no secrets", "[connections.acme.oauth]\n", ["oauth.secrets: it must be a list of one or two"]),
    ("a secret in the file", '[connections.acme.oauth]\nsecrets = ["in-the-file-itself"]\n', ["oauth.secrets"]),
    ("three secrets", OAUTH.replace('"TWO" }', '"TWO" }, { env = "ONE" }'), ["oauth.secrets"]),
    ("a secret that is not set", OAUTH.replace("TWO", "UNSET"), ["the environment variable UNSET is not set"]),
    ("a secret that is short", OAUTH.replace("TWO", "SHORT"), ["secrets[1]: a client secret has at least 16"]),
    ("a secret beyond ASCII", OAUTH.replace("TWO", "ODD"), ["secrets[1]: a client secret has at least 16"]),
    ("a client without a name", OAUTH + 'client_id = ""\n', ["oauth.client_id: it has ASCII"]),
    ("a lifetime below an hour", OAUTH + "lifetime = 600\n", ["oauth.lifetime: it must be a whole number"]),
    ("a lifetime of a day", OAUTH + "lifetime = 86400\n", ["oauth.lifetime"]),
    ("a lifetime that is a truth value", OAUTH + "lifetime = true\n", ["oauth.lifetime"]),
    ("a setting that nobody knows", OAUTH + "scope = 'x'\n", ["no such setting; known are client_id, secrets"]),
    ("one secret for two connections", OAUTH + OTHER + OAUTH.replace("acme", "other").replace(', { env = "TWO" }', ""),
     ["connections.other.oauth.secrets: it is a token or secret of acme too"]),
    ("a secret that is a token elsewhere", OAUTH + OTHER + 'token = { env = "ONE" }\n',
     ["connections.other.token: it is a token or secret of acme too"]),
    ("Entra's tokens without a tenant", "[connections.acme.entra]\n",
     ["entra.tenant: it must be the directory (tenant) ID of your Entra; without it every customer of Entra"]),
    ("a tenant by its name", ENTRA.replace(TENANT.upper(), "contoso.onmicrosoft.com"), ["it is a GUID"]),
    ("every tenant", ENTRA.replace(TENANT.upper(), "common"), ["entra.tenant"]),
    ("an issuer of nobody's", ENTRA + 'issuer = "https://sts.windows.net/"\n', ["entra.issuer: it must name"]),
    ("keys over plain HTTP", ENTRA + 'keys = "http://example.com/keys"\n', ["entra.keys: it must be an address"]),
    ("keys in a file", ENTRA + 'keys = "file:///etc/keys"\n', ["entra.keys"]),
    ("an audience that is no list", ENTRA + 'audiences = "api://a"\n', ["entra.audiences: it must be a list"]),
    ("an audience of blanks", ENTRA + 'audiences = [" "]\n', ["entra.audiences"]),
    ("federation with anybody", FEDERATION.replace('subjects = ["s"]\n', ""), ["federation.subjects: Entra shows"]),
    ("federation for anything", FEDERATION.replace('["api://a"]', "[]"), ["federation.audiences: Entra shows"]),
    ("federation without a tenant", FEDERATION.replace(f'tenant = "{TENANT}"\n', ""), ["federation.tenant"]),
]  # fmt: skip


@pytest.mark.parametrize(("why", "text", "expected"), FAULTS, ids=[why for why, _, _ in FAULTS])
def test_a_mistake_is_told_with_its_place(why: str, text: str, expected: list[str]) -> None:
    with pytest.raises(ConfigError) as refused:
        parsed(text)
    assert len(refused.value.faults) == 1, refused.value.faults
    assert all(part in str(refused.value) for part in expected), refused.value
    assert not [secret for secret in (*ENVIRONMENT.values(), "in-the-file") if secret in str(refused.value)]


def test_packages_that_are_missing_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settings, "find_spec", lambda name: None)
    with pytest.raises(
        ConfigError, match=r"entra: it needs packages: python -m pip install -r requirements-entra\.txt"
    ):
        parsed(ENTRA)
    parsed(OAUTH)
