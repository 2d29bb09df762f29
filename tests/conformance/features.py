"""The features of SCIM 2.0 one by one: what the page says of each, and a question that shows it."""

# ruff: noqa: E501 - a row is a line or two

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import httpx

from tests.corpus.row import CORE, ENT

USER = {
    "schemas": [CORE, ENT],
    "userName": "ada",
    "externalId": "E1",
    "active": True,
    "emails": [{"type": "work", "value": "a@x"}],
}
GROUPS = "urn:ietf:params:scim:schemas:core:2.0:Group"
CORPUS, FILTERS, PATCHES = "tests/corpus/test_reads.py", "tests/corpus/test_filters.py", "tests/corpus/test_patches.py"
REQUESTS, STATE, LIFE = (
    "tests/scim/test_requests.py",
    "tests/conformance/test_stateful.py",
    "tests/scim/test_life_cycle.py",
)
SUPPORT, HOSTS = "tests/conformance/test_support.py", "tests/hosts/test_hosts.py"
CURSORS = "tests/scim/test_cursor_requests.py"


class Feature(NamedTuple):
    """`shown` is true of the answer to the question exactly when the feature is as `state` says.

    In a path `{id}` is the person of each test and `{group}` the group.
    """

    section: str
    name: str
    state: str
    tests: str
    question: tuple[str, str, Any]
    shown: Callable[[httpx.Response], bool]
    headers: dict[str, str] = {}  # noqa: RUF012 - nobody changes it


def ok(answer: httpx.Response) -> bool:
    return answer.status_code == 200


def one(answer: httpx.Response) -> bool:
    return ok(answer) and answer.json()["totalResults"] == 1


def status(code: int, scim_type: str | None = None) -> Callable[[httpx.Response], bool]:
    return lambda answer: answer.status_code == code and (scim_type is None or answer.json()["scimType"] == scim_type)


def operations(*steps: Any) -> dict[str, Any]:
    return {"schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"], "Operations": list(steps)}


SEARCH = {"schemas": ["urn:ietf:params:scim:api:messages:2.0:SearchRequest"], "filter": 'userName eq "ada"'}
BULK = "urn:ietf:params:scim:api:messages:2.0:BulkRequest"
STALE = {"if-match": 'W/"0000000000000000"'}

