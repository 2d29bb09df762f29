"""A backend that knows people by an e-mail address only: the userName is kept in the map, and is a name like any."""

from __future__ import annotations

from typing import Any

import pytest

from scim.sweeping import sweep
from scim_adapter import Can, Field, Unavailable
from tests.backends import FIELDS, Shelf
from tests.scim.harness import CORE, Answer, Engine, replace_
from tests.scim.test_crash import Death, Step, World, killed_at, until_settled

WORK = 'emails[type eq "work"].value'
MAIL_ONLY = {
    **{path: field for path, field in FIELDS.items() if path != "userName"},
    WORK: Field("login", required=True, unique="backend"),
    "externalId": "outside",
}
NO_FILTER = Can(offset=True)
SEARCHES = Can(filter={"login": frozenset({"eq"})}, offset=True)


@pytest.fixture(params=[SEARCHES, NO_FILTER], ids=["searches", "lists only"])
def engine(request: pytest.FixtureRequest) -> Engine:
    """Over a backend that can be asked for an address, and over one that can only be listed."""
    return Engine(Shelf(can=request.param, fields=MAIL_ONLY))


def person(login: str, mail: str, **more: Any) -> dict[str, Any]:
    return {"schemas": [CORE], "userName": login, "emails": [{"type": "work", "value": mail}], "active": True, **more}


async def made(engine: Engine, login: str = "ada@corp", mail: str = "ada@x.example", **more: Any) -> Answer:
    return await engine.send("POST", "/Users", person(login, mail, **more))


async def ids(engine: Engine, filter: str) -> list[str]:
    return [user["id"] for user in await engine.find(filter)]


async def test_both_names_are_held_and_found(engine: Engine) -> None:
    ada = await made(engine)
    assert (ada.status, ada.body["userName"], ada.body["emails"][0]["value"]) == (201, "ada@corp", "ada@x.example")
    assert [record["login"] for record in engine.shelf.records.values()] == ["ada@x.example"]
    read = await engine.send("GET", f"/Users/{ada.id}")
    assert read.body == ada.body
    for filter in ('userName eq "ADA@corp"', f'{WORK} eq "ada@x.example"', 'emails eq "Ada@x.example"',
                   'userName sw "ada@c"', 'userName eq "ada@corp" and active eq true'):  # fmt: skip
        assert await ids(engine, filter) == [ada.id], filter
    for filter in ('userName eq "ada@x.example"', 'userName eq "nobody"', 'userName eq "ada@corp" and active eq false'):
        assert await ids(engine, filter) == [], "who was given a name has no other"
    listed = (await engine.send("GET", "/Users", query="sortBy=userName")).body["Resources"]
    assert [user["userName"] for user in listed] == ["ada@corp"]
    shown = (await engine.send("GET", f"/Schemas/{CORE}")).body["attributes"]
    assert "userName" in [attribute["name"] for attribute in shown]


async def test_who_was_never_given_a_name_has_the_address(engine: Engine) -> None:
    engine.shelf.records["k9"] = {"key": "k9", "login": "old@x.example", "enabled": True}
    [user] = await engine.find('userName eq "OLD@x.example"')
    assert user["userName"] == "old@x.example"
    changed = await engine.patch(user["id"], replace_("displayName", "Old"))
    assert changed.body["userName"] == "old@x.example"
    moved = await engine.patch(user["id"], replace_(WORK, "new@x.example"))
    assert moved.body["userName"] == "new@x.example", "as long as nobody gives it one"
    assert await ids(engine, 'userName eq "old@x.example"') == []
    named = await engine.patch(user["id"], replace_("userName", "old@corp"))
    assert (named.status, named.body["userName"]) == (200, "old@corp")
    assert await ids(engine, 'userName eq "new@x.example"') == []
    assert await ids(engine, 'userName eq "old@corp"') == [user["id"]]


TAKEN: list[tuple[str, str, str, int]] = [
    ("a name that another was given", "ADA@corp", "b@x.example", 409),
    ("an address that another has", "b@corp", "Ada@x.example", 409),
    ("the address of who was never given a name", "old@x.example", "b@x.example", 409),
    ("an address as a name, which its holder gave up", "ada@x.example", "b@x.example", 201),
    ("nothing of anybody's", "b@corp", "b@x.example", 201),
]


