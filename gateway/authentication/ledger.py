"""What the identity store knows of tokens, as this process remembers it.

All rows of all connections are read at once, so an unknown connection costs what a known one costs. A right token is
answered from memory; what is remembered is renewed in the background and never older than a minute, which is how long a
revoked token may go on to work. A token that is not remembered is looked for again, at most every two seconds.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Coroutine, Mapping

from scim.identity.store import Conflict, Insert, Replace, Row, Store, StoreUnavailable, Value

PARTITION = "gateway.tokens"
"""A connection's map has partitions of other names: its own, NAME.user and NAME.group."""
RENEW_SECONDS = 30.0
MOST_SECONDS = 60.0
AGAIN_SECONDS = 2.0
USE_SECONDS = 3600.0
"""Between two writes of when a token was last used."""
log = logging.getLogger("scimgate")


class Ledger:
    """Rows by key, `CONNECTION.ID`. `clock` tells ages, in seconds."""

    def __init__(self, store: Callable[[], Store], clock: Callable[[], float] = time.monotonic) -> None:
        self._store, self._clock = store, clock
        self._rows: dict[str, Row] = {}
        self._read, self._reads = float("-inf"), 0
        self._fault: StoreUnavailable | None = None
        self._reading = asyncio.Lock()
        self._behind: set[asyncio.Task[None]] = set()
        self._renewing = False

    async def find(self, key: str, fits: Callable[[Row], bool] = lambda row: True) -> Row | None:
        """The row of this key if it fits, at most a minute old; raises what the store raises."""
        age = self._age()
        if age >= MOST_SECONDS:
            await self._renew(MOST_SECONDS)
        elif age >= RENEW_SECONDS and not self._renewing:
            self._renewing = True
            self._later(self._renew_quietly())
        row = self._rows.get(key)
        if row is not None and fits(row):
            return row
        await self._renew(AGAIN_SECONDS)
        row = self._rows.get(key)
        return row if row is not None and fits(row) else None

    async def put(self, key: str, values: Mapping[str, Value]) -> Row:
        """The row of this key as the store has it now; made with these values if it is missing."""
        await self._renew(0)
        if key not in self._rows:
            try:
                await self._store().commit(PARTITION, [Insert(key, values)])
            except Conflict:
                log.debug("Another process made %s first.", key)
            await self._renew(0)
        return self._rows[key]

    def note_use(self, row: Row) -> bool:
        """Write down that a token was used, later and once an hour; one that was revoked meanwhile stays revoked.

        True if this use is one that is written.
        """
        now = time.time()
        if now - float(row.values["used"]) < USE_SECONDS:
            return False
        values = {**row.values, "used": now}
        self._rows[row.key] = Row(row.key, values, row.etag, row.age)
        self._later(self._write(Replace(row.key, values, row.etag)))
        return True

    async def aclose(self) -> None:
        """Finish what was put off."""
        await asyncio.gather(*self._behind)

    # ------------------------------------------------------------------------------------------------------------------

    def _age(self) -> float:
        return self._clock() - self._read

    async def _renew(self, oldest: float) -> None:
        """Read all rows if they are older. Who waits while another task reads or fails, has its result too."""
        asked = self._reads
        async with self._reading:
            if self._reads > asked and self._fault is not None:
                raise self._fault
            if self._reads > asked or self._age() < oldest:
                return
            self._reads += 1
            begun = self._clock()
            try:
                self._rows = {row.key: row async for row in self._store().scan(PARTITION, "")}
            except StoreUnavailable as fault:
                self._fault = fault
                raise
            self._read, self._fault = begun, None

    async def _renew_quietly(self) -> None:
        try:
            await self._renew(RENEW_SECONDS)
        except Exception as error:
            log.warning("The tokens cannot be read again: %s", type(error).__name__)
        finally:
            self._renewing = False

    async def _write(self, operation: Replace) -> None:
        try:
            await self._store().commit(PARTITION, [operation])
        except Exception as error:  # it was revoked, or the store is down: the token is right all the same
            log.debug("The last use of a token is not written: %s", type(error).__name__)

    def _later(self, work: Coroutine[object, None, None]) -> None:
        task = asyncio.create_task(work)
        self._behind.add(task)
        task.add_done_callback(self._behind.discard)
