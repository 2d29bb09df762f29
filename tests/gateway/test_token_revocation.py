"""Two gateways, one of each shape, on Table Storage: what is revoked in one place ends in both within a minute."""

from __future__ import annotations

import time
from contextlib import ExitStack
from pathlib import Path

import httpx
import pytest

from gateway.authentication.ledger import MOST_SECONDS
from tests.gateway.doors import ENVIRONMENT, SECRETS, SHAPES, configured, running

pytestmark = pytest.mark.slow
OAUTH = """
[connections.acme.oauth]
secrets = [{ env = "ACME_SECRET" }]
"""


def test_what_is_revoked_ends_within_a_minute_everywhere_and_nothing_else_does(tmp_path: Path, tables: str) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    with ExitStack() as stack:
        gateways = [
            stack.enter_context(running(shape, configured(tmp_path / place, OAUTH, store=f"tables:{tables}")))
            for shape, place in zip(SHAPES, "ab", strict=True)
        ]
        here = gateways[0]
        [gone], [kept] = (here.documents("issue", "acme", "--name", name) for name in ("gone", "kept"))
        form = {"grant_type": "client_credentials", "client_id": "acme", "client_secret": SECRETS[0]}
        access = httpx.post(f"{here.process.url}/oauth/acme/token", data=form, trust_env=False).json()["access_token"]
        doomed = [(one, token) for one in gateways for token in (gone["token"], access)]
        assert all(one.opens(token) for one, token in doomed)
        here.documents("revoke", "acme", "--id", gone["id"])
        assert here.documents("revoke", "acme", "--access-tokens") == [{"accessTokens": True, "revoked": True}]
        begun = time.monotonic()
        while doomed:
            assert time.monotonic() - begun < MOST_SECONDS + 30, "one minute, and what a busy machine adds"
            doomed = [(one, token) for one, token in doomed if one.opens(token)]
            time.sleep(0.5)
        assert all(one.opens(kept["token"]) for one in gateways)
        [told] = [one for one in here.documents("list", "acme") if one["name"] == "kept"]
        assert told["used"], "the last use is there"
        assert not [
            secret for one in gateways for secret in ("sgt_", "sga_", *ENVIRONMENT.values()) if secret in one.log()
        ]