@pytest.mark.parametrize(("why", "login", "mail", "status"), TAKEN, ids=[row[0] for row in TAKEN])
async def test_a_name_and_an_address_belong_to_one_account(
    engine: Engine, why: str, login: str, mail: str, status: int
) -> None:
    engine.shelf.records["k9"] = {"key": "k9", "login": "old@x.example", "enabled": True}
    await made(engine)
    bob = await made(engine, "bob@corp", "bob@x.example")
    before = engine.shelf.writes
    answer = await made(engine, login, mail)
    assert (answer.status, engine.shelf.writes - before) == (status, int(status == 201)), answer.body
    if status == 201:
        return
    assert answer.body["scimType"] == "uniqueness"
    held = dict(engine.shelf.records["k2"])
    for method, body in (("PUT", person(login, mail, displayName="Bob")), ("PATCH", None)):
        operations = [replace_("userName", login), replace_(WORK, mail), replace_("displayName", "Bob")]
        moved = (
            await engine.patch(bob.id, *operations)
            if body is None
            else await engine.send(method, f"/Users/{bob.id}", body)
        )
        assert (moved.status, engine.shelf.records["k2"]) == (409, held), "all or nothing"
    assert (await engine.send("GET", f"/Users/{bob.id}")).body["userName"] == "bob@corp"
    again = await made(engine, "c@corp", "c@x.example")
    assert again.status == 201


async def test_one_without_a_name_is_refused(engine: Engine) -> None:
    lacking = await engine.send("POST", "/Users", {"schemas": [CORE], "emails": person("", "a@x.example")["emails"]})
    assert (lacking.status, "userName" in lacking.body["detail"]) == (400, True)
    nowhere = await engine.send("POST", "/Users", {"schemas": [CORE], "userName": "ada@corp"})
    assert (nowhere.status, WORK in nowhere.body["detail"]) == (400, True)
    ada = await made(engine)
    taken = await engine.patch(ada.id, {"op": "Remove", "path": "userName"})
    assert taken.status == 400 and (await engine.send("GET", f"/Users/{ada.id}")).body["userName"] == "ada@corp"
    assert engine.shelf.calls["create"] == 1


async def test_a_rename_of_either_or_both(engine: Engine) -> None:
    ada = await made(engine)
    named = await engine.patch(ada.id, replace_("userName", "ada.l@corp"))
    assert (named.body["userName"], engine.shelf.calls["update"]) == ("ada.l@corp", 0), (
        "the backend knows nothing of it"
    )
    assert await ids(engine, 'userName eq "ada@corp"') == []
    moved = await engine.patch(ada.id, replace_(WORK, "ada.l@x.example"))
    assert (moved.body["userName"], moved.body["emails"][0]["value"]) == ("ada.l@corp", "ada.l@x.example")
    both = await engine.patch(ada.id, replace_("userName", "eve@corp"), replace_(WORK, "eve@x.example"))
    assert (both.body["userName"], both.body["emails"][0]["value"]) == ("eve@corp", "eve@x.example")
    case = await engine.patch(ada.id, replace_("userName", "EVE@corp"))
    assert (case.status, case.body["userName"]) == (200, "EVE@corp")
    put = await engine.send("PUT", f"/Users/{ada.id}", person("fay@corp", "fay@x.example"))
    assert (put.status, put.body["userName"], put.body["emails"][0]["value"]) == (200, "fay@corp", "fay@x.example")
    assert await ids(engine, 'userName eq "fay@corp"') == [ada.id]
    assert (await made(engine, "eve@corp", "eve@x.example")).status == 201, "both old names are free"


@pytest.mark.parametrize("policy", ["disable", "delete"])
async def test_deleted_and_created_again(policy: str) -> None:
    engine = Engine(Shelf(can=SEARCHES, fields=MAIL_ONLY), on_delete=policy)
    ada = await made(engine)
    assert (await engine.send("DELETE", f"/Users/{ada.id}")).status == 204
    assert await ids(engine, 'userName eq "ada@corp"') == []
    other = await made(engine, "ada@corp", "other@x.example")
    assert other.status == 201, "the name of who is gone is free"
    again = await made(engine, "ada2@corp", "ada@x.example")
    assert (again.status, again.body["userName"], again.id != ada.id) == (201, "ada2@corp", True)
    assert len(engine.shelf.records) == 2 and all(r["enabled"] for r in engine.shelf.records.values())


