"""The fields of a connection: the mapping table, as its settings change it."""

from __future__ import annotations

from collections.abc import Mapping

from scim_adapter import Field

from .settings import KintoneSettings
from .table import CUSTOM, TABLE


def fields(settings: KintoneSettings) -> Mapping[str, Field | str]:
    """The users' table of a connection, with its custom items."""
    table = dict(TABLE)
    if not settings.find_case_variants:
        table["userName"] = Field("code", required=True, unique="backend")
    if settings.external_id_custom_item:
        table["externalId"] = CUSTOM + settings.external_id_custom_item
    return table | {path: CUSTOM + code for path, code in settings.custom_items.items()}
