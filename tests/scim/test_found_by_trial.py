"""What a trial found: answers that were once not true, with what is right."""

from __future__ import annotations

from typing import Any

import pytest

from adapters.directory import DirectoryAdapter, DirectorySettings, adapter
from tests.backends import FIELDS, Shelf
from tests.scim.harness import ENTERPRISE, PATCH_OP, Engine, replace_
from tests.served import Served


def directory() -> Served[DirectoryAdapter]:
    """The directory behind a service."""
    return Served(adapter(DirectorySettings(path=":memory:")))


A, B = {"value": "a@x"}, {"value": "b@x"}
WORK = {"type": "work"}


@pytest.mark.parametrize(
    ("held", "operation", "left", "why"),
    [
        ([A, B], replace_("emails.value", "c@x"), [{"value": "c@x"}], "RFC 7643 2.4: type and value occur once"),
        ([A, B], {"op": "add", "path": "emails.value", "value": "B@X"}, [{"value": "B@X"}], "values ignore case"),
        ([A | WORK, A], {"op": "remove", "path": "emails.type"}, [A], "without their types they are the same"),
        ([A | WORK, A], replace_("emails[not (type pr)].type", "Work"), [A | {"type": "Work"}], "types ignore case"),
        (
            [A | WORK | {"display": "d"}, A | {"type": "home", "primary": True}],
            replace_('emails[type eq "home"].type', "work"),
            [A | WORK | {"display": "d", "primary": True}],
            "what else is said of either is said of the one that is left",
        ),
        (
            [A | WORK | {"primary": True}, A | {"type": "home"}, B],
            {"op": "replace", "value": {'emails[type eq "home"].type': "work", 'emails[value eq "b@x"].primary': True}},
            [A | WORK | {"primary": False}, B | {"primary": True}],
            "the primary mark moves on",
        ),
        (
            [A | WORK | {"primary": True}, A | {"type": "home", "display": "d", "primary": False}, B],
            replace_('emails[type eq "home"].type', "work"),
            [A | WORK | {"primary": True, "display": "d"}, B],
            "the one that is left stays the primary one",
        ),
        (
            [A | WORK, B | WORK],
            replace_('emails[value eq "a@x"].value', "c@x"),
            [{"value": "c@x"} | WORK, B | WORK],
            "",
        ),
    ],
)
async def test_values_that_become_the_same_are_one(held: Any, operation: Any, left: Any, why: str) -> None:
    """A PUT of what a GET showed must change nothing."""
    house = directory()
    person = await house.send("POST", "/Users", {"userName": "ada@x", "emails": held})
    path = f"/Users/{person.id}"
    patched = await house.send("PATCH", path, {"schemas": [PATCH_OP], "Operations": [operation]})
    assert (patched.status, patched.body.get("emails")) == (200, left), why
    assert (await house.send("PUT", path, patched.body)).body == patched.body


async def test_a_fault_in_a_part_names_the_whole_of_it() -> None:
    house = directory()
    refused = await house.send("POST", "/Users", {"userName": "ada@x", "emails": [{"value": 1}]})
    assert refused.body["detail"] == "The value of emails.value must be a string."
    made = await house.send("POST", "/Users", {"userName": "ada@x"})
    for path in ("name.givenName", "emails.type"):
        body = {"schemas": [PATCH_OP], "Operations": [replace_(path, 1)]}
        answer = await house.send("PATCH", f"/Users/{made.id}", body)
        assert answer.body["detail"] == f"The value of {path} must be a string."


@pytest.mark.parametrize(
    ("value", "status"),
    [("QUI=", 201), ("Q Q\n= =\n", 201), ("QQ===", 400), ("=QQ", 400), (" " * 100_000 + "!", 400)],
)
async def test_a_long_certificate_is_read_once(value: str, status: int) -> None:
    """The last one took a minute once, and nobody else was answered meanwhile."""
    certificate = {"userName": "ada@x", "x509Certificates": [{"value": value}]}
    assert (await directory().send("POST", "/Users", certificate)).status == status


@pytest.mark.parametrize("options", [{"unmapped": "keep"}, {"keep": ("externalId", "password")}])
async def test_a_password_is_never_kept(options: Any) -> None:
    """RFC 7643 4.1.1: never returned; a map that keeps it in clear would tell it to whoever reads the store."""
    one = Engine(Shelf(fields={path: field for path, field in FIELDS.items() if path != "password"}), **options)
    made = await one.create(password="never to be seen")
    assert made.status == 201
    assert made.headers["x-scimgate-ignored"] == "password"
    patched = await one.patch(made.id, replace_("password", "never to be seen"))
    assert patched.headers["x-scimgate-ignored"] == "password"
    shown = await one.send("GET", f"/Users/{made.id}", query="attributes=password")
    assert "password" not in {**made.body, **patched.body, **shown.body}


async def test_a_manager_who_was_deleted_leaves_no_name_behind() -> None:
    house = directory()
    boss = (await house.send("POST", "/Users", {"userName": "boss", "displayName": "The Boss"})).id
    told = {"manager": boss, "department": "ER"}
    ada = (await house.send("POST", "/Users", {"userName": "ada", ENTERPRISE: told})).id
    await house.send("DELETE", f"/Users/{boss}")
    assert (await house.send("GET", f"/Users/{ada}")).body[ENTERPRISE] == {"department": "ER"}
    assert ENTERPRISE not in (await house.send("GET", f"/Users/{ada}", query="attributes=manager.displayName")).body
    found = (await house.send("GET", "/Users", query=f"filter=id+eq+%22{ada}%22+and+manager+pr")).body
    assert found["totalResults"] == 0


@pytest.mark.parametrize(
    ("query", "shown"),
    [
        ("attributes=name.middleName", {}),
        ("attributes=name.middleName,name.givenName", {"name": {"givenName": "Ada"}}),
        ("attributes=emails.display", {}),
        ("attributes=emails.type", {"emails": [WORK]}),
        ("attributes=emails.type,emails.value", {"emails": [A | WORK, B]}),
        (f"attributes={ENTERPRISE}:manager.value", {}),
        ("excludedAttributes=userName,active,meta,emails,name.givenName", {}),
        ("excludedAttributes=userName,active,meta,name,emails.value", {"emails": [WORK]}),
    ],
)
async def test_of_what_has_none_of_the_parts_that_were_asked_for_nothing_is_shown(query: str, shown: Any) -> None:
    """RFC 7643 2.5: what has no value is left out; an empty object is none."""
    house = directory()
    body = {"userName": "ada", "active": True, "name": {"givenName": "Ada"}, "emails": [A | WORK, B]}
    id = (await house.send("POST", "/Users", body)).id
    answer = (await house.send("GET", f"/Users/{id}", query=query)).body
    assert {name: value for name, value in answer.items() if name not in ("id", "schemas")} == shown
