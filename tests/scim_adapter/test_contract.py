"""The contract as its users see it: names, structs, errors, and what `Resource` does by itself."""

from __future__ import annotations

import dataclasses
import inspect
from collections.abc import Mapping, Sequence
from dataclasses import FrozenInstanceError
from typing import Any, ClassVar

import pytest
from pydantic import BaseModel, SecretStr

import scim_adapter
from scim_adapter import (
    Adapter,
    AdapterError,
    Ask,
    Can,
    Change,
    Condition,
    Delta,
    Exists,
    Field,
    Get,
    Gone,
    Native,
    New,
    NotFound,
    Page,
    Query,
    Resource,
    Unavailable,
    Unsupported,
    http,
)

STRUCTS = (Field, Can, Ask, Condition, Query, Page, Get, New, Change, Delta, Gone)
ERRORS = ("Denied", "Exists", "Invalid", "NotFound", "OutOfQuota", "Stale", "Unavailable", "Unsupported")
VERBS = ("find", "get", "create", "update", "amend", "delete")


# -- the public surface ----------------------------------------------------------------------------------------------


def test_all_is_the_public_surface() -> None:
    modules = {name for name, value in vars(scim_adapter).items() if inspect.ismodule(value)}
    public = {name for name in vars(scim_adapter) if not name.startswith("_")} - modules
    assert public == set(scim_adapter.__all__)
    assert list(scim_adapter.__all__) == sorted(scim_adapter.__all__)


@pytest.mark.parametrize("name", [n for n in scim_adapter.__all__ if n not in ("API_VERSION", "Native", "Operator")])
def test_every_public_name_has_a_docstring_of_its_own(name: str) -> None:
    value = getattr(scim_adapter, name)
    doc = vars(value).get("__doc__") or ""
    assert doc.strip().endswith((".", "`.")) and not doc.startswith(f"{name}(")


@pytest.mark.parametrize("owner", [Resource, Adapter, Ask, Query, Condition, http.Http])
def test_every_public_method_has_a_docstring(owner: type) -> None:
    for name, member in vars(owner).items():
        if not name.startswith("_") and (inspect.isfunction(member) or isinstance(member, property | classmethod)):
            assert (inspect.getdoc(member) or "").strip(), f"{owner.__name__}.{name}"


@pytest.mark.parametrize("name", ["Http", "body", "checked", "retry_after", "ssl_context", "transient"])
def test_the_http_helpers_have_docstrings(name: str) -> None:
    assert inspect.getdoc(getattr(http, name))


def test_the_contract_imports_neither_http_nor_anything_of_ours() -> None:
    import ast
    from pathlib import Path

    package = Path(inspect.getfile(scim_adapter)).parent
    for path in package.glob("*.py"):
        imported = {
            (node.module or "").split(".")[0]
            for node in ast.walk(ast.parse(path.read_text()))
            if isinstance(node, ast.ImportFrom)
        } | {
            a.name.split(".")[0]
            for n in ast.walk(ast.parse(path.read_text()))
            if isinstance(n, ast.Import)
            for a in n.names
        }
        assert not imported & {"scim", "adapters", "gateway", "simulators", "azure"}, path.name
        if path.name in ("__init__.py", "contract.py", "errors.py", "resource.py"):
            assert not imported & {"httpx", "stamina"}, path.name


# -- structs ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("struct", STRUCTS, ids=lambda s: s.__name__)
def test_a_struct_is_frozen_and_has_slots(struct: type) -> None:
    required = {f.name: "x" for f in dataclasses.fields(struct) if _has_no_default(f)}
    made = struct(**required)
    with pytest.raises(FrozenInstanceError):
        setattr(made, dataclasses.fields(struct)[0].name, "y")
    assert not hasattr(made, "__dict__")


MANDATORY = {
    "Field": ["native"], "Can": [], "Ask": [], "Condition": ["field", "op"], "Query": [], "Page": [], "Get": ["key"],
    "New": ["record"], "Change": ["key", "before", "after", "set"], "Delta": ["key", "before", "field"],
    "Gone": ["key", "before"],
}  # fmt: skip


@pytest.mark.parametrize("struct", STRUCTS, ids=lambda s: s.__name__)
def test_only_these_members_of_a_struct_lack_a_default(struct: type) -> None:
    assert [f.name for f in dataclasses.fields(struct) if _has_no_default(f)] == MANDATORY[struct.__name__]


def _has_no_default(field: dataclasses.Field[Any]) -> bool:
    return field.default is dataclasses.MISSING and field.default_factory is dataclasses.MISSING


def test_no_two_structs_share_a_default_that_can_change() -> None:
    assert Can().filter == {} and Can().filter is not Can().filter


def test_what_is_left_of_a_deadline_is_never_negative() -> None:
    assert Ask(deadline=0.0).left == 0.0
    assert Ask().left == float("inf")


def test_a_query_tells_what_was_asked_of_a_field() -> None:
    query = Query((Condition("login", "eq", ("Ada", "ada")), Condition("name", "sw", ("A",))))
    assert (query.value("login"), query.values("login")) == ("Ada", ("Ada", "ada"))
    assert (query.value("name"), query.value("name", "sw"), query.values("name")) == (None, "A", ())
    assert Condition("x", "pr").value is None


