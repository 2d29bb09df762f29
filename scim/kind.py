"""One resource type of one connection: its backend, its mapping table and its part of the identity map."""

from __future__ import annotations

import contextlib
import uuid
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import replace
from functools import partial
from typing import Any

from scim.backend import Backend, Gate
from scim.deadline import ends
from scim.errors import ScimError, log, not_found
from scim.holding import Holding, beside
from scim.identity.links import Link
from scim.identity.map import IdentityMap
from scim.identity.store import Conflict
from scim.mapping import Binding, Table, resolve_text
from scim.naming import kept_name, naming
from scim.options import Options
from scim.paths import Json, Target
from scim.projection import Projection
from scim.references import References, types
from scim.schemas import SCHEMAS, ResourceSchema, extended
from scim.snapshots import Snapshots
from scim.versions import version
from scim_adapter import Ask, Field, Get, Native, NotFound, Resource

KEY_LENGTH = 10_000
"""Characters of a native key; a store's value has 32 Ki."""


class Kind:
    """What reading and writing of one resource type share."""

    def __init__(
        self,
        resource: Resource,
        schema: ResourceSchema,
        map: IdentityMap,
        options: Options,
        *,
        base_url: str,
        gate: Gate,
        attributes: Mapping[str, Field] | None = None,
    ) -> None:
        fields = {**resource.fields, **(attributes or {})}
        self.schema = schema = extended(schema, fields, options.keep)
        self.resource, self.map, self.options = Backend(resource, gate), map, options
        self.table = Table(fields, schema)
        self.holding = Holding(self.table, options)
        self.type = resource.type
        self.url = base_url + schema.endpoint
        self.naming, self.kept_name = naming(self.table), kept_name(self.table)
        self.matching = [self._matching(path) for path in options.match] if self.type == "User" else []
        self.references = References(map, lambda type, id: f"{base_url}{SCHEMAS[type].endpoint}/{id}")
        self.referring = [binding for binding in self.table.bindings if binding.field.ref]
        self.refers = sorted({type for binding in self.referring for type in types(binding.field)})
        self.snapshots = Snapshots()
        self.guard: Callable[[Ask, str, str], AbstractAsyncContextManager[None]] | None = None
        """How an adapter gets the turn at another record; the service says."""
        self.peers: Mapping[str, Kind] = {}
        """All resource types of the connection, this one too; the service says."""
        self.unlisted = [binding for binding in self.table.bindings if not binding.field.listed]

    def _matching(self, path: str) -> Target:
        target = resolve_text(self.schema, path)
        if not (self.table.holding(target) or self.holding.keeps(target)):
            raise ValueError(f"Accounts cannot be matched by {target.text}: this connection does not hold it.")
        return target

    def asking(self, *, writing: bool = False) -> Ask:
        """A new operation with its deadline."""
        limit = self.options.write_deadline if writing else self.options.read_deadline
        ask = Ask(str(uuid.uuid4()), ends(limit))
        return replace(ask, alone=partial(self.guard, ask)) if self.guard else ask

    def key_of(self, record: Native) -> str:
        """The native key of a record."""
        return str(record[self.resource.key])

    def usable(self, record: Native) -> bool:
        """Whether a record of a list has a key that a row of the map can hold; one that has not is left out."""
        key = record.get(self.resource.key)
        if key not in (None, "") and len(str(key)) <= KEY_LENGTH:
            return True
        log.warning("A %s of the backend has no key, or one that is too long; it is left out.", self.type)
        return False

    # -- records as resources --------------------------------------------------------------------------------------

    def bare(self, record: Native, kept: Mapping[str, Any], only: Sequence[Binding] | None = None) -> Json:
        """A record as SCIM JSON with what is kept beside it; what PATCH works on. `only` as in `Table.outward`."""
        resource = beside(self.table.outward(record, self.references.shown, only), self.holding.told(kept))
        if self.kept_name is not None and self.kept_name.name not in resource:
            resource[self.kept_name.name] = self.naming.to_scim(record.get(self.naming.field.native))
        return resource

    async def present(self, record: Native, link: Link, *, whole: bool = True) -> Json:
        """A record as clients get it, once all ids in it lead somewhere."""
        await self.introduce([record])
        return self.shape(record, link, whole=whole)

    async def introduce(self, records: Iterable[Native], projection: Projection | None = None) -> None:
        """Give every target of the references that are shown its row. No store operation for targets seen before."""
        shown = [b for b in self.referring if projection is None or projection.shows(b.target)]
        if shown:
            await self.references.introduce((b.field, b.references(r)) for r in records for b in shown)

    def shape(self, record: Native, link: Link, *, whole: bool = True) -> Json:
        """A record in the form that clients get: with schemas, id and meta. `whole` is False of a spared read."""
        resource = self.bare(record, link.kept)
        tag = version(self._state(record, link, resource) if whole else self._spared(record, link, resource))
        extensions = [urn for urn in self.schema.urns[1:] if urn in resource]
        meta = {**self._meta(resource.pop("meta", {}), link), "version": tag}
        return {"schemas": [self.schema.core.id, *extensions], "id": link.id, **resource, "meta": meta}

    def part(self, record: Native, link: Link, only: Sequence[Binding]) -> Json:
        """What `shape` makes of these bindings, with id and meta, but without `schemas` and a version."""
        resource = self.bare(record, link.kept, only)
        return {"id": link.id, **resource, "meta": self._meta(resource.get("meta", {}), link)}

    def _meta(self, told: Json, link: Link) -> Json:
        meta = {"resourceType": self.type, **told, "location": self.location(link.id)}
        if self.holding.any_kept and link.created and "created" not in meta:  # else lists do not know it
            meta["created"] = link.created
        return meta

    def versions(self, record: Native, link: Link) -> tuple[str, ...]:
        """The versions that a client may know of this state: of an answer with, and without, unlisted attributes."""
        resource = self.bare(record, link.kept)
        return version(self._state(record, link, resource)), version(self._spared(record, link, resource))

    def _state(self, record: Native, link: Link, resource: Json) -> Any:
        """What a version stands for: the backend's own with what is kept, else all that clients can see."""
        own = record.get(self.resource.can.version) if self.resource.can.version else None
        seen = [binding.target.read(resource) for binding in self.referring]  # whoever is hidden here, not there
        return resource if own is None else [own, self.holding.told(link.kept), seen]

    def _spared(self, record: Native, link: Link, resource: Json) -> Any:
        """The same without what list records lack; where that changes, only a whole read sees it. It is never the
        state of a whole read: who has seen that a group is empty does not have the version of what lists show of it."""
        if not self.unlisted:
            return self._state(record, link, resource)
        listed = {name: dict(value) if isinstance(value, dict) else value for name, value in resource.items()}
        for binding in self.unlisted:
            binding.target.drop(listed)
        return ["listed", self._state(record, link, listed)]

    def location(self, id: str) -> str:
        """The URL of a resource."""
        return f"{self.url}/{id}"

    async def prepare(self) -> None:
        """What must be known before records are presented: the salt, and overrides where references occur."""
        await self.map.open()
        for type in self.refers:
            await self.map.refresh(type)

    async def linked(self, id: str) -> Link:
        """The visible link of an id; 404 otherwise."""
        link = await self.map.link(self.type, id)
        if link is None:
            raise not_found(self.type)
        return link

    def fields(self, projection: Projection | None) -> frozenset[str] | None:
        """The native fields that an answer needs; None when it needs all. Only costly (unlisted) ones are left out."""
        spared = [b for b in self.unlisted if projection is not None and not projection.shows(b.target)]
        if not spared:
            return None
        left_out = {binding.field.native for binding in spared}
        others = {binding.field.native for binding in self.table.bindings} - left_out
        return frozenset(others | {self.resource.key, self.resource.can.version or self.resource.key})

    async def fetch(self, link: Link, ask: Ask, fields: frozenset[str] | None = None) -> Native:
        """The record of a link with all its fields; 404 when the backend does not find it (the link stays)."""
        if self.resource.can.mutable_key:
            return await self._followed(link, ask, fields)
        try:
            return await self.resource.get(Get(link.key, fields, ask))
        except NotFound:
            raise not_found(self.type) from None

    async def _followed(self, link: Link, ask: Ask, fields: frozenset[str] | None) -> Native:
        """The record of a link whose key renames may change while it is read. A rename that was interrupted between
        backend and map is finished; 404 only when the row is the one that was read before the key was tried."""
        while True:
            for key in dict.fromkeys(filter(None, (link.key, link.next_key))):
                with contextlib.suppress(NotFound, Conflict):
                    record = await self.resource.get(Get(key, fields, ask))
                    if key != link.key:
                        rows = await self.map.moved(self.type, link, key, guarded=True)
                        await self.map.commit(self.type, rows)
                    return record
            before, link = link, await self.linked(link.id)
            if link.etag == before.etag:
                raise not_found(self.type)

    def path_of(self, native: str | None) -> str | None:
        """The SCIM path of a native field, for messages."""
        return self.table.path_of(native)


def rejected_change(path: str) -> ScimError:
    """400 mutability for a value that can only be set at creation."""
    return ScimError(400, f"{path} cannot be changed in this backend once the account exists.", "mutability")
