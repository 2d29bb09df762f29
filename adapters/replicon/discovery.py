"""Where a company's services live: asked of Replicon, and asked again when they have moved."""

from __future__ import annotations

import asyncio
import math
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlsplit

from scim_adapter import AdapterError, Ask, Denied, Unavailable
from scim_adapter.http import Http, body

from .faults import Fault, fault_in, unanswered
from .settings import RepliconSettings, loopback

OPERATION = "DiscoveryService1.svc/GetTenantEndpointDetails"
KEPT = 3600.0
"""Seconds for which an address is believed."""


@dataclass(frozen=True, slots=True)
class Address:
    """The URL under which the services are, and when that was learned."""

    services: str
    learned: float = math.inf


class Tenant:
    """One company's address. However many calls need it at once, it is asked for once. Sends no credentials."""

    def __init__(self, settings: RepliconSettings, http: Http, clock: Callable[[], float] = time.monotonic) -> None:
        self.settings, self.http, self.clock = settings, http, clock
        self._known: Address | None = None
        self._lock = asyncio.Lock()
        self._round = 0
        self._failure: AdapterError | None = None

    async def address(self, ask: Ask) -> Address:
        """The company's address, from the cache if it is not too old."""
        if self.settings.directory is None:
            return Address(self._services(f"https://{self.settings.host}"))
        if self._known is not None and self.clock() - self._known.learned < KEPT:
            return self._known
        return await self._shared(ask)

    async def moved(self, failed: Address, ask: Ask) -> Address | None:
        """Forget an address that failed; another one if there is one, else None."""
        if self._known is failed:
            self._known = None
        try:
            address = await self.address(ask)
        except AdapterError:
            return None
        return address if address.services != failed.services else None

    async def _shared(self, ask: Ask) -> Address:
        """Ask once on behalf of all who wait; they share the answer, also a bad one."""
        joined = self._round
        try:
            async with asyncio.timeout(None if math.isinf(ask.left) else ask.left), self._lock:
                if self._round == joined:
                    await self._ask(ask)
        except TimeoutError as error:
            raise Unavailable("The time for this request had run out before Replicon's address was known.") from error
        if self._known is None:
            raise self._failure or Unavailable("Replicon's address is not known.")
        return self._known

    async def _ask(self, ask: Ask) -> None:
        self._known, self._failure = None, None
        try:
            self._known = Address(await self._discovered(ask), self.clock())
        except AdapterError as error:
            self._failure = error
        self._round += 1

    async def _discovered(self, ask: Ask) -> str:
        request = {"tenant": {"companyKey": self.settings.company_key}}
        url = f"{self.settings.directory}/{OPERATION}"
        response = await self.http.send("POST", url, json=request, ask=ask, repeatable=True, failed=unanswered)
        if not response.is_success and response.status_code not in (400, 500):
            raise Unavailable(f"Replicon's discovery answered {response.status_code}; check domain.")
        content = body(response)
        fault = fault_in(content)
        if fault is not None:
            raise _refused(fault)
        return self._services(_root_url(content))

    def _services(self, root: str) -> str:
        """The URL of the services below a root URL, which is of a company or of a host alone."""
        try:
            parts = urlsplit(root)
            host = parts.hostname
        except ValueError:
            host = None
        if not host or not self._trusted(parts.scheme, host) or "@" in parts.netloc:
            raise Unavailable("Replicon's discovery named an address that is not safe; no password was sent there.")
        path = parts.path.strip("/") or quote(self.settings.company_key, safe="")
        return f"{parts.scheme}://{parts.netloc}/{path}/services/"

    def _trusted(self, scheme: str, host: str) -> bool:
        plain = (self.settings.directory or "").startswith("http://")
        return scheme == "https" or (scheme == "http" and plain and loopback(host))


def _refused(fault: Fault) -> AdapterError:
    if fault.code == "Receiver":
        return Unavailable("Replicon's discovery failed.")
    return Denied("Replicon does not know this company; check company_key.")


def _root_url(content: Any) -> str:
    """The root URL in the answer, in either of its two places."""
    result = content.get("d") if isinstance(content, dict) else None
    if isinstance(result, dict):
        several = result.get("applicationRootUrls")
        entries = several if isinstance(several, list) else []
        urls = [result.get("applicationRootUrl"), *(e.get("rootUrl") for e in entries if isinstance(e, dict))]
        for url in urls:
            if isinstance(url, str) and url:
                return url
    raise Unavailable("Replicon's discovery gave an answer that cannot be read.")
