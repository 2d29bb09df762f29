"""A gateway in both shapes for the tests that speak to its door over HTTP."""

from __future__ import annotations

import itertools
from collections.abc import Iterator

import pytest

from tests.gateway.doors import ENVIRONMENT, OAUTH, OTHER_SECRET, SHAPES, Gateway, configured, running

ADDRESSES = itertools.count(1)


@pytest.fixture(scope="session", params=SHAPES)
def standing(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gateway]:
    config = configured(tmp_path_factory.mktemp("door"), *OAUTH)
    with running(request.param, config, {**ENVIRONMENT, "OTHER_SECRET": OTHER_SECRET}) as made:
        yield made


@pytest.fixture
def gateway(standing: Gateway) -> Gateway:
    """Seen from an address of its own in each test, so that none is slowed down by what others got wrong."""
    standing.client.headers["x-forwarded-for"] = f"192.0.2.{next(ADDRESSES) % 250}"
    return standing
