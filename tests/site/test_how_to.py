"""The code of the how-to pages keeps the contract, is typed, and does what the pages say of it."""

from __future__ import annotations

import json
import sqlite3
import textwrap
import tomllib
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from gateway.config import load
from scim_adapter import Can, Delta, Exists, Field, Get, Native, New, Query, Resource, Unavailable
from scim_adapter.http import Http, checked
from scim_adapter.testing import ResourceContract
from tests.backends import Shelf
from tests.scim.harness import Engine, replace_
from tests.site.built import ROOT
from tests.site.shown import PAGES, document, module, titled, written
from tests.tutorial.published import blocks
from tests.tutorial.typed import complaints

SEARCH = ("push-a-filter-down.md", "staff_search.py")
TEAMS = ("large-groups.md", "teams.py")
FIELDS = ("map-attributes.md", "staff_fields.py")


# -- push a filter down ------------------------------------------------------------------------------------------------


def staff(folder: Path) -> Resource:
    """The page's resource over a table with people in it."""
    with sqlite3.connect(folder / "staff.db") as connection:
        connection.execute("create table staff (id integer primary key, login text, mail text, name text)")
        people = [
            (f"{name}@example.com", f"{name}@Example.com", name) for name in ("Åsa", "o'Neil", "50%", "d_v", "ada")
        ]
        connection.executemany("insert into staff (login, mail, name) values (?, ?, ?)", people)
    connection.close()
    found: Resource = module(*SEARCH).Staff(str(folder / "staff.db"))
    return found


class TestStaffOfThePage(ResourceContract):
    @pytest.fixture
    def resource(self, tmp_path: Path) -> Resource:
        return staff(tmp_path)


@pytest.mark.parametrize(
    ("filter", "found"),
    [
        ('userName eq "ÅSA@example.com"', ["Åsa"]),
        ('userName eq "o\'neil@example.com"', ["o'Neil"]),
        ('userName eq "%"', []),
        ('emails[type eq "work"].value eq "ada@Example.com"', ["ada"]),
        ('userName sw "d"', ["d_v"]),
    ],
)
async def test_searches_of_the_page(tmp_path: Path, filter: str, found: list[str]) -> None:
    engine = Engine(staff(tmp_path))  # type: ignore[arg-type]
    assert [one["displayName"] for one in await engine.find(filter)] == found


# -- large groups ------------------------------------------------------------------------------------------------------


class Service:
    """Teams and their members behind httpx; a call takes up to a hundred members."""

    def __init__(self) -> None:
        self.teams: dict[str, tuple[str, list[str]]] = {}
        self.parcels: list[int] = []
        self.http = Http("https://teams.example.com", transport=httpx.MockTransport(self.answer))

    def answer(self, request: httpx.Request) -> httpx.Response:
        """The response to any request."""
        _, _, key, *rest = f"{request.url.path}/".split("/")
        if not key:
            return httpx.Response(200, json={"teams": [self._shown(one) for one in self.teams]})
        if key not in self.teams:
            return httpx.Response(404, json={"error": "There is no such team."})
        if rest[0] != "members":
            return httpx.Response(200, json=self._shown(key))
        members = self.teams[key][1]
        if request.method == "GET":
            start, count = (int(request.url.params[name]) for name in ("skip", "take"))
            return httpx.Response(200, json={"members": members[start : start + min(count, 700)]})
        body = json.loads(request.content)
        self.parcels.append(len(body["add"]) + len(body["remove"]))
        members += [one for one in body["add"] if one not in members]
        members[:] = [one for one in members if one not in body["remove"]]
        return httpx.Response(204)

    def _shown(self, key: str) -> dict[str, str]:
        return {"id": key, "name": self.teams[key][0]}


def teams(service: Service) -> Resource:
    """The page's resource, which creates teams too, for the kit."""

    class Created(module(*TEAMS).Teams):  # type: ignore[misc]
        async def create(self, new: New) -> str:
            key = f"t{len(service.teams) + 1}"
            if new.record["name"].lower() in {name.lower() for name, _ in service.teams.values()}:
                raise Exists(field="name")
            service.teams[key] = (new.record["name"], [one["value"] for one in new.record.get("members") or ()])
            return key

    found: Resource = Created(service.http)
    return found


class TestTeamsOfThePage(ResourceContract):
    @pytest.fixture
    async def resource(self) -> AsyncIterator[Resource]:
        service = Service()
        yield teams(service)
        await service.http.aclose()

    @pytest.fixture
    def targets(self) -> dict[str, list[str]]:
        return {"User": ["u1", "u2", "u3"]}


@pytest.mark.parametrize("answer", [{}, [], {"teams": None}, {"members": "u1"}])
async def test_an_answer_of_another_shape_is_no_answer(answer: Any) -> None:
    resource = module(*TEAMS).Teams(
        Http("https://teams.example.com", transport=httpx.MockTransport(lambda _: httpx.Response(200, json=answer)))
    )
    for call in (resource.find(Query()), resource.get(Get("t1"))):
        with pytest.raises(Unavailable):
            await call


async def test_members_come_and_go_in_parcels() -> None:
    service = Service()
    service.teams["t1"] = ("Nurses", [f"u{n}" for n in range(3000)])
    resource = module(*TEAMS).Teams(service.http)
    added = [f"new{n}" for n in range(250)]
    await resource.amend(Delta("t1", {}, "members", added, ["u0", "u1", "nobody"]))
    assert service.parcels == [103, 100, 50]
    assert (await resource.get(Get("t1")))["members"] == [*(f"u{n}" for n in range(2, 3000)), *added]
    assert "members" not in await resource.get(Get("t1", frozenset({"name"})))


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
    assert connection.attributes == {path: Field(row["native"]) for path, row in rows.items()}


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
