"""The HTTP server around one account."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from simulators.http import Control, Reply, as_html, as_json
from simulators.http.reply import JSON
from simulators.ringcentral.account import Account
from simulators.ringcentral.limits import GROUPS
from simulators.ringcentral.platform import TOKENS, Credentials, granted, refused
from simulators.ringcentral.rules import taken
from simulators.scim import service
from simulators.scim.reply import SCIM, Refused
from simulators.scim.tenant import TENANT_CONTROL, Call, Service

HEALTH, CONFIG = f"{service.BASE}/health", f"{service.BASE}/ServiceProviderConfig"
LOCATION = "http://scim.ringcentral.com/scim/v2/Users/"
READING = ("GET", "HEAD")
Json = dict[str, Any]


def _revoke(account: Account, body: Json) -> Any:
    account.tokens.clear()
    return {}


def _penalty(account: Account, body: Json) -> Any:
    group = body.get("group")
    if group not in GROUPS:
        raise ValueError(f"group is one of {', '.join(GROUPS)}.")
    account.limits.punish(group, account.switches, account.clock())
    return {}


def _peaks(account: Account, body: Json) -> Any:
    return account.limits.peaks


class Simulator(Service[Account]):
    """One account behind a server on `url`."""

    path = service.BASE
    control = Control(
        {**TENANT_CONTROL.own, ("POST", "revoke"): _revoke, ("POST", "penalty"): _penalty, ("GET", "peaks"): _peaks}
    )

    def __init__(self, credentials: Credentials | None = None, host: str = "127.0.0.1", port: int = 0) -> None:
        self.credentials = credentials or Credentials()
        super().__init__(Account(), self.credentials.scim_token, host, port)

    @property
    def server_url(self) -> str:
        """The address of the platform, as the gateway's setting wants it."""
        return f"http://{self.host}"

    def perform(self, call: Call) -> Reply:
        """What RingCentral answers: tokens, health, and users once the token is right and the limit is kept."""
        if not call.target.startswith(f"{service.BASE}/"):
            return self._issued(call) if (call.method, call.path) == ("POST", TOKENS) else as_html(404, "Not found")
        if call.path == HEALTH:
            return Reply(200, b"OK", "text/plain")
        code = "" if call.path == CONFIG else self.state.opens(call.headers.get("authorization", ""), self.token)
        if code:
            return refused(401, code, "The token is not valid.")
        group = "light" if call.method in READING or call.parts[-1:] == [".search"] else "heavy"
        return self._limited(call, group, self._answered)

    def _limited(self, call: Call, group: str, answered: Callable[[Call], Reply]) -> Reply:
        """The answer within the limits of a group, and what is left of them."""
        account, switches = self.state, self.state.switches
        late = account.overrun(switches.rate_limit) or not account.limits.admits(group, switches, account.clock())
        reply = refused(429, "CMN-301", "Request rate exceeded") if late else answered(call)
        reply.headers |= account.limits.headers(group, switches, refused=late)
        return reply

    def _issued(self, call: Call) -> Reply:
        return self._limited(call, "auth", self._token)

    def _token(self, call: Call) -> Reply:
        wrong = granted(self.credentials, call.headers, call.raw)
        if wrong is not None:
            return wrong
        life = self.state.switches.token_life
        told = {"access_token": self.state.issue(), "token_type": "bearer", "expires_in": life}
        return as_json({**told, "scope": "ReadAccounts EditAccounts", "owner_id": "256440016"})

    def _answered(self, call: Call) -> Reply:
        try:
            if not self.state.switches.scim_enabled:
                raise Refused(403, "SCIM service is not enabled for this account.")
            _fitting(call.headers, call.raw)
            asked = taken(self.state, call)
            if asked.method == "DELETE" and self.state.switches.delete_effect == "disabled":
                return self._disabled(asked)
            return self._worded(asked, service.answer(self.state.scim(), asked))
        except Refused as error:
            return self._worded(call, error.reply())

    def _disabled(self, call: Call) -> Reply:
        """A user whose deletion is to come."""
        store = self.state.scim()
        held = store.resources["Users"].get(call.parts[-1])
        if held is None:
            raise Refused(404, "There is no such resource.")
        store.put("Users", {**held, "active": False})
        return Reply(204)

    def _worded(self, call: Call, reply: Reply) -> Reply:
        """The answer in RingCentral's own form."""
        switches = self.state.switches
        if reply.status == 404 and switches.not_found_body == "platform":
            return refused(404, "CMN-102", "Resource for parameter [extensionId] is not found")
        if reply.status == 409 and switches.conflict_body == "platform":
            return refused(409, "CMN-101", "Parameter [contact.email] value is invalid.")
        if reply.status in (200, 201) and call.parts[:1] == ["Users"]:
            reply.body = _shown(call, json.loads(reply.body))
        return reply


def _fitting(headers: Mapping[str, str], raw: bytes) -> None:
    """`Refused` for a body of another type than JSON."""
    told = headers.get("content-type", "").partition(";")[0].strip().lower()
    if raw and told not in (SCIM, JSON.partition(";")[0]):
        raise Refused(415, "The body must be application/json or application/scim+json.")


def _shown(call: Call, document: Json) -> bytes:
    """Users with the host, the flags and the empty lists that RingCentral shows."""
    listed = document.get("Resources")
    for user in [document] if listed is None else listed:
        user["meta"]["location"] = f"{LOCATION}{user['id']}"
        if listed is None:
            for name in ("addresses", "phoneNumbers"):
                user.setdefault(name, [])
        if listed is None and call.method in ("GET", "POST"):
            for one in (*user.get("emails", []), *user["addresses"]):
                one.setdefault("primary", False)
    return json.dumps(document, ensure_ascii=False).encode()


@contextmanager
def running(credentials: Credentials | None = None, port: int = 0) -> Iterator[Simulator]:
    """A simulator in this process."""
    with Simulator(credentials, port=port).serving() as simulator:
        yield simulator
