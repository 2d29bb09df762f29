"""Members whom the backend does not have any more: named by the ids that the client sent, not by native keys."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from scim.errors import invalid_value
from scim.holding import enumeration
from scim.kind import Kind
from scim.references import types
from scim_adapter import AdapterError, Get, Invalid, NotFound

MOST = 100
"""So many ids are looked up at most."""


async def explained(kind: Kind, error: Invalid, document: Any) -> Exception:
    """What to raise when a backend refuses a list of references: 400 with the ids of those whose account or group is
    gone, or the error itself. It costs two reads for each id that was sent, and only then."""
    binding = next((b for b in kind.referring if b.field.many and b.field.native == error.field), None)
    if binding is None:
        return error
    try:
        sent = list(dict.fromkeys(_values(document)))[:MOST]
        gone = [id for id in sent if await _vanished(kind, types(binding.field), id)]
    except AdapterError:
        return error
    if not gone:
        return error
    return invalid_value(f"Nobody in the backend has the id {enumeration(gone)} any more, sent in {binding.path}.")


def _values(document: Any) -> Iterator[str]:
    """Every text of a document that may be the id of a member: a value, or one of several."""
    nodes = [document]
    for node in nodes:
        parts = node if isinstance(node, list) else [node.get(name) for name in node if name.lower() == "value"]
        yield from (part for part in parts if isinstance(part, str))
        nodes += [part for part in (node if isinstance(node, list) else node.values()) if isinstance(part, dict | list)]


async def _vanished(kind: Kind, types: list[str], id: str) -> bool:
    """Whether an id leads to a record that the backend does not find."""
    for type in types:
        link, peer = await kind.map.link(type, id), kind.peers.get(type)
        if link is not None and peer is not None:
            try:
                await peer.resource.get(Get(link.key, frozenset({peer.resource.key}), kind.asking()))
            except NotFound:
                return True
    return False
