"""The groups of the embedded directory: members of both types, at any depth, in any number."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from adapters.directory import DirectoryAdapter, DirectorySettings
from scim_adapter import (
    Ask,
    Change,
    Condition,
    Delta,
    Exists,
    Get,
    Gone,
    Invalid,
    Native,
    New,
    NotFound,
    Query,
    Stale,
)


@pytest.fixture(params=["file", ":memory:"])
async def directory(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[DirectoryAdapter]:
    adapter = DirectoryAdapter(
        DirectorySettings(path=str(tmp_path / "d.db") if request.param == "file" else ":memory:")
    )
    yield adapter
    await adapter.aclose()


async def user(directory: DirectoryAdapter, login: str = "ada", **values: Any) -> str:
    return str((await directory.users.create(New({"login": login, **values})))["id"])


async def group(directory: DirectoryAdapter, name: str, *keys: str, **values: Any) -> str:
    members = [{"value": key} for key in keys]
    return str((await directory.groups.create(New({"name": name, "members": members, **values})))["id"])


async def held(directory: DirectoryAdapter, key: str) -> list[str]:
    return [one["value"] for one in (await directory.groups.get(Get(key)))["members"]]


async def amend(directory: DirectoryAdapter, key: str, added: Any = (), removed: Any = ()) -> None:
    await directory.groups.amend(Delta(key, {}, "members", added, removed))


def change(before: Native, **values: Any) -> Change:
    return Change(before["id"], before, {**before, **values}, values, version=str(before["version"]))


async def test_a_group_comes_back_with_its_members_their_types_and_names(directory: DirectoryAdapter) -> None:
    ada, bob = await user(directory, display_name="Ada"), await user(directory, "bob")
    inner = await group(directory, "Inner")
    members = [{"value": inner, "type": "Group"}, {"value": bob}, {"value": ada, "type": "User"}]
    made = await directory.groups.create(New({"name": "Outer", "external_id": "X", "members": members}))
    assert (made["name"], made["external_id"], made["version"]) == ("Outer", "X", 1)
    assert made["members"] == [
        {"value": ada, "type": "User", "display": "Ada"},
        {"value": bob, "type": "User", "display": "bob"},
        {"value": inner, "type": "Group", "display": "Inner"},
    ]
    assert await directory.groups.get(Get(made["id"])) == made
    page = await directory.groups.find(Query())
    assert page.total == 2
    assert not [record for record in page.records if "members" in record], "lists have no members"


async def test_keys_of_users_and_groups_never_meet(directory: DirectoryAdapter) -> None:
    ada, admins = await user(directory), await group(directory, "Admins")
    assert ada != admins
    with pytest.raises(NotFound):
        await directory.users.get(Get(admins))
    with pytest.raises(NotFound):
        await directory.groups.get(Get(ada))


@pytest.mark.parametrize(("first", "second"), [("Admins", "ADMINS"), ("Straße", "STRASSE"), ("zoë", "ZOË")])
async def test_a_name_is_taken_in_any_case(directory: DirectoryAdapter, first: str, second: str) -> None:
    await group(directory, first)
    other = await directory.groups.create(New({"name": "other"}))
    with pytest.raises(Exists) as refused:
        await group(directory, second)
    assert refused.value.field == "name"
    with pytest.raises(Exists):
        await directory.groups.update(change(other, name=second))


@pytest.mark.parametrize("record", [{}, {"name": ""}, {"name": None}])
async def test_a_group_without_a_name_is_invalid(directory: DirectoryAdapter, record: Native) -> None:
    with pytest.raises(Invalid) as refused:
        await directory.groups.create(New(record))
    assert refused.value.field == "name"


async def test_the_same_operation_makes_one_group(directory: DirectoryAdapter) -> None:
    ada = await user(directory)
    new = New({"name": "Admins", "members": [{"value": ada}]}, Ask("op-1"))
    first = await directory.groups.create(new)
    assert await directory.groups.create(new) == first
    assert (await directory.groups.find(Query())).total == 1


@pytest.mark.parametrize("key", ["99", "g99", "x", "", "g", "-1", "01", "g01", "gg1", "1.0", "None"])
async def test_an_unknown_member_is_refused_and_nothing_is_written(directory: DirectoryAdapter, key: str) -> None:
    ada = await user(directory)
    admins = await group(directory, "Admins")
    before = await directory.groups.get(Get(admins))
    for attempt in (
        group(directory, "New", ada, key),
        amend(directory, admins, [ada, key]),
        directory.groups.update(change(before, members=[{"value": key}, {"value": ada}])),
    ):
        with pytest.raises(Invalid) as refused:
            await attempt
        assert refused.value.field == "members"
    assert await held(directory, admins) == []
    assert (await directory.groups.find(Query())).total == 1


async def test_many_unknown_members_are_named_up_to_ten(directory: DirectoryAdapter) -> None:
    admins = await group(directory, "Admins")
    with pytest.raises(Invalid, match=r"key x0, .*, x9 and 2 more\.$"):
        await amend(directory, admins, [f"x{n}" for n in range(12)])


async def test_a_group_never_holds_itself_at_any_depth(directory: DirectoryAdapter) -> None:
    inmost = await group(directory, "3")
    middle = await group(directory, "2", inmost)
    outer = await group(directory, "1", middle)
    for parent, child in [(inmost, outer), (inmost, middle), (middle, outer), (outer, outer)]:
        with pytest.raises(Invalid) as refused:
            await amend(directory, parent, [child])
        assert refused.value.field == "members"
        with pytest.raises(Invalid):
            await directory.groups.update(change(await directory.groups.get(Get(parent)), members=[{"value": child}]))
    assert [await held(directory, key) for key in (outer, middle, inmost)] == [[middle], [inmost], []]
    await amend(directory, outer, [inmost])
    assert await held(directory, outer) == [inmost, middle], "twice below is no circle"


async def test_an_amendment_is_idempotent_and_moves_the_version_only_with_the_members(
    directory: DirectoryAdapter,
) -> None:
    a, b, c = [await user(directory, login) for login in "abc"]
    admins = await group(directory, "Admins", a, b)
    for _ in range(2):
        await amend(directory, admins, [b, c, c], [a, "99", "nobody"])
        assert await held(directory, admins) == [b, c]
        assert (await directory.groups.get(Get(admins)))["version"] == 2
    with pytest.raises(NotFound):
        await amend(directory, "g99", [a])


async def test_an_update_replaces_members_and_keeps_what_is_unsaid(directory: DirectoryAdapter) -> None:
    a, b, c = [await user(directory, login) for login in "abc"]
    admins = await group(directory, "Admins", a, b, external_id="X")
    before = await directory.groups.get(Get(admins))
    await directory.groups.update(change(before, members=[{"value": b}, {"value": c}]))
    assert await held(directory, admins) == [b, c]
    with pytest.raises(Stale):
        await directory.groups.update(change(before, members=[]))
    await directory.groups.update(change(await directory.groups.get(Get(admins)), name="admins"))
    assert await held(directory, admins) == [b, c]
    await directory.groups.update(change(await directory.groups.get(Get(admins)), members=None))
    after = await directory.groups.get(Get(admins))
    assert (after["members"], after["external_id"], after["name"]) == ([], "X", "admins")


async def test_a_user_shows_its_groups_direct_and_indirect(directory: DirectoryAdapter) -> None:
    ada, bob = await user(directory), await user(directory, "bob")
    inner = await group(directory, "Inner", ada)
    outer = await group(directory, "Outer", inner, bob)
    top = await group(directory, "Top", outer, ada)
    assert (await directory.users.get(Get(ada)))["groups"] == [
        {"value": inner, "display": "Inner", "type": "direct"},
        {"value": outer, "display": "Outer", "type": "indirect"},
        {"value": top, "display": "Top", "type": "direct"},
    ]
    assert [one["type"] for one in (await directory.users.get(Get(bob)))["groups"]] == ["direct", "indirect"]
    found = {record["id"]: record["groups"] for record in (await directory.users.find(Query())).records}
    assert found == {one: (await directory.users.get(Get(one)))["groups"] for one in (ada, bob)}, "a list has the same"
    spared = await directory.users.find(Query(fields=frozenset(("login",))))
    assert not [record for record in spared.records if "groups" in record], "they are read only where they are shown"


async def test_the_deleted_leave_their_groups_and_those_move_on(directory: DirectoryAdapter) -> None:
    ada = await user(directory)
    inner = await group(directory, "Inner", ada)
    outer = await group(directory, "Outer", ada, inner)
    await directory.users.delete(Gone(ada, {}))
    assert (await held(directory, inner), await held(directory, outer)) == ([], [inner])
    assert (await directory.groups.get(Get(outer)))["version"] == 2
    await directory.groups.delete(Gone(inner, {}))
    assert await held(directory, outer) == []
    with pytest.raises(NotFound):
        await directory.groups.delete(Gone(inner, {}))
    assert await group(directory, "Inner") != inner, "a key is never used again"
    await directory.groups.delete(Gone(outer, {}))
    [left] = await directory._database.read(lambda c: c.execute("select count(*) from members").fetchone())
    assert left == 0


async def test_groups_are_found_by_name_and_by_member(directory: DirectoryAdapter) -> None:
    ada, bob = await user(directory), await user(directory, "bob")
    inner = await group(directory, "Straße", ada)
    outer = await group(directory, "Outer", inner, bob)
    for where, keys in [
        ((Condition("name", "eq", ("STRASSE",)),), [inner]),
        ((Condition("members", "eq", (ada,)),), [inner]),
        ((Condition("members", "eq", (inner,)),), [outer]),
        ((Condition("id", "eq", (outer,)), Condition("members", "eq", (bob,))), [outer]),
        ((Condition("id", "eq", (outer,)), Condition("members", "eq", (ada,))), []),
        ((Condition("members", "eq", ("x",)),), []),
        ((Condition("id", "eq", (ada,)),), []),
    ]:
        assert [record["id"] for record in (await directory.groups.find(Query(where))).records] == keys, where
    for key, logins in [(inner, ["ada"]), (outer, ["ada", "bob"]), (ada, [])]:
        page = await directory.users.find(Query((Condition("groups", "eq", (key,)),)))
        assert [record["login"] for record in page.records] == logins


async def test_members_are_not_read_where_they_are_not_asked_for(directory: DirectoryAdapter) -> None:
    ada = await user(directory)
    admins = await group(directory, "Admins", ada)
    asked: list[str] = []
    await directory._database.read(lambda connection: connection.set_trace_callback(asked.append))
    found = await directory.groups.get(Get(admins, fields=frozenset({"name"})))
    assert found.keys() == {"id", "name", "version"}
    await directory._database.read(lambda connection: connection.set_trace_callback(None))
    assert asked
    assert not [statement for statement in asked if "members" in statement]
    assert await held(directory, admins) == [ada]


@pytest.mark.slow
async def test_a_thousand_changes_in_a_group_of_fifty_thousand_cost_a_thousand(directory: DirectoryAdapter) -> None:
    def fill(connection: Any) -> None:
        row = "insert into users (id, login, login_folded, created, modified) values (?, ?, ?, '', '')"
        connection.executemany(row, ((n, f"u{n}", f"u{n}") for n in range(1, 50_501)))
        connection.execute("insert into groups (name, name_folded, created, modified) values ('all', 'all', '', '')")
        connection.executemany("insert into members values (1, ?)", ((n,) for n in range(1, 50_001)))

    await directory._database.write(fill)
    added, removed = [str(n) for n in range(50_001, 50_501)], [str(n) for n in range(1, 501)]
    steps = 0

    def count() -> None:
        nonlocal steps
        steps += 1

    await directory._database.read(lambda connection: connection.set_progress_handler(count, 1000))
    began = time.monotonic()
    await amend(directory, "g1", added, removed)
    print(f"1,000 changes: {time.monotonic() - began:.3f} s")
    await directory._database.read(lambda connection: connection.set_progress_handler(None, 0))
    assert steps < 50, "thousands of SQLite's steps; reading the list alone would take hundreds"
    keys = await held(directory, "g1")
    assert (len(keys), keys[0], keys[-1]) == (50_000, "501", "50500")
