"""References by their URL alone (RFC 7643 2.3.7): ours are understood in any form, others lead to nobody."""

from __future__ import annotations

from typing import Any

import pytest

from tests.backends import AmendingCircle, Circle
from tests.scim.harness import ENTERPRISE, Engine

OURS = {
    "as the gateway writes it": "https://gateway.example/acme/scim/v2/Users/{id}",
    "host and path in another case": "HTTPS://Gateway.Example/ACME/scim/v2/users/{id}",
    "behind a proxy that ends TLS": "http://gateway.example/acme/scim/v2/Users/{id}",
    "below the base (7643 2.3.7)": "Users/{id}",
    "beside the resource, as in the RFC's examples": "../Users/{id}",
    "with a slash before it": "/Users/{id}",
    "the path alone": "/acme/scim/v2/Users/{id}",
    "with a slash behind it": "https://gateway.example/acme/scim/v2/Users/{id}/",
}
OTHERS = {
    "another host": "https://elsewhere.example/acme/scim/v2/Users/{id}",
    "another port": "https://gateway.example:8443/acme/scim/v2/Users/{id}",
    "a host that begins like ours": "https://gateway.example.evil/acme/scim/v2/Users/{id}",
    "our host as a user's name": "https://gateway.example@evil.example/acme/scim/v2/Users/{id}",
    "another connection": "https://gateway.example/other/scim/v2/Users/{id}",
    "another connection, the path alone": "/other/scim/v2/Users/{id}",
    "another host without a protocol": "//elsewhere.example/acme/scim/v2/Users/{id}",
    "no protocol of the web": "urn:Users/{id}",
    "no URL at all": "https://[/Users/{id}",
}


def referring(ref: str, form: str, id: str) -> dict[str, Any]:
    """A member by its URL alone."""
    url = ref.format(id=id)
    forms: dict[str, dict[str, Any]] = {
        "bare": {"$ref": url},
        "null": {"value": None, "$ref": url},
        "case": {"$REF": url, "type": "User"},
    }
    return forms[form]


@pytest.fixture(params=[Circle, AmendingCircle])
def engine(request: pytest.FixtureRequest) -> Engine:
    return Engine(groups=request.param())


@pytest.mark.parametrize("form", ["bare", "null", "case"])
@pytest.mark.parametrize("why", OURS)
async def test_a_url_of_ours_is_understood(engine: Engine, why: str, form: str) -> None:
    ada = (await engine.create("ada")).id
    member = referring(OURS[why], form, ada)
    made = await engine.send("POST", "/Groups", {"displayName": "Staff", "members": [member]})
    assert [one["value"] for one in made.body["members"]] == [ada]
    removed = await engine.change(f"/Groups/{made.id}", {"op": "remove", "path": "members", "value": [member]})
    assert removed.status in (200, 204)
    assert "members" not in (await engine.send("GET", f"/Groups/{made.id}")).body
    again = await engine.send("PUT", f"/Groups/{made.id}", {"displayName": "Staff", "members": [member]})
    assert [one["value"] for one in again.body["members"]] == [ada]


@pytest.mark.parametrize("form", ["bare", "null", "case"])
@pytest.mark.parametrize("why", OTHERS)
async def test_a_url_of_somebody_else_leads_to_nobody(engine: Engine, why: str, form: str) -> None:
    ada = (await engine.create("ada")).id
    staff = (await engine.group("Staff", ada)).id
    member = referring(OTHERS[why], form, ada)
    added = {"op": "add", "path": "members", "value": [member]}
    for answer in (
        await engine.send("POST", "/Groups", {"displayName": "Other", "members": [member]}),
        await engine.send("PUT", f"/Groups/{staff}", {"displayName": "Staff", "members": [member]}),
        await engine.change(f"/Groups/{staff}", added),
        await engine.change(f"/Groups/{staff}", {"op": "replace", "value": {"members": [member]}}),
    ):
        assert (answer.status, answer.body["scimType"]) == (400, "invalidValue")
        assert OTHERS[why].format(id=ada)[:30] in answer.body["detail"], "it is named"
    removed = await engine.change(f"/Groups/{staff}", {"op": "remove", "path": "members", "value": [member]})
    assert removed.status in (200, 204), "to remove a stranger is no matter"
    assert [one["value"] for one in (await engine.send("GET", f"/Groups/{staff}")).body["members"]] == [ada]


async def test_who_is_named_by_an_id_too_is_known_by_it(engine: Engine) -> None:
    ada = (await engine.create("ada")).id
    member = {"value": ada, "$ref": "https://elsewhere.example/acme/scim/v2/Users/somebody"}
    made = await engine.send("POST", "/Groups", {"displayName": "Staff", "members": [member]})
    [shown] = made.body["members"]
    assert (shown["value"], shown["$ref"]) == (ada, f"https://gateway.example/acme/scim/v2/Users/{ada}")


@pytest.mark.parametrize("why", OTHERS)
async def test_a_manager_elsewhere_is_nobody(why: str) -> None:
    engine = Engine()
    ada, boss = (await engine.create("ada")).id, (await engine.create("boss")).id
    manager = {"$ref": OTHERS[why].format(id=boss)}
    path = f"{ENTERPRISE}:manager"
    patched = await engine.patch(ada, {"op": "add", "path": path, "value": manager})
    assert (patched.status, patched.body["scimType"]) == (400, "invalidValue")
    put = await engine.send("PUT", f"/Users/{ada}", {"userName": "ada", ENTERPRISE: {"manager": manager}})
    assert (put.status, put.headers["x-scimgate-ignored"]) == (200, f"{path}.value")
    assert ENTERPRISE not in put.body
