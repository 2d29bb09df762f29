"""Whatever comes to the door, somebody has an answer: nothing is a fault of the gateway's."""

from __future__ import annotations

import asyncio
import base64
import json
import tomllib
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlencode

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.application import Application
from gateway.config import read
from scim.message import Request, Response
from tests.gateway.issuer import BLANK, FEDERATED, TENANT, key_sets, public, signed, timed

SECRET = "the-secret-of-the-client"
CONFIG = f"""
[gateway]
store = "memory:"
[connections.acme]
adapter = "directory"
settings = {{ path = ":memory:" }}
[connections.acme.oauth]
secrets = [{{ env = "SECRET" }}]
[connections.acme.federation]
tenant = "{TENANT}"
audiences = ["{FEDERATED["aud"]}"]
subjects = ["{FEDERATED["sub"]}"]
keys = "KEYS"
[connections.acme.entra]
tenant = "{TENANT}"
keys = "KEYS"
"""


@pytest.fixture(scope="module")
def application() -> Iterator[Application]:
    with key_sets() as sets:
        document = tomllib.loads(CONFIG.replace("KEYS", sets.publish("/keys", [public("a")])))
        yield Application(read(document, "gateway.toml", {"SECRET": SECRET}))


@pytest.fixture(autouse=True)
def patience(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody is told to wait, which would hide what else there is to say."""
    monkeypatch.setattr("gateway.authentication.throttle.BURST", 10**9)


def test_the_walk_comes_to_good_ends_too(application: Application) -> None:
    """What the strategies below are made of opens the door where it is whole."""
    form = {"grant_type": "client_credentials", "client_id": "acme"}
    kind = {"client_assertion_type": URN + "client-assertion-type:jwt-bearer"}
    for shown in ({"client_secret": SECRET}, {**kind, "client_assertion": signed(timed(FEDERATED))}):
        headers = {"content-type": "application/x-www-form-urlencoded"}
        told = asked(application, "/oauth/acme/token", headers, urlencode({**form, **shown}).encode())
        bearer = {"authorization": f"Bearer {json.loads(told.body)['access_token']}"}
        assert asked(application, "/acme/scim/v2/Schemas", bearer).status == 200


def asked(application: Application, path: str, headers: dict[str, str], body: bytes = b"") -> Response:
    return asyncio.run(application.handle(Request("POST" if body else "GET", path, "", headers, body)))


def part(value: Any) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=5,
)
HEADERS = st.fixed_dictionaries(
    {}, optional={"alg": st.just("RS256") | ANYTHING, "kid": st.just("a") | ANYTHING, "crit": ANYTHING, "b64": ANYTHING}
)
CLAIMS = st.sampled_from([FEDERATED, BLANK]).flatmap(
    lambda claims: st.fixed_dictionaries(
        {}, optional={name: st.just(value) | ANYTHING for name, value in [*claims.items(), ("exp", 9**9), ("nbf", 0)]}
    )
)
UNSIGNED = st.builds(lambda head, claims: f"{part(head)}.{part(claims)}.AAAA", HEADERS, CLAIMS)
SIGNED = st.builds(lambda claims: signed(timed({**FEDERATED, **claims}, kind="x")), st.fixed_dictionaries(
    {}, optional={name: st.text(max_size=5) for name in ("uti", "ver", "appid")}
))  # fmt: skip
ISSUED = st.from_regex(r"(sgt|sga)_[a-z2-7]{12}_([0-9]{1,12}_)?[A-Za-z0-9_-]{43}", fullmatch=True)
TOKENS = UNSIGNED | SIGNED | ISSUED | st.text(max_size=30)
BASIC = st.builds(
    lambda raw: "Basic " + base64.b64encode(raw).decode(), st.binary(max_size=20) | st.just(f"acme:{SECRET}".encode())
)
AUTHORIZATION = st.builds(lambda token: f"Bearer {token}", TOKENS) | BASIC | st.text(max_size=20)
URN = "urn:ietf:params:oauth:"
GRANTS = st.sampled_from(["client_credentials", URN + "grant-type:token-exchange", "", "password"])
VALUES = {
    "client_id": st.sampled_from(["acme", "", "x"]),
    "client_secret": st.just(SECRET) | st.text(max_size=8),
    "client_assertion_type": st.sampled_from([URN + "client-assertion-type:jwt-bearer", "x"]),
    "client_assertion": TOKENS,
    "subject_token": TOKENS,
    "subject_token_type": st.sampled_from([URN + "token-type:jwt", "x"]),
    "scope": st.text(max_size=8),
}
FORMS = st.fixed_dictionaries({"grant_type": GRANTS}, optional=VALUES).map(
    lambda form: urlencode(form, errors="replace").encode()
)


@settings(max_examples=40, deadline=None)
@given(AUTHORIZATION, st.sampled_from(["acme", "unknown", "%00", "é"]))
def test_any_header_is_answered(application: Application, header: str, connection: str) -> None:
    told = asked(application, f"/{connection}/scim/v2/Schemas", {"authorization": header})
    assert told.status == 401, told.body


@settings(max_examples=40, deadline=None)
@given(FORMS | st.binary(min_size=1, max_size=60), AUTHORIZATION | st.none(), st.sampled_from(["acme", "unknown"]))
def test_any_form_is_answered(application: Application, body: bytes, header: str | None, connection: str) -> None:
    headers = {"content-type": "application/x-www-form-urlencoded"} | ({"authorization": header} if header else {})
    told = asked(application, f"/oauth/{connection}/token", headers, body)
    document = json.loads(told.body)
    assert told.status in ((200, 400, 401) if connection == "acme" else (400, 401)), document
    assert ("access_token" in document) == (told.status == 200) and ("error" in document) == (told.status != 200)
    assert SECRET not in told.body.decode()
