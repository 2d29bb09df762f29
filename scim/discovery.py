"""Discovery (RFC 7644 section 4): what this connection really supports, computed from its mapping table."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from scim.cursors import TIMEOUT
from scim.kind import Kind
from scim.mapping import Binding
from scim.options import Options
from scim.paths import Json
from scim.schemas import Attribute, Schema

CONFIG = "urn:ietf:params:scim:schemas:core:2.0:ServiceProviderConfig"
RESOURCE_TYPE = "urn:ietf:params:scim:schemas:core:2.0:ResourceType"
SCHEMA = "urn:ietf:params:scim:schemas:core:2.0:Schema"


def service_provider_config(base_url: str, options: Options, kinds: Iterable[Kind]) -> Json:
    """What the connection can do (RFC 7643 section 5), and how it pages (RFC 9865 section 4)."""
    writes = {
        verb for kind in kinds for verb in ("create", "update", "amend", "delete") if kind.resource.declares(verb)
    }
    return {
        "schemas": [CONFIG],
        "patch": {"supported": not writes.isdisjoint(("update", "amend"))},
        "bulk": {
            "supported": bool(writes),
            "maxOperations": options.bulk_max_operations,
            "maxPayloadSize": options.bulk_max_payload_size,
        },
        "filter": {"supported": True, "maxResults": options.max_page_size},
        "changePassword": {"supported": False},
        "sort": {"supported": True},
        "etag": {"supported": True},
        "pagination": {
            "cursor": True,
            "index": True,
            "defaultPaginationMethod": "index",
            "defaultPageSize": min(options.page_size, options.max_page_size),
            "maxPageSize": options.max_page_size,
            "cursorTimeout": TIMEOUT,
        },
        "authenticationSchemes": [
            {
                "type": "oauthbearertoken",
                "name": "Bearer token",
                "description": "The token issued for this connection, as an Authorization: Bearer header.",
                "specUri": "https://www.rfc-editor.org/info/rfc6750",
                "primary": True,
            }
        ],
        "meta": {"resourceType": "ServiceProviderConfig", "location": f"{base_url}/ServiceProviderConfig"},
    }


def resource_type(kind: Kind, base_url: str) -> Json:
    """One resource type (RFC 7643 section 6) with the extensions of which something is mapped."""
    mapped = [schema.id for schema in schemas_of(kind)[1:]]
    return {
        "schemas": [RESOURCE_TYPE],
        "id": kind.type,
        "name": kind.type,
        "description": kind.schema.core.description,
        "endpoint": kind.schema.endpoint,
        "schema": kind.schema.core.id,
        "schemaExtensions": [{"schema": urn, "required": False} for urn in mapped],
        "meta": {"resourceType": "ResourceType", "location": f"{base_url}/ResourceTypes/{kind.type}"},
    }


def schemas_of(kind: Kind) -> list[Schema]:
    """The schemas with the mapped and kept attributes only; the core's comes first."""
    core = _supported(kind, kind.schema.core)
    shown = [a for a in kind.schema.common if a.name == "externalId" and _holds(kind, None, a)]
    extensions = [_supported(kind, schema) for schema in kind.schema.extensions]
    return [replace(core, attributes=(*shown, *core.attributes)), *(s for s in extensions if s.attributes)]


def _supported(kind: Kind, schema: Schema) -> Schema:
    urn = None if schema is kind.schema.core else schema.id
    shown = (_shown(kind, urn, attribute) for attribute in schema.attributes)
    return replace(schema, attributes=tuple(attribute for attribute in shown if attribute))


def _bindings(kind: Kind, urn: str | None, attribute: Attribute) -> list[Binding]:
    return [b for b in kind.table.bindings if (b.target.extension, b.target.attribute) == (urn, attribute)]


def _holds(kind: Kind, urn: str | None, attribute: Attribute) -> bool:
    path = f"{urn}:{attribute.name}" if urn else attribute.name
    kept = kind.options.unmapped == "keep" or path in kind.options.keep or attribute is kind.kept_name
    return kept or bool(_bindings(kind, urn, attribute))


def _shown(kind: Kind, urn: str | None, attribute: Attribute) -> Attribute | None:
    bindings = _bindings(kind, urn, attribute)
    if not bindings:
        return attribute if _holds(kind, urn, attribute) else None
    whole = next((b for b in bindings if b.target.sub is None), None)
    if whole is not None:
        return _characterised(attribute, whole)
    subs = {b.target.sub.name: _characterised(b.target.sub, b) for b in bindings if b.target.sub}
    labels = {name for b in bindings for name in b.target.selector or {}} | ({"primary"} if attribute.multi else set())
    if attribute.name == "manager":
        labels |= {"$ref"}
    kept = [subs.get(s.name) or _label(s, bindings) for s in attribute.subs if s.name in subs.keys() | labels]
    return replace(attribute, subs=tuple(kept))


def _label(sub: Attribute, bindings: Iterable[Binding]) -> Attribute:
    values = dict.fromkeys(
        str((b.target.selector or {})[sub.name]) for b in bindings if sub.name in (b.target.selector or {})
    )
    return replace(sub, canonical=tuple(values)) if values and sub.type == "string" else sub


def _characterised(attribute: Attribute, binding: Binding) -> Attribute:
    """The attribute as the backend holds it."""
    field = binding.field
    if field.write_only:
        attribute = replace(attribute, mutability="writeOnly", returned="never")
    elif field.mutable != "always":
        attribute = replace(attribute, mutability="immutable" if field.mutable == "create" else "readOnly")
    if field.unique != "no":
        attribute = replace(attribute, uniqueness="server")
    return replace(attribute, required=True) if field.required and field.default is None else attribute


def schema_document(schema: Schema, base_url: str) -> Json:
    """A schema as a resource (RFC 7643 section 7)."""
    return {
        "schemas": [SCHEMA],
        "id": schema.id,
        "name": schema.name,
        "description": schema.description,
        "attributes": [_attribute(attribute) for attribute in schema.attributes],
        "meta": {"resourceType": "Schema", "location": f"{base_url}/Schemas/{schema.id}"},
    }


def _attribute(attribute: Attribute) -> Json:
    document: Json = {
        "name": attribute.name,
        "type": attribute.type,
        "multiValued": attribute.multi,
        "description": attribute.description,
        "required": attribute.required,
        "caseExact": attribute.case_exact,
        "mutability": attribute.mutability,
        "returned": attribute.returned,
        "uniqueness": attribute.uniqueness,
    }
    if attribute.canonical:
        document["canonicalValues"] = list(attribute.canonical)
    if attribute.references:
        document["referenceTypes"] = list(attribute.references)
    if attribute.subs:
        document["subAttributes"] = [_attribute(sub) for sub in attribute.subs]
    return document
