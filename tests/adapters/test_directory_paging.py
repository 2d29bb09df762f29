"""The pages of the embedded directory, and the directory that plays a poorer backend."""

from __future__ import annotations

from typing import Any

import pytest

from adapters.directory import DirectoryAdapter, DirectorySettings
from scim_adapter import (
    Ask,
    Can,
    Change,
    Condition,
    Exists,
    Get,
    Gone,
    Invalid,
    Native,
    New,
    Query,
    Resource,
)
from tests.adapters.test_directory import create


def poor(**settings: Any) -> DirectoryAdapter:
    return DirectoryAdapter(DirectorySettings(path=":memory:", **settings))


async def walked(users: Resource, limit: int, **query: Any) -> list[list[Native]]:
    """All pages by cursor."""
    pages = [await users.find(Query(limit=limit, **query))]
    while pages[-1].next is not None:
        assert len(pages) < 50
        pages.append(await users.find(Query(limit=limit, cursor=pages[-1].next, **query)))
    assert all(page.total is None for page in pages)
    return [list(page.records) for page in pages]


NAMES = [None, "b", "A", "ä", None, "Z", "b", ""]


@pytest.mark.parametrize("paging", ["offset", "cursor", "none"])
@pytest.mark.parametrize("limit", [1, 3, 8, 100])
@pytest.mark.parametrize("order", [None, "display_name", "login", "created"])
@pytest.mark.parametrize("descending", [False, True])
async def test_every_paging_finds_everything_once_in_order(
    paging: str, limit: int, order: str | None, descending: bool
) -> None:
    directory = poor(native_paging=paging)
    for number, name in enumerate(NAMES):
        await create(directory.users, login=f"u{number}", display_name=name, title="x" if number else "y")
    asked: dict[str, Any] = {"order": order, "descending": descending, "where": (Condition("title", "eq", ("X",)),)}
    records: list[Native] = []
    if paging == "cursor":
        pages = await walked(directory.users, limit, **asked)
        assert [len(page) for page in pages[:-1]] == [limit] * (len(pages) - 1)
        records = [record for page in pages for record in page]
    elif paging == "offset":
        while len(records) < 7:
            page = await directory.users.find(Query(limit=limit, offset=len(records), **asked))
            assert (page.total, page.next) == (7, None)
            records += page.records
    else:
        page = await directory.users.find(Query(limit=limit, offset=3, **asked))
        assert (page.total, page.next) == (None, None)
        records = list(page.records)
    await directory.aclose()
    assert len(records) == len({record["id"] for record in records}) == 7
    if order:
        values = [str(record[order]).casefold() for record in records if record[order]]
        assert values == sorted(values, reverse=descending)
        missing = [not record[order] for record in records]
        assert missing == sorted(missing, reverse=descending), "missing last, or first when descending"
    else:
        assert [record["id"] for record in records] == [str(n) for n in range(2, 9)]


@pytest.mark.parametrize("cursor", ["", "x", "0", "g1", "-1", "01", "1 or 1=1"])
async def test_a_cursor_that_is_none_is_invalid(cursor: str) -> None:
    directory = poor(native_paging="cursor")
    await create(directory.users)
    for order in (None, "login"):
        with pytest.raises(Invalid):
            await directory.users.find(Query(cursor=cursor, order=order))
    await directory.aclose()


async def test_a_cursor_outlives_its_record_where_nothing_is_sorted() -> None:
    directory = poor(native_paging="cursor")
    made = [await create(directory.users, login=login) for login in "abc"]
    first = await directory.users.find(Query(limit=1))
    await directory.users.delete(Gone(made[0]["id"], {}))
    rest = await directory.users.find(Query(cursor=first.next))
    assert [record["login"] for record in rest.records] == ["b", "c"]
    with pytest.raises(Invalid, match="gone"):
        await directory.users.find(Query(cursor=first.next, order="login"))
    await directory.aclose()


async def test_groups_have_cursors_too() -> None:
    directory = poor(native_paging="cursor")
    for name in "bca":
        await directory.groups.create(New({"name": name}))
    pages = await walked(directory.groups, 1, order="name")
    await directory.aclose()
    assert [record["name"] for [record] in pages] == ["a", "b", "c"]


async def test_what_is_hidden_is_not_declared_and_not_done() -> None:
    rich, bare = poor(), poor(native_filters=False, native_sort=False, native_versions=False, native_partial=False,
                              native_amend=False, native_repeats=False, native_paging="none")  # fmt: skip
    for resource in rich.resources():
        assert resource.can.filter and resource.can.sort and resource.can.offset and resource.can.partial
        assert resource.can.version == "version" and resource.can.repeatable_create
    for resource in bare.resources():
        assert resource.can == Can(partial=False)
    assert rich.groups.declares("amend")
    assert not bare.groups.declares("amend")
    for login in ("b", "a"):
        made = await create(bare.users, login=login)
        assert "version" not in made
    page = await bare.users.find(Query((Condition("login", "eq", ("a",)),), order="login", limit=1))
    assert [record["login"] for record in page.records] == ["b", "a"]
    await bare.users.create(New({"login": "c"}, Ask("op")))
    with pytest.raises(Exists):
        await bare.users.create(New({"login": "c"}, Ask("op")))
    await bare.aclose()


async def test_a_whole_record_replaces_all_but_the_password_and_keeps_members_when_they_are_sent() -> None:
    directory = poor(native_partial=False)
    ada = await create(directory.users, title="x", enabled=False, password_hash="p", roles=[{"value": "r"}])
    after = {"login": "ada", "display_name": "Ada"}
    changed = await directory.users.update(Change(ada["id"], ada, after, {"title": "ignored"}))
    assert changed
    assert (changed["display_name"], changed["title"], changed["roles"]) == ("Ada", None, None)
    [kept] = await directory._database.read(lambda c: c.execute("select password_hash from users").fetchone())
    assert kept is not None
    made = await directory.groups.create(New({"name": "g", "external_id": "E", "members": [{"value": ada["id"]}]}))
    await directory.groups.update(Change(made["id"], made, {**made, "name": "h"}, {}))
    assert (await directory.groups.get(Get(made["id"]))).items() >= {
        "name": "h", "external_id": "E", "members": made["members"]}.items()  # fmt: skip
    await directory.groups.update(Change(made["id"], made, {"name": "h"}, {}))
    assert (await directory.groups.get(Get(made["id"])))["members"] == []
    await directory.aclose()
