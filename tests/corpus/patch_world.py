"""A directory in which each row of the corpus of PATCH is made, patched and read again, as over the wire."""

from __future__ import annotations

import asyncio
import copy
import itertools
import json
from dataclasses import dataclass, field
from typing import Any

from adapters.directory import DirectoryAdapter, DirectorySettings
from gateway.stores.memory import MemoryStore
from scim.identity.map import IdentityMap
from scim.message import Request
from scim.options import Options
from scim.service import Service
from tests.corpus.patch_row import ENT, Patch
from tests.corpus.people import CORE, GROUP

Json = dict[str, Any]
PLURAL = {"User": "/Users", "Group": "/Groups"}
POOR: Json = {"native_filters": False, "native_sort": False, "native_paging": "cursor", "native_versions": False,
        "native_partial": False, "native_amend": False, "native_repeats": False}  # fmt: skip


@dataclass
class PatchWorld:
    """One service, and the ids that rows name in braces."""

    service: Service
    ids: dict[str, str] = field(default_factory=dict)
    numbers: itertools.count[int] = field(default_factory=itertools.count)
    login: str = ""

    async def send(self, method: str, path: str, body: Any = None) -> Any:
        """The document of an answer, None when it has none."""
        raw = b"" if body is None else json.dumps(body).encode()
        answer = await self.service.handle(Request(method, path, "", {}, raw))
        return json.loads(answer.body) if answer.body else None

    def another(self) -> str:
        """A name that nobody has."""
        return f"person-{next(self.numbers)}@example.com"

    async def patched(self, row: Patch) -> tuple[Any, Json]:
        """What the PATCH answered, and the resource as it is read after it."""
        self.login = self.another()
        named = {"displayName": self.login} if row.type == "Group" else {"userName": self.login}
        made = await self.send(
            "POST", PLURAL[row.type], {"schemas": [CORE, ENT, GROUP], **named, **self.real(row.before)}
        )
        path = f"{PLURAL[row.type]}/{made['id']}"
        answer = await self.send("PATCH", path, {"Operations": self.real(row.operations)})
        then = await self.send("GET", path)
        await self.send("DELETE", path)
        return answer, then

    def expected(self, row: Patch) -> Json:
        """What the resource is in the end, with what the world gave it beside the row's own."""
        given = {"userName": self.login, "active": True} if row.type == "User" else {}
        return self.bare(self.real({**given, **(row.before if isinstance(row.after, tuple) else row.after)}))

    def real(self, document: Any) -> Any:
        """A document with ids for what stands in braces."""
        text = json.dumps(document)
        for name, id in self.ids.items():
            text = text.replace(f"{{{name}}}", id)
        return json.loads(text)

    def bare(self, resource: Json) -> Json:
        """A resource without what the service adds: its own attributes, and all but the ids of references."""
        found = {k: copy.deepcopy(v) for k, v in resource.items() if k not in ("id", "meta", "schemas", "groups")}
        if "manager" in found.get(ENT, {}):
            found[ENT]["manager"] = {"value": found[ENT]["manager"]["value"]}
        if "members" in found:
            found["members"] = sorted(member["value"] for member in found["members"])
        return found


def opened(*, poor: bool) -> PatchWorld:
    """A directory with three people and a group in it."""
    settings = DirectorySettings(path=":memory:", **(POOR if poor else {}))
    resources = DirectoryAdapter(settings).resources()
    service = Service(
        resources, IdentityMap(MemoryStore(), "acme", "acme"), Options(on_delete="delete"), "https://g/scim/v2"
    )
    world = PatchWorld(service)
    asyncio.run(_peopled(world))
    return world


async def _peopled(world: PatchWorld) -> None:
    for name in ("m1", "m2", "m3"):
        made = await world.send("POST", "/Users", {"schemas": [CORE], "userName": f"{name}@example.com"})
        world.ids[name] = made["id"]
    made = await world.send("POST", "/Groups", {"schemas": [GROUP], "displayName": "Nested"})
    world.ids["g1"] = made["id"]
