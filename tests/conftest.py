"""What several test packages share."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.azurite.server import azurite


@pytest.fixture(scope="session")
def tables() -> Iterator[str]:
    """The connection string of an Azure Table Storage emulator."""
    with azurite() as connection:
        yield connection
