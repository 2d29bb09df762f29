"""The code of the how-to pages keeps the contract, is typed, and does what the pages say of it."""

from __future__ import annotations

import textwrap
import tomllib
from pathlib import Path
from typing import Any

import httpx
import pytest

from gateway.config import load
from scim_adapter import Can, Field, Native
from scim_adapter.http import Http, checked
from tests.backends import Shelf
from tests.scim.harness import Engine, replace_
from tests.site.built import ROOT
from tests.site.shown import FIELDS, PAGES, SEARCH, TEAMS, document, module, titled, written
from tests.tutorial.published import blocks
from tests.tutorial.typed import complaints

# -- map attributes ----------------------------------------------------------------------------------------------------


async def mapped() -> tuple[Engine, str]:
    """A gateway over the page's table that holds the page's record."""
    record: Native = document(FIELDS[0], "record.json")
    shelf = Shelf(key="id", can=Can(), fields=module(*FIELDS).FIELDS)
    shelf.records[record["id"]] = record
    engine = Engine(shelf)
    return engine, (await engine.find('userName eq "ada@example.com"'))[0]["id"]


async def test_the_record_of_the_page_is_its_resource() -> None:
    engine, id = await mapped()
    shown = (await engine.send("GET", f"/Users/{id}")).body
    assert shown["meta"]["created"] == "2026-01-31T08:00:00Z"
    assert {name: shown[name] for name in shown.keys() - {"schemas", "id", "meta"}} == document(
        FIELDS[0], "resource.json"
    )


@pytest.mark.parametrize(
    ("path", "value", "set"),
    [
        ("active", False, {"state": "blocked"}),
        ("roles", [{"value": "author"}], {"rights": ["author"]}),
        ('phoneNumbers[type eq "mobile"].value', "+44 20", {"mobile": "+44 20"}),
        ("password", "s3cret-enough", {"password": "s3cret-enough"}),
        ("userType", "guest", None),
    ],
)
async def test_a_change_is_written_in_the_words_of_the_table(path: str, value: Any, set: Native | None) -> None:
    engine, id = await mapped()
    answer = await engine.patch(id, replace_(path, value))
    assert answer.status == 200
    assert [change.set for change in engine.shelf.changes] == ([set] if set else [])
    assert answer.headers.get("x-scimgate-ignored") == (None if set else path)
    assert engine.shelf.records["4711"]["shoe_size"] == 38


async def test_a_default_is_made_of_what_was_sent() -> None:
    engine = Engine(Shelf(key="id", can=Can(), fields=module(*FIELDS).FIELDS))
    made = await engine.create("joan@example.com")
    assert (made.status, made.body["name"]) == (201, {"givenName": "joan"})


def test_the_rows_that_an_operator_adds_are_a_configuration(tmp_path: Path) -> None:
    text = next(block.text for block in blocks((PAGES / FIELDS[0]).read_text()) if block.language == "toml")
    start = '[connections.staff]\nadapter = "directory"\ntoken = { env = "TOKEN" }\nsettings = { path = ":memory:" }\n'
    (tmp_path / "gateway.toml").write_text(start + text)
    connection = load(tmp_path / "gateway.toml", {"TOKEN": "a-token-of-sixteen"}).connections["staff"]
    rows = tomllib.loads(text)["connections"]["staff"]["attributes"]
    assert connection.backend.attributes == {path: Field(row["native"]) for path, row in rows.items()}


# -- over HTTP ---------------------------------------------------------------------------------------------------------


def test_the_code_over_http_is_the_examples() -> None:
    source = (ROOT / "examples" / "json_service" / "__init__.py").read_text()
    shown = [block.text for block in blocks((PAGES / "adapter-over-http.md").read_text()) if block.language == "python"]
    assert shown
    for text in shown:
        assert text in source or textwrap.indent(text, "    ") in source, text


@pytest.mark.parametrize(
    ("repeatable", "first", "calls"),
    [
        (True, httpx.Response(503), 2),
        (False, httpx.Response(503), 1),
        (False, httpx.Response(429, headers={"retry-after": "0"}), 2),
        (True, httpx.ReadTimeout("slow"), 2),
        (False, httpx.ReadTimeout("slow"), 1),
        (False, httpx.ConnectError("refused"), 2),
    ],
)
async def test_what_is_repeated(repeatable: bool, first: httpx.Response | Exception, calls: int) -> None:
    answers: list[httpx.Response | Exception] = [first, httpx.Response(200, json={})]
    seen = []

    def answer(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        found = answers.pop(0)
        if isinstance(found, Exception):
            raise found
        return found

    http = Http("https://staff.example.com", wait=0.001, transport=httpx.MockTransport(answer))
    try:
        checked(await http.send("PUT", "/", repeatable=repeatable))
    except Exception:
        assert calls == 1
    await http.aclose()
    assert len(seen) == calls


# -- all pages ---------------------------------------------------------------------------------------------------------


@pytest.mark.slow
def test_the_code_of_the_pages_is_typed() -> None:
    assert complaints(*(written(page, name) for page, name in (SEARCH, TEAMS, FIELDS))) == ""


def test_every_file_of_a_page_is_tested() -> None:
    tested = {SEARCH, TEAMS, FIELDS, (FIELDS[0], "record.json"), (FIELDS[0], "resource.json")}
    assert {(page.name, name) for page in PAGES.glob("*.md") for name in titled(page.name)} == tested
