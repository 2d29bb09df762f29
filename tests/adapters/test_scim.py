"""The adapter for SCIM servers, behind the engine: what its server gets wrong, clients do not feel."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from scim_adapter import Change, Field, Get, Gone, NotFound, Query, Stale
from simulators.http import Fault
from simulators.scim import Simulator, running
from tests.adapters.opening import opening
from tests.adapters.scim_profiles import COUNTRIES, COUNTRY, ENTERPRISE, MOBILE, WORK, profile
from tests.adapters.scim_wire import Gateway
from tests.scim.harness import CORE

LOGIN = "ada@example.com"
Open = Callable[..., Gateway]


@pytest.fixture(scope="module")
def server() -> Iterator[Simulator]:
    with running() as simulator:
        yield simulator


@pytest_asyncio.fixture
async def gateway(server: Simulator, tmp_path: Path) -> AsyncIterator[Open]:
    """A gateway by a profile, in front of an empty server with switches."""
    server.store.reset()

    def made(switches: dict[str, Any] | None = None, document: dict[str, Any] | None = None, **more: Any) -> Gateway:
        server.store.switches.set(switches or {})
        return Gateway(server, tmp_path, document or profile(), **more)

    async with opening(made) as opened:
        yield opened


# -- what is sent -----------------------------------------------------------------------------------------------------


async def test_entras_dialect_becomes_plain_patch(gateway: Open) -> None:
    """No capitals, no texts for booleans, no path that selects what is not there, a manager that is an object."""
    one = gateway()
    boss, ada = (await one.create("boss@example.com")).id, (await one.create()).id
    one.calls()
    wanted = {"active": "False", WORK: "ada@b.example", "name.givenName": "Ada", f"{ENTERPRISE}:manager": boss}
    assert (await one.replace(ada, wanted)).status == 200
    [message] = one.bodies("PATCH")
    manager = {
        "op": "replace",
        "path": f"{ENTERPRISE}:manager",
        "value": {"value": one.users["boss@example.com"]["id"]},
    }
    assert sorted(message["Operations"], key=lambda each: each["path"]) == [
        {"op": "replace", "path": "active", "value": False},
        {"op": "replace", "path": "emails", "value": [{"type": "work", "value": "ada@b.example"}]},
        {"op": "replace", "path": "name.givenName", "value": "Ada"},
        manager,
    ]


async def test_what_is_cleared_is_removed(gateway: Open) -> None:
    one = gateway()
    id = (await one.create(title="Dr", emails=[{"type": "work", "value": "a@b.example"}])).id
    one.calls()
    removed = [{"op": "Remove", "path": path} for path in ("title", WORK)]
    assert (await one.patch(f"/Users/{id}", *removed)).status == 200
    [message] = one.bodies("PATCH")
    assert message["Operations"] == [{"op": "remove", "path": "title"}, {"op": "remove", "path": "emails"}]


@pytest.mark.parametrize("update", ["patch", "put"])
async def test_values_that_the_gateway_does_not_know_survive_a_change(
    gateway: Open, server: Simulator, update: str
) -> None:
    one = gateway(document=profile(update=update))
    id = (await one.create()).id
    [ada] = one.users.values()
    home = {"type": "home", "value": "home@b.example", "primary": True}
    server.store.put("Users", {**ada, "emails": [home], "nickName": "A", "urn:acme:2.0:User": {"badge": "7"}})
    assert (await one.replace(id, {WORK: "work@b.example", "title": "Dr"})).status == 200
    [ada] = one.users.values()
    assert ada["emails"] == [home, {"type": "work", "value": "work@b.example"}]
    assert (ada["nickName"], ada["urn:acme:2.0:User"]) == ("A", {"badge": "7"})


async def test_simple_changes_are_patched_and_others_put(gateway: Open) -> None:
    one = gateway({"patch": "simple"}, profile(update="simple-patch"))
    id = (await one.create()).id
    for values, method in (({"active": "False", "title": "Dr"}, "PATCH"), ({WORK: "a@b.example", "title": "X"}, "PUT")):
        one.calls()
        assert (await one.replace(id, values)).status == 200
        assert one.calls() == {"GET /Users/{id}": 1, f"{method} /Users/{{id}}": 1}


async def test_a_put_leaves_out_what_the_server_alone_writes(gateway: Open) -> None:
    table = {MOBILE: {}, 'phoneNumbers[type eq "other"].value': {"mutable": "never"}}
    one = gateway(
        {"server_values": {"phoneNumbers": [{"type": "other", "value": "146"}]}}, profile(table, update="put")
    )
    id = (await one.create(phoneNumbers=[{"type": "mobile", "value": "+44 1"}])).id
    one.calls()
    changed = await one.replace(id, {MOBILE: "+44 2"})
    assert [one["value"] for one in changed.body["phoneNumbers"]] == ["+44 2", "146"]
    [body] = one.bodies("PUT")
    assert body["phoneNumbers"] == [{"type": "mobile", "value": "+44 2"}] and "meta" not in body


# -- values ---------------------------------------------------------------------------------------------------------


async def test_a_value_that_the_server_rewrites_is_written_once(gateway: Open) -> None:
    document = profile(
        {"userName": {"rewrite": "lower"}, COUNTRY: {"rewrite": COUNTRIES}, "title": {"rewrite": "trim"}}
    )
    one = gateway({"rewrite": {"userName": "lower", "country": COUNTRIES, "title": "trim"}}, document)
    address = [{"type": "work", "country": "GB"}]
    made = await one.create("Ada@Example.com", addresses=address, title="Head  of")
    assert made.body["addresses"] == [{**address[0], "primary": True}], "clients see what they sent"
    one.calls()
    for values in (
        {"userName": "Ada@Example.com"}, {COUNTRY: "GB"}, {COUNTRY: "United Kingdom"}, {"title": "Head  of"},
    ):  # fmt: skip
        assert (await one.replace(made.id, values)).status == 200
        assert not [method for method in one.calls() if method.startswith("P")], values
    assert (await one.replace(made.id, {COUNTRY: "DE"})).body["addresses"][0]["country"] == "DE"
    assert one.bodies("PATCH")[0]["Operations"][0]["value"] == [{"type": "work", "country": "DE"}], "as it was sent"


async def test_a_login_that_is_the_address_is_written_to_both_places(gateway: Open) -> None:
    one = gateway(document=profile({WORK: {"same_as": "userName", "filter": "no"}}))
    id = (await one.create("ada@b.example")).id
    assert one.users["ada@b.example"]["emails"] == [{"type": "work", "value": "ada@b.example"}]
    assert (await one.replace(id, {"userName": "eve@b.example"})).status == 200
    assert one.users["eve@b.example"]["emails"] == [{"type": "work", "value": "eve@b.example"}]
    both = await one.replace(id, {"userName": "x@b.example", WORK: "y@b.example"})
    assert (both.status, both.body["scimType"]) == (400, "invalidValue")


async def test_a_value_may_stand_elsewhere_at_the_server(gateway: Open) -> None:
    table = {
        "title": {"native": "urn:acme:2.0:User:jobTitle"},
        WORK: {"native": "emails.value", "filter": "no"},
        f"{ENTERPRISE}:manager": {"native": f"{ENTERPRISE}:manager.value"},
    }
    one = gateway(document=profile(table))
    boss = await one.create("boss@b.example")
    made = await one.create(title="Dr", emails=[{"type": "work", "value": "a@b.example"}])
    await one.replace(made.id, {"title": "Prof", f"{ENTERPRISE}:manager": boss.id})
    ada = one.users["ada@example.com"]
    assert (ada["urn:acme:2.0:User"], ada["emails"]) == ({"jobTitle": "Prof"}, [{"value": "a@b.example"}])
    shown = (await one.send("GET", f"/Users/{made.id}")).body
    assert (shown["title"], shown["emails"][0]["value"]) == ("Prof", "a@b.example")
    assert shown[ENTERPRISE]["manager"]["value"] == boss.id
    assert one.bodies("PATCH")[0]["Operations"][1]["path"] == f"{ENTERPRISE}:manager.value"


async def test_attributes_of_the_servers_own_are_an_extension(gateway: Open) -> None:
    urn = "urn:acme:2.0:User"
    one = gateway(document=profile({f"{urn}:badge": {"type": "integer"}, f"{urn}:cards": {"many": True}}))
    made = await one.send(
        "POST", "/Users", {"schemas": [CORE, urn], "userName": LOGIN, urn: {"badge": 7, "cards": ["a", "b"]}}
    )
    assert (made.status, made.body[urn]) == (201, {"badge": 7, "cards": ["a", "b"]})
    changed = await one.replace(made.id, {f"{urn}:badge": 8})
    assert changed.body[urn]["badge"] == 8 and urn in changed.body["schemas"]
    assert one.bodies("PATCH")[0]["Operations"] == [{"op": "replace", "path": f"{urn}:badge", "value": 8}]


ADDED = {
    "nickName": "urn:acme:2.0:User:alias", "name.middleName": "name.middleName", "locale": "locale",
    'phoneNumbers[type eq "fax"].value': 'phoneNumbers[type eq "fax"].value',
}  # fmt: skip


@pytest.mark.parametrize("update", ["patch", "put"])
async def test_an_operator_may_add_rows_for_one_connection(gateway: Open, update: str) -> None:
    one = gateway(document=profile(update=update), rows={path: Field(native) for path, native in ADDED.items()})
    made = await one.create(nickName="A", locale="en", name={"middleName": "M"})
    assert one.users[LOGIN]["urn:acme:2.0:User"] == {"alias": "A"}
    changed = await one.replace(made.id, {"nickName": "B", 'phoneNumbers[type eq "fax"].value': "+1", MOBILE: "+2"})
    assert (changed.status, changed.body["nickName"], changed.body["name"]) == (200, "B", {"middleName": "M"})
    assert sorted(phone["value"] for phone in changed.body["phoneNumbers"]) == ["+1", "+2"]
    one.calls()
    await one.replace(made.id, {"nickName": "B", "locale": "en"})
    assert one.calls() == {"GET /Users/{id}": 1}, "what is so already is not written"


async def test_a_row_that_leads_nowhere_is_refused(gateway: Open) -> None:
    answer = await gateway(rows={"nickName": Field("a b")}).create(nickName="A")
    assert (answer.status, "nickName" in answer.body["detail"]) == (400, True)


async def test_what_is_written_once_is_not_sent_again(gateway: Open) -> None:
    table = {"userName": {"mutable": "create"}, "roles": {"mutable": "create", "readable": False}}
    one = gateway({"immutable": ["userName"], "create_only": ["roles"]}, profile(table))
    made = await one.create(roles=[{"value": "admin"}])
    assert one.users["ada@example.com"]["roles"] == [{"value": "admin"}]
    refused = await one.replace(made.id, {"userName": "eve@example.com"})
    assert (refused.status, refused.body["scimType"]) == (400, "mutability")
    changed = await one.patch(f"/Users/{made.id}", {"op": "add", "path": "roles", "value": [{"value": "user"}]},
                              {"op": "add", "path": "title", "value": "Dr"})  # fmt: skip
    assert (changed.status, changed.headers["x-scimgate-ignored"]) == (200, "roles")
    assert one.bodies("PATCH")[0]["Operations"] == [{"op": "replace", "path": "title", "value": "Dr"}]


async def test_who_is_new_gets_what_the_profile_gives(gateway: Open) -> None:
    one = gateway(document=profile({"roles": {"mutable": "create", "default": [{"value": "member"}]}}))
    await one.create()
    await one.create("bob@example.com", roles=[{"value": "admin"}])
    assert [user["roles"] for user in one.users.values()] == [[{"value": "member"}], [{"value": "admin"}]]


async def test_texts_for_booleans_are_understood_and_sent(gateway: Open) -> None:
    one = gateway({"booleans": "strings", "numeric_ids": True}, profile(active={"strings": True}))
    made = await one.create(active=True)
    assert made.body["active"] is True
    off = await one.replace(made.id, {"active": False, f"{ENTERPRISE}:manager": made.id})
    assert off.body["active"] is False
    [record] = (await one.adapter.resources()[0].find(Query())).records
    assert record[f"{ENTERPRISE}:manager"] == record["id"], "ids are texts, wherever they stand"
    assert one.bodies("POST")[0]["active"] == "True"
    assert {"op": "replace", "path": "active", "value": "False"} in one.bodies("PATCH")[0]["Operations"]


async def test_a_put_tells_every_flag_as_the_server_wants_it(gateway: Open) -> None:
    one = gateway(document=profile(active={"strings": True}, update="put"))
    made = await one.create(active=True)
    one.calls()
    assert (await one.replace(made.id, {"title": "Dr"})).status == 200
    assert one.bodies("PUT")[0]["active"] == "True"


async def test_a_password_is_sent_and_never_shown(gateway: Open, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    one = gateway({"passwords": "shown"})
    made = await one.create(password="Correct-Horse-1")
    assert one.users["ada@example.com"]["password"] == "Correct-Horse-1"
    read = await one.send("GET", f"/Users/{made.id}")
    record = await one.adapter.resources()[0].get(Get(one.users["ada@example.com"]["id"]))
    assert "Correct-Horse-1" not in f"{made.body}{read.body}{record}{caplog.text}"


# -- active ---------------------------------------------------------------------------------------------------------


async def test_who_is_created_disabled_is_disabled_where_the_server_ignores_it(gateway: Open) -> None:
    one = gateway({"active_on_create": "ignored"}, profile(active={"on_create": "ignored"}))
    made = await one.create(active=False)
    assert (made.status, made.body["active"]) == (201, False)
    assert one.users["ada@example.com"]["active"] is False
    one.calls()
    await one.replace(made.id, {"title": "Dr"})
    assert one.bodies("PATCH")[0]["Operations"] == [{"op": "replace", "path": "title", "value": "Dr"}], "told once"


async def test_a_create_that_was_cut_off_before_disabling_is_finished_by_its_repeat(
    gateway: Open, server: Simulator
) -> None:
    one = gateway({"active_on_create": "ignored"}, profile(active={"on_create": "ignored"}), write_deadline=2.0)
    for _ in range(3):
        server.store.faults.append(fault("PATCH", status=503))
    assert (await one.create(active=False)).status == 503
    assert one.users["ada@example.com"]["active"] is True, "made, and not disabled"
    made = await one.create(active=False)
    assert (made.status, len(one.users), one.users["ada@example.com"]["active"]) == (201, 1, False)


async def test_who_is_sent_without_active_is_enabled(gateway: Open) -> None:
    one = gateway({"active_default": False})
    assert (await one.create()).body["active"] is True


@pytest.mark.parametrize("absent", [True, False])
async def test_a_user_who_does_not_say_is_what_the_profile_says(gateway: Open, server: Simulator, absent: bool) -> None:
    one = gateway(document=profile(active={"absent": absent}))
    server.store.add("Users", {"schemas": [CORE], "userName": "ada@example.com"})
    [found] = (await one.send("GET", "/Users")).body["Resources"]
    assert found["active"] is absent


async def test_who_is_disabled_may_be_gone(gateway: Open) -> None:
    for status in (200, 204):
        one = gateway({"on_disable": "deleted", "patch_status": status}, profile(active={"on_disable": "deleted"}))
        made = await one.create()
        off = await one.replace(made.id, {"active": "False"})
        assert (off.status, off.body["active"]) == (200, False)
        assert one.users == {}
        assert (await one.send("GET", f"/Users/{made.id}")).status == 404
        again = await one.create()
        assert (again.status, again.body["active"]) == (201, True)
        await one.replace(again.id, {"active": "False"})


async def test_the_gateways_own_account_stays_as_it_is(gateway: Open, server: Simulator) -> None:
    one = gateway(own_account="SCIM@b.example")
    server.store.add("Users", {"schemas": [CORE], "userName": "scim@b.example", "active": True})
    [found] = (await one.send("GET", "/Users")).body["Resources"]
    for answer in (
        await one.replace(found["id"], {"active": "False"}),
        await one.replace(found["id"], {"userName": "other@b.example"}),
        await one.send("DELETE", f"/Users/{found['id']}"),
    ):
        assert (answer.status, answer.body["scimType"]) == (400, "mutability")


# -- searching --------------------------------------------------------------------------------------------------------


async def test_values_in_filters_are_quoted(gateway: Open) -> None:
    one = gateway(document=profile({"userName": {"filter": "eq"}}))
    login = 'o"brien\\\\ and userName pr@b.example'
    assert (await one.create(login)).status == 201
    assert (await one.create(login)).status in (201, 409) and len(one.users) == 1


async def test_a_search_that_the_server_ignores_is_carried_out_by_the_gateway(gateway: Open, server: Simulator) -> None:
    one = gateway({"filters": ["externalId"], "other_filters": "ignored"})
    await one.create("boss@example.com")
    found = await one.send("GET", "/Users", query='filter=userName eq "ada@example.com"')
    assert (found.status, found.body["totalResults"]) == (200, 0)
    assert (await one.create()).status == 201


async def test_a_search_that_the_server_refuses_is_the_operators_to_mend(gateway: Open) -> None:
    one = gateway({"filters": ["externalId"]})
    answer = await one.send("GET", "/Users", query='filter=userName eq "ada@example.com"')
    assert (answer.status, "filter" in answer.body["detail"]) == (503, True)


async def test_no_account_is_made_twice_where_searches_and_logins_mind_case(gateway: Open, server: Simulator) -> None:
    table = {"userName": {"filter": "eq-exact", "unique": "gateway"}}
    one = gateway({"case_sensitive": True}, profile(table))
    server.store.add("Users", {"schemas": [CORE], "userName": "ADA@example.com", "active": True})
    answer = await one.create("Ada@example.com")
    assert (answer.status, len(one.users)) == (409, 1)


async def test_resources_without_an_id_do_not_break_a_list(
    gateway: Open, server: Simulator, caplog: pytest.LogCaptureFixture
) -> None:
    one = gateway()
    await one.create()
    page = '{"schemas": [], "totalResults": 3, "Resources": [{"userName": "x"}, 7, {"id": "1", "userName": "eve"}]}'
    for _ in range(2):
        server.store.faults.append(fault("GET", status=200, body=page))
        listed = await one.send("GET", "/Users", query="count=3")
        assert [user["userName"] for user in listed.body["Resources"]] == ["eve"]
    assert caplog.text.count("without an id") == 1


# -- groups -----------------------------------------------------------------------------------------------------------


async def test_changes_of_members_pass_through_as_they_are(gateway: Open) -> None:
    one = gateway(document=profile(members={"batch": 2}))
    people = [(await one.create(f"p{n}@example.com")).id for n in range(5)]
    keys = [user["id"] for user in one.users.values()]
    group = (await one.group("Staff", people[4])).id
    one.calls()
    operations = [{"op": "Add", "path": "members", "value": [{"value": id} for id in people[:2]]},
                  {"op": "Remove", "path": "members", "value": [{"value": people[4]}]}]  # fmt: skip
    assert (await one.patch(f"/Groups/{group}", *operations)).status == 204
    first, second = (message["Operations"] for message in one.bodies("PATCH"))
    assert first == [{"op": "add", "path": "members", "value": [{"value": keys[0]}, {"value": keys[1]}]}]
    assert second == [{"op": "remove", "path": f'members[value eq "{keys[4]}"]'}]
    assert one.calls() == {"PATCH /Groups/{id}": 2}, "two members in each, and nothing was read"


@pytest.mark.parametrize("way", ["filter", "value"])
async def test_a_server_that_refuses_repetitions_is_asked_for_the_rest(gateway: Open, way: str) -> None:
    one = gateway({"strict_members": True, "member_remove": way}, profile(members={"remove": way}))
    ada, boss = (await one.create()).id, (await one.create("boss@example.com")).id
    group = (await one.group("Staff", ada)).id
    one.calls()
    add = {"op": "add", "path": "members", "value": [{"value": ada}, {"value": boss}]}
    assert (await one.patch(f"/Groups/{group}", add)).status == 204
    assert one.calls() == {"PATCH /Groups/{id}": 2, "GET /Groups/{id}": 1}
    for _ in range(2):
        gone = {"op": "remove", "path": f'members[value eq "{ada}"]'}
        assert (await one.patch(f"/Groups/{group}", gone)).status == 204
    shown = (await one.send("GET", f"/Groups/{group}")).body["members"]
    assert [member["value"] for member in shown] == [boss]


async def test_members_that_are_refused_are_not_tried_again(gateway: Open, server: Simulator) -> None:
    one = gateway()
    ada, group = (await one.create()).id, (await one.group("Staff")).id
    server.store.faults.append(fault("PATCH", status=400, body=SCIM % (400, "")))
    one.calls()
    answer = await one.patch(f"/Groups/{group}", {"op": "add", "path": "members", "value": [{"value": ada}]})
    assert (answer.status, "members" in answer.body["detail"]) == (400, True)
    assert one.calls() == {"PATCH /Groups/{id}": 1, "GET /Groups/{id}": 1, "GET /Users/{id}": 1}, "who may be gone"


async def test_who_is_a_member_twice_is_shown_once(gateway: Open, server: Simulator) -> None:
    one = gateway()
    ada = (await one.create()).id
    group = (await one.group("Staff", ada)).id
    [held] = server.store.resources["Groups"].values()
    server.store.put("Groups", {**held, "members": held["members"] * 2})
    assert len((await one.send("GET", f"/Groups/{group}")).body["members"]) == 1


async def test_groups_within_groups(gateway: Open) -> None:
    one = gateway(document=profile(members={"groups": True}))
    inner = await one.group("Inner")
    outer = (await one.group("Outer", inner.id)).id
    [member] = (await one.send("GET", f"/Groups/{outer}")).body["members"]
    assert (member["value"], member["type"]) == (inner.id, "Group")
    assert member["$ref"].endswith(f"/Groups/{inner.id}")


# -- refusals ---------------------------------------------------------------------------------------------------------


def fault(method: str, **more: Any) -> Fault:
    """A fault of the simulator."""
    return Fault.of({"operation": method, **more})


SCIM = '{"schemas": ["urn:ietf:params:scim:api:messages:2.0:Error"], "status": "%s", "detail": "ada@example.com %s"}'
REFUSED: list[tuple[str, str, dict[str, Any], int, str]] = [
    ("the credentials", "GET", {"status": 401, "body": SCIM % (401, "")}, 502, ""),
    ("a privilege", "PATCH", {"status": 403, "body": SCIM % (403, "")}, 502, ""),
    ("a licence, by a rule", "PATCH", {"status": 403, "body": SCIM % (403, "License limit")}, 400, "invalidValue"),
    ("a read, in words of another rule", "GET", {"status": 403, "body": SCIM % (403, "License limit")}, 502, ""),
    ("a value", "PATCH", {"status": 400, "body": SCIM % (400, "")}, 400, "invalidValue"),
    ("a value, in HTML", "PATCH", {"status": 400, "body": "<html>No</html>"}, 400, "invalidValue"),
    ("somebody who is gone", "GET", {"status": 404, "body": SCIM % (404, "")}, 404, ""),
    ("a page that is not there", "GET", {"status": 404, "body": "<html>Not found</html>"}, 503, ""),
    ("a page that is not there, in JSON", "GET", {"status": 404, "body": '{"message": "no route"}'}, 503, ""),
    ("nothing at all", "GET", {"status": 404, "body": ""}, 503, ""),
    ("a change meanwhile", "PATCH", {"status": 409, "body": SCIM % (409, "")}, 200, ""),
    ("PATCH", "PATCH", {"status": 501, "body": SCIM % (501, "")}, 501, ""),
    ("another place", "GET", {"status": 302, "body": "", "headers": {"location": "https://b.example"}}, 503, ""),
    ("an outage", "GET", {"status": 503, "times": 3}, 503, ""),
    ("an outage that passes", "GET", {"status": 503, "times": 2}, 200, ""),
    ("half an answer", "GET", {"status": 0, "truncate": True}, 503, ""),
    ("HTML", "GET", {"status": 200, "body": "<html>Sign in</html>"}, 503, ""),
    ("another object", "GET", {"status": 200, "body": '{"ok": true}'}, 503, ""),
]  # fmt: skip


@pytest.mark.parametrize(("what", "method", "given", "status", "word"), REFUSED, ids=[row[0] for row in REFUSED])
async def test_what_the_server_refuses_is_told_as_it_is(
    gateway: Open, server: Simulator, caplog: pytest.LogCaptureFixture, what: str, method: str, given: dict[str, Any],
    status: int, word: str,
) -> None:  # fmt: skip
    rules = [{"status": 403, "detail": "licen[cs]e", "on": ["create", "update"], "means": "out_of_quota"}]
    one = gateway(document=profile(rules=rules))
    id = (await one.create()).id
    server.store.faults.append(fault(method, **given))
    answer = await one.replace(id, {"title": "Dr"})
    assert (answer.status, answer.body.get("scimType", "")) == (status, word), answer.body
    assert what != "another place" or "elsewhere" in answer.body["detail"]
    assert status < 400 or "ada@example.com" not in f"{answer.body}{caplog.text}", (
        "the server's words are not passed on"
    )


async def test_a_search_at_a_wrong_address_is_an_outage_and_nobody_is_created(gateway: Open, server: Simulator) -> None:
    one = gateway(base_url=f"{server.url}/nowhere")
    for answer in (await one.send("GET", "/Users", query='filter=userName eq "ada@example.com"'), await one.create()):
        assert answer.status == 503
    assert one.users == {}


@pytest.mark.parametrize("status", [409, 400, 500])
async def test_a_login_that_is_taken_is_409_however_it_is_said(gateway: Open, server: Simulator, status: int) -> None:
    rules = [{"status": code, "detail": "already exists", "means": "exists"} for code in (400, 500)]
    one = gateway({"conflict_status": status}, profile(rules=rules))
    id = (await one.create()).id
    await one.create("boss@example.com")
    answer = await one.replace(id, {"userName": "boss@example.com"})
    assert (answer.status, answer.body["scimType"]) == (409, "uniqueness")
    assert "userName" in answer.body["detail"]


async def test_a_create_whose_answer_was_lost_makes_one_account(gateway: Open, server: Simulator) -> None:
    one = gateway(write_deadline=2.0)
    server.store.faults.append(fault("POST", cut=True, after_effect=True))
    assert (await one.create(externalId="7")).status == 503
    assert one.calls()["POST /Users"] == 1, "a POST is not repeated blindly"
    again = await one.create(externalId="7")
    assert (again.status, len(one.users)) == (201, 1)


async def test_an_empty_answer_to_a_create_is_no_account_lost(gateway: Open, server: Simulator) -> None:
    one = gateway(write_deadline=2.0)
    server.store.faults.append(fault("POST", status=201, body="", after_effect=True))
    assert ((await one.create()).status, len(one.users)) == (201, 1)
    server.store.faults.append(fault("POST", status=201, body=""))
    assert (await one.create("bob@example.com")).status == 503, "an answer that says nothing, and nobody is there"


async def test_an_older_version_is_read_again(gateway: Open, server: Simulator) -> None:
    one = gateway({"etags": True}, profile(etags=True))
    id = (await one.create()).id
    server.store.faults.append(fault("PATCH", status=412, body=SCIM % (412, "")))
    one.calls()
    assert (await one.replace(id, {"title": "Dr"})).status == 200
    assert one.calls() == {"GET /Users/{id}": 2, "PATCH /Users/{id}": 2}


async def test_a_change_of_what_moved_meanwhile_is_refused(gateway: Open, server: Simulator) -> None:
    one = gateway({"etags": True}, profile(etags=True))
    await one.create()
    users = one.adapter.resources()[0]
    [before] = (await users.find(Query())).records
    server.store.put("Users", one.users["ada@example.com"])
    with pytest.raises(Stale):
        await users.update(Change(before["id"], before, {**before, "title": "Dr"}, {"title": "Dr"}))
    with pytest.raises(Stale):
        await users.delete(Gone(before["id"], before))
    assert "title" not in one.users["ada@example.com"]


async def test_a_server_that_forgets_a_version_is_not_asked_for_it(gateway: Open) -> None:
    one = gateway(document=profile(etags=True))
    made = await one.create()
    assert (await one.replace(made.id, {"title": "Dr"})).status == 200


async def test_a_search_without_a_match_may_be_404(gateway: Open) -> None:
    one = gateway({"empty_list": 404}, profile(empty_list=404))
    found = await one.send("GET", "/Users", query='filter=userName eq "ada@example.com"')
    assert (found.status, found.body["totalResults"]) == (200, 0)
    assert (await one.create()).status == 201


async def test_an_id_of_another_form_is_nobodys(gateway: Open) -> None:
    one = gateway(document=profile(id_pattern="[0-9]+"))
    users = one.adapter.resources()[0]
    for key in ("abc", "1/2", "..", ""):
        with pytest.raises(NotFound):
            await users.get(Get(key))
    assert one.calls() == {}


async def test_ids_never_leave_their_place_in_an_address(gateway: Open) -> None:
    one = gateway()
    with pytest.raises(NotFound):
        await one.adapter.resources()[0].get(Get("../Groups?x=1"))
    [request] = one.simulator.store.requests
    assert request["target"] == "/scim/v2/Users/..%2FGroups%3Fx%3D1"
