"""Bulk by a client that was not made here: scim2-client checks what it is answered against the discovered schemas."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from httpx2 import Client
from scim2_client.engines.httpx2 import SyncSCIMClient
from scim2_models import BulkResponse, Error

from tests.conformance.gateway import HEADERS, running
from tests.scim.bulking import REQUEST, group, operation, patch, user

pytestmark = pytest.mark.slow


@pytest.fixture
def scim(tmp_path: Path) -> Iterator[SyncSCIMClient]:
    with (
        running(tmp_path) as url,
        Client(base_url=url, headers=HEADERS, trust_env=False, timeout=30) as client,
    ):
        made = SyncSCIMClient(client)
        made.discover()
        yield made


def test_scim2_client_understands_every_answer(scim: SyncSCIMClient) -> None:
    operations = [
        group("team", "bulkId:ada"),
        user("ada", {"value": "bulkId:boss"}),
        user("boss", {"value": "bulkId:ada"}),
        patch("/Users/bulkId:ada", "replace", "displayName", "Ada"),
        {**user("ada", title="x"), "bulkId": "again"},
        operation("PUT", "/Users/bulkId:boss", {"userName": "boss"}, version='W/"0"'),
        operation("DELETE", "/Groups/bulkId:team"),
    ]
    answer = scim.bulk({"schemas": [REQUEST], "Operations": operations}, check_request_payload=False)
    assert isinstance(answer, BulkResponse)
    assert [one.status for one in answer.operations or ()] == [201, 201, 201, 200, 409, 412, 204]
    assert [one.bulk_id for one in answer.operations or ()] == ["team", "ada", "boss", None, "again", None, None]
    refused = [one.response for one in answer.operations or () if one.response]
    assert [one.scim_type for one in refused if isinstance(one, Error)] == ["uniqueness", None]


def test_scim2_client_understands_a_refusal(scim: SyncSCIMClient) -> None:
    sent = {"schemas": [REQUEST], "Operations": [user("x")] * 1001}
    answer = scim.bulk(sent, check_request_payload=False, raise_scim_errors=False)
    assert isinstance(answer, Error)
    assert (answer.status, "maxOperations (1000)" in str(answer.detail)) == (413, True)
