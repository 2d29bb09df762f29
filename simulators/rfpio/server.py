"""The HTTP server around one tenant."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from simulators.http import Reply, as_html, as_json, parsed
from simulators.rfpio.tenant import ENTERPRISE, Organization
from simulators.scim.reply import Refused
from simulators.scim.service import BASE, SCHEMAS
from simulators.scim.service import answer as answered
from simulators.scim.tenant import Call, Service

TOKEN = "s-0123456789abcdef"
REST_TOKEN = "a-0123456789abcdef"
REST = "/rfpserver/ext/v1/users/add"


class Simulator(Service[Organization]):
    """One tenant behind a server on `url`."""

    path = "/rfpserver/scim/v2"

    def __init__(self, token: str = TOKEN, host: str = "127.0.0.1", port: int = 0) -> None:
        super().__init__(Organization(), token, host, port)

    def ruled(self, call: Call) -> Call:
        """Nothing while SCIM is off; users as RFPIO wants them."""
        if not self.state.switches.scim_enabled:
            raise Refused(403, "Auto user provisioning is not enabled.")
        writes = call.method in ("POST", "PUT", "PATCH") and call.parts[:1] == ["Users"]
        return self.state.taken(call) if writes else call

    def finished(self, call: Call, reply: Reply) -> Reply:
        """The answer; to a create perhaps without the user."""
        if call.method == "POST" and reply.status == 201 and self.state.switches.create_answer == "empty":
            reply.body = b""
        return reply

    def beside(self, call: Call) -> Reply:
        """The REST API's only documented call about users."""
        if (call.method, call.path) != ("POST", REST):
            return as_html(404, "Not found")
        try:
            self.admit(call, REST_TOKEN)
            body = parsed(call.raw)
            self._add(call, body if isinstance(body, dict) else {})
        except Refused as refused:
            return as_json({"message": refused.detail}, refused.status)
        except ValueError:
            return as_json({"message": "The body is not JSON."}, 400)
        return as_json(body)

    def _add(self, call: Call, body: dict[str, Any]) -> None:
        """A user as the REST API has it, in the same store."""
        user: dict[str, Any] = {"schemas": [SCHEMAS["Users"]], "userName": body.get("userName"), "active": True}
        user["name"] = {"givenName": body.get("firstName"), "familyName": body.get("lastName")}
        user |= {"title": body.get("jobTitle"), "timezone": body.get("timeZone")}
        user["roles"] = [{"value": body["userRole"]}] if body.get("userRole") else []
        user[ENTERPRISE] = {"costCenter": body.get("primaryBU")}
        made = Call("POST", f"{BASE}/Users", call.headers, json.dumps(user).encode(), call.host, call.address)
        reply = answered(self.state.scim(), self.state.taken(made))
        if reply.status != 201:
            raise Refused(reply.status, str(parsed(reply.body).get("detail")))


@contextmanager
def running(token: str = TOKEN, port: int = 0) -> Iterator[Simulator]:
    """A simulator in this process."""
    with Simulator(token, port=port).serving() as simulator:
        yield simulator