# -- errors ----------------------------------------------------------------------------------------------------------


def test_there_are_eight_errors() -> None:
    assert tuple(sorted(e.__name__ for e in AdapterError.__subclasses__())) == ERRORS


@pytest.mark.parametrize("name", ERRORS)
def test_an_error_carries_its_sentence(name: str) -> None:
    error = getattr(scim_adapter, name)("It rains.")
    assert (str(error), error.message, error.field) == ("It rains.", "It rains.", None)


def test_an_error_names_the_native_field_and_unavailable_names_the_time() -> None:
    assert Exists("taken", field="login").field == "login"
    assert (Unavailable().retry_after, Unavailable().throttled) == (None, False)
    slow = Unavailable("slow", retry_after=3.0, throttled=True)
    assert (slow.retry_after, slow.throttled) == (3.0, True)


# -- Resource --------------------------------------------------------------------------------------------------------


class Bare(Resource):
    """Finds in scripted pages and remembers what it was asked."""

    type: ClassVar[str] = "User"
    key = "id"
    fields: Mapping[str, Field | str] = {"userName": "login"}

    def __init__(self, pages: Sequence[Page], can: Can | None = None) -> None:
        self.pages, self.can = list(pages), can or Can()
        self.queries: list[Query] = []

    async def find(self, query: Query) -> Page:
        self.queries.append(query)
        return self.pages[min(len(self.queries), len(self.pages)) - 1]


def rows(*keys: object) -> list[Native]:
    return [{"id": key} for key in keys]


async def test_get_asks_by_the_key_where_the_backend_filters_by_it() -> None:
    ask = Ask("op", 1e12)
    bare = Bare([Page(rows("b", "a"))], Can(filter={"id": frozenset({"eq"})}))
    assert await bare.get(Get("a", ask=ask)) == {"id": "a"}
    assert bare.queries == [Query((Condition("id", "eq", ("a",)),), ask=ask)]


async def test_get_reads_all_pages_where_the_backend_does_not_filter() -> None:
    bare = Bare([Page(rows(1, 2), next="p2"), Page(rows(3), next="p3"), Page(rows(4))])
    assert await bare.get(Get("4")) == {"id": 4}
    assert [(q.where, q.cursor, q.offset) for q in bare.queries] == [((), None, 0), ((), "p2", 2), ((), "p3", 3)]


async def test_get_reads_on_by_offset_where_the_backend_has_no_cursor() -> None:
    bare = Bare([Page(rows(1, 2), total=3), Page(rows(3), total=3)], Can(offset=True))
    assert await bare.get(Get("3")) == {"id": 3}
    assert [q.offset for q in bare.queries] == [0, 2]


@pytest.mark.parametrize(
    ("pages", "calls"),
    [
        ([Page()], 1),
        ([Page(rows("a", "b"))], 1),
        ([Page(rows("a"), next="2"), Page(rows("b"))], 2),
        ([Page(rows("a"), next="2"), Page(rows("a"), next="2")], 2),
        ([Page(next="2")], 1),
    ],
    ids=["nothing", "one page", "two pages", "a page that brings nothing new", "an empty page that promises more"],
)
async def test_get_ends_with_not_found(pages: list[Page], calls: int) -> None:
    bare = Bare(pages)
    with pytest.raises(NotFound):
        await bare.get(Get("z"))
    assert len(bare.queries) == calls


async def test_get_by_offset_ends_when_a_page_brings_nothing_new() -> None:
    bare = Bare([Page(rows("a"), total=9)], Can(offset=True))
    with pytest.raises(NotFound):
        await bare.get(Get("z"))
    assert len(bare.queries) == 2


async def test_what_an_author_does_not_write_is_unsupported() -> None:
    bare = Bare([])
    calls = (
        bare.create(New({})),
        bare.update(Change("k", {}, {}, {})),
        bare.amend(Delta("k", {}, "members")),
        bare.delete(Gone("k", {})),
    )
    for call in calls:
        with pytest.raises(Unsupported, match="User"):
            await call
    assert bare.own({}) is False


def test_writing_a_verb_declares_it() -> None:
    class Writing(Bare):
        async def get(self, get: Get) -> Native:
            return {}

        async def delete(self, gone: Gone) -> None:
            return None

    class Heir(Writing):
        pass

    assert [v for v in VERBS if Bare.declares(v)] == ["find"]
    assert [v for v in VERBS if Writing.declares(v)] == ["find", "get", "delete"]
    assert [v for v in VERBS if Heir.declares(v)] == ["find", "get", "delete"]


def test_find_is_mandatory() -> None:
    with pytest.raises(TypeError, match="find"):
        type("Nothing", (Resource,), {"type": "User"})()


async def test_an_adapter_holds_its_settings_and_closes_without_being_told_how() -> None:
    class Token(BaseModel):
        token: SecretStr

    class One(Adapter[Token]):
        Settings = Token

        def resources(self) -> Sequence[Resource]:
            return []

        async def check(self) -> None:
            return None

    one = One(Token(token=SecretStr("s3cret")))
    assert "s3cret" not in repr(one.settings)
    await one.aclose()
