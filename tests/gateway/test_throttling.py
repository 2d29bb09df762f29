"""Clients that go on with wrong tokens: over HTTP in both shapes, and with a clock of the test's own."""

from __future__ import annotations

import pytest

from gateway.authentication import throttle
from gateway.authentication.throttle import BURST, MOST, Throttle, address_of
from tests.gateway.doors import SECRETS, STATIC, Gateway


@pytest.mark.parametrize("connection", ["acme", "unknown"])
def test_who_goes_on_with_a_wrong_token_is_told_to_wait_and_a_right_one_always_opens(
    gateway: Gateway, connection: str
) -> None:
    gateway.client.headers["x-forwarded-for"] = "198.51.100.7:443"
    answers = [gateway.users("Bearer wrong", connection) for _ in range(BURST + 20)]
    assert [one.status_code for one in answers[:BURST]] == [401] * BURST
    slowed = answers[-1]
    assert (slowed.status_code, slowed.json()["status"]) == (429, "429")
    assert 1 <= int(slowed.headers["retry-after"]) <= 60
    assert gateway.opens(STATIC), "whoever is right is let in"
    gateway.client.headers["x-forwarded-for"] = "198.51.100.7, 198.51.100.8"
    assert gateway.users("Bearer wrong", connection).status_code == 401, "another address"


@pytest.mark.parametrize("connection", ["acme", "unknown"])
def test_a_token_endpoint_is_no_place_to_guess_secrets(gateway: Gateway, connection: str) -> None:
    gateway.client.headers["x-forwarded-for"] = "198.51.100.20"
    form = {"grant_type": "client_credentials", "client_id": "entra-acme", "client_secret": "wrong"}
    url = f"{gateway.process.url}/oauth/{connection}/token"
    answers = [gateway.client.post(url, data=form) for _ in range(BURST + 20)]
    assert {one.status_code for one in answers[:BURST]} == {401}
    assert (answers[-1].status_code, answers[-1].json()["error"]) == (429, "invalid_client")
    assert int(answers[-1].headers["retry-after"]) >= 1
    right = f"{gateway.process.url}/oauth/acme/token"
    assert gateway.client.post(right, data={**form, "client_secret": SECRETS[0]}).status_code == 200


def test_wrong_subject_tokens_are_counted_too(gateway: Gateway) -> None:
    gateway.client.headers["x-forwarded-for"] = "198.51.100.30"
    form = {"grant_type": "urn:ietf:params:oauth:grant-type:token-exchange", "subject_token": "x"}
    url = f"{gateway.process.url}/oauth/acme/token"
    answers = [gateway.client.post(url, data=form).status_code for _ in range(BURST + 20)]
    assert set(answers[:BURST]) == {400} and answers[-1] == 429


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def test_patience_comes_back_with_time() -> None:
    clock = Clock()
    counted = Throttle(clock)
    assert [counted.failed("acme", "a") for _ in range(BURST)] == [0.0] * BURST
    assert counted.failed("acme", "a") > 0
    clock.now += 2 / throttle.PER_SECOND
    assert counted.failed("acme", "a") == 0.0
    assert counted.failed("acme", "a") > 0
    clock.now += 10_000
    assert [counted.failed("acme", "a") for _ in range(BURST)] == [0.0] * BURST
    assert counted.failed("acme", "a") > 0, "patience does not grow beyond its beginning"


@pytest.mark.parametrize(
    ("why", "passed", "waits"),
    [
        ("at once: an attempt is worth two seconds, and the one that was refused too", 0, 4),
        ("who waits for one attempt has not made good the other", 2, 4),
        ("who waits longer has made good a part of it", 3, 3),
        ("who waits as told is heard", 4, 0),
    ],
)
def test_who_is_refused_is_told_when_the_next_attempt_is_heard(why: str, passed: float, waits: float) -> None:
    clock = Clock()
    counted = Throttle(clock)
    told = [counted.failed("acme", "a") for _ in range(BURST + 20)][-1]
    assert told == 2 / throttle.PER_SECOND, "however often it was refused"
    clock.now += passed
    assert counted.failed("acme", "a") == pytest.approx(waits), why


def test_clients_are_counted_apart_and_not_without_end() -> None:
    counted = Throttle(Clock())
    for _ in range(BURST + 1):
        counted.failed("acme", "a")
    assert counted.failed("acme", "a") > 0
    assert counted.failed("acme", "b") == counted.failed("other", "a") == 0
    for number in range(MOST + 100):
        counted.failed("acme", f"address {number}")
    assert len(counted._buckets) == MOST
    assert counted.failed("acme", "a") == 0, "who was wrong longest ago is forgotten"


@pytest.mark.parametrize(
    ("forwarded", "address"),
    [
        ("", ""),
        ("192.0.2.1", "192.0.2.1"),
        ("192.0.2.1:5678", "192.0.2.1"),
        ("192.0.2.1, 192.0.2.2:80", "192.0.2.2"),
        ("2001:db8::1", "2001:db8::1"),
        ("[2001:db8::1]:443", "2001:db8::1"),
        ("192.0.2.1,", ""),
        (" , unknown ", "unknown"),
    ],
)
def test_the_address_is_the_one_that_our_own_front_end_saw(forwarded: str, address: str) -> None:
    assert address_of(forwarded) == address
