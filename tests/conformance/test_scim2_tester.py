"""scim2-tester against a gateway that runs: a floor under everything that the other tests look at more closely."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from httpx2 import Client
from scim2_client.engines.httpx2 import SyncSCIMClient
from scim2_tester import CheckResult, Status, check_server

from tests.conformance.gateway import HEADERS, running

AT_LEAST = 130
"""So many checks there are (120 are demanded); fewer would mean that the tester skipped what it was to look at."""


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[CheckResult]]:
    with (
        running(tmp_path_factory.mktemp("tester")) as url,
        Client(base_url=url, headers=HEADERS, trust_env=False, timeout=30) as client,
    ):
        yield check_server(SyncSCIMClient(client))


@pytest.mark.slow
def test_every_check_is_successful(results: list[CheckResult], capsys: pytest.CaptureFixture[str]) -> None:
    failed = [f"{one.title}: {one.status.name}: {one.reason}" for one in results if one.status != Status.SUCCESS]
    with capsys.disabled():
        print(f"\nscim2-tester: {len(results)} checks, {len(results) - len(failed)} successful")
    assert not failed, "\n".join(failed)


def test_the_checks_are_not_fewer_than_they_were(results: list[CheckResult]) -> None:
    assert sum(one.status == Status.SUCCESS for one in results) >= AT_LEAST
    assert {one.resource_type for one in results} >= {"User", "Group"}
    looked_at = {tag for one in results for tag in one.tags or ()}
    assert looked_at >= {"discovery", "crud:create", "crud:read", "crud:update", "crud:delete", "patch:add"}
