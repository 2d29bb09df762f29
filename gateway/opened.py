"""A connection in use: its adapter, its identity map and the engine between them."""

from __future__ import annotations

from typing import Any

from gateway.config import Config, ConfigError, Connection
from gateway.faults import place
from gateway.telemetry.work import backend_call
from scim.identity.map import IdentityMap
from scim.identity.store import Store
from scim.service import Service
from scim_adapter import Adapter


class Opened:
    """Made of a connection and the store; nothing is reached. `ConfigError` when the connection cannot be used."""

    def __init__(self, connection: Connection, config: Config, store: Store) -> None:
        self.connection = connection
        backend, where = connection.backend, f"connections.{connection.name}"
        try:
            self.adapter: Adapter[Any] = backend.adapter(backend.settings)
            resources = self.adapter.resources()
        except Exception as error:
            why = f"its adapter {backend.adapter.__name__} fails with {type(error).__name__} in {place(error)}."
            raise ConfigError(where, [why]) from error
        self.map = IdentityMap(store, connection.map, connection.name, config.lease)
        url = f"{config.public_url}/{connection.name}/scim/v2"
        try:
            self.service = Service(
                resources, self.map, backend.options, url, attributes=backend.attributes, watch=backend_call
            )
        except ValueError as error:
            raise ConfigError(where, [str(error)]) from error
