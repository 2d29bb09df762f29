"""What scim2-models makes of the same filters and PATCHes: an oracle that was written by others from the same RFCs."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any, cast

from pydantic import ValidationError
from scim2_models import Extension, PatchOp, Resource, Schema, SCIMException, ScimFilter, ScimPolicy

from scim.discovery import schema_document
from scim.schemas import ResourceSchema
from scim.schemas import Schema as OurSchema

Json = dict[str, Any]
Refused = tuple[int, str]
POLICY = ScimPolicy(
    unknown=ScimPolicy.Unknown.forbid,
    remove_value_as_filter=ScimPolicy.RemoveValue.apply,
    unmatched_path_filter=ScimPolicy.UnmatchedPathFilter.create,
    comparison_key=lambda binding, value: value if binding.case_exact else value.casefold(),
)
"""As strict as it can be, but for what Entra needs; and letters are compared as we compare them."""


@cache
def model(schema: ResourceSchema) -> Any:
    """The class of a resource type, made from our own schema documents: the built-in ones validate e-mail addresses."""
    made: Any = Resource.from_schema(_document(schema.core))
    for extension in schema.extensions:
        made = made[Extension.from_schema(_document(extension))]
    return made


def _document(schema: OurSchema) -> Schema:
    return Schema.model_validate(schema_document(schema, "https://x"))


def resource(schema: ResourceSchema, document: Json) -> Any:
    """A document as the oracle holds it."""
    urns = [schema.core.id, *(urn for urn in schema.urns[1:] if urn in document)]
    return model(schema).model_validate({**document, "schemas": urns}, scim_policy=POLICY)


def matching(schema: ResourceSchema, text: str, resources: Sequence[Any]) -> list[int] | Refused:
    """The places of the resources that match a filter, or how it is refused."""
    try:
        with POLICY:
            kind: Any = ScimFilter
            found = kind[model(schema)](text)
            return [place for place, one in enumerate(resources) if found.match(one)]
    except SCIMException as error:
        return _refused(error)


def patched(schema: ResourceSchema, before: Json, operations: Any) -> Json | Refused:
    """A document after a PATCH, or how that is refused."""
    try:
        with POLICY:
            held = resource(schema, before)
            message = {"schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"], "Operations": operations}
            kind: Any = PatchOp
            kind[model(schema)].model_validate(message).patch(held)
    except SCIMException as error:
        return _refused(error)
    except ValidationError as error:
        return 400, str(error.errors()[0]["type"]).removeprefix("scim_")
    after = cast(Json, held.model_dump(mode="json"))
    del after["schemas"]
    return after


def _refused(error: SCIMException) -> Refused:
    return int(error.status), str(error.scim_type)
