"""Vendors that speak SCIM in a way of their own, each as a row."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from simulators.rfpio.switches import Switches as RfpioSwitches
from simulators.ricoh.switches import Switches as RicohSwitches
from simulators.ringcentral.switches import Switches as RingCentralSwitches
from tests.end_to_end.lifecycle.scim import CALLS, held
from tests.end_to_end.lifecycle.system import ENTERPRISE, Cell, System, choices

LIMITS = frozenset({"light", "heavy", "auth", "minute_seconds", "retry_after", "rate_headers"})
"""RingCentral's: with their own tests on a clock of their own; here there are none."""
UNLIMITED = ("light=5000", "heavy=5000", "auth=5000", "minute_seconds=1")
JWT = {"client_id": "client-of-the-gateway", "client_secret": {"env": "BACKEND_SECRET"}}
DEPARTMENT = f"{ENTERPRISE}:department"


def _cells(
    switches: type[Any], others: Mapping[str, Any], copes: Mapping[str, Cell], apart: frozenset[str]
) -> list[Cell]:
    found = [Cell()]
    for one in choices(switches, others, apart):
        [(name, value)] = one.items()
        cope = copes.get(f"{name}={value}") or copes.get(name) or Cell()
        found.append(Cell(one, cope.settings, cope.differs, cope.secret, cope.asks_again))
    return found


NO_DELETE = Cell(differs={"delete": "disable"})
FOUND_OUT = Cell(asks_again=True)
RINGCENTRAL = System(
    name="ringcentral",
    settings={"server": "{root}"},
    secret="scim_token",
    arguments=("--token", "--client-secret", "--jwt"),
    options=tuple(word for switch in UNLIMITED for word in ("--switch", switch)),
    penalty=1.1,
    held=held,
    enabled="active",
    person={
        "title": "Dr",
        "addresses": [{"type": "work", "country": "DE", "primary": True}],
        ENTERPRISE: {"department": "Sales"},
    },
    changed=("name.familyName", "Doe", lambda account: account["name"]["familyName"]),
    renamed=("userName", 'emails[type eq "work"].value'),
    differs={"groups": False, "loses": {"displayName"}},
    cells=_cells(
        RingCentralSwitches,
        {"licences": [900], "max_count": [1], "token_life": [1]},
        {
            "token_life": Cell(settings=JWT, secret="jwt"),
            "external_id": Cell(differs={"loses": {"externalId"}}),
            "delete_effect": Cell(differs={"remains": True}),
        },
        LIMITS | {"scim_enabled"},
    ),
    calls={
        **CALLS,
        "finds": {"GET /Users": 1, "GET /Users/{id}": 1},
        "renames": {"GET /Users/{id}": 1, "PUT /Users/{id}": 1},
    },
    refusals=(({}, True), ({"scim_enabled": False}, False)),
    apart=LIMITS,
)
RFPIO = System(
    name="rfpio",
    settings={"base_url": "{url}"},
    secret="scim_token",
    arguments=("--token",),
    held=held,
    enabled="active",
    person={"title": "Dr"},
    changed=("name.familyName", "Doe", lambda account: account["name"]["familyName"]),
    differs={"groups": False, "loses": {"displayName"}, "renames": 400},
    cells=_cells(
        RfpioSwitches,
        {"max_count": [1], "default_role": [""], "default_business_unit": [""]},
        {"patch_supported": FOUND_OUT, "delete_supported": NO_DELETE},
        frozenset({"scim_enabled"}),
    ),
    calls=CALLS,
    refusals=(({}, True), ({"scim_enabled": False}, False)),
)
RICOH = System(
    name="ricoh",
    connection={"match": ["externalId"]},
    settings={"endpoint": "{url}", "extra_attributes": [DEPARTMENT]},
    secret="access_token",
    arguments=("--token",),
    held=held,
    enabled="active",
    person={ENTERPRISE: {"department": "Sales"}},
    changed=(DEPARTMENT, "Engineering", lambda account: account[ENTERPRISE]["department"]),
    differs={"groups": False, "loses": {"displayName", "name"}},
    cells=_cells(
        RicohSwitches,
        {"max_count": [1], "extra_attributes": [["department"]]},
        {
            "patch_supported": FOUND_OUT,
            "delete_supported": NO_DELETE,
            "user_name_filter": FOUND_OUT,
            "groups": Cell(settings={"sync_groups": True}, differs={"groups": True}),
            "deactivate_behaviour": Cell(differs={"disables": "gone"}),
        },
        frozenset(),
    ),
    calls={**CALLS, "creates": {"GET /Users": 2, "POST /Users": 1}},
    refusals=(({}, True),),
)
