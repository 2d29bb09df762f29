"""The target system during the visit to one person: match, get, create, patch and delete, each read strictly."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from typing import Any
from urllib.parse import quote, urlsplit

from simulators.entra import reading
from simulators.entra.client import Answer, Budget, Client, Failed, Quarantine
from simulators.entra.mapping import AttributeMapping, Values
from simulators.entra.patch import Dialect, Difference, patch_body
from simulators.entra.paths import AttributePath
from simulators.entra.reading import Resource, Warn
from simulators.entra.tenant import filter_query

_NOT_FOUND = (
    "HTTP 404 to a query: please check that the tenant URL is correct. A query without a match must be answered with "
    "200 and an empty ListResponse."
)


class Target:
    """Answers are awaited with one budget of patience; lesser violations go to `warn`."""

    def __init__(
        self, client: Client, mapping: AttributeMapping, dialect: Dialect, patience: float, warn: Warn
    ) -> None:
        self._client = client
        self._mapping = mapping
        self._dialect: Dialect = dialect
        self._budget = Budget(patience)
        self._warn = warn

    def match(self, values: Values) -> Resource | None:
        """One query per matching attribute that has a value, in precedence order; the first hit ends it."""
        for name in self._mapping.matching:
            if (value := values.get(name)) is not None and (found := self._matched(name, str(value))):
                return found
        return None

    def _matched(self, name: str, value: str) -> Resource | None:
        resources, total = self._query((name, value))
        found = [reading.user(each, self._warn) for each in resources]
        path = self._mapping.paths[name]
        if wrong := [each for each in found if not _alike(path.read(each), value)]:
            raise Failed(f"matched a wrong user: asked for {name} {value}, got {path.read(wrong[0])!r}")
        if len(found) > 1 or total > 1:
            raise Failed(f"several users match {name} {value}: the matching attribute must be unique")
        return found[0] if found else None

    def _query(self, *conditions: tuple[str, str], attributes: str = "") -> tuple[list[Any], int]:
        url = self._client.tenant.users(filter_query(*conditions), attributes)
        answer = self._client.send("GET", url, self._budget)
        if answer.status == 404:
            raise Quarantine(_NOT_FOUND)
        return reading.hits(answer, self._warn)

    def get(self, target_id: str) -> Resource | None:
        answer = self._client.send("GET", self._client.tenant.user(target_id), self._budget)
        if reading.is_absent(answer):
            return None
        if answer.status != 200:
            raise Failed(f"GET was answered {reading.explain(answer, self._warn)}")
        return self._same(answer, target_id)

    def create(self, values: Values) -> Resource | None:
        """The new resource; None when a repeated POST finds that the lost one had worked (409)."""
        body = self._mapping.body(values)
        answer = self._client.send("POST", self._client.tenant.users(), self._budget, body)
        if answer.status == 409 and answer.repeated:
            reading.explain(answer, self._warn)
            return None
        if answer.status != 201:
            raise Failed(f"POST was answered {reading.explain(answer, self._warn)}, not 201 Created")
        created = reading.user(reading.document(answer), self._warn)
        self._check_name(created, values)
        self._check_location(answer, str(created["id"]))
        return created

    def patch(self, target_id: str, differences: Sequence[Difference], values: Values) -> Resource | None:
        """The resource of a 200, or None after a 204 (both are right, RFC 7644 section 3.5.2)."""
        body = patch_body(differences, self._dialect)
        answer = self._client.send("PATCH", self._client.tenant.user(target_id), self._budget, body)
        if answer.status == 204:
            return None
        if answer.status != 200:
            raise Failed(f"PATCH was answered {reading.explain(answer, self._warn)}, not 200 or 204")
        changed = self._same(answer, target_id)
        self._check_name(changed, values)
        return changed

    def delete(self, target_id: str) -> None:
        """A 404 counts as done."""
        answer = self._client.send("DELETE", self._client.tenant.user(target_id), self._budget)
        if answer.status == 404:
            reading.explain(answer, self._warn)
        elif answer.status != 204:
            raise Failed(f"DELETE was answered {reading.explain(answer, self._warn)}, not 204")

    def has_manager(self, target_id: str, manager_id: str) -> bool:
        """The reference check of Learn's "Get User by ID and manager"."""
        found, _ = self._query(("id", target_id), ("manager", manager_id), attributes="attributes=id")
        for each in found:
            if not isinstance(each, dict) or each.get("id") != target_id:
                raise Failed("the reference check found another user than the one asked for")
        return bool(found)

    def set_manager(self, target_id: str, path: AttributePath, manager_id: str | None, had: bool) -> None:
        """Entra writes the manager's id in the target as a plain text; a manager is taken away by an empty one."""
        self.patch(target_id, [Difference(path, manager_id or "", had)], {})

    def test_connection(self) -> None:
        """Ask for a user that cannot exist, by the first matching attribute (Learn, "Get user by query")."""
        resources, _ = self._query((self._mapping.matching[0], str(uuid.uuid4())))
        if resources:
            self._warn("a query for a user that cannot exist found somebody: filters are not obeyed")

    def _same(self, answer: Answer, target_id: str) -> Resource:
        found = reading.user(reading.document(answer), self._warn)
        if found["id"] != target_id:
            raise Failed(f"the id changed: asked for {target_id}, got {found['id']}")
        return found

    def _check_name(self, found: Resource, values: Values) -> None:
        wanted = values.get("userName")
        if wanted is not None and not _alike(found["userName"], str(wanted)):
            raise Failed(f"userName {wanted} was written, the answer says {found['userName']}")

    def _check_location(self, answer: Answer, target_id: str) -> None:
        if not answer.location:
            self._warn("201 without a Location header")
        elif not urlsplit(answer.location).path.endswith(f"/Users/{quote(target_id, safe='')}"):
            self._warn("the Location header does not name the new user")


def _alike(answered: Any, wanted: str) -> bool:
    """Matching ignores case, as userName does (RFC 7643 section 4.1.1)."""
    return isinstance(answered, str) and answered.casefold() == wanted.casefold()
