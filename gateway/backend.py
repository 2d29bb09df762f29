"""What a connection says of its backend: the adapter, its settings, and how the engine is to treat it.

Reading it imports the adapter, and the engine to see whether both fit.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, get_args, get_origin, get_type_hints

from pydantic import BaseModel

from gateway.adapting import adapter_of, rows_of, settings_of
from gateway.config import CONNECTION_KEYS, DURATIONS
from gateway.fitting import misfits
from gateway.values import Values
from scim.document import MAX_BYTES
from scim.options import Options
from scim_adapter import Adapter, Field


@dataclass(frozen=True)
class Backend:
    """An adapter that is ready to be made, and the rows of its mapping table that the operator adds."""

    adapter: type[Adapter[Any]]
    settings: BaseModel
    options: Options
    attributes: Mapping[str, Field]


def read_backend(values: Values, place: str, table: Mapping[str, Any], timing: Mapping[str, float]) -> Backend | None:
    """What the table of a connection says of its backend; what is wrong are faults of `values`, and None may be had."""
    choices = {option: kind for option, kind in get_type_hints(Options).items() if option not in DURATIONS}
    values.unknown(place, table, (*CONNECTION_KEYS, *choices))
    options = {
        key: _option(values, place, key, value, kind)
        for key, kind in choices.items()
        if (value := values.number(f"{place}.{key}", table.get(key))) is not None
    }
    found = adapter_of(values, place, values.resolved(f"{place}.adapter", table.get("adapter", "")))
    settings = settings_of(values, f"{place}.settings", found, table.get("settings", {})) if found else None
    attributes = rows_of(values, f"{place}.attributes", table.get("attributes", {}))
    keep = ("externalId", *options.pop("keep", ()))
    chosen: dict[str, Any] = {**options, **timing}
    made = Options(keep=keep, **chosen)
    for key, sentence in misfits(found, settings, made, attributes):
        values.fault(f"{place}.{key}".rstrip("."), sentence)
    return None if found is None or settings is None else Backend(found, settings, made, attributes)


def _option(values: Values, place: str, name: str, value: Any, kind: Any) -> Any:
    allowed = get_args(kind) if get_origin(kind) is Literal else ()
    if allowed and value not in allowed:
        values.fault(f"{place}.{name}", f"it must be one of {', '.join(allowed)}.")
    elif name in ("keep", "match"):
        if not isinstance(value, list) or not all(isinstance(one, str) for one in value):
            values.fault(f"{place}.{name}", "it must be a list of attribute names.")
            return ()
        return tuple(value)
    elif kind is int and (not isinstance(value, int) or isinstance(value, bool) or value < 1):
        values.fault(f"{place}.{name}", "it must be a whole number above 0.")
    elif name == "bulk_max_payload_size" and value > MAX_BYTES:
        values.fault(f"{place}.{name}", f"it must be {MAX_BYTES} or less: no larger body is taken.")
    return value
