"""Cursors (RFC 9865): where a walk over a list stands, sealed, so that any process can go on where another one began.

A cursor holds the place in the backend's own paging and marks of the resources around it, so that a place that moved
because others came or went is found again. It is encrypted, since a backend's own cursor may hold anybody's name, and
authenticated for one connection, one endpoint, one filter and one order.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import json
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from scim.errors import ScimError

TIMEOUT = 3600
"""Seconds for which a cursor is good."""
PURPOSE = "cursors with their way"
"""What a connection's secret for cursors is derived for. Another form of cursors needs another one."""
TAG = 16
MARK = 6
"""Bytes of a mark: in a list of a million, a place is mistaken for another one in one of 50 million walks."""
WIDTH = 8
"""Characters of a mark."""
NEIGHBOURS = 4
"""Resources before a place that are marked: one of them is enough to find it again."""


@dataclass(frozen=True, slots=True)
class Way:
    """The backend's own pages behind a walk: how many, and marks of the first, second, fourth, eighth and so on. Some
    page of each circle is among them sooner or later, so that a cursor stays short and no walk goes on for ever."""

    pages: int = 0
    marks: Sequence[str] = ()

    def behind(self, mark: str) -> Way:
        """The way once one more page was left behind."""
        pages = self.pages + 1
        return Way(pages, self.marks if pages & self.pages else (*self.marks, mark))


@dataclass(frozen=True, slots=True)
class Hint:
    """Where in the backend's own paging a resource stands."""

    offset: int = 0
    """Records or matches before the page, or before the resource, where the walk goes on."""
    native: str | None = None
    """The backend's own cursor of that page."""
    way: Way = Way()


@dataclass(frozen=True, slots=True)
class Place:
    """Where a walk over one resource type stands: before the resource marked `next`, behind those marked `last`."""

    hint: Hint = Hint()
    next: str = ""
    last: Sequence[str] = ()


START = Place()


@dataclass(frozen=True, slots=True)
class Cursor:
    """Where a walk stands: one place for each resource type, None where that type is at its end."""

    places: Sequence[Place | None]
    shown: int = 0
    """Resources that were shown so far."""


def expired() -> ScimError:
    """400 expiredCursor."""
    return ScimError(400, "This cursor is too old; begin again with an empty one.", "expiredCursor")


def invalid() -> ScimError:
    """400 invalidCursor."""
    return ScimError(
        400, "This is no cursor of this query; begin with an empty one and change nothing else.", "invalidCursor"
    )


class Seal:
    """How cursors of one query are written and read. `secret` belongs to the connection."""

    def __init__(self, secret: bytes, query: Sequence[str | None]) -> None:
        self._secret = secret
        self._query = json.dumps(query).encode("ascii")

    def write(self, cursor: Cursor) -> str:
        """The text of a cursor, made of letters, digits, `-` and `_`. It tells nothing, and is good for an hour."""
        places = [None if place is None else _told(place) for place in cursor.places]
        plain = json.dumps([int(time.time()), cursor.shown, places], separators=(",", ":")).encode("ascii")
        tag = self._tag(plain)
        return base64.urlsafe_b64encode(tag + self._mixed(tag, plain)).decode("ascii").rstrip("=")

    def read(self, text: str) -> Cursor:
        """The cursor of a text; 400 invalidCursor unless it was written for this query, 400 expiredCursor later."""
        raw = _decoded(text)
        tag, plain = raw[:TAG], self._mixed(raw[:TAG], raw[TAG:])
        if not hmac.compare_digest(tag, self._tag(plain)):
            raise invalid()
        made, shown, places = json.loads(plain)
        if time.time() - made > TIMEOUT:
            raise expired()
        return Cursor([_place(one) for one in places], shown)

    def _tag(self, plain: bytes) -> bytes:
        """Authenticates the text and the query, and starts the stream that hides the text: nothing is hidden by the
        same stream as something else (a synthetic IV, as in RFC 5297)."""
        whole = len(self._query).to_bytes(4, "big") + self._query + plain
        return hmac.digest(self._secret, b"tag" + whole, "sha256")[:TAG]

    def _mixed(self, tag: bytes, text: bytes) -> bytes:
        blocks = range(-(-len(text) // 32))
        stream = b"".join(hmac.digest(self._secret, b"mix" + tag + n.to_bytes(4, "big"), "sha256") for n in blocks)
        return bytes(a ^ b for a, b in zip(text, stream, strict=False))


def _decoded(text: str) -> bytes:
    try:
        raw = base64.b64decode(text.encode("ascii") + b"=" * (-len(text) % 4), b"-_", validate=True)
    except (UnicodeEncodeError, binascii.Error):
        raise invalid() from None
    if len(raw) <= TAG:
        raise invalid()
    return raw


def _told(place: Place) -> list[Any]:
    hint = place.hint
    return [hint.offset, hint.native, hint.way.pages, hint.way.marks, place.next, place.last]


def _place(told: list[Any] | None) -> Place | None:
    if told is None:
        return None
    offset, native, pages, marks, next, last = told
    return Place(Hint(offset, native, Way(pages, marks)), next, last)


def mark(secret: bytes, id: str, rank: Any = None) -> str:
    """What tells a resource of a list from its neighbours: its id and what it is sorted by, as eight letters."""
    told = f"{id} {rank!r}".encode("utf-8", "surrogatepass")
    return base64.urlsafe_b64encode(hashlib.blake2b(told, key=secret, digest_size=MARK).digest()).decode("ascii")
