"""Single values of a configuration: looked up, checked, and their faults collected."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from gateway.wording import unknown


class Values:
    """Reads values; what is wrong with them is noted, so that all of it can be told together."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        self._environment = environment
        self.faults: list[str] = []

    def fault(self, place: str, sentence: str) -> None:
        """Note what is wrong at a place."""
        self.faults.append(f"{place}: {sentence}")

    def table(self, place: str, value: Any) -> Mapping[str, Any]:
        """A table; an empty one, and a fault, where it is none."""
        if isinstance(value, Mapping):
            return value
        self.fault(place, "it must be a table.")
        return {}

    def unknown(self, place: str, table: Mapping[str, Any], known: tuple[str, ...]) -> None:
        """Note every name of a table that is not known."""
        for name in sorted(table.keys() - set(known)):
            self.fault(f"{place}.{name}".lstrip("."), unknown(name, known))

    def text(self, place: str, table: Mapping[str, Any], name: str, default: str) -> str:
        """A string of a table."""
        value = self.resolved(f"{place}.{name}", table.get(name, default))
        if isinstance(value, str):
            return value
        if value is not None:
            self.fault(f"{place}.{name}", "it must be a string.")
        return default

    def resolved(self, place: str, value: Any) -> Any:
        """A value, or what the environment says where it is `{ env = "NAME" }`; None and a fault when that is unset."""
        if not (isinstance(value, Mapping) and "env" in value):
            return value
        name = value["env"]
        if len(value) > 1 or not isinstance(name, str):
            self.fault(place, 'a value from the environment is written { env = "NAME" }.')
            return None
        if not self._environment.get(name):
            self.fault(place, f"the environment variable {name} is not set.")
            return None
        if self._environment[name].lower().startswith("@microsoft.keyvault("):
            self.fault(place, f"Azure could not resolve the Key Vault reference in {name}: check secret and role.")
            return None
        return self._environment[name]

    def number(self, place: str, value: Any) -> Any:
        """A value as `resolved` has it; where the environment says a number, that number."""
        found = self.resolved(place, value)
        if found is value or found is None:
            return found
        try:
            return int(found) if found.isdecimal() else float(found)
        except ValueError:
            return found
