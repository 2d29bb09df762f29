"""PATCH as Entra, Okta and the RFC have it: before, operations, after; each row says why."""

from __future__ import annotations

import copy
from dataclasses import dataclass, field
from typing import Any

import pytest

from scim.errors import ScimError
from scim.patch import apply
from scim.schemas import USERS
from tests.scim.harness import ENTERPRISE

WORK = {"type": "work", "value": "a@x"}
HOME = {"type": "home", "value": "h@x"}


@dataclass
class Row:
    """One case. `after` is a resource, or an error as (status, scimType)."""

    why: str
    before: dict[str, Any]
    operations: Any
    after: Any
    body: dict[str, Any] = field(default_factory=dict)


def op(kind: str, path: str | None = None, value: Any = ...) -> dict[str, Any]:
    found: dict[str, Any] = {"op": kind}
    if path is not None:
        found["path"] = path
    if value is not ...:
        found["value"] = value
    return found


ROWS = [
    # Entra without the flag (Learn, scim compatibility page)
    Row("Entra disables with a capital op and text", {"active": True}, [op("Replace", "active", "False")], {"active": False}),
    Row("rancher 54025: disable by Add", {"active": True}, [op("Add", "active", "False")], {"active": False}),
    Row("scimmy 86: lower-case text", {"active": True}, [op("replace", "active", "false")], {"active": False}),
    Row("JSON boolean with the flag", {"active": False}, [op("replace", "active", True)], {"active": True}),
    Row("one simple value", {}, [op("Add", "nickName", "Babs")], {"nickName": "Babs"}),
    Row("sub-attribute of an absent complex one", {}, [op("Replace", "name.familyName", "Doe")], {"name": {"familyName": "Doe"}}),
    Row("others of the complex stay", {"name": {"givenName": "A", "familyName": "B"}}, [op("Replace", "name.familyName", "C")],
        {"name": {"givenName": "A", "familyName": "C"}}),
    Row("value path that exists", {"emails": [WORK]}, [op("Replace", 'emails[type eq "work"].value', "n@x")],
        {"emails": [{"type": "work", "value": "n@x"}]}),
    Row("create-on-absent for replace", {}, [op("Replace", 'emails[type eq "work"].value', "n@x")],
        {"emails": [{"type": "work", "value": "n@x"}]}),
    Row("create-on-absent for add, beside another", {"emails": [HOME]}, [op("Add", 'emails[type eq "work"].value', "n@x")],
        {"emails": [HOME, {"type": "work", "value": "n@x"}]}),
    Row("the filter ignores case", {"emails": [WORK]}, [op("replace", 'emails[Type eq "WORK"].value', "n@x")],
        {"emails": [{"type": "work", "value": "n@x"}]}),
    Row("capital .Value of Entra's own table", {}, [op("Add", 'emails[type eq "other"].Value', "o@x")],
        {"emails": [{"type": "other", "value": "o@x"}]}),
    Row("several ops build one address", {}, [op("Add", 'addresses[type eq "work"].country', "DE"),
        op("Add", 'addresses[type eq "work"].locality', "Bonn")],
        {"addresses": [{"type": "work", "country": "DE", "locality": "Bonn"}]}),
    Row("extension by URN path", {}, [op("Add", f"{ENTERPRISE}:department", "ICU")], {ENTERPRISE: {"department": "ICU"}}),
    Row("extension attribute removed: no empty block stays", {ENTERPRISE: {"department": "ICU"}},
        [op("Remove", f"{ENTERPRISE}:department")], {}),
    Row("remove", {"title": "x"}, [op("Remove", "title")], {}),
    Row("remove of what is gone already", {}, [op("Remove", "title")], {}),
    Row("remove of a value path that selects nothing", {"emails": [HOME]}, [op("remove", 'emails[type eq "work"]')],
        {"emails": [HOME]}),
    Row("remove of a typed value", {"emails": [WORK, HOME]}, [op("Remove", 'emails[type eq "work"]')], {"emails": [HOME]}),
    Row("remove of its value takes the entry", {"emails": [WORK, HOME]}, [op("Remove", 'emails[type eq "work"].value')],
        {"emails": [HOME]}),
    # with the flag
    Row("path-less with dotted and URN keys", {"displayName": "A"},
        [op("replace", None, {"displayName": "B", "name.givenName": "J", f"{ENTERPRISE}:employeeNumber": "18", "active": False})],
        {"displayName": "B", "name": {"givenName": "J"}, ENTERPRISE: {"employeeNumber": "18"}, "active": False}),
    Row("value path as a key of a path-less value", {}, [op("add", None, {'emails[type eq "work"].value': "n@x"})],
        {"emails": [{"type": "work", "value": "n@x"}]}),
    Row("extension block as a key", {ENTERPRISE: {"division": "D"}}, [op("replace", None, {ENTERPRISE: {"department": "X"}})],
        {ENTERPRISE: {"division": "D", "department": "X"}}),
    Row("extension URN as path", {}, [op("add", ENTERPRISE, {"department": "X"})], {ENTERPRISE: {"department": "X"}}),
    Row("Okta: active without a path", {"active": True}, [op("replace", None, {"active": False})], {"active": False}),
    Row("Okta sends the id along", {"displayName": "A"}, [op("replace", None, {"id": "g1", "displayName": "B"})],
        {"displayName": "B"}),
    # empty and null
    Row("empty text clears", {"title": "x"}, [op("replace", "title", "")], {}),
    Row("null clears", {"title": "x"}, [op("replace", "title", None)], {}),
    Row("null clears without a path", {"title": "x"}, [op("replace", None, {"title": None})], {}),
    Row("add of null changes nothing that is not there", {}, [op("add", "title", None)], {}),
    Row("empty text on a value path takes the entry", {"emails": [WORK]}, [op("replace", 'emails[type eq "work"].value', "")], {}),
    Row("empty list clears on replace", {"emails": [WORK]}, [op("replace", "emails", [])], {}),
    Row("add of an empty list changes nothing", {"emails": [WORK]}, [op("add", "emails", [])], {"emails": [WORK]}),
    Row("empty Operations (the validator sends it)", {"title": "x"}, [], {"title": "x"}),
    # manager
    Row("manager as text", {}, [op("Add", f"{ENTERPRISE}:manager", "b1")], {ENTERPRISE: {"manager": {"value": "b1"}}}),
    Row("manager as an array of one, bare name", {}, [op("Add", "manager", [{"$ref": "https://x/Users/b1", "value": "b1"}])],
        {ENTERPRISE: {"manager": {"$ref": "https://x/Users/b1", "value": "b1"}}}),
    Row("manager by its value", {}, [op("replace", f"{ENTERPRISE}:manager.value", "b1")], {ENTERPRISE: {"manager": {"value": "b1"}}}),
    Row("manager cleared by empty text", {ENTERPRISE: {"manager": {"value": "b1"}}}, [op("Replace", f"{ENTERPRISE}:manager", "")], {}),
    Row("manager cleared by an empty value", {ENTERPRISE: {"manager": {"value": "b1"}}},
        [op("Replace", f"{ENTERPRISE}:manager", {"value": ""})], {}),
    Row("manager removed", {ENTERPRISE: {"manager": {"value": "b1"}}}, [op("Remove", f"{ENTERPRISE}:manager")], {}),
    # primary
    Row("[primary eq True] as text creates a boolean", {}, [op("Add", 'roles[primary eq "True"].value', "Admin")],
        {"roles": [{"primary": True, "value": "Admin"}]}),
    Row("[primary eq true] literal", {"roles": [{"primary": True, "value": "a"}]}, [op("replace", "roles[primary eq true].value", "b")],
        {"roles": [{"primary": True, "value": "b"}]}),
    Row("a new primary takes the mark (RFC 7644 3.5.2)", {"emails": [{**WORK, "primary": True}]},
        [op("add", "emails", [{**HOME, "primary": True}])],
        {"emails": [{**WORK, "primary": False}, {**HOME, "primary": True}]}),
    Row("primary of an absent typed value", {}, [op("add", 'emails[type eq "work"].primary', "True")],
        {"emails": [{"type": "work", "primary": True}]}),
    # multi-valued
    Row("add one object", {}, [op("add", "emails", WORK)], {"emails": [WORK]}),
    Row("add what is there already (3.5.2.1)", {"emails": [WORK]}, [op("add", "emails", [WORK])], {"emails": [WORK]}),
    Row("replace all", {"emails": [WORK, HOME]}, [op("replace", "emails", [HOME])], {"emails": [HOME]}),
    Row("remove with values takes only these", {"roles": [{"value": "a"}, {"value": "b"}]},
        [op("Remove", "roles", [{"value": "a"}])], {"roles": [{"value": "b"}]}),
    Row("remove with a bare value", {"roles": [{"value": "a"}, {"value": "b"}]}, [op("Remove", "roles", "b")],
        {"roles": [{"value": "a"}]}),
    Row("remove without values empties (3.5.2.2)", {"roles": [{"value": "a"}]}, [op("remove", "roles")], {}),
    Row("replace of a complex leaves unnamed subs (3.5.2.3)", {"name": {"givenName": "A", "familyName": "B"}},
        [op("replace", "name", {"givenName": "C"})], {"name": {"givenName": "C", "familyName": "B"}}),
    Row("null inside a complex clears that sub", {"name": {"givenName": "A", "familyName": "B"}},
        [op("replace", "name", {"givenName": None})], {"name": {"familyName": "B"}}),
    # spelling
    Row("attribute names ignore case", {"displayName": "A"}, [op("REPLACE", "DISPLAYNAME", "B")], {"displayName": "B"}),
    Row("the core URN as prefix", {}, [op("add", "urn:ietf:params:scim:schemas:core:2.0:User:title", "x")], {"title": "x"}),
    Row("members of an operation ignore case, extra ones are left", {}, [{"OP": "add", "Path": "title", "Value": "x", "name": "n"}],
        {"title": "x"}),
    # errors
    Row("remove without a path", {}, [op("remove")], (400, "noTarget")),
    Row("no such operation", {}, [op("move", "title", "x")], (400, "invalidSyntax")),
    Row("op is missing", {}, [{"path": "title", "value": "x"}], (400, "invalidSyntax")),
    Row("Operations is no list", {}, {"op": "add"}, (400, "invalidSyntax")),
    Row("an operation is no object", {}, ["add"], (400, "invalidSyntax")),
    Row("unknown attribute", {}, [op("add", "shoeSize", "44")], (400, "invalidPath")),
    Row("unknown sub-attribute", {}, [op("add", "name.shoe", "44")], (400, "invalidPath")),
    Row("unknown key of a path-less value", {}, [op("add", None, {"shoeSize": 44})], (400, "invalidPath")),
    Row("broken path", {}, [op("add", 'emails[type eq "work"', "x")], (400, "invalidPath")),
    Row("a path that is no text", {}, [op("add", 5, "x")], (400, "invalidPath")),  # type: ignore[arg-type]
    Row("read-only attribute", {}, [op("replace", "id", "x")], (400, "mutability")),
    Row("read-only sub-attribute", {}, [op("replace", "meta.created", "x")], (400, "mutability")),
    Row("wrong type", {}, [op("replace", "active", "perhaps")], (400, "invalidValue")),
    Row("number for text", {}, [op("replace", "title", 5)], (400, "invalidValue")),
    Row("path-less value that is no object", {}, [op("replace", None, "x")], (400, "invalidValue")),
    Row("all or none: the second fails", {"title": "x"}, [op("replace", "title", "y"), op("add", "nope", 1)], (400, "invalidPath")),
]  # fmt: skip


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.why)
def test_a_patch_brings_the_resource_to_what_its_sender_means(row: Row) -> None:
    before = copy.deepcopy(row.before)
    body = {"schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"], "Operations": row.operations}
    if isinstance(row.after, tuple):
        with pytest.raises(ScimError) as caught:
            apply(USERS, before, body)
        assert (caught.value.status, caught.value.scim_type) == row.after
    else:
        assert apply(USERS, before, body) == row.after
    assert before == row.before, "the resource given is left as it is"


@pytest.mark.parametrize("row", [row for row in ROWS if not isinstance(row.after, tuple)], ids=lambda row: row.why)
def test_a_patch_that_is_repeated_changes_nothing_more(row: Row) -> None:
    body = {"Operations": row.operations}
    once = apply(USERS, row.before, body)
    assert apply(USERS, once, body) == once
