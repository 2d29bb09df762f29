"""Tokens that Entra signs, over HTTP in both shapes: as an assertion, in an exchange, and as they are."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import httpx
import pytest

from tests.gateway.doors import SHAPES, Gateway, configured, running
from tests.gateway.issuer import (
    AUDIENCE,
    BLANK,
    FEDERATED,
    SUBJECT,
    TENANT,
    KeySets,
    by_hand,
    key_sets,
    pem,
    public,
    signed,
    timed,
)

URN = "urn:ietf:params:oauth:"
ASSERTION = {"grant_type": "client_credentials", "client_assertion_type": URN + "client-assertion-type:jwt-bearer"}
EXCHANGE = {"grant_type": URN + "grant-type:token-exchange", "subject_token_type": URN + "token-type:jwt"}
ELSEWHERE = "99999999-5d4e-4f60-8a71-b2c3d4e5f607"
OTHER_SUBJECT = "e0000000-0000-4000-8000-000000000000"
ACME = """
[connections.acme.federation]
tenant = "{tenant}"
audiences = ["{audience}", "b5ba7a93-0000-4000-8000-a2b5da870c16", "{audience}/scim.example.com"]
subjects = ["{subject}", "{other}"]
client_id = "entra"
keys = "{keys}"
lifetime = 7200
[connections.acme.entra]
tenant = "{tenant}"
subjects = ["{subject}"]
keys = "{keys}"
"""
ROLLING = """
[connections.other.federation]
tenant = "{tenant}"
audiences = ["{audience}"]
subjects = ["{subject}"]
keys = "{keys}"
[connections.other.entra]
tenant = "{elsewhere}"
keys = "{silent}"
"""
STRANGE: list[Any] = [
    {"kid": "odd"},
    {"kty": "EC", "kid": "elliptic"},
    public("weak"),
    public("encrypting", use="enc"),
    5,
]
"""Members of a key set that are no keys for us."""
Make = Callable[[Mapping[str, Any]], str]


@pytest.fixture(scope="module")
def entra() -> Iterator[KeySets]:
    with key_sets() as sets:
        yield sets


@pytest.fixture(scope="module", params=[pytest.param(SHAPES[0], marks=pytest.mark.slow), SHAPES[1]])
def gateway(
    request: pytest.FixtureRequest, entra: KeySets, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Gateway]:
    shape = request.param[:4]
    values = {"tenant": TENANT.upper(), "audience": AUDIENCE, "subject": SUBJECT, "other": OTHER_SUBJECT}
    keys = entra.publish(f"/{shape}/keys", [public("a"), *STRANGE])
    rolling = entra.publish(f"/{shape}/rolling", [public("a")])
    values |= {"elsewhere": ELSEWHERE, "silent": f"{entra.url}/{shape}/silent"}
    acme, other = ACME.format(**values, keys=keys), ROLLING.format(**values, keys=rolling)
    with running(request.param, configured(tmp_path_factory.mktemp("entra"), acme, other)) as made:
        yield made


ADDRESSES = itertools.count(1)


@pytest.fixture(autouse=True)
def an_address_of_its_own(gateway: Gateway) -> None:
    """So that no test is slowed down by what others got wrong."""
    gateway.client.headers["x-forwarded-for"] = f"203.0.113.{next(ADDRESSES) % 250}"


def token(gateway: Gateway, form: Mapping[str, str], connection: str = "acme") -> httpx.Response:
    return gateway.client.post(f"{gateway.process.url}/oauth/{connection}/token", data=form)


def asserted(gateway: Gateway, shown: str, connection: str = "acme", **more: str) -> httpx.Response:
    return token(gateway, {**ASSERTION, "client_assertion": shown, **more}, connection)


def exchanged(gateway: Gateway, shown: str, connection: str = "acme", **more: str) -> httpx.Response:
    return token(gateway, {**EXCHANGE, "subject_token": shown, **more}, connection)


def test_what_is_not_the_tenants_costs_no_look_at_its_keys(gateway: Gateway, entra: KeySets) -> None:
    """The first test: nobody has asked for keys yet."""
    path = "/work/keys" if "/work.log" in str(gateway.process.log) else "/asgi/keys"
    for made in (signed(timed(FEDERATED, tid="another")), "a.b.c", signed(timed(FEDERATED, iss="https://x"))):
        assert asserted(gateway, made).status_code == 401
    assert entra.asked[path] == 0
    for _ in range(3):
        assert asserted(gateway, signed(timed(FEDERATED))).status_code == 200
        assert gateway.opens(signed(timed(BLANK)))
    assert entra.asked[path] == 1, "keys are kept"


def simple(key: str = "a", algorithm: str = "RS256", **changes: Any) -> Make:
    return lambda claims: signed(timed(claims, **changes), key, algorithm)


GOOD: list[tuple[str, Make]] = [
    ("as Entra makes it", simple()),
    ("expired within the clocks' difference", simple(exp=-30)),
    ("not yet valid within the clocks' difference", simple(nbf=30, iat=30)),
    ("without a time from when on", simple(nbf=None)),
    ("with a name of its own", simple(jti="one")),
    ("without an object id", simple(oid=None)),
]


@pytest.mark.parametrize(("why", "make"), GOOD, ids=[why for why, _ in GOOD])
def test_a_token_of_the_tenant_lets_in(gateway: Gateway, why: str, make: Make) -> None:
    made = make(FEDERATED)
    for answer in (asserted(gateway, made, client_id="entra", scope="scim"), asserted(gateway, made)):
        told = answer.json()
        assert (answer.status_code, told["token_type"], told["expires_in"]) == (200, "Bearer", 7200), told
        assert answer.headers["cache-control"] == "no-store"
        assert gateway.opens(told["access_token"]) and not gateway.opens(told["access_token"], "other")
    told = exchanged(gateway, made, audience="//iam.example.com/x", scope="scim").json()
    assert told["issued_token_type"] == URN + "token-type:access_token"
    assert gateway.opens(told["access_token"])
    assert gateway.opens(make(BLANK)), "as it is"
    assert not gateway.opens(make(BLANK), "other")
    assert not gateway.opens(made), "an assertion is no access token"


@pytest.mark.parametrize("audience", [AUDIENCE.removeprefix("api://"), f"{AUDIENCE}/scim.example.com", [AUDIENCE, "x"]])
def test_several_audiences_are_taken_to_the_letter(gateway: Gateway, audience: Any) -> None:
    assert asserted(gateway, signed(timed(FEDERATED, aud=audience))).status_code == 200


def test_a_subject_and_an_object_id_that_differ_must_both_be_known(gateway: Gateway) -> None:
    assert asserted(gateway, signed(timed(FEDERATED, sub=OTHER_SUBJECT))).status_code == 200
    for changes in ({"sub": "x"}, {"oid": "x"}):
        assert asserted(gateway, signed(timed(FEDERATED, **changes))).status_code == 401


def tampered(claims: Mapping[str, Any]) -> str:
    head, _, signature = signed(timed(claims)).split(".")
    return ".".join((head, signed(timed(claims, exp=9999)).split(".")[1], signature))


BAD: list[tuple[str, Make]] = [
    ("expired", simple(exp=-120)),
    ("not yet valid", simple(nbf=120)),
    ("made in the future", simple(iat=120)),
    ("without an end", simple(exp=None)),
    ("an end that is no number", simple(exp="tomorrow")),
    ("another issuer", simple(iss=f"https://login.example.com/{TENANT}/v2.0")),
    ("the issuer of another tenant", simple(iss="https://sts.windows.net/00000000-0000-0000-0000-000000000000/")),
    ("without an issuer", simple(iss=None)),
    ("another audience", simple(aud="api://somebody-else")),
    ("an audience that begins like ours", simple(aud=f"{AUDIENCE}/evil")),
    ("an audience in other case", simple(aud=AUDIENCE.upper())),
    ("without an audience", simple(aud=None)),
    ("another tenant", simple(tid="00000000-0000-0000-0000-000000000000")),
    ("without a tenant", simple(tid=None)),
    ("another subject", simple(sub="x", oid="x")),
    ("another object id", simple(oid="x")),
    ("an object id that is a list", simple(oid=["x"])),
    ("without a subject", simple(sub=None)),
    ("a subject that is a list", simple(sub=[SUBJECT])),
    ("another algorithm of the same key", simple(algorithm="RS512")),
    ("another padding of the same key", simple(algorithm="PS256")),
    ("HMAC with the public key as secret", lambda claims: by_hand(timed(claims), "HS256", pem("a"))),
    ("HMAC called RS256", lambda claims: by_hand(timed(claims), "RS256", pem("a"))),
    ("no algorithm", lambda claims: by_hand(timed(claims), "none")),
    ("no algorithm and something for a signature", lambda claims: by_hand(timed(claims), "none", b"x")),
    ("no signature", lambda claims: by_hand(timed(claims), "RS256") + "AA"),
    ("a key that the issuer does not have", simple("unknown")),
    ("a key under the name of another", lambda claims: signed(timed(claims), "unknown", kid="a")),
    ("a key without a name", lambda claims: signed(timed(claims), kid=None)),
    ("a key of another kind", lambda claims: signed(timed(claims), kid="elliptic")),
    ("a key that is not for signatures", simple("encrypting")),
    ("a key that it brings itself", lambda claims: signed(timed(claims), "unknown", jwk=public("unknown"))),
    ("an extension that must be understood", lambda claims: signed(timed(claims), crit=["x"], x=1)),
    ("changed after it was signed", tampered),
    ("cut off", lambda claims: signed(timed(claims))[:-20]),
    ("a fourth part", lambda claims: signed(timed(claims)) + ".x"),
    ("too long", lambda claims: signed(timed(claims, filler="x" * 20_000))),
    ("nested without end", lambda claims: by_hand({"iss": None}, "RS256", b"x").replace(".", ".W" + "1tb" * 3000, 1)),
    ("no token", lambda claims: "none"),
]  # fmt: skip


@pytest.mark.parametrize(("why", "make"), BAD, ids=[why for why, _ in BAD])
def test_a_token_that_is_wrong_in_one_thing_lets_nobody_in(gateway: Gateway, why: str, make: Make) -> None:
    told = [(asserted, 401, "invalid_client"), (exchanged, 400, "invalid_request")]
    for ask, status, error in told:
        answers = [ask(gateway, make(FEDERATED), name) for name in ("acme", "unknown")]
        assert [(one.status_code, one.json()["error"]) for one in answers] == [(status, error)] * 2
        assert answers[0].content == answers[1].content
    if why != "too long":  # no server takes such a header
        assert not gateway.opens(make(BLANK))
    assert why == "no token" or make(FEDERATED).split(".")[1] not in gateway.log()


REQUESTS: list[tuple[str, dict[str, str], int, str]] = [
    ("another client", {**ASSERTION, "client_id": "acme"}, 401, "invalid_client"),
    ("another kind of assertion", {**ASSERTION, "client_assertion_type": "saml"}, 400, "invalid_request"),
    ("no kind of assertion", {"grant_type": "client_credentials"}, 400, "invalid_request"),
    ("a secret too", {**ASSERTION, "client_secret": "x"}, 400, "invalid_request"),
    ("another kind of subject", {**EXCHANGE, "subject_token_type": URN + "token-type:saml2"}, 400, "invalid_request"),
    ("nothing to exchange", {**EXCHANGE, "subject_token": ""}, 400, "invalid_request"),
    ("an actor", {**EXCHANGE, "actor_token": "x"}, 400, "invalid_request"),
    ("another kind of token", {**EXCHANGE, "requested_token_type": URN + "token-type:jwt"}, 400, "invalid_request"),
    ("a grant by the assertion", {"grant_type": URN + "grant-type:jwt-bearer"}, 400, "unsupported_grant_type"),
]


@pytest.mark.parametrize(("why", "form", "status", "error"), REQUESTS, ids=[row[0] for row in REQUESTS])
def test_a_request_that_makes_no_sense_is_refused_whatever_it_shows(
    gateway: Gateway, why: str, form: dict[str, str], status: int, error: str
) -> None:
    made = signed(timed(FEDERATED))
    shown = "subject_token" if form["grant_type"] == EXCHANGE["grant_type"] else "client_assertion"
    answer = token(gateway, {shown: made, **form})
    assert (answer.status_code, answer.json()["error"]) == (status, error), why


def test_keys_roll_over_and_what_is_known_outlives_an_outage(gateway: Gateway, entra: KeySets) -> None:
    path = ("/work" if "/work.log" in str(gateway.process.log) else "/asgi") + "/rolling"
    assert asserted(gateway, signed(timed(FEDERATED)), "other").status_code == 200
    entra.publish(path, [public("b")])
    assert asserted(gateway, signed(timed(FEDERATED), "b"), "other").status_code == 200, "at once"
    assert asserted(gateway, signed(timed(FEDERATED), "a"), "other").status_code == 401, "it is not theirs any more"
    entra.sets[path] = None
    before = entra.asked[path]
    assert asserted(gateway, signed(timed(FEDERATED), "b"), "other").status_code == 200, "what is known goes on"
    for _ in range(3):
        assert asserted(gateway, signed(timed(FEDERATED), "a"), "other").status_code == 401, "and what was looked for"
    assert entra.asked[path] == before, "nobody makes the gateway ask again and again"


def test_keys_that_cannot_be_read_are_an_outage_and_no_refusal(gateway: Gateway, entra: KeySets) -> None:
    path = ("/work" if "/work.log" in str(gateway.process.log) else "/asgi") + "/silent"
    claims = {**BLANK, "iss": f"https://sts.windows.net/{ELSEWHERE}/", "tid": ELSEWHERE}
    answers = [gateway.users(f"Bearer {signed(timed(claims))}", "other") for _ in range(3)]
    assert [(one.status_code, one.headers["retry-after"]) for one in answers] == [(503, "10")] * 3
    assert entra.asked[path] == 1
    assert gateway.users("Bearer x", "other").status_code == 401


def test_the_log_tells_the_operator_what_to_change_but_not_what_a_stranger_wrote(gateway: Gateway) -> None:
    asserted(gateway, signed(timed(FEDERATED, aud="api://the-real-one")))
    asserted(gateway, signed(timed(FEDERATED, sub="the-real-subject")))
    for changes in ({"aud": "made-up"}, {"iss": "made-up"}, {"tid": "made-up"}):
        asserted(gateway, by_hand(timed(FEDERATED, **changes), "RS256", b"x"))
    log = gateway.log()
    assert "api://the-real-one" in log and "the-real-subject" in log
    assert "made-up" not in log and "eyJ" not in log
