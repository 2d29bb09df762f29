"""What a client or a backend may send that a store cannot hold, and what the service is asked for: few comparisons."""

from __future__ import annotations

from urllib.parse import parse_qs, urlsplit

import pytest

from gateway.stores.azure_tables import TableStore
from tests.scim.harness import Answer, Engine, replace_
from tests.stores.service import Reply
from tests.stores.test_azure import ask

LONG = {"ASCII": "x" * 32769, "two units each": "😀" * 16385}
COMPARISONS = 15
"""The service takes no more in one filter."""


def refused(answer: Answer, attribute: str) -> None:
    assert (answer.status, answer.body["scimType"]) == (400, "invalidValue")
    assert attribute in answer.body["detail"] and len(answer.body["detail"]) < 200


@pytest.mark.parametrize("text", LONG.values(), ids=LONG)
async def test_what_is_too_long_to_be_kept_is_the_clients_fault_and_is_told_so(text: str) -> None:
    engine = Engine()
    ada = (await engine.create("ada")).id
    refused(await engine.create("bob", externalId=text), "externalId")
    refused(await engine.patch(ada, replace_("externalId", text)), "externalId")
    assert [record["login"] for record in engine.shelf.records.values()] == ["ada"]


@pytest.mark.parametrize("text", LONG.values(), ids=LONG)
async def test_a_name_that_is_too_long_is_the_clients_fault_and_is_told_so(text: str) -> None:
    engine = Engine()
    ada = (await engine.create("ada")).id
    refused(await engine.create(text), "userName")
    refused(await engine.patch(ada, replace_("userName", text)), "userName")


async def test_an_account_whose_key_is_too_long_is_left_out_and_breaks_no_list() -> None:
    engine = Engine()
    ada = (await engine.create("ada")).id
    engine.shelf.records["k" * 40_000] = {"key": "k" * 40_000, "login": "long"}
    listed = (await engine.send("GET", "/Users")).body["Resources"]
    assert [user["id"] for user in listed] == [ada]


async def test_a_scan_asks_by_few_comparisons_none_of_them_an_alternative() -> None:
    """Row keys joined by `or` would be a scan of the partition, and longer filters are refused by the real service."""

    async def scan(store: TableStore) -> list[str]:
        return [row.key async for row in store.scan("acme.user", "x.0123.")]

    [request] = await ask(lambda _: Reply(200, b'{"value": []}'), scan)
    [filter] = parse_qs(urlsplit(request.path).query)["$filter"]
    words = filter.split()
    assert sum(word in {"eq", "ne", "gt", "ge", "lt", "le"} for word in words) == 3 <= COMPARISONS
    assert "or" not in words
    assert filter == "PartitionKey eq 'acme.user' and RowKey ge 'x.0123.' and RowKey lt 'x.0123.~'"
