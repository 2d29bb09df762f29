"""Every row of the table of changes behind the gateway's back, column by column; who is not found is never written."""

from __future__ import annotations

from typing import Any

import pytest

from tests.end_to_end.processes import ROOT
from tests.matrix.behind import COLUMNS, EVENTS, table
from tests.scim.harness import CORE, Answer, Engine, replace_

CELLS = [(name, column) for name in EVENTS for column in COLUMNS]


async def answered(engine: Engine, id: str, column: str, login: str) -> Answer:
    """What a client is told in this column."""
    body: dict[str, Any] = {"schemas": [CORE], "userName": login, "displayName": "Countess", "active": True}
    match column:
        case "GET" | "DELETE":
            return await engine.send(column, f"/Users/{id}")
        case "PATCH":
            return await engine.patch(id, replace_("displayName", "Countess"), replace_("active", True))
        case "PUT":
            return await engine.send("PUT", f"/Users/{id}", body)
        case "POST":
            return await engine.send("POST", "/Users", body)
    return await engine.send("GET", "/Users", query=f"filter=userName+eq+%22{login}%22")


def told(answer: Answer, id: str) -> str:
    """The same in the words of the table."""
    if answer.body and "Resources" in answer.body:
        ids = [user["id"] for user in answer.body["Resources"]]
        assert answer.status == 200 and len(ids) < 2
        return "nobody" if not ids else "the id" if ids == [id] else "another id"
    if answer.status == 201:
        return "201, the id" if answer.id == id else "201, another id"
    return str(answer.status)


@pytest.mark.parametrize(("name", "column"), CELLS, ids=[f"{name}: {column}" for name, column in CELLS])
async def test_a_change_behind_the_gateways_back_is_answered_as_the_page_says(name: str, column: str) -> None:
    event = EVENTS[name]
    engine, id = await event.happened()
    written, stored = engine.shelf.writes, await rows(engine)
    await engine.counted()
    answer = await answered(engine, id, column, event.asked)
    assert told(answer, id) == event.answers[COLUMNS.index(column)]
    if answer.status == 404:
        assert "write" not in await engine.counted(), "who is not found is not written"
        assert (engine.shelf.writes, await rows(engine)) == (written, stored)
    await effective(engine, id, column, answer)
    await consistent(engine, answer)


async def effective(engine: Engine, id: str, column: str, answer: Answer) -> None:
    """What was answered with success has happened."""
    read = await engine.send("GET", f"/Users/{id}")
    if (column, answer.status) in (("PATCH", 200), ("PUT", 200)):
        assert (read.body["displayName"], read.body["active"]) == ("Countess", True)
    if (column, answer.status) == ("DELETE", 204):
        assert (read.status, next(iter(engine.shelf.records.values()))["enabled"]) == (404, False)


async def rows(engine: Engine) -> list[Any]:
    return [(row.key, row.values, row.etag) async for row in engine.store.inner.scan("acme.user", "")]


async def consistent(engine: Engine, answer: Answer) -> None:
    """However it was answered: one visible id for each account, in lists as by filters."""
    engine.restart()
    listed = (await engine.send("GET", "/Users")).body["Resources"]
    assert len({user["id"] for user in listed}) == len({user["userName"] for user in listed}) == len(listed)
    for user in listed:
        assert [one["id"] for one in await engine.find(f'userName eq "{user["userName"]}"')] == [user["id"]]
    if answer.status == 201:
        assert answer.id in {user["id"] for user in listed}


def test_the_page_has_the_table_of_changes() -> None:
    assert table() in (ROOT / "docs" / "explanation" / "identity-map.md").read_text(), table()
