"""The requests that users and groups have in common, each answer read strictly."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import quote, urlsplit

from simulators.entra import reading
from simulators.entra.client import Answer, Budget, Client, Failed, Quarantine
from simulators.entra.paths import AttributePath
from simulators.entra.reading import Resource, Warn

_NOT_FOUND = (
    "HTTP 404 to a query of /{}: please check that the tenant URL is correct. A query without a match must be answered "
    "with 200 and an empty ListResponse."
)


class Line:
    """The line to the target during one visit, with one budget of patience; lesser violations go to `warn`."""

    def __init__(self, client: Client, patience: float, warn: Warn, read: Callable[[Any, Warn], Resource]) -> None:
        self.tenant = client.tenant
        self.warn = warn
        self._client = client
        self._budget = Budget(patience)
        self._read = read

    def query(self, url: str) -> tuple[list[Any], int]:
        """Resources and totalResults, unread."""
        answer = self._client.send("GET", url, self._budget)
        if answer.status == 404:
            raise Quarantine(_NOT_FOUND.format(urlsplit(url).path.rpartition("/")[2]))
        return reading.hits(answer, self.warn)

    def matched(self, url: str, kind: str, path: AttributePath, value: str) -> Resource | None:
        """The one resource that has the value, which is compared without case (RFC 7643 section 4.1.1)."""
        resources, total = self.query(url)
        found = [self._read(each, self.warn) for each in resources]
        if wrong := [each for each in found if not alike(path.read(each), value)]:
            raise Failed(f"matched a wrong {kind}: asked for {path.text} {value}, got {path.read(wrong[0])!r}")
        if len(found) > 1 or total > 1:
            raise Failed(f"several {kind}s match {path.text} {value}: the matching attribute must be unique")
        return found[0] if found else None

    def get(self, url: str, target_id: str) -> Resource | None:
        answer = self._client.send("GET", url, self._budget)
        if reading.is_absent(answer):
            return None
        if answer.status != 200:
            raise Failed(f"GET was answered {reading.explain(answer, self.warn)}")
        return self._same(answer, target_id)

    def post(self, url: str, body: Mapping[str, Any]) -> Resource | None:
        """The new resource; None when a repeated POST finds that the lost one had worked (409)."""
        answer = self._client.send("POST", url, self._budget, body)
        if answer.status == 409 and answer.repeated:
            reading.explain(answer, self.warn)
            return None
        if answer.status != 201:
            raise Failed(f"POST was answered {reading.explain(answer, self.warn)}, not 201 Created")
        created = self._read(reading.document(answer), self.warn)
        self._check_location(answer, url.partition("?")[0], str(created["id"]))
        return created

    def patch(self, url: str, target_id: str, body: Mapping[str, Any]) -> Resource | None:
        """The resource of a 200, or None after a 204 (both are right, RFC 7644 section 3.5.2)."""
        answer = self._client.send("PATCH", url, self._budget, body)
        if answer.status == 204:
            return None
        if answer.status != 200:
            raise Failed(f"PATCH was answered {reading.explain(answer, self.warn)}, not 200 or 204")
        return self._same(answer, target_id)

    def delete(self, url: str) -> None:
        """A 404 counts as done."""
        answer = self._client.send("DELETE", url, self._budget)
        if answer.status == 404:
            reading.explain(answer, self.warn)
        elif answer.status != 204:
            raise Failed(f"DELETE was answered {reading.explain(answer, self.warn)}, not 204")

    def holds(self, url: str, target_id: str) -> bool:
        """A reference check: the list has the one resource asked for, or nothing."""
        found, _ = self.query(url)
        for each in found:
            if not isinstance(each, dict) or each.get("id") != target_id:
                raise Failed("the reference check found another resource than the one asked for")
        return bool(found)

    def _same(self, answer: Answer, target_id: str) -> Resource:
        found = self._read(reading.document(answer), self.warn)
        if found["id"] != target_id:
            raise Failed(f"the id changed: asked for {target_id}, got {found['id']}")
        return found

    def _check_location(self, answer: Answer, endpoint: str, target_id: str) -> None:
        if not answer.location:
            self.warn("201 without a Location header")
        elif not urlsplit(answer.location).path.endswith(f"/{endpoint.rpartition('/')[2]}/{quote(target_id, safe='')}"):
            self.warn("the Location header does not name the new resource")


def alike(answered: Any, wanted: str) -> bool:
    return isinstance(answered, str) and answered.casefold() == wanted.casefold()
