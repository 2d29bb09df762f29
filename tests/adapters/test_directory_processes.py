"""Several processes on one directory: they make its file at once, share it, and may be killed at any moment."""

from __future__ import annotations

import random
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from adapters.directory import DirectoryAdapter, DirectorySettings, schema
from scim_adapter import Get, Query
from tests.adapters.test_directory_migration import earlier

OPENER = """
import asyncio, sys, time
from adapters.directory import DirectoryAdapter, DirectorySettings, groups, users
from scim_adapter import Ask, Exists, New
async def open_and_write(path, at, name):
    while time.time() < float(at):
        pass
    adapter = DirectoryAdapter(DirectorySettings(path=path))
    await adapter.check()
    made = await adapter.users.create(New({"login": name}))
    won = 0
    for resource, field in ((adapter.users, "login"), (adapter.groups, "name")):
        try:
            won += bool(await resource.create(New({field: "contested"}, Ask(name))))
        except Exists:
            pass
    await adapter.groups.create(New({"name": "shared", "members": [{"value": made["id"]}]}, Ask("the same")))
    await adapter.aclose()
    return won
print("ready", flush=True)
for line in sys.stdin:
    try:
        print(asyncio.run(open_and_write(*line.split(), sys.argv[1])), flush=True)
    except BaseException as error:
        print(repr(error), flush=True)
"""


