"""What a process remembers of issued tokens: on every store, with a clock of the test's own."""

from __future__ import annotations

import asyncio
import logging
import uuid
from collections.abc import AsyncIterator, Sequence
from pathlib import Path

import pytest

from gateway.authentication import issued, ledger
from gateway.authentication.access import FORM, AccessTokens, forget
from gateway.authentication.issued import Issued, IssuedTokens, TokenRefused, issue, listed, revoke
from gateway.authentication.ledger import PARTITION, Ledger
from gateway.stores.azure_tables import TableStore
from gateway.stores.memory import MemoryStore
from gateway.stores.sqlite import SqliteStore
from scim.identity.store import Operation, Row, Store, StoreUnavailable


class Counting:
    """A store that counts what it is asked, and can be out of order."""

    def __init__(self, store: Store) -> None:
        self.store, self.scans, self.commits, self.down = store, 0, 0, False

    async def get(self, partition: str, key: str) -> Row | None:
        return await self.store.get(partition, key)

    async def scan(self, partition: str, prefix: str) -> AsyncIterator[Row]:
        self.scans += 1
        await asyncio.sleep(0)  # as long as a store takes, others may come
        if self.down:
            raise StoreUnavailable("down")
        async for row in self.store.scan(partition, prefix):
            yield row

    async def commit(self, partition: str, operations: Sequence[Operation]) -> Sequence[str]:
        self.commits += 1
        if self.down:
            raise StoreUnavailable("down")
        return await self.store.commit(partition, operations)

    async def aclose(self) -> None:
        await self.store.aclose()


class Process:
    """A gateway's memory of tokens, on a store that others use too."""

    def __init__(self, store: Store) -> None:
        self.now, self.store = 1000.0, Counting(store)
        self.ledger = Ledger(lambda: self.store, lambda: self.now)
        self.tokens, self.access = IssuedTokens(self.ledger), AccessTokens(self.ledger)

    async def opens(self, token: str, connection: str = "acme") -> bool:
        found = issued.FORM.fullmatch(token)
        assert found
        return await self.tokens.open(connection, found["id"], token)

    async def takes(self, token: str, *credentials: bytes, connection: str = "acme") -> bool:
        found = FORM.fullmatch(token)
        assert found
        return await self.access.open(connection, found, credentials)

    async def settle(self) -> None:
        """Let what was put off be done."""
        await self.ledger.aclose()


@pytest.fixture(params=["memory", "sqlite", pytest.param("tables", marks=pytest.mark.slow)])
async def store(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Store]:
    opened: Store = MemoryStore()
    if request.param == "sqlite":
        opened = SqliteStore(tmp_path / "gateway.db")
    elif request.param == "tables":
        opened = TableStore(request.getfixturevalue("tables"), f"t{uuid.uuid4().hex}")
    yield opened
    await opened.aclose()


@pytest.fixture
async def memory() -> AsyncIterator[Process]:
    process = Process(MemoryStore())
    yield process
    await process.settle()


async def used(store: Store) -> float:
    [one] = await listed(store, "acme")
    return one.used


async def test_a_token_opens_its_connection_until_it_is_revoked(store: Store) -> None:
    here, there = Process(store), Process(store)
    made, token = await issue(store, "acme", "Zoë", 30)
    assert token not in str([row async for row in store.scan(PARTITION, "")])
    assert await here.opens(token) and await there.opens(token)
    assert not await here.opens(token, "acm") and not await here.opens(token[:-3] + "AAA")
    assert [one.name for one in await listed(store, "acme")] == ["Zoë"]
    await here.settle()
    await there.settle()
    await revoke(store, "acme", made.id)
    for process in (here, there):
        process.now += ledger.MOST_SECONDS
        assert not await process.opens(token)
    assert await listed(store, "acme") == []
    with pytest.raises(TokenRefused):
        await revoke(store, "acme", made.id)


async def test_a_right_token_costs_one_scan_a_minute_and_a_wrong_one_no_more(memory: Process) -> None:
    _, token = await issue(memory.store.store, "acme", "", 30)
    for second in range(120):
        memory.now = 1000.0 + second
        assert await memory.opens(token)
    await memory.settle()
    assert memory.store.scans <= 5, "each half minute in the background"
    before = memory.store.scans
    for _ in range(50):
        assert not await memory.opens(f"sgt_{'a' * 12}_{'b' * 43}")
        assert not await memory.opens(f"sgt_{'a' * 12}_{'b' * 43}", "unknown")
    assert memory.store.scans <= before + 1


