"""The directory behind the gateway: whatever it hides of its abilities, clients get the same answers."""

from __future__ import annotations

import json
import re
from collections.abc import AsyncIterator
from typing import Any, cast

import pytest

from adapters.directory import DirectoryAdapter, DirectorySettings
from tests.scim.harness import CORE, ENTERPRISE, GROUP, PATCH_OP, Answer, Engine

POOR: dict[str, dict[str, Any]] = {
    "everything": {},
    "no filters": {"native_filters": False},
    "no sorting": {"native_sort": False},
    "cursors": {"native_paging": "cursor"},
    "no pages": {"native_paging": "none"},
    "no versions": {"native_versions": False},
    "whole records": {"native_partial": False},
    "whole member lists": {"native_amend": False},
    "no repeats": {"native_repeats": False},
    "nothing": {
        "native_filters": False, "native_sort": False, "native_paging": "none", "native_versions": False,
        "native_partial": False, "native_amend": False, "native_repeats": False,
    },
    "cursors and nothing else": {
        "native_filters": False, "native_sort": False, "native_paging": "cursor", "native_versions": False,
        "native_partial": False, "native_amend": False, "native_repeats": False,
    },
}  # fmt: skip
FULL: dict[str, Any] = {
    "externalId": "E-1", "displayName": "Ada Lovelace", "nickName": "Ada", "profileUrl": "https://x.example/ada",
    "title": "Countess", "userType": "Employee", "preferredLanguage": "en", "locale": "en-GB",
    "timezone": "Europe/London", "password": "s3cret!",
    "name": {"formatted": "Ms. Ada B Lovelace, III", "familyName": "Lovelace", "givenName": "Ada", "middleName": "B",
             "honorificPrefix": "Ms.", "honorificSuffix": "III"},
    "emails": [{"value": "Ada@work.example", "type": "work", "primary": True},
               {"value": "ada@home.example", "type": "home", "display": "at home"}],
    "phoneNumbers": [{"value": "1", "type": "work"}, {"value": "2", "type": "work"}, {"value": "3"}],
    "ims": [{"value": "ada", "type": "xmpp"}],
    "photos": [{"value": "https://x.example/ada.png", "type": "photo"}],
    "addresses": [{"type": "work", "streetAddress": "1 St", "locality": "London", "region": "L", "postalCode": "P",
                   "country": "GB", "formatted": "all", "primary": True}, {"type": "home", "country": "FR"}],
    "entitlements": [{"value": "e"}], "roles": [{"value": "nurse", "display": "Nurse", "type": "r", "primary": True}],
    "x509Certificates": [{"value": "MIIDQzCCAqygAwIBAgICEAAwDQYJKoZIhvcNAQEFBQAwTjELMAkGA1UEBhMCVVMx"}],
    ENTERPRISE: {"employeeNumber": "17", "costCenter": "4130", "organization": "U", "division": "D",
                 "department": "T"},
}  # fmt: skip
FILTERS = [
    ("Users", 'userName eq "ADA@example.com"', ["ada@example.com"]),
    ("Users", 'emails.value eq "ada@HOME.example"', ["ada@example.com"]),
    ("Users", 'emails[type eq "work" and value eq "ada@work.example"]', ["ada@example.com"]),
    ("Users", 'emails[type eq "work" and value eq "ada@home.example"]', []),
    ("Users", 'emails eq "ada@work.example"', ["ada@example.com"]),
    ("Users", 'emails.type eq "home"', ["ada@example.com"]),
    ("Users", "emails pr", ["ada@example.com"]),
    ("Users", "not (emails pr)", ["bob@example.com", "straße"]),
    ("Users", 'roles.value sw "NUR"', ["ada@example.com"]),
    ("Users", 'addresses.country eq "fr"', ["ada@example.com"]),
    ("Users", 'addresses[type eq "work" and country eq "FR"]', []),
    ("Users", 'externalId eq "e-1"', []),
    ("Users", 'externalId eq "E-1"', ["ada@example.com"]),
    ("Users", f'{ENTERPRISE}:employeeNumber eq "17"', ["ada@example.com"]),
    ("Users", 'userName eq "STRASSE"', ["straße"]),
    ("Users", 'userName co "EXAMPLE" and title eq "countess"', ["ada@example.com"]),
    ("Users", 'title eq "x" or nickName ew "DA"', ["ada@example.com"]),
    ("Users", 'meta.created gt "2020-01-01T00:00:00+02:00" and active eq false', ["bob@example.com"]),
    ("Users", 'meta.lastModified lt "2020-01-01T00:00:00Z"', []),
    ("Users", f'{ENTERPRISE}:manager.value eq "<bob@example.com>"', ["ada@example.com"]),
    ("Users", 'groups.value eq "<Outer>"', ["ada@example.com", "bob@example.com"]),
    ("Groups", 'displayName eq "OUTER"', ["Outer"]),
    ("Groups", 'members.value eq "<ada@example.com>"', ["Inner"]),
    ("Groups", 'members eq "<Inner>"', ["Outer"]),
    ("Groups", 'id eq "<Outer>" and members eq "<bob@example.com>"', ["Outer"]),
    ("Groups", 'id eq "<Inner>" and members eq "<bob@example.com>"', []),
    ("Groups", 'displayName sw "in" or externalId eq "G-1"', ["Inner", "Outer"]),
]


