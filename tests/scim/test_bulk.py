"""Bulk, case by case: what each operation answers, and what stands in the backend afterwards (RFC 7644 3.7)."""

# ruff: noqa: E501 - a row is a line or two

from __future__ import annotations

import json
from typing import Any, NamedTuple

import pytest

from tests.backends import AmendingCircle, Circle
from tests.scim.bulking import MANAGER, group, operation, outcomes, patch, statuses, user
from tests.scim.harness import BASE, ENTERPRISE, Engine

ADA, OLD = "/Users/{ada}", "/Groups/{old}"


class Row(NamedTuple):
    """`{ada}` is the id of a user and `{old}` that of a group with her in it; `holds` is who is where afterwards."""

    why: str
    operations: list[Any]
    expected: list[str]
    holds: dict[str, Any] = {}  # noqa: RUF012 - nobody changes it
    """Login to manager's login, or group's name to names of members."""
    said: str = ""
    """Part of the detail of the last answer."""


ROWS = [
    # -- one operation of each kind, and who may follow whom
    Row("a POST", [user("bob")], ["201"], {"bob": None}),
    Row("a POST of a group", [group("new", "{ada}")], ["201"], {"new": ["ada"]}),
    Row("a PUT", [operation("PUT", ADA, {"userName": "ada2"})], ["200"], {"ada2": None}),
    Row("a PATCH", [patch(ADA, "replace", "userName", "ada3")], ["200"], {"ada3": None}),
    Row("a PATCH of a group", [patch(OLD, "remove", "members")], ["200"], {"old": []}),
    Row("a DELETE", [operation("DELETE", OLD)], ["204"], {"old": ...}),
    Row("no operations", [], []),
    Row("one after the other", [user("bob"), patch(ADA, "replace", "displayName", "A"), operation("DELETE", OLD)], ["201", "200", "204"], {"bob": None}),
    Row("a name that is free since the operation before", [patch(ADA, "replace", "userName", "eve"), user("ada")], ["200", "201"], {"eve": None, "ada": None}),
    Row("a name that is taken since the operation before", [user("bob"), patch(ADA, "replace", "userName", "bob")], ["201", "409 uniqueness"], {"ada": None}),
    Row("the same operation twice", [operation("DELETE", OLD), operation("DELETE", OLD)], ["204", "404"], {"old": ...}),
    Row("a group deleted and made again", [operation("DELETE", OLD), group("old")], ["204", "201"], {"old": []}),
    # -- methods and paths
    Row("a method in small letters", [operation("post", "/Users", {"userName": "bob"}, bulkId="b")], ["201"], {"bob": None}),
    Row("a method in mixed letters", [operation("Patch", ADA, {"Operations": [{"op": "Add", "path": "displayName", "value": "A"}]})], ["200"]),
    Row("members in other capitals", [{"METHOD": "POST", "Path": "/Users", "BULKID": "b", "Data": {"userName": "bob"}}], ["201"], {"bob": None}),
    Row("a path without its slash", [operation("POST", "Users", {"userName": "bob"}, bulkId="b")], ["201"]),
    Row("a path with a slash behind it", [operation("POST", "/Users/", {"userName": "bob"}, bulkId="b")], ["201"]),
    Row("a path in other capitals", [operation("POST", "/USERS", {"userName": "bob"}, bulkId="b")], ["201"]),
    Row("a path with blanks around it", [operation("POST", " /Users ", {"userName": "bob"}, bulkId="b")], ["201"]),
    Row("the whole URL", [operation("POST", f"{BASE}/Users", {"userName": "bob"}, bulkId="b")], ["201"]),
    Row("the whole URL of a resource", [operation("DELETE", f"{BASE}/Groups/{{old}}")], ["204"]),
    Row("the whole URL, its host in capitals", [operation("POST", "HTTPS://GATEWAY.EXAMPLE/acme/scim/v2/Users", {"userName": "bob"}, bulkId="b")], ["201"]),
    Row("the URL without its host", [operation("POST", "/acme/scim/v2/Users", {"userName": "bob"}, bulkId="b")], ["201"]),
    Row("the end of the base URL", [operation("POST", "/scim/v2/Users", {"userName": "bob"}, bulkId="b")], ["201"]),
    Row("the version of the base URL", [operation("POST", "/v2/Users", {"userName": "bob"}, bulkId="b")], ["201"]),
    Row("a query", [patch(ADA + "?attributes=userName", "add", "displayName", "A")], ["200"]),
    Row("another connection's path", [operation("POST", "/other/scim/v2/Users", {"userName": "bob"}, bulkId="b")], ["400 invalidPath"], {"bob": ...}, "leads out of this connection"),
    Row("another connection's URL", [operation("POST", "https://gateway.example/other/scim/v2/Users", {"userName": "bob"}, bulkId="b")], ["400 invalidPath"], {"bob": ...}),
    Row("another host's URL", [operation("POST", "https://elsewhere.example/acme/scim/v2/Users", {"userName": "bob"}, bulkId="b")], ["400 invalidPath"], {"bob": ...}),
    Row("a URL of nothing", [operation("POST", "https://gateway.example", {"userName": "bob"}, bulkId="b")], ["400 invalidPath"]),
    Row("an endpoint that nobody has", [operation("POST", "/Cars", {}, bulkId="b")], ["404"], said="no such SCIM endpoint"),
    Row("an endpoint that is not one of resources", [operation("POST", "/Schemas", {}, bulkId="b")], ["404"]),
    Row("a Bulk inside a Bulk", [operation("POST", "/Bulk", {"Operations": []}, bulkId="b")], ["404"]),
    Row("a search inside a Bulk", [operation("POST", "/Users/.search", {}, bulkId="b")], ["405"]),
    Row("a search of everything inside a Bulk", [operation("POST", "/.search", {}, bulkId="b")], ["404"]),
    Row("a POST to a resource", [operation("POST", ADA, {"userName": "bob"}, bulkId="b")], ["405"]),
    Row("a POST to a resource that is to be made", [operation("POST", "/Users/bulkId:b", {"userName": "bob"}, bulkId="b")], ["405"], {"bob": ...}),
    Row("a PUT without an id", [operation("PUT", "/Users", {"userName": "bob"})], ["405"]),
    Row("a DELETE of everybody", [operation("DELETE", "/Users")], ["405"], {"ada": None}),
    Row("a resource that is not there", [operation("DELETE", "/Users/nobody")], ["404"]),
    Row("the id of another type", [operation("DELETE", "/Groups/{ada}")], ["404"]),
    Row("GET", [operation("GET", ADA)], ["400 invalidSyntax"], said="POST, PUT, PATCH or DELETE"),
    Row("a method that nobody knows", [operation("MERGE", ADA, {})], ["400 invalidSyntax"]),
    Row("no method", [{"path": "/Users", "data": {}}], ["400 invalidSyntax"]),
    Row("a method that is no text", [{"method": 7, "path": "/Users"}], ["400 invalidSyntax"]),
    Row("no path", [{"method": "POST", "bulkId": "b", "data": {"userName": "bob"}}], ["400 invalidPath"]),
    Row("an empty path", [operation("DELETE", "")], ["400 invalidPath"]),
    Row("a path that is no text", [operation("DELETE", ["/Users"])], ["400 invalidSyntax"]),  # type: ignore[arg-type]
    Row("the root", [operation("DELETE", "/")], ["404"]),
    # -- bodies
    Row("no data", [operation("POST", "/Users", bulkId="b")], ["400 invalidValue"], said="needs data"),
    Row("data that is null", [{"method": "PATCH", "path": ADA, "data": None}], ["400 invalidValue"]),
    Row("data that is a list", [operation("PUT", ADA, [{"userName": "bob"}])], ["400 invalidSyntax"]),
    Row("data as the text of an object", [operation("POST", "/Users", json.dumps({"userName": "bob"}), bulkId="b")], ["201"], {"bob": None}),
    Row("data as a text that is none", [operation("POST", "/Users", "{", bulkId="b")], ["400 invalidSyntax"]),
    Row("data as the text of a list", [operation("POST", "/Users", "[]", bulkId="b")], ["400 invalidSyntax"]),
    Row("data of a DELETE does not matter", [operation("DELETE", OLD, ["x"])], ["204"]),
    Row("a value that is wrong", [user("bob", active="maybe")], ["400 invalidValue"], {"bob": ...}),
    Row("a PATCH that is none", [operation("PATCH", ADA, {"userName": "x"})], ["400 invalidSyntax"]),
    Row("a userName that is missing", [operation("POST", "/Users", {"displayName": "x"}, bulkId="b")], ["400 invalidValue"]),
    Row("what fails does not matter to the others", [user("ada"), user("bob"), operation("PUT", "/Users/x", {"userName": "x"}), user("eve")], ["409 uniqueness", "201", "404", "201"], {"bob": None, "eve": None}),
    Row("an operation that is no object", ["POST", 7, None, user("bob")], ["400 invalidSyntax"] * 3 + ["201"], {"bob": None}),
    # -- bulkIds
    Row("a POST without a bulkId", [operation("POST", "/Users", {"userName": "bob"})], ["400 invalidValue"], {"bob": ...}, "needs a bulkId"),
    Row("a POST with an empty bulkId", [operation("POST", "/Users", {"userName": "bob"}, bulkId="")], ["400 invalidValue"], {"bob": ...}),
    Row("a bulkId that is a number", [operation("POST", "/Users", {"userName": "bob"}, bulkId=7)], ["400 invalidSyntax"], {"bob": ...}),
    Row("two POSTs with one bulkId: neither", [user("bob"), {**user("eve"), "bulkId": "bob"}], ["400 invalidValue"] * 2, {"bob": ..., "eve": ...}, "same bulkId"),
    Row("who refers to a doubled bulkId", [user("bob"), {**user("eve"), "bulkId": "bob"}, group("new", "bulkId:bob")], ["400 invalidValue", "400 invalidValue", "409"], {"new": ...}),
    Row("bulkIds differ by their capitals", [user("bob"), {**user("eve"), "bulkId": "BOB"}], ["201", "201"], {"bob": None, "eve": None}),
    Row("a change may have any bulkId", [user("bob"), patch(ADA, "add", "displayName", "A", bulkId="bob")], ["201", "200"]),
    Row("a bulkId that no POST has", [group("new", "bulkId:nobody")], ["400 invalidValue"], {"new": ...}, "No POST of this Bulk has the bulkId nobody"),
    Row("a bulkId of a change is none to refer to", [patch(ADA, "add", "displayName", "A", bulkId="a"), group("new", "bulkId:a")], ["200", "400 invalidValue"]),
    Row("backward: a member", [user("bob"), group("new", "bulkId:bob")], ["201", "201"], {"new": ["bob"]}),
    Row("forward: a member", [group("new", "bulkId:bob"), user("bob")], ["201", "201"], {"new": ["bob"]}),
    Row("beside ids", [group("new", "{ada}", "bulkId:bob"), user("bob")], ["201", "201"], {"new": ["ada", "bob"]}),
    Row("backward: a manager", [user("boss"), user("bob", {"value": "bulkId:boss"})], ["201", "201"], {"bob": "boss"}),
    Row("forward: a manager", [user("bob", {"value": "bulkId:boss"}), user("boss")], ["201", "201"], {"bob": "boss"}),
    Row("a manager as text", [user("bob", "bulkId:boss"), user("boss")], ["201", "201"], {"bob": "boss"}),
    Row("a manager as a list of one", [user("bob", [{"value": "bulkId:boss"}]), user("boss")], ["201", "201"], {"bob": "boss"}),
    Row("a member as text", [operation("POST", "/Groups", {"displayName": "new", "members": ["bulkId:bob"]}, bulkId="g"), user("bob")], ["201", "201"], {"new": ["bob"]}),
    Row("one member, without a list", [operation("POST", "/Groups", {"displayName": "new", "members": {"value": "bulkId:bob"}}, bulkId="g"), user("bob")], ["201", "201"], {"new": ["bob"]}),
    Row("a member by a URL with the bulkId", [group("new", {"$ref": f"{BASE}/Users/bulkId:bob"}), user("bob")], ["201", "201"], {"new": ["bob"]}),
    Row("a member by a relative URL with the bulkId", [group("new", {"$ref": "../Users/bulkId:bob"}), user("bob")], ["201", "201"], {"new": ["bob"]}),
    Row("a member by its $ref, which is the bulkId", [group("new", {"$ref": "bulkId:bob"}), user("bob")], ["201", "201"], {"new": ["bob"]}),
    Row("value and $ref", [group("new", {"value": "bulkId:bob", "$ref": "../Users/bulkId:bob", "type": "User"}), user("bob")], ["201", "201"], {"new": ["bob"]}),
    Row("the prefix in other capitals", [group("new", "BULKID:bob"), user("bob")], ["201", "201"], {"new": ["bob"]}),
    Row("attributes in other capitals", [operation("POST", "/Groups", {"DISPLAYNAME": "new", "Members": [{"Value": "bulkId:bob"}]}, bulkId="g"), user("bob")], ["201", "201"], {"new": ["bob"]}),
    Row("a bulkId with blanks, quotes and a slash", [group("new", 'bulkId:b "/ é'), {**user("bob"), "bulkId": 'b "/ é'}], ["201", "201"], {"new": ["bob"]}),
    Row("a chain, backward written", [user("a", "bulkId:b"), user("b", "bulkId:c"), user("c", "bulkId:d"), user("d")], ["201"] * 4, {"a": "b", "b": "c", "c": "d", "d": None}),
    Row("a group in a group", [group("new", "bulkId:inner"), group("inner", "bulkId:bob"), user("bob")], ["201"] * 3, {"new": ["inner"], "inner": ["bob"]}),
    Row("one member of many groups", [group("g1", "bulkId:bob"), group("g2", "bulkId:bob"), user("bob"), group("g3", "bulkId:bob")], ["201"] * 4, {"g1": ["bob"], "g2": ["bob"], "g3": ["bob"]}),
    Row("a user who says which groups they are in, which only the groups do", [user("bob", groups=[{"value": "bulkId:new"}]), group("new", "bulkId:bob")], ["201", "201"], {"new": ["bob"]}),
    Row("groups of a user that nobody makes do not matter", [user("bob", groups=[{"value": "bulkId:nobody"}])], ["201"]),
    Row("a display that looks like a reference", [user("bob", displayName="bulkId:bob")], ["201"], {"bob": None}),
    Row("a PATCH adds a member", [user("bob"), patch(OLD, "add", "members", [{"value": "bulkId:bob"}])], ["201", "200"], {"old": ["ada", "bob"]}),
    Row("a PATCH adds a member who comes later", [patch(OLD, "add", "members", [{"value": "bulkId:bob"}]), user("bob")], ["200", "201"], {"old": ["ada", "bob"]}),
    Row("a PATCH replaces the members", [patch(OLD, "replace", "members", [{"value": "bulkId:bob"}]), user("bob")], ["200", "201"], {"old": ["bob"]}),
    Row("a PATCH without a path", [patch(OLD, "add", None, {"members": [{"value": "bulkId:bob"}]}), user("bob")], ["200", "201"], {"old": ["ada", "bob"]}),
    Row("a PATCH of the manager", [patch(ADA, "add", MANAGER, {"value": "bulkId:bob"}), user("bob")], ["200", "201"], {"ada": "bob"}),
    Row("a PATCH of the manager as text", [patch(ADA, "add", MANAGER, "bulkId:bob"), user("bob")], ["200", "201"], {"ada": "bob"}),
    Row("a PATCH of the manager's value", [patch(ADA, "replace", f"{MANAGER}.value", "bulkId:bob"), user("bob")], ["200", "201"], {"ada": "bob"}),
    Row("a PATCH of the extension", [patch(ADA, "add", ENTERPRISE, {"manager": {"value": "bulkId:bob"}}), user("bob")], ["200", "201"], {"ada": "bob"}),
    Row("a PATCH without a path, of the extension", [patch(ADA, "add", None, {ENTERPRISE: {"manager": "bulkId:bob"}}), user("bob")], ["200", "201"], {"ada": "bob"}),
    Row("a PATCH without a path, with the URN as a key", [patch(ADA, "add", None, {MANAGER: "bulkId:bob"}), user("bob")], ["200", "201"], {"ada": "bob"}),
    Row("a PATCH whose path selects by a bulkId", [group("new", "{ada}", "bulkId:bob"), user("bob"), patch("/Groups/bulkId:new", "remove", 'members[value eq "bulkId:bob"]')], ["201", "201", "200"], {"new": ["ada"]}),
    Row("a PATCH that removes by value", [group("new", "{ada}", "bulkId:bob"), user("bob"), patch("/Groups/bulkId:new", "remove", "members", [{"value": "bulkId:bob"}])], ["201", "201", "200"], {"new": ["ada"]}),
    Row("a PATCH to a bulkId that no POST has", [patch("/Users/bulkId:nobody", "add", "displayName", "A")], ["400 invalidValue"]),
    Row("a PATCH of somebody who is made before", [user("bob"), patch("/Users/bulkId:bob", "add", MANAGER, "{ada}")], ["201", "200"], {"bob": "ada"}),
    Row("a PATCH of somebody who is made later", [patch("/Users/bulkId:bob", "add", MANAGER, "{ada}"), user("bob")], ["200", "201"], {"bob": "ada"}),
    Row("a whole URL with a bulkId", [user("bob"), patch(f"{BASE}/Users/bulkId:bob", "add", MANAGER, "{ada}")], ["201", "200"], {"bob": "ada"}),
    Row("a path with an encoded bulkId", [{**user("bob"), "bulkId": "b 1"}, patch("/Users/bulkId:b%201", "add", MANAGER, "{ada}")], ["201", "200"], {"bob": "ada"}),
    Row("a PUT of what was made", [user("bob", displayName="B"), operation("PUT", "/Users/bulkId:bob", {"userName": "bob2"})], ["201", "200"], {"bob2": None}),
    Row("a PUT of members", [user("bob"), operation("PUT", OLD, {"displayName": "old", "members": [{"value": "bulkId:bob"}]})], ["201", "200"], {"old": ["bob"]}),
    Row("a DELETE of what was made", [group("new"), operation("DELETE", "/Groups/bulkId:new")], ["201", "204"], {"new": ...}),
    Row("a bulkId of another type", [user("bob"), operation("DELETE", "/Groups/bulkId:bob")], ["201", "404"], {"bob": None}),
    Row("who refers to what failed is not tried", [user("ada"), group("new", "bulkId:ada")], ["409 uniqueness", "409"], {"new": ...}, "has failed"),
    Row("who refers to what fails later is not tried", [group("new", "bulkId:ada"), user("ada")], ["409", "409 uniqueness"], {"new": ...}),
    Row("a chain of failures", [user("c", "bulkId:b"), user("b", "bulkId:ada"), user("ada")], ["409", "409", "409 uniqueness"], {"b": ..., "c": ...}),
    Row("a path that refers to what failed", [user("ada"), operation("DELETE", "/Users/bulkId:ada")], ["409 uniqueness", "409"], {"ada": None}),
    Row("who refers to what is malformed", [operation("POST", "/Users", bulkId="b"), group("new", "bulkId:b")], ["400 invalidValue", "409"], {"new": ...}),
    Row("a POST that is done earlier, since it is referred to, meets a name that is not free yet (decision 9)", [group("new", "bulkId:b"), patch(ADA, "replace", "userName", "eve"), {**user("ada"), "bulkId": "b"}], ["409", "200", "409 uniqueness"], {"eve": None, "ada": ...}),
    # -- circles
    Row("two groups in each other", [group("g1", "bulkId:g2"), group("g2", "bulkId:g1")], ["201", "201"], {"g1": ["g2"], "g2": ["g1"]}),
    Row("two groups in each other, and others", [group("g1", "{ada}", "bulkId:g2"), group("g2", "bulkId:g1", "{ada}")], ["201", "201"], {"g1": ["ada", "g2"], "g2": ["ada", "g1"]}),
    Row("three groups in a ring", [group("g1", "bulkId:g2"), group("g2", "bulkId:g3"), group("g3", "bulkId:g1")], ["201"] * 3, {"g1": ["g2"], "g2": ["g3"], "g3": ["g1"]}),
    Row("a ring within a chain", [group("g0", "bulkId:g1"), group("g1", "bulkId:g2"), group("g2", "bulkId:g1", "bulkId:bob"), user("bob")], ["201"] * 4, {"g0": ["g1"], "g1": ["g2"], "g2": ["bob", "g1"]}),
    Row("each is the other's manager", [user("bob", "bulkId:eve"), user("eve", {"value": "bulkId:bob"})], ["201", "201"], {"bob": "eve", "eve": "bob"}),
    Row("one's own manager", [user("bob", {"value": "bulkId:bob"})], ["201"], {"bob": "bob"}),
    Row("one's own member", [group("new", "bulkId:new")], ["400 invalidValue"], {"new": ...}, "one of its own"),
    Row("members as text in a circle", [operation("POST", "/Groups", {"displayName": "g1", "members": ["bulkId:g2"]}, bulkId="g1"), operation("POST", "/Groups", {"displayName": "g2", "members": ["bulkId:g1"]}, bulkId="g2")], ["201", "201"], {"g1": ["g2"], "g2": ["g1"]}),
    Row("members by URL in a circle", [group("g1", {"$ref": "/Groups/bulkId:g2"}), group("g2", {"$ref": "bulkId:g1"})], ["201", "201"], {"g1": ["g2"], "g2": ["g1"]}),
    Row("one of a circle fails before anything is made", [group("g1", "bulkId:old"), group("old", "bulkId:g1")], ["409", "409 uniqueness"], {"g1": ..., "old": ["ada"]}),
    Row("one of a circle fails when another is made: that one lacks its member and says so", [group("old", "bulkId:g2"), group("g2", "bulkId:old")], ["409 uniqueness", "409"], {"old": ["ada"], "g2": []}),
    Row("a circle and then a change of it", [group("g1", "bulkId:g2"), group("g2", "bulkId:g1"), patch("/Groups/bulkId:g1", "remove", "members")], ["201", "201", "200"], {"g1": [], "g2": ["g1"]}),
    # -- versions
    Row("any version", [patch(ADA, "add", "displayName", "A", version="*")], ["200"]),
    Row("the version of today", [patch(ADA, "add", "displayName", "A", version="{ada.version}")], ["200"]),
    Row("an old version", [patch(ADA, "add", "displayName", "A", version='W/"0123456789abcdef"')], ["412"]),
    Row("an old version, DELETE", [operation("DELETE", OLD, version='W/"0123456789abcdef"')], ["412"], {"old": ["ada"]}),
    Row("an old version, PUT", [operation("PUT", ADA, {"userName": "x"}, version='"0"')], ["412"], {"ada": None}),
    Row("a version that is old since the operation before", [patch(ADA, "add", "displayName", "A"), patch(ADA, "add", "displayName", "B", version="{ada.version}")], ["200", "412"]),
    Row("no version", [patch(ADA, "add", "displayName", "A", version=None)], ["200"]),
    Row("a version that is no text", [patch(ADA, "add", "displayName", "A", version=7)], ["400 invalidSyntax"]),
    Row("a version of what is to be made does not matter", [{**user("bob"), "version": 'W/"1"'}], ["201"]),
]  # fmt: skip