@pytest.fixture
def openers() -> Iterator[list[subprocess.Popen[str]]]:
    started = [
        subprocess.Popen([sys.executable, "-c", OPENER, name], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        for name in "abcd"
    ]
    yield started
    for process in started:
        process.kill()
        process.communicate()


def line(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    return process.stdout.readline().strip()


def _nothing(path: Path) -> None:
    assert not path.exists()


def _empty(path: Path) -> None:
    path.touch()


def _format_1(path: Path) -> None:
    earlier(path, 1)


def _format_2(path: Path) -> None:
    earlier(path, 2)


def _half_made(path: Path) -> None:
    """As a process leaves it that was killed after the change to WAL and before the tables."""
    connection = sqlite3.connect(path)
    connection.execute("pragma journal_mode = wal")
    connection.close()


@pytest.mark.slow
@pytest.mark.parametrize(
    ("found", "rounds"), [(_nothing, 20), (_empty, 5), (_half_made, 5), (_format_1, 5), (_format_2, 5)]
)
def test_processes_that_make_one_file_at_once_all_succeed(
    tmp_path: Path, openers: list[subprocess.Popen[str]], found: Callable[[Path], None], rounds: int
) -> None:
    assert [line(process) for process in openers] == ["ready"] * 4
    for number in range(rounds):
        path = tmp_path / f"{number}.db"
        found(path)
        for process in openers:
            assert process.stdin is not None
            process.stdin.write(f"{path} {time.time() + 0.01}\n")
            process.stdin.flush()
        answers = [line(process) for process in openers]
        assert all(answer.isdigit() for answer in answers), answers
        assert sum(map(int, answers)) == 2, "each contested name has one owner"
        connection = sqlite3.connect(path)
        assert connection.execute("pragma integrity_check").fetchall() == [("ok",)]
        counts = [connection.execute(f"select count(*) from {table}").fetchone()[0] for table in ("users", "groups")]
        connection.close()
        assert counts == [5 + 3 * (found in (_format_1, _format_2)), 2]


WRITER = """
import asyncio, sys
from adapters.directory import DirectoryAdapter, DirectorySettings
from scim_adapter import Ask, Change, Delta, Get, Gone, New
async def main(path, name):
    adapter = DirectoryAdapter(DirectorySettings(path=path))
    users, groups = adapter.users, adapter.groups
    team = await groups.create(New({"name": f"team {name}"}, Ask(f"team {name}")))
    for n in range(1_000_000):
        emails = [{"value": f"{name}-{n}@x"}]
        made = await users.create(New({"login": f"{name}-{n}", "emails": emails}, Ask(f"{name}-{n}")))
        await groups.amend(Delta(team["id"], {}, "members", [made["id"]]))
        if n % 3 == 0:
            await users.update(Change(made["id"], made, {}, {"emails": [{"value": "changed@x"}]}))
        if n % 3 == 1:
            await users.delete(Gone(made["id"], made))
        print(made["id"], n % 3, flush=True)
asyncio.run(main(*sys.argv[1:]))
"""


def killed(path: Path, name: str, lines: int) -> list[tuple[str, int]]:
    """What a writer had been answered when it was killed."""
    writer = subprocess.Popen([sys.executable, "-c", WRITER, str(path), name], stdout=subprocess.PIPE, text=True)
    told = [line(writer) for _ in range(lines)]
    time.sleep(random.uniform(0, 0.003))
    writer.send_signal(signal.SIGKILL)
    rest, _ = writer.communicate()
    told += [one for one in rest.splitlines(keepends=True) if one.endswith("\n")]
    return [(key, int(fate)) for key, fate in (one.split() for one in told)]


@pytest.mark.slow
async def test_a_kill_loses_nothing_that_was_answered_and_leaves_nothing_half_done(tmp_path: Path) -> None:
    path = tmp_path / "d.db"
    answered: list[tuple[str, int]] = []
    for attempt in range(6):
        answered += killed(path, f"writer{attempt}", 15 + 5 * attempt)
        connection = sqlite3.connect(path)
        assert connection.execute("pragma integrity_check").fetchall() == [("ok",)]
        for orphans in (
            "select 1 from members where member > 0 and member not in (select id from users)",
            "select 1 from members where id not in (select id from groups)",
            "select 1 from elements where user not in (select id from users)",
            "select 1 from users where emails is not null and id not in (select user from elements)",
        ):
            assert connection.execute(orphans).fetchall() == [], orphans
        connection.close()
    directory = DirectoryAdapter(DirectorySettings(path=str(path)))
    users = {record["id"]: record for record in (await directory.users.find(Query(limit=100_000))).records}
    members = set()
    for group in (await directory.groups.find(Query())).records:
        members |= {one["value"] for one in (await directory.groups.get(Get(group["id"])))["members"]}
    await directory.aclose()
    assert len(answered) >= 6 * 15
    for key, fate in answered:
        assert (key in users, key in members) == (fate != 1, fate != 1)
        if fate == 0:
            assert users[key]["emails"] == [{"value": "changed@x"}]
    assert len({record["login"] for record in users.values()}) == len(users)


MAKER = """
import os, signal, sqlite3, sys
from adapters.directory import schema
from adapters.directory.database import _opened
left = int(sys.argv[2])
class Dying(sqlite3.Connection):
    def execute(self, *args):
        global left
        left -= 1
        if left < 0:
            os.kill(os.getpid(), signal.SIGKILL)
        return super().execute(*args)
connect = sqlite3.connect
sqlite3.connect = lambda *args, **more: connect(*args, factory=Dying, **more)
_opened(sys.argv[1]).close()
"""


@pytest.mark.slow
@pytest.mark.parametrize("found", [_nothing, _format_1, _format_2])
async def test_a_kill_at_any_step_of_the_making_leaves_a_file_that_opens(
    tmp_path: Path, found: Callable[[Path], None]
) -> None:
    statements = len(schema.TABLES) + 10
    died = 0
    for step in range(statements):
        path = tmp_path / f"{step}.db"
        found(path)
        died += subprocess.run([sys.executable, "-c", MAKER, str(path), str(step)]).returncode == -signal.SIGKILL
        directory = DirectoryAdapter(DirectorySettings(path=str(path)))
        page = await directory.users.find(Query())
        await directory.aclose()
        assert page.total == (0 if found is _nothing else 3)
    assert died > len(schema.TABLES), "it was killed while it was being made"
