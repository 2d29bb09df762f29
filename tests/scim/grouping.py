"""Groups before backends of every kind: their members are changed by deltas, by whole lists, or at the user."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import httpx
import pytest

from tests.conformance.poor import document
from tests.conformance.surface import TOKEN, Surface
from tests.scim.harness import CORE, GROUP

Json = dict[str, Any]
POOR = "tests.conformance.poor:PoorAdapter"
WHOLE = {"native_amend": False}
RECORDS = {**WHOLE, "native_versions": False, "native_partial": False, "native_filters": False, "native_repeats": False}
BACKENDS: dict[str, tuple[str, Json]] = {
    "deltas": ("directory", {}),
    "whole lists, with versions": ("directory", WHOLE),
    "whole records, without versions": ("directory", RECORDS),
    "next to nothing": (POOR, {}),
    "at the user": ("kintone", {"login": "scim.gateway", "password": {"env": "TOKEN"}}),
}
NESTING = tuple(name for name in BACKENDS if name != "at the user")
"""Kintone has no groups in groups."""


QUICK = ("deltas", "next to nothing", "at the user")


def each(*names: str, quick: Sequence[str] = QUICK) -> list[Any]:
    """Backends as parameters, by default all; those that are not `quick` are asked in the slow tests."""
    marks = {name: () if name in quick else pytest.mark.slow for name in names or BACKENDS}
    return [pytest.param(name, marks=mark) for name, mark in marks.items()]


class Groups(Surface):
    """A client that knows what groups are."""

    def user(self, login: str, **more: Any) -> str:
        """The id of a new user."""
        return self._made("/Users", {"schemas": [CORE], "userName": f"{login}@example.com", "active": True, **more})

    def group(self, name: str, *members: str, **more: Any) -> str:
        """The id of a new group."""
        held = [{"value": one} for one in members]
        return self._made("/Groups", {"schemas": [GROUP], "displayName": name, "members": held, **more})

    def _made(self, endpoint: str, body: Json) -> str:
        answer = self.send("POST", endpoint, body)
        assert answer.status_code == 201, answer.text
        return str(answer.json()["id"])

    def people(self, *logins: str) -> list[str]:
        """The ids of new users."""
        return [self.user(login) for login in logins]

    def members(self, group: str) -> list[str]:
        """The ids of a group's members, sorted."""
        answer = self.send("GET", f"/Groups/{group}")
        assert answer.status_code == 200, answer.text
        return sorted(one["value"] for one in answer.json().get("members", []))

    def find(self, filter: str, endpoint: str = "/Groups", **more: str) -> list[Json]:
        """What a filter finds."""
        answer = self.send("GET", endpoint, params={"filter": filter, **more})
        assert answer.status_code == 200, answer.text
        found: list[Json] = answer.json()["Resources"]
        assert answer.json()["totalResults"] == len(found)
        return found

    def at_once(self, requests: Sequence[tuple[str, str, Any]], **headers: str) -> list[httpx.Response]:
        """The answers to requests that are all under way together."""

        async def ask() -> list[httpx.Response]:
            sent = {name.replace("_", "-"): value for name, value in headers.items()}
            return await asyncio.gather(
                *(self._client.request(method, path, json=body, headers=sent) for method, path, body in requests)
            )

        return self._loop.run_until_complete(ask())

    def change(self, group: str, *operations: Json, **more: Any) -> httpx.Response:
        """A PATCH of a group."""
        return self.patch(f"/Groups/{group}", *operations, **more)


@contextmanager
def groups(backend: str, **options: Any) -> Iterator[Groups]:
    """A gateway before one of the backends, with options of its connection."""
    adapter, settings = BACKENDS[backend]
    with _settings(adapter, settings) as made:
        configuration = document(adapter, made)
        configuration["connections"]["acme"] |= options
        surface = Groups(configuration)
        try:
            yield surface
        finally:
            surface.close()


@contextmanager
def _settings(adapter: str, settings: Json) -> Iterator[Json]:
    if adapter == "kintone":
        from simulators.kintone import Site, running

        with running(Site(password=TOKEN)) as site:
            yield {"base_url": site.url, **settings}
    else:
        yield {"path": ":memory:", **settings} if adapter == "directory" else settings


def values(ids: Sequence[str]) -> list[Json]:
    """Members as clients name them."""
    return [{"value": id} for id in ids]
