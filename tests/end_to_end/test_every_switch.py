"""The long tests: every switch of the Replicon simulator, and kills at random moments, on two stores."""

from __future__ import annotations

import random
import time
from pathlib import Path
from typing import Any

import pytest

from tests.end_to_end.processes import World, entra, world
from tests.end_to_end.test_entra_to_replicon import CORE, MATCH, PEOPLE, PERSON, change, report

pytestmark = pytest.mark.slow
SWITCHES: list[dict[str, Any]] = [
    {"not_found_style": "null_details"},
    {"not_found_style": "error400"},
    {"duplicate_style": "http_400"},
    {"root_url_style": "host"},
    {"omit_user_on_modify": True},
    {"auth_failure_body": "json"},
    {"login_case_sensitive": True},
    {"display_name_style": "given_family"},
    {"display_name_style": "as_sent"},
    {"silently_ignore": ["emailAddress"]},
    {"silently_ignore": ["loginEnabled"]},
    {"latency_ms": 120},
    {
        "not_found_style": "error400",
        "duplicate_style": "http_400",
        "root_url_style": "host",
        "omit_user_on_modify": True,
        "display_name_style": "as_sent",
    },
]


@pytest.mark.parametrize("flag", [False, True], ids=["default dialect", "aadOptscim062020"])
@pytest.mark.parametrize("policy", ["disable", "delete"])
@pytest.mark.parametrize("switches", SWITCHES, ids=lambda s: ",".join(f"{k}={v}" for k, v in s.items()))
def test_a_life_ends_right_under_every_switch(
    tmp_path: Path, switches: dict[str, Any], policy: str, flag: bool
) -> None:
    with world(tmp_path, on_delete=policy) as running:
        running.control("POST", "switches", switches)
        _life(running, switches, flag)


def _life(running: World, switches: dict[str, Any], flag: bool) -> None:
    ignored = switches.get("silently_ignore", [])
    assert running.scim("GET", MATCH).json()["totalResults"] == 0
    created = running.scim("POST", "/Users", PERSON)
    assert created.status_code == 201
    user = created.json()
    assert ("emails" in user) == ("emailAddress" not in ignored), "what was not kept is not claimed to be"
    taken = running.scim("POST", "/Users", {"schemas": [CORE], "userName": PERSON["userName"], "displayName": "Else"})
    assert (taken.status_code, taken.json()["scimType"]) == (409, "uniqueness")
    wanted = {"name.familyName": "Doe", "active": False}
    changed = change(running, user["id"], flag, wanted)
    assert (changed.status_code, changed.json()["active"]) == (200, False)
    assert changed.json()["name"]["familyName"] == "Doe"
    assert change(running, user["id"], flag, {"active": True}).json()["active"] is True
    renamed = change(running, user["id"], flag, {"userName": "jane.doe@contoso.com"})
    assert renamed.json()["userName"] == "jane.doe@contoso.com"
    other = running.scim("POST", "/Users", {"schemas": [CORE], "userName": "other@contoso.com"}).json()
    refused = change(running, other["id"], flag, {"userName": "jane.doe@contoso.com"})
    assert (refused.status_code, refused.json()["scimType"]) == (409, "uniqueness")
    assert running.scim("DELETE", f"/Users/{user['id']}").status_code == 204
    assert running.scim("GET", f"/Users/{user['id']}").status_code == 404
    again = running.scim("POST", "/Users", {**PERSON, "userName": "jane.doe@contoso.com"})
    assert again.status_code == 201
    assert again.json()["id"] != user["id"]
    enabled = {account["loginName"]: account["loginEnabled"] for account in running.accounts()}
    assert enabled == {"jane.doe@contoso.com": True, "other@contoso.com": True}


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("store", ["sqlite", "tables"])
def test_kills_at_random_moments_leave_50_accounts_and_no_second_id(
    tmp_path: Path, request: pytest.FixtureRequest, store: str, seed: int
) -> None:
    where = f"tables:{request.getfixturevalue('tables')}" if store == "tables" else None
    chance = random.Random(seed)
    with world(tmp_path, store=where, connection=f"replicon{seed}" if where else "replicon") as running:
        running.control("POST", "switches", {"latency_ms": 8})
        state = tmp_path / "state.json"
        for _ in range(5):
            cycle = entra(running.tenant, PEOPLE, state, "--workers", "8", "--timeout", "20", "--patience", "1")
            time.sleep(chance.uniform(0.3, 1.6))
            running.gateway.kill()
            report(cycle)
            running.restart()
        assert report(entra(running.tenant, PEOPLE, state, "--patience", "40"))["exit"] == 0
        logins = [account["loginName"] for account in running.accounts()]
        assert len(logins) == len(set(logins)) == 50
        listed = running.scim("GET", "/Users?count=200").json()["Resources"]
        found = [running.scim("GET", f"/Users/{user['id']}").status_code for user in listed]
        assert len({user["id"] for user in listed}) == 51
        assert found == [200] * 51
        running.control("DELETE", "requests")
        assert report(entra(running.tenant, PEOPLE, state))["exit"] == 0
        assert running.writes() == []
