"""The phonebook: awkward files, and what a gateway makes of them. Its contract is tested with the other examples."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from adapters.phonebook import PhonebookAdapter, PhonebookSettings
from gateway.stores import open_store
from scim.identity.map import IdentityMap
from scim.message import Request
from scim.options import Options
from scim.service import Service
from scim_adapter import Get, NotFound, Query, Unavailable

GOOD = "login,first_name,last_name,mail,phone\nada,Ada,Lovelace,ada@example.com,1\ngrace,Grace,Hopper,,\n"


def adapter(folder: Path, content: str | bytes) -> PhonebookAdapter:
    path = folder / "people.csv"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return PhonebookAdapter(PhonebookSettings(path=path))


FILES: list[tuple[str, str | bytes, list[str], str]] = [
    ("as a program writes it", GOOD, ["ada", "grace"], ""),
    ("as a spreadsheet saves it", b"\xef\xbb\xbf" + GOOD.replace("\n", "\r\n").encode(), ["ada", "grace"],
     "the mark at the beginning is no part of the first column's name"),
    ("columns in another order", "mail,login\na@example.com,ada\n", ["ada"], "the first line names the columns"),
    ("no line end at the end", "login\nada", ["ada"], ""),
    ("empty lines", "login,mail\n\nada,\n\n", ["ada"], "they are nobody"),
    ("rows without a login", "mail,login\na@example.com,\nb@example.com\n,ada\n", ["ada"], "one row breaks no list"),
    ("rows too long", "login,mail\nada,a@example.com,extra,more\n", ["ada"], "what has no column is left out"),
    ("line ends inside quotes", 'login,mail\n"ada","a\nb"\n', ["ada"], ""),
    ("nobody", "login,mail\n", [], "an empty book with its columns is empty"),
]  # fmt: skip


@pytest.mark.parametrize(("content", "logins", "why"), [f[1:] for f in FILES], ids=[f[0] for f in FILES])
async def test_people_are_read_from(content: str | bytes, logins: list[str], why: str, tmp_path: Path) -> None:
    page = await adapter(tmp_path, content).resources()[0].find(Query())
    assert [record["login"] for record in page.records] == logins, why
    assert all(isinstance(value, str) for record in page.records for value in record.values())


UNREADABLE: list[tuple[str, str | bytes | None]] = [
    ("missing", None),
    ("empty", ""),
    ("without the column", "name,mail\nada,a@example.com\n"),
    ("not UTF-8", "login,first_name\nada,Ad\xe4\n".encode("latin-1")),
    ("with a quote that is not closed", 'login,mail\nada,"a@example.com\ngrace,\n'),
]


@pytest.mark.parametrize("content", [row[1] for row in UNREADABLE], ids=[row[0] for row in UNREADABLE])
async def test_a_file_that_cannot_be_read_is_a_backend_that_is_away(
    content: str | bytes | None, tmp_path: Path
) -> None:
    """Never an empty list and never a 404: who is missing would be created again, or deleted elsewhere."""
    book = adapter(tmp_path, content or "")
    if content is None:
        (tmp_path / "people.csv").unlink()
    with pytest.raises(Unavailable, match="The phonebook cannot be read") as error:
        await book.check()
    assert "example.com" not in str(error.value)
    with pytest.raises(Unavailable):
        await book.resources()[0].get(Get("ada"))
    service = await served(book)
    assert (await asked(service, "/Users"))[0] == 503
    assert (await asked(service, "/Users", "filter=userName%20eq%20%22ada%22"))[0] == 503


async def test_a_folder_is_no_phonebook(tmp_path: Path) -> None:
    with pytest.raises(Unavailable, match="IsADirectoryError"):
        await PhonebookAdapter(PhonebookSettings(path=tmp_path)).check()


async def test_of_two_rows_with_one_login_clients_see_the_first(tmp_path: Path) -> None:
    service = await served(adapter(tmp_path, "login,first_name\nada,Ada\nada,Another\n"))
    status, body = await asked(service, "/Users")
    assert (status, body["totalResults"]) == (200, 1)
    assert body["Resources"][0]["name"] == {"givenName": "Ada"}


async def test_a_change_of_the_file_is_seen_at_once(tmp_path: Path) -> None:
    book = adapter(tmp_path, GOOD)
    people = book.resources()[0]
    assert (await people.get(Get("ada")))["last_name"] == "Lovelace"
    (tmp_path / "people.csv").write_text(GOOD.replace("ada,", "augusta,"))
    with pytest.raises(NotFound):
        await people.get(Get("ada"))


REQUESTS = ["/Users", "/Users?filter=userName%20eq%20%22ada%22", "/Users?filter=name.familyName%20co%20%22o%22",
            "/Users?startIndex=2&count=1", "/Users/{id}"]  # fmt: skip


@pytest.mark.parametrize("target", REQUESTS)
async def test_the_file_is_read_once_for_each_request(
    target: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    book = adapter(tmp_path, GOOD)
    service = await served(book)
    id = (await asked(service, "/Users"))[1]["Resources"][0]["id"]
    opened: list[str] = []
    monkeypatch.setattr("adapters.phonebook.Path.open", _noting(opened, Path.open))
    path, _, query = target.format(id=id).partition("?")
    assert (await asked(service, path, query))[0] == 200
    assert len(opened) == 1


def _noting(opened: list[str], really: Any) -> Any:
    def open(path: Path, *arguments: Any, **named: Any) -> Any:
        if path.suffix == ".csv":
            opened.append(str(path))
        return really(path, *arguments, **named)

    return open


@pytest.mark.parametrize("settings", [{}, {"path": None}, {"path": "x", "colour": "red"}])
def test_settings_refuse(settings: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        PhonebookSettings.model_validate(settings)


async def served(book: PhonebookAdapter) -> Service:
    map = IdentityMap(open_store("memory:"), "book", "book", 90.0)
    return Service(book.resources(), map, Options(), "https://scim.example.com/book/scim/v2")


async def asked(service: Service, path: str, query: str = "") -> tuple[int, Any]:
    answer = await service.handle(Request("GET", path, query, {}, b""))
    return answer.status, json.loads(answer.body)
