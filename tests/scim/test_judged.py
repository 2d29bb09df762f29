"""A filter sees of a resource what its reader sees, although only what it speaks of is translated for it."""

from __future__ import annotations

import json

import pytest

from tests.backends import ENTERPRISE
from tests.scim.harness import Engine

ROWS: list[tuple[str, str]] = [
    ("a mapped attribute", 'userName eq "{userName}"'),
    ("the id", 'id eq "{id}"'),
    ("the type", 'meta.resourceType eq "User"'),
    ("the URL", 'meta.location eq "{meta[location]}"'),
    ("the version, which is of all that is there", "meta.version eq {tag}"),
    ("the version beside something else", 'userName sw "ada" and meta.version eq {tag}'),
    ("the version as the end of a choice", 'userName eq "nobody" or not (meta.version ne {tag})'),
    ("a part of meta is there", "meta pr and displayName pr"),
    ("the schemas, which are of all that is there", f'schemas eq "{ENTERPRISE}"'),
    ("an attribute that the map keeps", 'nickName eq "Adi"'),
    ("what is kept and what is mapped", 'nickName eq "Adi" and displayName eq "Ada"'),
    ("the mark of the only address", "emails[primary eq true]"),
    ("the type of the only address", 'emails[type eq "work" and value eq "{userName}"]'),
]


@pytest.mark.parametrize(("why", "filter"), ROWS, ids=[why for why, _ in ROWS])
async def test_what_a_reader_sees_can_be_searched(why: str, filter: str) -> None:
    engine = Engine(unmapped="keep")
    more = {"displayName": "Ada", "nickName": "Adi", ENTERPRISE: {"employeeNumber": "7"}}
    ada = (await engine.create(**more, emails=[{"type": "work", "value": "ada@example.com"}])).body
    await engine.create("bob@example.com")
    seen = (await engine.send("GET", f"/Users/{ada['id']}")).body
    wanted = filter.format(**seen, tag=json.dumps(seen["meta"]["version"]))
    assert "ada@example.com" in [one["userName"] for one in await engine.find(wanted)], why
