"""The ways into a connection beside its static token, as `gateway.toml` describes them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from importlib.util import find_spec
from typing import Any

from gateway.authentication.clients import Federation, OAuth, Trust
from gateway.authentication.ways import Ways
from gateway.values import Values

SECRET_LENGTH = 16
"""Characters that a client secret has at least."""
HOUR = 3600
GUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
KEYS_URL = re.compile(r"https://[^/?#\s]+/\S*|http://(127\.0\.0\.1|localhost|\[::1\])(:\d+)?/\S*")
SCOPE = "/.default"
"""Entra's page shows the audience as a scope, with this behind it; its tokens are without."""
CUSTOM_APPS = "8adf8e6e-67b2-4cf2-a259-e3dc5476c621"
"""The audience of Entra's own tokens for every custom app of every customer."""


class WaysReader:
    """Reads the tables of one connection; what is wrong are faults of `values`."""

    def __init__(self, values: Values, connection: str) -> None:
        self._values, self._connection = values, connection

    def ways(self, table: Mapping[str, Any]) -> Ways:
        """All of them; what is faulty is told and left out."""
        return Ways(
            self._oauth(*found) if (found := self._table(table, "oauth")) else None,
            self._federation(*found) if (found := self._table(table, "federation")) else None,
            self._entra(*found) if (found := self._table(table, "entra")) else None,
        )

    def _table(self, table: Mapping[str, Any], name: str) -> tuple[str, Mapping[str, Any]] | None:
        place = f"connections.{self._connection}.{name}"
        if name not in table:
            return None
        if not isinstance(table[name], Mapping):
            self._values.fault(place, "it must be a table.")
            return None
        return place, table[name]

    def _oauth(self, place: str, table: Mapping[str, Any]) -> OAuth:
        self._values.unknown(place, table, ("client_id", "secrets", "lifetime"))
        return OAuth(self._client_id(place, table), self._secrets(place, table), self._lifetime(place, table))

    def _federation(self, place: str, table: Mapping[str, Any]) -> Federation:
        trusted = ("tenant", "audiences", "subjects", "issuer", "keys")
        self._values.unknown(place, table, (*trusted, "client_id", "lifetime"))
        address = "https://login.microsoftonline.com/{tenant}"
        trust = self._trust(place, table, f"{address}/v2.0", f"{address}/discovery/v2.0/keys")
        for name in ("audiences", "subjects"):
            if not table.get(name):
                self._values.fault(
                    f"{place}.{name}", "Entra shows the value where the federation is set up; write it here."
                )
        return Federation(self._client_id(place, table), trust, self._lifetime(place, table))

    def _entra(self, place: str, table: Mapping[str, Any]) -> Trust:
        self._values.unknown(place, table, ("tenant", "audiences", "subjects", "issuer", "keys"))
        keys = "https://login.microsoftonline.com/{tenant}/discovery/keys"
        return self._trust(place, {"audiences": [CUSTOM_APPS], **table}, "https://sts.windows.net/{tenant}/", keys)

    def _trust(self, place: str, table: Mapping[str, Any], issuer: str, keys: str) -> Trust:
        if not (find_spec("jwt") and find_spec("cryptography")):
            self._values.fault(place, "it needs packages: python -m pip install -r requirements-entra.txt.")
        tenant = self._values.text(place, table, "tenant", "").lower()
        if not GUID.fullmatch(tenant):
            why = "without it every customer of Entra could come in" if "tenant" not in table else "it is a GUID"
            self._values.fault(f"{place}.tenant", f"it must be the directory (tenant) ID of your Entra; {why}.")
        told_issuer = self._values.text(place, table, "issuer", issuer.format(tenant=tenant))
        told_keys = self._values.text(place, table, "keys", keys.format(tenant=tenant))
        if tenant not in told_issuer.lower():
            self._values.fault(f"{place}.issuer", "it must name the tenant.")
        if not KEYS_URL.fullmatch(told_keys):
            self._values.fault(f"{place}.keys", "it must be an address that starts with https://.")
        audiences, subjects = (self._texts(place, table, name) for name in ("audiences", "subjects"))
        meant = {one.removesuffix(SCOPE) for one in audiences}
        return Trust(tenant, told_issuer, told_keys, audiences | meant, subjects)

    # -- single values ---------------------------------------------------------------------------------------------

    def _texts(self, place: str, table: Mapping[str, Any], name: str) -> frozenset[str]:
        value = table.get(name, [])
        if isinstance(value, list) and all(isinstance(one, str) and one.strip() for one in value):
            return frozenset(value)
        self._values.fault(f"{place}.{name}", "it must be a list of strings.")
        return frozenset()

    def _client_id(self, place: str, table: Mapping[str, Any]) -> str:
        id = self._values.text(place, table, "client_id", self._connection)
        if not (id.isascii() and id.isprintable() and id.strip() == id != ""):
            self._values.fault(f"{place}.client_id", "it has ASCII characters and no blanks around it.")
        return id

    def _lifetime(self, place: str, table: Mapping[str, Any]) -> int:
        value = self._values.number(f"{place}.lifetime", table.get("lifetime", HOUR))
        if isinstance(value, int) and not isinstance(value, bool) and HOUR <= value <= 6 * HOUR:
            return value
        if value is not None:
            self._values.fault(f"{place}.lifetime", f"it must be a whole number of seconds from {HOUR} to {6 * HOUR}.")
        return HOUR

    def _secrets(self, place: str, table: Mapping[str, Any]) -> tuple[str, ...]:
        value = table.get("secrets")
        if not (isinstance(value, list) and 1 <= len(value) <= 2 and all(isinstance(one, Mapping) for one in value)):
            self._values.fault(f"{place}.secrets", 'it must be a list of one or two { env = "NAME" }.')
            return ()
        return tuple(self._secret(f"{place}.secrets[{at}]", one) for at, one in enumerate(value))

    def _secret(self, place: str, value: Any) -> str:
        secret = self._values.resolved(place, value)
        if secret is None:
            return ""
        if (
            not isinstance(secret, str)
            or len(secret) < SECRET_LENGTH
            or not (secret.isascii() and secret.isprintable())
        ):
            self._values.fault(place, f"a client secret has at least {SECRET_LENGTH} ASCII characters.")
        return str(secret)
