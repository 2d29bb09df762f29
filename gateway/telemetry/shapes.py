"""A request's path as it may be logged: its shape, and the id of a resource where it is one of ours.

A path can hold anything, a login too. An id is opaque: it leads to a person only for whoever has the identity map.
"""

from __future__ import annotations

import re
from collections.abc import Container
from dataclasses import dataclass

from scim.identity.ids import well_formed

SCIM_PATH = re.compile(r"/(?P<connection>[^/]+)/scim/v2(?P<path>/.*)?", re.IGNORECASE)
TOKEN_PATH = re.compile(r"/oauth/(?P<connection>[^/]+)/token", re.IGNORECASE)
ENDPOINTS = {
    one.casefold(): one
    for one in ("Users", "Groups", "ServiceProviderConfig", "ResourceTypes", "Schemas", "Bulk", "Me", ".search")
}
OTHER = "other"
PLAIN = frozenset(("/healthz", "/readyz"))


@dataclass(frozen=True, slots=True)
class Shape:
    """What is told of a path. `connection` is empty for one that the configuration does not have."""

    route: str = OTHER
    connection: str = ""
    id: str = ""


def shape(path: str, connections: Container[str]) -> Shape:
    """The shape of a path as it came over the wire."""
    if path in PLAIN:
        return Shape(path)
    if match := TOKEN_PATH.fullmatch(path):
        return Shape("/oauth/token", _known(match["connection"], connections))
    match = SCIM_PATH.fullmatch(path)
    if match is None:
        return Shape()
    route, id = _below(match["path"] or "/")
    return Shape(route, _known(match["connection"], connections), id)


def _known(name: str, connections: Container[str]) -> str:
    return name if name in connections else ""


def _below(path: str) -> tuple[str, str]:
    first, *rest = path.strip("/").split("/")
    endpoint = ENDPOINTS.get(first.casefold())
    if endpoint is None:
        return (OTHER if first or rest else "/"), ""
    if not rest:
        return f"/{endpoint}", ""
    if len(rest) > 1:
        return OTHER, ""
    if rest[0].casefold() == ".search":
        return f"/{endpoint}/.search", ""
    return f"/{endpoint}/{{id}}", rest[0] if well_formed(rest[0]) else ""
