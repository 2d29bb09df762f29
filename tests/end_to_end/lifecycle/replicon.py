"""Replicon as a row."""

from __future__ import annotations

from typing import Any

from simulators.replicon.switches import Switches
from tests.end_to_end.lifecycle.system import ENTERPRISE, Cell, Held, System, choices

READ, WRITE = "BulkGetUsers3", "CreateUserOrApplyModifications"
IGNORED = (["emailAddress"], ["loginEnabled"], ["department"])
OTHERS = {"silently_ignore": IGNORED, "latency_over_30s": [0], "cut_after_seconds": [5.0], "licences": [900]}
TOGETHER = {
    "not_found_style": "error400",
    "duplicate_style": "http_400",
    "root_url_style": "host",
    "omit_user_on_modify": True,
    "display_name_style": "as_sent",
    "empty_schedule": "clears",
    "time_zone_style": "described",
}
LOSES = {"emailAddress": "emails", "department": ENTERPRISE}


def _cells() -> list[Cell]:
    cells = [Cell(), Cell(TOGETHER, asks_again=True)]
    for switches in choices(Switches, OTHERS, apart=("users_with_data", "latency_over_30s", "auth_failure_body")):
        lost = {LOSES[one] for one in switches.get("silently_ignore", ()) if one in LOSES}
        cells.append(Cell(switches, differs={"loses": lost}, asks_again="root_url_style" in switches))
    return cells


def _held(state: Any) -> Held:
    users = {user["loginName"]: user for user in state["users"]}
    return Held({login: user for login, user in users.items() if login != "scim.gateway"})


REPLICON = System(
    name="replicon",
    settings={"company_key": "acme", "username": "scim.gateway", "domain": "{url}/"},
    secret="password",
    arguments=("--password",),
    held=_held,
    enabled="loginEnabled",
    person={"timezone": "Asia/Tokyo", ENTERPRISE: {"employeeNumber": "{number}", "department": "Sales"}},
    changed=("name.familyName", "Doe", lambda account: account["lastName"]),
    differs={"groups": False},
    cells=_cells(),
    calls={
        "connects": {READ: 1},
        "matches": {READ: 1},
        "creates": {READ: 2, WRITE: 1},
        "finds": {READ: 1},
        "reads": {READ: 1},
        "keeps": {READ: 1},
        "changes": {READ: 2, WRITE: 1},
        "disables": {READ: 2, "DisableLogin": 1},
        "enables": {READ: 3, "EnableLogin": 1},
        "renames": {READ: 2, WRITE: 1},
        "deletes, disable": {READ: 2, "DisableLogin": 1},
        "deletes, delete": {READ: 2, "CreateUserDeleteBatch": 1, "ExecuteUserDeleteBatch": 1},
    },
    reads=(READ,),
    refusals=(({"auth_failure_body": "html"}, True), ({"auth_failure_body": "json"}, True)),
    apart=frozenset({"users_with_data", "latency_over_30s", "auth_failure_body"}),
)
