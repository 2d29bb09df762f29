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
    ("a page of a list", True, lambda d, *_: d.users.find(Query(offset=1))),
    ("a page of groups", True, lambda d, *_: d.groups.find(Query())),
    ("a long page", False, lambda d, *_: d.users.find(Query(limit=1000))),
    ("a page of a list in an order", False, lambda d, *_: d.users.find(Query(order="login"))),
    ("a write, which waits for other processes", False, lambda d, ada, _: d.users.update(change(ada, title="x"))),
]


async def test_everything_at_once_is_read_in_the_thread() -> None:
    directory = DirectoryAdapter(DirectorySettings(path=":memory:", native_paging="none"))
    await create(directory.users)
    assert await threads_of(directory, directory.users.find(Query())) == {False}
    await directory.aclose()


async def test_who_reads_page_after_page_lets_others_have_their_turn() -> None:
    directory = DirectoryAdapter(DirectorySettings(path=":memory:"))
    await create(directory.users)
    turns: list[str] = []

    async def pages() -> None:
        for _ in range(3):
            await directory.users.find(Query())
            turns.append("page")

    async def other() -> None:
        for _ in range(3):
            turns.append("other")
            await asyncio.sleep(0)

    await asyncio.gather(pages(), other())
    assert turns[-1] == "page"
    assert "page other page" in " ".join(turns)
    await directory.aclose()


async def threads_of(directory: DirectoryAdapter, call: Awaitable[object]) -> set[bool]:
    """Where statements ran: in this thread or not."""
    threads: set[bool] = set()

    def told(_: str) -> None:
        threads.add(threading.current_thread() is threading.main_thread())

    await directory._database.read(lambda connection: connection.set_trace_callback(told))
    threads.clear()
    await call
    return threads


@pytest.mark.parametrize(("why", "here", "call"), CALLS, ids=[why for why, _, _ in CALLS])
async def test_only_what_an_index_finds_at_once_is_read_in_the_event_loop(why: str, here: bool, call: Call) -> None:
    directory = DirectoryAdapter(DirectorySettings(path=":memory:"))
    ada = await create(directory.users)
    team = await directory.groups.create(New({"name": "team"}))
    assert await threads_of(directory, call(directory, ada, team)) == {here}, why
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
