"""Bicep files as trees: what a file declares, and where each name is used.

The grammar is tree-sitter-bicep's. It is no compiler: types of resources are checked against our own list
(`resources.py`), everything else here and in the rules beside it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache, cached_property

import tree_sitter_bicep
from tree_sitter import Language, Node, Parser

DECLARATIONS = {
    "parameter_declaration": "param",
    "variable_declaration": "var",
    "resource_declaration": "resource",
    "module_declaration": "module",
    "output_declaration": "output",
}
_PARSER = Parser(Language(tree_sitter_bicep.language()))


@dataclass(frozen=True, order=True)
class Fault:
    """What is wrong, and where."""

    file: str
    line: int
    rule: str
    sentence: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.sentence} [{self.rule}]"


def text(node: Node | None) -> str:
    """The source of a node."""
    return node.text.decode() if node is not None and node.text is not None else ""


def literal(node: Node | None) -> str | None:
    """The value of a string without interpolation, or None."""
    if node is None or node.type != "string" or any(child.type == "interpolation" for child in node.children):
        return None
    parts = (text(child) for child in node.children if child.is_named)
    return "".join(part.removeprefix("\\") for part in parts)


def value(node: Node | None) -> object:
    """The value of a literal: string, number, boolean, list or object of such; the source of anything else."""
    if node is None:
        return None
    match node.type:
        case "string":
            found = literal(node)
            return text(node) if found is None else found
        case "number":
            return int(text(node))
        case "boolean":
            return text(node) == "true"
        case "array":
            return [value(child) for child in node.named_children if child.type != "comment"]
        case "object":
            return {name: value(node) for name, node in properties(node).items()}
    return text(node)


def properties(node: Node | None) -> dict[str, Node]:
    """The properties of an object, without nested resources."""
    if node is None or node.type != "object":
        return {}
    pairs = [child.named_children for child in node.named_children if child.type == "object_property"]
    return {literal(pair[0]) or text(pair[0]): pair[1] for pair in pairs if len(pair) > 1}


def at(node: Node | None, path: str) -> Node | None:
    """The property at a dotted path of an object."""
    for name in path.split("."):
        node = properties(node).get(name)
    return node


def within(node: Node) -> Iterator[Node]:
    """A node and everything below it."""
    yield node
    for child in node.children:
        yield from within(child)


@dataclass
class Declaration:
    """A parameter, variable, resource, module or output."""

    kind: str
    name: str
    node: Node
    parent: Declaration | None = None

    @property
    def line(self) -> int:
        return self.node.start_point[0] + 1

    @cached_property
    def decorators(self) -> dict[str, list[object]]:
        """Arguments of its decorators by their names."""
        before = self.node.prev_named_sibling
        if before is None or before.type != "decorators":
            return {}
        calls = [one.named_children[0] for one in before.named_children if one.type == "decorator"]
        return {
            text(call.named_children[0]): [value(one) for one in call.named_children[1].named_children]
            for call in calls
            if call.type == "call_expression"
        }

    @property
    def type(self) -> str:
        """The declared type of a parameter or output."""
        return next((text(child) for child in self.node.named_children if child.type.endswith("type")), "")

    @property
    def default(self) -> Node | None:
        """What stands behind the equals sign."""
        found = [child.type for child in self.node.children]
        return self.node.children[found.index("=") + 1] if "=" in found else None

    @property
    def existing(self) -> bool:
        return any(child.type == "existing" for child in self.node.children)

    @cached_property
    def loop(self) -> Node | None:
        """The for statement around a resource's or module's body."""
        found = self.default
        return found if found is not None and found.type == "for_statement" else None

    @cached_property
    def body(self) -> Node | None:
        """The object of a resource or module, whatever loop or condition is around it."""
        found = self.default
        while found is not None and found.type in ("for_statement", "if_statement"):
            found = found.named_children[-1]
        return found if found is not None and found.type == "object" else None

    @property
    def target(self) -> str:
        """The type string of a resource, or the path of a module."""
        return next((literal(child) or "" for child in self.node.named_children if child.type == "string"), "")

    @cached_property
    def resource_type(self) -> tuple[str, str]:
        """Type and API version of a resource; a nested one continues its parent's."""
        name, _, version = self.target.partition("@")
        if self.parent is None:
            return name, version
        outer, outer_version = self.parent.resource_type
        return f"{outer}/{name}", version or outer_version


@dataclass(eq=False)
class File:
    """One Bicep file."""

    name: str
    source: str
    root: Node = field(init=False)

    def __post_init__(self) -> None:
        source = self.source
        if self.name.endswith(".bicepparam"):  # the grammar has no parameter without a type
            source = re.sub(r"^param (\w+) =", r"var \1 =", source, flags=re.M)
        self.root = _PARSER.parse(source.encode()).root_node

    def fault(self, node: Node | int, rule: str, sentence: str) -> Fault:
        line = node if isinstance(node, int) else node.start_point[0] + 1
        return Fault(self.name, line, rule, sentence)

    @cached_property
    def declarations(self) -> list[Declaration]:
        """Everything that is declared, nested resources behind their parents."""
        found: list[Declaration] = []
        for node in self.root.named_children:
            if node.type in DECLARATIONS and len(node.named_children) > 1:
                found += _declared(node, None)
        return found

    def of(self, kind: str) -> dict[str, Declaration]:
        """Declarations of one kind by name; nested resources are left out."""
        return {one.name: one for one in self.declarations if one.kind == kind and one.parent is None}

    @property
    def resources(self) -> list[Declaration]:
        """All resources, nested ones too."""
        return [one for one in self.declarations if one.kind == "resource"]

    @property
    def target_scope(self) -> str:
        found = next((one for one in self.root.named_children if one.type == "target_scope_assignment"), None)
        return literal(found.named_children[0]) or "" if found else "resourceGroup"


def _declared(node: Node, parent: Declaration | None) -> Iterator[Declaration]:
    name = next(child for child in node.named_children if child.type == "identifier")
    found = Declaration(DECLARATIONS[node.type], text(name), node, parent)
    yield found
    if found.kind == "resource" and found.body is not None:
        for child in found.body.named_children:
            for inner in child.named_children:
                if inner.type == "resource_declaration":
                    yield from _declared(inner, found)


Templates = Mapping[str, File]
"""All files by their paths below infra/."""


def parsed(sources: Mapping[str, str]) -> Templates:
    """The Bicep files among these sources."""
    return {name: _file(name, source) for name, source in sources.items() if name.endswith((".bicep", ".bicepparam"))}


@cache
def _file(name: str, source: str) -> File:
    """Mutants differ in one file; the others are parsed once."""
    return File(name, source)