async def test_tokens_are_renewed_in_the_background_before_they_are_too_old(memory: Process) -> None:
    made, token = await issue(memory.store.store, "acme", "", 30)
    assert await memory.opens(token)
    await memory.settle()
    await revoke(memory.store.store, "acme", made.id)
    memory.now += ledger.RENEW_SECONDS
    assert await memory.opens(token), "this request does not wait for the store"
    await memory.settle()
    assert not await memory.opens(token), "the next one knows"


async def test_a_revoked_token_works_a_minute_at_most_and_not_a_second_longer(memory: Process) -> None:
    made, token = await issue(memory.store.store, "acme", "", 30)
    assert await memory.opens(token)
    await memory.settle()
    await revoke(memory.store.store, "acme", made.id)
    memory.now += ledger.RENEW_SECONDS - 1
    assert await memory.opens(token)
    memory.now += ledger.MOST_SECONDS - ledger.RENEW_SECONDS + 1
    assert not await memory.opens(token)


async def test_a_new_token_works_after_two_seconds_in_a_process_that_has_just_looked(memory: Process) -> None:
    assert not await memory.opens(f"sgt_{'a' * 12}_{'b' * 43}")
    _, token = await issue(memory.store.store, "acme", "", 30)
    memory.now += ledger.AGAIN_SECONDS
    assert await memory.opens(token)


async def test_the_last_use_is_written_later_and_once_an_hour(memory: Process, monkeypatch: pytest.MonkeyPatch) -> None:
    _, token = await issue(memory.store.store, "acme", "", 30)
    assert await used(memory.store.store) == 0
    for _ in range(3):
        assert await memory.opens(token)
        assert memory.store.commits == 0, "nobody waits for it"
    await memory.settle()
    first = await used(memory.store.store)
    assert first > 0 and memory.store.commits == 1
    for ahead, commits in ((ledger.USE_SECONDS - 60, 1), (ledger.USE_SECONDS + 1, 2)):
        monkeypatch.setattr("gateway.authentication.ledger.time.time", lambda ahead=ahead: first + ahead)
        memory.now += ledger.MOST_SECONDS
        assert await memory.opens(token)
        await memory.settle()
        assert memory.store.commits == commits
    assert await used(memory.store.store) == first + ledger.USE_SECONDS + 1


async def test_a_use_that_is_written_late_brings_no_revoked_token_back(store: Store) -> None:
    process = Process(store)
    made, token = await issue(store, "acme", "", 30)
    await process.ledger.find("acme.x")
    await revoke(store, "acme", made.id)
    assert await process.opens(token)
    await process.settle()
    assert await listed(store, "acme") == []


async def test_an_expired_token_opens_nothing_and_its_operator_is_told_before_and_after(
    memory: Process, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.WARNING, "scimgate")
    made, token = await issue(memory.store.store, "acme", "", issued.SOON - 1)
    for _ in range(3):
        assert await memory.opens(token)
    end = issued.day(made.expires)
    assert caplog.messages == [f"The token {made.id} of acme expires on {end}: issue the next one."]
    monkeypatch.setattr("gateway.authentication.issued.time.time", lambda: made.expires)
    assert not await memory.opens(token)
    assert caplog.messages[-1] == f"The token {made.id} of acme has expired and is still used: issue another one."
    assert not await memory.opens(token[:-3] + "AAA") and len(caplog.messages) == 2, "a stranger's is not told"
    assert [one.expired for one in await listed(memory.store.store, "acme")] == [True]


async def test_a_token_that_has_long_to_live_is_no_warning(memory: Process, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.WARNING, "scimgate")
    _, token = await issue(memory.store.store, "acme", "", issued.SOON + 1)
    assert await memory.opens(token) and caplog.messages == []


