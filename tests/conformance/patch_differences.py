"""The kinds of difference between a PATCH of ours and one of scim2-models; see `differences` for filters."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from scim.filters import FilterSyntaxError, parse_path
from scim.schemas import ResourceSchema

Json = dict[str, Any]


def _nodes(value: Any) -> Iterator[Any]:
    yield value
    for child in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from _nodes(child)


class Step:
    """One operation, with the attribute that its path names."""

    def __init__(self, schema: ResourceSchema, operation: Any, before: Json) -> None:
        self.before, self.extra = (
            before,
            isinstance(operation, dict) and {name.lower() for name in operation} - {"op", "path", "value"},
        )
        given = {k.lower(): v for k, v in operation.items()} if isinstance(operation, dict) else {}
        self.op, self.path, self.value = str(given.get("op")).lower(), given.get("path"), given.get("value")
        self.valued = "value" in given
        self.attribute, self.sub, self.filter, self.bare = None, None, None, False
        try:
            parsed = parse_path(self.path) if isinstance(self.path, str) and self.path else None
        except FilterSyntaxError:
            parsed = None
        if parsed and (found := schema.find(parsed.path.attribute, parsed.path.schema)):
            self.attribute, self.sub, self.filter = found[1], parsed.path.sub, parsed.filter
            self.bare = parsed.path.schema is None and found[0] is not None
        self.keys = list(self.value) if isinstance(self.value, dict) else []
        self.elements = self.value if isinstance(self.value, list) else [self.value]
        self.schema = schema

    @property
    def complex(self) -> bool:
        """Whether the value stands for an object, or for several."""
        return self.attribute is not None and self.attribute.type == "complex" and self.sub is None

    def inside(self) -> Iterator[tuple[Any, Any]]:
        """The attributes that the value itself names, at any level, with what it says of them."""
        for node in _nodes(self.value):
            for name, value in node.items() if isinstance(node, dict) else ():
                urn, plain = _split(name)
                found = self.schema.find(plain, urn)
                yield (found[1] if found else None), value


def _members(value: Any) -> list[tuple[str, Any]]:
    return list(value.items()) if isinstance(value, dict) else []


def _split(name: str) -> tuple[str | None, str]:
    urn, _, rest = name.rpartition(":")
    return urn or None, rest.split(".")[0].split("[")[0]


def _unknown_part(step: Step) -> bool:
    known = {sub.name.lower() for sub in step.attribute.subs} if step.attribute else set()
    return step.complex and any(
        name.lower() not in known for node in step.elements if isinstance(node, dict) for name in node
    )


def _read_only_part(step: Step) -> bool:
    read_only = {"id", "meta", "schemas", "groups"}
    if step.path is None:
        blocks = [value for name, value in _members(step.value) if step.schema.schema(name) and isinstance(value, dict)]
        return any(name.lower() in read_only for one in (step.keys, *blocks) for name in one)
    named = {name for one in step.elements if isinstance(one, dict) for name in one}
    subs = [step.attribute.sub(name) for name in named] if step.attribute and step.complex else []
    return any(sub is not None and sub.mutability == "readOnly" for sub in subs)


def _scalar(step: Step) -> bool:
    objects = [(step.attribute, step.value)] if step.complex else list(step.inside())
    for attribute, value in objects:
        if attribute is not None and attribute.type == "complex" and not (step.op == "remove" and value is None):
            elements = value if isinstance(value, list) else [value]
            if any(not isinstance(one, dict) for one in elements) or (isinstance(value, list) and not attribute.multi):
                return True
    return False


def _again(step: Step) -> bool:
    """A list that gets a value twice, or a value of a type that it has."""
    lists = [(step.attribute, step.value)] if step.complex else list(step.inside())
    for attribute, value in lists:
        held = step.before.get(attribute.name, []) if attribute and attribute.multi and step.op == "add" else []
        sent = [one for one in (value if isinstance(value, list) else [value]) if isinstance(one, dict)]
        known = attribute is not None and attribute.sub("$ref") is not None  # by its id alone, whatever its type
        values = [_label({**one, "type": None} if known else one) for one in (*held, *sent)]
        if len(values) > len(set(values)):
            return True
    return False


def _alike(step: Step) -> bool:
    """A change of a part of values by which one of them may become the same as another."""
    if step.attribute is None or not step.attribute.multi or not (step.sub or step.filter):
        return False
    parts = {step.sub: None if step.op == "remove" else step.value} if step.sub else dict(_members(step.value))
    held = [(one, {**one, **parts}) for one in step.before.get(step.attribute.name, [])]
    return any(
        _label(changed) in (_label(other), _label(as_well))
        for place, (_, changed) in enumerate(held)
        for other, as_well in held[:place] + held[place + 1 :]
    )


def _label(value: Json) -> tuple[str, str]:
    return str(value.get("type")).casefold(), str(value.get("value")).casefold()


def _primaries(step: Step) -> int:
    """How many values become primary at once, as far as the operation and the list tell."""
    if step.attribute is not None and str(step.sub).lower() == "primary":
        return len(step.before.get(step.attribute.name, [])) if str(step.value).lower() == "true" else 0
    return sum(isinstance(one, dict) and str(one.get("primary")).lower() == "true" for one in step.elements)


def _valueless(step: Step) -> bool:
    """What takes the value of something away that has labels or a URL beside it."""
    if any(isinstance(node, dict) and node.get("value", "-") is None for node in _nodes(step.value)):
        return True
    labelled = step.attribute is not None and (step.attribute.multi or step.attribute.sub("$ref") is not None)
    return bool(labelled and step.sub and (step.op == "remove" or step.value in (None, "")))


def _labelled(step: Step) -> bool:
    """Values to be removed that come with what they are called and marked by."""
    return step.op == "remove" and any(
        isinstance(one, dict) and not one.keys().isdisjoint(("display", "primary")) for one in step.elements
    )


PATCHES: Mapping[str, Callable[[Step], bool]] = {
    "an empty text is unassigned": lambda s: any(node == "" for node in _nodes(s.value)),
    "labels go with their value": _valueless,
    "brackets behind a single complex value": lambda s: bool(s.filter and s.attribute and not s.attribute.multi),
    "an empty object to be removed": lambda s: s.op == "remove" and s.value == {},
    "a value to be removed with its labels": _labelled,
    "null adds nothing": lambda s: s.op == "add" and s.value is None,
    "no value": lambda s: s.op == "replace" and not s.valued,
    "scalars, null and arrays for objects": _scalar,
    "one value of a type": lambda s: _again(s) or _alike(s),
    "two primary values": lambda s: _primaries(s) > 1,
    "read-only parts of a value": _read_only_part,
    "members of an operation that mean nothing": lambda s: bool(s.extra),
    "extension attributes without their URN": lambda s: s.bare,
    "value paths as keys": lambda s: any("[" in name for name in s.keys),
    "unknown parts of a value": _unknown_part,
    "values that only look like booleans": lambda s: (
        any(isinstance(node, int | float | str) and not isinstance(node, bool) for node in _nodes(s.value))
        and (getattr(s.attribute, "name", "") == "active" or str(s.sub).lower() == "primary")
    ),
    "a value to be removed from what has one": lambda s: (
        s.op == "remove" and s.value is not None and s.attribute is not None and not s.attribute.multi
    ),
    "null for an extension": lambda s: any(
        value is None and s.schema.schema(str(name)) for name, value in [(s.path, s.value), *_members(s.value)]
    ),
    "texts that are no base64": lambda s: getattr(s.attribute, "name", "") == "x509Certificates",
    "roles as JSON text": lambda s: "roles" in json.dumps(s.path) and '{\\"' in json.dumps(s.value),
    "bounds of depth and length": lambda s: len(str(s.path)) > 4096 or str(s.path).count("(") > 30,
}
"""By name: whether an operation is of this kind."""
SCIM_TYPE = "another scimType for the same refusal"
NO_OPERATION = "no operation"
BOUNDS = "bounds of depth and length"
OF_PATCHES = {*PATCHES, SCIM_TYPE, NO_OPERATION}


def explained(schema: ResourceSchema, before: Json, operations: Any, ours: Any, theirs: Any) -> set[str]:
    """The kinds of difference that two results of a PATCH may show."""
    steps = [Step(schema, one, before) for one in operations] if isinstance(operations, list) else []
    kinds = {name for name, holds in PATCHES.items() if any(map(holds, steps))}
    kinds |= {SCIM_TYPE} if isinstance(ours, tuple) and isinstance(theirs, tuple) else set()
    kinds |= {BOUNDS} if len(steps) > 1000 else set()
    return kinds | ({NO_OPERATION} if not steps else set())
