"""Sources as Entra's schema has them: attributes, constants, and functions with their parameters.

Microsoft Graph, resource type attributeMappingSource; the names of parameters are those of Microsoft Learn, "Reference
for writing expressions for attribute mappings".
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

Json = dict[str, Any]
TOKEN = re.compile(
    r'\s*(?:(?P<text>"(?:[^"\\]|\\.)*")|\[(?P<attribute>[^\[\]]+)\]|(?P<name>[A-Za-z]\w*)|(?P<sign>[(),]))'
)
ATTRIBUTE = re.compile(r"[A-Za-z][\w.]*")
FUNCTIONS = 100
PARAMETERS = {
    "Switch": ("source", "defaultValue", "key{}", "value{}"),
    "Join": ("separator", "source{}"),
    "Append": ("source", "suffix"),
    "Coalesce": ("source{}",),
    "SingleAppRoleAssignment": ("appRoleAssignments",),
}
"""The names of a function's parameters; those with a number come again and again. Others have source1, source2."""


def source(text: str) -> Json:
    """A source in the schema's form; ValueError with a sentence when it is none."""
    if ATTRIBUTE.fullmatch(text):
        return _one(f"[{text}]", text, "Attribute")
    tokens = list(_tokens(text))
    if sum(token["sign"] == "(" for token in tokens) > FUNCTIONS:
        raise ValueError(f"An expression has {FUNCTIONS} functions at most.")
    found = _read(tokens)
    if tokens:
        raise ValueError(f"{text} goes on where it should end.")
    return found


def attributes(source: Json) -> Iterator[str]:
    """The attributes of Entra that a source reads."""
    if source["type"] == "Attribute":
        yield source["name"]
    for parameter in source["parameters"]:
        yield from attributes(parameter["value"])


def _one(expression: str, name: str, type: str, parameters: list[Json] | None = None) -> Json:
    return {"expression": expression, "name": name, "type": type, "parameters": parameters or []}


def _tokens(text: str) -> Iterator[re.Match[str]]:
    position = 0
    while position < len(text.rstrip()):
        match = TOKEN.match(text, position)
        if match is None:
            raise ValueError(f'{text} is no source: write an attribute, a "constant" or Function([attribute], ...).')
        yield match
        position = match.end()


def _read(tokens: list[re.Match[str]]) -> Json:
    token = _next(tokens)
    if token["text"] is not None:
        return _one(token["text"], _constant(token["text"]), "Constant")
    if token["attribute"] is not None:
        return _one(f"[{token['attribute']}]", token["attribute"], "Attribute")
    if token["name"] is None or not tokens or _next(tokens)["sign"] != "(":
        raise ValueError("An expression is Function([attribute], ...).")
    return _called(token["name"], list(_arguments(tokens)))


def _constant(text: str) -> str:
    try:
        return str(json.loads(text))
    except ValueError:
        raise ValueError(f"{text} is no source: its backslashes are not JSON's.") from None


def _next(tokens: list[re.Match[str]]) -> re.Match[str]:
    if not tokens:
        raise ValueError("An expression ends too early.")
    return tokens.pop(0)


def _arguments(tokens: list[re.Match[str]]) -> Iterator[Json]:
    """What stands between the brackets; nothing between two commas is an empty text."""
    if tokens and tokens[0]["sign"] == ")":
        tokens.pop(0)
        return
    while True:
        empty = bool(tokens) and tokens[0]["sign"] in (",", ")")
        yield _one("", "", "Constant") if empty else _read(tokens)
        if _next(tokens)["sign"] == ")":
            return


def _called(name: str, given: list[Json]) -> Json:
    expression = f"{name}({', '.join(one['expression'] for one in given)})"
    pairs = zip(_keys(name, len(given)), given, strict=True)
    return _one(expression, name, "Function", [{"key": key, "value": value} for key, value in pairs])


def _keys(name: str, count: int) -> list[str]:
    named = PARAMETERS.get(name, ("source{}",))
    once, again = [key for key in named if "{}" not in key], [key for key in named if "{}" in key]
    more = (key.format(number) for number in range(1, count + 1) for key in again)
    return [*once[:count], *(key for key, _ in zip(more, range(count - len(once)), strict=False))]