async def test_a_store_that_is_down_is_told_and_not_taken_for_a_wrong_token(memory: Process) -> None:
    _, token = await issue(memory.store.store, "acme", "", 30)
    assert await memory.opens(token)
    await memory.settle()
    memory.store.down = True
    memory.now += ledger.RENEW_SECONDS
    assert await memory.opens(token), "what is remembered goes on for its minute"
    await memory.settle()
    memory.now += ledger.MOST_SECONDS
    with pytest.raises(StoreUnavailable):
        await memory.opens(token)
    memory.store.down = False
    assert await memory.opens(token)


async def test_many_requests_at_once_ask_the_store_once(memory: Process) -> None:
    _, token = await issue(memory.store.store, "acme", "", 30)
    assert all(await asyncio.gather(*(memory.opens(token) for _ in range(50))))
    assert memory.store.scans == 1


async def test_who_waits_while_the_store_fails_fails_with_it(memory: Process) -> None:
    _, token = await issue(memory.store.store, "acme", "", 30)
    memory.store.down = True
    told = await asyncio.gather(*(memory.opens(token) for _ in range(50)), return_exceptions=True)
    assert {type(one) for one in told} == {StoreUnavailable}
    assert memory.store.scans == 2, "one that began before they came, and one for all of them: no queue of time-outs"
    memory.store.down = False
    assert await memory.opens(token)


async def test_a_connection_has_twenty_tokens_at_most(memory: Process) -> None:
    made: list[Issued] = [(await issue(memory.store, "acme", str(n), 30))[0] for n in range(issued.MOST)]
    with pytest.raises(TokenRefused, match="revoke one"):
        await issue(memory.store, "acme", "one more", 30)
    await issue(memory.store, "acme-2", "another connection", 30)
    await revoke(memory.store, "acme", made[0].id)
    await issue(memory.store, "acme", "one more", 30)


# -- access tokens -----------------------------------------------------------------------------------------------------


async def test_two_processes_agree_on_the_key_of_a_connection(store: Store) -> None:
    here, there = Process(store), Process(store)
    first, second = await asyncio.gather(here.access.sign("acme", b"one", 60), there.access.sign("acme", b"one", 60))
    for process in (here, there):
        assert await process.takes(first, b"other", b"one") and await process.takes(second, b"one")
    assert not await here.takes(first, b"one", connection="other")
    assert await listed(store, "acme") == [], "the key is no token"


async def test_a_credential_that_is_gone_takes_its_access_tokens_along(memory: Process) -> None:
    token = await memory.access.sign("acme", b"old secret", 60)
    assert await memory.takes(token, b"old secret", b"new secret")
    assert not await memory.takes(token, b"new secret")
    assert not await memory.takes(token)


async def test_an_access_token_ends(memory: Process, monkeypatch: pytest.MonkeyPatch) -> None:
    token = await memory.access.sign("acme", b"one", 60)
    found = FORM.fullmatch(token)
    assert found
    for ahead, opens in ((-1, True), (0, False)):
        monkeypatch.setattr("gateway.authentication.access.time.time", lambda n=ahead: int(found["expires"]) + n)
        assert await memory.takes(token, b"one") is opens


async def test_a_process_that_has_just_looked_takes_a_token_of_a_key_that_is_new(memory: Process) -> None:
    there = Process(memory.store.store)
    assert not await memory.opens(f"sgt_{'a' * 12}_{'b' * 43}")
    token = await there.access.sign("acme", b"one", 60)
    memory.now += ledger.AGAIN_SECONDS
    assert await memory.takes(token, b"one")


async def test_a_process_that_remembers_a_key_takes_a_token_of_the_next_one(memory: Process) -> None:
    there = Process(memory.store.store)
    old = await memory.access.sign("acme", b"one", 60)
    assert await memory.takes(old, b"one")
    await forget(memory.store.store, "acme")
    new = await there.access.sign("acme", b"one", 60)
    memory.now += ledger.AGAIN_SECONDS
    assert await memory.takes(new, b"one")
    assert not await memory.takes(old, b"one")


async def test_many_clients_that_come_first_at_once_get_tokens_of_one_key(memory: Process) -> None:
    tokens = await asyncio.gather(*(memory.access.sign("acme", b"one", 60) for _ in range(50)))
    assert {FORM.fullmatch(token)["key"] for token in tokens} == {FORM.fullmatch(tokens[0])["key"]}  # type: ignore[index]
    assert memory.store.scans <= 5, "who waits while others read reads no more"
