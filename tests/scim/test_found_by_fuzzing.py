"""What fuzzing found: requests that were once answered by 500 or by something that was not true, with their answers."""

from __future__ import annotations

import json
from typing import Any

import pytest

from adapters.directory import DirectoryAdapter, DirectorySettings, adapter
from scim_adapter import Field
from tests.backends import AmendingCircle, Circle, Shelf
from tests.scim.harness import CORE, GROUP, PATCH_OP, Engine, replace_
from tests.served import Served

MAILS = [{"value": "a@x", "type": "work"}, {"value": "b@x", "type": "work"}]


def directory() -> Served[DirectoryAdapter]:
    """The directory behind a service."""
    return Served(adapter(DirectorySettings(path=":memory:")))


async def house() -> tuple[Served[DirectoryAdapter], str, str]:
    """A person with two addresses, who is the only member of a group."""
    one = directory()
    person = (await one.send("POST", "/Users", {"userName": "ada@x", "emails": MAILS, "roles": [{"value": "r"}]})).id
    group = await one.send("POST", "/Groups", {"displayName": "G", "members": [{"value": person}]})
    return one, f"/Users/{person}", f"/Groups/{group.id}"


@pytest.mark.parametrize("value", [{}, {"value": None}, {"value": ""}, {"type": None}, {"nope": 1}, None, []])
@pytest.mark.parametrize(("op", "left"), [("replace", 0), ("add", 2)])
async def test_nothing_as_the_value_of_a_list(value: Any, op: str, left: int) -> None:
    one, person, _ = await house()
    for operation in ({"op": op, "path": "emails", "value": value}, {"op": op, "value": {"emails": value}}):
        answer = await one.patch(person, operation)
        assert (answer.status, len(answer.body.get("emails", []))) == (200, left), answer.body


@pytest.mark.parametrize(
    ("operation", "left"),
    [
        ({"op": "remove", "path": "members.value"}, 0),
        ({"op": "remove", "path": 'members[type eq "User"].value'}, 0),
        ({"op": "add", "path": "members.type", "value": "User"}, 1),
        ({"op": "add", "path": "members", "value": [{"$ref": None, "value": None}]}, 1),
        ({"op": "remove", "path": "members", "value": [{"$ref": "x", "value": ""}]}, 1),
    ],
)
async def test_members_without_a_value(operation: Any, left: int) -> None:
    one, _, group = await house()
    assert (await one.patch(group, operation)).status in (200, 204)
    assert len((await one.send("GET", group)).body.get("members", [])) == left


@pytest.mark.parametrize(
    ("why", "body"),
    [
        ("half a character in raw bytes", b'{"userName":"x","displayName":"\xed\xa0\x80"}'),
        ("UTF-16", json.dumps({"userName": "x"}).encode("utf-16")),
        ("a number beyond all numbers", b'{"userName":"x","x":1e999}'),
    ],
)
async def test_what_is_no_json_in_utf_8(why: str, body: bytes) -> None:
    answer = await directory().send("POST", "/Users", body)
    assert (answer.status, answer.body["scimType"]) == (400, "invalidSyntax"), why


@pytest.mark.parametrize("text", ['{"value":"\\ud800"}', '{"a":' + "[" * 1000, "{", '{"value":5}'])
async def test_a_role_that_looks_like_json(text: str) -> None:
    answer = await directory().send("POST", "/Users", {"userName": "x", "roles": [{"value": text}]})
    assert (answer.status, answer.body["roles"][0]["value"]) == (201, text)


@pytest.mark.parametrize("moment", ["0001-01-01T00:00:00+10:00", "9999-12-31T23:59:59-10:00"])
async def test_moments_at_the_ends_of_time(moment: str) -> None:
    one, _, _ = await house()
    for op in ("eq", "gt", "le"):
        answer = await one.send("GET", "/Users", query=f"filter=meta.created+{op}+%22{moment.replace('+', '%2B')}%22")
        assert answer.status == 200


async def test_a_group_in_itself_is_refused_before_anything_is_written() -> None:
    one, _, group = await house()
    itself = {"op": "add", "path": "members", "value": [{"value": group.removeprefix("/Groups/")}]}
    refused = [
        await one.patch(group, replace_("displayName", "NEW"), itself),
        await one.patch(group, itself),
        await one.send("PUT", group, {"schemas": [GROUP], "displayName": "NEW", "members": itself["value"]}),
    ]
    assert [(answer.status, answer.body["scimType"]) for answer in refused] == [(400, "invalidValue")] * 3
    assert (await one.send("GET", group)).body["displayName"] == "G"


