"""One tenant: its users and groups, and what RICOH asks of them."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from typing import Any

from simulators.ricoh.switches import Switches
from simulators.scim.filters import member
from simulators.scim.reply import Refused, parsed
from simulators.scim.tenant import Call, Tenant

Json = dict[str, Any]
REQUIRED = ("externalId", "userName", "active", "emails")
ALWAYS = ("schemas", "id", "meta")
NAME = re.compile(r"(?:urn:.+:)?(?P<name>[\w$-]+)(?:\[.*\])?(?:\.[\w$-]+)?", re.IGNORECASE)


class Customer(Tenant[Switches]):
    """A customer of RICOH's."""

    kind = Switches

    def habits(self) -> dict[str, Any]:
        """The server's rules, and its switches."""
        switches = self.switches
        searched = {
            "filters": ["externalId", "displayName", "members"],
            "other_filters": "ignored" if switches.user_name_filter == "ignored" else "refused",
        }
        return {
            **({} if switches.user_name_filter == "honoured" else searched),
            "groups": switches.groups == "on",
            "patch": "full" if switches.patch_supported else "none",
            "patch_status": switches.patch_status,
            "delete": switches.delete_supported,
            "conflict_status": switches.duplicate_status,
            "not_found_body": switches.not_found_body,
            "on_disable": "deleted" if switches.deactivate_behaviour == "delete" else "kept",
            "page_max": switches.max_count,
            "discovery": switches.discovery,
        }

    def taken(self, call: Call) -> Call:
        """A request that writes a user, without what the screen does not list; `Refused` for what is required."""
        body = parsed(call.raw)
        if call.method == "PATCH":
            operations = body.get("Operations")
            if not isinstance(operations, list) or not all(isinstance(one, dict) for one in operations):
                return call
            kept = [one for one in map(self._operation, operations) if one is not None]
            body = {**body, "Operations": kept or [{"op": "add", "value": {}}] * bool(operations)}
            self._distinct(call, *(_external_id(one) for one in kept))
        else:
            body = self._listed(body)
            self._complete(body)
            self._distinct(call, body.get("externalId"))
        return replace(call, raw=json.dumps(body).encode())

    def _complete(self, body: Json) -> None:
        for name in REQUIRED:
            if body.get(name) in (None, "", []):
                raise Refused(400, f"{name} is missing.", "invalidValue")
        emails = body["emails"] if isinstance(body["emails"], list) else []
        if not any(member(one, "type") == "work" and member(one, "value") for one in emails):
            raise Refused(400, "emails has no address of the type work.", "invalidValue")

    def _distinct(self, call: Call, *external_ids: Any) -> None:
        others = [one for id, one in self.store.resources["Users"].items() if id != call.parts[-1]]
        if any(one.get("externalId") == id for one in others for id in external_ids if id):
            status = self.switches.duplicate_status
            raise Refused(status, "externalId: this value already exists.", "uniqueness" if status == 409 else "")

    def _operation(self, operation: Json) -> Json | None:
        """An operation as far as it is about something that the screen lists."""
        path, value = member(operation, "path"), member(operation, "value")
        if path is None:
            return {**operation, "value": self._listed(value)} if isinstance(value, dict) else operation
        found = NAME.fullmatch(str(path))
        return operation if found is None or self._lists(found["name"]) else None

    def _listed(self, body: Json) -> Json:
        made: Json = {}
        for name, value in body.items():
            if name.lower().startswith("urn:") and isinstance(value, dict):
                made[name] = {part: one for part, one in value.items() if self._lists(part)}
            elif self._lists(name.rpartition(":")[2].partition(".")[0]):
                made[name] = value
        return made

    def _lists(self, name: str) -> bool:
        """Whether the screen lists an attribute; `Refused` where the server minds one that it does not."""
        known = [one.lower() for one in (*REQUIRED, *ALWAYS, *self.switches.extra_attributes)]
        if name.lower() not in known and self.switches.unknown_attributes == "reject":
            raise Refused(400, f"{name} is not among the attributes of this tenant.", "invalidValue")
        return name.lower() in known


def _external_id(operation: Json) -> Any:
    path, value = str(member(operation, "path") or ""), member(operation, "value")
    return value if path.lower() == "externalid" else member(value, "externalId")
