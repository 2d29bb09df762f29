"""What Entra sends becomes RingCentral users: separate processes, both sides' state, and every call counted."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.end_to_end.test_entra_to_rfpio import MAPPING, logins, staff, through_bad_days, world

pytestmark = pytest.mark.slow
SETTINGS = """
server = "{url}"
scim_token = {{ env = "BACKEND_TOKEN" }}
"""
FAST = ("light=9000", "heavy=9000")
"""So many calls a minute that nobody waits: the gateway follows what the headers tell."""


@pytest.mark.parametrize("flag", [False, True], ids=["default", "aadOptscim062020"])
def test_cycles_follow_people_and_an_unchanged_one_costs_no_write(tmp_path: Path, flag: bool) -> None:
    people = [staff(number) for number in range(8)]
    with world(tmp_path, "ringcentral", SETTINGS, MAPPING, *FAST) as running:
        first = running.cycle(*people, flag=flag)
        assert (first.exit_status, first.counts["created"]) == (0, 8)
        assert running.calls() == {"GET /Users": 1 + 8 + 8, "POST /Users": 8}, "test, match and look"
        accounts = running.accounts()
        assert accounts.keys() == logins(*range(8)) and all(user["active"] for user in accounts.values())
        assert running.cycle(*people, flag=flag).exit_status == 0
        assert running.calls() == {"GET /Users": 1}
        assert running.cycle(*people, flag=flag, full=True).exit_status == 0
        assert running.calls() == {"GET /Users": 1, "GET /Users/{id}": 8}
        changed = [staff(0, jobTitle="Chief"), staff(1, accountEnabled="false"), *people[2:7]]
        assert running.cycle(*changed, flag=flag).exit_status == 0
        assert running.calls()["PATCH /Users/{id}"] == 3, "one for each who differs"
        accounts = running.accounts()
        assert accounts["p0@contoso.example.com"]["title"] == "Chief"
        assert {login for login, user in accounts.items() if not user["active"]} == logins(1, 7)
        moved = staff(0, jobTitle="Chief", userPrincipalName="new@contoso.example.com")
        assert running.cycle(moved, *map(staff, range(1, 8)), flag=flag).exit_status == 0
        assert running.calls()["PUT /Users/{id}"] == 1
        accounts = running.accounts()
        assert accounts.keys() == {"new@contoso.example.com", *logins(*range(1, 8))}
        assert all(user["active"] for user in accounts.values())


def test_cycles_over_bad_days_end_in_the_right_state(tmp_path: Path) -> None:
    with world(tmp_path, "ringcentral", SETTINGS, MAPPING, *FAST) as running:
        through_bad_days(running)


def test_a_first_cycle_within_real_limits_is_slow_and_whole(tmp_path: Path) -> None:
    """A minute of RingCentral's is a second here; what its headers tell is all that the gateway knows of it."""
    with world(tmp_path, "ringcentral", SETTINGS, MAPPING, "minute_seconds=1") as running:
        report = running.cycle(*map(staff, range(60)), patience=60)
        assert (report.exit_status, report.counts["created"], report.quarantine) == (0, 60, None)
        assert running.accounts().keys() == logins(*range(60))
        peaks = running.control("GET", "peaks")
        assert peaks["heavy"] <= 10 and peaks["light"] <= 50


def test_scim_that_is_off_stops_the_cycle_with_a_sentence(tmp_path: Path) -> None:
    with world(tmp_path, "ringcentral", SETTINGS, MAPPING, "scim_enabled=false") as running:
        report = running.cycle(staff(1))
        assert report.exit_status == 3
        assert "SCIM is off" in str(report.as_json())
