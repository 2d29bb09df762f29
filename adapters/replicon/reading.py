"""Reading users: by what identifies them, by e-mail address, and page by page."""

from __future__ import annotations

from collections.abc import Sequence

from scim_adapter import Ask, Denied, Invalid, Native, NotFound, Page, Query

from . import lists
from .names import Form
from .records import record
from .services import Services

BULK_GET = "ImportService1.svc/BulkGetUsers3"
OMIT = "urn:replicon:data-load-option:omit-data-if-insufficient-access-permission"
IDENTIFIERS = ("uri", "loginName", "employeeId")
EMAIL = "emailAddress"
PAGE_SIZE = 100


class Reader:
    """Reads users. `form` is how display names are shown that say no more than the names."""

    def __init__(self, services: Services, form: Form) -> None:
        self.services, self.form = services, form

    async def identified(self, field: str, values: Sequence[str], ask: Ask) -> list[Native]:
        """The users whose `field` is one of `values`, whatever the case, each once."""
        found = await self._bulk(field, tuple(dict.fromkeys(values)), ask)
        if any(one[field] is None for one in found):
            raise Denied("The gateway's user may not read this field of a user in Replicon.", field=field)
        return _holding(field, values, found)

    async def with_email(self, values: Sequence[str], ask: Ask) -> list[Native]:
        """The users who have one of these e-mail addresses: a list for each spelling, and who they are."""
        uris: dict[str, None] = {}
        for value in dict.fromkeys(values):
            filter = lists.equal("email-address", value)
            uris |= dict.fromkeys(await lists.everywhere(self.services, PAGE_SIZE, filter, ask))
        keys = tuple(uris)
        parts = [keys[start : start + PAGE_SIZE] for start in range(0, len(keys), PAGE_SIZE)]
        return _holding(EMAIL, values, [one for part in parts for one in await self._bulk("uri", part, ask)])

    async def listed(self, query: Query) -> Page:
        """One page of all users. Replicon tells no total: the last page is the one without rows."""
        number, size = _position(query)
        uris = await lists.page(self.services, number, size, None, query.ask)
        if uris is None:
            return Page()
        return Page(await self._bulk("uri", uris, query.ask) if uris else [], next=f"{number + 1}:{size}")

    async def _bulk(self, field: str, values: Sequence[str], ask: Ask) -> list[Native]:
        """One call for all. Where one unknown value spoils the whole answer, the values are asked for in halves."""
        targets = [{field: value, "parameterCorrelationId": str(n)} for n, value in enumerate(values, 1)]
        request = {"users": targets, "dataLoadOptionUri": OMIT}
        try:
            items = lists.as_list(await self.services.call(BULK_GET, request, ask))
        except NotFound:
            if len(values) == 1:
                return []
            half = len(values) // 2
            parts = (values[:half], values[half:])
            return _once([one for part in parts for one in await self._bulk(field, part, ask)])
        return _once([one for item in items if (one := record(item, self.form)) is not None])


def _holding(field: str, values: Sequence[str], records: list[Native]) -> list[Native]:
    wanted = {value.casefold() for value in values}
    return [one for one in records if str(one[field]).casefold() in wanted]


def _once(records: list[Native]) -> list[Native]:
    return list({one["uri"]: one for one in records}.values())


def _position(query: Query) -> tuple[int, int]:
    """The page's number and size. The size travels with the cursor: pages of another size would leave users out."""
    if query.cursor is None:
        return 1, max(1, min(query.limit, PAGE_SIZE))
    number, _, size = query.cursor.partition(":")
    if not (number.isdecimal() and size.isdecimal()):
        raise Invalid("This is no place in the list of users.")
    return int(number), int(size)
