"""`gateway.toml`: what is understood, and that all faults are told together, by place, without secrets."""

from __future__ import annotations

import codecs
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel, SecretStr

from gateway.config import Config, ConfigError, load, read
from gateway.registry import AdapterUnknown, adapter_class
from scim_adapter import Adapter, Field, Page, Query, Resource

ENVIRONMENT = {
    "TOKEN": "a-token-of-some-length",
    "OTHER": "another-token-of-length",
    "PASSWORD": "s3cret",
    "SHORT": "short",
}


class People(Resource):
    """Who is there."""

    type, key = "User", "id"
    fields: Mapping[str, Field | str] = {"userName": "login"}

    async def find(self, query: Query) -> Page:
        return Page()


class FakeSettings(BaseModel, extra="forbid"):
    company: str
    password: SecretStr
    size: int = 1


class Fake(Adapter[FakeSettings]):
    """An adapter that is only configured."""

    Settings = FakeSettings

    def resources(self) -> list[Resource]:
        return [People()]

    async def check(self) -> None:
        return


GOOD = """
[gateway]
store = "memory:"
public_url = "https://scim.example.com/"
write_deadline = 20
lease = 40

[connections.acme-time]
adapter = "tests.gateway.test_config:Fake"
token = { env = "TOKEN" }
on_delete = "delete"
keep = ["title"]
[connections.acme-time.settings]
company = "acme"
password = { env = "PASSWORD" }
[connections.acme-time.attributes]
"title" = { native = "job" }
"""


def parsed(text: str) -> Config:
    return read(tomllib.loads(text), "gateway.toml", ENVIRONMENT)


def test_a_good_configuration_is_read_whole() -> None:
    config = parsed(GOOD)
    connection = config.connections["acme-time"]
    assert (config.store, config.public_url, config.lease) == ("memory:", "https://scim.example.com", 40)
    assert connection.backend.adapter is Fake
    assert connection.token == ENVIRONMENT["TOKEN"]
    assert connection.map == "acme-time"
    assert (connection.backend.options.on_delete, connection.backend.options.write_deadline) == ("delete", 20)
    assert connection.backend.options.keep == ("externalId", "title")
    assert connection.backend.attributes["title"].native == "job"
    settings: Any = connection.backend.settings
    assert (settings.company, settings.password.get_secret_value()) == ("acme", "s3cret")


@pytest.mark.parametrize(
    ("why", "said", "lease", "sweep"),
    [
        ("nothing is said", "", 90.0, Config.sweep),
        ("a short deadline", "write_deadline = 20", 90.0, Config.sweep),
        ("a deadline so long that a lease must be longer", "write_deadline = 110", 165.0, Config.sweep),
        ("a lease a little longer than the deadline that nobody said", "lease = 50.5", 50.5, Config.sweep),
        ("a sweep", "sweep = 7", 90.0, 7.0),
    ],
)
def test_a_lease_is_longer_than_a_write_may_take(why: str, said: str, lease: float, sweep: float) -> None:
    config = parsed(GOOD.replace("write_deadline = 20\nlease = 40", said))
    assert (config.lease, config.sweep) == (lease, sweep), why


