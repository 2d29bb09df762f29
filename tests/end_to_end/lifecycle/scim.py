"""A SCIM server as a row: what its switches break is in the profile."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from simulators.scim.switches import Switches
from tests.adapters.scim_profiles import COUNTRY, DUPLICATES, MOBILE, WORK, profile
from tests.end_to_end.lifecycle.system import Cell, Held, System, choices

CITY = 'addresses[type eq "work"].locality'
FEW = profile({"externalId": {"filter": "no"}, WORK: {"filter": "no"}}, groups=False)
NO_GROUPS = {"groups": False}
REWRITTEN = {"userName": "lower", "country": {"GB": "United Kingdom"}}
OTHERS: Mapping[str, Any] = {
    "page_max": [1],
    "filters": [["userName"]],
    "rewrite": [REWRITTEN],
    "ignored": [["title"]],
    "immutable": [["userName"]],
    "create_only": [["roles"]],
    "required": [["externalId"]],
    "short_lists": [["addresses", "phoneNumbers"]],
    "server_values": [{"phoneNumbers": [{"type": "work", "value": "146"}]}],
    "licences": [900],
    "token_life": [1],
}
COPES: Mapping[str, Cell] = {
    "patch=simple": Cell(settings={"profile": profile(update="simple-patch", groups=False)}, differs=NO_GROUPS),
    "patch=none": Cell(settings={"profile": profile(update="put")}),
    "delete=False": Cell(settings={"profile": profile(delete=False)}, differs={"delete": "disable", "dissolves": 501}),
    "groups=False": Cell(settings={"profile": profile(groups=False)}, differs=NO_GROUPS),
    "paging=ignored": Cell(settings={"profile": profile(paging="none")}),
    "page_max=1": Cell(settings={"profile": profile(page_size=1)}),
    "totals=page": Cell(settings={"profile": profile(paging="until-empty")}),
    "empty_list=404": Cell(settings={"profile": profile(empty_list=404)}),
    "filters=['userName']": Cell(settings={"profile": FEW}, differs=NO_GROUPS),
    "other_filters=ignored": Cell({"filters": ["userName"]}, {"profile": FEW}, NO_GROUPS),
    "case_sensitive=True": Cell(settings={"profile": profile({"userName": {"filter": "eq-exact"}})}),
    "booleans=strings": Cell(settings={"profile": profile(active={"strings": True})}),
    "numeric_ids=True": Cell(settings={"profile": profile(id_pattern="[0-9]+")}),
    "rewrite": Cell(settings={"profile": profile({"userName": {"rewrite": "lower"},
                                                  COUNTRY: {"rewrite": {"GB": "United Kingdom"}}})}),
    "ignored": Cell(settings={"profile": profile({"title": None})}, differs={"loses": {"title"}}),
    "immutable": Cell(settings={"profile": profile({"userName": {"mutable": "create"}})}, differs={"renames": 400}),
    "create_only": Cell(settings={"profile": profile({"roles": {"mutable": "create"}})}),
    "required": Cell(settings={"profile": profile({"externalId": {"required": True}})}),
    "short_lists": Cell(
        settings={"profile": profile({path: {"listed": False} for path in (COUNTRY, CITY, MOBILE)})},
        differs={"loses": {"addresses"}},
    ),
    "conflict_status=400": Cell(settings={"profile": profile(rules=DUPLICATES)}),
    "conflict_status=500": Cell(settings={"profile": profile(rules=DUPLICATES)}),
    "not_found_body=json": Cell(settings={"profile": profile(not_found="json")}),
    "not_found_body=html": Cell(settings={"profile": profile(not_found="any")}),
    "not_found_body=empty": Cell(settings={"profile": profile(not_found="any")}),
    "active_on_create=ignored": Cell(settings={"profile": profile(active={"on_create": "ignored"})}),
    "on_disable=deleted": Cell(
        settings={"profile": profile(active={"on_disable": "deleted"})}, differs={"disables": "gone"}
    ),
    "etags=True": Cell(settings={"profile": profile(etags=True)}),
    "member_remove=value": Cell(settings={"profile": profile(members={"remove": "value"})}),
    "strict_members=True": Cell(settings={"profile": profile(members={"batch": 1})}),
    "token_life=1": Cell(
        settings={"token_url": "{root}/oauth/token", "client_id": "scim.gateway"}, secret="client_secret"
    ),
}  # fmt: skip
"""What an administrator says of a server with such a habit; the others need nothing."""


def _cells() -> list[Cell]:
    found = [Cell()]
    for switches in choices(Switches, OTHERS):
        [(name, value)] = switches.items()
        cope = COPES.get(f"{name}={value}") or COPES.get(name) or Cell()
        found.append(replace(cope, switches={**cope.switches, **switches}))
    return found


def held(state: Any) -> Held:
    users = {user["userName"]: user for user in state["users"]}
    logins = {user["id"]: login for login, user in users.items()}
    groups = {
        group["displayName"]: frozenset(logins[member["value"]] for member in group.get("members", ()))
        for group in state["groups"]
    }
    return Held(users, groups)


CALLS = {
    "connects": {"GET /Users": 1},
    "matches": {"GET /Users": 1},
    "creates": {"GET /Users": 1, "POST /Users": 1},
    "finds": {"GET /Users": 1},
    "reads": {"GET /Users/{id}": 1},
    "keeps": {"GET /Users/{id}": 1},
    "changes": {"GET /Users/{id}": 1, "PATCH /Users/{id}": 1},
    "disables": {"GET /Users/{id}": 1, "PATCH /Users/{id}": 1},
    "enables": {"GET /Users/{id}": 2, "PATCH /Users/{id}": 1},
    "renames": {"GET /Users/{id}": 1, "PATCH /Users/{id}": 1},
    "deletes, disable": {"GET /Users/{id}": 1, "PATCH /Users/{id}": 1},
    "deletes, delete": {"GET /Users/{id}": 1, "DELETE /Users/{id}": 1},
}
"""Of each step, by the standard."""
SCIM = System(
    name="scim",
    settings={"base_url": "{url}", "profile": profile()},
    secret="bearer_token",
    arguments=("--token", "--password"),
    held=held,
    enabled="active",
    person={"title": "Dr", "addresses": [{"type": "work", "country": "GB", "primary": True}]},
    changed=("name.familyName", "Doe", lambda account: account["name"]["familyName"]),
    cells=_cells(),
    calls=CALLS,
    refusals=(({}, True),),
)
