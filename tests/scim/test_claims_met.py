"""What a create does about a claim that it meets, by whose it is and how old, with the account there and without."""

from __future__ import annotations

import time
from collections.abc import Callable
from types import SimpleNamespace

import pytest

from scim.identity.claims import Claim
from scim_adapter import Can, NotFound, Unavailable
from tests.backends import AmendingCircle, Shelf, lost
from tests.scim.harness import CORE, Engine

LOGIN = "ada@example.com"
OTHERS = "an-operation"
LATELY, LONG_AGO = 100.0, 700.0
"""Seconds: past a lease, and past the time in which a claim speaks for its name."""


async def met(engine: Engine, payload: str, state: str, age: float) -> None:
    """Somebody else's claim on the login; without a payload that of a rename."""
    await engine.send("GET", "/Users")
    claims = engine.map.claims("User")
    wanted = claims.wanted(engine.map.claim_key("userName", LOGIN), LOGIN, OTHERS, payload, "" if payload else "x")
    claim = await claims.take(wanted)
    assert claim
    if state == "open":
        await claims.leave_open(claim, 0)
    engine.clock.now += age


async def left(engine: Engine) -> list[Claim]:
    return [claim async for claim in engine.map.claims("User").all()]


FOUND: list[tuple[str, str, str, float, int, int]] = [
    ("somebody is making it", "other", "held", 0, 503, 0),
    ("its maker died lately", "other", "held", LATELY, 201, 1),
    ("its maker has given up", "other", "open", 0, 201, 1),
    ("its maker died long ago: it is anybody's", "other", "held", LONG_AGO, 409, 0),
    ("somebody is to be renamed so", "", "held", 0, 409, 0),
    ("somebody was to be renamed so", "", "open", LATELY, 409, 0),
]


@pytest.mark.parametrize(("why", "payload", "state", "age", "status", "writes"), FOUND, ids=[row[0] for row in FOUND])
async def test_beside_an_account(why: str, payload: str, state: str, age: float, status: int, writes: int) -> None:
    engine = Engine()
    engine.shelf.records["k0"] = {"key": "k0", "login": LOGIN, "enabled": True}
    await met(engine, payload, state, age)
    answer = await engine.create(LOGIN)
    assert (answer.status, engine.shelf.writes, len(engine.shelf.records)) == (status, writes, 1), why
    assert ("retry-after" in answer.headers) == (status == 503)
    assert status != 201 or engine.shelf.changes[-1].fresh, "side steps of the create are repeated"


ABSENT: list[tuple[str, str, str, float, bool, str]] = [
    ("somebody is making it", "other", "held", 0, False, "waits"),
    ("its maker has given up, but may have made it", "other", "open", 0, False, "waits"),
    ("its maker has given up, and may be repeated", "other", "open", 0, True, "resumes"),
    ("its maker died lately", "other", "held", LATELY, False, "resumes"),
    ("its maker died long ago", "other", "held", LONG_AGO, False, "begins"),
    ("somebody is to be renamed so", "", "held", 0, False, "waits"),
    ("somebody was to be renamed so", "", "held", LATELY, False, "begins"),
]


@pytest.mark.parametrize(("why", "payload", "state", "age", "repeats", "does"), ABSENT, ids=[row[0] for row in ABSENT])
async def test_without_an_account(why: str, payload: str, state: str, age: float, repeats: bool, does: str) -> None:
    engine = Engine(Shelf(can=Can(filter={"login": frozenset({"eq"})}, offset=True, repeatable_create=repeats)))
    await met(engine, payload, state, age)
    answer = await engine.create(LOGIN)
    assert answer.status == (503 if does == "waits" else 201), why
    assert len(engine.shelf.done) == (does != "waits")
    assert (OTHERS in engine.shelf.done) == (does == "resumes")


