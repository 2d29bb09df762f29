"""Names of accounts that are kept in the map, because the backend has no place for them (`Kind.kept_name`).

Whoever was never given one has the value as a name by which the backend knows the account: an e-mail address.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

from scim.errors import ScimError
from scim.finding import look
from scim.identity.links import Link
from scim.kind import Kind
from scim.renames import met
from scim.schemas import Attribute
from scim.waiting import acquire
from scim.writing import blank
from scim_adapter import Ask


def name_given(kind: Kind, kept: Mapping[str, Any], before: Mapping[str, Any]) -> str | None:
    """The name that a write gives to an account which had another one before; None where it gives none. 400 for what
    would be without a name."""
    if kind.kept_name is None:
        return None
    name, old = _name(kind.kept_name, kept), before.get(kind.kept_name.name)
    return None if isinstance(old, str) and old.casefold() == name.casefold() else name


def _name(attribute: Attribute, kept: Mapping[str, Any]) -> str:
    name = kept.get(attribute.name)
    if not isinstance(name, str) or blank(name):
        raise ScimError(400, f"{attribute.name} is required and must have a value.", "invalidValue")
    return name


@asynccontextmanager
async def claimed(kind: Kind, name: str | None, ask: Ask) -> AsyncIterator[None]:
    """The claim on a name while an account is given it, so that two at once do not give it to two. Two writes.

    It is taken before a claim on what names the account in the backend, and after a turn: nobody waits in a circle.
    """
    if kind.kept_name is None or name is None:
        yield
        return
    claim = await acquire(kind, name, ask, "", path=kind.kept_name.name)
    try:
        yield
    finally:
        await kind.map.claims(kind.type).release(claim)


async def guard_name(kind: Kind, kept: Mapping[str, Any], mine: str, ask: Ask) -> None:
    """400 without a name, 409 when another account than the one with the id `mine` has it."""
    if kind.kept_name is not None and await _held(kind, kind.kept_name.name, _name(kind.kept_name, kept), mine, ask):
        raise ScimError(409, f"Another account has this {kind.kept_name.name}.", "uniqueness")


async def _held(kind: Kind, path: str, name: str, mine: str, ask: Ask) -> bool:
    """Whether another account has a name: it was given to it, or nobody gave it another one."""
    for link in await kind.map.with_kept(kind.type, path, name):
        if link.id != mine and await _stands(kind, link, ask):
            return True
    record = await look(kind, name, ask)
    if record is None:
        return False
    link = await met(kind, record, ask)
    return link.visible and link.id != mine and path not in link.kept


async def _stands(kind: Kind, link: Link, ask: Ask) -> bool:
    try:
        await kind.fetch(link, ask)
    except ScimError as error:
        if error.status != 404:
            raise
        return False
    return True