async def ward(circle: Circle) -> tuple[Engine, dict[str, str]]:
    """An engine with Ada in one group, and what the rows call them."""
    engine = Engine(groups=circle, write_deadline=50.0, on_delete="delete")
    ada = await engine.create("ada")
    old = await engine.group("old", ada.id)
    return engine, {"{ada}": ada.id, "{old}": old.id, "{ada.version}": ada.headers["etag"]}


def real(operations: list[Any], names: dict[str, str]) -> list[Any]:
    """The operations with the names' values in them."""
    text = json.dumps(operations)
    for name, value in names.items():
        text = text.replace(name, json.dumps(value)[1:-1])
    made: list[Any] = json.loads(text)
    return made


async def held(engine: Engine, name: str) -> Any:
    """A user's manager or a group's members, by their names; ... when there is nobody of this name."""
    everybody = [one for endpoint in ("/Users", "/Groups") for one in await listed(engine, endpoint)]
    names = {one["id"]: one.get("userName") or one["displayName"] for one in everybody}
    for found in await engine.find(f'userName eq "{name}"'):
        manager = found.get(ENTERPRISE, {}).get("manager")
        return names[manager["value"]] if manager else None
    for one in await engine.find(f'displayName eq "{name}"', "/Groups"):
        whole = (await engine.send("GET", f"/Groups/{one['id']}")).body
        return sorted(names[one["value"]] for one in whole.get("members", []))
    return ...


