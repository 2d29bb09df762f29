"""The public keys of an issuer, from its JWKS address (RFC 7517): cached, and read again when they roll over."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from gateway.authentication.answers import CannotTell

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

RENEW_SECONDS = 3600.0
MOST_SECONDS = 86_400.0
"""How long known keys are used while their address does not answer."""
PAUSE_SECONDS = 10.0
"""After asking in vain; so an unknown key asks the address six times a minute at most."""


class Keys:
    """Keys by their id. `clock` tells ages, in seconds."""

    def __init__(self, url: str, clock: Callable[[], float] = time.monotonic) -> None:
        self._url, self._clock = url, clock
        self._keys: Mapping[str, RSAPublicKey] = {}
        self._read = self._in_vain = float("-inf")
        self._fault = ""
        self._reading = asyncio.Lock()

    async def find(self, id: str) -> RSAPublicKey | None:
        """The key of this id, None for an unknown one; `CannotTell` when nobody can tell."""
        if self._wanting(id):
            async with self._reading:
                if self._wanting(id):
                    await self._renew(id)
        if id not in self._keys and self._fault:
            raise CannotTell(self._fault)
        return self._keys.get(id)

    def _wanting(self, id: str) -> bool:
        """Whether the address is to be asked for this key; who knows it already never waits for who does not."""
        now = self._clock()
        pausing = now - self._in_vain < PAUSE_SECONDS
        return (id not in self._keys or now - self._read >= RENEW_SECONDS) and not pausing

    async def _renew(self, wanted: str) -> None:
        asked = self._clock()
        try:
            self._keys = await asyncio.to_thread(_fetched, self._url)
            self._read, self._fault = asked, ""
        except CannotTell as error:
            self._fault = str(error)
            if asked - self._read >= MOST_SECONDS:
                self._keys = {}
        if self._fault or wanted not in self._keys:
            self._in_vain = self._clock()


def _fetched(url: str) -> Mapping[str, RSAPublicKey]:
    """Whoever needs no signed token never imports what reads keys; who does, imports it beside the event loop."""
    from gateway.authentication.key_set import fetched

    return fetched(url)