class House:
    """The gateway over one directory. Ids are written as `<name>`."""

    def __init__(self, settings: dict[str, Any]) -> None:
        self.directory = DirectoryAdapter(DirectorySettings(path=":memory:", **settings))
        users, groups = self.directory.resources()
        self.engine = Engine(cast(Any, users), groups=cast(Any, groups), write_deadline=10)
        self.ids: dict[str, str] = {}

    async def send(self, method: str, path: str, body: Any = None, query: str = "") -> Answer:
        text = json.dumps(body, ensure_ascii=False) if body is not None else ""
        for name, id in self.ids.items():
            path, text, query = (one.replace(f"<{name}>", id) for one in (path, text, query))
        return await self.engine.send(method, path, json.loads(text) if text else None, query)

    async def make(self, endpoint: str, name: str, /, **more: Any) -> dict[str, Any]:
        naming = "userName" if endpoint == "Users" else "displayName"
        schema = CORE if endpoint == "Users" else GROUP
        answer = await self.send("POST", f"/{endpoint}", {"schemas": [schema], naming: name, **more})
        assert answer.status == 201, answer.body
        self.ids[name] = answer.id
        return self.told(answer)

    async def patch(self, path: str, *operations: dict[str, Any]) -> dict[str, Any]:
        answer = await self.send("PATCH", path, {"schemas": [PATCH_OP], "Operations": operations})
        assert answer.status in (200, 204), answer.body
        return await self.read(path)

    async def read(self, path: str, query: str = "") -> dict[str, Any]:
        answer = await self.send("GET", path, query=query)
        assert answer.status == 200, answer.body
        return self.told(answer)

    async def found(self, endpoint: str, filter: str) -> list[str]:
        query = f"count=100&filter={filter}".replace("+", "%2B").replace(" ", "+")
        answer = await self.read(f"/{endpoint}", query)
        names = [one.get("userName") or one["displayName"] for one in answer["Resources"]]
        assert answer["totalResults"] == len(names)
        return names

    def told(self, answer: Answer) -> dict[str, Any]:
        text = json.dumps(answer.body, ensure_ascii=False)
        for name, id in self.ids.items():
            text = text.replace(id, f"<{name}>")
        text = re.sub(r'W/\\"[0-9a-f]{16}\\"', "VERSION", text)
        told = json.loads(re.sub(r"20\d\d-\d\d-\d\dT[0-9:.]+Z", "TIME", text))
        assert isinstance(told, dict)
        return told


def adding(member: str) -> dict[str, Any]:
    return {"op": "add", "path": "members", "value": [{"value": member}]}


@pytest.fixture(params=POOR)
async def house(request: pytest.FixtureRequest) -> AsyncIterator[House]:
    house = House(POOR[request.param])
    yield house
    await house.directory.aclose()


async def furnished(house: House) -> dict[str, Any]:
    await house.make("Users", "straße")
    await house.make("Users", "bob@example.com", active=False, displayName="Bob")
    manager = {ENTERPRISE: {**FULL[ENTERPRISE], "manager": {"value": "<bob@example.com>"}}}
    made = await house.make("Users", "ada@example.com", active=True, **{**FULL, **manager})
    await house.make("Groups", "Inner", members=[{"value": "<ada@example.com>", "type": "User"}])
    members = [{"value": "<Inner>"}, {"value": "<bob@example.com>"}]
    await house.make("Groups", "Outer", externalId="G-1", members=members)
    return made


