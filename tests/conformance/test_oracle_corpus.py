"""Both corpora asked of scim2-models: it agrees, or the difference is one that the page on it judges."""

from __future__ import annotations

import asyncio
import json
import re
from pathlib import Path
from typing import Any

import pytest

from scim.message import Request
from scim.schemas import GROUPS, USERS
from tests.conformance import oracle
from tests.conformance.differences import FILTERS
from tests.conformance.patch_differences import OF_PATCHES, explained
from tests.corpus.row import ENT, Refusal, Row
from tests.corpus.test_filters import FOUND, REFUSED
from tests.corpus.test_patches import ROWS
from tests.corpus.world import World, build

PAGE = Path(__file__).resolve().parent.parent.parent / "docs" / "explanation" / "scim2-models.md"
SCHEMAS = {"/Users": USERS, "/Groups": GROUPS, "User": USERS, "Group": GROUPS}


class Held:
    """What the gateway answers, as the oracle holds it, and its labels."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.labels = {id: label for label, id in world.ids.items()}
        self.lists = {endpoint: asyncio.run(self._read(endpoint)) for endpoint in ("/Users", "/Groups")}

    async def _read(self, endpoint: str) -> list[tuple[str, Any]]:
        listed = await self.world.rich.handle(Request("GET", endpoint, "attributes=id", {}, b""))
        found = []
        for one in json.loads(listed.body)["Resources"]:
            whole = await self._one(f"{endpoint}/{one['id']}", "")
            if "manager" in whole.get(ENT, {}):
                asked = await self._one(f"{endpoint}/{one['id']}", f"attributes={ENT}:manager.displayName")
                whole[ENT]["manager"] |= asked[ENT]["manager"]
            found.append((self.labels[one["id"]], oracle.resource(SCHEMAS[endpoint], whole)))
        return found

    async def _one(self, path: str, query: str) -> Any:
        return json.loads((await self.world.rich.handle(Request("GET", path, query, {}, b""))).body)

    def asked(self, endpoint: str, filter: str) -> str | oracle.Refused:
        """Whom the oracle finds."""
        for label, id in self.world.ids.items():
            filter = filter.replace(f"{{{label}}}", id)
        places = oracle.matching(SCHEMAS[endpoint], filter, [one for _, one in self.lists[endpoint]])
        return places if isinstance(places, tuple) else " ".join(self.lists[endpoint][place][0] for place in places)


@pytest.fixture(scope="module")
def held(tmp_path_factory: pytest.TempPathFactory) -> Held:
    return Held(asyncio.run(build(tmp_path_factory.mktemp("oracle"))))


def test_the_oracle_finds_whom_the_corpus_of_filters_finds(held: Held) -> None:
    rows: list[Row | Refusal] = [*FOUND, *REFUSED]
    seen, unexplained = set(), []
    for row in rows:
        expected = getattr(row, "people", (400, "invalidFilter"))
        if (answer := held.asked(row.endpoint, row.filter)) != expected:
            kinds = {name for name, holds in FILTERS.items() if holds(SCHEMAS[row.endpoint], row.filter)}
            seen |= kinds
            unexplained += [] if kinds else [f"{row.why}: {row.filter[:80]}: {answer!r}"]
    assert not unexplained, "\n".join(unexplained)
    assert seen == set(FILTERS), "every difference on the list is one that the corpus shows"


@pytest.mark.slow
def test_the_oracle_leaves_what_the_corpus_of_patches_leaves() -> None:
    seen, unexplained = set(), []
    for row in (row for row in ROWS if row.at != "wire"):
        schema = SCHEMAS[row.type]
        given = {"userName": "u"} if row.type == "User" and "userName" not in row.before else {}
        expected = row.after if isinstance(row.after, tuple) else _sorted({**given, **row.after})
        answer = oracle.patched(schema, {**given, **row.before}, row.operations)
        if (_sorted(answer) if isinstance(answer, dict) else answer) != expected:
            kinds = explained(schema, row.before, row.operations, expected, answer)
            seen |= kinds
            unexplained += [] if kinds else [f"{row.why}: {json.dumps(row.operations)[:80]}: {answer!r}"]
    assert not unexplained, "\n".join(unexplained)
    assert seen == OF_PATCHES, "every difference on the list is one that the corpus shows"


def _sorted(document: Any) -> Any:
    """With the ids of a group's members in order."""
    members = sorted(one["value"] for one in document.get("members", []))
    return {**document, "members": members} if members else document


def test_the_page_judges_every_difference_and_no_other() -> None:
    names = re.findall(r"^\| ([^|]+?) \|", PAGE.read_text(), re.MULTILINE)
    assert set(names) - {"kind", "---"} == {*FILTERS, *OF_PATCHES}
