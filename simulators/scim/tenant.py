"""A vendor's service that speaks SCIM: switches, an address and rules of its own around what this package does.

A simulator `simulators.NAME` of such a service has

    class Acme(Tenant[Switches]):              # Switches inherits simulators.http.Switches
        kind = Switches

        def habits(self) -> dict[str, Any]:    # the switches of simulators.scim, as the vendor's own say
            return {"groups": False, "page_max": self.switches.max_count}

    class Simulator(Service[Acme]):
        path = "/api/scim/v2"

        def ruled(self, call: Call) -> Call:   # `Refused` for what the vendor does not take; or what is taken of it
            ...

It is called with a token of the vendor's. The log, faults, limits and `/_control` are those of `simulators.http` and
`simulators.scim`.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Generic, TypeVar

from simulators import http
from simulators.http import Control, Reply, as_html
from simulators.http.control import Action
from simulators.scim import service
from simulators.scim.control import CONTROL
from simulators.scim.reply import SCIM, Refused
from simulators.scim.store import Store
from simulators.scim.switches import Switches

S = TypeVar("S", bound=http.Switches)


class Tenant(http.State[S]):
    """What one customer of the vendor's has."""

    def reset(self) -> None:
        """Everything as at the start: nobody is there."""
        super().reset()
        self.store = Store()

    @abstractmethod
    def habits(self) -> dict[str, Any]:
        """The switches of `simulators.scim` that are not by the standard now."""

    def scim(self) -> Store:
        """The users and groups, with the habits of the moment."""
        self.store.switches = Switches(**self.habits())
        return self.store

    def state(self) -> dict[str, Any]:
        """The users and groups."""
        return self.store.state()


T = TypeVar("T", bound=Tenant[Any])


@dataclass(frozen=True)
class Call(service.Call):
    """A request below an address of the vendor's; `target` is as below `/scim/v2`."""

    address: str

    @property
    def base(self) -> str:
        """The address of the service."""
        return f"http://{self.host}{self.address}"


def _of_store(action: Action) -> Callable[[Any, dict[str, Any]], Any]:
    return lambda tenant, body: action(tenant.scim(), body)


TENANT_CONTROL = Control({key: _of_store(action) for key, action in CONTROL.own.items() if key[1] != "revoke"})
"""Seed, edit and remove, as in `simulators.scim`."""


class Service(http.Simulator[T, Call], Generic[T]):
    """The service of a vendor for one tenant, opened by one token."""

    json: ClassVar[str] = SCIM
    control: ClassVar[Control] = TENANT_CONTROL

    def __init__(self, state: T, token: str, host: str = "127.0.0.1", port: int = 0, path: str = "") -> None:
        self.path = path or self.path  # type: ignore[misc]  # a vendor may give each tenant an address of its own
        super().__init__(state, host, port)
        self.token = token

    def call(self, method: str, target: str, headers: Mapping[str, str], raw: bytes) -> Call:
        """The request as the SCIM server sees it, if it is for it."""
        below = target.removeprefix(self.path)
        inside = target.startswith(self.path) and below[:1] in ("", "/", "?")
        return Call(method, service.BASE + below if inside else target, headers, raw, self.host, self.path)

    def perform(self, call: Call) -> Reply:
        """What the service answers, once the token is right and the limit is kept."""
        if not call.target.startswith(f"{service.BASE}/"):
            return self.beside(call)
        try:
            self.admit(call, self.token)
            return self.finished(call, service.answer(self.state.scim(), self.ruled(call)))
        except Refused as refused:
            reply = refused.reply(number=self.state.scim().switches.error_status == "number")
            seconds = self.state.switches.rate_limit_retry_after
            reply.headers |= {"retry-after": str(seconds)} if refused.status == 429 and seconds else {}
            return reply

    def admit(self, call: Call, token: str) -> None:
        """`Refused` for a wrong token, and for one call too many in a minute."""
        if call.headers.get("authorization") != f"Bearer {token}":
            raise Refused(401, "The token is wrong.")
        if self.state.overrun(self.state.switches.rate_limit):
            raise Refused(429, "Slow down.")

    def beside(self, call: Call) -> Reply:
        """The answer at any other address."""
        return as_html(404, "Not found")

    def ruled(self, call: Call) -> Call:
        """What the vendor takes of a request; `Refused` where it takes none of it."""
        return call

    def finished(self, call: Call, reply: Reply) -> Reply:
        """The answer as the vendor gives it."""
        return reply

    def refusal(self, status: int, text: str) -> Reply:
        """An error as SCIM has it."""
        return Refused(status, text).reply()

    def entry(self, call: Call, reply: Reply) -> dict[str, Any]:
        """Method and target."""
        return {"method": call.method, "target": call.target.replace(service.BASE, self.path, 1)}
