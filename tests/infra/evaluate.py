"""Values of Bicep expressions, for the few forms that the templates are made of."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from tree_sitter import Node

from tests.infra.tree import File, literal, text

FUNCTIONS: dict[str, Callable[..., Any]] = {
    "empty": lambda value: not value,
    "concat": lambda *lists: [one for each in lists for one in each],
    "contains": lambda value, name: name in value,
    "replace": lambda value, old, new: value.replace(old, new),
    "union": lambda *objects: {name: value for one in objects for name, value in one.items()},
    "toObject": lambda items, key, value: {key(one): value(one) for one in items},
}
Names = Mapping[str, Any]


class Evaluator:
    """Evaluates expressions of one file.

    `given` are its parameters, and properties of its resources by symbol; `environment` is what that function answers.
    """

    def __init__(self, file: File, given: Names, environment: Names | None = None) -> None:
        self._file, self._given = file, given
        self._functions = {**FUNCTIONS, "environment": lambda: environment}

    def __call__(self, node: Node | None, names: Names | None = None) -> Any:
        """The value of an expression; KeyError names what is not given."""
        names = names or {}
        assert node is not None
        method = getattr(self, f"_{node.type}", None)
        assert method is not None, f"{node.type} is not evaluated: {text(node)}"
        return method(node, names)

    def _string(self, node: Node, names: Names) -> str:
        parts = [child for child in node.children if child.is_named]
        return "".join(str(self(one, names)) for one in parts)

    def _string_content(self, node: Node, names: Names) -> str:
        return text(node)

    def _escape_sequence(self, node: Node, names: Names) -> str:
        return text(node).removeprefix("\\")

    def _interpolation(self, node: Node, names: Names) -> Any:
        return self(node.named_children[0], names)

    def _number(self, node: Node, names: Names) -> int:
        return int(text(node))

    def _boolean(self, node: Node, names: Names) -> bool:
        return text(node) == "true"

    def _null(self, node: Node, names: Names) -> None:
        return None

    def _identifier(self, node: Node, names: Names) -> Any:
        name = text(node)
        if name in names:
            return names[name]
        if name in self._given:
            return self._given[name]
        return self(self._file.of("var")[name].default)

    def _member_expression(self, node: Node, names: Names) -> Any:
        return self(node.named_children[0], names)[text(node.named_children[-1])]

    def _subscript_expression(self, node: Node, names: Names) -> Any:
        return self(node.named_children[0], names)[self(node.named_children[1], names)]

    def _parenthesized_expression(self, node: Node, names: Names) -> Any:
        return self(node.named_children[0], names)

    def _unary_expression(self, node: Node, names: Names) -> bool:
        return not self(node.named_children[-1], names)

    def _binary_expression(self, node: Node, names: Names) -> Any:
        left, right = (self(one, names) for one in node.named_children)
        return {"==": lambda: left == right, "+": lambda: left + right}[text(node.children[1])]()

    def _ternary_expression(self, node: Node, names: Names) -> Any:
        condition, yes, no = node.named_children
        return self(yes if self(condition, names) else no, names)

    def _array(self, node: Node, names: Names) -> list[Any]:
        return [self(one, names) for one in node.named_children if one.type != "comment"]

    def _object(self, node: Node, names: Names) -> dict[str, Any]:
        pairs = [one.named_children for one in node.named_children if one.type == "object_property"]
        return {self._key(pair[0], names): self(pair[1], names) for pair in pairs if len(pair) > 1}

    def _key(self, node: Node, names: Names) -> str:
        return literal(node) or (str(self(node, names)) if node.type == "string" else text(node))

    def _for_statement(self, node: Node, names: Names) -> list[Any]:
        variables, items, body = node.named_children
        found = [text(one) for one in variables.named_children] or [text(variables)]
        return [
            self(body, {**names, **dict(zip(found, (one, number), strict=False))})
            for number, one in enumerate(self(items, names))
        ]

    def _if_statement(self, node: Node, names: Names) -> Any:
        condition, body = node.named_children
        return self(body, names) if self(condition, names) else None

    def _lambda_expression(self, node: Node, names: Names) -> Callable[[Any], Any]:
        argument, body = node.named_children
        return lambda value: self(body, {**names, text(argument): value})

    def _call_expression(self, node: Node, names: Names) -> Any:
        name, arguments = node.named_children
        return self._functions[text(name)](*(self(one, names) for one in arguments.named_children))
