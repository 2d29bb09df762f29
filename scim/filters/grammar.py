"""The grammar of `scim2-filter-parser` 0.7.0, with `and` before `or`, and its tree made ours.

The library has the two on one level, so that `a or b and c` finds other users than it should. SLY builds a grammar
from the class body alone, so every rule of the library is entered there again. Both versions are pinned; a test fails
when one of them moves.
"""

from __future__ import annotations

from typing import Any

from scim2_filter_parser import ast
from scim2_filter_parser.lexer import SCIMLexer
from scim2_filter_parser.parser import SCIMParser, SCIMParserError

from scim.filters.tokens import Number, tokens
from scim.filters.tree import (
    And,
    AttributePath,
    Comparison,
    Filter,
    FilterSyntaxError,
    Not,
    Or,
    PatchPath,
    Present,
    ValuePath,
)


class _Grammar(SCIMParser):  # type: ignore[misc]
    tokens = SCIMLexer.tokens
    precedence = (("left", "OR"), ("left", "AND"), ("right", "NOT"))
    locals().update({name: rule for name, rule in vars(SCIMParser).items() if hasattr(rule, "rules")})

    def error(self, token: Any) -> None:
        if token is None:
            raise FilterSyntaxError("it is not complete")
        raise FilterSyntaxError("this is not expected here", token.index)


def filter_of(text: str) -> Filter:
    """The tree of a filter."""
    return _filter(_parsed(text))


def path_of(text: str) -> PatchPath:
    """The tree of a PATCH path: the grammar knows it as what may stand before `pr`."""
    parsed = _parsed(f"{text} pr")
    expression = parsed.expr if isinstance(parsed, ast.Filter) else parsed
    if not isinstance(expression, ast.AttrExpr) or parsed.negated:
        raise FilterSyntaxError("a path names one attribute", 0)
    name = expression.attr_path.attr_name
    if not isinstance(name, ast.Filter):
        return PatchPath(_path(expression.attr_path))
    return PatchPath(_path(name.namespace), _filter(name.expr))


def _parsed(text: str) -> Any:
    try:
        parsed = _Grammar().parse(tokens(text))
    except SCIMParserError:
        raise FilterSyntaxError("a sub-attribute is named twice", 0) from None
    if parsed is None:
        raise FilterSyntaxError("it is empty", 0)
    return parsed


def _filter(node: Any) -> Filter:
    if isinstance(node, ast.Filter):
        if node.namespace is not None:
            return ValuePath(_path(node.namespace), _filter(node.expr))
        return Not(_filter(node.expr)) if node.negated else _filter(node.expr)
    return _logical(node) if isinstance(node, ast.LogExpr) else _expression(node)


def _plain(node: Any) -> Any:
    """A node without the wrappers that say nothing."""
    while isinstance(node, ast.Filter) and node.namespace is None and not node.negated:
        node = node.expr
    return node


def _logical(node: Any) -> Filter:
    """`a and b and c` as one conjunction; the left spine is walked, not recursed into."""
    op, terms = node.op.lower(), []
    rest = node
    while isinstance(rest, ast.LogExpr) and rest.op.lower() == op:
        terms.append(_filter(rest.expr2))
        rest = _plain(rest.expr1)
    terms.append(_filter(rest))
    return (And if op == "and" else Or)(tuple(reversed(terms)))


def _expression(node: Any) -> Filter:
    name = node.attr_path.attr_name
    if not isinstance(name, ast.Filter):
        return _compared(node, _path(node.attr_path))
    # `emails[type eq "work"].value eq "x"`: not in the RFC, and what Entra asks
    path, inner = _path(name.namespace), _filter(name.expr)
    parent = AttributePath(path.attribute, None, path.schema)
    if path.sub is None and node.value.lower() == "pr":
        return ValuePath(parent, inner)
    compared = _compared(node, AttributePath(path.sub or "value"))
    return ValuePath(parent, And((*(inner.terms if isinstance(inner, And) else (inner,)), compared)))


def _compared(node: Any, path: AttributePath) -> Filter:
    op = node.value.lower()
    if op == "pr":
        return Present(path)
    value = node.comp_value.value
    return Comparison(path, op, *value) if isinstance(value, Number) else Comparison(path, op, value)


def _path(node: Any) -> AttributePath:
    if isinstance(node.attr_name, ast.Filter):
        raise FilterSyntaxError("brackets stand once behind an attribute", 0)
    return AttributePath(node.attr_name, node.sub_attr.value if node.sub_attr else None, node.uri)
