"""`python -m gateway token …`, as an operator calls it."""

from __future__ import annotations

import json
import re
import sqlite3
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from gateway.cli import main
from tests.gateway.doors import ENVIRONMENT, configured

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    config = configured(tmp_path)
    for name, value in ENVIRONMENT.items():
        monkeypatch.setenv(name, value)

    def command(*arguments: str) -> tuple[int, str, str]:
        capsys.readouterr()
        try:
            status = main(["token", *arguments, "--config", str(config)])
        except SystemExit as ended:
            status = int(str(ended.code))
        told = capsys.readouterr()
        assert "Traceback" not in told.err
        return status, told.out, told.err

    return command


def test_a_token_is_alone_on_standard_output_and_shown_once(run: Run, tmp_path: Path) -> None:
    status, out, err = run("issue", "acme", "--name", "Entra", "--days", "400")
    assert status == 0
    assert re.fullmatch(r"sgt_[a-z2-7]{12}_[A-Za-z0-9_-]{43}\n", out)
    id = out.split("_")[1]
    assert f"`token revoke acme --id {id}` ends it" in err and out.strip() not in err
    until = time.strftime("%Y-%m-%d", time.gmtime(time.time() + 400 * 86_400))
    assert f"until {until}T" in err
    _, listed, _ = run("list", "acme")
    assert listed.startswith(f"{id}  issued ") and "never used" in listed and listed.endswith("Entra\n")
    kept = b"".join(path.read_bytes() for path in tmp_path.glob("map.db*"))
    assert out.strip().split("_", 2)[2].encode() not in kept and id.encode() in kept


def test_revoking_says_what_ended(run: Run) -> None:
    _, out, _ = run("issue", "acme")
    id = out.split("_")[1]
    assert run("revoke", "acme", "--id", id) == (0, f"{id} ended, in every process within a minute.\n", "")
    assert run("list", "acme") == (0, "", "")
    assert run("revoke", "acme", "--access-tokens") == (0, "There are no access tokens.\n", "")
    assert json.loads(run("revoke", "acme", "--access-tokens", "--json")[1]) == {"accessTokens": True, "revoked": False}


def test_expired_tokens_are_shown_and_forgotten(run: Run, tmp_path: Path) -> None:
    old, new = (run("issue", "acme", "--name", name)[1].split("_")[1] for name in ("old", "new"))
    with sqlite3.connect(tmp_path / "map.db") as connection:
        change = 'update rows set "values" = json_set("values", \'$.expires\', 5) where key = ?'
        connection.execute(change, (f"acme.{old}",))
    assert [json.loads(line)["state"] for line in run("list", "acme", "--json")[1].splitlines()] == [
        "expired",
        "active",
    ]
    assert run("revoke", "acme", "--expired")[1] == f"{old} is forgotten.\n"
    assert run("revoke", "acme", "--expired") == (0, "", "acme has no token that has expired.\n")
    assert [json.loads(line)["id"] for line in run("list", "acme", "--json")[1].splitlines()] == [new]


