"""Filters: comparisons joined by `and` and `or`, with value paths (RFC 7644 section 3.4.2.2), without brackets."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from typing import Any

from simulators.scim.reply import Refused
from simulators.scim.switches import Switches

TOKEN = re.compile(r'\s*("(?:[^"\\]|\\.)*"|\[|\]|[^\s\[\]"]+)')
TERM = re.compile(r"(?:(?P<urn>urn:.+):)?(?P<name>[\w$-]+)(?:\.(?P<sub>[\w$-]+))?", re.IGNORECASE)
Test = Callable[[dict[str, Any]], bool]
OPERATORS: dict[str, Callable[[Any, Any], bool]] = {
    "eq": lambda a, b: a == b,
    "ne": lambda a, b: a != b,
    "co": lambda a, b: str(b) in str(a),
    "sw": lambda a, b: str(a).startswith(str(b)),
    "ew": lambda a, b: str(a).endswith(str(b)),
    "gt": lambda a, b: str(a) > str(b),
    "lt": lambda a, b: str(a) < str(b),
}


def wrong(detail: str) -> Refused:
    """A filter that cannot be carried out."""
    return Refused(400, detail, "invalidFilter")


def test(text: str, switches: Switches) -> Test:
    """Whether a resource matches; `Refused` for a filter that cannot be read."""
    reader = _Reader(_tokens(text), switches)
    found = reader.either()
    if reader.rest:
        raise wrong("The filter goes on where it should end.")
    return found


def _tokens(text: str) -> list[str]:
    found, position = [], 0
    while position < len(text.rstrip()):
        match = TOKEN.match(text, position)
        if match is None:
            raise wrong("The filter cannot be read.")
        found.append(match[1])
        position = match.end()
    return found


class _Reader:
    def __init__(self, tokens: list[str], switches: Switches) -> None:
        self.rest, self.switches = tokens, switches

    def _next(self) -> str:
        if not self.rest:
            raise wrong("The filter ends too early.")
        return self.rest.pop(0)

    def _follows(self, word: str) -> bool:
        return bool(self.rest) and self.rest[0].lower() == word and bool(self.rest.pop(0))

    def either(self, *, inside: bool = False) -> Test:
        tests = [self.both(inside=inside)]
        while self._follows("or"):
            if not self.switches.filter_or:
                raise wrong("This server knows no or.")
            tests.append(self.both(inside=inside))
        return lambda resource: any(one(resource) for one in tests)

    def both(self, *, inside: bool = False) -> Test:
        tests = [self.term(inside=inside)]
        while self._follows("and"):
            tests.append(self.term(inside=inside))
        return lambda resource: all(one(resource) for one in tests)

    def term(self, *, inside: bool = False) -> Test:
        path = self._next()
        if self._follows("["):
            elements = self.either(inside=True)
            if self._next() != "]":
                raise wrong("A bracket is not closed.")
            return lambda resource: any(elements(one) for one in _objects(_value(resource, path)))
        op = self._next().lower()
        fold = _same if self.switches.case_sensitive and not inside else _folded
        if not inside and not _searchable(path, self.switches):
            if self.switches.other_filters == "ignored":
                self._next()
                return lambda resource: True
            raise wrong(f"This server does not search by {path}.")
        if op == "pr":
            return lambda resource: bool(_value(resource, path))
        if op not in OPERATORS:
            raise wrong(f"There is no operator {op}.")
        wanted = fold(_literal(self._next()))
        return lambda resource: any(OPERATORS[op](fold(one), wanted) for one in _scalars(_value(resource, path)))


def _searchable(path: str, switches: Switches) -> bool:
    return not switches.filters or path.partition(".")[0].lower() in map(str.lower, switches.filters)


def _literal(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        raise wrong(f"{text} is no value.") from None


def _same(value: Any) -> Any:
    return value


def _folded(value: Any) -> Any:
    return value.casefold() if isinstance(value, str) else value


def member(home: Any, name: str) -> Any:
    """A member of an object whatever the case of its name."""
    if not isinstance(home, dict):
        return None
    return next((value for key, value in home.items() if key.lower() == name.lower()), None)


def _value(resource: dict[str, Any], path: str) -> Any:
    found = TERM.fullmatch(path)
    if found is None:
        raise wrong(f"{path} is no attribute.")
    value = member(member(resource, found["urn"]) if found["urn"] else resource, found["name"])
    if found["sub"]:
        return [member(one, found["sub"]) for one in value] if isinstance(value, list) else member(value, found["sub"])
    return value


def _objects(value: Any) -> list[dict[str, Any]]:
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []


def _scalars(value: Any) -> Iterator[Any]:
    for one in value if isinstance(value, list) else [value]:
        held = one.get("value") if isinstance(one, dict) else one
        if held is not None:
            yield held
