"""What the site stores: users and groups, their limits, and how unset values are shown (section 4)."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from typing import Any

from simulators.kintone.errors import Refused

Record = dict[str, Any]
TEXTS = {
    "code": 128, "name": 128, "surName": 64, "givenName": 64, "surNameReading": 64, "givenNameReading": 64,
    "localName": 128, "description": 1000, "phone": 100, "mobilePhone": 100, "extensionNumber": 100, "email": 256,
    "callto": 256, "url": 256, "employeeNumber": 100,
}  # fmt: skip
"""Fields of free text and the characters that they hold."""
DATES = ("birthDate", "joinDate")
CHOICES = {
    "locale": ("auto", "ja", "en", "zh", "zh-TW", "es", "pt-BR", "th"),
    "localNameLocale": ("ja", "en", "zh", "zh-TW", "es", "pt-BR", "th"),
}
OTHERS: Record = {
    "valid": True, "localNameLocale": "ja", "timezone": "Asia/Tokyo", "locale": "auto", "birthDate": None,
    "joinDate": None, "primaryOrganization": None, "sortOrder": None, "customItemValues": (),
}  # fmt: skip
"""The other fields and their values in a new user."""
NULLED = ("birthDate", "joinDate", "primaryOrganization", "sortOrder")
SERVICES = ("kintone", "garoon", "office", "mailwise", "secure_access")
PASSWORD_LENGTH = 64
CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")


@dataclass
class User:
    """One user. `fields` are those of the API, without id and times."""

    id: str
    ctime: str
    mtime: str
    fields: Record
    password: str = ""
    services: list[str] = field(default_factory=list)
    groups: list[str] = field(default_factory=list)
    """Ids of groups."""

    @property
    def code(self) -> str:
        """The login."""
        return str(self.fields["code"])

    @property
    def valid(self) -> bool:
        """Whether the user may sign in."""
        return bool(self.fields["valid"])

    def copy(self) -> User:
        """The user as it is now; values are never changed in place."""
        return replace(self, fields=dict(self.fields), services=list(self.services), groups=list(self.groups))

    def shown(self, style: str) -> Record:
        """The user as the API answers."""
        shown = {"id": self.id, "code": self.code, "ctime": self.ctime, "mtime": self.mtime}
        return shown | {name: _unset(name, value, style) for name, value in self.fields.items()}


@dataclass
class Group:
    """One group."""

    id: str
    code: str
    name: str
    description: str | None = ""

    def shown(self) -> Record:
        """The group as the API answers."""
        return {"id": self.id, "code": self.code, "name": self.name, "description": self.description}


def _unset(name: str, value: Any, style: str) -> Any:
    if name == "customItemValues":
        return [dict(one) for one in value]
    if value not in ("", None) or style == "as_documented":
        return value
    return None if style == "null" or name in NULLED else ""


def new_fields(values: Record) -> Record:
    """All fields of a new user."""
    return {**dict.fromkeys(TEXTS, ""), **OTHERS, "customItemValues": []} | values


def checked(values: Record, prefix: str, items: frozenset[str]) -> Record:
    """The values of a request as they are stored; unknown members are ignored, wrong ones `Refused`."""
    stored: Record = {}
    for name, value in values.items():
        if name in TEXTS:
            stored[name] = text(value, prefix + name, TEXTS[name], blank=name not in ("code", "name"))
        elif name == "customItemValues":
            stored[name] = [_item(one, f"{prefix}{name}", items) for one in _list(value, prefix + name)]
        elif name in OTHERS:
            stored[name] = _other(name, value, prefix)
    return stored


def text(value: Any, key: str, limit: int, *, blank: bool = True) -> str:
    """A text within its limit, without control characters."""
    if not isinstance(value, str) or len(value) > limit or not (blank or value.strip()):
        raise Refused("CB_VA01", key)
    return CONTROL.sub("", value)


def _list(value: Any, key: str) -> list[Any]:
    if not isinstance(value, list):
        raise Refused("CB_VA01", key)
    return value


def _item(one: Any, key: str, items: frozenset[str]) -> Record:
    if not isinstance(one, dict) or one.get("code") not in items:
        raise Refused("CB_VA01", f"{key}.code", "unknown")
    return {"code": one["code"], "value": text(one.get("value") or "", f"{key}.value", 1000)}


def _other(name: str, value: Any, prefix: str) -> Any:
    wrong = (
        (name == "valid" and not isinstance(value, bool))
        or (name in CHOICES and value not in CHOICES[name])
        or (name in DATES and value and not re.fullmatch(r"\d{4}-\d\d-\d\d", str(value)))
        or (name == "timezone" and not (isinstance(value, str) and re.fullmatch(r"UTC|\w+(/[\w+-]+)+", value)))
    )
    if wrong:
        raise Refused("CB_VA01", prefix + name)
    return (value or None) if name in NULLED else value
