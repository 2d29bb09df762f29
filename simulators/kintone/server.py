"""The HTTP server around one site."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from simulators import http
from simulators.http import Reply
from simulators.kintone.control import CONTROL
from simulators.kintone.service import Call, answer
from simulators.kintone.site import Site


class Simulator(http.Simulator[Site, Call]):
    """One site behind a server on `url`. Who touches `site` from another thread holds `lock`."""

    control = CONTROL

    def __init__(self, site: Site, host: str = "127.0.0.1", port: int = 0) -> None:
        super().__init__(site, host, port)
        self.site = site

    def call(self, method: str, target: str, headers: Mapping[str, str], raw: bytes) -> Call:
        """The call by its name in the API."""
        return Call(method, target, headers, raw)

    def perform(self, call: Call) -> Reply:
        """What the site answers."""
        return answer(self.site, call)

    def entry(self, call: Call, reply: Reply) -> dict[str, Any]:
        """The query."""
        return {"params": call.query}


@contextmanager
def running(site: Site | None = None, port: int = 0) -> Iterator[Simulator]:
    """A simulator in this process."""
    with Simulator(site or Site(), port=port).serving() as simulator:
        yield simulator