MISTAKES = [
    ("no command", [], "required: COMMAND"),
    ("no connection", ["issue"], "required: CONNECTION"),
    ("an unknown connection", ["issue", "nobody"], "There is no connection nobody; the configuration has acme, other."),
    ("no days", ["issue", "acme", "--days", "0"], "a token lives 1 to 3650 days"),
    ("too many days", ["issue", "acme", "--days", "3651"], "a token lives 1 to 3650 days"),
    ("too many days behind noughts", ["issue", "acme", "--days", "0003651"], "a token lives 1 to 3650 days"),
    ("an absurd number of days", ["issue", "acme", "--days", "9" * 5000], "a token lives 1 to 3650 days"),
    ("days that are no number", ["issue", "acme", "--days", "²"], "a token lives 1 to 3650 days"),
    ("a name that breaks the line", ["issue", "acme", "--name", "a\nb"], "at most 80 characters that can be printed"),
    ("a long name", ["issue", "acme", "--name", "x" * 81], "at most 80 characters"),
    ("half a character", ["issue", "acme", "--name", "\udce9"], "at most 80 characters that can be printed"),
    ("nothing to revoke", ["revoke", "acme"], "one of the arguments"),
    ("two things to revoke", ["revoke", "acme", "--expired", "--id", "a" * 12], "not allowed with"),
    ("an id that nobody has", ["revoke", "acme", "--id", "a" * 12], "acme has no token aaaaaaaaaaaa"),
    ("an id that the shell lost", ["revoke", "acme", "--id", ""], "An id has 12 of a-z and 2-7"),
    ("an id of another form", ["revoke", "acme", "--id", "key"], "An id has 12 of a-z and 2-7"),
    ("a whole token", ["revoke", "acme", "--id", f"sgt_{'a' * 12}_{'b' * 43}"], "An id has 12 of a-z and 2-7"),
]


@pytest.mark.parametrize(("why", "arguments", "sentence"), MISTAKES, ids=[row[0] for row in MISTAKES])
def test_a_mistake_is_a_sentence_and_2(run: Run, why: str, arguments: list[str], sentence: str) -> None:
    run("issue", "other")
    status, out, err = run(*arguments)
    assert (status, out) == (2, "")
    assert sentence in err


@pytest.mark.parametrize("arguments", [["list", "acme"], ["revoke", "acme", "--expired"]])
def test_a_store_that_is_not_there_is_told_and_not_made(run: Run, tmp_path: Path, arguments: list[str]) -> None:
    status, out, err = run(*arguments)
    assert (status, out) == (2, "") and "There is no store" in err
    assert not (tmp_path / "map.db").exists()


def test_a_store_that_forgets_is_refused_and_one_that_is_none_is_a_sentence(run: Run, tmp_path: Path) -> None:
    configured(tmp_path, store="memory:")
    status, _, err = run("issue", "acme")
    assert status == 2 and '"memory:" forgets them' in err
    (tmp_path / "text.db").write_text("this is no database at all")
    configured(tmp_path, store=f"sqlite:{tmp_path}/text.db")
    status, _, err = run("list", "acme")
    assert status == 1 and "The SQLite file text.db cannot be used" in err


def test_a_check_says_who_can_come_in(run: Run, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    def clients(connection: str) -> tuple[int, str]:
        capsys.readouterr()
        status = main(["check", connection, "--config", str(tmp_path / "gateway.toml"), "--json"])
        steps = json.loads(capsys.readouterr().out)["steps"]
        return status, next(one["text"] for one in steps if one["step"] == "clients")

    assert clients("acme") == (0, "they come in by a static token")
    nobody = (1, "nobody can come in: `python -m gateway token issue other` makes a token.")
    assert clients("other") == nobody
    until = time.strftime("%Y-%m-%d", time.gmtime(time.time() + 40 * 86_400))
    run("issue", "other", "--days", "3")
    run("issue", "other", "--days", "40")
    assert clients("other") == (0, f"they come in by 2 issued tokens (until {until})")
    with sqlite3.connect(tmp_path / "map.db") as connection:
        connection.execute("update rows set \"values\" = json_set(\"values\", '$.expires', 5) where key like 'other.%'")
    assert clients("other") == nobody
    trust = 'tenant = "3c1f0a2b-5d4e-4f60-8a71-b2c3d4e5f607"\n'
    federation = f'[connections.other.federation]\n{trust}audiences = ["a"]\nsubjects = ["s"]\n'
    oauth = '[connections.other.oauth]\nsecrets = [{ env = "ACME_SECRET" }]\n'
    configured(tmp_path, other=f"{oauth}{federation}[connections.other.entra]\n{trust}")
    ways = "a client with 1 secret, federation with Entra, Entra's own tokens"
    assert clients("other") == (0, f"they come in by {ways}")
