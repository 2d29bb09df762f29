"""OAuth 2 client credentials over HTTP, in both shapes (RFC 6749 4.4)."""

from __future__ import annotations

import base64
import re
from typing import Any
from urllib.parse import quote_plus

import httpx
import pytest

from tests.gateway.doors import OTHER_SECRET, SECRETS, STATIC, Gateway

FORM = "application/x-www-form-urlencoded"
GRANT = {"grant_type": "client_credentials"}
BODY = {**GRANT, "client_id": "entra-acme", "client_secret": SECRETS[0]}


def basic(id: str, secret: str) -> dict[str, str]:
    return {"authorization": "Basic " + base64.b64encode(f"{id}:{secret}".encode()).decode()}


def ask(gateway: Gateway, form: Any, connection: str = "acme", **headers: str) -> httpx.Response:
    """A token request; a form may be a mapping, pairs as text, or bytes."""
    content = form if isinstance(form, bytes | str) else str(httpx.QueryParams(form))
    url = f"{gateway.process.url}/oauth/{connection}/token"
    answer = gateway.client.post(url, content=content, headers={"content-type": FORM, **headers})
    assert answer.headers["content-type"] == "application/json"
    assert answer.headers["cache-control"] == "no-store"
    return answer


GOOD: list[tuple[str, Any, dict[str, str]]] = [
    ("in the form", BODY, {}),
    ("in the header", GRANT, basic("entra-acme", SECRETS[0])),
    ("in both", BODY, basic("entra-acme", SECRETS[0])),
    (
        "in the header, the client in the form too",
        {**GRANT, "client_id": "entra-acme"},
        basic("entra-acme", SECRETS[0]),
    ),
    ("the second secret", {**BODY, "client_secret": SECRETS[1]}, {}),
    ("encoded in the header as RFC 6749 says", GRANT, basic("entra%2Dacme", quote_plus(SECRETS[1]))),
    ("as it is in the header, as many do", GRANT, basic("entra-acme", SECRETS[1])),
    ("with a scope", {**BODY, "scope": "scim"}, {}),
    ("with what nobody knows", {**BODY, "audience": "x", "resource": ""}, {}),
    ("a charset after the type", BODY, {"content-type": f"{FORM}; charset=utf-8"}),
]


@pytest.mark.parametrize(("why", "form", "headers"), GOOD, ids=[why for why, _, _ in GOOD])
def test_a_client_gets_a_token_that_opens_its_connection(
    gateway: Gateway, why: str, form: Any, headers: dict[str, str]
) -> None:
    answer = ask(gateway, form, **headers)
    told = answer.json()
    assert (answer.status_code, told["token_type"], told["expires_in"]) == (200, "Bearer", 21600), why
    assert gateway.opens(told["access_token"])
    assert not gateway.opens(told["access_token"], "other")


