"""One row of the corpus of filters."""

from __future__ import annotations

from typing import NamedTuple


class Row(NamedTuple):
    """A filter, and the labels of those it finds in the order of the list."""

    why: str
    filter: str
    people: str
    endpoint: str = "/Users"


class Refusal(NamedTuple):
    """A filter that is answered 400 invalidFilter. `place` counts characters from 1; 0 is the end of the text.

    What can be read and makes no sense has no place (None): the answer then `says` which attribute is meant.
    """

    why: str
    filter: str
    place: int | None = None
    says: str = ""
    endpoint: str = "/Users"


ALL = "ada bab zoe oma cor iva dav han str tru num min"
NOBODY = ""
CORE = "urn:ietf:params:scim:schemas:core:2.0:User"
ENT = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
