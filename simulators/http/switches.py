"""Switches: one for each thing that a service may do in another way."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from typing import Any, ClassVar

LONGEST = 600
"""Seconds for which an answer may be held."""


@dataclass
class Switches:
    """Those that every simulator has. A simulator's own are fields of a subclass: their type, or a row of `choices`,
    says which values they take, and the package's docstring what they mean."""

    latency_ms: float = 0
    rate_limit: int = 0
    rate_limit_retry_after: int = 0
    timeout_after_write: int = 0
    timeout_after_write_seconds: float = 0

    choices: ClassVar[Mapping[str, tuple[Any, ...]]] = {}

    def set(self, values: Mapping[str, Any]) -> None:
        """Change some; ValueError names what is allowed, and then nothing is changed."""
        for name, value in values.items():
            self.check(name, value)
        for name, value in values.items():
            setattr(self, name, value)

    def document(self) -> dict[str, Any]:
        """All of them as JSON."""
        return {one.name: getattr(self, one.name) for one in fields(self)}

    def check(self, name: str, value: Any) -> None:
        """ValueError unless the switch is there and takes the value. A subclass adds what a type cannot say."""
        types = {one.name: str(one.type) for one in fields(self)}
        if name not in types:
            raise ValueError(f"There is no switch {name}; there are {', '.join(types)}.")
        if name in self.choices:
            if not any(type(value) is type(one) and value == one for one in self.choices[name]):
                raise ValueError(f"{name} is one of {', '.join(map(str, self.choices[name]))}.")
            return
        words, fits = _KINDS[types[name]]
        if not fits(value):
            raise ValueError(f"{name} is {words}.")
        if name.endswith("_seconds") and value > LONGEST:
            raise ValueError(f"{name} is at most {LONGEST}.")


def _is_number(value: Any, *kinds: type) -> bool:
    return type(value) in kinds and 0 <= value <= LONGEST * 1000


_KINDS: dict[str, tuple[str, Callable[[Any], bool]]] = {
    "bool": ("true or false", lambda value: isinstance(value, bool)),
    "int": (f"a whole number from 0 to {LONGEST * 1000}", lambda value: _is_number(value, int)),
    "float": (f"a number from 0 to {LONGEST * 1000}", lambda value: _is_number(value, int, float)),
    "list[str]": (
        "a list of texts",
        lambda value: isinstance(value, list) and all(isinstance(one, str) for one in value),
    ),
    "dict[str, Any]": ("an object", lambda value: isinstance(value, dict)),
}
