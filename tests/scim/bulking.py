"""What the tests of Bulk share: operations in few words, and a request with them."""

from __future__ import annotations

from typing import Any

from tests.scim.harness import CORE, ENTERPRISE, GROUP, PATCH_OP, Answer, Engine

REQUEST = "urn:ietf:params:scim:api:messages:2.0:BulkRequest"
RESPONSE = "urn:ietf:params:scim:api:messages:2.0:BulkResponse"
MANAGER = f"{ENTERPRISE}:manager"


def operation(method: str, path: str, data: Any = None, **more: Any) -> dict[str, Any]:
    """One operation as a client sends it."""
    return {"method": method, "path": path, **({} if data is None else {"data": data}), **more}


def user(name: str, manager: Any = None, **more: Any) -> dict[str, Any]:
    """A POST of a user whose bulkId is the name."""
    data = {"schemas": [CORE], "userName": name, **more}
    if manager is not None:
        data[ENTERPRISE] = {"manager": manager}
    return operation("POST", "/Users", data, bulkId=name)


def group(name: str, *members: Any, **more: Any) -> dict[str, Any]:
    """A POST of a group whose bulkId is the name."""
    values = [{"value": one} if isinstance(one, str) else one for one in members]
    data = {"schemas": [GROUP], "displayName": name, "members": values, **more}
    return operation("POST", "/Groups", data, bulkId=name)


def patch(path: str, op: str, target: str | None, value: Any = None, **more: Any) -> dict[str, Any]:
    """A PATCH with one change."""
    change = {"op": op, **({"path": target} if target else {}), **({} if value is None else {"value": value})}
    return operation("PATCH", path, {"schemas": [PATCH_OP], "Operations": [change]}, **more)


async def bulk(engine: Engine, *operations: Any, **more: Any) -> Answer:
    """The answer to a Bulk; its shape holds for all of them."""
    answer = await engine.send("POST", "/Bulk", {"schemas": [REQUEST], "Operations": list(operations), **more})
    if answer.status == 200:
        assert answer.body["schemas"] == [RESPONSE]
        for one in answer.body["Operations"]:
            failed = int(one["status"]) >= 400
            assert ("response" in one) == failed, "a body only where something went wrong"
            assert not failed or one["response"]["status"] == one["status"]
    return answer


async def outcomes(engine: Engine, *operations: Any, **more: Any) -> list[dict[str, Any]]:
    """What became of the operations."""
    answer = await bulk(engine, *operations, **more)
    assert answer.status == 200, answer.body
    told: list[dict[str, Any]] = answer.body["Operations"]
    return told


def statuses(told: list[dict[str, Any]]) -> list[str]:
    """Their statuses, each with its scimType."""
    return [f"{one['status']} {one.get('response', {}).get('scimType', '')}".strip() for one in told]