FEATURES = [
    Feature("7644 2", "bearer tokens", "yes", HOSTS, ("GET", "/Users", None), status(401), {"authorization": "Bearer wrong"}),
    Feature("7644 3.1", "`application/scim+json` in every answer, `application/json` too in requests", "yes", REQUESTS, ("POST", "/Users", {"userName": "bob"}),
            lambda a: a.status_code == 201 and a.headers["content-type"] == "application/scim+json", {"content-type": "application/json"}),
    Feature("7644 3.2", "HEAD and OPTIONS", "yes", REQUESTS, ("OPTIONS", "/Users", None), lambda a: "POST" in a.headers["allow"]),
    Feature("7644 3.3", "create, with `Location`", "yes", STATE, ("POST", "/Users", {"userName": "bob"}), lambda a: a.status_code == 201 and a.headers["location"] == a.json()["meta"]["location"]),
    Feature("7644 3.3", "a second `userName` is 409 uniqueness", "yes", STATE, ("POST", "/Users", {"userName": "ADA"}), status(409, "uniqueness")),
    Feature("7644 3.3", "read-only attributes in a body are ignored", "yes", REQUESTS, ("POST", "/Users", {"userName": "bob", "id": "x", "groups": []}), lambda a: a.status_code == 201 and a.json()["id"] != "x"),
    Feature("7644 3.4.1", "read by id", "yes", STATE, ("GET", "/Users/{id}", None), ok),
    Feature("7644 3.4.2", "lists; no match is an empty list", "yes", STATE, ("GET", "/Users?filter=userName+eq+%22nobody%22", None), lambda a: ok(a) and a.json()["Resources"] == []),
    Feature("7644 3.4.2.1", "lists of all types at the root", "yes", SUPPORT, ("GET", "/?count=10", None), lambda a: {one["meta"]["resourceType"] for one in a.json()["Resources"]} == {"User", "Group"}),
    Feature("7644 3.4.2.2", "filters: all operators, `and`, `or`, `not`, groups, value paths", "yes", FILTERS, ("GET", "/Users?filter=not+(userName+ne+%22ADA%22)+and+emails%5Btype+eq+%22work%22+and+value+co+%22@%22%5D", None), one),
    Feature("7644 3.4.2.2", "a filter that cannot be read is 400 invalidFilter with its place", "yes", FILTERS, ("GET", "/Users?filter=userName+like+%22x%22", None), lambda a: status(400, "invalidFilter")(a) and "character 10" in a.json()["detail"]),
    Feature("7644 3.4.2.3", "`sortBy` and `sortOrder`", "yes", CORPUS, ("GET", "/Users?sortBy=userName&sortOrder=descending", None), ok),
    Feature("7644 3.4.2.4", "`startIndex` and `count`", "yes", CORPUS, ("GET", "/Users?startIndex=2&count=5", None), lambda a: ok(a) and a.json()["startIndex"] == 2),
    Feature("7644 3.4.2.5", "`attributes` and `excludedAttributes`, with parts and URNs, in every answer", "yes", CORPUS, ("GET", "/Users/{id}?attributes=emails.value", None), lambda a: a.json()["emails"] == [{"value": "a@x"}]),
    Feature("7644 3.4.3", "`.search` of one type", "yes", CORPUS, ("POST", "/Users/.search", SEARCH), one),
    Feature("7644 3.4.3", "`.search` of all types", "yes", SUPPORT, ("POST", "/.search", SEARCH), one),
    Feature("7644 3.5.1", "PUT replaces; what is absent is cleared", "yes", "tests/scim/test_put.py", ("PUT", "/Users/{id}", {"userName": "ada"}), lambda a: ok(a) and "emails" not in a.json()),
    Feature("7644 3.5.2.1", "PATCH add", "yes", PATCHES, ("PATCH", "/Users/{id}", operations({"op": "add", "value": {"nickname": "A"}})), lambda a: a.json()["nickName"] == "A"),
    Feature("7644 3.5.2.2", "PATCH remove", "yes", PATCHES, ("PATCH", "/Users/{id}", operations({"op": "remove", "path": 'emails[type eq "work"]'})), lambda a: ok(a) and "emails" not in a.json()),
    Feature("7644 3.5.2.2", "a required attribute is not removed: 400 mutability", "yes", PATCHES, ("PATCH", "/Users/{id}", operations({"op": "remove", "path": "userName"})), status(400, "mutability")),
    Feature("7644 3.5.2.3", "PATCH replace", "yes", PATCHES, ("PATCH", "/Users/{id}", operations({"op": "replace", "path": 'emails[type eq "work"].value', "value": "b@x"})), lambda a: a.json()["emails"][0]["value"] == "b@x"),
    Feature("7644 3.5.2.3", "`replace` with a value path that matches nothing is 400 noTarget", "differs", PATCHES, ("PATCH", "/Users/{id}", operations({"op": "replace", "path": 'emails[type eq "home"].value', "value": "h@x"})), lambda a: len(a.json()["emails"]) == 2),
    Feature("7644 3.5.2", "all operations or none", "yes", PATCHES, ("PATCH", "/Users/{id}", operations({"op": "add", "path": "title", "value": "x"}, {"op": "add", "path": "hat", "value": "x"})), status(400, "invalidPath")),
    Feature("7644 3.6", "DELETE; the id is 404 from then on", "yes", STATE, ("DELETE", "/Users/{id}", None), status(204)),
    Feature("7644 3.7", "[Bulk](bulk.md), with `bulkId` forward, backward and in circles", "yes", "tests/scim/test_bulk.py", ("POST", "/Bulk", {"schemas": [BULK], "Operations": [{"method": "POST", "path": "/Users", "bulkId": "b", "data": {"userName": "bob"}}]}),
            lambda a: ok(a) and [one["status"] for one in a.json()["Operations"]] == ["201"]),
    Feature("7644 3.10", "attributes by their URN", "yes", FILTERS, ("GET", f"/Users?filter={CORE}:userName+eq+%22ada%22", None), one),
    Feature("7644 3.11", "`/Me`", "no", SUPPORT, ("GET", "/Me", None), status(501)),
    Feature("7644 3.12", "errors with `scimType`, `detail` and a `status` that is text", "yes", REQUESTS, ("GET", "/Users/nobody", None), lambda a: a.json()["status"] == "404"),
    Feature("7644 3.14", "`If-Match`: a change of what has changed is 412", "yes", STATE, ("PUT", "/Users/{id}", {"userName": "ada"}), status(412), STALE),
    Feature("7644 3.14", "`If-None-Match`: 304 for who has it", "yes", STATE, ("GET", "/Users/{id}", None), status(304), {"if-none-match": "{etag}"}),
    Feature("7644 4", "`/ServiceProviderConfig`, `/ResourceTypes` and `/Schemas`, each by its id too", "yes", SUPPORT, ("GET", f"/Schemas/{ENT}", None), lambda a: a.json()["id"] == ENT),
    Feature("7644 4", "a filter on these is 403, a write 405", "yes", REQUESTS, ("GET", "/Schemas?filter=x", None), status(403)),
    Feature("7644 6", "several tenants: each connection has its own URL, token and ids", "yes", HOSTS, ("GET", "https://g.example/other/scim/v2/Users", None), status(401)),
    Feature("7643 2.4", "one primary value, one of each type and value", "yes", PATCHES, ("PATCH", "/Users/{id}", operations({"op": "add", "path": "emails", "value": [{"type": "work", "value": "a@x", "primary": True}]})), lambda a: len(a.json()["emails"]) == 1),
    Feature("7643 2.5", "null, `[]` and an empty text are unassigned", "yes", PATCHES, ("PATCH", "/Users/{id}", operations({"op": "replace", "path": "emails", "value": []})), lambda a: "emails" not in a.json()),
    Feature("7643 3.1", "`id`, `externalId`, `meta`", "yes", LIFE, ("GET", "/Users/{id}", None), lambda a: {"id", "externalId", "meta"} <= a.json().keys()),
    Feature("7643 4.1", "all attributes of a User", "yes", PATCHES, ("GET", f"/Schemas/{CORE}", None), lambda a: len(a.json()["attributes"]) >= 21),
    Feature("7643 4.1.1", "a required value has more than white space: 400 invalidValue", "yes", "tests/scim/test_blank.py", ("POST", "/Users", {**USER, "userName": " "}), lambda a: a.status_code == 400 and a.json()["scimType"] == "invalidValue"),
    Feature("7643 4.1.1", "passwords are taken and never shown", "yes", PATCHES, ("PATCH", "/Users/{id}", operations({"op": "add", "path": "password", "value": "s3cret-of-mine"})), lambda a: ok(a) and "password" not in a.json()),
    Feature("7643 4.2", "groups of people and groups", "yes", "tests/corpus/patches_groups.py", ("PATCH", "/Groups/{group}?attributes=members", operations({"op": "add", "path": "members", "value": [{"value": "{id}"}]})), lambda a: len(a.json()["members"]) == 1),
    Feature("7643 4.3", "the enterprise extension, `manager` too", "yes", PATCHES, ("PATCH", "/Users/{id}", operations({"op": "add", "path": f"{ENT}:manager", "value": "{id}"})), lambda a: "value" in a.json()[ENT]["manager"]),
    Feature("9865 2", "cursors", "yes", CURSORS, ("GET", "/Users?cursor&count=1", None), lambda a: one(a) and "startIndex" not in a.json()),
    Feature("9865 2", "`previousCursor` (optional)", "no", CURSORS, ("GET", "/Users?cursor=&count=1", None), lambda a: "previousCursor" not in a.json()),
    Feature("9865 2.1", "400 invalidCursor, expiredCursor and invalidCount", "yes", CURSORS, ("GET", "/Users?cursor=&count=0", None), status(400, "invalidCount")),
    Feature("9865 3", "cursors in `.search`", "yes", CURSORS, ("POST", "/Users/.search", {"cursor": ""}), one),
    Feature("9865 4", "`pagination` in `/ServiceProviderConfig`", "yes", CURSORS, ("GET", "/ServiceProviderConfig", None), lambda a: a.json()["pagination"]["cursor"]),
]  # fmt: skip
