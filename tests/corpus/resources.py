"""Bodies of POST and PUT: what is held of them (RFC 7644 3.3 and 3.5.1, RFC 7643 2.5), or the error."""

# ruff: noqa: E501 - a row is a line

from __future__ import annotations

from typing import Any

from tests.corpus.patch_row import ENT, INVALID_VALUE

WORK = {"type": "work", "value": "a@x"}
MANAGED = {ENT: {"manager": {"value": "{m1}"}}}
ADSCIM = "http://schemas.microsoft.com/2006/11/ResourceManagement/ADSCIM/2.0/Group"

ROWS: list[tuple[str, dict[str, Any], dict[str, Any] | tuple[int, str]]] = [
    ("a name alone", {}, {}),
    ("each kind of attribute", {"title": "T", "name": {"givenName": "G"}, "emails": [WORK], ENT: {"department": "D"}}, {"title": "T", "name": {"givenName": "G"}, "emails": [WORK], ENT: {"department": "D"}}),
    ("values as they were sent: blanks, letters, line breaks", {"title": "  Zoë 漢字 😀\n"}, {"title": "  Zoë 漢字 😀\n"}),
    ("names in any case (7643 2.1)", {"TITLE": "T", "Name": {"GIVENNAME": "G"}}, {"title": "T", "name": {"givenName": "G"}}),
    ("URNs in any case", {ENT.upper(): {"DEPARTMENT": "D"}}, {ENT: {"department": "D"}}),
    ("an extension's block without its URN in schemas (Entra)", {"schemas": [], ENT: {"department": "D"}}, {ENT: {"department": "D"}}),
    ("an extension's attribute without its URN", {"department": "D"}, {ENT: {"department": "D"}}),
    ("a schema that nobody knows (Entra's groups)", {"schemas": [ADSCIM]}, {}),
    ("read-only attributes are ignored (3.3)", {"id": "x", "meta": {"resourceType": "User"}, "groups": [{"value": "x"}]}, {}),
    ("Okta sends groups and a locale", {"groups": [], "locale": "en-US"}, {"locale": "en-US"}),
    ("what no schema knows is ignored", {"shoeSize": 44, "urn:example:2.0:User": {"hat": "x"}}, {}),
    ("a dotted key is no path here", {"name.givenName": "G"}, {}),
    ("null is unassigned (7643 2.5)", {"title": None, "name": None, "emails": None, ENT: None}, {}),
    ("empty arrays are unassigned (7643 2.5)", {"emails": [], "roles": []}, {}),
    ("empty texts are unassigned", {"title": "", "externalId": "", "name": {"givenName": ""}}, {}),
    ("null inside", {"name": {"givenName": "G", "familyName": None}, "emails": [None, {}, {**WORK, "display": None}]}, {"name": {"givenName": "G"}, "emails": [WORK]}),
    ("Entra's booleans", {"active": "False", "emails": [{**WORK, "primary": "True"}]}, {"active": False, "emails": [{**WORK, "primary": True}]}),
    ("disabled from the start", {"active": False}, {"active": False}),
    ("one object for several values", {"emails": WORK}, {"emails": [WORK]}),
    ("bare texts for values", {"emails": ["a@x"]}, {"emails": [{"value": "a@x"}]}),
    ("an array of one for a name", {"name": [{"givenName": "G"}]}, {"name": {"givenName": "G"}}),
    ("the manager as text", {ENT: {"manager": "{m1}"}}, MANAGED),
    ("the manager as an object with its name and URL", {ENT: {"manager": {"value": "{m1}", "$ref": "https://x", "displayName": "B"}}}, MANAGED),
    ("the manager as an array of one, without its URN", {"manager": [{"value": "{m1}"}]}, MANAGED),
    ("a manager whom nobody knows is left out (directory-scimple 1242)", {ENT: {"manager": "nobody", "department": "D"}}, {ENT: {"department": "D"}}),
    ("a role as JSON text (SCIM-SDK 516)", {"roles": [{"value": '{"value":"A","displayName":"a"}'}]}, {"roles": [{"value": "A", "display": "a"}]}),
    ("two primary values: one is left (7643 2.4)", {"emails": [{**WORK, "primary": True}, {"value": "b@x", "primary": True}]}, {"emails": [{**WORK, "primary": False}, {"value": "b@x", "primary": True}]}),
    ("one type and value twice is one (7643 2.4)", {"emails": [WORK, WORK]}, {"emails": [WORK]}),
    ("one value of two types is two", {"emails": [WORK, {"type": "home", "value": "a@x"}]}, {"emails": [WORK, {"type": "home", "value": "a@x"}]}),
    ("a password is not shown", {"password": "s3cret-of-mine"}, {}),
    ("no name", {"userName": ""}, INVALID_VALUE),
    ("null for a name", {"userName": None}, INVALID_VALUE),
    ("a number for a name", {"userName": 5}, INVALID_VALUE),
    ("a number for a text", {"title": 5}, INVALID_VALUE),
    ("text for a boolean", {"active": "perhaps"}, INVALID_VALUE),
    ("text for a name's parts", {"name": "Ada"}, INVALID_VALUE),
    ("an array among values", {"emails": [["a@x"]]}, INVALID_VALUE),
    ("a number inside a value", {"emails": [{"value": 5}]}, INVALID_VALUE),
    ("two managers", {ENT: {"manager": [{"value": "{m1}"}, {"value": "{m2}"}]}}, INVALID_VALUE),
]  # fmt: skip
