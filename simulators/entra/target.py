"""The users of the target system during the visit to one person: match, get, create, patch and delete."""

from __future__ import annotations

import uuid
from collections.abc import Sequence

from simulators.entra import reading
from simulators.entra.client import Client, Failed
from simulators.entra.line import Line, alike
from simulators.entra.mapping import AttributeMapping, Values
from simulators.entra.patch import Dialect, Difference, patch_body
from simulators.entra.paths import AttributePath
from simulators.entra.reading import Resource, Warn
from simulators.entra.tenant import filter_query


class Target:
    """Answers are awaited with one budget of patience; lesser violations go to `warn`."""

    def __init__(
        self, client: Client, mapping: AttributeMapping, dialect: Dialect, patience: float, warn: Warn
    ) -> None:
        self._line = Line(client, patience, warn, reading.user)
        self._tenant = client.tenant
        self._mapping = mapping
        self._dialect: Dialect = dialect

    def match(self, values: Values) -> Resource | None:
        """One query per matching attribute that has a value, in precedence order; the first hit ends it."""
        for name in self._mapping.matching:
            if (value := values.get(name)) is not None and (found := self._matched(name, str(value))):
                return found
        return None

    def _matched(self, name: str, value: str) -> Resource | None:
        url = self._tenant.users(filter_query((name, value)))
        return self._line.matched(url, "user", self._mapping.paths[name], value)

    def get(self, target_id: str) -> Resource | None:
        return self._line.get(self._tenant.user(target_id), target_id)

    def create(self, values: Values) -> Resource | None:
        """The new resource; None when a repeated POST finds that the lost one had worked (409)."""
        created = self._line.post(self._tenant.users(), self._mapping.body(values))
        if created:
            self._check_name(created, values)
        return created

    def patch(self, target_id: str, differences: Sequence[Difference], values: Values) -> Resource | None:
        """The resource of a 200, or None after a 204."""
        body = patch_body(differences, self._dialect)
        changed = self._line.patch(self._tenant.user(target_id), target_id, body)
        if changed:
            self._check_name(changed, values)
        return changed

    def delete(self, target_id: str) -> None:
        self._line.delete(self._tenant.user(target_id))

    def has_manager(self, target_id: str, manager_id: str) -> bool:
        """The reference check of Learn's "Get User by ID and manager"."""
        query = filter_query(("id", target_id), ("manager", manager_id))
        return self._line.holds(self._tenant.users(query, "attributes=id"), target_id)

    def set_manager(self, target_id: str, path: AttributePath, manager_id: str | None, had: bool) -> None:
        """Entra writes the manager's id in the target as a plain text; a manager is taken away by an empty one."""
        self.patch(target_id, [Difference(path, manager_id or "", had)], {})

    def test_connection(self) -> None:
        """Ask for a user that cannot exist, by the first matching attribute (Learn, "Get user by query")."""
        query = filter_query((self._mapping.matching[0], str(uuid.uuid4())))
        resources, _ = self._line.query(self._tenant.users(query))
        if resources:
            self._line.warn("a query for a user that cannot exist found somebody: filters are not obeyed")

    def _check_name(self, found: Resource, values: Values) -> None:
        wanted = values.get("userName")
        if wanted is not None and not alike(found["userName"], str(wanted)):
            raise Failed(f"userName {wanted} was written, the answer says {found['userName']}")
