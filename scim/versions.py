"""ETags: versions of resources, and the conditions that clients put on them (RFC 7644 3.14, RFC 9110 13)."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from json import JSONEncoder
from typing import Any

from scim.errors import ScimError
from scim.text import pieces

SORTED = JSONEncoder(sort_keys=True, default=str)
"""How states are written to be compared."""
_TAG = re.compile(r'(?:W/)?("[^"]*")')


def version(state: Any) -> str:
    """The weak version of a state of JSON values, such as `W/"3f2a9c0d5e7b1a64"`: equal states have equal versions."""
    digest = hashlib.blake2b(digest_size=8)
    for piece in pieces(state, SORTED):
        digest.update(piece.encode())
    return f'W/"{digest.hexdigest()}"'


@dataclass(frozen=True, slots=True)
class Conditions:
    """What a request's `If-Match` and `If-None-Match` demand; None where a header is missing."""

    match: str | None = None
    none_match: str | None = None

    @classmethod
    def of(cls, headers: Mapping[str, str]) -> Conditions:
        """The conditions of a request, by its lower-case header names."""
        return cls(headers.get("if-match"), headers.get("if-none-match"))

    def __bool__(self) -> bool:
        return self.match is not None or self.none_match is not None

    def demand(self, versions: tuple[str, ...]) -> None:
        """412 unless a resource that exists, with any of these versions, may be written."""
        if self.match is not None and not _names(self.match, versions):
            raise ScimError(412, "The resource has changed since it was read; read it again and repeat the request.")
        if self.none_match is not None and _names(self.none_match, versions):
            raise ScimError(412, "The resource exists in a version that If-None-Match rules out.")

    def unchanged(self, version: str) -> bool:
        """Whether a reader has this version already (304); 412 where `If-Match` asks for another one."""
        Conditions(self.match).demand((version,))
        return self.none_match is not None and _names(self.none_match, (version,))


ALWAYS = Conditions()
"""No condition."""


def _names(header: str, versions: tuple[str, ...]) -> bool:
    """Whether a header names one of the versions. All of ours are weak; a tag sent without quotes is understood."""
    if header.strip() == "*":
        return True
    sent = set(_TAG.findall(header)) or {f'"{tag.strip()}"' for tag in header.split(",")}
    return any(_TAG.findall(version)[0] in sent for version in versions)
