"""A correct adapter passes the whole kit, whatever it is able to do."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import ClassVar

import pytest

from scim_adapter import Can, New, Resource
from scim_adapter.testing import ResourceContract
from tests.kit.memory import FULL, Logins, MemoryAdapter, People, State, Teams, memory

ABILITIES: dict[str, tuple[Can, bool]] = {
    "everything": (FULL, False),
    "cursors": (replace(FULL, offset=False), True),
    "one page": (replace(FULL, offset=False), False),
    "whole records": (replace(FULL, partial=False), False),
    "nothing": (Can(), False),
}


class TestPeople(ResourceContract):
    side_steps: ClassVar = {"status": "off"}
    nonsense: ClassVar = {"size": "many"}

    @pytest.fixture(params=ABILITIES)
    def resource(self, request: pytest.FixtureRequest) -> Resource:
        return People(None, *ABILITIES[request.param])

    @pytest.fixture
    def adapter(self) -> MemoryAdapter:
        return memory()

    @pytest.fixture
    def refused(self) -> MemoryAdapter:
        return memory(token="wrong-token")

    @pytest.fixture
    def unreachable(self) -> MemoryAdapter:
        return memory("nowhere")


class TestLogins(ResourceContract):
    @pytest.fixture
    def resource(self) -> Resource:
        return Logins(None, replace(FULL, mutable_key=True))


class TestTeams(ResourceContract):
    @pytest.fixture
    def state(self) -> State:
        return State()

    @pytest.fixture
    def resource(self, state: State) -> Resource:
        return Teams(state)

    @pytest.fixture
    async def targets(self, state: State) -> Mapping[str, Sequence[str]]:
        people = People(state)
        return {"User": [str(await people.create(New({"login": f"member{n}"}))) for n in range(3)]}
