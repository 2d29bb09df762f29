"""What Microsoft Entra ID sends for users, in both of its dialects, and what its validators and its partners send."""

# ruff: noqa: E501 - a row is a line

from __future__ import annotations

from typing import Any

from tests.corpus.patch_row import CORE, ENT, Add, Patch, Remove, Replace, add, remove, replace

WORK = {"type": "work", "value": "a@x"}
HOME = {"type": "home", "value": "h@x"}
MANAGED = {ENT: {"manager": {"value": "{m1}"}}}
ROLE = {"primary": True, "value": "Admin"}
NOTHING: tuple[Any, ...] = ("", None, {"value": ""}, {"value": None}, [])

ROWS = [
    # Learn, without the flag: capitals, booleans as text
    Patch("disable: Replace active False", {}, [Replace("active", "False")], {"active": False}),
    Patch("disable: Add active False (rancher 54025)", {}, [Add("active", "False")], {"active": False}),
    Patch("disable: false in lower case (scimmy 86)", {}, [Replace("active", "false")], {"active": False}),
    Patch("disable: FALSE in capitals", {}, [Replace("active", "FALSE")], {"active": False}),
    Patch("enable: True", {"active": False}, [Replace("active", "True")], {"active": True}),
    Patch("enable: Add True", {"active": False}, [Add("active", "True")], {"active": True}),
    Patch("enable who is enabled", {}, [Replace("active", "True")], {"active": True}),
    Patch("disable and rename at once", {"displayName": "A"}, [Replace("displayName", "B"), Replace("active", "False")], {"displayName": "B", "active": False}),
    Patch("Add of a simple attribute", {}, [Add("nickName", "Babs")], {"nickName": "Babs"}),
    Patch("Replace of a simple attribute", {"title": "Nurse"}, [Replace("title", "Doctor")], {"title": "Doctor"}),
    Patch("Replace of an absent simple attribute", {}, [Replace("preferredLanguage", "de-DE")], {"preferredLanguage": "de-DE"}),
    Patch("Remove of a simple attribute", {"title": "Nurse"}, [Remove("title")], {}),
    Patch("Remove of a simple attribute that is gone already", {}, [Remove("title")], {}),
    Patch("Replace of a part of the name", {"name": {"givenName": "J", "familyName": "R"}}, [Replace("name.familyName", "Doe")], {"name": {"givenName": "J", "familyName": "Doe"}}),
    Patch("Replace of a part of an absent name", {}, [Replace("name.familyName", "Doe")], {"name": {"familyName": "Doe"}}),
    Patch("Add of the formatted name", {"name": {"givenName": "J"}}, [Add("name.formatted", "J. Doe")], {"name": {"givenName": "J", "formatted": "J. Doe"}}),
    Patch("the default mapping's userName", {"userName": "old@x"}, [Replace("userName", "new@x")], {"userName": "new@x"}),
    Patch("the default mapping's externalId", {"externalId": "1"}, [Replace("externalId", "2")], {"externalId": "2"}),
    Patch("an extension's attribute by its URN", {}, [Add(f"{ENT}:department", "ICU")], {ENT: {"department": "ICU"}}),
    Patch("an extension's attribute beside another", {ENT: {"division": "N"}}, [Replace(f"{ENT}:department", "ICU")], {ENT: {"division": "N", "department": "ICU"}}),
    Patch("an extension's last attribute removed", {ENT: {"department": "ICU"}}, [Remove(f"{ENT}:department")], {}),
    Patch("an employee number", {}, [Add(f"{ENT}:employeeNumber", "17")], {ENT: {"employeeNumber": "17"}}),
    # value paths
    Patch("e-mail for work, replaced", {"emails": [WORK]}, [Replace('emails[type eq "work"].value', "n@x")], {"emails": [{**WORK, "value": "n@x"}]}),
    Patch("e-mail for work, others stay", {"emails": [HOME, WORK]}, [Replace('emails[type eq "work"].value', "n@x")], {"emails": [HOME, {**WORK, "value": "n@x"}]}),
    Patch("e-mail for work, absent, Replace (SCIM-SDK 416)", {}, [Replace('emails[type eq "work"].value', "n@x")], {"emails": [{"type": "work", "value": "n@x"}]}),
    Patch("e-mail for work, absent, Add (scim-patch 176)", {}, [Add('emails[type eq "work"].value', "n@x")], {"emails": [{"type": "work", "value": "n@x"}]}),
    Patch("e-mail for work, absent beside another (sourcegraph 49119)", {"emails": [HOME]}, [Add('emails[type eq "work"].value', "n@x")], {"emails": [HOME, {"type": "work", "value": "n@x"}]}),
    Patch("e-mail for work, the primary mark stays", {"emails": [{**WORK, "primary": True}]}, [Replace('emails[type eq "work"].value', "n@x")], {"emails": [{"type": "work", "value": "n@x", "primary": True}]}),
    Patch("capital Value in the default table", {}, [Add('emails[type eq "other"].Value', "o@x")], {"emails": [{"type": "other", "value": "o@x"}]}),
    Patch("capital Formatted in the default table", {}, [Add('addresses[type eq "other"].Formatted', "1 Road")], {"addresses": [{"type": "other", "formatted": "1 Road"}]}),
    Patch("three phone numbers", {}, [Add('phoneNumbers[type eq "work"].value', "1"), Add('phoneNumbers[type eq "mobile"].value', "2"), Add('phoneNumbers[type eq "fax"].value', "3")],
          {"phoneNumbers": [{"type": "work", "value": "1"}, {"type": "mobile", "value": "2"}, {"type": "fax", "value": "3"}]}),
    Patch("an address in five operations is one address", {}, [Add(f'addresses[type eq "work"].{name}', name) for name in ("streetAddress", "locality", "region", "postalCode", "country")],
          {"addresses": [{"type": "work", "streetAddress": "streetAddress", "locality": "locality", "region": "region", "postalCode": "postalCode", "country": "country"}]}),
    Patch("an address in two PATCHes", {"addresses": [{"type": "work", "country": "DE"}]}, [Add('addresses[type eq "work"].locality', "Bonn")], {"addresses": [{"type": "work", "country": "DE", "locality": "Bonn"}]}),
    Patch("a part of an address removed", {"addresses": [{"type": "work", "country": "DE", "locality": "Bonn"}]}, [Remove('addresses[type eq "work"].locality')], {"addresses": [{"type": "work", "country": "DE"}]}),
    Patch("the last part of an address removed", {"addresses": [{"type": "work", "country": "DE"}]}, [Remove('addresses[type eq "work"].country')], {}),
    Patch("an e-mail's value removed", {"emails": [WORK, HOME]}, [Remove('emails[type eq "work"].value')], {"emails": [HOME]}),
    Patch("an e-mail removed", {"emails": [WORK, HOME]}, [Remove('emails[type eq "work"]')], {"emails": [HOME]}),
    Patch("an e-mail removed that is gone already", {"emails": [HOME]}, [Remove('emails[type eq "work"].value')], {"emails": [HOME]}),
    Patch("an e-mail removed from none", {}, [Remove('emails[type eq "work"].value')], {}),
    Patch("a type that nobody knows (the validator's untyped)", {}, [Add('phoneNumbers[type eq "untyped"].value', "x")], {"phoneNumbers": [{"type": "untyped", "value": "x"}]}),
    Patch("primary of an absent typed value, text (sourcegraph 49119)", {}, [Add('emails[type eq "work"].primary', "True")], {"emails": [{"type": "work", "primary": True}]}),
    Patch("value and primary of an absent typed value", {}, [Add('emails[type eq "work"].value', "n@x"), Add('emails[type eq "work"].primary', "True")], {"emails": [{"type": "work", "value": "n@x", "primary": True}]}),
    Patch("primary and value of an absent typed value", {}, [Add('emails[type eq "work"].primary', "True"), Add('emails[type eq "work"].value', "n@x")], {"emails": [{"type": "work", "value": "n@x", "primary": True}]}),
    Patch("plain text for primary (scim-for-keycloak 87) changes nothing", {"phoneNumbers": [{"type": "mobile", "value": "1"}]}, [Replace('phoneNumbers[type eq "mobile"].primary', "ZTQDYR")], {"phoneNumbers": [{"type": "mobile", "value": "1"}]}),
    # with ?aadOptscim062020
    Patch("flag: JSON booleans", {}, [replace("active", False)], {"active": False}),
    Patch("flag: a path-less operation", {"displayName": "A"}, [replace(None, {"displayName": "B", "active": False})], {"displayName": "B", "active": False}),
    Patch("flag: dotted keys", {"name": {"formatted": "F"}}, [replace(None, {"name.givenName": "Jane", "name.familyName": "Doe"})], {"name": {"formatted": "F", "givenName": "Jane", "familyName": "Doe"}}),
    Patch("flag: URN keys, whose dots are no path", {}, [replace(None, {f"{ENT}:employeeNumber": "18", f"{ENT}:costCenter": "7"})], {ENT: {"employeeNumber": "18", "costCenter": "7"}}),
    Patch("flag: a value path beside a path-less operation", {}, [replace('emails[type eq "work"].value', "j@x"), replace(None, {"displayName": "J"})], {"displayName": "J", "emails": [{"type": "work", "value": "j@x"}]}),
    Patch("flag: a value path as a key", {}, [add(None, {'phoneNumbers[type eq "mobile"].value': "1"})], {"phoneNumbers": [{"type": "mobile", "value": "1"}]}),
    Patch("flag: booleans as text without a path", {}, [replace(None, {"active": "False"})], {"active": False}),
    Patch("flag: the manager by its URN as a key", {}, [add(None, {f"{ENT}:manager": "{m1}"})], MANAGED),
    Patch("flag: add without a path", {"title": "x"}, [add(None, {"title": "y", "nickName": "n"})], {"title": "y", "nickName": "n"}),
    Patch("flag on demand is ignored: both dialects in one request", {}, [Replace("active", "False"), replace(None, {"title": "x"})], {"active": False, "title": "x"}),
    # empty and null (Learn; the gallery's Null_Update)
    Patch("empty text clears", {"title": "x"}, [Replace("title", "")], {}),
    Patch("null clears", {"title": "x"}, [Replace("title", None)], {}),
    Patch("empty text clears without a path", {"title": "x"}, [replace(None, {"title": ""})], {}),
    Patch("null clears without a path", {"title": "x"}, [replace(None, {"title": None})], {}),
    Patch("null clears with Add", {"title": "x"}, [Add("title", None)], {}),
    Patch("cleared twice: empty text and then null", {"title": "x"}, [Replace("title", ""), Replace("title", None)], {}),
    Patch("empty text where there is nothing", {}, [Replace("title", "")], {}),
    Patch("null where there is nothing", {}, [replace(None, {"title": None, "nickName": None})], {}),
    Patch("empty text clears an e-mail", {"emails": [WORK, HOME]}, [Replace('emails[type eq "work"].value', "")], {"emails": [HOME]}),
    Patch("null clears an e-mail", {"emails": [WORK, HOME]}, [Replace('emails[type eq "work"].value', None)], {"emails": [HOME]}),
    Patch("empty text for an e-mail that is not there", {}, [Replace('emails[type eq "work"].value', "")], {}),
    Patch("empty text clears a dotted key", {"name": {"givenName": "J", "familyName": "D"}}, [replace(None, {"name.givenName": ""})], {"name": {"familyName": "D"}}),
    Patch("empty text clears a URN key", {ENT: {"department": "ICU"}}, [replace(None, {f"{ENT}:department": ""})], {}),
    Patch("an old job's nulls in an object", {"name": {"givenName": "J", "familyName": "D"}}, [replace("name", {"givenName": None})], {"name": {"familyName": "D"}}),
    # manager
    Patch("manager as text", {}, [Add(f"{ENT}:manager", "{m1}")], MANAGED),
    Patch("manager as an array of one, without its URN (Learn's old example 5)", {}, [Add("manager", [{"$ref": "https://x/Users/{m1}", "value": "{m1}"}])], {ENT: {"manager": {"value": "{m1}", "$ref": "https://x/Users/{m1}"}}}),
    Patch("manager as an object", {}, [Add(f"{ENT}:manager", {"value": "{m1}"})], MANAGED),
    Patch("manager by its value", MANAGED, [replace(f"{ENT}:manager.value", "{m2}")], {ENT: {"manager": {"value": "{m2}"}}}),
    Patch("manager replaced by another", MANAGED, [Replace(f"{ENT}:manager", "{m2}")], {ENT: {"manager": {"value": "{m2}"}}}),
    Patch("manager replaced by himself", MANAGED, [Replace(f"{ENT}:manager", "{m1}")], MANAGED),
    *(Patch(f"manager cleared by {value!r}", MANAGED, [Replace(f"{ENT}:manager", value)], {}) for value in NOTHING),
    Patch("manager removed", MANAGED, [Remove(f"{ENT}:manager")], {}),
    Patch("manager removed who is none", {}, [Remove(f"{ENT}:manager")], {}),
    Patch("manager's value removed", MANAGED, [Remove(f"{ENT}:manager.value")], {}),
    Patch("manager removed with his value", MANAGED, [Remove(f"{ENT}:manager", "{m1}")], {}),
    Patch("manager removed with the value of another", MANAGED, [Remove(f"{ENT}:manager", "{m2}")], MANAGED),
    Patch("manager inside the extension's block", {}, [add(None, {ENT: {"manager": "{m1}", "department": "D"}})], {ENT: {"manager": {"value": "{m1}"}, "department": "D"}}),
    Patch("manager's name is the service provider's own", {}, [Add(f"{ENT}:manager", {"value": "{m1}", "displayName": "Boss"})], MANAGED),
    # roles
    Patch("SingleAppRoleAssignment: text, absent", {}, [Add('roles[primary eq "True"].value', "Admin")], {"roles": [ROLE]}),
    Patch("SingleAppRoleAssignment: text, present", {"roles": [ROLE]}, [Replace('roles[primary eq "True"].value', "Reader")], {"roles": [{**ROLE, "value": "Reader"}]}),
    Patch("SingleAppRoleAssignment: value, display and type are one role", {}, [Add('roles[primary eq "True"].display', "The Admin"), Add('roles[primary eq "True"].value', "Admin"), Add('roles[primary eq "True"].type', "App")],
          {"roles": [{"primary": True, "display": "The Admin", "value": "Admin", "type": "App"}]}),
    Patch("SingleAppRoleAssignment: literal, absent", {}, [Add("roles[primary eq true].value", "Admin")], {"roles": [ROLE]}),
    Patch("SingleAppRoleAssignment: beside a role that is not primary", {"roles": [{"value": "Old"}]}, [Add('roles[primary eq "True"].value', "Admin")], {"roles": [{"value": "Old"}, ROLE]}),
    Patch("SingleAppRoleAssignment: removed", {"roles": [ROLE, {"value": "Old"}]}, [Remove('roles[primary eq "True"].value')], {"roles": [{"value": "Old"}]}),
    Patch("a hand-typed mapping with a literal true", {}, [add("entitlements[primary eq true].value", "e")], {"entitlements": [{"primary": True, "value": "e"}]}),
    Patch("AssertiveAppRoleAssignmentsComplex: the whole array", {"roles": [{"value": "Old"}]}, [Replace("roles", [{"value": "A", "display": "a"}, {"value": "B", "display": "b"}])],
          {"roles": [{"value": "A", "display": "a"}, {"value": "B", "display": "b"}]}),
    Patch("AppRoleAssignmentsComplex: a role as JSON text (SCIM-SDK 516)", {}, [Add("roles", [{"value": '{"id":"06b07648","value":"Admin","displayName":"The Admin"}'}])], {"roles": [{"value": "Admin", "display": "The Admin"}]}),
    Patch("AppRoleAssignmentsComplex: two roles as JSON text", {"roles": [{"value": "Old"}]}, [Add("roles", [{"value": '{"value":"A","displayName":"a"}'}, {"value": '{"value":"B"}'}])], {"roles": [{"value": "Old"}, {"value": "A", "display": "a"}, {"value": "B"}]}),
    Patch("a role whose text only looks like JSON", {}, [Add("roles", [{"value": "{not json}"}])], {"roles": [{"value": "{not json}"}]}),
    # oddities
    Patch("no operation at all (scimmy 59)", {"title": "x"}, [], {"title": "x"}),
    Patch("an operation with a name (Microsoft's collection)", {}, [{"name": "n", **add("title", "x")}], {"title": "x"}),
    Patch("the core URN before an attribute", {}, [Add(f"{CORE}:title", "x")], {"title": "x"}),
    Patch("e-mails as an array", {"emails": [HOME]}, [Add("emails", [WORK])], {"emails": [HOME, WORK]}),
    Patch("e-mails as one object", {"emails": [HOME]}, [Replace("emails", WORK)], {"emails": [WORK]}),
    Patch("two changes of one attribute: the last counts", {"title": "x"}, [Replace("title", "y"), Replace("title", "z")], {"title": "z"}),
    Patch("removed and added again", {"title": "x"}, [remove("title"), add("title", "x")], {"title": "x"}),
]  # fmt: skip
