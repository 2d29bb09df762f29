"""The right side of an attribute mapping: a source attribute, a constant, or one of a few expressions.

A subset of Learn's "Reference for writing expressions for attribute mappings", and the form in which the portal shows
the mapping of `active`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection

from simulators.entra import roles
from simulators.entra.people import Person
from simulators.entra.roles import Roles

Value = str | bool | Roles
Evaluate = Callable[[Person], Value]

ACTIVE = "Not([IsSoftDeleted])"
_CALL = re.compile(r"(?P<name>\w+)\((?P<inside>.*)\)")
_ARGUMENT = re.compile(r'\s*(?:\[(?P<attribute>\w+)\]|"(?P<text>[^"]*)")\s*(?:,|$)')


def _active(person: Person) -> bool:
    return person.enabled and not person.why_skipped


FIXED: dict[str, Evaluate] = {
    ACTIVE: _active,
    'Switch([IsSoftDeleted], , "False", "True", "True", "False")': _active,
    roles.SINGLE: lambda person: next(iter(person.roles), ""),
    roles.COMPLEX: lambda person: Roles(person.roles, False),
    roles.ASSERTIVE: lambda person: Roles(person.roles, True),
}
"""Expressions that are known as a whole, whatever their white space."""


def evaluate(source: str, columns: Collection[str] | None = None) -> Evaluate:
    """What a source makes of a person. Raises ValueError with a sentence; `columns`: the attributes there are."""
    for known, found in FIXED.items():
        if _bare(known) == _bare(source):
            return found
    if constant := re.fullmatch(r'"([^"]*)"', source):
        text = constant[1]
        return lambda person: text
    if not (call := _CALL.fullmatch(source)):
        return _attribute(source, columns)
    return _function(call["name"], _arguments(call["inside"], source, columns), source)


def _attribute(name: str, columns: Collection[str] | None) -> Evaluate:
    if columns is not None and name not in columns:
        raise ValueError(f"The mapping names the source attribute {name}, which the people file does not have.")
    return lambda person: person.value(name)


def _arguments(inside: str, source: str, columns: Collection[str] | None) -> list[Evaluate]:
    found, place = [], 0
    while place < len(inside):
        if not (argument := _ARGUMENT.match(inside, place)):
            raise ValueError(f"The mapping has an expression that is not understood: {source}.")
        name, text = argument["attribute"], argument["text"]
        found.append(_attribute(name, columns) if name else evaluate(f'"{text}"'))
        place = argument.end()
    return found


def _function(name: str, arguments: list[Evaluate], source: str) -> Evaluate:
    if name == "Join" and len(arguments) > 1:
        glue, *parts = arguments
        return lambda person: str(glue(person)).join(filter(None, (str(part(person)) for part in parts)))
    if name == "Append" and len(arguments) == 2:
        first, second = arguments
        return lambda person: f"{first(person)}{second(person)}" if first(person) else ""
    if name == "ToLower" and len(arguments) == 1:
        [only] = arguments
        return lambda person: str(only(person)).lower()
    raise ValueError(f"The mapping has an expression that is not understood: {source}.")


def _bare(text: str) -> str:
    return re.sub(r"\s+", "", text)
