"""A resource is the same text, its version too, whichever way it is read."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any, cast

import pytest

from adapters.directory import DirectoryAdapter, DirectorySettings
from scim_adapter import Can
from tests.backends import FIELDS, AmendingCircle, Circle, Shelf
from tests.scim.harness import ENTERPRISE, Answer, Engine, replace_
from tests.scim.test_cursors import walk
from tests.scim.test_kept_names import MAIL_ONLY

POOR = Can(partial=False)
MAPPED = {**FIELDS, "externalId": "outside"}
BARE: dict[str, Any] = {
    "native_filters": False,
    "native_sort": False,
    "native_paging": "none",
    "native_versions": False,
}


def directory(**settings: Any) -> Engine:
    users, groups = DirectoryAdapter(DirectorySettings(path=":memory:", **settings)).resources()
    return Engine(cast(Any, users), groups=cast(Any, groups), write_deadline=10)


HOUSES: dict[str, Callable[[], Engine]] = {
    "directory": directory,
    "directory, poor": lambda: directory(**BARE),
    "directory, by cursor": lambda: directory(native_paging="cursor"),
    "shelf": lambda: Engine(groups=AmendingCircle()),
    "shelf, poor": lambda: Engine(Shelf(can=POOR), groups=Circle(can=POOR)),
    "shelf, nothing kept": lambda: Engine(Shelf(fields=MAPPED), groups=Circle(), keep=()),
    "shelf, poor, nothing kept": lambda: Engine(Shelf(can=POOR, fields=MAPPED), groups=Circle(can=POOR), keep=()),
    "shelf, all kept": lambda: Engine(groups=Circle(), unmapped="keep"),
    "shelf, versions": lambda: Engine(Shelf(can=Can(version="v", offset=True)), groups=Circle()),
    "shelf, names kept": lambda: Engine(Shelf(fields=MAIL_ONLY), groups=Circle()),
    "shelf, logins are keys": lambda: Engine(Shelf(key="login", can=Can(offset=True, mutable_key=True)), keep=()),
}  # fmt: skip


def text(resource: Any) -> str:
    """As it stands in an answer: what is read keeps its order."""
    return json.dumps(resource, ensure_ascii=False, separators=(",", ":"))


async def peopled(engine: Engine) -> list[str]:
    """The ids of people who came in all ways there are: made, changed, renamed, made again, and found."""
    more = {"title": "Dr.", "externalId": "E-1", ENTERPRISE: {"department": "ER"}}
    ids = []
    for n in range(4):
        mail = {"emails": [{"type": "work", "value": f"p{n}@x"}]}
        made = await engine.create(f"p{n}@corp", **{**more, **mail, "externalId": f"E-{n}"})
        assert made.status == 201, made.body
        ids.append(made.id)
    assert (await engine.patch(ids[1], replace_("name.familyName", "New"))).status == 200
    assert (await engine.patch(ids[2], replace_("userName", "other@corp"))).status == 200
    assert (await engine.send("DELETE", f"/Users/{ids[3]}")).status == 204
    again = await engine.create("p3@corp", emails=[{"type": "work", "value": "p3@x"}])
    assert again.status == 201 and again.id != ids[3], again.body
    if isinstance(engine.shelf, Shelf):
        engine.shelf.records["old@x"] = {engine.shelf.key: "old@x", "login": "old@x", "enabled": True, "v": "0"}
    return [*ids[:3], again.id]


async def listed(engine: Engine, query: str, path: str = "/Users") -> list[dict[str, Any]]:
    answer = await engine.send("GET", path, query=query)
    assert answer.status == 200, answer.body
    resources: list[dict[str, Any]] = answer.body["Resources"]
    return resources


async def searched(engine: Engine, path: str) -> list[dict[str, Any]]:
    answer = await engine.send("POST", path, {"count": 100, "sortBy": "id"})
    resources: list[dict[str, Any]] = answer.body["Resources"]
    return resources


@pytest.mark.parametrize("cold", [False, True], ids=["one process", "a new process for each way"])
@pytest.mark.parametrize("house", HOUSES)
async def test_a_person_is_the_same_text_whichever_way_it_is_read(house: str, cold: bool) -> None:
    engine = HOUSES[house]()
    ids = await peopled(engine)
    everybody = await listed(engine, "count=100")
    assert {one["id"] for one in everybody} >= set(ids)
    for one in everybody:
        if cold:
            engine.restart()
        alone = await engine.send("GET", f"/Users/{one['id']}")
        assert alone.headers["etag"] == alone.body["meta"]["version"]
        nothing = await engine.patch(one["id"], replace_("active", one["active"]))
        name = one["userName"]
        for why, found in {
            "a list": everybody,
            "a PATCH of nothing": [nothing.body],
            "a PUT of nothing": [(await engine.send("PUT", f"/Users/{one['id']}", alone.body)).body],
            "its name": await engine.find(f'userName eq "{name}"'),
            "its id": await engine.find(f'id eq "{one["id"]}"'),
            "a filter": await listed(engine, "count=100&filter=active+pr"),
            "an order": await listed(engine, "count=100&sortBy=userName"),
            "a window": await listed(engine, "count=100&startIndex=2") + await listed(engine, "count=1"),
            "a search": await searched(engine, "/Users/.search"),
            "a search of everything": await searched(engine, "/.search"),
            "a walk": await walk(engine, 2),
            "a sorted walk": await walk(engine, 2, "&sortBy=userName"),
        }.items():
            [same] = [other for other in found if other["id"] == one["id"]]
            assert text(same) == text(alone.body), why


async def test_what_a_write_answers_is_what_is_read_then() -> None:
    for house, engine in ((name, make()) for name, make in HOUSES.items()):
        mail = [{"type": "work", "value": "ada@x"}]
        answers: list[Answer] = [await engine.create("ada@corp", emails=mail, externalId="e")]
        id = answers[0].id
        answers.append(await engine.send("GET", f"/Users/{id}"))
        assert answers[0].body == answers[1].body and answers[0].headers["etag"] == answers[1].headers["etag"], house
        changed = await engine.patch(id, replace_("name.familyName", "L"))
        assert text(changed.body) == text((await engine.send("GET", f"/Users/{id}")).body), house
        [found] = await listed(engine, "")
        assert text(changed.body) == text(found), house


@pytest.mark.parametrize("house", [name for name in HOUSES if "keys" not in name])
async def test_a_group_is_the_same_text_whichever_way_it_is_read(house: str) -> None:
    engine = HOUSES[house]()
    ids = await peopled(engine)
    await engine.group("Nurses", *ids[:2])
    await engine.group("Empty")
    for one in await listed(engine, "", "/Groups"):
        alone = (await engine.send("GET", f"/Groups/{one['id']}")).body
        for why, found in {
            "a list": [one],
            "its name": await engine.find(f'displayName eq "{one["displayName"]}"', "/Groups"),
            "its id": await engine.find(f'id eq "{one["id"]}"', "/Groups"),
            "an order": await listed(engine, "sortBy=displayName", "/Groups"),
            "a search of everything": await searched(engine, "/.search"),
            "a walk": await walk(engine, 1, path="/Groups"),
        }.items():
            [same] = [other for other in found if other["id"] == one["id"]]
            assert text(same) == text(alone), why
        short = (await engine.send("GET", f"/Groups/{one['id']}", query="excludedAttributes=members")).body
        for found in (
            await listed(engine, "excludedAttributes=members", "/Groups"),
            await walk(engine, 1, "&excludedAttributes=members", "/Groups"),
        ):
            [same] = [other for other in found if other["id"] == one["id"]]
            assert text(same) == text(short), house
