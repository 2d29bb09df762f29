"""Kintone as a row."""

from __future__ import annotations

from typing import Any

from simulators.kintone.switches import Switches
from tests.end_to_end.lifecycle.system import Cell, Held, System, choices

OWN = ("Administrator", "scim.gateway")
LIST = 2
"""Calls for a list of fewer than 100 users, or groups, and its empty end."""
REFUSED = ("two_factor", "ip_refused", "auth_failure_status", "token_scope")


BY_TOKEN = (
    Cell(settings={"login": ""}, secret="api_token"),
    Cell({"token_scope": "write"}, {"login": "", "groups": False}, {"groups": False}, secret="api_token"),
)
"""With an API token instead of a login; only one for the *Dangerous Zone* may change who is in a group."""


def _cells() -> list[Cell]:
    single = choices(Switches, {"page_cap": [1]}, apart=REFUSED)
    together = {name: value for one in single for name, value in one.items()}
    return [Cell(), *map(Cell, single), Cell(together), *BY_TOKEN]


def _held(state: Any) -> Held:
    names = {group["code"]: group["name"] for group in state["groups"]}
    users = {user["code"]: user for user in state["users"] if user["code"] not in OWN}
    groups = {
        name: frozenset(login for login, user in users.items() if code in user["groups"])
        for code, name in names.items()
        if name not in ("Administrators", "Everyone")
    }
    return Held(users, groups)


KINTONE = System(
    name="kintone",
    settings={"base_url": "{url}", "login": "scim.gateway"},
    secret="password",
    arguments=("--password", "--token"),
    held=_held,
    enabled="valid",
    changed=("name.familyName", "Doe", lambda account: account["surName"]),
    cells=_cells(),
    calls={
        "connects": {"GET users": 1},
        "matches": {"GET users": 1},
        "creates": {"GET users": 2 + LIST, "POST users": 1, "PUT users/services": 1},
        "finds": {"GET users": 1},
        "reads": {"GET users": 1},
        "keeps": {"GET users": 1},
        "changes": {"GET users": 3, "PUT users": 1},
        "disables": {"GET users": 3, "PUT users": 1},
        "enables": {"GET users": 3, "PUT users": 1},
        "renames": {"GET users": 4 + LIST, "PUT users/codes": 1},
        "deletes, disable": {"GET users": 3, "PUT users": 1},
        "deletes, delete": {"GET users": 1, "DELETE users": 1},
    },
    refusals=(
        ({}, True),
        ({"auth_failure_status": 520}, True),
        ({"two_factor": True}, False),
        ({"ip_refused": True}, False),
    ),
    apart=frozenset({"token_scope"}),
    stale=True,
)