BAD: list[tuple[str, Any, dict[str, str], int, str]] = [
    ("no grant", {**BODY, "grant_type": ""}, {}, 400, "unsupported_grant_type"),
    ("another grant", {**BODY, "grant_type": "password"}, {}, 400, "unsupported_grant_type"),
    ("no credentials", GRANT, {}, 401, "invalid_client"),
    ("a secret and the kind of an assertion", {**BODY, "client_assertion_type": "x"}, {}, 400, "invalid_request"),
    ("a wrong secret", {**BODY, "client_secret": SECRETS[0] + "x"}, {}, 401, "invalid_client"),
    ("no secret", {**BODY, "client_secret": ""}, {}, 401, "invalid_client"),
    ("the static token as secret", {**BODY, "client_secret": STATIC}, {}, 401, "invalid_client"),
    ("a wrong client", {**BODY, "client_id": "entra"}, {}, 401, "invalid_client"),
    ("no client", {**BODY, "client_id": ""}, {}, 401, "invalid_client"),
    ("right in the form, wrong in the header", BODY, basic("entra-acme", "wrong"), 401, "invalid_client"),
    ("right in the header, wrong in the form", {**BODY, "client_secret": "x"}, basic("entra-acme", SECRETS[0]), 401,
     "invalid_client"),
    ("two clients", {**GRANT, "client_id": "x"}, basic("entra-acme", SECRETS[0]), 401, "invalid_client"),
    ("Basic that is no base64", GRANT, {"authorization": "Basic %%%"}, 401, "invalid_client"),
    ("Basic without a colon", GRANT, {"authorization": "Basic YWNtZQ=="}, 401, "invalid_client"),
    ("Basic that is no UTF-8", GRANT, {"authorization": "Basic /zr/"}, 401, "invalid_client"),
    ("a bearer token", GRANT, {"authorization": f"Bearer {STATIC}"}, 401, "invalid_client"),
    ("JSON", b'{"grant_type":"client_credentials"}', {"content-type": "application/json"}, 400, "invalid_request"),
    ("a parameter twice", f"{httpx.QueryParams(BODY)}&client_id=other", {}, 400, "invalid_request"),
    ("half an escape of no character", "grant_type=%ff", {}, 400, "invalid_request"),
    ("no ASCII", "grant_type=é".encode(), {}, 400, "invalid_request"),
    ("too much", "a=" + "x" * 70_000, {}, 400, "invalid_request"),
    ("too many", "&".join(f"a{n}=" for n in range(1000)), {}, 400, "invalid_request"),
    ("nothing", b"", {}, 400, "unsupported_grant_type"),
]  # fmt: skip


@pytest.mark.parametrize(("why", "form", "headers", "status", "error"), BAD, ids=[row[0] for row in BAD])
def test_a_refusal_is_as_the_rfc_writes_it_and_the_same_for_an_unknown_connection(
    gateway: Gateway, why: str, form: Any, headers: dict[str, str], status: int, error: str
) -> None:
    answers = [ask(gateway, form, name, **headers) for name in ("acme", "unknown")]
    for answer in answers:
        assert (answer.status_code, answer.json()["error"]) == (status, error), why
        assert set(answer.json()) == {"error", "error_description"}
        assert answer.headers.get("www-authenticate", "").startswith("Basic ") == (status == 401)
    assert answers[0].content == answers[1].content


def test_a_connection_without_clients_and_a_client_of_another_connection_are_refused(gateway: Gateway) -> None:
    assert ask(gateway, BODY, "other").status_code == 401
    other = {**GRANT, "client_id": "other", "client_secret": OTHER_SECRET}
    token = ask(gateway, other, "other").json()["access_token"]
    assert gateway.opens(token, "other") and not gateway.opens(token)
    assert ask(gateway, other).status_code == 401


def test_an_access_token_that_was_changed_opens_nothing(gateway: Gateway) -> None:
    token = ask(gateway, BODY).json()["access_token"]
    prefix, key, expires, signature = re.fullmatch(r"(sga)_([a-z2-7]+)_(\d+)_(.*)", token).groups()  # type: ignore[union-attr]
    flipped = signature[:10] + ("A" if signature[10] != "A" else "B") + signature[11:]
    for parts in (
        (prefix, key, str(int(expires) + 1), signature),
        (prefix, key, expires, flipped),
        (prefix, "a" * 12, expires, signature),
        ("sgt", key, expires, signature),
    ):
        assert not gateway.opens("_".join(parts))
    assert gateway.opens(token)


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "OPTIONS"])
def test_only_post_gets_tokens(gateway: Gateway, method: str) -> None:
    answer = gateway.client.request(method, f"{gateway.process.url}/oauth/acme/token")
    assert (answer.status_code, answer.headers["allow"]) == (405, "POST")


def test_there_is_nothing_else_below_oauth(gateway: Gateway) -> None:
    for path in ("/oauth", "/oauth/", "/oauth/acme", "/oauth/acme/authorize", "/oauth/acme/token/x"):
        assert gateway.client.post(gateway.process.url + path, data=BODY).status_code == 404, path


def test_secrets_and_tokens_are_in_no_log(gateway: Gateway) -> None:
    ask(gateway, BODY)
    log = gateway.log()
    assert "An access token of acme is issued for secret 1 of 2" in log
    assert not [secret for secret in (*SECRETS, STATIC, OTHER_SECRET, "sga_") if secret in log]
