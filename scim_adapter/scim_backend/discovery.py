"""What a server says of itself (RFC 7644 section 4), beside what the profile says of it.

Nothing is decided by it: servers are wrong about themselves as often as they are silent. An operator reads it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from scim_adapter.contract import Ask
from scim_adapter.errors import AdapterError
from scim_adapter.scim_backend.calls import Calls
from scim_adapter.scim_backend.profile import Kind, Profile
from scim_adapter.scim_backend.schema import CORE
from scim_adapter.scim_backend.table import Slot, Table


async def differences(calls: Calls, profile: Profile, ask: Ask) -> list[str]:
    """Sentences about what the server's discovery and the profile do not agree on; none where it has no discovery."""
    found = list(_of_service(await _answer(calls, "/ServiceProviderConfig", ask), profile))
    schemas = _resources(await _answer(calls, "/Schemas", ask))
    if schemas:
        found += [one for kind in (profile.users, profile.groups) if kind for one in _of_kind(kind, profile, schemas)]
        if profile.groups is None and CORE["Group"] in schemas:
            found.append("The backend says that it has groups; the profile has no [groups].")
    return found


async def _answer(calls: Calls, path: str, ask: Ask) -> Any:
    try:
        return await calls.send("get", "GET", path, ask)
    except AdapterError:
        return None


def _resources(answer: Any) -> dict[str, Mapping[str, Any]]:
    """Schemas by their URN, from a list response or a bare list."""
    listed = answer.get("Resources") if isinstance(answer, dict) else answer
    return {str(one.get("id")): one for one in listed if isinstance(one, dict)} if isinstance(listed, list) else {}


def _of_service(config: Any, profile: Profile) -> Iterator[str]:
    if not isinstance(config, dict):
        return
    patch = _said(config, "patch")
    if patch is False and profile.update != "put":
        yield f'The backend says that it takes no PATCH; the profile says update = "{profile.update}".'
    if patch is True and profile.update == "put":
        yield 'The backend says that it takes PATCH; the profile says update = "put".'
    if _said(config, "filter") is False and any(row.filter != "no" for row in profile.users.rows):
        yield "The backend says that it takes no filters; the profile filters natively."
    if _said(config, "etag") is False and profile.etags:
        yield "The backend says that it has no ETags; the profile says etags = true."
    most = config.get("filter", {}).get("maxResults") if isinstance(config.get("filter"), dict) else None
    if isinstance(most, int) and 0 < most < profile.page_size:
        yield f"The backend says that it lists {most} resources at most; the profile says {profile.page_size}."


def _said(config: Mapping[str, Any], name: str) -> bool | None:
    part = config.get(name)
    said = part.get("supported") if isinstance(part, dict) else None
    return said if isinstance(said, bool) else None


def _of_kind(kind: Kind, profile: Profile, schemas: Mapping[str, Mapping[str, Any]]) -> Iterator[str]:
    if CORE[kind.type] not in schemas:
        yield f"The backend lists no schema of a {kind.type}."
        return
    for slot in Table(kind, profile).slots:
        schema = slot.place.urn or CORE[kind.type]
        if slot.place.attribute in ("externalId", "meta"):
            continue
        said = _attribute(schemas.get(schema), slot.place.attribute)
        said = _attribute(said, slot.place.sub, "subAttributes") if said and slot.place.sub else said
        if said is None:
            yield f"{slot.row.path}: the backend has no {slot.row.native}."
        else:
            yield from _of_attribute(slot, said)


def _attribute(parent: Mapping[str, Any] | None, name: str, where: str = "attributes") -> Mapping[str, Any] | None:
    listed = parent.get(where) if parent else None
    known = [one for one in listed if isinstance(one, dict)] if isinstance(listed, list) else []
    return next((one for one in known if str(one.get("name")).casefold() == name.casefold()), None)


def _of_attribute(slot: Slot, said: Mapping[str, Any]) -> Iterator[str]:
    row, mutability = slot.row, said.get("mutability")
    if mutability == "readOnly" and row.mutable != "never":
        yield f'{row.path}: the backend alone writes it; the profile says mutable = "{row.mutable}".'
    if mutability == "immutable" and row.mutable == "always" and slot.place.sub is None:
        yield f'{row.path}: the backend says that it never changes; the profile says mutable = "always".'
    if said.get("required") is True and not row.required and slot.place.sub is None:
        yield f"{row.path}: the backend demands a value; the profile does not say required = true."
