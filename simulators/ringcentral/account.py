"""One account: its users, its tokens and its limits."""

from __future__ import annotations

import itertools
from typing import Any

from simulators.ringcentral.limits import Limits
from simulators.ringcentral.switches import Switches
from simulators.scim.tenant import Tenant

Json = dict[str, Any]
FIRST, STEP = 1271140020, 4099
"""Ids are as long as RingCentral's and have gaps."""
PHONES = [{"type": "work", "value": "+16505550100"}, {"type": "other", "value": "146"}]
"""The direct number and the extension number, which are not the client's to write."""
COUNTRIES = {
    "AT": "Austria", "AU": "Australia", "CA": "Canada", "CH": "Switzerland", "DE": "Germany", "ES": "Spain",
    "FR": "France", "GB": "United Kingdom", "IE": "Ireland", "IN": "India", "IT": "Italy", "JP": "Japan",
    "NL": "Netherlands", "PL": "Poland", "SE": "Sweden", "US": "United States",
}  # fmt: skip


class Account(Tenant[Switches]):
    """A customer of RingCentral's."""

    kind = Switches

    def reset(self) -> None:
        """Nobody is there."""
        super().reset()
        self.store.numbers = {kind: itertools.count(FIRST, STEP) for kind in self.store.numbers}
        self.limits = Limits()
        self.tokens: dict[str, float] = {}
        self.issued = itertools.count(1)

    def habits(self) -> dict[str, Any]:
        """The server's rules, and its switches."""
        switches = self.switches
        rewrite: Json = {"country": COUNTRIES} if switches.country_shown == "name" else {}
        return {
            "groups": False,
            "filters": ["userName", "emails"],
            "case_sensitive": switches.filter_case == "exact",
            "active_default": False,
            "patch": switches.patch,
            "licences": switches.licences,
            "page_max": switches.max_count,
            "discovery": switches.discovery,
            "short_lists": ["addresses", "phoneNumbers"] if switches.short_list_items else [],
            "server_values": {"phoneNumbers": PHONES} if switches.server_phones == "shown" else {},
            "ignored": ["externalId"] if switches.external_id == "dropped" else [],
            "rewrite": rewrite | ({"userName": "lower"} if switches.login_case == "lower" else {}),
        }

    def issue(self) -> str:
        """A new token."""
        made = f"issued-{next(self.issued)}"
        self.tokens[made] = self.clock() + self.switches.token_life
        return made

    def opens(self, header: str, scim_token: str) -> str:
        """Empty when an Authorization header opens the account, else the platform's code for why not."""
        scheme, _, value = header.partition(" ")
        if scheme != "Bearer" or not value:
            return "OAU-149"
        if value == scim_token:
            return ""
        ends = self.tokens.get(value)
        if ends is None:
            return "OAU-213"
        return "" if self.clock() < ends else "OAU-128"
