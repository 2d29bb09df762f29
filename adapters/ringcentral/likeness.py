"""The profile that lies beside, as the settings of one connection want it."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from scim_adapter import Field
from scim_adapter.scim_backend import Profile, load

from .settings import RingCentralSettings

HERE = Path(__file__).parent
MAIL, COUNTRY = 'emails[type eq "work"].value', 'addresses[type eq "work"].country'


def profile() -> Profile:
    """The profile of RingCentral, which shows names for the codes of countries."""
    shipped = load(HERE / "profile.toml")
    names = tomllib.loads((HERE / "countries.toml").read_text(encoding="utf-8"))
    rows = (replace(row, rewrite=names) if row.path == COUNTRY else row for row in shipped.users.rows)
    return replace(shipped, users=replace(shipped.users, rows=tuple(rows)))


def fields(shipped: Mapping[str, Field | str], settings: RingCentralSettings) -> Mapping[str, Field | str]:
    """The mapping table as the connection wants it: how countries look, and whether the login is the client's to name.

    Where it is not, the work address is what RingCentral calls `userName`, and the gateway keeps the client's own.
    """
    found = {path: one if isinstance(one, Field) else Field(one) for path, one in shipped.items()}
    if settings.countries == "names":
        found[COUNTRY] = replace(found[COUNTRY], read=found[COUNTRY].write)
    if settings.user_name == "keep":
        found[MAIL] = found.pop("userName")
    return found
