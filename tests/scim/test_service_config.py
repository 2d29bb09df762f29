"""`/ServiceProviderConfig` tells what this connection can do, not what the gateway could."""

from __future__ import annotations

from typing import ClassVar

import pytest
from scim2_models import Context, ServiceProviderConfig

from scim_adapter import Delta, Gone, Native, New, Page, Query, Resource
from tests.backends import FIELDS, AmendingCircle, Circle, Shelf
from tests.scim.harness import Engine


class Reading(Resource):
    """People who can only be read."""

    type: ClassVar[str] = "User"
    key = "key"
    fields = FIELDS

    async def find(self, query: Query) -> Page:
        return Page([{"key": "k1", "login": "ada"}])


class Creating(Reading):
    async def create(self, new: New) -> Native | str:
        return "k1"


class Deleting(Reading):
    async def delete(self, gone: Gone) -> None:
        return


class Amending(Reading):
    async def amend(self, delta: Delta) -> None:
        return


CONNECTIONS: list[tuple[str, Resource, Circle | None, bool, bool]] = [
    ("who can be written", Shelf(), None, True, True),
    ("people are only read", Reading(), None, False, False),
    ("people are only read, groups are written", Reading(), AmendingCircle(), True, True),
    ("people are only made", Creating(), None, False, True),
    ("people are only deleted", Deleting(), None, False, True),
    ("lists are only amended", Amending(), None, True, True),
]


@pytest.mark.parametrize(("why", "people", "groups", "patch", "bulk"), CONNECTIONS, ids=[row[0] for row in CONNECTIONS])
async def test_what_can_be_written_is_told(
    why: str, people: Shelf, groups: Circle | None, patch: bool, bulk: bool
) -> None:
    engine = Engine(people, groups=groups, page_size=50, max_page_size=200, bulk_max_operations=7)
    body = (await engine.send("GET", "/ServiceProviderConfig")).body
    assert body["patch"]["supported"] is patch, why
    assert body["bulk"]["supported"] is bulk, why
    assert body["bulk"]["maxOperations"] == 7
    assert body["filter"] == {"supported": True, "maxResults": 200}
    assert body["pagination"]["maxPageSize"] == 200
    for always in ("sort", "etag"):
        assert body[always]["supported"] is True, "the gateway does it itself"
    assert body["changePassword"]["supported"] is False
    ServiceProviderConfig.model_validate(body, scim_ctx=Context.RESOURCE_QUERY_RESPONSE)
    if not patch:
        person = (await engine.send("GET", "/Users")).body["Resources"][0]["id"]
        operation = {"op": "replace", "path": "displayName", "value": "x"}
        assert (await engine.change(f"/Users/{person}", operation)).status == 501