async def test_brackets_behind_a_single_value_choose_it_or_nothing() -> None:
    one, person, _ = await house()
    await one.patch(person, replace_("name", {"givenName": "Ada", "familyName": "L"}))
    kept = await one.patch(person, {"op": "remove", "path": 'name[givenName eq "zzz"]'})
    assert kept.body["name"] == {"givenName": "Ada", "familyName": "L"}
    chosen = await one.patch(person, replace_('name[givenName eq "ada"].familyName', "K"))
    assert chosen.body["name"]["familyName"] == "K"


@pytest.mark.parametrize("circle", [Circle, AmendingCircle])
async def test_an_adopted_group_has_the_members_of_the_request(circle: type[Circle]) -> None:
    engine = Engine(groups=circle(), on_conflict="adopt")
    ada, bob = [(await engine.create(f"{name}@x")).id for name in ("ada", "bob")]
    first = await engine.group("G", ada)
    engine.clock.now += 700
    again = await engine.group("G", bob)
    assert (again.status, again.id) == (201, first.id)
    assert [one["value"] for one in again.body["members"]] == [bob]


@pytest.mark.parametrize("circle", [Circle, AmendingCircle])
@pytest.mark.parametrize("said", [{}, {"members": []}, {"members": None}], ids=["nothing", "none", "null"])
async def test_an_adopted_group_keeps_members_of_whom_the_request_says_nothing(
    circle: type[Circle], said: dict[str, Any]
) -> None:
    engine = Engine(groups=circle(), on_conflict="adopt")
    ada = (await engine.create("ada@x")).id
    first = await engine.group("G", ada)
    engine.clock.now += 700
    again = await engine.send("POST", "/Groups", {"displayName": "g", "externalId": "e1", **said})
    assert (again.status, again.id, again.body["externalId"]) == (201, first.id, "e1")
    assert [one["value"] for one in again.body["members"]] == [ada]


async def test_the_version_of_a_group_changes_when_a_member_is_hidden() -> None:
    one, person, group = await house()
    before = (await one.send("GET", group)).headers["etag"]
    assert (await one.send("DELETE", person)).status == 204
    after = await one.send("GET", group)
    assert "members" not in after.body
    assert after.headers["etag"] != before


async def test_what_is_kept_whole_is_searched_all_the_same() -> None:
    engine = Engine(unmapped="keep")
    await engine.create(ims=[{"value": "im1"}])
    assert len(await engine.find('ims eq "im1"')) == len(await engine.find(f'schemas eq "{CORE}"')) == 1


async def test_a_value_that_the_backend_has_no_word_for() -> None:
    def grade(value: str) -> int:
        return {"junior": 1, "senior": 2}[value]

    engine = Engine(Shelf(fields={"userName": Field("login", required=True), "title": Field("grade", write=grade)}))
    answer = await engine.create(title="emperor")
    assert (answer.status, answer.body["scimType"]) == (400, "invalidValue")
    assert "title" in answer.body["detail"]


@pytest.mark.parametrize("number", ["٣", "1_0", "1.5", "0x1", "one", "--1"])
async def test_a_number_that_is_none(number: str) -> None:
    answer = await directory().send("GET", "/Users", query=f"startIndex={number}")
    assert (answer.status, answer.body["scimType"]) == (400, "invalidValue")


async def test_attributes_may_be_named_very_often() -> None:
    one, _, _ = await house()
    answer = await one.send("POST", "/Users/.search", {"attributes": "id," * 100_000})
    assert answer.status == 200


async def test_a_connection_may_prefer_an_empty_answer_to_a_patch() -> None:
    engine = Engine(patch_answer="empty")
    id = (await engine.create()).id
    empty = await engine.patch(id, replace_("displayName", "x"))
    assert (empty.status, empty.response.body) == (204, b"")
    held = await engine.send("GET", f"/Users/{id}")
    told = {name: held.headers[name] for name in ("etag", "location", "content-type")}
    assert empty.headers == told, "the version, for If-Match (RFC 7644 3.14)"
    body = {"schemas": [PATCH_OP], "Operations": [replace_("displayName", "y")]}
    shown = await engine.send("PATCH", f"/Users/{id}", body, query="attributes=displayName")
    assert (shown.status, shown.body["displayName"]) == (200, "y")


async def test_the_directory_refuses_what_it_has_no_field_for() -> None:
    rows = {"title": Field("job_title")}
    one = Served(adapter(DirectorySettings(path=":memory:")), rows=rows)
    refused = await one.send("POST", "/Users", {"userName": "x", "title": "t"})
    assert (refused.status, refused.body["scimType"]) == (400, "invalidValue")
    assert "title: the directory has no field job_title" in refused.body["detail"]
    made = await one.send("POST", "/Users", {"userName": "x"})
    assert (await one.patch(f"/Users/{made.id}", replace_("title", "t"))).status == 400
