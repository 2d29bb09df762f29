"""Adapters with one defect each, and the test of the kit that must find it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from scim_adapter import Can
from tests.kit.memory import FULL, MemoryAdapter, People, Shelf, State, Teams

R = TypeVar("R", bound=type[Shelf])
A = TypeVar("A", bound=type[MemoryAdapter])
TEAM = Can(filter={"name": frozenset({"eq"})}, offset=True, version="version")


@dataclass(frozen=True)
class Mutant:
    """A defect: the test that finds it, what that test says, and how the ill resource is made and a healthy one."""

    name: str
    test: str
    says: str
    ill: Callable[[State], Shelf]
    healthy: Callable[[State], Shelf]


@dataclass(frozen=True)
class IllAdapter:
    """A defect of an adapter as a whole."""

    name: str
    test: str
    says: str
    ill: type[MemoryAdapter]


MUTANTS: list[Mutant] = []
ADAPTERS: list[IllAdapter] = []


def found_by(test: str, says: str, *, can: Can | None = None, cursors: bool = False) -> Callable[[R], R]:
    """Enters a resource with a defect into the table."""

    def enter(ill: R) -> R:
        healthy = Teams if issubclass(ill, Teams) else People
        able = can or (TEAM if healthy is Teams else FULL)

        def maker(kind: type[Shelf]) -> Callable[[State], Shelf]:
            return lambda state: kind(state, able, cursors)

        MUTANTS.append(Mutant(ill.__name__, test, says, maker(ill), maker(healthy)))
        return ill

    return enter


def adapter_found_by(test: str, says: str) -> Callable[[A], A]:
    """Enters an adapter with a defect into the table."""

    def enter(ill: A) -> A:
        ADAPTERS.append(IllAdapter(ill.__name__, test, says, ill))
        return ill

    return enter