FAULTS = [
    ("no connections", "", ["connections: there is none"]),
    ("unknown table", "[conections.a]\n", ["conections: there is no such setting", "connections: there is none"]),
    ("unknown setting", GOOD + "[extra]\n", ["extra: there is no such setting"]),
    ("unknown setting of the gateway", GOOD.replace("store =", "stroe ="), ["gateway.stroe: there is no such setting; did you mean store"]),
    ("gateway is no table", "gateway = 5\n[conn" + GOOD.split("[conn", 1)[1], ["gateway: it must be a table"]),
    ("store is no text", GOOD.replace('"memory:"', "5"), ["gateway.store: it must be a string"]),
    ("a text that is not set", GOOD.replace('"memory:"', '{ env = "UNSET" }'), ["gateway.store: the environment variable UNSET is not set"]),
    ("a number that is not set", GOOD.replace("lease = 40", 'lease = { env = "UNSET" }'), ["gateway.lease: the environment variable UNSET is not set"]),
    ("a share that is not set", GOOD.replace("lease = 40", 'trace_share = { env = "UNSET" }'), ["gateway.trace_share: the environment variable UNSET is not set"]),
    ("a token with a default", GOOD.replace('{ env = "TOKEN" }', '{ env = "TOKEN", default = "x" }'), ['token: a value from the environment is written { env = "NAME" }']),
    ("bad store", GOOD.replace("memory:", "redis:"), ["gateway.store: it is written"]),
    ("store without a path", GOOD.replace("memory:", "sqlite:"), ["gateway.store: it is written"]),
    ("store with too much", GOOD.replace("memory:", "memory:x"), ["gateway.store: it is written"]),
    ("store without an address", GOOD.replace("memory:", "tables:ftp://x"), ["gateway.store: it is written"]),
    ("store without a class", GOOD.replace("memory:", "python:json"), ["gateway.store: it is written"]),
    ("store of no module", GOOD.replace("memory:", "python:no.such:Store"), ["gateway.store: no.such:Store cannot be found: No module named 'no'."]),
    ("store of no class", GOOD.replace("memory:", "python:json:Store"), ["gateway.store: json:Store cannot be found: module 'json' has no"]),
    ("store of a module that falls over", GOOD.replace("memory:", "python:tests.gateway.broken:Store"), ["gateway.store: tests.gateway.broken:Store cannot be found: ZeroDivisionError."]),
    ("lease too short", GOOD.replace("lease = 40", "lease = 10"), ["gateway.lease"]),
    ("lease as long as the deadline", GOOD.replace("lease = 40", "lease = 20"), ["gateway.lease: it must be longer"]),
    ("lease as long as the deadline that nobody said", GOOD.replace("write_deadline = 20\nlease = 40", "lease = 50"), ["gateway.lease: it must be longer"]),
    ("a map's name", GOOD.replace('keep = ["title"]', 'map = "Acme_Map"'), ["connections.acme-time.map: a map's name is made like"]),
    ("lease is no number", GOOD.replace("lease = 40", 'lease = "x"'), ["gateway.lease: it must be a number"]),
    ("deadline is no number", GOOD.replace("write_deadline = 20", 'write_deadline = "x"'), ["gateway.write_deadline"]),
    ("bad name", GOOD.replace("acme-time", "Acme_Time"), ["connections.Acme_Time: a name has"]),
    ("reserved name", GOOD.replace("acme-time", "admin"), ["connections.admin: a name has"]),
    ("a token for two", GOOD + GOOD.rsplit("\n\n", maxsplit=1)[-1].replace("acme-time", "b2"), ["connections.b2.token: it is a token or secret of acme-time too"]),
    ("token in the file", GOOD.replace('{ env = "TOKEN" }', '"literal-token-in-file"'), ["connections.acme-time.token"]),
    ("env is misspelt", GOOD.replace('env = "TOKEN"', 'evn = "TOKEN"'), ['token: a token comes from the environment: token = { env = "NAME" }']),
    ("token not set", GOOD.replace("TOKEN", "UNSET"), ["the environment variable UNSET is not set"]),
    ("token too short", GOOD.replace('"TOKEN"', '"SHORT"'), ["a token has at least 16"]),
    ("env is no name", GOOD.replace('env = "TOKEN"', "env = 5"), ['{ env = "NAME" }']),
    ("adapter unknown", GOOD.replace("tests.gateway.test_config:Fake", "nothing"), ["There is no adapter nothing. Installed"]),
    ("adapter is none", GOOD.replace(":Fake", ":FakeSettings"), ["no class FakeSettings that is"]),
    ("adapter cannot be imported", GOOD.replace("tests.gateway.test_config", "no.such"), ["cannot be imported"]),
    ("policy unknown", GOOD.replace('"delete"', '"erase"'), ["connections.acme-time.on_delete: it must be one of disable, delete"]),
    ("keep is no list", GOOD.replace('["title"]', '"title"'), ["connections.acme-time.keep"]),
    ("secret in the file", GOOD.replace('{ env = "PASSWORD" }', '"hunter2hunter2"'), ["a secret is never written here"]),
    ("setting missing", GOOD.replace('company = "acme"', ""), ["settings.company"]),
    ("setting unknown", GOOD.replace('company = "acme"', 'company = "acme"\ncolour = "red"'), ["settings.colour"]),
    ("setting of the wrong type", GOOD.replace('company = "acme"', 'company = "acme"\nsize = "big"'), ["settings.size"]),
    ("attribute row", GOOD.replace('{ native = "job" }', '"job"'), ['attributes."title"']),
    ("not a table", "connections = 5\n", ["connections: it must be a table"]),
    ("one map for two", GOOD + GOOD.rsplit("\n\n", maxsplit=1)[-1].replace("acme-time", "b2").replace("TOKEN", "OTHER").replace(
        'keep = ["title"]', 'map = "acme-time"'), ["the map acme-time belongs to acme-time already"]),
]  # fmt: skip


