"""What Entra sends becomes RICOH users: separate processes, both sides' state, and every call counted."""

from __future__ import annotations

from pathlib import Path

import pytest

from simulators.entra import AttributeMapping
from simulators.entra.expressions import ACTIVE
from tests.end_to_end.test_entra_to_rfpio import WORK, logins, staff, through_bad_days, world

pytestmark = pytest.mark.slow
MAPPING = AttributeMapping(
    {"externalId": "objectId", "userName": "userPrincipalName", "active": ACTIVE, WORK: "mail"}, ("externalId",)
)
SETTINGS = """
endpoint = "{url}"
access_token = {{ env = "BACKEND_TOKEN" }}
"""
MATCH = '["externalId"]'


@pytest.mark.parametrize("flag", [False, True], ids=["default", "aadOptscim062020"])
@pytest.mark.parametrize("behaviour", ["disable", "delete"])
def test_cycles_follow_people_and_an_unchanged_one_costs_no_write(tmp_path: Path, flag: bool, behaviour: str) -> None:
    people = [staff(number) for number in range(8)]
    strict = ("unknown_attributes=reject", f"deactivate_behaviour={behaviour}")
    with world(tmp_path, "ricoh", SETTINGS, MAPPING, *strict, match=MATCH) as running:
        first = running.cycle(*people, flag=flag)
        assert (first.exit_status, first.counts["created"]) == (0, 8), first.failures
        assert running.calls() == {"GET /Users": 1 + 8 + 16, "POST /Users": 8}, "test, match, look by both keys"
        assert running.accounts().keys() == logins(*range(8))
        assert {user["externalId"] for user in running.accounts().values()} == {f"o-p{n}" for n in range(8)}

        assert running.cycle(*people, flag=flag).exit_status == 0
        assert running.calls() == {"GET /Users": 1}
        assert running.cycle(*people, flag=flag, full=True).exit_status == 0
        assert running.calls() == {"GET /Users": 1, "GET /Users/{id}": 8}
        assert running.cycle(*people, flag=flag, restart=True).exit_status == 0
        assert running.calls() == {"GET /Users": 1 + 8, "GET /Users/{id}": 8}, "matched again, compared, not written"

        people[0] = staff(0, userPrincipalName="new@contoso.example.com")
        people[1] = staff(1, accountEnabled="false")
        changed = running.cycle(*people[:7], flag=flag)
        assert (changed.exit_status, changed.failures) == (0, {})
        assert running.calls()["PATCH /Users/{id}"] == 3, "one for each who differs"
        there = {login for login, user in running.accounts().items() if user["active"]}
        assert there == logins(*range(2, 7)) | {"new@contoso.example.com"}
        assert len(running.accounts()) == (8 if behaviour == "disable" else 6)

        after = running.cycle(*people[:7], flag=flag, full=True)
        assert (after.exit_status, after.failures) == (0, {}), "who is gone is nobody's failure"
        back = running.cycle(people[0], *map(staff, range(1, 8)), flag=flag)
        assert (back.exit_status, back.failures) == (0, {})
        accounts = running.accounts()
        assert accounts.keys() == logins(*range(1, 8)) | {"new@contoso.example.com"}
        assert all(user["active"] for user in accounts.values())


def test_a_person_without_an_address_fails_alone(tmp_path: Path) -> None:
    with world(tmp_path, "ricoh", SETTINGS, MAPPING, match=MATCH) as running:
        report = running.cycle(staff(1), staff(2, mail=""))
        [reason] = report.failures.values()
        assert "emails" in reason
        assert running.accounts().keys() == logins(1)
        assert running.calls()["POST /Users"] == 1


@pytest.mark.parametrize("switch", ["user_name_filter=refused", "create_answer=empty"])
def test_a_create_whose_answer_was_lost_makes_one_account(tmp_path: Path, switch: str) -> None:
    with world(tmp_path, "ricoh", SETTINGS, MAPPING, switch, "patch_supported=false", match=MATCH) as running:
        running.control("POST", "switches", {"timeout_after_write": 1})
        running.cycle(staff(1), staff(2))
        assert running.cycle(staff(1, mail="other@contoso.example.com"), staff(2)).exit_status == 0
        assert running.accounts().keys() == logins(1, 2)
        [address] = running.accounts()["p1@contoso.example.com"]["emails"]
        assert address["value"] == "other@contoso.example.com"


def test_a_cycle_over_bad_days_ends_in_the_right_state(tmp_path: Path) -> None:
    with world(tmp_path, "ricoh", SETTINGS, MAPPING, match=MATCH) as running:
        through_bad_days(running)
