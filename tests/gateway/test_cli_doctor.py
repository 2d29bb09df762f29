"""`python -m gateway doctor …`, on good connections and on adapters that fail in every way."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel, ConfigDict, SecretStr

from adapters.directory import DirectoryAdapter, DirectorySettings
from gateway.cli import main
from scim_adapter import (
    Adapter,
    Can,
    Change,
    Denied,
    Field,
    Native,
    New,
    Page,
    Query,
    Resource,
    Unavailable,
)
from tests.kit.json_service import API_KEY, running

TOKEN = "the-token-of-the-connection"
PASSWORD = "hunter2-and-more"
CONFIG = """
[gateway]
store = "sqlite:{folder}/map.db"
[connections.acme]
adapter = "{adapter}"
token = {{ env = "DOCTOR_TOKEN" }}
[connections.acme.settings]
{settings}
"""
Doctor = Callable[..., tuple[int, Any, str]]


@pytest.fixture
def doctor(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Doctor:
    """Examines a connection twice, as text and as JSON; gives the status, the document and all that was printed."""
    monkeypatch.setenv("DOCTOR_TOKEN", TOKEN)
    monkeypatch.setenv("DOCTOR_PASSWORD", PASSWORD)
    monkeypatch.setenv("DOCTOR_KEY", API_KEY)

    def run(adapter: str, settings: str = "", more: str = "") -> tuple[int, Any, str]:
        path = tmp_path / "gateway.toml"
        path.write_text(CONFIG.format(folder=tmp_path, adapter=adapter, settings=settings) + more)
        capsys.readouterr()
        first = main(["doctor", "acme", "--config", str(path)])
        text = capsys.readouterr()
        assert main(["doctor", "acme", "--json", "--config", str(path)]) == first
        document = capsys.readouterr()
        assert "Traceback" not in text.err + document.err
        return first, json.loads(document.out), text.out + text.err + document.out

    return run


# -- good ones ---------------------------------------------------------------------------------------------------------


def directory(path: Path) -> None:
    async def fill() -> None:
        adapter = DirectoryAdapter(DirectorySettings(path=str(path)))
        for login, family in (("ada@example.com", "Lovelace"), ("grace@example.com", None)):
            await adapter.users.create(New({"login": login, "family_name": family}))
        await adapter.aclose()

    asyncio.run(fill())


def test_a_good_connection_is_described_without_a_word_about_its_people(doctor: Doctor, tmp_path: Path) -> None:
    directory(tmp_path / "d.db")
    status, found, printed = doctor("directory", f'path = "{tmp_path}/d.db"')
    assert status == 0 and found["ok"] and found["warnings"] == []
    assert [(s["step"], s["state"]) for s in found["steps"]] == [
        ("check", "ok"), ("find User", "ok"), ("get User", "ok"), ("match User", "ok"), ("find Group", "ok"),
    ]  # fmt: skip
    assert [s["cost"] for s in found["steps"]] == ["", "1 find", "1 get", "1 find", "1 find"]
    users = found["types"][0]
    rows = {row["path"]: row for row in users["rows"]}
    assert users["records"] == 2
    assert (rows["userName"]["filled"], rows["name.familyName"]["filled"], rows["title"]["filled"]) == (2, 1, 0)
    assert rows["userName"] == {"path": "userName", "native": "login", "required": True, "mutable": "always",
                                "unique": "backend", "search": "native", "filled": 2}  # fmt: skip
    assert (rows["password"]["search"], rows["addresses"]["search"]) == ("never", "scan")
    assert "  userName              login               yes       always   backend  native  2/2\n" in printed
    for personal in ("ada@", "grace@", "Lovelace"):
        assert personal not in printed
    assert TOKEN not in printed


def test_rows_of_the_operator_are_in_the_table(doctor: Doctor, tmp_path: Path) -> None:
    more = '[connections.acme.attributes]\n"title" = { native = "nick_name" }\n'
    _, found, _ = doctor("directory", f'path = "{tmp_path}/d.db"', more)
    [title] = [row for row in found["types"][0]["rows"] if row["path"] == "title"]
    assert title["native"] == "nick_name"


def test_costs_are_the_requests_that_the_backend_received(doctor: Doctor) -> None:
    with running() as service:
        for login in ("ada", "grace"):
            service.answer("POST", "/people", API_KEY, {"login": login})
        service.calls.clear()
        settings = f'url = "{service.url}"\napi_key = {{ env = "DOCTOR_KEY" }}'
        status, found, printed = doctor("examples.json_service:JsonServiceAdapter", settings)
        assert status == 0, printed
        costs = {s["step"]: s["cost"] for s in found["steps"]}
        assert costs == {"check": "1 HTTP request", "find User": "1 find, 1 HTTP request",
                         "get User": "1 get, 1 HTTP request", "match User": "1 find, 1 HTTP request"}  # fmt: skip
        assert service.calls == {"GET": 2 * 4}, "the connection was examined twice"
    assert API_KEY not in printed
    assert found["settings"] == {"url": service.url, "api_key": "********"}


# -- bad ones ----------------------------------------------------------------------------------------------------------


class Inner(BaseModel):
    pin: SecretStr = SecretStr("nested-pin-9")


class OddSettings(BaseModel):
    """Secrets in every place where settings can hold one."""

    model_config = ConfigDict(extra="forbid")
    mode: str = ""
    url: str = "https://scim:url-password@backend.example.com/x"
    password: SecretStr | None = None
    inner: Inner = Inner()
    many: list[SecretStr] = [SecretStr("listed-secret-9")]
    named: dict[str, SecretStr] = {"a": SecretStr("mapped-secret-9")}
    empty: SecretStr = SecretStr("")


PERSON: Native = {"id": "u1", "login": "Ada@Example.com", "born": "1815"}


class Odd(Resource):
    type, key = "User", "id"
    fields: Mapping[str, Field | str] = {
        "userName": Field("login", unique="backend"),
        "title": Field("born", read=lambda v: str(int(v))),
    }
    can = Can(filter={"login": frozenset({"eq"})}, offset=True, version="v", repeatable_create=True)

    def __init__(self, mode: str) -> None:
        self.mode = mode

    async def find(self, query: Query) -> Page:
        people = [PERSON, {**PERSON, "id": "u2", "born": "no number"}]
        if self.mode == "fault":
            raise KeyError("Ada@Example.com")
        if self.mode == "keyless":
            people[1].pop("id")
        if self.mode == "twice":
            people[1]["id"] = "u1"
        if self.mode == "loses" and query.where:
            people = [one for one in people if one["login"] == query.value("login")]
        return Page(people, total=len(people))


class OddAdapter(Adapter[OddSettings]):
    Settings = OddSettings

    def resources(self) -> Sequence[Resource]:
        return [Odd(self.settings.mode)]

    async def check(self) -> None:
        if self.settings.mode == "denied":
            raise Denied(f"The password {PASSWORD} is wrong.")
        if self.settings.mode == "away":
            raise Unavailable("The backend cannot be reached (ConnectError).")


TROUBLE = [
    # mode, the step, its state, what is said
    ("denied", "check", "refused", "The password ******** is wrong."),
    ("away", "check", "failed", "The backend cannot be reached (ConnectError)."),
    ("fault", "find User", "failed", "the adapter has a fault: KeyError in gateway/test_cli_doctor.py line"),
    ("keyless", "find User", "failed", "1 of 2 records have no id, which is their key."),
    ("loses", "match User", "failed", "The first record is not found by its userName in another case."),
]


@pytest.mark.parametrize(("mode", "step", "state", "said"), TROUBLE, ids=[row[0] for row in TROUBLE])
def test_what_fails_is_said_and_the_status_is_1(mode: str, step: str, state: str, said: str, doctor: Doctor) -> None:
    settings = f'mode = "{mode}"\npassword = {{ env = "DOCTOR_PASSWORD" }}'
    status, found, printed = doctor("tests.gateway.test_cli_doctor:OddAdapter", settings)
    assert status == 1 and not found["ok"]
    [one] = [s for s in found["steps"] if s["state"] != "ok"]
    assert (one["step"], one["state"]) == (step, state)
    assert said in one["text"]
    assert found["types"][0]["rows"], "the mapping table is there without the backend"
    assert "Ada@Example.com" not in printed and PASSWORD not in printed
    if step == "check":
        assert len(found["steps"]) == 1, "wrong credentials are not tried again: the account might be locked"


def test_no_secret_is_printed_wherever_it_stands(doctor: Doctor) -> None:
    settings = 'password = { env = "DOCTOR_PASSWORD" }'
    _, found, printed = doctor("tests.gateway.test_cli_doctor:OddAdapter", settings)
    assert found["settings"] == {
        "mode": "", "url": "https://********@backend.example.com/x", "password": "********",
        "inner": {"pin": "********"}, "many": ["********"], "named": {"a": "********"}, "empty": "",
    }  # fmt: skip
    for secret in (PASSWORD, TOKEN, "url-password", "nested-pin-9", "listed-secret-9", "mapped-secret-9"):
        assert secret not in printed


def test_dirty_records_are_counted_and_not_shown(doctor: Doctor) -> None:
    status, found, printed = doctor("tests.gateway.test_cli_doctor:OddAdapter", 'mode = "twice"')
    assert status == 0
    assert "User: title: 1 of 2 values of born cannot be read." in found["warnings"]
    assert "User: A page holds several records with one key; clients see only one of them." in found["warnings"]
    assert "no number" not in printed and "1815" not in printed


# -- warnings ----------------------------------------------------------------------------------------------------------

LOGIN = Field("login", unique="backend")
FULL = Can(filter={"login": frozenset({"eq"})}, offset=True, version="v", repeatable_create=True)


class Capable(Resource):
    """Does everything; each row of the table takes something away."""

    type, key = "User", "id"
    fields: Mapping[str, Field | str] = {"userName": LOGIN, "active": "on"}
    can = FULL

    async def find(self, query: Query) -> Page:
        return Page(total=0)

    async def create(self, new: New) -> str:
        return "k"

    async def update(self, change: Change) -> None:
        return None

    async def delete(self, gone: Any) -> None:
        return None


class Teams(Capable):
    type = "Group"
    fields: Mapping[str, Field | str] = {"displayName": LOGIN, "members": Field("people", many=True, ref="User")}


WARNINGS: list[tuple[str, dict[str, Any], type[Resource], str]] = [
    ("scan", {"can": Can(offset=True, version="v", repeatable_create=True)}, Capable,
     "cannot search for userName (login)"),
    ("case", {"can": Can({"login": frozenset({"eq-exact"})}, offset=True, version="v", repeatable_create=True),
              "fields": {"userName": Field("login", unique="gateway"), "active": "on"}}, Capable, "minds the case"),
    ("unique", {"fields": {"userName": "login", "active": "on"}}, Capable, "Nobody refuses a second User"),
    ("filter", {"can": replace(FULL, filter={**FULL.filter, "shoe": frozenset({"eq"})})}, Capable,
     "can search shoe natively, but no row"),
    ("version", {"can": Can(FULL.filter, offset=True, repeatable_create=True)}, Capable, "the last one wins"),
    ("whole", {"can": Can(FULL.filter, offset=True, partial=False, repeatable_create=True)}, Capable, "under a lease"),
    ("repeats", {"can": Can(FULL.filter, offset=True, version="v")}, Capable, "cannot be repeated safely"),
    ("offset", {"can": Can(FULL.filter, version="v", repeatable_create=True)}, Capable, "is read whole"),
    ("no create", {"create": Resource.create}, Capable, "The adapter has no create:"),
    ("no writing", {"create": Resource.create, "update": Resource.update, "delete": Resource.delete}, Capable,
     "has no create and no update and no delete"),
    ("active", {"fields": {"userName": LOGIN}}, Capable, "nobody can be disabled"),
    ("policy", {"fields": {"userName": LOGIN}}, Capable, 'set on_delete = "delete"'),
    ("members", {}, Teams, "members: written as a whole list"),
]  # fmt: skip


class WarnedAdapter(Adapter[OddSettings]):
    """Its resource is one of the table."""

    Settings = OddSettings

    def resources(self) -> Sequence[Resource]:
        if self.settings.mode == "full":
            return [Capable()]
        if self.settings.mode == "own":
            return [type("Known", (Capable,), {"own": lambda self, record: False})()]
        [(_, changes, parent, _)] = [row for row in WARNINGS if row[0] == self.settings.mode]
        made: Resource = type("Made", (parent,), changes)()
        return [made]

    async def check(self) -> None:
        return None


@pytest.mark.parametrize(("mode", "said"), [(row[0], row[3]) for row in WARNINGS], ids=[row[0] for row in WARNINGS])
def test_a_weakness_is_warned_of(mode: str, said: str, doctor: Doctor) -> None:
    status, found, printed = doctor("tests.gateway.test_cli_doctor:WarnedAdapter", f'mode = "{mode}"')
    assert status == 0
    assert any(said in one for one in found["warnings"]), found["warnings"]
    assert said in printed


def test_without_a_weakness_only_the_gateways_own_account_is_warned_of(doctor: Doctor) -> None:
    """The settings of the odd adapter hold secrets, so it signs in as somebody."""
    _, found, _ = doctor("tests.gateway.test_cli_doctor:WarnedAdapter", 'mode = "full"')
    assert [one.split(":")[0] for one in found["warnings"]] == ["User"]
    assert "own account" in found["warnings"][0]


def test_nothing_is_warned_of_without_a_reason(doctor: Doctor, tmp_path: Path) -> None:
    assert doctor("tests.gateway.test_cli_doctor:WarnedAdapter", 'mode = "own"')[1]["warnings"] == []
    (tmp_path / "people.csv").write_text("login\nada\n")
    warned = doctor("phonebook", f'path = "{tmp_path}/people.csv"')[1]["warnings"]
    assert [one.split("The ")[-1][:30] for one in warned] == [
        "backend cannot search for user", "adapter has no create and no u", "backend has no pages by offset",
    ]  # fmt: skip


def test_the_doctor_writes_nothing(doctor: Doctor, tmp_path: Path) -> None:
    (tmp_path / "people.csv").write_text("login\nada\n")
    doctor("phonebook", f'path = "{tmp_path}/people.csv"')
    assert sorted(path.name for path in tmp_path.iterdir()) == ["gateway.toml", "people.csv"]


def test_a_map_in_memory_is_warned_of(doctor: Doctor, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    doctor("directory", f'path = "{tmp_path}/d.db"')
    config = tmp_path / "gateway.toml"
    config.write_text(config.read_text().replace(f"sqlite:{tmp_path}/map.db", "memory:"))
    assert main(["doctor", "acme", "--config", str(config)]) == 0
    assert "The identity map is in memory" in capsys.readouterr().out


class Unopened(WarnedAdapter):
    """Fails when it is made."""

    def resources(self) -> Sequence[Resource]:
        raise LookupError(f"no place for {PASSWORD}")


def test_an_adapter_that_cannot_be_opened_is_a_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("DOCTOR_TOKEN", TOKEN)
    config = tmp_path / "gateway.toml"
    config.write_text(CONFIG.format(folder=tmp_path, adapter=f"{__name__}:Unopened", settings=""))
    assert main(["doctor", "acme", "--config", str(config)]) == 1
    told = capsys.readouterr()
    assert told.err.startswith("The connection acme cannot be opened: LookupError in gateway/test_cli_doctor.py line ")
    assert told.err.count("\n") == 1 and told.out == ""


# -- mistakes ----------------------------------------------------------------------------------------------------------


def test_mistakes_are_a_sentence_and_the_status_is_2(
    doctor: Doctor, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    doctor("directory", 'path = ":memory:"')
    config = str(tmp_path / "gateway.toml")
    assert main(["doctor", "nobody", "--config", config]) == 2
    assert capsys.readouterr().err == "There is no connection nobody; the configuration has acme.\n"
    assert main(["doctor", "acme", "--config", str(tmp_path / "missing.toml")]) == 2
    assert "it cannot be read" in capsys.readouterr().err
