"""References between resources: ids outside, native keys inside.

Outward every key becomes its id, and whoever cannot be seen is absent. Inward an id becomes the key that it stands
for. Whole lists are never written as the client sent them: what was added and what was removed is carried into the
backend's own list, so members that clients cannot see stay.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urljoin, urlsplit

from scim.identity.map import IdentityMap
from scim.paths import Json
from scim_adapter import Field

BESIDE = re.compile(r"(?:\.\./|/)?(?:Users|Groups)/(?P<id>[^/?#]+)/?", re.IGNORECASE)
"""Below the base URL, or beside the resource, as the RFC's own examples have it."""
Url = Callable[[str, str], str]
"""Resource type and id to the resource's URL."""


class UnknownReference(Exception):
    """Ids that stand for nobody."""

    def __init__(self, ids: Sequence[str]) -> None:
        super().__init__("Some ids stand for nobody.")
        self.ids = ids


def types(field: Field) -> list[str]:
    """The resource types that a field may refer to."""
    return (field.ref or "").split("|") if field.ref else []


def key_and_type(field: Field, element: Any) -> tuple[str, str]:
    """The native key of one reference and the type it belongs to; a plain value is of the first type."""
    allowed = types(field)
    if not isinstance(element, dict):
        return str(element), allowed[0]
    kind = element.get("type")
    return str(element.get("value")), kind if kind in allowed else allowed[0]


def listed(value: Any) -> list[Any]:
    """A native reference field as a list."""
    if value is None or value == "":
        return []
    return value if isinstance(value, list) else [value]


@dataclass(frozen=True, slots=True)
class References:
    """How the references of one connection are shown and understood."""

    map: IdentityMap
    url: Url

    def shown(self, field: Field, element: Any) -> Json | None:
        """One reference as SCIM JSON, or None when its target cannot be seen."""
        key, type = key_and_type(field, element)
        id = self.map.shown(type, key)
        if id is None:
            return None
        shown = {"value": id, "$ref": self.url(type, id)}
        if field.many:
            said = element if isinstance(element, dict) else {}
            shown["type"] = str(said.get("type") or type)
            if said.get("display"):
                shown["display"] = str(said["display"])
        return shown

    def understood(self, document: Any) -> Any:
        """A client's document in which each reference that was sent as a URL alone has its id (RFC 7643 2.3.7). One to
        elsewhere has the whole URL for it, which nobody here has. The document that was given is changed."""
        nodes = [document]
        while nodes:
            node = nodes.pop()
            if isinstance(node, dict):
                sent = {name.lower(): name for name in node}
                ref = node.get(sent.get("$ref", ""))
                if isinstance(ref, str) and ref and not node.get(sent.get("value", "")):
                    node[sent.get("value", "value")] = self._id(ref)
                nodes += node.values()
            elif isinstance(node, list):
                nodes += node
        return document

    def _id(self, ref: str) -> str:
        """The id in a URL below the connection's own, by whichever protocol; of any other the URL itself."""
        base = self.url("User", "").removesuffix("Users/")
        try:
            there, here = (urlsplit(one) for one in (urljoin(base, ref), base))
        except ValueError:
            return ref
        ours = f"{there.netloc}{there.path}".casefold().startswith(f"{here.netloc}{here.path}".casefold())
        match = BESIDE.fullmatch(there.path[len(here.path) :] if ours else ref)
        return match["id"] if match else ref

    async def introduce(self, pairs: Iterable[tuple[Field, Any]]) -> None:
        """Give every target that is about to be shown its row: an id that left the gateway must lead somewhere."""
        for type, keys in _by_type(pairs).items():
            await self.map.meet_all(type, keys)

    async def keys(self, field: Field, ids: Sequence[str], *, strangers: bool = False) -> dict[str, tuple[str, str]]:
        """Id to (native key, type). One read for each, or a scan where they are many.

        `UnknownReference` names the ids that nobody visible has, unless `strangers` leaves them out.
        """
        found: dict[str, tuple[str, str]] = {}
        for type in types(field):
            links = await self.map.visible(type, [id for id in dict.fromkeys(ids) if id not in found])
            found |= {id: (link.key, type) for id, link in links.items()}
        unknown = [id for id in ids if id not in found]
        if unknown and not strangers:
            raise UnknownReference(unknown)
        return {id: found[id] for id in ids if id in found}

    async def key(self, field: Field, id: str) -> str | None:
        """The native key of one id, or None when nobody visible has it."""
        found = await self.keys(field, [id], strangers=True)
        return found[id][0] if id in found else None


def _by_type(pairs: Iterable[tuple[Field, Any]]) -> dict[str, list[str]]:
    found: dict[str, dict[str, None]] = {}
    for field, value in pairs:
        for element in listed(value):
            key, type = key_and_type(field, element)
            found.setdefault(type, {})[key] = None
    return {type: list(keys) for type, keys in found.items()}


def ids(value: Any) -> Iterator[str]:
    """The ids in a SCIM reference value, once each; an element without one refers to nobody."""
    found = (one.get("value") if isinstance(one, dict) else one for one in listed(value))
    yield from dict.fromkeys(str(id) for id in found if id)
