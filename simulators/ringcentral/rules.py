"""What RingCentral asks of a user, and of a search."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from typing import Any
from urllib.parse import quote, urlencode

from simulators.ringcentral.account import COUNTRIES, PHONES, Account
from simulators.scim.filters import member
from simulators.scim.patching import patched
from simulators.scim.reply import Refused, parsed
from simulators.scim.service import BASE
from simulators.scim.tenant import Call

Json = dict[str, Any]
ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
FILTER = re.compile(r'(userName|emails?) eq ("(?:[^"\\]|\\.)*")', re.IGNORECASE)
KNOWN: dict[str, tuple[str, ...]] = {
    "": ("schemas", "id", "externalId", "userName", "name", "active", "title", "emails", "phoneNumbers", "addresses",
         "photos", "meta", ENTERPRISE),
    "name": ("givenName", "familyName"),
    "emails": ("type", "value"),
    "phoneNumbers": ("type", "value"),
    "photos": ("type", "value"),
    "addresses": ("type", "country", "locality", "postalCode", "region", "streetAddress"),
    ENTERPRISE: ("department",),
}  # fmt: skip
WITH_REGION = ("US", "CA", "GB")
WORDS = ("work", "mobile", "other")


def taken(account: Account, call: Call) -> Call:
    """A request as the SCIM server understands it; `Refused` where RingCentral does not take it."""
    if call.parts == ["Users", ".search"]:
        call = _searched(call)
    if call.method == "GET" and call.parts == ["Users"]:
        return _filtered(call)
    if call.parts[:1] != ["Users"] or call.method not in ("POST", "PUT", "PATCH"):
        return call
    body = parsed(call.raw)
    held = account.store.resources["Users"].get(call.parts[-1])
    if call.method == "PATCH":
        if held is not None:
            _demand(account, patched(held, body, account.scim().switches), held)
        return call
    body = _known(account, body)
    body["active"] = False if body.get("active") is None else body["active"]
    _demand(account, body, held)
    return replace(call, raw=json.dumps(_without_phones(account, body)).encode())


def _searched(call: Call) -> Call:
    """`POST /Users/.search` as the search that it is."""
    if call.method != "POST":
        raise Refused(405, "A search is posted.")
    body = parsed(call.raw)
    asked: dict[str, str] = {name: str(body[name]) for name in ("filter", "startIndex", "count") if name in body}
    return replace(call, method="GET", target=f"{BASE}/Users?{urlencode(asked)}", raw=b"")


def _filtered(call: Call) -> Call:
    text = call.query.get("filter")
    if text is None:
        return call
    found = FILTER.fullmatch(text.strip())
    if found is None:
        raise Refused(400, "Only userName and emails can be searched, by eq.", "invalidFilter")
    path = "userName" if found[1].lower() == "username" else "emails"
    others = {name: value for name, value in call.query.items() if name != "filter"}
    return replace(call, target=f"{BASE}/Users?filter={quote(f'{path} eq {found[2]}')}&{urlencode(others)}")


def _known(account: Account, body: Json) -> Json:
    """What is in the schema; `Refused` for the rest, where the account minds."""
    made = {name: _parts(name, one) for name, one in body.items() if name in KNOWN[""]}
    if account.switches.unknown_attributes == "refused" and made != body:
        unknown = [name for name, one in body.items() if name not in made or made[name] != one]
        raise Refused(400, f"Unrecognized field in {', '.join(unknown)}.", "invalidSyntax")
    return made


def _parts(name: str, value: Any) -> Any:
    if isinstance(value, list):
        return [_parts(name, one) for one in value]
    if isinstance(value, dict) and name in KNOWN:
        return {part: one for part, one in value.items() if part in KNOWN[name]}
    return value


def _demand(account: Account, body: Json, held: Json | None) -> None:
    """The rules of a whole user."""
    login, name = body.get("userName"), body.get("name")
    for path, value in (("userName", login), *((f"name.{part}", member(name, part)) for part in KNOWN["name"])):
        if not isinstance(value, str) or not value.strip():
            raise Refused(400, f"{path} must not be empty.", "invalidValue")
    mails = _of_type(body, "emails", "work")
    if len(mails) != 1 or str(mails[0].get("value")).casefold() != str(login).casefold():
        raise Refused(400, "userName must equal the work email.", "invalidValue")
    own = held["id"] if held else None
    for one in account.store.resources["Users"].values():
        if one["id"] != own and one["userName"].casefold() == str(login).casefold():
            raise Refused(409, "Email is already in use.", "uniqueness")
    _demand_regions(account, body)
    for phone in body.get("phoneNumbers") or []:
        if member(phone, "type") not in WORDS:
            raise Refused(400, "A phone number is of type work, mobile or other.", "invalidValue")


def _demand_regions(account: Account, body: Json) -> None:
    names = {COUNTRIES[code] for code in WITH_REGION} | set(WITH_REGION)
    for address in _of_type(body, "addresses", "work"):
        if account.switches.region_demanded and address.get("country") in names and not address.get("region"):
            raise Refused(400, "Parameter [extension.contact.businessAddress.state] value is invalid.", "invalidValue")


def _of_type(body: Json, name: str, type: str) -> list[Json]:
    held = body.get(name)
    return [one for one in held if isinstance(one, dict) and one.get("type") == type] if isinstance(held, list) else []


def _without_phones(account: Account, body: Json) -> Json:
    """The user without the numbers that are RingCentral's own."""
    phones = body.get("phoneNumbers")
    if not isinstance(phones, list):
        return body
    mine = [one for one in phones if isinstance(one, dict) and one.get("type") == "mobile"]
    sent_back = [one for one in phones if one not in mine]
    if sent_back and account.switches.server_phones_sent == "refused":
        raise Refused(400, "Parameter [phoneNumbers] value is invalid.", "invalidValue")
    others = [one for one in sent_back if one not in PHONES]
    return {**body, "phoneNumbers": [*mine, *others]}
