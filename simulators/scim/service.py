"""What the server does with a request below `/scim/v2` (RFC 7644 section 3)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any
from urllib.parse import unquote, urlsplit

from simulators import http
from simulators.http import Reply, as_html
from simulators.scim.discovery import discovery
from simulators.scim.filters import member, test
from simulators.scim.patching import patched
from simulators.scim.reply import MESSAGES, Refused, as_json, parsed
from simulators.scim.shaping import guarded, shown, stored
from simulators.scim.store import Json, Store

BASE = "/scim/v2"
SCHEMAS = {
    "Users": "urn:ietf:params:scim:schemas:core:2.0:User",
    "Groups": "urn:ietf:params:scim:schemas:core:2.0:Group",
}
NAMES = {"Users": "userName", "Groups": "displayName"}


@dataclass(frozen=True)
class Call(http.Call):
    """A request to the server that answers under the name `host`."""

    host: str

    @cached_property
    def parts(self) -> list[str]:
        """The path below the service, decoded."""
        return [unquote(one) for one in urlsplit(self.target).path.removeprefix(BASE).split("/") if one]

    @property
    def base(self) -> str:
        """The address of the service."""
        return f"http://{self.host}{BASE}"

    @property
    def operation(self) -> str:
        """Method and address, without ids."""
        named = [*self.parts[:1], *(["{id}"] if len(self.parts) > 1 and self.parts[0] in NAMES else self.parts[1:])]
        return f"{self.method} /{'/'.join(named)}"

    @property
    def names(self) -> tuple[str, ...]:
        """The operation, or its method alone."""
        return self.operation, self.method

    @property
    def writes(self) -> bool:
        """Whether it changes a resource."""
        return super().writes and self.target.startswith(BASE)


def answer(store: Store, call: Call) -> Reply:
    """The reply to a request whose credentials are right."""
    try:
        return _routed(store, call)
    except Refused as refused:
        if refused.status == 404 and store.switches.not_found_body != "scim":
            return _not_found(store.switches.not_found_body)
        return refused.reply(number=store.switches.error_status == "number")


def _not_found(form: str) -> Reply:
    if form == "json":
        return http.as_json({"message": "Not found"}, 404)
    return as_html(404, "Not found") if form == "html" else Reply(404)


def _routed(store: Store, call: Call) -> Reply:
    kind, *rest = call.parts or [""]
    if kind not in NAMES:
        return discovery(store.switches, call.method, call.parts, call.base)
    if kind == "Groups" and not store.switches.groups:
        raise Refused(404, "There are no groups here.")
    if not rest:
        return {"GET": _find, "POST": _create}.get(call.method, _unknown)(store, call, kind)
    if len(rest) > 1 or rest[0] not in store.resources[kind]:
        raise Refused(404, "There is no such resource.")
    verbs = {"GET": _get, "PUT": _put, "PATCH": _patch, "DELETE": _delete}
    return verbs.get(call.method, _unknown)(store, call, kind)


def _unknown(store: Store, call: Call, kind: str) -> Reply:
    raise Refused(405, "This is no method of the address.")


# -- reading ---------------------------------------------------------------------------------------------------------


def _find(store: Store, call: Call, kind: str) -> Reply:
    switches, query = store.switches, call.query
    matches = test(query["filter"], switches) if "filter" in query else None
    found = [one for one in store.resources[kind].values() if matches is None or matches(one)]
    if not found and switches.empty_list == 404:
        raise Refused(404, "Nothing was found.")
    start, count = _number(query, "startIndex", 1), _number(query, "count", switches.page_max)
    page = found[max(0, start - 1) :][: max(0, min(count, switches.page_max))]
    page = found if switches.paging == "ignored" else page
    resources = [_projected(shown(one, kind, call.base, switches, listed=True), query) for one in page]
    total = len(found if switches.totals == "all" else page)
    sizes = {"totalResults": total, "startIndex": start, "itemsPerPage": len(page)}
    return as_json({"schemas": [f"{MESSAGES}:ListResponse"], **sizes, "Resources": resources})


def _number(query: Mapping[str, str], name: str, default: int) -> int:
    text = query.get(name, str(default))
    if not text.lstrip("-").isdecimal():
        raise Refused(400, f"{name} is no number.", "invalidValue")
    return int(text)


def _projected(resource: Json, query: Mapping[str, str]) -> Json:
    left_out = {name.lower() for name in query.get("excludedAttributes", "").split(",")} - {"id", "schemas"}
    asked = {name.lower() for name in query.get("attributes", "").split(",") if name}
    kept = {name: value for name, value in resource.items() if name.lower() not in left_out}
    return {n: v for n, v in kept.items() if n.lower() in asked | {"id", "schemas", "meta"}} if asked else kept


def _get(store: Store, call: Call, kind: str) -> Reply:
    return _one(store, call, kind, store.resources[kind][call.parts[1]])


def _one(store: Store, call: Call, kind: str, resource: Json, status: int = 200) -> Reply:
    document = _projected(shown(resource, kind, call.base, store.switches), call.query)
    reply = as_json(document, status)
    if store.switches.etags:
        reply.headers["etag"] = resource["meta"]["version"]
    if status == 201:
        reply.headers["location"] = document["meta"]["location"]
    return reply


# -- writing ---------------------------------------------------------------------------------------------------------


def _create(store: Store, call: Call, kind: str) -> Reply:
    sent = _sent(store, call, kind)
    for name in (NAMES[kind], *(store.switches.required if kind == "Users" else ())):
        if not sent.get(name):
            raise Refused(400, f"{name} is missing.", "invalidValue")
    if kind == "Users":
        honoured = store.switches.active_on_create == "honoured"
        sent["active"] = sent.get("active", store.switches.active_default) if honoured else True
    _demand(store, kind, sent)
    return _one(store, call, kind, store.add(kind, sent), 201)


def _sent(store: Store, call: Call, kind: str) -> Json:
    body = parsed(call.raw)
    schemas = body.get("schemas")
    if not isinstance(schemas, list) or SCHEMAS[kind] not in schemas:
        raise Refused(400, f"schemas lacks {SCHEMAS[kind]}.", "invalidValue")
    return stored({name: value for name, value in body.items() if name not in ("id", "meta")}, store.switches)


def _demand(store: Store, kind: str, resource: Json, before: Json | None = None) -> None:
    """The rules of the server; `Refused` where one is broken."""
    switches, own = store.switches, before["id"] if before else None
    others = [one for one in store.resources[kind].values() if one["id"] != own]
    if kind == "Groups":
        known = {id for held in store.resources.values() for id in held}
        if not {member(one, "value") for one in resource.get("members", [])} <= known:
            raise Refused(400, "A member is nobody's id.", "invalidValue")
        for one in resource.get("members", []):
            one["type"] = "Group" if one["value"] in store.resources["Groups"] else "User"
        return
    name = str(resource.get("userName") or "")
    same = [one for one in others if _same_login(one["userName"], name, exact=switches.case_sensitive)]
    if same:
        status = switches.conflict_status
        raise Refused(status, "userName: this value already exists.", "uniqueness" if status == 409 else "")
    active = sum(one.get("active") is True for one in others) + (resource.get("active") is True)
    if switches.licences and resource.get("active") and active > switches.licences:
        raise Refused(403, "License limit has been reached.")


def _same_login(one: str, other: str, *, exact: bool) -> bool:
    return one == other if exact else one.casefold() == other.casefold()


def _put(store: Store, call: Call, kind: str) -> Reply:
    if not store.switches.put:
        raise Refused(501, "This server has no PUT.")
    before = _current(store, call, kind)
    return _changed(store, call, kind, {**_sent(store, call, kind), "id": before["id"], "meta": before["meta"]})


def _patch(store: Store, call: Call, kind: str) -> Reply:
    if store.switches.patch == "none":
        raise Refused(501, "This server has no PATCH.")
    before = _current(store, call, kind)
    made = patched(before, parsed(call.raw), store.switches)
    changed = _changed(store, call, kind, {**stored(made, store.switches), "meta": before["meta"]})
    return changed if store.switches.patch_status == 200 else Reply(204)


def _current(store: Store, call: Call, kind: str) -> Json:
    before: Json = store.resources[kind][call.parts[1]]
    expected = call.headers.get("if-match")
    if store.switches.etags and expected not in (None, "*", before["meta"]["version"]):
        raise Refused(412, "The resource has changed.")
    return before


def _changed(store: Store, call: Call, kind: str, resource: Json) -> Reply:
    before: Json = store.resources[kind][call.parts[1]]
    after = guarded(before, resource, store.switches)
    if not after.get(NAMES[kind]):
        raise Refused(400, f"{NAMES[kind]} is missing.", "invalidValue")
    _demand(store, kind, after, before)
    same: Any = {**after, "meta": None} == {**before, "meta": None}
    after = before if same else store.put(kind, after)
    reply = _one(store, call, kind, after)
    if store.switches.on_disable == "deleted" and kind == "Users" and after.get("active") is False:
        store.remove(kind, after["id"])
    return reply


def _delete(store: Store, call: Call, kind: str) -> Reply:
    if not store.switches.delete:
        raise Refused(501, "This server deletes nobody.")
    _current(store, call, kind)
    store.remove(kind, call.parts[1])
    return Reply(204)
