"""What the directory does in the event loop, and what it leaves to its thread."""

from __future__ import annotations

import asyncio
import sqlite3
import threading
from collections.abc import Awaitable, Callable

import pytest

from adapters.directory import DirectoryAdapter, DirectorySettings
from scim_adapter import Condition, Get, Native, New, Page, Query
from tests.adapters.test_directory import change, create

Call = Callable[[DirectoryAdapter, Native, Native], Awaitable[object]]


def equal(field: str, value: str) -> Query:
    return Query((Condition(field, "eq", (value,)),))


CALLS: list[tuple[str, bool, Call]] = [
    ("a user by its key", True, lambda d, ada, _: d.users.get(Get(ada["id"]))),
    ("a user by its login", True, lambda d, *_: d.users.find(equal("login", "ada"))),
    ("a user by its key, searched", True, lambda d, ada, _: d.users.find(equal("id", ada["id"]))),
    ("a group by its name", True, lambda d, *_: d.groups.find(equal("name", "team"))),
    ("a group with its members, who may be many", False, lambda d, _, team: d.groups.get(Get(team["id"]))),
    ("an index that may lead to many", False, lambda d, *_: d.users.find(equal("external_id", "x"))),
    ("a search without an index", False, lambda d, *_: d.users.find(equal("title", "x"))),
    (
        "a login that is looked for in part",
        False,
        lambda d, *_: d.users.find(Query((Condition("login", "sw", ("a",)),))),
    ),
    ("a list", False, lambda d, *_: d.users.find(Query())),
    ("a write, which waits for other processes", False, lambda d, ada, _: d.users.update(change(ada, title="x"))),
]


@pytest.mark.parametrize(("why", "here", "call"), CALLS, ids=[why for why, _, _ in CALLS])
async def test_only_what_an_index_finds_at_once_is_read_in_the_event_loop(why: str, here: bool, call: Call) -> None:
    directory = DirectoryAdapter(DirectorySettings(path=":memory:"))
    ada = await create(directory.users)
    team = await directory.groups.create(New({"name": "team"}))
    threads: set[bool] = set()

    def told(_: str) -> None:
        threads.add(threading.current_thread() is threading.main_thread())

    await directory._database.read(lambda connection: connection.set_trace_callback(told))
    threads.clear()
    await call(directory, ada, team)
    assert threads == {here}, why
    await directory.aclose()


async def test_a_read_waits_in_the_thread_while_the_file_is_in_use_and_the_event_loop_goes_on() -> None:
    directory = DirectoryAdapter(DirectorySettings(path=":memory:"))
    ada = await create(directory.users)
    begun, end = threading.Event(), threading.Event()

    def work(_: sqlite3.Connection) -> bool:
        begun.set()
        return end.wait(30)

    long = asyncio.create_task(directory._database.read(work))
    await asyncio.to_thread(begun.wait)
    short = asyncio.create_task(directory.users.find(equal("login", "ada")))
    await asyncio.sleep(0.05)
    assert not long.done()
    assert not short.done(), "the loop came back here, and the read waits"
    end.set()
    assert await long
    page: Page = await short
    assert page.records == [ada]
    await directory.aclose()
