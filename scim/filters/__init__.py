"""Filters (RFC 7644 3.4.2.2) and PATCH paths (3.5.2): text to tree.

Nearly every filter on the wire is `attribute eq "value"`, and nearly every path is a name, or such a comparison in
brackets behind one: they are read by regular expressions, and the grammar is imported when something else arrives.
"""

from __future__ import annotations

import re
from functools import lru_cache

from scim.filters.tokens import KEYWORDS, MAX_LENGTH, NAME, STRING, URN, unquoted
from scim.filters.tree import (
    NUMERIC,
    And,
    AttributePath,
    Comparison,
    Filter,
    FilterSyntaxError,
    Not,
    Or,
    PatchPath,
    Present,
    ValuePath,
    conjuncts,
    paths,
)

_PATH = rf"(?:(?P<schema>{URN}):)?(?P<attribute>{NAME})(?:\.(?P<sub>{NAME}))?"
_EQUALITY = re.compile(rf"[ \t]*{_PATH}[ \t]+(?i:eq)[ \t]+(?P<value>{STRING})[ \t]*")
_SIMPLE_PATH = re.compile(_PATH)
_VALUE_PATH = re.compile(
    rf"(?:(?P<schema>{URN}):)?(?P<attribute>{NAME})"
    rf"\[(?P<inner>{NAME})[ \t]+(?i:eq)[ \t]+(?P<value>{STRING})\](?:\.(?P<sub>{NAME}))?"
)


@lru_cache(512)
def parse_filter(text: str) -> Filter:
    """The tree of a filter; `FilterSyntaxError` says where it cannot be read."""
    match = _EQUALITY.fullmatch(text) if len(text) <= MAX_LENGTH else None
    if match is not None and match["attribute"].upper() not in KEYWORDS:
        return Comparison(_path(match), "eq", unquoted(match["value"], match.start("value")))
    from scim.filters.grammar import filter_of

    return filter_of(text)


@lru_cache(512)
def parse_path(text: str) -> PatchPath:
    """The tree of a PATCH path, or of an attribute's name; `FilterSyntaxError` says where it cannot be read."""
    match = _SIMPLE_PATH.fullmatch(text)
    if match is not None and match["attribute"].upper() not in KEYWORDS:
        return PatchPath(_path(match))
    match = _VALUE_PATH.fullmatch(text) if len(text) <= MAX_LENGTH else None
    if match is not None and not {match["attribute"].upper(), match["inner"].upper()} & KEYWORDS:
        value = unquoted(match["value"], match.start("value"))
        return PatchPath(_path(match), Comparison(AttributePath(match["inner"], None, None), "eq", value))
    from scim.filters.grammar import path_of

    return path_of(text)


def _path(match: re.Match[str]) -> AttributePath:
    return AttributePath(match["attribute"], match["sub"], match["schema"])


__all__ = [
    "NUMERIC",
    "And",
    "AttributePath",
    "Comparison",
    "Filter",
    "FilterSyntaxError",
    "Not",
    "Or",
    "PatchPath",
    "Present",
    "ValuePath",
    "conjuncts",
    "parse_filter",
    "parse_path",
    "paths",
]
