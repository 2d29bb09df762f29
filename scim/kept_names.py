"""Names of accounts that are kept in the map, because the backend has no place for them (`Kind.kept_name`).

Whoever was never given one has the value as a name by which the backend knows the account: an e-mail address.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from scim.errors import ScimError
from scim.finding import look
from scim.identity.links import Link
from scim.kind import Kind
from scim.renames import met
from scim.writing import blank
from scim_adapter import Ask


async def guard_name(kind: Kind, kept: Mapping[str, Any], mine: str, ask: Ask) -> None:
    """400 without a name, 409 when another account than the one with the id `mine` has it."""
    if kind.kept_name is None:
        return
    name = kept.get(kind.kept_name.name)
    if not isinstance(name, str) or blank(name):
        raise ScimError(400, f"{kind.kept_name.name} is required and must have a value.", "invalidValue")
    if await _holder(kind, name, mine, ask):
        raise ScimError(409, f"Another account has this {kind.kept_name.name}.", "uniqueness")


async def _holder(kind: Kind, name: str, mine: str, ask: Ask) -> bool:
    """Whether another account has a name: it was given to it, or nobody gave it another one."""
    for link in await kind.map.with_kept(kind.type, kind.kept_name.name if kind.kept_name else "", name):
        if link.id != mine and await _stands(kind, link, ask):
            return True
    record = await look(kind, name, ask)
    if record is None:
        return False
    link = await met(kind, record, ask)
    named = kind.kept_name is not None and kind.kept_name.name in link.kept
    return link.visible and link.id != mine and not named


async def _stands(kind: Kind, link: Link, ask: Ask) -> bool:
    try:
        await kind.fetch(link, ask)
    except ScimError as error:
        if error.status != 404:
            raise
        return False
    return True
