"""Okta's provisioning client, the gateway and the directory: people and groups from their first day to their last."""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal

import pytest

from simulators.okta import Options, Report, run
from simulators.okta.company import Company
from tests.end_to_end.processes import OTHER, Process, start

CONFIG = """
[gateway]
store = "sqlite:{folder}/map.db"
[connections.directory]
adapter = "directory"
token = {{ env = "DIRECTORY_TOKEN" }}
[connections.directory.settings]
path = "{folder}/directory.db"
"""
PEOPLE, GROUPS = 40, 5


@pytest.fixture
def gateway(tmp_path: Path) -> Iterator[Process]:
    config = tmp_path / "gateway.toml"
    config.write_text(CONFIG.format(folder=tmp_path))
    made = start(["gateway", "serve", "--config", str(config), "--port", "0"], tmp_path / "log")
    yield made
    made.stop()


class Directory:
    """What the directory's own file holds."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / "directory.db"

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        with sqlite3.connect(self._path) as file:
            return file.execute(sql).fetchall()

    def people(self) -> dict[str, bool]:
        """Login and whether it is enabled; each login once."""
        found = self.rows("select login, enabled from users")
        assert len({login.casefold() for login, _ in found}) == len(found)
        return {login: bool(enabled) for login, enabled in found}

    def groups(self) -> dict[str, set[str]]:
        """Group name to the logins of its members."""
        found: dict[str, set[str]] = {name: set() for (name,) in self.rows("select name from groups")}
        sql = "select g.name, u.login from members m join groups g on g.id = m.id join users u on u.id = m.member"
        for name, login in self.rows(sql):
            found[name].add(login)
        return found


def expected(company: Company) -> tuple[set[str], dict[str, set[str]]]:
    """Who shall be enabled, and who shall be in which group."""
    people = list(company.people())
    names = {group.id: group.name for group in company.groups()}
    groups: dict[str, set[str]] = {name: set() for name in names.values()}
    for person in people:
        for id in person.groups:
            groups[names[id]].add(person.login)
    return {person.login for person in people}, groups


@pytest.mark.parametrize("app", ["catalog", "wizard"])
def test_what_okta_says_is_what_the_directory_holds(
    gateway: Process, tmp_path: Path, app: Literal["catalog", "wizard"]
) -> None:
    url, state, directory = f"{gateway.url}/directory/scim/v2", tmp_path / "okta.json", Directory(tmp_path)

    def cycle(company: Company, **more: Any) -> Report:
        told = run(
            Options(url, OTHER, source=company, state=state, app=app, patience=5, password=app == "wizard", **more)
        )
        assert (told.exit_status, told.tasks, told.stopped) == (0, [], None)
        enabled, groups = expected(company)
        assert {login for login, on in directory.people().items() if on} == enabled
        assert directory.groups() == groups
        return told

    first = cycle(Company(PEOPLE, GROUPS))
    assert (first.counts["users"], first.counts["groups"]["created"]) == (Counter(created=PEOPLE), GROUPS)
    again = cycle(Company(PEOPLE, GROUPS))
    assert {method for method in again.requests if again.requests[method]} <= {"GET"}, (
        "nothing changed, nothing written"
    )
    assert len(directory.people()) == PEOPLE
    for edit in (1, 2, 3):
        cycle(Company(PEOPLE, GROUPS, edit_seed=edit))
    cycle(Company(PEOPLE, GROUPS))
    state.unlink()
    linked = cycle(Company(PEOPLE, GROUPS), import_users=True, import_groups=True)
    assert linked.counts["users"]["created"] == 0 and linked.counts["import"]["scanned"] >= PEOPLE
