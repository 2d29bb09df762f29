"""Bearer tokens over HTTP, in both shapes: from the environment and issued on the command line."""

from __future__ import annotations

import asyncio

import pytest

from gateway.authentication.issued import issue
from gateway.stores.sqlite import SqliteStore
from tests.gateway.doors import STATIC, Gateway


@pytest.mark.slow
def test_a_token_lives_from_issue_to_revocation(gateway: Gateway) -> None:
    assert gateway.opens(STATIC)
    [first], [second] = (
        gateway.documents("issue", "acme", "--name", name, "--days", "2") for name in ("Entra", "next")
    )
    assert gateway.soon_opens(first["token"])
    assert gateway.opens(second["token"]), "several are active, without a restart"
    assert not gateway.opens(first["token"], "other"), "a token of one connection opens no other"
    listed = gateway.documents("list", "acme")
    assert [(one["id"], one["name"], one["state"]) for one in listed][:2] == [
        (first["id"], "Entra", "active"),
        (second["id"], "next", "active"),
    ]
    assert first["token"] not in str(listed)
    assert gateway.documents("list", "other") == []
    assert gateway.documents("revoke", "acme", "--id", first["id"]) == [{"id": first["id"], "revoked": True}]
    assert first["id"] not in [one["id"] for one in gateway.documents("list", "acme")]
    assert gateway.opens(second["token"]) and gateway.opens(STATIC)
    assert "sgt_" not in gateway.log()


@pytest.mark.slow
def test_a_token_of_a_connection_that_is_gone_opens_nothing(gateway: Gateway) -> None:
    async def issued(connection: str) -> str:
        store = SqliteStore(gateway.folder / "map.db")
        _, token = await issue(store, connection, "", 1)
        await store.aclose()
        return token

    gone, there = asyncio.run(issued("gone")), asyncio.run(issued("acme"))
    assert gateway.soon_opens(there), "so the gateway has read both"
    assert not gateway.opens(gone, "gone")


WRONG = [
    ("no header", None),
    ("nothing after the scheme", "Bearer"),
    ("no scheme", STATIC),
    ("another scheme", f"Basic {STATIC}"),
    ("two tokens", f"Bearer {STATIC}, Bearer {STATIC}"),
    ("cut off", f"Bearer {STATIC[:-1]}"),
    ("longer", f"Bearer {STATIC}x"),
    ("other case", f"Bearer {STATIC.upper()}"),
    ("an issued form that nobody has", f"Bearer sgt_{'a' * 12}_{'b' * 43}"),
    ("an access token that nobody signed", f"Bearer sga_{'a' * 12}_9999999999_{'b' * 43}"),
    ("a JWT that nobody signed", "Bearer eyJhbGciOiJub25lIn0.e30."),
    ("dots", "Bearer .."),
    ("what unknown connections are compared with", "Bearer no connection has this token"),
    ("very long", "Bearer " + "x" * 8000),
    ("beyond ASCII", "Bearer \xe9\xe9"),
]


@pytest.mark.parametrize(("why", "header"), WRONG, ids=[why for why, _ in WRONG])
def test_who_is_not_let_in_cannot_tell_why(gateway: Gateway, why: str, header: str | None) -> None:
    told = {
        (answer.status_code, answer.headers["www-authenticate"], answer.content)
        for connection in ("acme", "unknown")
        for answer in [gateway.users(header, connection)]
    }
    assert len(told) == 1
    assert next(iter(told))[0] == 401


def test_the_word_bearer_ignores_case(gateway: Gateway) -> None:
    assert gateway.users(f"bEARER   {STATIC}").status_code == 200
