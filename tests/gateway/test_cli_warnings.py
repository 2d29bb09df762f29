"""What `python -m gateway doctor …` warns of: each weakness by itself, and nothing without a reason."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from scim_adapter import Adapter, Can, Change, Field, New, Page, Query, Resource
from tests.gateway.doctoring import Doctor, OddSettings

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


@pytest.fixture
def doctor(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Doctor:
    return Doctor(tmp_path, monkeypatch, capsys)


@pytest.mark.parametrize(("mode", "said"), [(row[0], row[3]) for row in WARNINGS], ids=[row[0] for row in WARNINGS])
def test_a_weakness_is_warned_of(mode: str, said: str, doctor: Doctor) -> None:
    status, found, printed = doctor("tests.gateway.test_cli_warnings:WarnedAdapter", f'mode = "{mode}"')
    assert status == 0
    assert any(said in one for one in found["warnings"]), found["warnings"]
    assert said in printed


def test_without_a_weakness_only_the_gateways_own_account_is_warned_of(doctor: Doctor) -> None:
    """The settings of the odd adapter hold secrets, so it signs in as somebody."""
    _, found, _ = doctor("tests.gateway.test_cli_warnings:WarnedAdapter", 'mode = "full"')
    assert [one.split(":")[0] for one in found["warnings"]] == ["User"]
    assert "own account" in found["warnings"][0]


def test_who_may_be_deleted_need_not_be_disabled(doctor: Doctor) -> None:
    doctor("tests.gateway.test_cli_warnings:WarnedAdapter", 'mode = "policy"')
    doctor.config.write_text(doctor.config.read_text().replace("token =", 'on_delete = "delete"\ntoken ='))
    status, out, _ = doctor.typed("acme")
    assert status == 0 and "nobody can be disabled" in out and "set on_delete" not in out


def test_nothing_is_warned_of_without_a_reason(doctor: Doctor, tmp_path: Path) -> None:
    assert doctor("tests.gateway.test_cli_warnings:WarnedAdapter", 'mode = "own"')[1]["warnings"] == []
    (tmp_path / "people.csv").write_text("login\nada\n")
    warned = doctor("phonebook", f'path = "{tmp_path}/people.csv"')[1]["warnings"]
    assert [one.split("The ")[-1][:30] for one in warned] == [
        "backend cannot search for user", "adapter has no create and no u", "backend has no pages by offset",
    ]  # fmt: skip


def test_a_map_in_memory_is_warned_of(doctor: Doctor, tmp_path: Path) -> None:
    doctor("directory", f'path = "{tmp_path}/d.db"')
    doctor.config.write_text(doctor.config.read_text().replace(f"sqlite:{tmp_path}/map.db", "memory:"))
    status, out, _ = doctor.typed("acme")
    assert status == 0 and "The identity map is in memory" in out
