"""Which code an id has at this moment: Kintone reads by id and writes by code, which may change."""

from __future__ import annotations

import re
import time

from scim_adapter import Ask, Invalid, Native, NotFound, Stale, Unavailable

from .api import Api

FRESH = 20.0
"""Seconds for which a code that was read is believed: from the engine's read before a write to the write. Where it was
changed meanwhile, Kintone does not know it, and it is read again."""
MOST = 1000
CONTROL = re.compile(r"[\x00-\x1f\x7f]")


class Codes:
    """Codes of users, or of groups (`name`), as they were just read."""

    def __init__(self, api: Api, name: str) -> None:
        self.api, self.name = api, name
        self._read: dict[str, tuple[str, float]] = {}

    def remember(self, id: str, code: str) -> None:
        """Note what was read, or written."""
        if len(self._read) >= MOST:
            self._read.clear()
        self._read[id] = code, time.monotonic()

    def forget(self, id: str) -> None:
        """The record is gone."""
        self._read.pop(id, None)

    async def of(self, id: str, ask: Ask) -> str:
        """The code of an id; `NotFound`. No call when it was read a moment ago."""
        code, read = self._read.get(id, ("", -FRESH))
        return code if time.monotonic() - read < FRESH else str((await self.record(id, ask))["code"])

    async def record(self, id: str, ask: Ask) -> Native:
        """The record with this id; `NotFound`. One call."""
        rows = await self.api.having(self.name, "ids", [id], ask)
        for row in rows:
            if str(row.get("id")) == id and row.get("code"):
                self.remember(id, str(row["code"]))
                return row
        if rows:
            raise Unavailable("Kintone answered with somebody else than was asked for.")
        raise NotFound("Kintone has no such user or group.")


def moved() -> Stale:
    """What to raise when Kintone does not know a code any more: whether the record is gone or has another code by now,
    reading it again tells."""
    return Stale("The login or code was changed in Kintone meanwhile.")


def findable(value: str, field: str) -> str:
    """What a new record will be found by; `Invalid` where Kintone would store another text than the one that was sent:
    it takes control characters out."""
    if CONTROL.search(value):
        raise Invalid("Kintone takes no control characters here.", field=field)
    return value
