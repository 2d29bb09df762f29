"""`python -m gateway doctor …`, on good connections and on adapters that fail in every way."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

from adapters.directory import DirectoryAdapter, DirectorySettings
from scim_adapter import Adapter, Can, Denied, Field, Get, Native, New, Page, Query, Resource, Unavailable
from tests.gateway.doctoring import PASSWORD, TOKEN, Doctor, OddSettings
from tests.kit.json_service import API_KEY, running


@pytest.fixture
def doctor(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Doctor:
    return Doctor(tmp_path, monkeypatch, capsys)


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
                                "unique": "backend", "search": "native", "sort": "native", "filled": 2}  # fmt: skip
    assert (rows["password"]["search"], rows["addresses"]["search"]) == ("never", "scan")
    assert (rows["addresses"]["sort"], rows["title"]["sort"]) == ("", "native")
    assert "  userName              login               yes       always   backend  native  native  2/2\n" in printed
    for personal in ("ada@", "grace@", "Lovelace"):
        assert personal not in printed
    assert TOKEN not in printed


def test_what_the_directory_hides_is_not_told_as_native(doctor: Doctor, tmp_path: Path) -> None:
    settings = f'path = "{tmp_path}/d.db"\nnative_filters = false\nnative_sort = false'
    _, found, _ = doctor("directory", settings)
    rows = {row["path"]: row for row in found["types"][0]["rows"]}
    assert (rows["userName"]["search"], rows["userName"]["sort"]) == ("scan", "")
    assert "cannot search for userName" in found["warnings"][0]
    _, found, _ = doctor("directory", f'path = "{tmp_path}/d.db"\nnative_paging = "cursor"')
    rows = {row["path"]: row for row in found["types"][0]["rows"]}
    assert (rows["userName"]["search"], rows["userName"]["sort"]) == ("native", ""), "sorted natively only with offsets"


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


def _key(value: str) -> str:
    """The number in a key such as u2."""
    return f"u{int(value[1:])}"


PERSON: Native = {"id": "u1", "login": "Ada@Example.com", "born": "1815", "boss": "u2", "first": "Ada"}


class Odd(Resource):
    type, key = "User", "id"
    fields: Mapping[str, Field | str] = {
        "userName": Field("login", unique="backend"),
        "title": Field("born", read=lambda v: str(int(v))),
        "nickName": Field("notes", listed=False),
        "name.givenName": Field("first", required=True, default=lambda record: "-"),
        "name.familyName": Field("last", required=True),
        "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager": Field("boss", _key, ref="User"),
    }
    can = Can(filter={"login": frozenset({"eq"})}, offset=True, version="v", repeatable_create=True)

    def __init__(self, mode: str) -> None:
        self.mode = mode

    async def find(self, query: Query) -> Page:
        people = [PERSON, {**PERSON, "id": "u2", "born": "no number", "boss": "nobody"}]
        if self.mode == "fault":
            raise KeyError("Ada@Example.com")
        if self.mode == "keyless":
            people[1].pop("id")
        if self.mode == "twice":
            people[1]["id"] = "u1"
        if self.mode == "loses" and query.where:
            people = [one for one in people if one["login"] == query.value("login")]
        return Page(people, total=len(people))

    async def get(self, get: Get) -> Native:
        return {**await super().get(get), **({"id": "u9"} if self.mode == "other" else {})}


class OddAdapter(Adapter[OddSettings]):
    Settings = OddSettings

    def resources(self) -> Sequence[Resource]:
        return [Odd(self.settings.mode)]

    async def check(self) -> None:
        if self.settings.mode == "warns":
            logging.getLogger("adapters.odd").warning("%s says one thing and does another.", "Discovery")
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
    ("other", "get User", "failed", "The record that answers to the key of the first one has another key."),
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


def test_a_row_says_what_a_client_must_send_and_what_the_records_hold(doctor: Doctor) -> None:
    _, found, _ = doctor("tests.gateway.test_cli_doctor:OddAdapter")
    rows = {row["native"]: (row["required"], row["filled"]) for row in found["types"][0]["rows"]}
    assert rows == {
        "login": (True, 2), "born": (False, 1), "notes": (False, None), "first": (False, 2), "last": (True, 0),
        "boss": (False, 1),
    }  # fmt: skip


def test_what_check_logs_as_a_warning_is_in_the_report(doctor: Doctor) -> None:
    status, found, _ = doctor("tests.gateway.test_cli_doctor:OddAdapter", 'mode = "warns"')
    assert status == 0
    assert found["warnings"][0] == "check: Discovery says one thing and does another."


def test_dirty_records_are_counted_and_not_shown(doctor: Doctor) -> None:
    status, found, printed = doctor("tests.gateway.test_cli_doctor:OddAdapter", 'mode = "twice"')
    assert status == 0
    assert "User: title: 1 of 2 values of born cannot be read." in found["warnings"]
    assert any("1 of 2 values of boss cannot be read." in one for one in found["warnings"])
    assert "User: A page holds several records with one key; clients see only one of them." in found["warnings"]
    assert "no number" not in printed and "1815" not in printed


def test_the_doctor_writes_nothing(doctor: Doctor, tmp_path: Path) -> None:
    (tmp_path / "people.csv").write_text("login\nada\n")
    doctor("phonebook", f'path = "{tmp_path}/people.csv"')
    assert sorted(path.name for path in tmp_path.iterdir()) == ["gateway.toml", "people.csv"]


@dataclass(frozen=True, slots=True)
class Sealed(Odd):
    """Lets nobody set its attributes."""

    mode: str = ""


class SealedAdapter(OddAdapter):
    """With such a resource."""

    def resources(self) -> Sequence[Resource]:
        return [Sealed()]


def test_a_resource_that_cannot_be_counted_is_examined_all_the_same(doctor: Doctor) -> None:
    status, found, _ = doctor("tests.gateway.test_cli_doctor:SealedAdapter")
    assert status == 0
    assert {one["cost"] for one in found["steps"]} == {""}


class Unopened(OddAdapter):
    """Fails when it is made."""

    def resources(self) -> Sequence[Resource]:
        raise LookupError(f"no place for {PASSWORD}")


def test_an_adapter_that_cannot_be_opened_is_a_sentence(doctor: Doctor) -> None:
    doctor("tests.gateway.test_cli_doctor:OddAdapter")
    doctor.config.write_text(doctor.config.read_text().replace(":OddAdapter", ":Unopened"))
    status, out, err = doctor.typed("acme")
    assert (status, out) == (2, "")
    assert "connections.acme: its adapter Unopened fails with LookupError in gateway/test_cli_doctor.py line" in err
    assert PASSWORD not in err


# -- mistakes ----------------------------------------------------------------------------------------------------------


def test_mistakes_are_a_sentence_and_the_status_is_2(doctor: Doctor, tmp_path: Path) -> None:
    doctor("directory", 'path = ":memory:"')
    assert doctor.typed("nobody") == (2, "", "There is no connection nobody; the configuration has acme.\n")
    status, out, err = doctor.typed("acme", config=tmp_path / "missing.toml")
    assert (status, out) == (2, "") and "it cannot be read" in err and "--config names another" in err
