"""Overrides: the records of a resource type whose id is not the derived one, as a process knows them for its lists."""

from __future__ import annotations

import math
import time
from typing import Any

from scim.identity.links import Link
from scim.identity.store import Store

OVERRIDE_SECONDS = 30.0
"""How old the overrides of a list may be: the longest time for which a list shows a link that another process ended."""
LEFT: Any = "left"
"""The state of an override whose key was left by a rename: who has it now is met one by one."""


class Overrides:
    """The override rows that were read last, and what this process has written since."""

    def __init__(self) -> None:
        self._links: dict[str, Link] = {}
        self._loaded = -math.inf

    async def refresh(self, store: Store, partition: str) -> None:
        """Load them when they are older than 30 seconds. One read then."""
        if time.monotonic() - self._loaded < OVERRIDE_SECONDS:
            return
        started = time.monotonic()
        links = {}
        async for row in store.scan(partition, "o."):
            state: Any = row.values.get("state", "")
            links[row.key] = Link(str(row.values["id"]), "", state=state)
        self._links, self._loaded = links, started

    def __bool__(self) -> bool:
        return bool(self._links)

    def get(self, row_key: str) -> Link | None:
        """The override in a row, if there is one."""
        return self._links.get(row_key)

    def note(self, row_key: str, link: Link) -> None:
        """Learn at once what this process has just written."""
        self._links[row_key] = link

    @property
    def hide(self) -> bool:
        """Whether any record is hidden."""
        return any(link.state == "hidden" for link in self._links.values())
