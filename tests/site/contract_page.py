"""The reference of the contract, made of the code. `python -m tests.site.contract_page` writes the page."""

from __future__ import annotations

import ast
import inspect
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import scim_adapter
from scim_adapter import contract, http, resource

PAGE = Path(__file__).resolve().parents[2] / "docs" / "reference" / "contract.md"
FIRST = ("Resource", "Adapter", "Field", "Can")
"""What an author reads first; the rest follows in the order of the code."""
START = """\
# The contract

What an adapter is written against, every public name of it. This page is made of the docstrings of the code
(`python -m tests.site.contract_page`). How to use it: [write an adapter](../how-to/write-an-adapter.md). What an
adapter raises: [errors](errors.md). What tests it: [the contract kit](contract-kit.md).
"""
HTTP = """\
## `scim_adapter.http`

For backends over HTTP; installed by the extra `http`. How to use it: [an adapter over
HTTP](../how-to/adapter-over-http.md).
"""
Block = ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef


def page() -> str:
    """The whole page."""
    found = dict([*_blocks(resource), *_blocks(contract)])
    names = [*FIRST, *(name for name in found if name not in FIRST and name in scim_adapter.__all__)]
    over_http = [text for _, text in _blocks(http, "###")]
    return "\n".join([START, *(found[name] for name in names), HTTP, *over_http])


def _blocks(module: ModuleType, level: str = "##") -> Iterator[tuple[str, str]]:
    """Every public name of a module with its section."""
    body = ast.parse(inspect.getsource(module)).body
    for node, following in zip(body, [*body[1:], None], strict=True):
        if isinstance(node, Block) and not node.name.startswith("_"):
            yield node.name, "\n\n".join(_section(node, level)) + "\n"
        elif value := _assigned(node):
            parts = [f"{level} `{value[0]}`", f"    {value[1]}", _text(following)]
            yield value[0], "\n\n".join(filter(None, parts)) + "\n"


def _section(node: Block, level: str) -> Iterator[str]:
    yield f"{level} `{node.name}`"
    if not isinstance(node, ast.ClassDef):
        yield _signature(node)
        yield _docstring(node)
        return
    made = next((_signature(one, node.name) for one in node.body if getattr(one, "name", "") == "__init__"), "")
    yield from filter(None, [made, _docstring(node), "\n".join(_members(node))])
    for one in node.body:
        if isinstance(one, ast.FunctionDef | ast.AsyncFunctionDef) and not one.name.startswith("_"):
            yield f"{level}# `{node.name}.{one.name}`"
            yield _signature(one)
            yield _docstring(one)


def _members(node: ast.ClassDef) -> Iterator[str]:
    """The attributes of a class with their types, defaults and docstrings."""
    for one, following in zip(node.body, [*node.body[1:], None], strict=True):
        if isinstance(one, ast.AnnAssign):
            meaning = " ".join(_text(following).split())
            yield f"* `{ast.unparse(one)}`" + (f": {meaning}" if meaning else "")


def _signature(node: ast.stmt, called: str = "") -> str:
    """How a method, a function or (`called`) a class is called; how a property is typed."""
    assert isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    returns = "" if called else f" -> {ast.unparse(node.returns)}" if node.returns else ""
    if any(isinstance(one, ast.Name) and one.id == "property" for one in node.decorator_list):
        return f"    {node.name}: {returns.removeprefix(' -> ')}"
    start = called or ("async def " if isinstance(node, ast.AsyncFunctionDef) else "def ") + node.name
    arguments = _arguments(node.args)
    line = f"    {start}({', '.join(arguments)}){returns}"
    if len(line) <= 100:
        return line
    return "\n".join([f"    {start}(", *(f"        {one}," for one in arguments), f"    ){returns}"])


def _arguments(given: ast.arguments) -> list[str]:
    first = [_argument(one, default) for one, default in _defaults(given.args, given.defaults)]
    named = [_argument(one, default) for one, default in zip(given.kwonlyargs, given.kw_defaults, strict=True)]
    rest = [f"**{given.kwarg.arg}"] if given.kwarg else []
    return [one for one in first if one not in {"self", "cls"}] + ["*"] * bool(named) + named + rest


def _defaults(arguments: list[ast.arg], defaults: list[ast.expr]) -> Iterator[tuple[ast.arg, ast.expr | None]]:
    without: list[ast.expr | None] = [None] * (len(arguments) - len(defaults))
    return zip(arguments, [*without, *defaults], strict=True)


def _argument(one: ast.arg, default: ast.expr | None) -> str:
    return ast.unparse(one) + (f" = {ast.unparse(default)}" if default else "")


def _assigned(node: ast.stmt) -> tuple[str, str] | None:
    if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
        name = node.targets[0].id
        return None if name.startswith("_") else (name, ast.unparse(node))
    return None


def _text(node: ast.stmt | None) -> str:
    """The text of a docstring that stands after what it describes."""
    if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str):
        return inspect.cleandoc(node.value.value)
    return ""


def _docstring(node: Block) -> str:
    return ast.get_docstring(node) or ""


if __name__ == "__main__":
    PAGE.write_text(page())
