"""The same people behind two adapters and one identity map: the directory, and a backend that can only list."""

from __future__ import annotations

import copy
import json
import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar
from urllib.parse import quote_plus

from adapters.directory import DirectoryAdapter, DirectorySettings
from gateway.stores.memory import MemoryStore
from scim.identity.map import IdentityMap
from scim.message import Request
from scim.options import Options
from scim.service import Service
from scim_adapter import Can, Field, Get, Native, Page, Query, Resource
from tests.corpus.people import CORE, ENTERPRISE, GROUP, GROUPS, PEOPLE, created, modified

BASE = "https://gateway.example/acme/scim/v2"


class Poor(Resource):
    """Finds, and nothing else: no filter, no order, no total; three records a page, each page by a cursor."""

    type: ClassVar[str] = "User"
    key = "id"

    def __init__(self, fields: Mapping[str, Field | str], records: list[Native]) -> None:
        self.fields, self.records = fields, records
        self.can = Can()

    async def find(self, query: Query) -> Page:
        start = int(query.cursor or 0)
        more = start + 3 < len(self.records)
        return Page(copy.deepcopy(self.records[start : start + 3]), str(start + 3) if more else None)


class PoorGroups(Poor):
    """The same for groups."""

    type: ClassVar[str] = "Group"


@dataclass
class World:
    """Both services, and the ids of everybody by label."""

    rich: Service
    poor: Service
    ids: dict[str, str] = field(default_factory=dict)

    async def ask(self, service: Service, endpoint: str, filter: str, more: str = "") -> tuple[int, bytes]:
        """A search as it stands on the wire, form-encoded; labels in braces become ids."""
        text = filter
        for label, id in self.ids.items():
            text = text.replace(f"{{{label}}}", id)
        answer = await service.handle(Request("GET", endpoint, f"filter={quote_plus(text)}{more}", {}, b""))
        return answer.status, answer.body

    async def found(self, endpoint: str, filter: str) -> str | Any:
        """The labels of who is found, from both services; or the error's document."""
        rich, poor = [await self.ask(one, endpoint, filter) for one in (self.rich, self.poor)]
        assert rich == poor, "both backends hold the same, so the answers are the same, byte for byte"
        status, document = rich[0], json.loads(rich[1])
        if status != 200:
            return document
        labels = {id: label for label, id in self.ids.items()}
        assert document["totalResults"] == document["itemsPerPage"] == len(document["Resources"])
        return " ".join(labels[one["id"]] for one in document["Resources"])


async def build(folder: Path) -> World:
    """People and groups made over SCIM in a directory, then copied into the poor backend; times stand still."""
    path = folder / "people.db"
    # a version of the backend's own is in the ETag, which is in the resource: the poor backend has none
    directory = DirectoryAdapter(DirectorySettings(path=str(path), native_versions=False))
    store = MemoryStore()
    rich = _service(directory.resources(), store)
    ids: dict[str, str] = {}
    for label, person in PEOPLE.items():
        ids[label] = await _post(rich, "/Users", {"schemas": [CORE, ENTERPRISE], **_unmanaged(person)})
    for label, person in PEOPLE.items():
        if "manager" in person.get(ENTERPRISE, {}):
            await _manage(rich, ids[label], ids[person[ENTERPRISE]["manager"]["value"]])
    for label in reversed(GROUPS):
        group = GROUPS[label]
        members = [{"value": ids[member]} for member in group["members"]]
        ids[label] = await _post(rich, "/Groups", {"schemas": [GROUP], **group, "members": members})
    _freeze(path)
    users = [await directory.users.get(Get(r["id"])) for r in (await directory.users.find(Query())).records]
    groups = [await directory.groups.get(Get(r["id"])) for r in (await directory.groups.find(Query())).records]
    poor = [Poor(directory.users.fields, users), PoorGroups(directory.groups.fields, groups)]
    return World(rich, _service(poor, store), ids)


def _service(resources: Sequence[Resource], store: MemoryStore) -> Service:
    return Service(resources, IdentityMap(store, "acme", "acme"), Options(), BASE)


def _unmanaged(person: dict[str, Any]) -> dict[str, Any]:
    extension = {name: value for name, value in person.get(ENTERPRISE, {}).items() if name != "manager"}
    return {**person, ENTERPRISE: extension}


async def _post(service: Service, endpoint: str, body: dict[str, Any]) -> str:
    answer = await service.handle(Request("POST", endpoint, "", {}, json.dumps(body).encode()))
    assert answer.status == 201, answer.body
    return str(json.loads(answer.body)["id"])


async def _manage(service: Service, id: str, manager: str) -> None:
    body = {"Operations": [{"op": "add", "path": f"{ENTERPRISE}:manager", "value": manager}]}
    answer = await service.handle(Request("PATCH", f"/Users/{id}", "", {}, json.dumps(body).encode()))
    assert answer.status == 200, answer.body


def _freeze(path: Path) -> None:
    """Give all records fixed times."""
    with sqlite3.connect(path) as connection:
        for table in ("users", "groups"):
            for (row,) in connection.execute(f"select id from {table}").fetchall():
                connection.execute(
                    f"update {table} set created = ?, modified = ? where id = ?", (created(row), modified(row), row)
                )
    connection.close()
