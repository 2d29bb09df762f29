"""What Entra sends becomes RingCentral users: separate processes, both sides' state, and every call counted."""

from __future__ import annotations

from pathlib import Path

import pytest

from simulators.entra import AttributeMapping, Person
from tests.end_to_end.test_entra_to_rfpio import MAPPING, WORK, logins, staff, world

pytestmark = pytest.mark.slow
SETTINGS = """
server = "{url}"
scim_token = {{ env = "BACKEND_TOKEN" }}
"""
FAST = ("light=9000", "heavy=9000")
"""So many calls a minute that nobody waits: the gateway follows what the headers tell."""


def test_cycles_follow_people_and_an_unchanged_one_costs_no_write(tmp_path: Path) -> None:
    people = [staff(number) for number in range(8)]
    with world(tmp_path, "ringcentral", SETTINGS, MAPPING, *FAST) as running:
        first = running.cycle(*people)
        assert (first.exit_status, first.counts["created"]) == (0, 8)
        assert running.calls() == {"GET /Users": 1 + 8 + 8, "POST /Users": 8}, "test, match and look"
        accounts = running.accounts()
        assert accounts.keys() == logins(*range(8)) and all(user["active"] for user in accounts.values())
        assert running.cycle(*people).exit_status == 0
        assert running.calls() == {"GET /Users": 1}
        assert running.cycle(*people, full=True).exit_status == 0
        assert running.calls() == {"GET /Users": 1, "GET /Users/{id}": 8}
        changed = [staff(0, jobTitle="Chief"), staff(1, accountEnabled="false"), *people[2:7]]
        assert running.cycle(*changed).exit_status == 0
        assert running.calls()["PATCH /Users/{id}"] == 3, "one for each who differs"
        accounts = running.accounts()
        assert accounts["p0@contoso.example.com"]["title"] == "Chief"
        assert {login for login, user in accounts.items() if not user["active"]} == logins(1, 7)
        moved = staff(0, jobTitle="Chief", userPrincipalName="new@contoso.example.com")
        assert running.cycle(moved, *map(staff, range(1, 8))).exit_status == 0
        assert running.calls()["PUT /Users/{id}"] == 1
        accounts = running.accounts()
        assert accounts.keys() == {"new@contoso.example.com", *logins(*range(1, 8))}
        assert all(user["active"] for user in accounts.values())


def test_a_first_cycle_within_real_limits_is_slow_and_whole(tmp_path: Path) -> None:
    """A minute of RingCentral's is a second here; what its headers tell is all that the gateway knows of it."""
    with world(tmp_path, "ringcentral", SETTINGS, MAPPING, "minute_seconds=1") as running:
        report = running.cycle(*map(staff, range(25)), patience=60)
        assert (report.exit_status, report.counts["created"], report.quarantine) == (0, 25, None)
        assert running.accounts().keys() == logins(*range(25))
        peaks = running.control("GET", "peaks")
        assert peaks["heavy"] <= 10 and peaks["light"] <= 50


def colleague(number: int, name: str = "") -> Person:
    """Somebody whose name in Entra is no e-mail address of RingCentral's."""
    return staff(number, userPrincipalName=f"{name or number}@corp.example", mail=f"p{number}@contoso.example.com")


def test_names_that_are_no_addresses_are_kept_beside_them(tmp_path: Path) -> None:
    kept = f'{SETTINGS}user_name = "keep"'
    mapping = AttributeMapping({**MAPPING.flows, WORK: "mail"})
    with world(tmp_path, "ringcentral", kept, mapping, *FAST) as running:
        first = running.cycle(*map(colleague, range(6)))
        assert (first.exit_status, first.counts["created"]) == (0, 6)
        assert running.accounts().keys() == logins(*range(6)), "RingCentral has the addresses"
        assert running.cycle(*map(colleague, range(6)), restart=True).exit_status == 0
        assert running.calls() == {"GET /Users": 1, "GET /Users/{id}": 12}, "matched by the map, nobody written"
        moved = [colleague(0, "new.name"), *map(colleague, range(1, 5))]
        report = running.cycle(*moved)
        assert report.exit_status == 0, report.failures
        assert running.calls()["PATCH /Users/{id}"] == 1, (
            "who left is disabled; a name is none of RingCentral's affairs"
        )
        assert running.cycle(*moved, restart=True).exit_status == 0
        assert not {one for one in running.calls() if not one.startswith("GET")}


def test_scim_that_is_off_stops_the_cycle_with_a_sentence(tmp_path: Path) -> None:
    with world(tmp_path, "ringcentral", SETTINGS, MAPPING, "scim_enabled=false") as running:
        report = running.cycle(staff(1))
        assert report.exit_status == 3
        assert "SCIM is off" in str(report.as_json())
