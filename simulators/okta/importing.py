"""An import from the target: all users or groups, page by page, in steps that do not care what a page really held."""

from __future__ import annotations

from collections.abc import Iterator

from simulators.okta.answers import Json, listed
from simulators.okta.client import Client
from simulators.okta.report import Report
from simulators.okta.state import State
from simulators.okta.target import PAGE


class Importer:
    """Raises Failed when a page cannot be read: an import is all or nothing."""

    def __init__(self, client: Client, state: State, report: Report) -> None:
        self._client, self._state, self._report = client, state, report

    def users(self) -> None:
        """Active accounts are matched by userName; those of nobody are left alone, inactive ones passed over."""
        for user in self._all("Users"):
            name = user.get("userName")
            if not isinstance(name, str) or not name:
                self._report.warn("an imported user has no userName")
            elif user.get("active") is not True:
                self._report.did("import", "inactive")
            else:
                self._report.did("import", "scanned")
                self._state.imported.keep(name, str(user["id"]))
        matched, scanned = self._state.imported.matched(), self._report.counts["import"]["scanned"]
        self._report.counts["import"].update(matched=matched, new=scanned - matched)

    def groups(self) -> None:
        """Read only: an imported group is another thing than a pushed one."""
        for group in self._all("Groups"):
            self._report.did("import", "groups")
            if not group.get("displayName"):
                self._report.warn("an imported group has no displayName")

    def _all(self, kind: str) -> Iterator[Json]:
        """Ends at the total, or at a page that brings nothing new."""
        start, total, fresh = 1, 1, True
        while start <= total and fresh:
            found, fresh = listed(self._client.send("GET", self._client.target.page(kind, start))), False
            expected = max(0, min(PAGE, found.total - start + 1))
            if len(found.resources) != expected:
                self._report.warn(f"the page of {kind} from {start} held {len(found.resources)} instead of {expected}")
            for each in found.resources:
                if self._state.imported.saw(f"{kind}/{each['id']}"):
                    fresh = True
                    yield each
                else:
                    self._report.warn(f"{kind} came twice: the order of pages is not stable")
            start, total = start + PAGE, found.total
