"""The HTTP server around one company."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from simulators import http
from simulators.http import Reply, as_html
from simulators.replicon.calls import Call
from simulators.replicon.company import Company
from simulators.replicon.control import CONTROL
from simulators.replicon.service import answer


class Simulator(http.Simulator[Company, Call]):
    """One company behind a server on `url`. Who touches `company` from another thread holds `lock`."""

    control, path = CONTROL, "/"

    def __init__(self, company: Company, host: str = "127.0.0.1", port: int = 0) -> None:
        super().__init__(company, host, port)
        self.company = company

    def call(self, method: str, target: str, headers: Mapping[str, str], raw: bytes) -> Call:
        """With the id that the answer will have, and the name by which the client came."""
        return Call(method, target, {"host": self.host} | dict(headers), raw, self._correlation())

    def perform(self, call: Call) -> Reply:
        """What the company answers."""
        return answer(self.company, call)

    def refusal(self, status: int, text: str) -> Reply:
        """What stands before the services answers HTML."""
        reply = as_html(status, text)
        reply.headers["X-Execution-Correlation-Id"] = self._correlation()
        return reply

    def timed(self, call: Call, reply: Reply) -> Reply:
        """What would take longer than the services allow has its effect and is answered 500."""
        switches = self.company.switches
        seconds = switches.latency_ms / 1000
        if switches.latency_over_30s:
            switches.latency_over_30s -= 1
            seconds = math.inf
        if seconds > switches.cut_after_seconds:
            reply, seconds = as_html(500, "The request took too long"), switches.cut_after_seconds
        reply.seconds += seconds
        reply.headers.setdefault("X-Execution-Correlation-Id", call.correlation)
        return reply

    def entry(self, call: Call, reply: Reply) -> dict[str, Any]:
        """Service, path, correlation id and the application's name, which Replicon asks for."""
        application = call.headers.get("x-replicon-application")
        entry = {"service": call.service, "path": call.path, "correlationId": call.correlation}
        warning = {} if application else {"warning": "X-Replicon-Application is missing"}
        return entry | {"application": application} | warning

    def _correlation(self) -> str:
        return f"{next(self.company.correlations):032x}"


@contextmanager
def running(
    company: str = "acme", username: str = "scim.gateway", password: str = "s3cret", port: int = 0
) -> Iterator[Simulator]:
    """A simulator in this process."""
    with Simulator(Company(company, username, password), port=port).serving() as simulator:
        yield simulator
