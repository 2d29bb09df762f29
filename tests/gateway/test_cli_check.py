"""`python -m gateway check`, `readyz` and `--json` on every command: stores that cannot be used are said to be so."""

from __future__ import annotations

import argparse
import json
import logging
import os
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from gateway.application import Application
from gateway.cli import _parser, main
from gateway.config import load
from gateway.stores.sqlite_file import opened
from gateway.telemetry.lines import JsonLines
from scim.identity.claims import Claim
from scim.identity.store import Insert
from scim.message import Request

CONFIG = """
[gateway]
store = "sqlite:{folder}/store/map.db"
[connections.acme]
adapter = "directory"
token = {{ env = "TOKEN" }}
[connections.acme.settings]
path = "{folder}/directory.db"
"""


@pytest.fixture
def config(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("TOKEN", "0123456789abcdef")
    path = tmp_path / "gateway.toml"
    path.write_text(CONFIG.format(folder=tmp_path))
    (tmp_path / "store").mkdir()
    return path


def checked(config: Path, capsys: pytest.CaptureFixture[str]) -> tuple[int, dict[str, str]]:
    status = main(["check", "acme", "--config", str(config), "--json"])
    told = json.loads(capsys.readouterr().out)
    assert told["ok"] == (status == 0) and told["connection"] == "acme"
    return status, {step["step"]: f"{step['state']} {step['text']}" for step in told["steps"]}


def test_a_sound_connection_is_told_in_both_forms(config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    status, steps = checked(config, capsys)
    assert (status, [*steps]) == (0, ["settings", "store", "clients", "backend"])
    assert main(["check", "acme", "--config", str(config)]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[:2] for line in lines] == [[step, "ok"] for step in steps]
    assert [line.split(maxsplit=2)[2] for line in lines] == [text.removeprefix("ok ") for text in steps.values()]


def test_a_check_leaves_nothing_behind(config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    checked(config, capsys)
    with sqlite3.connect(config.parent / "store" / "map.db") as store:
        assert store.execute("select partition from rows").fetchall() == [("acme",)]


@pytest.fixture
def unwritable(config: Path) -> Iterator[Path]:
    """A store that was in use and that nobody can write any more; it can still be read."""
    file = config.parent / "store" / "map.db"
    connection = opened(file)
    connection.execute("create trigger full before insert on rows begin select raise(fail, 'disk is full'); end")
    yield file
    connection.close()


def test_a_store_that_can_only_be_read_fails_the_check(
    config: Path, unwritable: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    status, steps = checked(config, capsys)
    assert status == 1 and steps["store"].startswith("failed The SQLite file map.db cannot be used")
    assert steps["backend"].startswith("ok")


def test_a_map_that_can_be_read_is_not_enough(config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert checked(config, capsys)[0] == 0
    with sqlite3.connect(config.parent / "store" / "map.db") as store:
        store.execute("create trigger full before insert on rows begin select raise(fail, 'disk is full'); end")
    assert checked(config, capsys)[1]["store"].startswith("failed")


@pytest.mark.parametrize("spoil", ["a folder", "rubbish", "another program's"])
async def test_not_ready_is_one_line_and_a_sentence(spoil: str, config: Path, caplog: pytest.LogCaptureFixture) -> None:
    file = config.parent / "store" / "map.db"
    if spoil == "a folder":
        file.mkdir()
    elif spoil == "rubbish":
        file.write_bytes(os.urandom(5000))
    else:
        with sqlite3.connect(file) as other:
            other.execute("create table theirs (a)")
    caplog.set_level(logging.INFO)
    application = Application(load(config))
    answers = [await application.handle(Request("GET", "/readyz")) for _ in range(2)]
    await application.aclose()
    assert [answer.status for answer in answers] == [503, 503]
    detail = json.loads(answers[0].body)["detail"]
    assert detail == "The gateway's identity store cannot be used."
    warned = [record for record in caplog.records if record.levelno >= logging.WARNING]
    assert len(warned) == 2 and not [record for record in warned if record.exc_info]
    assert warned[0].getMessage().startswith("Not ready: the identity store cannot be used. The SQLite file map.db")


async def test_ready_is_one_read(config: Path) -> None:
    application = Application(load(config))
    answer = await application.handle(Request("GET", "/readyz"))
    await application.aclose()
    assert (answer.status, answer.body) == (200, b"ready")


async def test_a_sweep_with_nothing_to_do_reads_once_for_each_type_and_no_more(
    config: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """The timer wakes for it every five minutes, for ever."""
    caplog.set_level(logging.INFO)
    application = Application(load(config))
    done: list[str] = []
    one = application.opened("acme")
    for verb in ("get", "scan", "commit"):
        _noted(one.map.store, verb, done)
    for kind in one.service.kinds:
        for verb in ("find", "get"):
            _noted(kind.resource.native, verb, done)
    await application.sweep()
    assert done == ["scan"] * len(one.service.kinds) and not caplog.records
    dead = Claim("c.dead", "op", "payload", "open", 1.0, value="nobody")
    await application.store.commit("acme.user", [Insert(dead.key, dead.values())])
    await application.sweep()
    assert "find" not in done, "A young claim may still be repeated."
    await application.aclose()


async def test_what_a_sweep_says_has_a_correlation_id_and_the_connection(config: Path) -> None:
    (config.parent / "store" / "map.db").write_bytes(os.urandom(5000))
    told: list[dict[str, Any]] = []

    class Kept(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            told.append(json.loads(JsonLines().format(record)))

    handler = Kept()
    logging.getLogger("scimgate").addHandler(handler)
    application = Application(load(config))
    for _ in range(2):
        await application.sweep()
    await application.aclose()
    logging.getLogger("scimgate").removeHandler(handler)
    assert [line["connection"] for line in told] == ["acme", "acme"]
    assert all(line["message"].startswith("The connection acme cannot be swept now") for line in told)
    assert len({line["correlation"] for line in told}) == 2 and "exception" not in told[0]


def _noted(thing: Any, verb: str, done: list[str]) -> None:
    before = getattr(thing, verb)

    def noted(*arguments: Any) -> Any:
        done.append(verb)
        return before(*arguments)

    setattr(thing, verb, noted)


def test_every_command_has_json() -> None:
    """Design: long work shows progress, and programs read JSON."""
    lacking = [" ".join(path) for path, parser in _leaves(_parser(), ()) if "--json" not in parser.format_help()]
    assert lacking == []


def _leaves(parser: argparse.ArgumentParser, path: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], Any]]:
    below = [action for action in parser._actions if isinstance(action, argparse._SubParsersAction)]
    if not below:
        yield path, parser
    for name, one in below[0].choices.items() if below else ():
        yield from _leaves(one, (*path, name))
