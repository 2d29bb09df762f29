"""From an adapter's name in the configuration to its class. An adapter is imported only when a connection uses it."""

from __future__ import annotations

import importlib
import importlib.util
import pkgutil
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.metadata import EntryPoint, entry_points
from typing import Any

from pydantic import BaseModel

import adapters
from gateway.wording import nearest
from scim_adapter import API_VERSION, Adapter

GROUP = "scim_adapter"
"""The entry point group of installed adapter packages."""


class AdapterUnknown(ValueError):
    """No adapter, or more than one, answers to a name, or it cannot be used. The message says what there is."""


@dataclass(frozen=True, slots=True)
class Claim:
    """An adapter that is installed under a name. `point` is None for those of `adapters/`."""

    name: str
    module: str
    attribute: str
    point: EntryPoint | None = None

    @property
    def package(self) -> str:
        """What to remove to be rid of it, for messages."""
        if self.point is None:
            return "adapters"
        return f"the package {self.point.dist.name}" if self.point.dist else f"the module {self.module}"


def adapter_class(name: str) -> type[Adapter[Any]]:
    """The adapter of this name: a module of `adapters`, an installed entry point, or `package.module:Class`."""
    if ":" in name:
        module, _, attribute = name.partition(":")
        return loaded(Claim(name, module, attribute))
    found = _claims_of(name)
    if len(found) != 1:
        raise AdapterUnknown(_not_one(name, found))
    return loaded(found[0])


def loaded(claim: Claim) -> type[Adapter[Any]]:
    """The class that a claim leads to; `AdapterUnknown` says why there is none that this gateway can use."""
    found = getattr(_imported(claim), claim.attribute, None)
    if not (isinstance(found, type) and issubclass(found, Adapter)):
        raise AdapterUnknown(f"The adapter {claim.name} has no class {claim.attribute} that is a scim_adapter.Adapter.")
    if lacking := sorted(found.__abstractmethods__):
        raise AdapterUnknown(f"The adapter {claim.name} has no {' and no '.join(lacking)}.")
    if not _is_model(getattr(found, "Settings", None)):
        raise AdapterUnknown(f"The adapter {claim.name} has no Settings that is a pydantic model.")
    needed: object = found.api_version
    if not isinstance(needed, int) or isinstance(needed, bool):
        raise AdapterUnknown(f"The adapter {claim.name} has an api_version that is no whole number.")
    if needed > API_VERSION:
        raise AdapterUnknown(
            f"The adapter {claim.name} needs version {needed} of the contract and this gateway has version "
            f"{API_VERSION}; update the gateway, or install an older version of the adapter."
        )
    return found


def _is_model(found: object) -> bool:
    return isinstance(found, type) and issubclass(found, BaseModel)


def _imported(claim: Claim) -> Any:
    try:
        return importlib.import_module(claim.module)
    except (Exception, SystemExit) as error:  # a stranger's module may do anything when it is imported
        raise AdapterUnknown(_why_not(claim.name, error)) from error


def _why_not(name: str, error: BaseException) -> str:
    if isinstance(error, ImportError) and (error.name or "").split(".")[0] == "scim_adapter":
        return (
            f"The adapter {name} needs another version of the contract than this gateway's, which is {API_VERSION}: "
            f"{str(error).partition(' (/')[0]}."
        )
    kind = "" if isinstance(error, ImportError) else f"{type(error).__name__}: "
    return f"The adapter {name} cannot be imported: {kind}{str(error).rstrip('.') or 'without a reason'}."


def _claims_of(name: str) -> list[Claim]:
    installed = [_claim(point) for point in entry_points(group=GROUP) if point.name == name]
    shipped = name.isidentifier() and importlib.util.find_spec(f"adapters.{name}") is not None
    return [*installed, *([_shipped(name)] if shipped else [])]


def _not_one(name: str, claims: Sequence[Claim]) -> str:
    if claims:
        packages = " and ".join(claim.package for claim in claims)
        return f"The adapter name {name} is claimed by {packages}; remove one of them."
    return f"There is no adapter {name}{nearest(name, available())}. Installed are: {', '.join(available())}."


def claims() -> list[Claim]:
    """Every adapter that is installed, by name; a name that is claimed twice is there twice. Nothing is imported."""
    shipped = [_shipped(module.name) for module in pkgutil.iter_modules(adapters.__path__)]
    installed = [_claim(point) for point in entry_points(group=GROUP)]
    return sorted([*shipped, *installed], key=lambda claim: claim.name)


def available() -> list[str]:
    """The names of all adapters that a configuration can use, shipped and installed."""
    return sorted({claim.name for claim in claims()})


def _shipped(name: str) -> Claim:
    return Claim(name, f"adapters.{name}", "adapter")


def _claim(point: EntryPoint) -> Claim:
    module, _, attribute = point.value.partition(":")
    return Claim(point.name, module.strip(), attribute.split("[")[0].strip() or "adapter", point)
