"""The words of a filter: one regular expression, with the positions that errors need.

It replaces the tokens of `scim2-filter-parser`, which lose the type of a value, know no escapes and no numbers above 9
and take the start of `trueName` for a keyword.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple

from scim.filters.tree import FilterSyntaxError

MAX_LENGTH = 4096
MAX_DEPTH = 30
STRING = r'"(?:[^"\\\x00-\x1f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"'
NAME = r"[A-Za-z$][A-Za-z0-9_$-]*"
URN = r"[A-Za-z]+:[A-Za-z0-9:._-]+(?=:)"
NUMBER = r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?"
TOKENS = re.compile(
    rf"(?P<BLANK>[ \t]+)|(?P<STRING>{STRING})|(?P<SCHEMA_URI>{URN}):"
    rf"|(?P<SUBATTR>\.{NAME})|(?P<LPAREN>\()|(?P<RPAREN>\))"
    rf"|(?P<LBRACKET>\[)|(?P<RBRACKET>\])|(?P<WORD>{NAME})"
)
BARE = re.compile(r"[^\s()\[\]\"]+")
"""A value without quotes, as Microsoft's old collection sends it."""
COMPARISONS = frozenset(("EQ", "NE", "CO", "SW", "EW", "GT", "GE", "LT", "LE"))
KEYWORDS = COMPARISONS | {"PR", "AND", "OR", "NOT"}
LITERALS = {"true": ("TRUE", True), "false": ("FALSE", False), "null": ("NULL", None)}


class Number(NamedTuple):
    """A number, and how it is written."""

    value: int | float
    text: str


@dataclass(slots=True)
class Token:
    """What the parser reads; the members are those of SLY's own tokens."""

    type: str
    value: Any
    index: int
    end: int
    lineno: int = 1


def tokens(text: str) -> Iterator[Token]:
    """The tokens of a filter; `FilterSyntaxError` at the first character that fits nowhere."""
    if len(text) > MAX_LENGTH:
        raise FilterSyntaxError(f"it is longer than {MAX_LENGTH} characters", MAX_LENGTH)
    place, depth, brackets, last = 0, 0, 0, ""
    while place < len(text):
        token, place = _value(text, place) if last in COMPARISONS and text[place] not in " \t" else _token(text, place)
        if token is None:
            continue
        depth += {"LPAREN": 1, "RPAREN": -1}.get(token.type, 0)
        brackets += {"LBRACKET": 1, "RBRACKET": -1}.get(token.type, 0)
        if depth > MAX_DEPTH or brackets > 1:
            raise FilterSyntaxError("it is nested too deeply", token.index)
        last = token.type
        yield token


def _token(text: str, place: int) -> tuple[Token | None, int]:
    match = TOKENS.match(text, place)
    if match is None or match.lastgroup == "STRING":
        raise FilterSyntaxError("this character is not expected", place)
    kind, found = str(match.lastgroup), match[0]
    if kind == "BLANK":
        return None, match.end()
    if kind == "WORD":
        word = found.upper()
        return Token(word if word in KEYWORDS else "ATTRNAME", found, place, match.end()), match.end()
    if kind == "SUBATTR" and text[place - 1 : place] in ("", " ", "\t"):
        raise FilterSyntaxError("a sub-attribute follows its attribute without a blank", place)
    value = {"SCHEMA_URI": match["SCHEMA_URI"], "SUBATTR": found[1:]}.get(kind, found)
    return Token(kind, value, place, match.end()), match.end()


def _value(text: str, place: int) -> tuple[Token, int]:
    """What stands after a comparison operator: a JSON literal, or a bare word."""
    if text[place - 1] not in " \t":
        raise FilterSyntaxError("a blank is expected before the value", place)
    if text[place] == '"':
        return _string(text, place)
    match = BARE.match(text, place)
    if match is None:
        raise FilterSyntaxError("a value is expected", place)
    word = match[0]
    if re.fullmatch(NUMBER, word):
        return Token("NUMBER", Number(json.loads(word), word), place, match.end()), match.end()
    kind, value = LITERALS.get(word.lower(), ("COMP_VALUE", word))
    return Token(kind, value, place, match.end()), match.end()


def _string(text: str, place: int) -> tuple[Token, int]:
    match = re.compile(STRING).match(text, place)
    if match is None:
        raise FilterSyntaxError("this string does not end, or has a character that JSON forbids", place)
    end = match.end()
    if end < len(text) and text[end] not in " \t)]":
        raise FilterSyntaxError("a blank is expected after the value", end)
    return Token("COMP_VALUE", unquoted(match[0], place), place, end), end


def unquoted(quoted: str, place: int) -> str:
    """The text of a JSON string; half a surrogate pair is refused."""
    value = str(json.loads(quoted))
    try:
        value.encode()
    except UnicodeEncodeError:
        raise FilterSyntaxError("this string is not valid Unicode", place) from None
    return value
