"""Small pieces of the how-to pages: tables that name every member of a struct, paths and snippets that work."""

from __future__ import annotations

import asyncio
import dataclasses
import re
import textwrap
from collections.abc import Mapping
from typing import Any, ClassVar

import httpx
import pytest

from scim.mapping import Table
from scim.schemas import USERS
from scim_adapter import Can, Field, Unavailable
from scim_adapter.http import Http
from scim_adapter.testing import FaultyResource, ResourceContract, Subject
from tests.backends import AmendingCircle, Shelf
from tests.scim.harness import Engine
from tests.site.built import ROOT, table
from tests.site.shown import PAGES

MAP = (PAGES / "map-attributes.md").read_text()
WRITE = (PAGES / "write-an-adapter.md").read_text()
TEST = (PAGES / "test-an-adapter.md").read_text()
CHANGES = (ROOT / "docs" / "explanation" / "read-modify-write.md").read_text()
HTTP = (PAGES / "adapter-over-http.md").read_text()


def test_the_page_of_attributes_tells_of_every_argument_of_a_field() -> None:
    told = " ".join(row[0] for row in table(MAP, "| argument |"))
    assert not [one.name for one in dataclasses.fields(Field) if one.name != "native" and one.name not in told]


def test_the_page_of_adapters_tells_of_everything_that_can_be_declared() -> None:
    declared = {"filter": "filters"}
    assert not [
        one.name for one in dataclasses.fields(Can) if f"`{one.name}`" not in WRITE and one.name not in declared
    ]


@pytest.mark.parametrize("path", [row[0].strip("`") for row in table(MAP, "| path |")])
def test_a_path_of_the_page_can_be_mapped(path: str) -> None:
    assert Table({path: "native"}, USERS).bindings[0].path == path


def snippet(page: str, start: str) -> str:
    """The indented lines of a page from the one that starts so to the next that is empty."""
    lines = page.splitlines()
    first = next(number for number, line in enumerate(lines) if re.match(rf" {{4,}}{re.escape(start)}", line))
    last = next(number for number in range(first, len(lines)) if not lines[number])
    return textwrap.dedent("\n".join(lines[first:last]))


def test_a_test_that_cannot_pass_is_marked_as_the_page_says() -> None:
    body = textwrap.indent(snippet(TEST, "@pytest.mark.xfail"), "    ")
    given = {"pytest": pytest, "Subject": Subject, "ResourceContract": ResourceContract}
    exec(f"class TestPeople(ResourceContract):\n{body}", given)
    with pytest.raises(TypeError, match="none_clears"):
        exec("class TestPeople(ResourceContract):\n" + re.sub(r" *@pytest.*\n", "", body), given)


async def test_a_resource_misbehaves_as_the_page_says() -> None:
    given: dict[str, Any] = {"resource": Shelf(), "FaultyResource": FaultyResource}
    exec(snippet(TEST, "faulty = "), given)
    assert isinstance(given["faulty"], FaultyResource)


@pytest.mark.parametrize("name", ["values", "awkward", "side_steps"])
def test_what_a_class_may_say_has_the_form_of_the_page(name: str) -> None:
    code = re.findall(rf"`({name} = [^`]+)`", TEST)
    said: dict[str, Any] = {}
    exec(code[0], said)
    assert isinstance(said[name], Mapping) is isinstance(getattr(ResourceContract, name), Mapping)


async def test_two_groups_meet_at_the_list_of_a_user_and_none_is_lost() -> None:
    body = textwrap.indent(snippet(CHANGES, "for key in delta.added:"), "    ")
    given: dict[str, Any] = {}
    exec(f"async def amend(self, delta):\n{body}", given)

    class Teams(AmendingCircle):
        held: ClassVar[dict[str, set[str]]] = {}

        async def user(self, key: str) -> set[str]:
            found = self.held.get(key, set())
            await asyncio.sleep(0.01)
            return found

        async def replace(self, key: str, groups: set[str]) -> None:
            self.held[key] = groups

        amend = given["amend"]

    engine = Engine(groups=Teams(), write_deadline=20.0)
    ada = await engine.create()
    teams = [(await engine.group(f"Team {n}")).id for n in range(5)]
    member = {"op": "add", "path": "members", "value": [{"value": ada.id}]}
    await asyncio.gather(*(engine.change(f"/Groups/{team}", member) for team in teams))
    assert [len(groups) for groups in Teams.held.values()] == [5]


async def test_a_refusal_that_means_slow_down_is_no_answer() -> None:
    code = re.findall(r"`failed=(lambda [^`]+)`", HTTP)[0]
    failed = eval(code, {"is_throttling": lambda response: "slow down" in response.text})
    transport = httpx.MockTransport(lambda _: httpx.Response(403, text="Please slow down."))
    http = Http("https://staff.example.com", attempts=1, transport=transport)
    with pytest.raises(Unavailable):
        await http.send("GET", "/", failed=failed)
    await http.aclose()
