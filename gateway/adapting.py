"""What a connection says of its adapter: which one, its settings, and more rows of its mapping table."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, get_args, get_type_hints

from pydantic import BaseModel, SecretStr, ValidationError

from gateway.registry import AdapterUnknown, adapter_class
from gateway.values import Values
from gateway.wording import worded
from scim_adapter import Adapter, Field


def adapter_of(values: Values, place: str, name: Any) -> type[Adapter[Any]] | None:
    """The adapter of this name; None and a fault where there is none."""
    if name is None:
        return None
    if not isinstance(name, str) or not name:
        values.fault(f"{place}.adapter", "it must name an adapter.")
        return None
    try:
        return adapter_class(name)
    except AdapterUnknown as error:
        values.fault(f"{place}.adapter", str(error))
        return None


def settings_of(values: Values, place: str, adapter: type[Adapter[Any]], raw: Any) -> BaseModel | None:
    """The settings of an adapter; None, and every fault, where they cannot be used."""
    model: type[BaseModel] = adapter.Settings
    table = values.table(place, raw)
    secrets = set(_secret_names(model))
    for name in sorted(secrets & table.keys()):
        if isinstance(table[name], str):
            values.fault(f"{place}.{name}", 'a secret is never written here; use { env = "NAME" }.')
    found = {name: values.resolved(f"{place}.{name}", value) for name, value in table.items()}
    broken = {name for name, value in found.items() if value is None}
    try:
        return model.model_validate(found)
    except ValidationError as error:
        for one in error.errors(include_input=False, include_url=False):
            where = ".".join(str(part) for part in one["loc"])
            if where not in broken:
                values.fault(f"{place}.{where}".rstrip("."), worded(one, model.model_fields))
    return None


def rows_of(values: Values, place: str, raw: Any) -> Mapping[str, Field]:
    """Rows of the mapping table that the operator adds or replaces: a path to { native = "name" }."""
    types = get_args(get_type_hints(Field)["type"])
    rows = {}
    for path, row in values.table(place, raw).items():
        known = isinstance(row, Mapping) and {"native"} <= row.keys() <= {"native", "type", "many"}
        if known and isinstance(row["native"], str) and row.get("type", "string") in types:
            rows[path] = Field(row["native"], type=row.get("type", "string"), many=row.get("many") is True)
        else:
            form = f'{{ native = "NAME" }}, with a URN of your own also type = one of {", ".join(types)}, many = true'
            values.fault(f'{place}."{path}"', f"it must be written {form}.")
    return rows


def _secret_names(model: type[BaseModel]) -> Iterator[str]:
    for name, info in model.model_fields.items():
        if _speaks_of(SecretStr, info.annotation):
            yield name


def _speaks_of(wanted: type, annotation: Any) -> bool:
    """Whether a type is part of an annotation, within unions and `Annotated` at any depth."""
    return annotation is wanted or any(_speaks_of(wanted, part) for part in get_args(annotation))
