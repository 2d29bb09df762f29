"""Values in a profile's file, checked and converted by the type of the field that they are for."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any, Literal, get_args, get_origin


def problem(hint: Any, value: Any) -> str | None:
    """What is wrong with a value for a field of this type, or None."""
    wanted = []
    for one in _alternatives(hint):
        if get_origin(one) is Literal:
            choices = get_args(one)
            if any(type(value) is type(choice) and value == choice for choice in choices):
                return None
            wanted.append(f"one of {', '.join(map(str, choices))}")
        else:
            words, test = _TESTS[get_origin(one) or one]
            if test(value):
                return None
            wanted.append(words)
    return f"it must be {' or '.join(wanted)}"


def converted(hint: Any, value: Any) -> Any:
    """The value as the field holds it; one of which nothing is wrong."""
    origins = {get_origin(one) or one for one in _alternatives(hint)}
    if re.Pattern in origins:
        return re.compile(value, re.IGNORECASE)
    return frozenset(value) if frozenset in origins else value


def _alternatives(hint: Any) -> list[Any]:
    """The types that a hint allows, without None; a Literal stands as it is."""
    parts = get_args(hint) if get_origin(hint) not in (None, Literal, Mapping, frozenset, re.Pattern) else (hint,)
    return [part for part in parts if part is not type(None)]


def _compiles(value: str) -> bool:
    try:
        re.compile(value)
    except re.error:
        return False
    return True


def _texts(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(one, str) for one in value)


_TESTS: dict[Any, tuple[str, Callable[[Any], bool]]] = {
    str: ("a text", lambda value: isinstance(value, str) and bool(value.strip())),
    bool: ("true or false", lambda value: isinstance(value, bool)),
    int: ("a whole number above 0", lambda value: type(value) is int and value > 0),
    float: ("a number", lambda value: type(value) in (int, float)),
    re.Pattern: ("a regular expression", lambda value: isinstance(value, str) and _compiles(value)),
    frozenset: ("a list of texts", _texts),
    Mapping: ("a table of texts", lambda value: isinstance(value, Mapping) and _texts([*value, *value.values()])),
    Any: ("a text, true or false, or a list", lambda value: isinstance(value, str | bool | list)),
}
