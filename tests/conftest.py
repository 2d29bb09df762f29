"""What several test packages share."""

from __future__ import annotations

import signal
from collections.abc import Iterator

import pytest

from tests.azurite.server import azurite

# Whoever starts the tests in the background of a shell makes them ignore Ctrl-C, and so would all that they start.
signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(scope="session")
def tables() -> Iterator[str]:
    """The connection string of an Azure Table Storage emulator."""
    with azurite() as connection:
        yield connection
