"""A link: one mapping row, id to native key, with what the gateway keeps beside it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from scim.identity.ids import index_prefix
from scim.identity.store import Row, Value

State = Literal["", "hidden", "gone"]
"""Visible, hidden by a delete that disabled the account, or deleted for good by us."""


@dataclass(frozen=True, slots=True)
class Link:
    """What the map knows of one id."""

    id: str
    key: str
    kept: Mapping[str, Any] = field(default_factory=dict)
    """Attributes that the backend has no place for, as SCIM JSON."""
    created: str = ""
    state: State = ""
    generation: int = 0
    unfinished: bool = False
    """Linked by the sweep after an interrupted create: its side steps must be repeated once."""
    next_key: str = ""
    """The key that a rename under way will give to the record."""
    first: str = ""
    """The native key that the id is derived from; it never changes. Empty for later lives of a key, and in old rows."""
    current: str = ""
    """The id that owns the native key from which this id is derived, once that was decided otherwise than by sight."""
    turn: str = ""
    """Set while somebody has the turn at this resource (`scim/turns.py`)."""
    etag: str = ""
    """Empty when the row has just been written without reading it."""

    @property
    def visible(self) -> bool:
        """Whether clients may see the resource."""
        return self.state == ""

    def values(self) -> dict[str, Value]:
        """The row's values."""
        values: dict[str, Value] = {"native": self.key} if self.key != self.first else {}
        if self.kept:
            values["kept"] = json.dumps(self.kept, ensure_ascii=False, sort_keys=True)
        optional: dict[str, Value] = {
            "created": self.created,
            "state": self.state,
            "generation": self.generation,
            "unfinished": self.unfinished,
            "next": self.next_key,
            "first": self.first,
            "current": self.current,
            "turn": self.turn,
        }
        return values | {name: value for name, value in optional.items() if value}


def link_of(id: str, row: Row) -> Link:
    """The link in a mapping row."""
    values = row.values
    return Link(
        id=id,
        key=str(values.get("native") or values.get("first", "")),
        kept=json.loads(str(values["kept"])) if values.get("kept") else {},
        created=str(values.get("created", "")),
        state=str(values.get("state", "")),  # type: ignore[arg-type]
        generation=int(values.get("generation", 0)),
        unfinished=bool(values.get("unfinished", False)),
        next_key=str(values.get("next", "")),
        first=str(values.get("first", "")),
        current=str(values.get("current", "")),
        turn=str(values.get("turn", "")),
        etag=row.etag,
    )


def index_keys(salt: bytes, id: str, kept: Mapping[str, Any]) -> set[str]:
    """The index rows that a link with these kept attributes has: one for each simple text."""
    return {index_prefix(salt, name, value) + id for name, value in kept.items() if isinstance(value, str)}
