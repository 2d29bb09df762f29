"""Reading users: by what identifies them, and page by page."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from scim_adapter import Ask, Denied, Invalid, Native, NotFound, Page, Query, Unavailable

from .records import record
from .services import Services

BULK_GET = "ImportService1.svc/BulkGetUsers3"
GET_DATA = "UserListService1.svc/GetData"
OMIT = "urn:replicon:data-load-option:omit-data-if-insufficient-access-permission"
USER_COLUMN = "urn:replicon:user-list-column:user"
IDENTIFIERS = ("uri", "loginName", "employeeId")
PAGE_SIZE = 100


async def identified(services: Services, field: str, values: Sequence[str], ask: Ask) -> list[Native]:
    """The users whose `field` is one of `values`, whatever the case, each once."""
    found = await _bulk(services, field, tuple(dict.fromkeys(values)), ask)
    if any(one[field] is None for one in found):
        raise Denied("The gateway's user may not read this field of a user in Replicon.", field=field)
    wanted = {value.casefold() for value in values}
    return [one for one in found if str(one[field]).casefold() in wanted]


async def _bulk(services: Services, field: str, values: Sequence[str], ask: Ask) -> list[Native]:
    """One call for all. Where one unknown value spoils the whole answer, the values are asked for in halves."""
    targets = [{field: value, "parameterCorrelationId": str(n)} for n, value in enumerate(values, 1)]
    try:
        items = _list(await services.call(BULK_GET, {"users": targets, "dataLoadOptionUri": OMIT}, ask))
    except NotFound:
        if len(values) == 1:
            return []
        half = len(values) // 2
        parts = (values[:half], values[half:])
        return _once([one for part in parts for one in await _bulk(services, field, part, ask)])
    return _once([one for one in map(record, items) if one is not None])


def _once(records: list[Native]) -> list[Native]:
    return list({one["uri"]: one for one in records}.values())


async def listed(services: Services, query: Query) -> Page:
    """One page of all users. Replicon tells no total: the last page is the one without rows."""
    number, size = _position(query)
    request = {
        "page": str(number),
        "pagesize": str(size),
        "columnUris": [USER_COLUMN],
        "sort": [],
        "filterExpression": None,
    }
    result = await services.call(GET_DATA, request, query.ask)
    rows = _list(result.get("rows") if isinstance(result, dict) else None)
    if not rows:
        return Page()
    uris = _column(_list(result.get("header")), rows)
    return Page(await _bulk(services, "uri", uris, query.ask) if uris else [], next=f"{number + 1}:{size}")


def _position(query: Query) -> tuple[int, int]:
    """The page's number and size. The size travels with the cursor: pages of another size would leave users out."""
    if query.cursor is None:
        return 1, max(1, min(query.limit, PAGE_SIZE))
    number, _, size = query.cursor.partition(":")
    if not (number.isdecimal() and size.isdecimal()):
        raise Invalid("This is no place in the list of users.")
    return int(number), int(size)


def _column(header: list[Any], rows: list[Any]) -> list[str]:
    names = [column.get("uri") if isinstance(column, dict) else None for column in header]
    if USER_COLUMN not in names:
        raise Unavailable("Replicon's list of users lacks the column that was asked for.")
    place = names.index(USER_COLUMN)
    cells = [row["cells"][place] for row in rows if isinstance(row, dict) and len(_cells(row)) > place]
    uris = [cell.get("uri") for cell in cells if isinstance(cell, dict)]
    return list(dict.fromkeys(uri for uri in uris if isinstance(uri, str) and uri))


def _cells(row: dict[str, Any]) -> list[Any]:
    cells = row.get("cells")
    return cells if isinstance(cells, list) else []


def _list(found: Any) -> list[Any]:
    if not isinstance(found, list):
        raise Unavailable("Replicon answered with something that is no list.")
    return found
