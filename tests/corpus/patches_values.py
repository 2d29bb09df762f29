"""PATCH of each attribute of RFC 7643 that nothing else touches, of types and null, and what Okta and others send."""

# ruff: noqa: E501 - a row is a line

from __future__ import annotations

from typing import Any

from tests.corpus.patch_row import CORE, ENT, Patch, add, remove, replace

SIMPLE = ("displayName", "nickName", "title", "userType", "preferredLanguage", "locale", "timezone", "externalId")
PARTS = ("formatted", "familyName", "givenName", "middleName", "honorificPrefix", "honorificSuffix")
ENTERPRISE = ("employeeNumber", "costCenter", "organization", "division", "department")
LISTS = ("emails", "phoneNumbers", "ims", "entitlements", "roles", "x509Certificates")
EMPTY: tuple[Any, ...] = (None, "")
BOTH = [{"value": "QUJD"}, {"value": "REVG"}]

ROWS = [
    # RFC 7643 4.1 and 4.3, attribute by attribute
    *(Patch(f"{name}: added and replaced (7643 4.1.1)", {}, [add(name, "a"), replace(name, "b")], {name: "b"}) for name in SIMPLE),
    *(Patch(f"{name}: removed (7643 4.1.1)", {name: "a"}, [remove(name)], {}) for name in SIMPLE),
    *(Patch(f"name.{name}: set and removed (7643 4.1.1)", {"name": {"givenName": "G", name: "a"}}, [replace(f"name.{name}", "b"), remove("name.givenName")], {} if name == "givenName" else {"name": {name: "b"}}) for name in PARTS),
    *(Patch(f"{name}: without a path (7643 4.3)", {ENT: {name: "a"}}, [replace(None, {f"{ENT}:{name}": "b"})], {ENT: {name: "b"}}) for name in ENTERPRISE),
    *(Patch(f"{name}: one is added (7643 4.1.2)", {name: BOTH[:1]}, [add(name, BOTH[1:])], {name: BOTH}) for name in LISTS),
    *(Patch(f"{name}: one is removed by its value (7643 4.1.2)", {name: BOTH}, [remove(f'{name}[value eq "QUJD"]')], {name: BOTH[1:]}) for name in LISTS),
    Patch("photos: a URL", {}, [add("photos", [{"value": "https://photos.example/F", "type": "photo"}])], {"photos": [{"value": "https://photos.example/F", "type": "photo"}]}),
    Patch("photos: a URL in other letters is another one (caseExact)", {"photos": [{"value": "https://photos.example/F"}]}, [add("photos", [{"value": "https://photos.example/f"}])], {"photos": [{"value": "https://photos.example/F"}, {"value": "https://photos.example/f"}]}),
    Patch("e-mails: a value in other letters is the same", {"emails": [{"value": "a@x"}]}, [add("emails", [{"value": "A@X"}])], {"emails": [{"value": "A@X"}]}),
    Patch("e-mails: a value to remove, in other letters", {"emails": [{"value": "a@x"}, {"value": "b@x"}]}, [remove("emails", [{"value": "A@X"}])], {"emails": [{"value": "b@x"}]}),
    Patch("photos: a URL is caseExact in a filter", {"photos": [{"value": "https://photos.example/F"}]}, [remove('photos[value eq "https://photos.example/f"]')], {"photos": [{"value": "https://photos.example/F"}]}),
    Patch("profileUrl: a URL", {}, [add("profileUrl", "https://people.example/B")], {"profileUrl": "https://people.example/B"}),
    Patch("addresses: another one of the same type", {"addresses": [{"country": "US", "type": "work"}]}, [add("addresses", [{"country": "DE", "type": "work"}])], {"addresses": [{"country": "US", "type": "work"}, {"country": "DE", "type": "work"}]}),
    Patch("addresses: the same one, its parts in another order", {"addresses": [{"country": "US", "type": "work"}]}, [add("addresses", [{"type": "work", "country": "US"}])], {"addresses": [{"country": "US", "type": "work"}]}),
    Patch("e-mails: of two terms the second one narrows", {"emails": [{"value": "a@x", "type": "work"}, {"value": "b@x", "type": "work"}]}, [remove('emails[type eq "work" and value eq "b@x"]')], {"emails": [{"value": "a@x", "type": "work"}]}),
    Patch("e-mails: a remove with an object that names none takes none", {"emails": [{"value": "a@x"}]}, [remove("emails", {})], {"emails": [{"value": "a@x"}]}),
    *(Patch(f"e-mails: a remove with {empty!r} has no value, and takes all", {"emails": [{"value": "a@x"}]}, [remove("emails", empty)], {}) for empty in EMPTY),
    Patch("a remove with the value of a text", {"title": "of value"}, [remove("title", "of value")], {}),
    Patch("name: brackets select a single object as well", {"name": {"givenName": "A", "familyName": "B"}}, [replace('name[givenName eq "a"].familyName', "C")], {"name": {"givenName": "A", "familyName": "C"}}),
    Patch("name: brackets that do not select it", {"name": {"givenName": "A", "familyName": "B"}}, [remove('name[givenName eq "z"].familyName')], {"name": {"givenName": "A", "familyName": "B"}}),
    Patch("e-mails: a value to remove is known without its name and its mark", {"emails": [{"value": "a@x"}, {"value": "b@x"}]}, [remove("emails", [{"value": "a@x", "display": "d", "primary": True}])], {"emails": [{"value": "b@x"}]}),
    Patch("e-mails: without its value a type and a mark are nothing", {"emails": [{"value": "a@x", "type": "work", "primary": True}]}, [remove('emails[value eq "a@x"].value')], {}),
    Patch("e-mails: without its value what selected it is nothing", {"emails": [{"value": "a@x", "display": "d"}]}, [remove('emails[display eq "d"].value')], {}),
    Patch("addresses: by country", {"addresses": [{"country": "US", "type": "work"}, {"country": "DE", "type": "home"}]}, [remove('addresses[country eq "us"]')], {"addresses": [{"country": "DE", "type": "home"}]}),
    # types and what is unassigned (7643 2.3, 2.5)
    Patch("text keeps its blanks", {}, [add("title", "  x  ")], {"title": "  x  "}),
    Patch("text outside ASCII", {}, [add("displayName", "Zoë 漢字 😀")], {"displayName": "Zoë 漢字 😀"}),
    Patch("text that looks like a number", {}, [add("title", "007")], {"title": "007"}),
    Patch("text that looks like a boolean, in a text", {}, [add("title", "True")], {"title": "True"}),
    Patch("text with line breaks", {}, [add("addresses", [{"formatted": "1 Road\r\nBonn"}])], {"addresses": [{"formatted": "1 Road\r\nBonn"}]}),
    Patch("a boolean in a value", {}, [add("emails", [{"value": "a@x", "primary": "true"}])], {"emails": [{"value": "a@x", "primary": True}]}),
    Patch("null among values is none", {}, [add("roles", [None, {"value": "a"}])], {"roles": [{"value": "a"}]}),
    Patch("an empty object among values is none", {}, [add("roles", [{}, {"value": "a"}])], {"roles": [{"value": "a"}]}),
    Patch("null inside a value", {}, [add("emails", [{"value": "a@x", "type": None}])], {"emails": [{"value": "a@x"}]}),
    Patch("empty text inside a value", {}, [add("emails", [{"value": "a@x", "display": ""}])], {"emails": [{"value": "a@x"}]}),
    Patch("null for all values", {"emails": [{"value": "a@x"}]}, [replace("emails", None)], {}),
    Patch("null for all values, add", {"emails": [{"value": "a@x"}]}, [add("emails", None)], {"emails": [{"value": "a@x"}]}),
    Patch("an array of one for a complex attribute", {}, [add("name", [{"givenName": "B"}])], {"name": {"givenName": "B"}}),
    Patch("what no schema knows inside a value is left out", {}, [add("name", {"givenName": "B", "shoe": "44"})], {"name": {"givenName": "B"}}),
    # read-only members of a value without a path say nothing (7644 3.5.2; Okta)
    Patch("id, meta and schemas in a value", {}, [replace(None, {"id": "x", "meta": {"version": "1"}, "schemas": ["y"], "title": "t"})], {"title": "t"}),
    Patch("id, meta and schemas in an extension's block", {}, [add(None, {ENT: {"id": "x", "meta": {}, "schemas": [ENT], "department": "D"}})], {ENT: {"department": "D"}}),
    Patch("what is read-only in the block of the core schema", {}, [add(None, {CORE: {"id": "x", "groups": [{"value": "{g1}"}], "title": "t"}})], {"title": "t"}),
    Patch("an extension's block is null, add", {ENT: {"department": "D"}}, [add(ENT, None)], {ENT: {"department": "D"}}),
    Patch("an extension's block is null, replace", {ENT: {"department": "D"}}, [replace(ENT, None)], {}),
    Patch("all of the core schema removed: what is read-only stays", {"groups": [{"value": "{g1}"}], "title": "t"}, [remove(CORE)], {"groups": [{"value": "{g1}"}]}, at="memory"),
    Patch("a thousand operations are no fault", {}, [add("title", "t")] * 1000, {"title": "t"}),
    Patch("Okta: groups in a value are read-only", {}, [replace(None, {"groups": [], "title": "t"})], {"title": "t"}),
    Patch("Okta: disable without a path", {}, [replace(None, {"active": False})], {"active": False}),
    Patch("Okta: enable without a path", {"active": False}, [replace(None, {"active": True})], {"active": True}),
    Patch("Okta: a new password without a path", {}, [replace(None, {"password": "s3cret-of-mine"})], {}, at="wire"),
    Patch("a password by its path", {}, [replace("password", "s3cret-of-mine")], {}, at="wire"),
    Patch("a sync server: a whole name without a path", {"name": {"givenName": "A"}}, [replace(None, {"name": {"familyName": "B"}})], {"name": {"givenName": "A", "familyName": "B"}}),
    Patch("a sync server: e-mails without a path", {"emails": [{"value": "a@x"}]}, [replace(None, {"emails": [{"value": "b@x"}]})], {"emails": [{"value": "b@x"}]}),
    Patch("an empty value without a path", {"title": "x"}, [replace(None, {})], {"title": "x"}),
    Patch("schemas by its path (an extension is announced)", {"title": "x"}, [add("schemas", [ENT])], {"title": "x"}, at="wire"),
]  # fmt: skip
