"""A rename that fails: its name is free at once for whoever comes next, its own repeat first of all."""

from __future__ import annotations

import pytest

from scim_adapter import AdapterError, Denied, Field, Invalid, NotFound, OutOfQuota, Stale, Unavailable
from tests.backends import FIELDS, Shelf
from tests.scim.harness import Engine, replace_


@pytest.mark.parametrize(
    ("why", "error", "status"),
    [
        ("the backend does not take the name", Invalid("no", field="login"), 400),
        ("no licence is left", OutOfQuota("none left"), 400),
        ("the record changed meanwhile: it is read again", Stale(), 200),
        ("the record was not there for a moment: it is read again", NotFound(), 200),
        ("whether it was renamed is not known", Unavailable("It is down."), 503),
        ("our credentials are refused", Denied("Wrong password."), 502),
    ],
)
async def test_a_rename_that_fails_once_leaves_nobody_waiting(why: str, error: AdapterError, status: int) -> None:
    engine = Engine()
    id = (await engine.create("ada@x")).id
    errors: list[AdapterError] = [error]

    def fail() -> None:
        if errors:
            raise errors.pop()

    engine.shelf.before["update"] = fail
    rename = replace_("userName", "eve@x")
    assert (await engine.patch(id, rename)).status == status, why
    left = [claim.state async for claim in engine.map.claims("User").all() if claim.state != "done"]
    assert left == (["open"] if status > 500 else []), why
    assert (await engine.patch(id, rename)).status == 200
    assert (await engine.create("ada@x")).status == 201


async def test_a_name_that_is_taken_is_free_for_a_rename_when_its_holder_is_gone() -> None:
    login = Field("login", required=True, unique="gateway")
    engine = Engine(Shelf(fields={**FIELDS, "userName": login}), on_delete="delete")
    ada, eve = [(await engine.create(name)).id for name in ("ada@x", "eve@x")]
    rename = replace_("userName", "eve@x")
    assert (await engine.patch(ada, rename)).status == 409
    assert [claim.state async for claim in engine.map.claims("User").all() if claim.state != "done"] == []
    assert (await engine.send("DELETE", f"/Users/{eve}")).status == 204
    assert (await engine.patch(ada, rename)).status == 200
