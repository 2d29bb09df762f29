"""The contract as an author's type checker sees it. Nothing runs here; mypy reads it, also against the built wheel.

Each `type: ignore` is a mistake that must be found: an unused one is an error.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, assert_type

import pytest
from pydantic import BaseModel, SecretStr

from scim_adapter import (
    Adapter,
    Ask,
    Can,
    Change,
    Condition,
    Delta,
    Exists,
    Field,
    Get,
    Gone,
    Invalid,
    Native,
    New,
    NotFound,
    Page,
    Query,
    Resource,
    Unavailable,
)
from scim_adapter.http import Http, checked
from scim_adapter.testing import FaultyResource, ResourceContract, Subject


class StaffSettings(BaseModel):
    url: str
    token: SecretStr


class Phonebook(Resource):
    """The least that is a resource."""

    type = "User"
    key = "id"
    fields: Mapping[str, Field | str] = {"userName": "id"}

    async def find(self, query: Query) -> Page:
        return Page([{"id": "ada"}])


class Staff(Resource):
    """Everything that a resource can be."""

    type: ClassVar[str] = "User"
    key = "id"
    can = Can(filter={"login": frozenset({"eq", "co"}), "mail": frozenset({"eq-exact"})}, sort=frozenset({"login"}))
    fields: Mapping[str, Field | str] = {
        "userName": Field("login", required=True, unique="backend"),
        "active": Field("state", read=lambda state: state == "on", write=lambda on: "on" if on else "off"),
        "name.givenName": Field("first", default=lambda record: record["login"]),
    }

    def __init__(self, http: Http) -> None:
        self.http = http

    async def find(self, query: Query) -> Page:
        assert_type(query.where, tuple[Condition, ...])
        assert_type(query.values("login"), tuple[Any, ...])
        assert_type(query.cursor, str | None)
        assert_type(query.fields, frozenset[str] | None)
        assert_type(query.ask.left, float)
        body = checked(await self.http.send("GET", "/staff", ask=query.ask, repeatable=True, params={"a": query.limit}))
        return Page(body["items"], next=None, total=body["total"])

    async def get(self, get: Get) -> Native:
        assert_type(get.key, str)
        raise NotFound("Nobody has this key.")

    async def create(self, new: New) -> str:
        assert_type(new.record, dict[str, Any])
        raise Exists("Taken.", field="login")

    async def update(self, change: Change) -> None:
        assert_type(change.version, str | None)
        assert_type(change.fresh, bool)
        raise Unavailable("Slow down.", retry_after=2.5, throttled=True)

    async def amend(self, delta: Delta) -> None:
        assert_type(delta.added, Sequence[str])
        raise Invalid("No.", field=delta.field)

    async def delete(self, gone: Gone) -> None:
        assert_type(gone.ask, Ask)

    def own(self, record: Native) -> bool:
        return record.get("login") == "gateway"


class StaffAdapter(Adapter[StaffSettings]):
    """An adapter."""

    Settings = StaffSettings

    def __init__(self, settings: StaffSettings) -> None:
        super().__init__(settings)
        assert_type(self.settings, StaffSettings)
        self.staff = Staff(Http(settings.url, headers={"X-Token": settings.token.get_secret_value()}))

    def resources(self) -> Sequence[Resource]:
        return [self.staff]

    async def check(self) -> None:
        assert_type(self.staff.declares("amend"), bool)


class TestStaff(ResourceContract):
    """The kit as an author inherits it."""

    __test__ = False
    values: ClassVar = {"department": ["Sales", "Support"]}

    def sample(self, resource: Resource, n: int) -> Native:
        return super().sample(resource, n) | {"login": f"ada{n}"}

    @pytest.fixture
    def resource(self) -> Resource:
        return FaultyResource(Phonebook(), lost={"find": 2}, null=["name"])

    @pytest.fixture
    async def adapter(self) -> StaffAdapter:
        return StaffAdapter(StaffSettings(url="https://staff.example.com", token=SecretStr("x")))

    async def test_of_my_own(self, subject: Subject) -> None:
        assert_type(await subject.make(1), dict[str, Any])


def mistakes(query: Query, record: Native) -> None:
    """What a type checker must refuse."""
    query.limit = 5  # type: ignore[misc]
    Field("login", unique="always")  # type: ignore[arg-type]
    Field("login", mutable="sometimes")  # type: ignore[arg-type]
    Condition("login", "equals", ("ada",))  # type: ignore[arg-type]
    Exists("Taken.", "login")  # type: ignore[call-arg]
    Unavailable("Away.", field="login")  # type: ignore[call-arg]
    Page(next=3)  # type: ignore[arg-type]
    Can(filter={"login": "eq"})  # type: ignore[dict-item]
    Resource()  # type: ignore[abstract]
    query.value("login", "equals")  # type: ignore[arg-type]
