"""One row of the corpus of PATCH, and short words for operations."""

from __future__ import annotations

from typing import Any, Literal, NamedTuple

from tests.corpus.row import CORE, ENT

__all__ = ["CORE", "ENT", "MUTABILITY", "Add", "Patch", "Remove", "Replace", "add", "remove", "replace"]

Json = dict[str, Any]
INVALID_VALUE = (400, "invalidValue")
INVALID_PATH = (400, "invalidPath")
INVALID_FILTER = (400, "invalidFilter")
INVALID_SYNTAX = (400, "invalidSyntax")
MUTABILITY = (400, "mutability")
NO_TARGET = (400, "noTarget")


class Patch(NamedTuple):
    """`after` is the resource as it is then, or an error as (status, scimType) that leaves it as it was.

    `{m1}` to `{m3}` are ids of people, `{g1}` is the id of a group. `at`: only in memory, where a resource can be what
    no POST would make of it, or only on the wire, where a connection's own rules hold too.
    """

    why: str
    before: Json
    operations: Any
    after: Json | tuple[int, str]
    type: Literal["User", "Group"] = "User"
    at: Literal["both", "memory", "wire"] = "both"
    swings: bool = False
    """Whether its operations undo each other, so that a repeat is no repeat of the end."""


def _operation(op: str, path: str | None, value: Any) -> Json:
    named = {"op": op} if path is None else {"op": op, "path": path}
    return named if value is ... else {**named, "value": value}


def add(path: str | None, value: Any = ...) -> Json:
    """An operation; without a path where it is None."""
    return _operation("add", path, value)


def replace(path: str | None, value: Any = ...) -> Json:
    """An operation; without a path where it is None."""
    return _operation("replace", path, value)


def remove(path: str | None, value: Any = ...) -> Json:
    """An operation; without a path where it is None."""
    return _operation("remove", path, value)


def Add(path: str | None, value: Any = ...) -> Json:
    """An operation as Entra writes it without its flag."""
    return _operation("Add", path, value)


def Replace(path: str | None, value: Any = ...) -> Json:
    """An operation as Entra writes it without its flag."""
    return _operation("Replace", path, value)


def Remove(path: str | None, value: Any = ...) -> Json:
    """An operation as Entra writes it without its flag."""
    return _operation("Remove", path, value)
