"""What a connection holds: attributes that its backend has, and unmapped ones that are kept in the map."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

from scim.errors import invalid_value
from scim.mapping import Binding, Table, resolve_text
from scim.naming import kept_name
from scim.options import Options
from scim.paths import LONG, Json, Target

OURS = ("meta", "meta.resourceType", "meta.location", "meta.version")
"""What the gateway itself says of every resource."""
KEPT_SIZE = 30_000
"""Characters of what is kept for one resource; a store's value has 32 Ki."""


class Holding:
    """What is mapped, kept or left out of one resource type."""

    def __init__(self, table: Table, options: Options) -> None:
        self._table, self._options, self._name = table, options, kept_name(table)
        self.any_kept = (
            self._name is not None
            or options.unmapped == "keep"
            or any(name not in table.by_path for name in options.keep)
        )
        """Whether rows of the map may hold attributes, so that lists must read them."""
        self._told: dict[str, bool] = {}

    def keeps(self, target: Target) -> bool:
        """Whether an unmapped attribute is kept in the map; never a password, which the map would hold in clear."""
        if target.leaf.returned == "never":
            return False
        whole = target.sub is None and not self._table.of_attribute(target)
        named = {target.text, target.attribute.name}
        if target.attribute is self._name:
            return whole
        return whole and (self._options.unmapped == "keep" or not named.isdisjoint(self._options.keep))

    def told(self, kept: Mapping[str, Any]) -> Mapping[str, Any]:
        """What clients see of what a row keeps: only what is kept today. A row from before may hold more."""
        return {path: value for path, value in kept.items() if self._tells(path)}

    def _tells(self, path: str) -> bool:
        if path not in self._told:
            try:
                self._told[path] = self.keeps(resolve_text(self._table.schema, path))
            except ValueError:
                self._told[path] = False
        return self._told[path]

    def shows(self, target: Target) -> bool:
        """Whether clients can see a value here, so that a search or an order by it makes sense."""
        if target.leaf.returned == "never":
            return False
        ours = target.attribute.name in ("id", "schemas") or target.text in OURS
        return ours or any(_covers(b, target) for b in self._table.of_attribute(target)) or self.keeps(target)

    def split(self, resource: Json) -> tuple[dict[str, Any], dict[str, Any]]:
        """What is kept, and what is left out: canonical path to value."""
        kept: dict[str, Any] = {}
        left: dict[str, Any] = {}
        for target, value in self._table.leftovers(resource):
            (kept if self.keeps(target) else left)[target.text] = value
        if len(json.dumps(kept)) > KEPT_SIZE:
            raise invalid_value(f"{enumeration(sorted(kept))}: this is too much to be kept by the gateway.")
        return kept, left

    def ignored(self, before: Mapping[str, Any], after: Mapping[str, Any]) -> list[str]:
        """The paths that a request tried to set and that are left out; 400 where the connection says reject."""
        names = sorted(path for path, value in after.items() if before.get(path) != value)
        if names and self._options.unmapped == "reject":
            raise invalid_value(f"This connection does not hold {enumeration(names)}; leave it out or map it.")
        return names


def _covers(binding: Binding, target: Target) -> bool:
    """Whether what a binding holds of an attribute includes this sub-attribute of it."""
    if target.sub is None or binding.target.sub in (None, target.sub) or binding.field.ref:
        return True
    return target.attribute.multi and target.sub.name in {"primary", *(binding.target.selector or {})}


def beside(resource: Json, kept: Mapping[str, Any]) -> Json:
    """Put kept attributes (a top-level name or URN:name) into a resource."""
    for path, value in kept.items():
        urn, _, name = path.rpartition(":")
        home = resource.setdefault(urn, {}) if urn else resource
        home[name] = value
    return resource


def enumeration(names: Iterable[str]) -> str:
    """Up to ten names, each cut where it is long, and how many more there are."""
    shown = [name if len(name) <= LONG else f"{name[:LONG]}..." for name in names]
    return ", ".join(shown[:10]) + (f" and {len(shown) - 10} more" if len(shown) > 10 else "")
