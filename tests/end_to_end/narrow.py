"""A directory that has a place for few attributes, so that the others are the gateway's to decide about."""

from __future__ import annotations

from collections.abc import Sequence

from adapters.directory import DirectoryAdapter
from scim_adapter import Field, Resource

PLACES = ("userName", "displayName", "active")


class Narrow(DirectoryAdapter):
    """Users with a login, a display name, a state and one e-mail address."""

    def resources(self) -> Sequence[Resource]:
        users = next(resource for resource in super().resources() if resource.type == "User")
        users.fields = {path: field for path, field in users.fields.items() if path in PLACES} | {
            'emails[type eq "work"].value': Field("emails", read=_first, write=_only)
        }
        return [users]


def _first(values: list[dict[str, str]]) -> str | None:
    return values[0]["value"] if values else None


def _only(value: str) -> list[dict[str, str]]:
    return [{"type": "work", "value": value}]
