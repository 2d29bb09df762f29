"""GET of a list (RFC 7644 3.4.2)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from scim.asked import Asked
from scim.kind import Kind
from scim.pages import page
from scim.paths import Json
from scim.projection import Projection

LIST_RESPONSE = "urn:ietf:params:scim:api:messages:2.0:ListResponse"


async def listing(kind: Kind, parameters: Mapping[str, str], projection: Projection) -> tuple[list[Json], int, int]:
    """The resources of a page, the number of all matches and the index of the first one."""
    asked = Asked.of(kind, parameters, projection)
    pairs, total = await page(kind, asked, kind.asking())
    await kind.introduce(record for record, _ in pairs)
    whole = asked.shown is None
    return [kind.shape(record, link, whole=whole) for record, link in pairs], total, asked.start


def message(resources: Sequence[Any], total: int, start: int) -> Json:
    """A ListResponse; its numbers are integers and `Resources` is there even when it is empty."""
    return {
        "schemas": [LIST_RESPONSE],
        "totalResults": total,
        "startIndex": start,
        "itemsPerPage": len(resources),
        "Resources": list(resources),
    }
