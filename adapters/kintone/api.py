"""Calling the cybozu.com User API: credentials, how many calls at once, answers and refusals."""

from __future__ import annotations

import asyncio
import base64
import logging
import math
import re
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any

import httpx

from scim_adapter import Ask, Invalid, Native, Page, Query, Unavailable
from scim_adapter.http import Http, body

from .faults import Fault, fault_in, translated, unanswered, unexplained
from .settings import KintoneSettings

log = logging.getLogger(__name__)
PAGE_SIZE = 100
"""Users or groups in one call."""
READS_AT_ONCE = 10
WRITES_AT_ONCE = 2
"""Kintone publishes no limit; writes beside an administrator's work in the screen are warned against."""
LIMITED_FOR = 60.0
"""Seconds after which to come back where Kintone asks to slow down and does not say for how long."""


def credentials(settings: KintoneSettings) -> dict[str, str]:
    """The headers that sign every call. A token and Basic authentication would need the same one."""
    if settings.api_token is not None:
        return {"Authorization": f"Bearer {settings.api_token.get_secret_value()}"}
    password = settings.password.get_secret_value() if settings.password else ""
    headers = {"X-Cybozu-Authorization": _base64(f"{settings.login}:{password}")}
    if settings.basic_password is not None:
        basic = f"{settings.basic_user}:{settings.basic_password.get_secret_value()}"
        headers["Authorization"] = f"Basic {_base64(basic)}"
    return headers


def _base64(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


class Api:
    """The calls of one site. Each may be repeated but a create."""

    def __init__(self, http: Http) -> None:
        self.http = http
        self._reads, self._writes = asyncio.Semaphore(READS_AT_ONCE), asyncio.Semaphore(WRITES_AT_ONCE)

    async def read(self, name: str, params: dict[str, Any], ask: Ask) -> list[Native]:
        """The users or groups of an answer."""
        async with _slot(self._reads, ask):
            response = await self._send("GET", name, ask, params=params)
        content = _content(response, "GET", name)
        rows = content.get("groups" if name.endswith("groups") else "users") if isinstance(content, dict) else None
        if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
            raise Unavailable("Kintone answered with something that cannot be read.")
        return rows

    async def write(self, method: str, name: str, content: Any, ask: Ask, *, repeatable: bool = True) -> None:
        """A change. Kintone says nothing about it but that it was done."""
        async with _slot(self._writes, ask):
            response = await self._send(method, name, ask, repeatable=repeatable, json=content)
        _content(response, method, name)

    async def _send(
        self, method: str, name: str, ask: Ask, *, repeatable: bool = True, **request: Any
    ) -> httpx.Response:
        try:
            return await self.http.send(
                method, f"/v1/{name}.json", ask=ask, repeatable=repeatable, failed=unanswered, **request
            )
        except Unavailable as error:
            if error.throttled and error.retry_after is None:
                error.retry_after = LIMITED_FOR
            raise

    async def having(self, name: str, param: str, values: Sequence[str], ask: Ask) -> list[Native]:
        """Rows by their `ids` or `codes`, 100 a call; unknown ones are missing."""
        rows: list[Native] = []
        for start in range(0, len(values), PAGE_SIZE):
            chunk = values[start : start + PAGE_SIZE]
            rows += await self.read(name, {f"{param}[{n}]": value for n, value in enumerate(chunk)}, ask)
        return rows

    async def page(self, name: str, query: Query) -> Page:
        """A part of all rows. Kintone tells no total, and a page may hold fewer than asked: the empty one is the
        last."""
        offset, size = _offset(query.cursor), max(1, min(query.limit, PAGE_SIZE))
        rows = await self.read(name, {"offset": offset, "size": size}, query.ask)
        return Page(rows, next=str(offset + len(rows)) if rows else None)

    async def all(self, name: str, params: dict[str, Any], ask: Ask) -> AsyncIterator[Native]:
        """Every row, page by page; a page that brings nothing new is the end."""
        offset, seen = 0, set[str]()
        while rows := await self.read(name, {**params, "offset": offset, "size": PAGE_SIZE}, ask):
            fresh = [row for row in rows if str(row.get("id")) not in seen]
            if not fresh:
                return
            for row in fresh:
                yield row
            seen.update(str(row.get("id")) for row in fresh)
            offset += len(rows)


@asynccontextmanager
async def _slot(gate: asyncio.Semaphore, ask: Ask) -> AsyncIterator[None]:
    """One of the calls that may be under way, unless the client's time is over before."""
    try:
        await asyncio.wait_for(gate.acquire(), None if math.isinf(ask.left) else ask.left)
    except TimeoutError:
        raise Unavailable("Other calls to Kintone took the time of this one.") from None
    try:
        yield
    finally:
        gate.release()


def _offset(cursor: str | None) -> int:
    if cursor is None:
        return 0
    if not (cursor.isascii() and cursor.isdecimal()):
        raise Invalid("This is no place in the list.")
    return int(cursor)


def _content(response: httpx.Response, method: str, name: str) -> Any:
    """The body of an answer, or the error that the answer means."""
    if response.is_success:
        return body(response)
    fault = fault_in(response)
    _report(method, name, response.status_code, fault)
    raise unexplained(response) if fault is None else translated(fault, response.status_code, writing=method != "GET")


def _report(method: str, name: str, status: int, fault: Fault | None) -> None:
    """Log what an operator can quote to Kintone's support; never a body."""
    number = re.sub("[^0-9-]", "", fault.id)[:40] if fault else ""
    log.warning(
        "Kintone refused %s %s: status %d, %s, id %s.",
        method,
        name,
        status,
        fault.name if fault else "no reason",
        number or "unknown",
    )
