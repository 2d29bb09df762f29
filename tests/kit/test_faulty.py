"""FaultyResource misbehaves exactly as it is told to, and the contract's own code bears it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from scim_adapter import Change, Delta, Get, Gone, Native, New, NotFound, Page, Query, Resource, Unavailable
from scim_adapter.testing import FaultyResource
from tests.kit.memory import FULL, People, State, Teams

LOGINS = ("ada", "bob", "eve", "kim", "lea")


async def shelf(resource: People, *logins: str) -> list[str]:
    return [str(await resource.create(New({"login": login, "title": "Dr."}))) for login in logins]


async def test_it_says_of_itself_what_the_resource_says() -> None:
    people = People()
    faulty = FaultyResource(people)
    assert (faulty.type, faulty.key, faulty.fields, faulty.can) == ("User", "key", people.fields, people.can)
    assert faulty.own({"login": "gateway"}) and not faulty.own({"login": "ada"})
    assert [verb for verb in ("find", "get", "create", "update", "amend", "delete") if not faulty.declares(verb)] == [
        "amend"
    ]


async def test_without_faults_it_is_the_resource() -> None:
    teams = Teams(State())
    faulty = FaultyResource(teams)
    key = str(await faulty.create(New({"name": "Crew"})))
    record = await faulty.get(Get(key))
    assert record["name"] == "Crew" and (await faulty.find(Query())).total == 1
    changed = await faulty.update(Change(key, record, {**record, "name": "Staff"}, {"name": "Staff"}))
    assert changed is not None and changed["name"] == "Staff"
    await faulty.amend(Delta(key, record, "people", ["k1"]))
    assert [one["value"] for one in (await faulty.get(Get(key)))["people"]] == ["k1"]
    await faulty.delete(Gone(key, record))
    with pytest.raises(NotFound):
        await faulty.get(Get(key))
    assert faulty.calls == {"create": 1, "get": 3, "find": 1, "update": 1, "amend": 1, "delete": 1}


async def test_a_call_that_does_not_arrive_has_no_effect_and_the_next_one_has() -> None:
    people = People()
    faulty = FaultyResource(people, unavailable={"create": 2})
    [_] = await shelf(people, "ada")
    await faulty.create(New({"login": "bob"}))
    with pytest.raises(Unavailable):
        await faulty.create(New({"login": "eve"}))
    assert len(people.records) == 2
    await faulty.create(New({"login": "eve"}))
    assert len(people.records) == 3


async def test_a_lost_answer_has_its_effect() -> None:
    people = People()
    faulty = FaultyResource(people, lost={"create": 1, "delete": 1})
    with pytest.raises(Unavailable):
        await faulty.create(New({"login": "ada"}))
    [key] = people.records
    with pytest.raises(Unavailable):
        await faulty.delete(Gone(key, {}))
    assert not people.records


async def test_a_page_comes_twice_and_the_walk_then_goes_on() -> None:
    people = People(None, replace(FULL, offset=False), True)
    keys = await shelf(people, *LOGINS)
    faulty, cursor, pages = FaultyResource(people, repeat=2), None, []
    for _ in range(3):
        page = await faulty.find(Query(cursor=cursor, limit=2))
        pages.append([record["key"] for record in page.records])
        cursor = page.next
    assert pages == [keys[:2], keys[2:4], keys[2:4]]
    assert [record["key"] for record in (await faulty.find(Query(cursor=cursor, limit=2))).records] == keys[4:]


async def test_fields_come_back_without_values_from_every_verb() -> None:
    people = People()
    faulty = FaultyResource(people, null=["title"])
    [key] = await shelf(people, "ada")
    record = await faulty.get(Get(key))
    [listed] = (await faulty.find(Query())).records
    changed = await faulty.update(Change(key, record, record, {"title": "Sir"}))
    assert changed is not None
    assert [one["title"] for one in (record, listed, changed)] == [None, None, None]
    assert record["login"] == "ada" and people.records[key]["title"] == "Sir"


class Listed(Resource):
    """Has only `find`, so that `get` is the contract's own, over a list that misbehaves."""

    type = "User"
    key = "key"
    fields = People.fields

    def __init__(self, faulty: FaultyResource) -> None:
        self.faulty, self.can = faulty, faulty.can

    async def find(self, query: Query) -> Page:
        return await self.faulty.find(replace(query, limit=2))


@pytest.mark.parametrize("repeat", [0, 1, 2])
async def test_the_inherited_get_ends_whatever_page_comes_twice(repeat: int) -> None:
    people = People(None, replace(FULL, filter={}, offset=False), True)
    keys = await shelf(people, *LOGINS)
    found: Native = await Listed(FaultyResource(people)).get(Get(keys[4]))
    assert found["login"] == "lea"
    with pytest.raises(NotFound):
        await Listed(FaultyResource(people, repeat=repeat)).get(Get("stranger"))
