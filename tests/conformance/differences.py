"""Where we differ from scim2-models on purpose: what docs/explanation/scim2-models.md judges, told from the request.

A difference that none of these explains is a fault of ours, or a new row for that page.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping

from scim.filters import (
    AttributePath,
    Comparison,
    Filter,
    FilterSyntaxError,
    ValuePath,
    parse_filter,
    paths,
)
from scim.schemas import ResourceSchema

TEXT = re.compile(r'"(?:[^"\\]|\\.)*"')


def _tree(text: str) -> Filter | None:
    try:
        return parse_filter(text)
    except FilterSyntaxError:
        return None


def _named(text: str) -> list[AttributePath]:
    tree = _tree(text)
    return list(paths(tree)) if tree is not None else []


def _comparisons(tree: Filter | None) -> Iterator[Comparison | ValuePath]:
    match tree:
        case Comparison() | ValuePath():
            yield tree
        case None:
            return
        case _:
            for term in getattr(tree, "terms", None) or filter(None, [getattr(tree, "term", None)]):
                yield from _comparisons(term)


def _extension_without_urn(schema: ResourceSchema, text: str) -> bool:
    return any(at.schema is None and (found := schema.find(at.attribute)) and found[0] for at in _named(text))


def _whole_complex(schema: ResourceSchema, text: str) -> bool:
    """A complex attribute, compared as if it were its value, or having none."""
    for at in _named(text):
        found = schema.find(at.attribute, at.schema)
        if found and found[1].type == "complex" and at.sub is None:
            return not found[1].multi or found[1].sub("value") is None
    return False


def _compares_type(schema: ResourceSchema, text: str, type: str, condition: Callable[[Comparison], bool]) -> bool:
    for one in _comparisons(_tree(text)):
        if isinstance(one, Comparison) and (found := schema.find(one.path.attribute, one.path.schema)):
            leaf = found[1].sub(one.path.sub) if one.path.sub else found[1]
            if leaf and leaf.type == type and condition(one):
                return True
    return False


def _unknown(schema: ResourceSchema, text: str) -> bool:
    for at in _named(text):
        found = schema.find(at.attribute, at.schema)
        if found is None or (at.sub is not None and found[1].sub(at.sub) is None):
            return True
    inner = [one.filter for one in _comparisons(_tree(text)) if isinstance(one, ValuePath)]
    return any(at.sub is not None for one in inner for at in paths(one))


def _no_zone(one: Comparison) -> bool:
    return isinstance(one.value, str) and re.search(r"T[0-9:.]+$", one.value) is not None


def _no_time(one: Comparison) -> bool:
    return one.op in ("eq", "ne") and not (isinstance(one.value, str) and re.match(r"\d{4}-\d\d-\d\dT", one.value))


FILTERS: Mapping[str, Callable[[ResourceSchema, str], bool]] = {
    "extension attributes without their URN": _extension_without_urn,
    "a complex attribute stands for its value": _whole_complex,
    "times compared as texts": lambda s, t: _compares_type(s, t, "dateTime", lambda one: one.op in ("co", "sw", "ew")),
    "times without a zone": lambda s, t: _compares_type(s, t, "dateTime", _no_zone),
    "texts that are no time": lambda s, t: _compares_type(s, t, "dateTime", _no_time),
    "texts that are no boolean": lambda s, t: _compares_type(
        s, t, "boolean", lambda one: isinstance(one.value, str) and one.value.lower() not in ("true", "false")
    ),
    "brackets behind a single complex value": lambda s, t: any(
        isinstance(one, ValuePath) and (found := s.find(one.path.attribute, one.path.schema)) and not found[1].multi
        for one in _comparisons(_tree(t))
    ),
    "an operator behind brackets": lambda s, t: re.search(r"\]\s+[a-z]{2} ", t) is not None,
    "values without quotation marks": lambda s, t: (
        re.search(r'\b(eq|ne|co|sw|ew|gt|ge|lt|le)\s+(?!true\b|false\b|null\b)[^\s"]', TEXT.sub('""', t), re.IGNORECASE)
        is not None
    ),
    "blanks beside a value": lambda s, t: re.search(r'[a-z]""|""[a-z]', TEXT.sub('""', t)) is not None,
    "half a surrogate pair": lambda s, t: re.search(r"\\ud[89a-f]", t, re.IGNORECASE) is not None,
    "passwords": lambda s, t: any(at.attribute == "password" for at in _named(t)),
    "bounds of depth and length": lambda s, t: len(t) > 4096 or t.count("(") > 30,
    "names that no schema knows": _unknown,
}
"""By name: whether a filter is of this kind."""