async def test_adopting_gives_the_account_its_name_unless_another_has_it() -> None:
    engine = Engine(Shelf(can=SEARCHES, fields=MAIL_ONLY), on_conflict="adopt")
    engine.shelf.records["k9"] = {"key": "k9", "login": "old@x.example", "enabled": True}
    await made(engine)
    refused = await made(engine, "ada@corp", "old@x.example")
    assert (refused.status, engine.shelf.calls["update"]) == (409, 0)
    adopted = await made(engine, "old@corp", "old@x.example", displayName="Old")
    assert (adopted.status, adopted.body["userName"]) == (201, "old@corp")
    assert len(engine.shelf.records) == 2


def lost() -> None:
    raise Unavailable("cut off")


@pytest.mark.parametrize("swept", [False, True])
@pytest.mark.parametrize("where", ["before", "after"])
async def test_a_create_that_was_cut_off_is_finished_by_its_repeat(where: str, swept: bool) -> None:
    engine = Engine(Shelf(can=SEARCHES, fields=MAIL_ONLY))
    getattr(engine.shelf, where)["create"] = lost
    assert (await made(engine)).status == 503
    getattr(engine.shelf, where).clear()
    engine.clock.now += 100
    if swept:
        engine.clock.now += 3600
        await sweep(engine.service.kinds[0])
    engine.restart()
    again = await made(engine)
    assert (again.status, again.body["userName"], len(engine.shelf.records)) == (201, "ada@corp", 1), again.body
    assert await ids(engine, 'userName eq "ada@corp"') == [again.id]


async def test_a_change_that_was_cut_off_is_finished_by_its_repeat(engine: Engine) -> None:
    ada = await made(engine)
    operations = (replace_("userName", "eve@corp"), replace_(WORK, "eve@x.example"))
    engine.shelf.after["update"] = lost
    assert (await engine.patch(ada.id, *operations)).status == 503
    engine.shelf.after.clear()
    engine.restart()
    again = await engine.patch(ada.id, *operations)
    assert (again.status, again.body["userName"], again.body["emails"][0]["value"]) == (
        200,
        "eve@corp",
        "eve@x.example",
    )
    assert await ids(engine, 'userName eq "ada@corp"') == [] and await ids(engine, 'userName eq "eve@corp"') == [ada.id]


async def _born(world: World) -> Answer:
    return await made(world.engine)


async def _renamed(world: World) -> Answer:
    operations = (replace_("userName", "eve@corp"), replace_(WORK, "eve@x.example"))
    return await world.engine.patch(world.remembered, *operations)


@pytest.mark.parametrize("swept", [False, True], ids=["repeated", "swept and repeated"])
@pytest.mark.parametrize(("step", "name"), [(_born, "ada"), (_renamed, "eve")], ids=["create", "rename"])
async def test_a_kill_at_any_call_costs_no_name(step: Step, name: str, swept: bool) -> None:
    points = 0
    for after in (False, True):
        for at in range(1, 50):
            world = World(key="key", repeatable=False, policy="disable")
            world.shelf.fields = MAIL_ONLY
            world.start()
            if step is _renamed:
                world.remembered = (await _born(world)).id
            if not await killed_at(world, step, Death(at, after)):
                break
            points += 1
            world.engine.clock.now += 200
            world.start()
            if swept:
                await sweep(world.engine.service.kinds[0])
            await until_settled(world, step)
            [record] = world.shelf.records.values()
            [user] = await world.engine.find(f'userName eq "{name}@corp"')
            assert (record["login"], user["userName"]) == (f"{name}@x.example", f"{name}@corp"), (at, after)
            assert [one["userName"] for one in await world.engine.find("userName pr")] == [f"{name}@corp"]
    assert points >= 8


async def test_what_a_name_costs() -> None:
    engine = Engine(Shelf(can=SEARCHES, fields=MAIL_ONLY))
    ada = await made(engine)
    engine.shelf.calls.clear()
    await engine.counted()
    await ids(engine, 'userName eq "ada@corp"')
    assert engine.shelf.calls == {"get": 1}, "the map knows who has it"
    engine.shelf.calls.clear()
    await ids(engine, 'userName eq "nobody@corp"')
    assert engine.shelf.calls == {"find": 1}, "nobody was given it, so it may be an address: Test Connection gets there"
    engine.shelf.calls.clear()
    await engine.patch(ada.id, replace_("displayName", "Ada"))
    assert engine.shelf.calls == {"get": 2, "update": 1}, "a change of something else costs what it did"
