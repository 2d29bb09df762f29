"""PATCH of groups: Entra's forms, Okta's, JumpCloud's, the figures of RFC 7644 section 3.5.2."""

# ruff: noqa: E501 - a row is a line

from __future__ import annotations

from typing import Any

from tests.corpus.patch_row import Add, Patch, Remove, Replace, add, remove, replace

GROUP = "urn:ietf:params:scim:schemas:core:2.0:Group"
ONE, TWO, THREE = ({"value": f"{{m{number}}}"} for number in (1, 2, 3))
NESTED = {"value": "{g1}"}


def team(*members: dict[str, Any], name: str = "Team") -> dict[str, Any]:
    """A group; without members it has no such attribute."""
    return {"displayName": name} | ({"members": list(members)} if members else {})


def row(why: str, before: dict[str, Any], operations: Any, after: Any) -> Patch:
    return Patch(why, before, operations, after, "Group")


ROWS = [
    # Entra
    row("rename", team(ONE), [Replace("displayName", "RNs")], team(ONE, name="RNs")),
    row("rename by an add", team(ONE), [Add("displayName", "RNs")], team(ONE, name="RNs")),
    row("rename by an add, beside a member", team(ONE), [Add("members", [TWO]), Add("displayName", "RNs")], team(ONE, TWO, name="RNs")),
    row("rename to the same name", team(ONE), [Replace("displayName", "Team")], team(ONE)),
    row("rename in another case", team(), [Replace("displayName", "TEAM")], team(name="TEAM")),
    row("add two, with a null $ref", team(), [Add("members", [{"$ref": None, "value": "{m1}"}, {"$ref": None, "value": "{m2}"}])], team(ONE, TWO)),
    row("add to those who are there", team(ONE), [Add("members", [TWO])], team(ONE, TWO)),
    row("add who is there already", team(ONE), [Add("members", [ONE])], team(ONE)),
    row("add who is there, now with a type", team(ONE), [Add("members", [{**ONE, "type": "User"}])], team(ONE)),
    row("add who is there and who is not", team(ONE), [Add("members", [ONE, TWO])], team(ONE, TWO)),
    Patch("add the same member twice", team(), [Add("members", [ONE, ONE])], team(ONE), "Group", at="wire"),
    row("add nobody", team(ONE), [Add("members", [])], team(ONE)),
    row("add one in each operation", team(), [Add("members", [ONE]), Add("members", [TWO]), Add("members", [THREE])], team(ONE, TWO, THREE)),
    row("remove by value, no flag (azure-docs 30826)", team(ONE, TWO), [Remove("members", [{"$ref": None, "value": "{m1}"}])], team(TWO)),
    row("remove several by value", team(ONE, TWO, THREE), [Remove("members", [ONE, THREE])], team(TWO)),
    row("remove the last one by value", team(ONE), [Remove("members", [ONE])], team()),
    row("remove a stranger by value", team(ONE), [Remove("members", [{"value": "nobody"}])], team(ONE)),
    row("remove who is no member by value", team(ONE), [Remove("members", [TWO])], team(ONE)),
    row("remove with the flag", team(ONE, TWO), [remove('members[value eq "{m1}"]')], team(TWO)),
    row("remove two with the flag, one operation each", team(ONE, TWO, THREE), [remove('members[value eq "{m1}"]'), remove('members[value eq "{m2}"]')], team(THREE)),
    row("remove a stranger with the flag", team(ONE), [remove('members[value eq "nobody"]')], team(ONE)),
    row("remove the last one with the flag", team(ONE), [remove('members[value eq "{m1}"]')], team()),
    row("remove nobody: an empty array empties no group", team(ONE), [Remove("members", [])], team(ONE)),
    row("remove all: no value, no filter (3.5.2.2)", team(ONE, TWO), [Remove("members")], team()),
    row("remove all from a group that has none", team(), [Remove("members")], team()),
    row("add one and remove another", team(ONE), [Add("members", [TWO]), Remove("members", [ONE])], team(TWO)),
    row("remove one and add the same", team(ONE), [Remove("members", [ONE]), Add("members", [ONE])], team(ONE)),
    row("add one and remove the same", team(), [Add("members", [ONE]), Remove("members", [ONE])], team()),
    row("rename and add", team(), [Replace("displayName", "RNs"), Add("members", [ONE])], team(ONE, name="RNs")),
    row("a bare text as value (Microsoft's collection)", team(), [Add("members", "{m1}")], team(ONE)),
    row("bare texts as values", team(), [Add("members", ["{m1}", "{m2}"])], team(ONE, TWO)),
    row("one object as value", team(), [Add("members", ONE)], team(ONE)),
    row("a bare text to remove", team(ONE, TWO), [Remove("members", "{m1}")], team(TWO)),
    Patch("a member by its URL alone (7643 4.2)", team(), [Add("members", [{"$ref": "https://g/scim/v2/Users/{m1}"}])], team(ONE), "Group", at="wire"),
    Patch("a member by its URL and null", team(), [Add("members", [{"value": None, "$ref": "https://g/scim/v2/Users/{m1}"}])], team(ONE), "Group", at="wire"),
    Patch("a member by its URL alone, removed", team(ONE, TWO), [Remove("members", [{"$ref": "https://g/scim/v2/Users/{m1}"}])], team(TWO), "Group", at="wire"),
    row("an external id", {"displayName": "Team", "externalId": "1"}, [Replace("externalId", "2")], {"displayName": "Team", "externalId": "2"}),
    row("no operation at all", team(ONE), [], team(ONE)),
    # Okta, JumpCloud, directory sync
    row("Okta: rename without a path, with the id", team(ONE), [replace(None, {"id": "g1", "displayName": "RNs"})], team(ONE, name="RNs")),
    row("Okta: add with display", team(), [add("members", [{"value": "{m1}", "display": "m1@example.com"}])], team(ONE)),
    row("Okta: remove by filter", team(ONE, TWO, THREE), [remove('members[value eq "{m3}"]')], team(ONE, TWO)),
    row("Okta: replace all members", team(ONE, TWO), [replace("members", [TWO, THREE])], team(TWO, THREE)),
    row("Okta: replace all members by nobody", team(ONE, TWO), [replace("members", [])], team()),
    row("Okta: replace all members by the same", team(ONE, TWO), [replace("members", [TWO, ONE])], team(ONE, TWO)),
    row("JumpCloud: add in a value without a path", team(ONE), [add(None, {"members": [TWO]})], team(ONE, TWO)),
    row("directory sync: replace in a value without a path", team(ONE), [replace(None, {"members": [TWO]})], team(TWO)),
    row("directory sync: rename and members without a path", team(ONE), [replace(None, {"displayName": "RNs", "members": [TWO]})], team(TWO, name="RNs")),
    # the RFC
    row("figure of 3.5.2.1: add with display and $ref", team(), [add("members", [{"display": "Babs", "$ref": "https://x/v2/Users/{m1}", "value": "{m1}"}])], team(ONE)),
    row("figure of 3.5.2.2: remove one by filter", team(ONE, TWO), [remove('members[value eq "{m2}"]')], team(ONE)),
    row("figure of 3.5.2.2: remove one and add another", team(ONE, TWO), [remove('members[value eq "{m1}"]'), add("members", [{"display": "James", "value": "{m3}"}])], team(TWO, THREE)),
    row("figure of 3.5.2.2: replace two by two", team(ONE, TWO), [remove("members"), add("members", [TWO, THREE])], team(TWO, THREE)),
    row("figure of 3.5.2.3: replace members", team(ONE), [replace("members", [TWO, THREE])], team(TWO, THREE)),
    row("a group as a member", team(ONE), [add("members", [{"value": "{g1}", "type": "Group"}])], team(ONE, NESTED)),
    row("a group as a member, without its type", team(ONE), [add("members", [NESTED])], team(ONE, NESTED)),
    row("a group removed as a member", team(ONE, NESTED), [remove('members[value eq "{g1}"]')], team(ONE)),
    row("remove with or", team(ONE, TWO, THREE), [remove('members[value eq "{m1}" or value eq "{m2}"]')], team(THREE)),
    row("remove with not", team(ONE, TWO, THREE), [remove('members[not (value eq "{m1}")]')], team(ONE)),
    row("the core URN", team(), [add(f"{GROUP}:members", [ONE])], team(ONE)),
    row("names ignore case", team(), [add("Members", [{"Value": "{m1}"}])], team(ONE)),
    row("a filter's names ignore case", team(ONE, TWO), [remove('MEMBERS[VALUE EQ "{m1}"]')], team(TWO)),
]  # fmt: skip
