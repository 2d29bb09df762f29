"""From an adapter's name in the configuration to its class. An adapter is imported only when a connection uses it."""

from __future__ import annotations

import importlib
import importlib.util
import pkgutil
from importlib.metadata import EntryPoint, entry_points
from typing import Any

import adapters
from scim_adapter import Adapter

GROUP = "scim_adapter"
"""The entry point group of installed adapter packages."""


class AdapterUnknown(ValueError):
    """No adapter, or more than one, answers to a name. The message lists what is installed."""


def adapter_class(name: str) -> type[Adapter[Any]]:
    """The adapter of this name: a module of `adapters`, an installed entry point, or `package.module:Class`."""
    if ":" in name:
        module, _, attribute = name.partition(":")
        return _checked(name, _imported(name, module), attribute)
    installed = [point for point in entry_points(group=GROUP) if point.name == name]
    shipped = name.isidentifier() and importlib.util.find_spec(f"adapters.{name}") is not None
    if len(installed) + shipped != 1:
        raise AdapterUnknown(_not_one(name, installed, shipped))
    if shipped:
        return _checked(name, _imported(name, f"adapters.{name}"), "adapter")
    return _checked(name, _imported(name, installed[0].module), installed[0].attr)


def _imported(name: str, module: str) -> Any:
    try:
        return importlib.import_module(module)
    except ImportError as error:
        raise AdapterUnknown(f"The adapter {name} cannot be imported: {error}.") from error


def _checked(name: str, module: Any, attribute: str) -> type[Adapter[Any]]:
    found = getattr(module, attribute, None)
    if not (isinstance(found, type) and issubclass(found, Adapter)):
        raise AdapterUnknown(f"The adapter {name} has no class {attribute} that is a scim_adapter.Adapter.")
    return found


def _not_one(name: str, installed: list[EntryPoint], shipped: bool) -> str:
    claims = [f"the package {point.dist.name}" for point in installed if point.dist] + ["adapters"] * shipped
    if claims:
        return f"The adapter name {name} is claimed by {' and '.join(claims)}; remove one of them."
    return f"There is no adapter {name}. Installed are: {', '.join(available())}."


def available() -> list[str]:
    """The names of all adapters that a configuration can use, shipped and installed."""
    shipped = [module.name for module in pkgutil.iter_modules(adapters.__path__)]
    return sorted({*shipped, *(point.name for point in entry_points(group=GROUP))})
