"""`python -m gateway map …`, on a directory and a store in files, as an operator calls it."""

from __future__ import annotations

import asyncio
import json
import os
import re
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from adapters.directory import DirectoryAdapter, DirectorySettings
from gateway.application import Application
from gateway.cli import main
from gateway.config import load
from gateway.stores.sqlite_file import opened
from scim.message import Request
from scim_adapter import Ask, Change, Gone, New

CONFIG = """
[gateway]
store = "sqlite:{folder}/map.db"
[connections.acme]
adapter = "directory"
token = {{ env = "TOKEN" }}
[connections.acme.settings]
path = "{folder}/directory.db"
[connections.other]
adapter = "directory"
[connections.other.settings]
path = "{folder}/directory.db"
"""
Told = tuple[int, str, str]


class Place:
    """A gateway's files, requests through the gateway, and changes behind its back."""

    def __init__(self, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.folder, self._capsys = folder, capsys
        self.config = folder / "gateway.toml"
        self.config.write_text(CONFIG.format(folder=folder))

    def map(self, *arguments: str) -> Told:
        self._capsys.readouterr()
        try:
            status = main(["map", *arguments, "--config", str(self.config)])
        except SystemExit as ended:
            status = int(str(ended.code))
        told = self._capsys.readouterr()
        assert "Traceback" not in told.err
        return status, told.out, told.err

    def json(self, *arguments: str) -> list[Any]:
        return [json.loads(line) for line in self.map(*arguments, "--json")[1].splitlines()]

    def ask(self, method: str, path: str, body: Any = None, connection: str = "acme") -> Any:
        async def asked() -> Any:
            application = Application(load(self.config))
            service = application.opened(connection).service
            answer = await service.handle(Request(method, path, "", {}, json.dumps(body).encode() if body else b""))
            await application.aclose()
            assert answer.status < 300, answer.body
            return json.loads(answer.body) if answer.body else None

        return asyncio.run(asked())

    def behind(self, action: Callable[[Any], Any]) -> Any:
        """Do something to the directory's users without the gateway."""

        async def done() -> Any:
            adapter = DirectoryAdapter(DirectorySettings(path=str(self.folder / "directory.db")))
            try:
                return await action(next(one for one in adapter.resources() if one.type == "User"))
            finally:
                await adapter.aclose()

        return asyncio.run(done())

    def people(self, *logins: str, **more: str) -> list[str]:
        """Make accounts and tell their keys."""

        async def made(users: Any) -> Any:
            made = [await users.create(New({"login": login, **more}, Ask(login))) for login in logins]
            return [str(one[users.key]) for one in made]

        found: list[str] = self.behind(made)
        return found


@pytest.fixture
def place(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Place:
    monkeypatch.setenv("TOKEN", "0123456789abcdef")
    opened(tmp_path / "map.db").close()
    return Place(tmp_path, capsys)


def key_of(place: Place, id: str) -> str:
    return str(next(one["key"] for one in place.json("list", "acme") if one["id"] == id))


# -- looking ---------------------------------------------------------------------------------------------------------


def test_a_new_map_is_empty_and_says_so_everywhere(place: Place) -> None:
    assert place.map("list", "acme") == (0, "", "")
    assert place.map("verify", "acme")[0] == 0
    assert place.json("sweep", "acme") == [{"linked": 0, "dropped": 0, "expired": 0, "waiting": 0, "failed": 0}]


@pytest.mark.parametrize(
    "command", [["list"], ["show", "ada"], ["export", "f"], ["relink", "a", "b"], ["verify"], ["sweep"]]
)
def test_a_store_that_does_not_exist_is_refused_and_not_made(place: Place, command: list[str]) -> None:
    (place.folder / "map.db").unlink()
    status, out, err = place.map(command[0], "acme", *command[1:])
    assert (status, out) == (2, "") and f"There is no store {place.folder}/map.db" in err
    assert not [path.name for path in place.folder.iterdir() if path.name.startswith("map.db")]


def test_adopting_may_be_the_first_thing_that_is_done(place: Place) -> None:
    (place.folder / "map.db").unlink()
    place.people("ada")
    assert place.json("adopt", "acme")[0]["linked"] == 1


def test_list_and_show_tell_ids_keys_states_and_what_is_kept(place: Place) -> None:
    ada = place.ask("POST", "/Users", {"userName": "ada"})["id"]
    bob = place.ask("POST", "/Users", {"userName": "bob"})["id"]
    place.ask("DELETE", f"/Users/{bob}")
    listed = {one["id"]: one for one in place.json("list", "acme")}
    assert {id: one["state"] for id, one in listed.items()} == {ada: "visible", bob: "hidden"}
    assert [one["id"] for one in place.json("list", "acme", "--state", "hidden")] == [bob]
    status, out, _ = place.map("list", "acme")
    assert status == 0 and ada in out and "hidden" in out
    for who in (ada, "ADA"):
        [shown] = place.json("show", "acme", who)
        assert (shown["id"], shown["key"], shown["inBackend"]) == (ada, listed[ada]["key"], True)
        assert shown["userName"] == "ada"
    assert "backend   has the account\nuserName  ada\n" in place.map("show", "acme", "ada")[1]

    async def drop(users: Any) -> None:
        await users.delete(Gone(listed[ada]["key"], {}))

    place.behind(drop)
    status, out, _ = place.map("show", "acme", ada)
    assert (status, "does not have the account" in out, "userName" in out) == (1, True, False)
    assert place.json("show", "acme", ada)[0]["userName"] is None


def test_what_an_older_configuration_kept_is_named_and_not_shown(place: Place) -> None:
    place.people("ada")
    ada = place.ask("GET", "/Users")["Resources"][0]["id"]
    place.ask("GET", f"/Users/{ada}")
    store = opened(place.folder / "map.db")
    [(text,)] = store.execute('select "values" from rows where key = ?', (f"i.{ada}",))
    row = {**json.loads(text), "kept": json.dumps({"password": "s3cret-of-old"})}
    store.execute('update rows set "values" = ? where key = ?', (json.dumps(row), f"i.{ada}"))
    store.close()
    told = place.map("show", "acme", ada)[1]
    assert "keeps     password: not shown, since" in told
    [listed], [shown] = place.json("list", "acme"), place.json("show", "acme", ada)
    assert listed["kept"] == shown["kept"] == {}
    assert "s3cret-of-old" not in told + place.map("list", "acme")[1]


# -- moving ----------------------------------------------------------------------------------------------------------


def test_an_exported_map_gives_the_same_ids_in_another_store_and_keeps_who_is_hidden(place: Place) -> None:
    ada = place.ask("POST", "/Users", {"userName": "ada"})["id"]
    bob = place.ask("POST", "/Users", {"userName": "bob"})["id"]
    place.ask("DELETE", f"/Users/{bob}")
    file = place.folder / "export.jsonl"
    status, out, _ = place.map("export", "acme", str(file))
    assert (status, file.stat().st_mode & 0o777) == (0, 0o600) and "rows of the map acme" in out
    assert not file.with_name("export.jsonl.part").exists()
    before = place.json("list", "acme")
    (place.folder / "map.db").unlink()
    for extra in ("-wal", "-shm"):
        (place.folder / f"map.db{extra}").unlink(missing_ok=True)
    assert place.map("import", "acme", str(file), "--dry-run")[0] == 0 and not (place.folder / "map.db").exists()
    for _ in range(2):  # an import that was interrupted may be repeated
        assert place.map("import", "acme", str(file))[0] == 0
        assert place.json("list", "acme") == before
    assert place.ask("GET", f"/Users/{ada}")["userName"] == "ada"
    assert [user["id"] for user in place.ask("GET", "/Users")["Resources"]] == [ada]
    status, _, err = place.map("import", "other", str(file))
    assert status == 0, err
    assert place.ask("GET", f"/Users/{ada}", connection="other")["userName"] == "ada", "the same ids for its new owner"


@pytest.mark.parametrize(
    ("why", "spoil", "sentence"),
    [
        ("cut off", lambda lines: lines[:-1], "not whole"),
        ("cut off in a line", lambda lines: [*lines[:-1], lines[-1][:5]], "cut off"),
        ("a row is missing", lambda lines: [lines[0], *lines[2:]], "not whole"),
        ("something else", lambda lines: ["{}"], "no export"),
        ("no JSON", lambda lines: ["hello"], "no export"),
        ("a list", lambda lines: ["[1]"], "no export"),
        ("empty", lambda lines: [], "no export"),
        ("of a newer gateway", lambda lines: [lines[0].replace('"schema": 2', '"schema": 99'), *lines[1:]], "form 99"),
        ("without its form", lambda lines: [lines[0].replace('"schema": 2', '"x": 2'), *lines[1:]], "form None"),
        ("a row of nobody's type", lambda lines: [lines[0], lines[1].replace('"User"', '"Car"'), *lines[2:]], "rows"),
        ("a row without values", lambda lines: [lines[0], lines[1].replace('"values"', '"v"'), *lines[2:]], "rows"),
        ("a row with a list", lambda lines: [lines[0], '{"type": "User", "key": "i", "values": {"a": []}}'], "rows"),
    ],
)
def test_a_file_that_is_no_whole_export_changes_nothing(
    place: Place, why: str, spoil: Callable[[list[str]], list[str]], sentence: str
) -> None:
    place.ask("POST", "/Users", {"userName": "ada"})
    file = place.folder / "export.jsonl"
    place.map("export", "acme", str(file))
    file.write_text("\n".join(spoil(file.read_text().splitlines())))
    status, _, err = place.map("import", "other", str(file))
    assert (status, sentence in err) == (2, True), (why, err)
    assert place.json("list", "other") == []


@pytest.mark.parametrize("name", ["", "pipe"])
def test_an_export_goes_into_a_file_and_waits_for_nobody(place: Place, name: str) -> None:
    os.mkfifo(place.folder / "pipe")
    status, _, err = place.map("export", "acme", str(place.folder / name))
    assert (status, "is a folder or a device; name a file." in err) == (2, True)


def test_a_move_is_told_as_json(place: Place) -> None:
    place.ask("POST", "/Users", {"userName": "ada"})
    file = str(place.folder / "export.jsonl")
    [out] = place.json("export", "acme", file)
    assert (out["map"], out["file"], out["rows"] > 0) == ("acme", file, True)
    moved = {"map": "other", "from": "acme", "rows": out["rows"]}
    assert place.json("import", "other", file, "--dry-run") == [{**moved, "done": False}]
    assert place.json("import", "other", file) == [{**moved, "done": True}]


def test_an_import_never_mixes_two_maps(place: Place) -> None:
    place.ask("POST", "/Users", {"userName": "ada"})
    place.ask("POST", "/Users", {"userName": "bob"}, connection="other")
    file = place.folder / "export.jsonl"
    place.map("export", "acme", str(file))
    status, _, err = place.map("import", "other", str(file))
    assert status == 2 and "is in use and is another one" in err


# -- repairing -------------------------------------------------------------------------------------------------------


def test_relink_lets_an_id_lead_to_another_account(place: Place) -> None:
    ada = place.ask("POST", "/Users", {"userName": "ada"})["id"]
    old = key_of(place, ada)
    [key] = place.people("ada.two")
    status, out, _ = place.map("relink", "acme", ada, key, "--dry-run")
    assert status == 0 and "would lead" in out and key_of(place, ada) == old
    would = {"id": ada, "key": key, "before": old, "ends": None, "done": False}
    assert place.json("relink", "acme", ada, key, "--dry-run") == [would] and key_of(place, ada) == old
    assert place.json("relink", "acme", ada, key) == [{**would, "done": True}]
    assert place.ask("GET", f"/Users/{ada}")["userName"] == "ada.two"
    users = {user["userName"]: user["id"] for user in place.ask("GET", "/Users")["Resources"]}
    assert users["ada.two"] == ada and users.keys() == {"ada", "ada.two"} and users["ada"] != ada
    assert place.ask("GET", f"/Users/{users['ada']}")["userName"] == "ada"
    for id, to, sentence in (
        ("nobody", key, "no visible link"),
        (ada, key, "already"),
        (ada, "no-such-key", "has no User"),
    ):
        status, _, err = place.map("relink", "acme", id, to)
        assert status == 2 and sentence in err


def test_a_sweep_by_hand_says_what_it_would_do_and_does_it(place: Place) -> None:
    place.ask("POST", "/Users", {"userName": "ada"})
    with sqlite3.connect(place.folder / "map.db") as file:
        file.execute("update rows set written = written - 5000")
    assert place.json("sweep", "acme", "--dry-run")[0]["expired"] == 1
    status, out, _ = place.map("sweep", "acme")
    assert (status, "1  requests that ended long ago" in out) == (0, True)
    assert place.json("sweep", "acme")[0]["expired"] == 0


# -- comparing -------------------------------------------------------------------------------------------------------


def test_verify_finds_every_sort_of_drift(place: Place) -> None:
    ids = {name: place.ask("POST", "/Users", {"userName": name})["id"] for name in ("ada", "bob", "joan", "kay")}
    keys = {name: key_of(place, id) for name, id in ids.items()}
    place.ask("DELETE", f"/Users/{ids['bob']}")
    place.people("never.seen")

    async def drift(users: Any) -> None:
        await users.delete(Gone(keys["ada"], {}))
        await users.update(Change(keys["bob"], {}, {"enabled": True}, {"enabled": True}))

    place.behind(drift)
    with sqlite3.connect(place.folder / "map.db") as file:
        for name, value in (("kay", {"unfinished": True}), ("joan", {"next": keys["kay"], "native": "was"})):
            [(text,)] = file.execute('select "values" from rows where key = ?', (f"i.{ids[name]}",))
            new = json.dumps({**json.loads(text), **value})
            file.execute('update rows set "values" = ? where key = ?', (new, f"i.{ids[name]}"))
    found = {(one["kind"], one["id"]) for one in place.json("verify", "acme")}
    assert found >= {
        ("missing", ids["ada"]),
        ("enabled", ids["bob"]),
        ("unfinished", ids["kay"]),
        ("renamed", ids["joan"]),
        ("unlinked", ""),
    }
    status, out, _ = place.map("verify", "acme")
    assert status == 1 and f"missing     {ids['ada']}" in out and "1  a visible id whose account" in out


def test_verify_finds_nothing_wrong_with_who_was_deleted_and_came_back(place: Place) -> None:
    """The account is in use again, under another id: who disabled it for what was told here would lock a person out."""
    for _ in range(3):
        last = place.ask("POST", "/Users", {"userName": "ada"})["id"]
        place.ask("DELETE", f"/Users/{last}")
    back = place.ask("POST", "/Users", {"userName": "ada"})["id"]
    assert place.json("verify", "acme") == []
    key = key_of(place, back)
    place.ask("DELETE", f"/Users/{back}")
    place.behind(lambda users: users.update(Change(key, {}, {"enabled": True}, {"enabled": True})))
    assert [(one["kind"], one["id"]) for one in place.json("verify", "acme")] == [("enabled", back)], (
        "once, the last life"
    )


def test_accounts_that_nobody_has_seen_are_no_fault(place: Place) -> None:
    place.people("ada", "bob")
    status, out, _ = place.map("verify", "acme")
    assert status == 0 and "2  an account that no client has seen yet" in out


# -- adopting --------------------------------------------------------------------------------------------------------


def test_adopt_links_what_can_be_matched_and_names_the_rest(place: Place) -> None:
    place.people("ada", emails="")
    for login, mail in (("bob", "bob@x"), ("b2", "same@x"), ("b3", "SAME@x")):
        place.ask(
            "POST", "/Users", {"userName": login, "emails": [{"type": "work", "value": mail}]}, connection="other"
        )
    assert place.json("adopt", "acme", "--by", "email", "--dry-run")[0].items() >= {
        "linked": 1, "ambiguous": 2, "alone": 1}.items()  # fmt: skip
    assert place.json("list", "acme") == []
    status, out, _ = place.map("adopt", "acme", "--by", "email")
    assert (status, len(place.json("list", "acme"))) == (1, 1) and "2  are ambiguous" in out
    assert re.search(r"^ +b2  \(key \S+\)$", out, re.MULTILINE) and "bob" not in out
    assert "A client that matches by" in out
    [told] = place.json("adopt", "acme", "--by", "email", "--dry-run")
    assert {name: [one["name"] for one in told["examples"][name]] for name in ("ambiguous", "alone")} == {
        "ambiguous": ["b2", "b3"], "alone": ["ada"]}  # fmt: skip
    assert "linked" not in told["examples"]
    assert place.map("adopt", "acme")[0] == 0 and len(place.json("list", "acme")) == 4
    before = place.json("list", "acme")
    assert place.map("adopt", "acme")[0] == 0 and place.json("list", "acme") == before


# -- mistakes --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["list", "nobody"], "There is no connection nobody; the configuration has acme, other."),
        (["list", "acme", "--type", "Printer"], "has no Printer; it has User"),
        (["show", "acme", "nobody"], "Neither the map nor the backend"),
        (["export", "acme", "/nowhere/at/all"], "No such file"),
        (["export", "other", "x.jsonl"], "There is no identity map other"),
        (["import", "acme", "/nowhere/at/all"], "No such file"),
        (["adopt", "acme", "--by", "shoeSize"], "No schema of User has the attribute shoeSize"),
        (["frobnicate"], "invalid choice"),
        ([], "required"),
    ],
)
def test_a_mistake_is_a_sentence_and_status_2(
    place: Place, arguments: list[str], sentence: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(place.folder)
    status, _, err = place.map(*arguments)
    assert (status, sentence in err) == (2, True), err


def test_a_map_of_another_connection_and_one_of_a_newer_gateway_are_refused(place: Place) -> None:
    place.ask("POST", "/Users", {"userName": "ada"})
    text = place.config.read_text().replace("[connections.other]\n", '[connections.third]\nmap = "acme"\n')
    text = text.replace("[connections.other", "[connections.third").replace("[connections.acme", "[connections.gone")
    place.config.write_text(text.replace("[connections.gone]\n", '[connections.gone]\nmap = "gone"\n'))
    status, _, err = place.map("list", "third")
    assert status == 2 and "belongs to the connection acme, not to third" in err
    place.config.write_text(CONFIG.format(folder=place.folder))
    with sqlite3.connect(place.folder / "map.db") as file:
        file.execute("""update rows set "values" = replace("values", '"schema": 2', '"schema": 3') where key = 'map'""")
        file.execute("""update rows set "values" = replace("values", '"schema":2', '"schema":3') where key = 'map'""")
    status, _, err = place.map("list", "acme")
    assert status == 2 and "written by a newer gateway (form 3, known is 2)" in err


def test_a_connection_takes_its_ids_along_when_it_is_renamed(place: Place) -> None:
    ada = place.ask("POST", "/Users", {"userName": "ada"})["id"]
    file = str(place.folder / "export.jsonl")
    assert place.map("export", "acme", file)[0] == 0
    place.config.write_text(place.config.read_text().replace("[connections.acme", "[connections.renamed"))
    assert place.map("import", "renamed", file)[0] == 0
    assert place.ask("GET", f"/Users/{ada}", connection="renamed")["userName"] == "ada"


def test_a_backend_that_is_down_is_said_to_be_so(place: Place) -> None:
    place.map("list", "acme")
    (place.folder / "directory.db").mkdir()
    for command in (["verify", "acme"], ["adopt", "acme"], ["show", "acme", "ada"]):
        status, _, err = place.map(*command)
        assert status == 1 and "directory's file cannot be used" in err
