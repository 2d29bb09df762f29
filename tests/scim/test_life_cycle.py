"""One account from create to delete through the engine, with the store operations and backend calls of each step."""

from __future__ import annotations

from typing import Any

import pytest

from scim_adapter import Can, Page, Query
from tests.backends import Shelf, lost
from tests.scim.harness import BASE, CORE, ENTERPRISE, Engine, replace_


async def test_a_create_answers_with_id_location_meta_and_values_as_sent() -> None:
    engine = Engine()
    sent: dict[str, Any] = {
        "displayName": "Ada L.",
        "name": {"givenName": "Ada", "familyName": "Lovelace"},
        "emails": [{"primary": True, "type": "work", "value": "ada@example.com"}],
        "externalId": "5f7c",
        "roles": [],
        "meta": {"resourceType": "User"},
        ENTERPRISE: {"department": "ER", "employeeNumber": "17"},
    }
    answer = await engine.create(**sent)
    assert answer.status == 201
    assert answer.headers["location"] == answer.body["meta"]["location"] == f"{BASE}/Users/{answer.id}"
    for name in ("displayName", "name", "emails", "externalId", ENTERPRISE):
        assert answer.body[name] == sent[name]
    assert answer.body["schemas"] == [CORE, ENTERPRISE]
    assert answer.body["active"] is True
    assert "x-scimgate-ignored" not in answer.headers


async def test_every_step_costs_what_the_design_says() -> None:
    engine = Engine()
    await engine.find('userName eq "nobody"')  # fetches the salt and, because of manager, the overrides
    engine.shelf.calls.clear()
    await engine.counted()

    created = await engine.create(externalId="e1")
    assert await engine.counted() == {"write": 2}
    assert engine.shelf.calls == {"find": 1, "create": 1, "get": 1}
    engine.shelf.calls.clear()

    await engine.send("GET", f"/Users/{created.id}")
    assert await engine.counted() == {"read": 1}
    assert engine.shelf.calls == {"get": 1}
    engine.shelf.calls.clear()

    await engine.find('userName eq "ada@example.com"')
    assert await engine.counted() == {"read": 1}
    assert engine.shelf.calls == {"find": 1}
    engine.shelf.calls.clear()

    await engine.patch(created.id, replace_("displayName", "Ada"))
    assert await engine.counted() == {"read": 1}
    assert engine.shelf.calls == {"get": 2, "update": 1}
    engine.shelf.calls.clear()

    await engine.patch(created.id, replace_("displayName", "Ada"))
    assert await engine.counted() == {"read": 1}
    assert engine.shelf.calls == {"get": 1}, "no difference, no call"
    engine.shelf.calls.clear()

    await engine.patch(created.id, replace_("userName", "ada.l@example.com"))
    assert await engine.counted() == {"read": 1, "write": 2}
    assert engine.shelf.calls == {"get": 2, "update": 1}
    engine.shelf.calls.clear()

    await engine.patch(created.id, replace_("externalId", "e2"))
    assert await engine.counted() == {"read": 1, "write": 1}
    assert engine.shelf.calls == {"get": 1}
    engine.shelf.calls.clear()

    await engine.send("DELETE", f"/Users/{created.id}")
    assert await engine.counted() == {"read": 1, "write": 1}
    assert engine.shelf.calls == {"get": 2, "update": 1}


async def test_the_first_sight_of_a_record_costs_one_write_more() -> None:
    engine = Engine()
    engine.shelf.records["k9"] = {"key": "k9", "login": "old@example.com"}
    await engine.find('userName eq "nobody"')
    await engine.counted()
    first = await engine.find('userName eq "old@example.com"')
    assert await engine.counted() == {"read": 1, "write": 1}
    assert await engine.find('userName eq "OLD@example.com"') == first
    assert await engine.counted() == {"read": 1}


@pytest.mark.parametrize("policy", ["disable", "delete"])
async def test_a_deleted_user_is_gone_and_its_name_can_be_created_again_with_a_new_id(policy: str) -> None:
    engine = Engine(on_delete=policy)
    first = await engine.create(displayName="Ada", externalId="e1")
    assert (await engine.send("DELETE", f"/Users/{first.id}")).status == 204
    assert (await engine.send("GET", f"/Users/{first.id}")).status == 404
    assert (await engine.send("DELETE", f"/Users/{first.id}")).status == 404
    assert (await engine.patch(first.id, replace_("displayName", "x"))).status == 404
    assert await engine.find('userName eq "ada@example.com"') == []
    assert await engine.find('externalId eq "e1"') == []
    assert (await engine.send("GET", "/Users")).body["totalResults"] == 0
    kept = [r["enabled"] for r in engine.shelf.records.values()]
    assert kept == ([False] if policy == "disable" else [])

    second = await engine.create(externalId="e2")
    assert second.status == 201
    assert second.id != first.id
    assert (await engine.send("GET", f"/Users/{first.id}")).status == 404
    assert [u["id"] for u in await engine.find('userName eq "ADA@example.com"')] == [second.id]
    assert [u["id"] for u in await engine.find('externalId eq "e2"')] == [second.id]
    assert "displayName" not in second.body, "a re-used account is brought to the full state of the new one"
    assert len(engine.shelf.records) == 1
    assert (await engine.send("GET", "/Users")).body["totalResults"] == 1

    third_life = await engine.send("DELETE", f"/Users/{second.id}")
    assert third_life.status == 204
    third = await engine.create()
    assert third.status == 201
    assert len({first.id, second.id, third.id}) == 3


