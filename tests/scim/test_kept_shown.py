"""What the rows of the map hold and what is shown of it: only what the connection keeps today, and no password ever."""

from __future__ import annotations

import json
from typing import Any

import pytest

from scim.identity.ids import mapping_key
from tests.backends import FIELDS, Shelf
from tests.scim.harness import ENTERPRISE, Engine, replace_
from tests.scim.test_cursors import walk

NO_PASSWORD = {path: field for path, field in FIELDS.items() if path != "password"}
HELD = {
    "password": "never to be seen",
    "title": "Dr.",
    "externalId": "E-1",
    f"{ENTERPRISE}:division": "North",
    "urn:example:gone:size": "43",
    "shoe": "left",
}
ROWS: list[tuple[str, dict[str, Any], dict[str, Any], list[str]]] = [
    ("externalId alone is kept", {}, NO_PASSWORD, ["externalId"]),
    ("all is kept", {"unmapped": "keep"}, NO_PASSWORD, ["externalId", "title", f"{ENTERPRISE}:division"]),
    ("what is named is kept", {"keep": ("title", "password")}, NO_PASSWORD, ["title"]),
    ("nothing is kept", {"keep": ()}, NO_PASSWORD, []),
    ("what is mapped by now is the backend's", {"unmapped": "keep"}, {**NO_PASSWORD, "title": "post"},
     ["externalId", f"{ENTERPRISE}:division"]),
]  # fmt: skip


async def held(fields: Any, options: Any) -> tuple[Engine, str]:
    """Somebody whose row was written by a gateway that kept everything."""
    engine = Engine(Shelf(fields=fields), **options)
    id = (await engine.create("ada@x")).id
    await keep(engine, id, HELD)
    return engine, id


async def keep(engine: Engine, id: str, values: dict[str, Any]) -> None:
    link = await engine.map.link("User", id)
    assert link is not None
    await engine.map.keep("User", link, values)


def shown(resource: Any) -> list[str]:
    """The held paths that a resource has, with the values that are held."""
    extension = resource.get(ENTERPRISE, {})
    flat = {**resource, **{f"{ENTERPRISE}:{name}": value for name, value in extension.items()}}
    assert "never to be seen" not in json.dumps(resource) and "urn:example:gone" not in resource
    assert (ENTERPRISE in resource["schemas"]) == bool(extension)
    return [path for path in flat if path in HELD and flat[path] == HELD[path]]


@pytest.mark.parametrize(("why", "options", "fields", "expected"), ROWS, ids=[row[0] for row in ROWS])
async def test_only_what_the_connection_keeps_today_is_shown(
    why: str, options: Any, fields: Any, expected: list[str]
) -> None:
    engine, id = await held(fields, options)
    alone = (await engine.send("GET", f"/Users/{id}")).body
    assert sorted(shown(alone)) == sorted(expected), why
    for found in (
        (await engine.send("GET", "/Users")).body["Resources"],
        (await engine.send("POST", "/Users/.search", {"sortBy": "userName"})).body["Resources"],
        await engine.find('userName eq "ada@x"'),
        await engine.find("active eq true"),
        await walk(engine, 10),
        [(await engine.patch(id, replace_("active", True))).body],
        [(await engine.send("PUT", f"/Users/{id}", alone)).body],
    ):
        assert found == [alone], why
    asked = await engine.send("GET", f"/Users/{id}", query="attributes=password,title")
    assert "password" not in asked.body


async def test_the_next_change_of_what_is_kept_leaves_no_password_behind() -> None:
    engine, id = await held(NO_PASSWORD, {})
    changed = await engine.patch(id, replace_("externalId", "E-2"))
    assert (changed.status, shown(changed.body), changed.body["externalId"]) == (200, [], "E-2")
    row = await engine.store.get(engine.map.partition("User"), mapping_key(id))
    assert row is not None and "never to be seen" not in str(row.values)
    indexes = [row async for row in engine.store.scan(engine.map.partition("User"), "x.")]
    assert len(indexes) == 1, "of externalId"


async def test_a_version_stands_for_what_is_shown() -> None:
    engine, id = await held(NO_PASSWORD, {})
    before = (await engine.send("GET", f"/Users/{id}")).headers["etag"]
    await keep(engine, id, {**HELD, "password": "another", "title": "Prof."})
    same = await engine.send("GET", f"/Users/{id}", if_none_match=before)
    assert same.status == 304
