"""Every test of the kit finds the defect that it is there for: it fails on the mutant, not on a healthy adapter."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any, ClassVar

import pytest

from scim_adapter import New
from scim_adapter.testing import ResourceContract
from tests.kit.memory import MemoryAdapter, People, Shelf, State
from tests.kit.mutants import ADAPTERS, MUTANTS, IllAdapter, Mutant, connecting, reading, writing

TABLES = (reading, writing, connecting)
KIT = {name for name, _ in inspect.getmembers(ResourceContract, inspect.isfunction) if name.startswith("test_")}


class Contract(ResourceContract):
    side_steps: ClassVar = {"status": "off"}
    nonsense: ClassVar = {"size": "many"}


async def on_resource(test: str, make: Callable[[State], Shelf]) -> None:
    """One test of the kit on one resource, as pytest would run it."""
    state, contract = State(), Contract()
    resource = make(state)
    targets = {}
    if resource.type == "Group":
        people = People(state)
        targets = {"User": [str(await people.create(New({"login": f"member{n}"}))) for n in range(3)]}
    assert not contract.lacking(resource, test), "the kit would skip this test"
    await getattr(contract, test)(contract.subject_of(resource, targets))


async def on_adapter(test: str, kind: type[MemoryAdapter]) -> None:
    """One test of the kit on one adapter, in each state that it is asked for."""
    made: dict[str, Callable[[], Any]] = {
        "adapter": lambda: connecting.connected(kind),
        "refused": lambda: connecting.connected(kind, token="wrong-token"),
        "unreachable": lambda: connecting.connected(kind, url="nowhere"),
    }
    method = getattr(Contract(), test)
    await method(**{name: made[name]() for name in inspect.signature(method).parameters})


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.name)
async def test_a_mutant_is_killed(mutant: Mutant) -> None:
    await on_resource(mutant.test, mutant.healthy)
    with pytest.raises(BaseException, match=mutant.says) as caught:
        await on_resource(mutant.test, mutant.ill)
    assert not isinstance(caught.value, pytest.skip.Exception)


@pytest.mark.parametrize("mutant", ADAPTERS, ids=lambda mutant: mutant.name)
async def test_a_mutant_of_an_adapter_is_killed(mutant: IllAdapter) -> None:
    await on_adapter(mutant.test, MemoryAdapter)
    with pytest.raises(BaseException, match=mutant.says) as caught:
        await on_adapter(mutant.test, mutant.ill)
    assert not isinstance(caught.value, pytest.skip.Exception)


def test_every_test_of_the_kit_has_a_mutant(record_property: Callable[[str, object], None]) -> None:
    mutants: list[Mutant | IllAdapter] = [*MUTANTS, *ADAPTERS]
    named = [mutant.test for mutant in mutants]
    record_property("mutants", len(named))
    assert set(named) == KIT
    assert len({mutant.name for mutant in mutants}) == len(named)
