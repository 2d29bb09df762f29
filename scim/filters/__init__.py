"""Stop-gap."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Any

from scim.filters.tree import And, AttributePath, Comparison, Filter, Not, Or, PatchPath, Present, ValuePath


class FilterSyntaxError(ValueError):
    position: int | None = None


@dataclass(frozen=True)
class AttributeType:
    type: str
    case_exact: bool = False
    multi: bool = False


A = re.compile(r'(?:(urn:[^\s\[\]"]*?):)?([A-Za-z$][\w$-]*)(?:\.([\w$-]+))?\Z')


def _ap(text: str) -> AttributePath:
    m = A.match(text)
    if not m:
        raise FilterSyntaxError(text)
    return AttributePath(m[2], m[3], m[1])


T = re.compile(
    r'\s*((?:urn:)?[\w:.$-]+?)(\[(.*?)\](?:\.(\w+))?)?\s+eq\s+("(?:[^"\\]|\\.)*"|true|false|True|False|\d+)\s*(?:and\s|\Z)',
    re.I,
)


def parse_filter(text: str) -> Filter:
    terms = []
    pos = 0
    while pos < len(text):
        m = re.match(
            r'\s*(urn:[\w:.]+:)?([\w$]+)(?:\.([\w$]+))?(?:\[([^\]]*)\](?:\.(\w+))?)?(?:\s+eq\s+("(?:[^"\\]|\\.)*"|true|false|\d+))?\s*(and\s|\Z)',
            text[pos:],
            re.I,
        )
        if not m:
            raise FilterSyntaxError("Only eq and and are understood.")
        path = AttributePath(m[2], m[3], m[1][:-1] if m[1] else None)
        value = json.loads(m[6] if m[6] and m[6][0] == '"' else m[6].lower()) if m[6] else None
        if m[4]:
            inner = parse_filter(m[4])
            if m[5]:
                inner = And((inner, Comparison(AttributePath(m[5]), "eq", value)))
            terms.append(ValuePath(path, inner))
        elif m[6] is None:
            raise FilterSyntaxError("Only eq and and are understood.")
        else:
            terms.append(Comparison(path, "eq", value))
        pos += m.end()
    if not terms:
        raise FilterSyntaxError("empty")
    return terms[0] if len(terms) == 1 else And(tuple(terms))


def parse_path(text: str, schemas: Collection[str] = ()) -> PatchPath:
    m = re.fullmatch(r"([^\[\]]+)(?:\[(.*)\](?:\.(\w+))?)?", text)
    if not m:
        raise FilterSyntaxError(text)
    p = _ap(m[1])
    if m[2] is not None:
        return PatchPath(AttributePath(p.attribute, m[3], p.schema), parse_filter(m[2]))
    return PatchPath(p)


def conjuncts(f: Filter) -> tuple[Filter, ...]:
    return tuple(x for t in f.terms for x in conjuncts(t)) if isinstance(f, And) else (f,)


def matches(f: Filter, resource: Mapping[str, Any], types: Callable[[AttributePath], AttributeType | None]) -> bool:
    if isinstance(f, And):
        return all(matches(t, resource, types) for t in f.terms)
    if isinstance(f, ValuePath):
        return any(matches(f.filter, e, lambda p: AttributeType("string")) for e in resource.get(f.path.attribute, []))
    assert isinstance(f, Comparison)
    home = resource.get(f.path.schema or "", resource)
    v = home.get(f.path.attribute)
    vs = v if isinstance(v, list) else [v]
    for v in vs:
        if isinstance(v, dict):
            v = v.get(f.path.sub or "value")
        if isinstance(v, str) and isinstance(f.value, str):
            if v.casefold() == f.value.casefold():
                return True
        elif v == f.value or str(v).lower() == str(f.value).lower():
            return True
    return False
