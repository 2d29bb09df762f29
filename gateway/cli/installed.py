"""What an installed adapter is able to do, found out without an operator's settings and without any network."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, get_args

from pydantic import BaseModel, SecretStr, ValidationError

from gateway.registry import AdapterUnknown, Claim, loaded
from scim_adapter import Field, Resource

VERBS = ("find", "get", "create", "update", "amend", "delete")
EXAMPLES = ("example", "https://example.com", "ada@example.com", "1", "example-secret-for-nobody")
"""What a required setting is given, one after the other, until the adapter takes it."""
ROUNDS = 40


@dataclass(frozen=True, slots=True)
class Ability:
    """One resource type of an adapter: the verbs that it declares and its mapping table, SCIM path to native field."""

    type: str
    verbs: tuple[str, ...]
    attributes: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Installed:
    """One installed adapter. `broken` says why it cannot be used; `unknown` why its abilities cannot be told."""

    name: str
    origin: str
    broken: str = ""
    unknown: str = ""
    abilities: tuple[Ability, ...] = ()


def described(claim: Claim) -> Installed:
    """Import an adapter and look at it. Never raises."""
    origin = _origin(claim)
    try:
        found = loaded(claim)
    except AdapterUnknown as error:
        return Installed(claim.name, origin, broken=str(error))
    try:
        resources = found(example(found.Settings)).resources()
        return Installed(claim.name, origin, abilities=tuple(_ability(one) for one in resources))
    except Exception as error:  # an adapter of somebody else's, and it is only looked at
        return Installed(claim.name, origin, unknown=f"they depend on its settings ({type(error).__name__})")


def _origin(claim: Claim) -> str:
    if claim.point is None:
        return "adapters/"
    return f"{claim.point.dist.name} {claim.point.dist.version}" if claim.point.dist else claim.module


def _ability(resource: Resource) -> Ability:
    attributes = {path: one.native if isinstance(one, Field) else one for path, one in resource.fields.items()}
    return Ability(resource.type, tuple(verb for verb in VERBS if resource.declares(verb)), attributes)


def example(model: type[BaseModel]) -> BaseModel:
    """Settings that are right and lead nowhere; ValidationError when no example fits.

    Where there are several ways to sign in, one secret after the other is tried as the way.
    """
    ways: list[dict[str, Any]] = [{}, *({name: EXAMPLES[-1]} for name in _secret_names(model))]
    for way in ways[:-1]:
        try:
            return _settled(model, way)
        except ValidationError:
            continue
    return _settled(model, ways[-1])


def _settled(model: type[BaseModel], values: dict[str, Any]) -> BaseModel:
    """The model with one example after the other in every setting that it complains about."""
    tried: dict[str, int] = {}
    for _ in range(ROUNDS):
        try:
            return model.model_validate(values)
        except ValidationError as error:
            names = {str(fault["loc"][0]) for fault in error.errors(include_url=False) if fault["loc"]}
            candidates = {name: _candidate(model, name, tried.get(name, 0)) for name in names}
            if not candidates or None in candidates.values():
                raise
            values = {**values, **candidates}
            tried |= {name: tried.get(name, 0) + 1 for name in names}
    return model.model_validate(values)


def _secret_names(model: type[BaseModel]) -> list[str]:
    return [n for n, info in model.model_fields.items() if SecretStr in (info.annotation, *get_args(info.annotation))]


def _candidate(model: type[BaseModel], name: str, number: int) -> Any:
    field = model.model_fields.get(name)
    offered: Sequence[Any] = (*(field.examples or ()), *EXAMPLES) if field else EXAMPLES
    return offered[number] if number < len(offered) else None


def short(path: str) -> str:
    """A path without the schema's URN, for people."""
    return path.rpartition(":2.0:User:")[2] if path.startswith("urn:") else path