async def test_long_ago_it_was_our_own() -> None:
    engine = Engine()
    engine.shelf.after["create"] = lost
    assert (await engine.create(LOGIN)).status == 503
    engine.shelf.after.clear()
    engine.clock.now += LONG_AGO
    assert (await engine.create(LOGIN)).status == 201
    assert len(engine.shelf.records) == 1


def unsent() -> None:
    raise Unavailable("Nobody was there.", unsent=True)


@pytest.mark.parametrize("resumed", [False, True])
async def test_a_create_that_was_never_sent_leaves_the_claim_as_it_was(resumed: bool) -> None:
    engine = Engine()
    if resumed:
        await met(engine, "other", "open", LATELY)
    engine.shelf.before["create"] = unsent
    assert (await engine.create(LOGIN)).status == 503
    assert [claim.op for claim in await left(engine)] == [OTHERS] * resumed, "what others did may still appear"


async def test_who_was_too_slow_to_be_safe_makes_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    engine = Engine()
    monkeypatch.setattr("scim.creating.making.time", SimpleNamespace(monotonic=lambda: time.monotonic() + 50))
    answer = await engine.create(LOGIN)
    assert (answer.status, "too slow" in answer.body["detail"]) == (503, True)
    assert (engine.shelf.records, await left(engine)) == ({}, [])


async def test_the_first_operation_stays_the_accounts_until_it_is_finished() -> None:
    engine = Engine()
    engine.shelf.after["create"] = lost
    await engine.create(LOGIN)
    [first] = await left(engine)
    engine.shelf.after.clear()
    engine.shelf.before["update"] = lost
    assert (await engine.create(LOGIN)).status == 503
    assert [claim.op for claim in await left(engine)] == [first.op]


def gone() -> None:
    raise NotFound("Not shown yet.")


@pytest.mark.parametrize("hook", [gone, lost])
async def test_what_was_made_and_is_not_shown_yet_keeps_its_claim(hook: Callable[[], None]) -> None:
    engine = Engine()
    await met(engine, "", "held", LATELY)
    engine.shelf.before["get"] = hook
    assert (await engine.create(LOGIN)).status == 503
    assert [claim.state for claim in await left(engine)] == ["open"]
    assert engine.shelf.calls["create"] == 1


async def test_an_account_that_vanishes_while_it_is_taken_over_keeps_its_claim() -> None:
    engine = Engine(on_conflict="adopt")
    engine.shelf.records["k0"] = {"key": "k0", "login": LOGIN, "enabled": True}
    engine.shelf.before["update"] = gone
    assert (await engine.create(LOGIN, displayName="Ada")).status == 503
    assert [claim.state for claim in await left(engine)] == ["open"]


async def test_who_is_taken_over_is_enabled_unless_the_client_says_otherwise() -> None:
    engine = Engine(on_conflict="adopt")
    engine.shelf.records["k0"] = {"key": "k0", "login": LOGIN, "enabled": False}
    answer = await engine.send("POST", "/Users", {"schemas": [CORE], "userName": LOGIN})
    assert (answer.status, answer.body["active"]) == (201, True)


async def test_the_same_again_is_a_conflict_when_the_first_was_long_ago() -> None:
    engine = Engine()
    id = (await engine.create(LOGIN)).id
    engine.clock.now += LATELY
    assert (await engine.create(LOGIN)).id == id
    engine.clock.now += LONG_AGO
    assert (await engine.create(LOGIN)).status == 409


async def test_a_group_that_is_taken_over_has_the_members_of_the_request_and_no_others() -> None:
    engine = Engine(groups=AmendingCircle(), on_conflict="adopt")
    ada, bob = (await engine.create(LOGIN)).id, (await engine.create("bob@example.com")).id
    assert (await engine.group("Staff", bob)).status == 201
    answer = await engine.group("Staff", ada)
    assert (answer.status, [one["value"] for one in answer.body["members"]]) == (201, [ada])
    again = await engine.send("GET", f"/Groups/{answer.id}")
    assert [one["value"] for one in again.body["members"]] == [ada]
