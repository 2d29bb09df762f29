"""Key sets: cached, read again when they roll over, and used while their address does not answer."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from typing import Any

import pytest

from gateway.authentication.answers import CannotTell
from gateway.authentication.clients import Trust
from gateway.authentication.keys import MOST_SECONDS, PAUSE_SECONDS, RENEW_SECONDS, Keys
from gateway.authentication.signed import Disbelieved, SignedTokens
from tests.gateway.issuer import BLANK, CUSTOM_APPS, TENANT, KeySets, key_sets, private, public, signed, timed


class Clock:
    now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture(scope="module")
def server() -> Iterator[KeySets]:
    with key_sets() as sets:
        yield sets


@pytest.fixture
def sets(server: KeySets) -> KeySets:
    server.asked.clear()
    server.sets.clear()
    server.publish("/keys", [public("a")])
    return server


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def keys(sets: KeySets, clock: Clock) -> Keys:
    return Keys(f"{sets.url}/keys", clock)


async def known(keys: Keys, id: str) -> bool:
    return await keys.find(id) is not None


async def test_a_key_is_fetched_once_and_again_after_an_hour(keys: Keys, sets: KeySets, clock: Clock) -> None:
    for _ in range(3):
        found = await keys.find("a")
        assert found and found.public_numbers() == private("a").public_key().public_numbers()
    assert sets.asked["/keys"] == 1
    clock.now += RENEW_SECONDS
    assert await known(keys, "a")
    assert sets.asked["/keys"] == 2


async def test_requests_at_once_ask_once(keys: Keys, sets: KeySets) -> None:
    assert all(await asyncio.gather(*(known(keys, "a") for _ in range(20))))
    assert sets.asked["/keys"] == 1


async def test_a_new_key_is_found_at_once_and_an_old_one_is_no_longer_believed(keys: Keys, sets: KeySets) -> None:
    assert await known(keys, "a")
    sets.publish("/keys", [public("b")])
    assert await known(keys, "b")
    assert not await known(keys, "a")


async def test_a_key_that_was_withdrawn_is_believed_for_an_hour_at_most(
    keys: Keys, sets: KeySets, clock: Clock
) -> None:
    assert await known(keys, "a")
    sets.publish("/keys", [public("b")])
    clock.now += RENEW_SECONDS - 1
    assert await known(keys, "a")
    clock.now += 1
    assert not await known(keys, "a")


async def test_unknown_keys_do_not_make_the_gateway_ask_without_end(keys: Keys, sets: KeySets, clock: Clock) -> None:
    for number in range(20):
        assert not await known(keys, f"unknown {number}")
    assert sets.asked["/keys"] == 1
    clock.now += PAUSE_SECONDS
    assert not await known(keys, "unknown")
    assert sets.asked["/keys"] == 2


async def test_who_has_a_known_key_does_not_wait_for_who_has_an_unknown_one(keys: Keys, server: KeySets) -> None:
    assert await known(keys, "a")
    with server.held:
        slow = asyncio.create_task(known(keys, "unknown"))
        await asyncio.sleep(0.05)
        assert await asyncio.wait_for(known(keys, "a"), 3)
        assert not slow.done()
    assert not await slow


async def test_an_outage_stops_nobody_whose_key_is_known_for_a_day(keys: Keys, sets: KeySets, clock: Clock) -> None:
    assert await known(keys, "a")
    sets.sets["/keys"] = None
    clock.now += MOST_SECONDS - 1
    assert await known(keys, "a")
    with pytest.raises(CannotTell, match="answered 500"):
        await keys.find("b")
    clock.now += PAUSE_SECONDS
    with pytest.raises(CannotTell):
        await keys.find("a")
    sets.publish("/keys", [public("a")])
    clock.now += PAUSE_SECONDS
    assert await known(keys, "a"), "it is there again"


@pytest.mark.parametrize(
    ("why", "content"),
    [
        ("no JSON", b"<html>"),
        ("a list", []),
        ("no keys", {}),
        ("keys that are no list", {"keys": {}}),
        ("no UTF-8", b"\xff\xfe{"),
        ("cut off", json.dumps({"keys": [public("a")]}).encode()[:-5]),
        ("without end", b"[" * 200_000),
        ("too large", b'{"keys": [' + b" " * 1_100_000 + b"]}"),
    ],
)
async def test_an_answer_that_is_no_key_set_is_an_outage(keys: Keys, sets: KeySets, why: str, content: Any) -> None:
    sets.sets["/keys"] = content
    with pytest.raises(CannotTell, match="no usable answer"):
        await keys.find("a")


@pytest.mark.parametrize(
    "member",
    [
        {"kid": "x"},
        {**public("a"), "kid": 5},
        {**public("a"), "kid": ["x"]},
        {**public("a"), "kid": "x", "n": "%%"},
        {**public("a"), "kid": "x", "e": None},
        {**public("a"), "kid": "x", "n": 5},
        public("weak"),
        public("a", kid="x", kty="oct"),
        public("a", kid="x", use="enc"),
        public("a", kid="x", d="AQAB"),
        "x",
        None,
    ],
    ids=str,
)
async def test_a_member_that_is_no_key_for_us_is_left_out(keys: Keys, sets: KeySets, member: Any) -> None:
    sets.publish("/keys", [member, public("b")])
    assert await known(keys, "b")
    assert not await known(keys, "x") and not await known(keys, "weak")


async def test_nothing_is_fetched_from_where_a_redirect_leads(sets: KeySets) -> None:
    sets.publish("/moved", [public("a")])
    sets.publish("/elsewhere", [public("a")])
    with pytest.raises(CannotTell, match="answered 302"):
        await Keys(f"{sets.url}/moved").find("a")
    assert sets.asked["/elsewhere"] == 0


async def test_an_address_where_nobody_is_is_an_outage() -> None:
    with pytest.raises(CannotTell):
        await Keys("http://127.0.0.1:9/keys").find("a")


@pytest.mark.parametrize(("subjects", "believed"), [((), True), (("anybody",), True), (("somebody",), False)])
async def test_without_subjects_every_application_of_the_tenant_is_believed(
    keys: Keys, subjects: tuple[str, ...], believed: bool
) -> None:
    trust = Trust(TENANT, BLANK["iss"], "", frozenset({CUSTOM_APPS}), frozenset(subjects))
    token = signed(timed(BLANK, sub="anybody", oid=None))
    if believed:
        await SignedTokens(trust, keys).check(token)
    else:
        with pytest.raises(Disbelieved, match="none of subjects: sub 'anybody', oid None"):
            await SignedTokens(trust, keys).check(token)
