"""A connection pays at a cold start for the ways in that it has, and for no others: `python -X importtime` shows it."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.end_to_end.processes import ROOT
from tests.gateway.doors import ENVIRONMENT, STATIC, configured
from tests.gateway.issuer import BLANK, TENANT, signed, timed

CODE = """
import asyncio, sys
from pathlib import Path
from gateway.application import Application
from gateway.config import load
from scim.message import Request

async def ask():
    application = Application(load(Path(sys.argv[1])))
    for path, header in zip(sys.argv[2::2], sys.argv[3::2]):
        form = b"grant_type=client_credentials&client_id=acme&client_secret=wrong"
        headers = {"authorization": header, "content-type": "application/x-www-form-urlencoded"}
        answer = await application.handle(Request("POST" if "oauth" in path else "GET", path, "", headers, form))
        print(answer.status)
    await application.aclose()

asyncio.run(ask())
"""
OAUTH = '[connections.acme.oauth]\nsecrets = [{ env = "ACME_SECRET" }]\n'
TRUST = f'tenant = "{TENANT}"\nkeys = "http://127.0.0.1:9/keys"\n'
FEDERATION = f'[connections.acme.federation]\n{TRUST}audiences = ["a"]\nsubjects = ["s"]\n'
ENTRA = f"[connections.acme.entra]\n{TRUST}"
USERS, TOKEN = "/acme/scim/v2/Users", "/oauth/acme/token"
ISSUED = f"Bearer sgt_{'a' * 12}_{'b' * 43}"
JWT = "Bearer " + signed(timed({**BLANK, "tid": "another"}))
TABLES = "tables:AccountName=a;AccountKey=YQ==;TableEndpoint=http://127.0.0.1:9/a"
WRONG = [(USERS, f"Bearer {STATIC}x"), (USERS, "Bearer a.b.c"), (USERS, JWT)]
RIGHT = (USERS, f"Bearer {STATIC}")
CASES = [
    ("a static token before Table Storage", "", TABLES, WRONG, ["401"] * 3),
    ("issued tokens", "", "", [RIGHT, (USERS, ISSUED)], ["200", "401"]),
    ("client credentials before Table Storage", OAUTH, TABLES, [(TOKEN, ""), (USERS, "Bearer x")], ["401"] * 2),
    ("Entra, of which nobody came", FEDERATION + ENTRA, "", [RIGHT, (TOKEN, ""), (USERS, JWT)], ["200", "401", "401"]),
]
HEAVY = {"jwt", "cryptography", "azure", "aiohttp", "urllib.request"}


def imported(folder: Path, lines: str, store: str, requests: list[tuple[str, str]]) -> tuple[list[str], set[str]]:
    """The statuses of some requests, and what a fresh process has imported until the last of them."""
    config = configured(folder, lines, store=store)
    command = [sys.executable, "-X", "importtime", "-c", CODE, str(config), *(part for one in requests for part in one)]
    environment = {**os.environ, **ENVIRONMENT}
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=True)
    names = set(re.findall(r"^import time: +\d+ \| +\d+ \| +(\S+)$", done.stderr, re.MULTILINE))
    assert "gateway.application" in names
    return done.stdout.split(), {name for name in names if name in HEAVY or name.partition(".")[0] in HEAVY}


@pytest.mark.slow
@pytest.mark.parametrize(("why", "lines", "store", "requests", "statuses"), CASES, ids=[row[0] for row in CASES])
def test_nothing_heavy_is_imported_for_ways_that_are_not_used(
    tmp_path: Path, why: str, lines: str, store: str, requests: list[tuple[str, str]], statuses: list[str]
) -> None:
    assert imported(tmp_path, lines, store, requests) == (statuses, set()), why


def test_the_walk_sees_what_is_imported_when_it_is_needed(tmp_path: Path) -> None:
    told, found = imported(tmp_path, ENTRA, "", [(USERS, "Bearer " + signed(timed(BLANK)))])
    assert told == ["503"], "nobody has keys there"
    assert {"jwt", "cryptography"} <= found