@pytest.mark.parametrize("policy", ["disable", "delete"])
async def test_a_login_that_is_its_own_key_gets_a_new_id_in_each_life_and_keeps_it_over_a_rename(policy: str) -> None:
    shelf = Shelf(key="login", can=Can(filter={"login": frozenset({"eq"})}, mutable_key=True, offset=True))
    engine = Engine(shelf, on_delete=policy)
    first = await engine.create("a")
    renamed = await engine.patch(first.id, replace_("userName", "b"))
    assert (renamed.status, renamed.id, renamed.body["userName"]) == (200, first.id, "b")
    assert [u["id"] for u in await engine.find('userName eq "b"')] == [first.id]
    other = await engine.create("a")
    assert other.status == 201
    assert other.id != first.id, "the old name is a new account"
    assert [u["id"] for u in await engine.find('userName eq "a"')] == [other.id]
    assert {u["id"] for u in (await engine.send("GET", "/Users")).body["Resources"]} == {first.id, other.id}
    await engine.send("DELETE", f"/Users/{first.id}")
    again = await engine.create("b")
    assert again.status == 201
    assert again.id not in (first.id, other.id)
    assert (await engine.send("GET", f"/Users/{again.id}")).body["userName"] == "b"
    engine.restart()
    listed = (await engine.send("GET", "/Users")).body["Resources"]
    assert {u["id"] for u in listed} == {again.id, other.id}


async def test_a_taken_name_is_409_in_any_case_and_adopting_links_it_instead() -> None:
    engine = Engine()
    engine.shelf.records["k9"] = {"key": "k9", "login": "Old@example.com", "display": "x", "enabled": False}
    refused = await engine.create("old@example.com")
    assert (refused.status, refused.body["scimType"]) == (409, "uniqueness")
    adopting = Engine(engine.shelf, on_conflict="adopt")
    taken = await adopting.create("old@example.com", displayName="New")
    assert taken.status == 201
    assert engine.shelf.records["k9"]["display"] == "New"
    assert engine.shelf.records["k9"]["enabled"] is True


async def test_a_rename_onto_a_taken_name_is_409_and_says_when_its_holder_is_hidden() -> None:
    engine = Engine()
    hidden = await engine.create("gone@example.com")
    await engine.send("DELETE", f"/Users/{hidden.id}")
    await engine.create("there@example.com")
    mine = await engine.create("mine@example.com")
    plain = await engine.patch(mine.id, replace_("userName", "there@example.com"))
    assert (plain.status, plain.body["scimType"]) == (409, "uniqueness")
    secret = await engine.patch(mine.id, replace_("userName", "gone@example.com"))
    assert secret.status == 409
    assert "deleted here" in secret.body["detail"]
    assert (await engine.send("GET", f"/Users/{mine.id}")).body["userName"] == "mine@example.com"


async def test_the_gateways_own_account_is_never_disabled_renamed_or_deleted() -> None:
    engine = Engine()
    engine.shelf.records["k1"] = {"key": "k1", "login": "gateway", "enabled": True}
    [own] = await engine.find('userName eq "gateway"')
    for operation in (replace_("active", "False"), replace_("userName", "other")):
        answer = await engine.patch(own["id"], operation)
        assert (answer.status, answer.body["scimType"]) == (400, "mutability")
    assert (await engine.send("DELETE", f"/Users/{own['id']}")).status == 400
    assert engine.shelf.writes == 0
    assert (await engine.patch(own["id"], replace_("displayName", "Gateway"))).status == 200


async def test_a_record_that_the_backend_lost_is_404_and_its_mapping_stays() -> None:
    engine = Engine()
    created = await engine.create()
    [(key, record)] = engine.shelf.records.items()
    del engine.shelf.records[key]
    await engine.counted()
    assert (await engine.send("GET", f"/Users/{created.id}")).status == 404
    assert (await engine.patch(created.id, replace_("displayName", "x"))).status == 404
    assert "write" not in await engine.counted()
    engine.shelf.records[key] = record
    assert (await engine.send("GET", f"/Users/{created.id}")).status == 200


async def test_a_backend_that_repeats_a_page_for_ever_is_read_once() -> None:
    class Stuck(Shelf):
        async def find(self, query: Query) -> Page:
            self._enter("find")
            assert self.calls["find"] < 10, "it never ends"
            return Page([dict(record) for record in self.records.values()], next="again")

    engine = Engine(Stuck(can=Can()))
    engine.shelf.records = {f"k{n}": {"key": f"k{n}", "login": f"u{n}"} for n in range(3)}
    assert (await engine.send("GET", "/Users")).body["totalResults"] == 3
    assert len(await engine.find('userName eq "U2"')) == 1
    assert (await engine.create("u1")).status == 409


async def test_a_kept_value_that_changes_leaves_no_row_behind() -> None:
    engine = Engine()
    id = (await engine.create(externalId="e1")).id
    for value in ("e2", "e3", "", "e4"):
        await engine.patch(id, replace_("externalId", value))
    rows = [row.key async for row in engine.store.scan("acme.user", "x.")]
    assert len(rows) == 1
    await engine.send("DELETE", f"/Users/{id}")
    assert [row.key async for row in engine.store.scan("acme.user", "x.")] == []


async def test_a_create_that_is_interrupted_again_and_again_is_still_the_clients_own() -> None:
    engine = Engine()
    engine.shelf.after["create"] = lost
    assert (await engine.create(displayName="Ada")).status == 503
    engine.shelf.after.clear()
    engine.clock.now += 100
    engine.shelf.before["update"] = lost
    assert (await engine.create(displayName="Ada")).status == 503, "the account is found, and its side steps fail"
    engine.shelf.before.clear()
    made = await engine.create(displayName="Ada")
    assert (made.status, len(engine.shelf.records)) == (201, 1), made.body
    assert engine.shelf.changes[-1].fresh
