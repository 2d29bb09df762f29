"""The code of the pages on filters and on large groups keeps the contract and does what they say."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from scim_adapter import Delta, Exists, Get, New, Query, Resource, Unavailable
from scim_adapter.http import Http
from scim_adapter.testing import ResourceContract
from tests.scim.harness import Engine
from tests.site.shown import SEARCH, TEAMS, module

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
