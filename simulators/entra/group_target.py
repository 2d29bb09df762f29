"""The groups of the target system. Every read leaves the members out (Learn, "Group operations")."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from typing import Any

from simulators.entra import reading
from simulators.entra.client import Client, Failed
from simulators.entra.line import Line, alike
from simulators.entra.patch import FLAG, SCHEMA, Dialect, Difference, patch_body
from simulators.entra.paths import AttributePath
from simulators.entra.reading import GROUP, Resource, Warn
from simulators.entra.tenant import filter_query

DISPLAY_NAME, EXTERNAL_ID = AttributePath.parse("displayName"), AttributePath.parse("externalId")
ADSCIM = "http://schemas.microsoft.com/2006/11/ResourceManagement/ADSCIM/2.0/Group"
"""Learn's sample of a create lists it as a second schema and leaves out `members`; a capture shows neither."""


class GroupTarget:
    """Answers are awaited with one budget of patience; lesser violations go to `warn`."""

    def __init__(self, client: Client, dialect: Dialect, patience: float, warn: Warn, *, adscim: bool = False) -> None:
        self._line = Line(client, patience, warn, reading.group)
        self._tenant = client.tenant
        self._dialect: Dialect = dialect
        self._adscim = adscim

    def match(self, name: str) -> Resource | None:
        url = self._tenant.groups(filter_query(("displayName", name)))
        return self._line.matched(url, "group", DISPLAY_NAME, name)

    def get(self, target_id: str) -> Resource | None:
        return self._line.get(self._tenant.group(target_id, excluded=True), target_id)

    def create(self, object_id: str, name: str) -> Resource | None:
        """Groups are created without members; None is the 409 to a repetition of a lost request."""
        body: dict[str, Any] = {"schemas": [GROUP], "externalId": object_id, "displayName": name, "members": []}
        if self._adscim:
            body = {"schemas": [GROUP, ADSCIM], "externalId": object_id, "displayName": name}
        created = self._line.post(self._tenant.groups_endpoint(), body | {"meta": {"resourceType": "Group"}})
        if created and not alike(created["displayName"], name):
            raise Failed(f"displayName {name} was written, the answer says {created['displayName']}")
        return created

    def patch(self, target_id: str, differences: Sequence[Difference]) -> Resource | None:
        return self._line.patch(self._tenant.group(target_id), target_id, patch_body(differences, self._dialect))

    def delete(self, target_id: str) -> None:
        self._line.delete(self._tenant.group(target_id))

    def add_members(self, target_id: str, members: Sequence[str]) -> None:
        """Several members in one operation; `$ref` is sent as null."""
        op = "add" if self._dialect == FLAG else "Add"
        self._change(target_id, [{"op": op, "path": "members", "value": _references(members)}])

    def remove_members(self, target_id: str, members: Sequence[str]) -> None:
        """A list of values without the flag; with it an operation each, with a value path."""
        if self._dialect == FLAG:
            self._change(target_id, [{"op": "remove", "path": f'members[value eq "{each}"]'} for each in members])
        else:
            self._change(target_id, [{"op": "Remove", "path": "members", "value": _references(members)}])

    def _change(self, target_id: str, operations: list[dict[str, Any]]) -> None:
        self._line.patch(self._tenant.group(target_id), target_id, {"schemas": [SCHEMA], "Operations": operations})

    def has_member(self, target_id: str, member_id: str) -> bool:
        """The reference check; that its newer form comes with the newer dialect is our assumption."""
        path = f'members[value eq "{member_id}"]' if self._dialect == FLAG else ("members", member_id)
        url = self._tenant.groups_endpoint(filter_query(("id", target_id), path), "attributes=id")
        return self._line.holds(url, target_id)

    def test_connection(self) -> None:
        """Entra asks for a group that cannot exist, too."""
        resources, _ = self._line.query(self._tenant.groups(filter_query(("displayName", str(uuid.uuid4())))))
        if resources:
            self._line.warn("a query for a group that cannot exist found one: filters are not obeyed")


def _references(members: Sequence[str]) -> list[dict[str, str | None]]:
    return [{"$ref": None, "value": each} for each in members]
