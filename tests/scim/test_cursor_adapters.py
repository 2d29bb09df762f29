"""Walks by cursor through the backends that there are, each of which pages in its own way."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

import pytest

from adapters.directory import DirectoryAdapter, DirectorySettings
from adapters.kintone import KintoneAdapter, KintoneSettings
from adapters.replicon import RepliconAdapter, RepliconSettings
from gateway.stores.memory import MemoryStore
from scim.identity.map import IdentityMap
from scim.options import Options
from scim.service import Service
from scim_adapter import Adapter, Query
from simulators.kintone import Site
from simulators.kintone import running as kintone_running
from simulators.replicon import running as replicon_running
from simulators.scim import running as scim_running
from tests.adapters.scim_profiles import connect
from tests.scim.harness import BASE, CORE, Answer, Engine
from tests.scim.test_cursors import by_index, names, walk

Opened = Callable[[], Any]
PEOPLE = 23


@contextmanager
def directory(paging: str) -> Iterator[Adapter[Any]]:
    yield DirectoryAdapter(DirectorySettings.model_validate({"path": ":memory:", "native_paging": paging}))


@contextmanager
def kintone() -> Iterator[Adapter[Any]]:
    with kintone_running(Site(password="correct-horse-s3cret")) as server:
        values = {"base_url": server.url, "login": "scim.gateway", "password": "correct-horse-s3cret"}
        yield KintoneAdapter(KintoneSettings.model_validate(values))


@contextmanager
def replicon() -> Iterator[Adapter[Any]]:
    with replicon_running(password="correct-horse-s3cret") as server:
        values = {"company_key": "acme", "username": "scim.gateway", "password": "correct-horse-s3cret"}
        yield RepliconAdapter(RepliconSettings.model_validate({**values, "domain": server.url}))


@contextmanager
def scim() -> Iterator[Adapter[Any]]:
    with scim_running() as server:
        yield connect(server)


BACKENDS: dict[str, Opened] = {
    **{f"directory, {paging}": partial(directory, paging) for paging in ("offset", "cursor", "none")},
    "kintone": kintone,
    "replicon": replicon,
    "scim": scim,
}


class Gateway(Engine):
    """The engine over an adapter, whose searches are counted."""

    def __init__(self, adapter: Adapter[Any]) -> None:
        self.calls: Counter[str] = Counter()
        self.kept = MemoryStore()
        self.resources = list(adapter.resources())
        for one in self.resources:
            find = one.find
            one.find = partial(self._find, find)  # type: ignore[method-assign]
        self.restart()

    async def _find(self, find: Callable[[Query], Any], query: Query) -> Any:
        self.calls["find"] += 1
        return await find(query)

    def restart(self) -> None:
        map = IdentityMap(self.kept, "acme", "acme", lease=90.0)
        self.service = Service(self.resources, map, Options(read_deadline=60, write_deadline=60), BASE)


async def person(gateway: Gateway, n: int) -> Answer:
    body = {
        "schemas": [CORE], "userName": f"p{n:03}@example.com", "active": True, "displayName": f"Person {n}",
        "name": {"givenName": "Person", "familyName": f"N{n}"}, "password": "Correct-horse-7",
        "emails": [{"type": "work", "value": f"p{n:03}@example.com", "primary": True}],
    }  # fmt: skip
    return await gateway.send("POST", "/Users", body)


@pytest.mark.slow
@pytest.mark.parametrize("backend", BACKENDS)
async def test_a_walk_brings_the_same_list_as_the_index(backend: str) -> None:
    with BACKENDS[backend]() as adapter:
        gateway = Gateway(adapter)
        for n in range(PEOPLE):
            assert (made := await person(gateway, n)).status == 201, made.body
        for query in ("", "&sortBy=userName", "&filter=userName+sw+%22p00%22"):
            expected = names(await by_index(gateway, 7, query))
            assert len(expected) == (10 if "filter" in query else len(expected)) >= 10
            assert names(await walk(gateway, 7, query)) == expected
            assert names(await walk(gateway, 7, query, between=gateway.restart)) == expected
        gateway.calls.clear()
        found = await walk(gateway, 10, between=gateway.restart)
        assert len(found) >= PEOPLE
        pages = -(-len(found) // 10)
        assert gateway.calls["find"] <= 2 * pages + 1, "one more may be asked for what is behind the last"
        await adapter.aclose()
