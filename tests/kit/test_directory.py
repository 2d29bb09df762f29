"""The directory keeps every promise, whatever it hides of what it is able to do."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar

import pytest

from adapters.directory import DirectoryAdapter, DirectorySettings
from adapters.directory.users import HASH
from scim_adapter import Native, New, Resource
from scim_adapter.testing import ResourceContract

SWITCHES: dict[str, dict[str, Any]] = {
    "everything": {},
    "no filters": {"native_filters": False},
    "no sorting": {"native_sort": False},
    "cursors": {"native_paging": "cursor"},
    "no paging": {"native_paging": "none"},
    "no versions": {"native_versions": False},
    "whole records": {"native_partial": False},
    "whole lists": {"native_amend": False},
    "no repeats": {"native_repeats": False},
    "nothing": {
        "native_filters": False, "native_sort": False, "native_paging": "none", "native_versions": False,
        "native_partial": False, "native_amend": False, "native_repeats": False,
    },
}  # fmt: skip
QUICK = ("everything", "nothing")


def directory(path: str, **switches: Any) -> DirectoryAdapter:
    return DirectoryAdapter(DirectorySettings.model_validate({"path": path, **switches}))


class _Directory(ResourceContract):
    nonsense: ClassVar = {"path": "", "native_paging": "sometimes"}

    passwords = False

    def sample(self, resource: Resource, n: int) -> Native:
        """Hashing passwords takes longer than everything else."""
        record = super().sample(resource, n)
        return record if self.passwords else {name: value for name, value in record.items() if name != HASH}

    @pytest.fixture(params=[pytest.param(name, marks=() if name in QUICK else pytest.mark.slow) for name in SWITCHES])
    async def switched(self, request: pytest.FixtureRequest) -> AsyncIterator[DirectoryAdapter]:
        self.passwords = "write_only" in request.node.name
        adapter = directory(":memory:", **SWITCHES[request.param])
        yield adapter
        await adapter.aclose()

    @pytest.fixture
    async def adapter(self) -> AsyncIterator[DirectoryAdapter]:
        one = directory(":memory:")
        yield one
        await one.aclose()

    @pytest.fixture
    async def unreachable(self, tmp_path: Path) -> AsyncIterator[DirectoryAdapter]:
        one = directory(str(tmp_path))
        yield one
        await one.aclose()


class TestUsers(_Directory):
    @pytest.fixture
    def resource(self, switched: DirectoryAdapter) -> Resource:
        return switched.users


class TestGroups(_Directory):
    @pytest.fixture
    def resource(self, switched: DirectoryAdapter) -> Resource:
        return switched.groups

    @pytest.fixture
    async def targets(self, switched: DirectoryAdapter) -> Mapping[str, Sequence[str]]:
        made = [await switched.users.create(New({"login": f"member{n}"})) for n in range(4)]
        return {"User": [str(user["id"]) for user in made]}