async def test_every_attribute_comes_back_as_it_was_sent(house: House) -> None:
    made = await furnished(house)
    read = await house.read("/Users/<ada@example.com>")
    sent = {name: value for name, value in FULL.items() if name != "password"}
    manager = read[ENTERPRISE].pop("manager")
    assert {name: read[name] for name in sent} == sent
    assert manager["value"] == "<bob@example.com>"
    named = await house.read("/Users/<ada@example.com>", f"attributes={ENTERPRISE}:manager.displayName")
    assert named[ENTERPRISE] == {"manager": {"displayName": "Bob"}}, "returned on request"
    made[ENTERPRISE].pop("manager")
    assert {name: made[name] for name in sent} == sent
    shown = await house.read("/Users/<ada@example.com>", "attributes=groups")
    assert [(one["value"], one["display"]) for one in shown["groups"]] == [("<Inner>", "Inner"), ("<Outer>", "Outer")]


async def test_every_filter_finds_the_same(house: House) -> None:
    await furnished(house)
    for endpoint, filter, names in FILTERS:
        assert sorted(await house.found(endpoint, filter)) == sorted(names), filter


async def test_pages_hold_everything_once(house: House) -> None:
    await furnished(house)
    names: list[str] = []
    for start in (1, 3, 5):
        page = await house.read("/Users", f"startIndex={start}&count=2")
        assert page["totalResults"] == 3
        names += [one["userName"] for one in page["Resources"]]
    assert sorted(names) == ["ada@example.com", "bob@example.com", "straße"]


async def test_changes_of_users_reach_what_they_name_and_nothing_else(house: House) -> None:
    await furnished(house)
    path = "/Users/<ada@example.com>"
    before = await house.read(path)
    after = await house.patch(
        path,
        {"op": "replace", "path": 'emails[type eq "work"].value', "value": "new@work.example"},
        {"op": "remove", "path": 'phoneNumbers[value eq "2"]'},
        {"op": "add", "path": "roles", "value": [{"value": "doctor"}]},
        {"op": "remove", "path": "title"},
        {"op": "replace", "path": "name.middleName", "value": "K"},
        {"op": "replace", "path": 'addresses[type eq "home"].country', "value": "IT"},
    )
    before["emails"][0]["value"] = "new@work.example"
    before["phoneNumbers"] = [before["phoneNumbers"][0], before["phoneNumbers"][2]]
    before["roles"].append({"value": "doctor"})
    before["name"]["middleName"] = "K"
    before["addresses"][1]["country"] = "IT"
    del before["title"]
    assert after == before
    put = await house.send("PUT", path, {"schemas": [CORE], "userName": "ada@example.com", "title": "only this"})
    assert put.status == 200, put.body
    left = (await house.read(path)).keys() - {"schemas", "id", "meta", "active", "groups"}
    assert left == {"userName", "title"}


async def test_members_come_and_go_without_touching_the_others(house: House) -> None:
    await furnished(house)
    path = "/Groups/<Outer>"
    members = await house.patch(path, adding("<straße>"))
    assert {one["value"] for one in members["members"]} == {"<Inner>", "<bob@example.com>", "<straße>"}
    members = await house.patch(path, {"op": "remove", "path": 'members[value eq "<Inner>"]'})
    assert {(one["value"], one["type"]) for one in members["members"]} == {
        ("<bob@example.com>", "User"),
        ("<straße>", "User"),
    }
    renamed = await house.patch(path, {"op": "replace", "value": {"displayName": "outer"}})
    assert (renamed["displayName"], renamed["externalId"], len(renamed["members"])) == ("outer", "G-1", 2)
    await house.patch(path, adding("<Inner>"))
    answer = await house.send("PATCH", "/Groups/<Inner>", {"schemas": [PATCH_OP], "Operations": [adding("<Outer>")]})
    assert (answer.status, answer.body["scimType"]) == (400, "invalidValue")


async def test_a_name_is_taken_whatever_its_case(house: House) -> None:
    await furnished(house)
    for endpoint, body in [("Users", {"userName": "STRASSE"}), ("Groups", {"displayName": "INNER"})]:
        schema = CORE if endpoint == "Users" else GROUP
        answer = await house.send("POST", f"/{endpoint}", {"schemas": [schema], **body})
        assert (answer.status, answer.body["scimType"]) == (409, "uniqueness")
