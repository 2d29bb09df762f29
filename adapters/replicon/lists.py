"""The list protocol, GetData: pages of rows without a total, columns found by their uri, filters as expressions."""

from __future__ import annotations

from typing import Any

from scim_adapter import Ask, Unavailable

from .services import Services

GET_DATA = "UserListService1.svc/GetData"
USER_COLUMN = "urn:replicon:user-list-column:user"
NOTHING = dict.fromkeys(("filterDefinitionUri", "leftExpression", "operatorUri", "rightExpression", "value"))
Expression = dict[str, Any]


def equal(filter: str, text: str) -> Expression:
    """The expression that a text field is equal to `text`; `filter` is the last part of its uri."""
    return {
        **NOTHING,
        "leftExpression": {**NOTHING, "filterDefinitionUri": f"urn:replicon:user-list-filter:{filter}"},
        "operatorUri": "urn:replicon:filter-operator:equal",
        "rightExpression": {**NOTHING, "value": {"text": text}},
    }


async def page(services: Services, number: int, size: int, filter: Expression | None, ask: Ask) -> list[str] | None:
    """The uris of the users on one page, counted from 1; None past the last one, which only an empty page tells."""
    request = {
        "page": str(number),
        "pagesize": str(size),
        "columnUris": [USER_COLUMN],
        "sort": [],
        "filterExpression": filter,
    }
    result = await services.call(GET_DATA, request, ask)
    rows = as_list(result.get("rows") if isinstance(result, dict) else None)
    return _column(as_list(result.get("header")), rows) if rows else None


async def everywhere(services: Services, size: int, filter: Expression, ask: Ask) -> list[str]:
    """The uris of all users that a filter finds. A page that is not full, or tells nothing new, is the last one."""
    found: dict[str, None] = {}
    number = 1
    while True:
        uris = await page(services, number, size, filter, ask) or []
        known = len(found)
        found |= dict.fromkeys(uris)
        if len(uris) < size or len(found) == known:
            return list(found)
        number += 1


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


def as_list(found: Any) -> list[Any]:
    """A list; anything else is no usable answer."""
    if not isinstance(found, list):
        raise Unavailable("Replicon answered with something that is no list.")
    return found
