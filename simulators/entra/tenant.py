"""The Tenant URL of the portal, and the addresses built on it (Learn, "SCIM 2.0 protocol compliance", flags)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import quote, quote_plus

from simulators.client.address import address, base, is_loopback
from simulators.entra.patch import FLAG, Dialect

_WITHOUT_MEMBERS = "excludedAttributes=members"


@dataclass(frozen=True, slots=True)
class Tenant:
    """A base address, and the query part that travels on every call, writes too."""

    base: str
    query: str
    host: str

    @classmethod
    def parse(cls, text: str) -> Tenant:
        parts = address(text, "tenant URL", query=True)
        return cls(base(parts), parts.query, parts.hostname or "")

    def flagged(self) -> Tenant:
        if self.dialect == FLAG:
            return self
        return Tenant(self.base, "&".join(filter(None, (self.query, FLAG))), self.host)

    @property
    def dialect(self) -> Dialect:
        names = {part.partition("=")[0] for part in self.query.split("&")}
        return FLAG if FLAG in names else "default"

    @property
    def is_loopback(self) -> bool:
        return is_loopback(self.host)

    def users(self, *query: str) -> str:
        """That the flag goes before the filter is our assumption."""
        return self._with_query(f"{self.base}/Users", query)

    def user(self, target_id: str) -> str:
        return self._with_query(f"{self.base}/Users/{quote(target_id, safe='')}", ())

    def groups(self, *query: str) -> str:
        return self.groups_endpoint(_WITHOUT_MEMBERS, *query)

    def groups_endpoint(self, *query: str) -> str:
        return self._with_query(f"{self.base}/Groups", query)

    def group(self, target_id: str, *, excluded: bool = False) -> str:
        return self._with_query(f"{self.base}/Groups/{quote(target_id, safe='')}", (_WITHOUT_MEMBERS,) * excluded)

    def _with_query(self, path: str, query: Iterable[str]) -> str:
        whole = "&".join(filter(None, (self.query, *query)))
        return f"{path}?{whole}" if whole else path


def filter_query(*conditions: tuple[str, str] | str) -> str:
    """Conditions joined by `and`, form-encoded: a blank is `+`, a quote `%22` (azure-docs#11784).

    A pair is an equality; a text is taken as it is.
    """
    texts = [each if isinstance(each, str) else f'{each[0]} eq "{_escaped(each[1])}"' for each in conditions]
    return "filter=" + quote_plus(" and ".join(texts))


def _escaped(value: str) -> str:
    """A filter's value is a JSON string (RFC 7644 section 3.4.2.2)."""
    return value.replace("\\", "\\\\").replace('"', '\\"')
