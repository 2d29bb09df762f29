"""One tenant: its users, and what RFPIO asks of them."""

from __future__ import annotations

import itertools
import json
from dataclasses import replace
from typing import Any

from simulators.rfpio.switches import Switches
from simulators.scim.filters import member
from simulators.scim.reply import Refused, parsed
from simulators.scim.tenant import Call, Tenant

Json = dict[str, Any]
ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
MACHINE = "64b0c1d2e3f4a5b6"
"""What the ids of a MongoDB begin with, as long as machine and process stay the same."""


class Organization(Tenant[Switches]):
    """A customer of RFPIO's."""

    kind = Switches

    def reset(self) -> None:
        """Nobody is there."""
        super().reset()
        ids: Any = map(f"{MACHINE}{{:08x}}".format, itertools.count(1))
        self.store.numbers = {"Users": ids, "Groups": ids}

    def habits(self) -> dict[str, Any]:
        """The server's rules, and its switches."""
        switches = self.switches
        return {
            "groups": False,
            "immutable": ["userName"],
            "create_only": ["roles", "costCenter"],
            "patch": "full" if switches.patch_supported else "none",
            "patch_status": switches.patch_status,
            "delete": switches.delete_supported,
            "conflict_status": switches.duplicate_status,
            "error_status": "number" if switches.status_as_number else "string",
            "not_found_body": switches.not_found_body,
            "ignored": [] if switches.echo_external_id else ["externalId"],
            "page_max": switches.max_count,
            "discovery": switches.discovery,
        }

    def taken(self, call: Call) -> Call:
        """A request that creates or replaces somebody, with the tenant's defaults; `Refused` for a wrong address."""
        body = parsed(call.raw)
        if call.method == "PATCH":
            self._unchanged(call, body)
            return call
        login = body.get("userName")
        if not isinstance(login, str) or "@" not in login.strip("@"):
            raise Refused(400, "userName must be an e-mail address.", "invalidValue")
        if any(address.casefold() != login.casefold() for address in _work(body.get("emails"))):
            raise Refused(400, "userName must be the user's e-mail address.", "invalidValue")
        return replace(call, raw=json.dumps(self._completed(body)).encode()) if call.method == "POST" else call

    def _unchanged(self, call: Call, body: Json) -> None:
        """`Refused` for another work address than the login, by whatever path it comes."""
        held: Json = self.store.resources["Users"].get(call.parts[-1], {})
        operations = body.get("Operations")
        for operation in operations if isinstance(operations, list) else ():
            path, value = str(member(operation, "path") or ""), member(operation, "value")
            value = value if path.lower().startswith("emails") else member(value, "emails")
            addresses = [value] if isinstance(value, str) else _work(value)
            if any(address.casefold() != str(held.get("userName")).casefold() for address in addresses):
                raise Refused(400, "The e-mail address cannot be changed.", "mutability")

    def _completed(self, body: Json) -> Json:
        """With the role and the business unit that the tenant gives to new users."""
        role, unit = self.switches.default_role, self.switches.default_business_unit
        body = {**body, "roles": body.get("roles") or [{"value": role}]} if role else body
        extension = body.get(ENTERPRISE)
        if unit and not member(extension, "costCenter"):
            body = {**body, ENTERPRISE: {**(extension if isinstance(extension, dict) else {}), "costCenter": unit}}
        return body


def _work(emails: Any) -> list[str]:
    """The work addresses of a list, or those that have no type."""
    found = [one for one in emails if isinstance(one, dict)] if isinstance(emails, list) else []
    return [str(one.get("value")) for one in found if one.get("type", "work") == "work"]