@pytest.mark.parametrize(("why", "text", "expected"), FAULTS, ids=[why for why, _, _ in FAULTS])
def test_a_fault_is_told_with_its_place(why: str, text: str, expected: list[str]) -> None:
    with pytest.raises(ConfigError) as refused:
        parsed(text)
    assert len(refused.value.faults) == len(expected), refused.value.faults
    for part in expected:
        assert part in str(refused.value)
    assert all(fault.endswith(".") and not fault.startswith(".") for fault in refused.value.faults)
    for secret in ("hunter2", "literal-token", *ENVIRONMENT.values()):
        assert secret not in str(refused.value)


def test_all_faults_are_told_together() -> None:
    text = GOOD.replace("memory:", "redis:").replace('"delete"', '"erase"').replace('"TOKEN"', '"UNSET"')
    text = text.replace('company = "acme"', "size = 5")
    with pytest.raises(ConfigError) as refused:
        parsed(text)
    assert len(refused.value.faults) == 4
    assert "has 4 faults" in str(refused.value)


@pytest.mark.parametrize(
    ("content", "told"),
    [(None, "it cannot be read"), (b"[connections", "it is not valid TOML"), (b"\xff\xfe", "it is not valid TOML")],
)
def test_a_file_that_cannot_be_read_is_a_sentence(tmp_path: Path, content: bytes | None, told: str) -> None:
    path = tmp_path / "gateway.toml"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(ConfigError, match=rf"gateway\.toml has a fault[^a-z]*{told}"):
        load(path, {})


def test_the_mark_that_editors_put_before_a_file_is_no_part_of_it(tmp_path: Path) -> None:
    path = tmp_path / "gateway.toml"
    path.write_bytes(codecs.BOM_UTF8 + GOOD.encode())
    assert load(path, ENVIRONMENT).connections.keys() == {"acme-time"}


def test_a_repr_never_shows_a_secret() -> None:
    shown = repr(parsed(GOOD))
    assert "s3cret" not in shown
    assert ENVIRONMENT["TOKEN"] not in shown


def test_a_name_claimed_twice_is_refused_and_both_claims_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    from importlib.metadata import EntryPoint

    class Claim(EntryPoint):
        dist = type("Dist", (), {"name": "scim-adapter-copy"})  # type: ignore[assignment]

    found = (Claim("replicon", "copy:Adapter", "scim_adapter"),)
    monkeypatch.setattr("gateway.registry.entry_points", lambda group: found)
    with pytest.raises(AdapterUnknown, match="scim-adapter-copy and adapters"):
        adapter_class("replicon")
