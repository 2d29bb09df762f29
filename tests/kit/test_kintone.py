"""Kintone's users and groups keep every promise, whatever Kintone's ways and the connection's settings."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from typing import Any, ClassVar

import pytest
import stamina

from adapters.kintone import KintoneAdapter, KintoneSettings
from scim_adapter import New, Resource
from scim_adapter.testing import ResourceContract
from simulators.kintone import Simulator, Site, running

PASSWORD = "correct-horse-s3cret"
TOKEN = "token-of-the-common-administration"
NOBODY = "http://127.0.0.1:9"
"""The discard port, at which nobody listens."""
ITEMS = {"external_id_custom_item": "entraObjectId", "custom_items": {"title": "jobTitle"}}
WAYS: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "as it comes": ({}, {}),
    "every setting": ({}, {**ITEMS, "find_case_variants": False, "login": "", "api_token": TOKEN}),
    "other answers": (
        {"error_key_style": "users[0].code", "rename_collision_key": "users.code", "delete_unknown_key": "codes",
         "unset_style": "null", "write_reply": "nothing", "bad_request_status": 520, "auth_failure_status": 520,
         "everyone_in_put": "refused", "custom_items_replace": True, "page_cap": 1},
        {**ITEMS, "find_case_variants": False}),
    "strict": (
        {"valid_omitted_means_true": False, "code_case_sensitive": False, "strict_get_content_type": True,
         "group_names_unique": True, "password_policy": "complex", "unset_style": "empty", "locale": "ja",
         "rename_collision_key": "codes.newCode", "write_reply": "echo", "everyone_in_user_groups": False},
        {"find_case_variants": False}),
}  # fmt: skip
QUICK = ("every setting",)
"""The ways of the quick tests; the others are slow in their number."""


def kintone(url: str, password: str = PASSWORD, **settings: Any) -> KintoneAdapter:
    values: dict[str, Any] = {"base_url": url, "login": "scim.gateway", "password": password} | settings
    if values.get("api_token"):
        del values["password"]
    return KintoneAdapter(KintoneSettings.model_validate(values))


@pytest.fixture(scope="module")
def server() -> Iterator[Simulator]:
    with running(Site(password=PASSWORD, token=TOKEN)) as simulator:
        yield simulator


class _Kintone(ResourceContract):
    nonsense: ClassVar = {
        "base_url": "http://acme.cybozu.com",
        "login": "a:b",
        "services": ["excel"],
        "timeout": 0,
        "password_length": 8,
        "default_locale": "xx",
    }

    @pytest.fixture(autouse=True)
    def instant(self, server: Simulator) -> Iterator[None]:
        server.site.reset()
        with stamina.set_testing(True, attempts=3, cap=True):
            yield

    @pytest.fixture(params=[pytest.param(way, marks=() if way in QUICK else pytest.mark.slow) for way in WAYS])
    async def site(self, request: pytest.FixtureRequest, server: Simulator) -> AsyncIterator[KintoneAdapter]:
        switches, settings = WAYS[request.param]
        server.site.switches.set({"administrator_listed": False, "administrators_listed": False, **switches})
        if "api_token" in settings:
            server.site.users.clear()
        adapter = kintone(server.url, **settings)
        yield adapter
        await adapter.aclose()

    @pytest.fixture
    async def adapter(self, server: Simulator) -> AsyncIterator[KintoneAdapter]:
        one = kintone(server.url)
        yield one
        await one.aclose()

    @pytest.fixture
    async def refused(self, server: Simulator) -> AsyncIterator[KintoneAdapter]:
        one = kintone(server.url, "wrong-s3cret")
        yield one
        await one.aclose()

    @pytest.fixture
    async def unreachable(self) -> AsyncIterator[KintoneAdapter]:
        with stamina.set_testing(True, attempts=1):
            one = kintone(NOBODY)
            yield one
            await one.aclose()


class TestUsers(_Kintone):
    @pytest.fixture
    def resource(self, site: KintoneAdapter) -> Resource:
        return site.users


class TestGroups(_Kintone):
    @pytest.fixture
    def resource(self, site: KintoneAdapter) -> Resource:
        return site.groups

    @pytest.fixture
    async def targets(self, site: KintoneAdapter) -> Mapping[str, Sequence[str]]:
        made = [await site.users.create(New({"code": f"member{n}", "name": f"M{n}", "valid": True})) for n in range(4)]
        return {"User": [str(user["id"]) for user in made]}
