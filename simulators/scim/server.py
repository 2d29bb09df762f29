"""The HTTP server around one store."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from simulators import http
from simulators.http import Reply, as_html
from simulators.scim.control import CONTROL
from simulators.scim.credentials import Account, admitted, token
from simulators.scim.reply import SCIM, Refused
from simulators.scim.service import BASE, Call, answer
from simulators.scim.store import Store

TOKENS = "/oauth/token"


class Simulator(http.Simulator[Store, Call]):
    """One store behind a server on `url`. Who touches `store` from another thread holds `lock`."""

    control, path, json = CONTROL, BASE, SCIM

    def __init__(
        self, account: Account | None = None, host: str = "127.0.0.1", port: int = 0, store: Store | None = None
    ) -> None:
        super().__init__(store or Store(), host, port)
        self.account, self.store = account or Account(), self.state
        self.token_url = f"http://{self.host}{TOKENS}"

    def call(self, method: str, target: str, headers: Mapping[str, str], raw: bytes) -> Call:
        """The request, and where it came to."""
        return Call(method, target, headers, raw, self.host)

    def perform(self, call: Call) -> Reply:
        """What the server answers, once the credentials are right and the limit is kept."""
        switches = self.store.switches
        if (call.method, call.path) == ("POST", TOKENS):
            return token(self.store, self.account, call.headers, call.raw)
        if not call.target.startswith(f"{BASE}/"):
            return as_html(404, "Not found")
        if not admitted(self.store, self.account, call.headers.get("authorization", "")):
            return Refused(401, "The credentials are wrong.").reply()
        if self.store.overrun(switches.rate_limit):
            reply, seconds = Refused(429, "Slow down.").reply(), switches.rate_limit_retry_after
            reply.headers |= {"retry-after": str(seconds)} if seconds else {}
            return reply
        return answer(self.store, call)

    def refusal(self, status: int, text: str) -> Reply:
        """An error as SCIM has it."""
        return Refused(status, text).reply()

    def entry(self, call: Call, reply: Reply) -> dict[str, Any]:
        """Method and target."""
        return {"method": call.method, "target": call.target}


@contextmanager
def running(account: Account | None = None, port: int = 0) -> Iterator[Simulator]:
    """A simulator in this process."""
    with Simulator(account, port=port).serving() as simulator:
        yield simulator
