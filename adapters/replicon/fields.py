"""The fields of a connection: the mapping table, as its settings change it."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from scim_adapter import Field, Native

from .settings import RepliconSettings
from .table import CUSTOM, ENTERPRISE, TABLE


def fields(settings: RepliconSettings) -> Mapping[str, Field | str]:
    """The table of a connection, with its custom fields and the defaults for new users."""
    table = dict(TABLE)
    if settings.display_name == "off":
        del table["displayName"]
    if settings.default_time_zone:
        table["timezone"] = Field("timeZone", default=_always(settings.default_time_zone))
    if settings.default_department:
        table[f"{ENTERPRISE}:department"] = Field("department", default=_always(settings.default_department))
    if settings.external_id_custom_field:
        table["externalId"] = CUSTOM + settings.external_id_custom_field
    return table | {path: CUSTOM + name for path, name in settings.custom_fields.items()}


def _always(value: str) -> Callable[[Native], str]:
    return lambda record: value