async def listed(engine: Engine, endpoint: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = (await engine.send("GET", endpoint, query="count=1000")).body["Resources"]
    return found


@pytest.mark.parametrize("circle", [Circle, AmendingCircle], ids=["whole lists", "deltas"])
@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.why)
async def test_a_bulk_does_what_it_says(row: Row, circle: type[Circle]) -> None:
    engine, names = await ward(circle())
    told = await outcomes(engine, *real(row.operations, names))
    assert statuses([{**one, "status": "200"} if deltas(one) else one for one in told]) == row.expected, told
    assert [one.get("bulkId") for one in told] == [bulk_id(one) for one in row.operations]
    assert all("location" in one for one in told if one["status"][0] == "2")
    for name, holds in row.holds.items():
        assert await held(engine, name) == holds, name
    if row.said:
        assert row.said in told[-1]["response"]["detail"]


def deltas(told: dict[str, Any]) -> bool:
    """Whether members went in and out without being read, which has no body to answer with."""
    return (told.get("method"), told["status"]) == ("PATCH", "204")


def bulk_id(sent: Any) -> Any:
    said = {name.lower(): value for name, value in sent.items()} if isinstance(sent, dict) else {}
    return said.get("bulkid") if isinstance(said.get("bulkid"), str) and said["bulkid"] else None
