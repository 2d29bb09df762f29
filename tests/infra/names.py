"""Rules about names: declared once, used, known; functions and decorators that exist; loops where Bicep has them."""

from __future__ import annotations

from collections.abc import Iterator

from tree_sitter import Node

from tests.infra.tree import Declaration, Fault, File, properties, text, within

FUNCTIONS = {
    *("concat", "contains", "empty", "environment", "guid", "readEnvironmentVariable", "replace", "resourceGroup"),
    *("subscription", "subscriptionResourceId", "toLower", "toObject", "union", "uniqueString"),
}
"""Functions of Bicep that the templates may use; a further one is looked up and added."""
DECORATORS = {
    "allowed": {"string", "int", "array"},
    "description": None,
    "maxLength": {"string", "array"},
    "minLength": {"string", "array"},
    "maxValue": {"int"},
    "minValue": {"int"},
    "secure": {"string", "object"},
}
PRIMITIVE = {"string", "int", "bool", "array", "object"}
PARAMETER_FILE_ONLY = {"readEnvironmentVariable"}
NOT_PLAIN = {
    "union_type": "a union type",
    "nullable_type": "a nullable type",
    "type_declaration": "a type of its own",
    "import_functionality": "an import",
    "import_statement": "an import",
    "user_defined_function": "a function of its own",
    "assert_statement": "an assertion",
}
EARLY = {"id", "name", "type", "apiVersion"}
"""What is known of a resource before anything is deployed."""


def syntax(file: File) -> Iterator[Fault]:
    """The file parses, and keeps to the plain subset that every Bicep of the last years compiles."""
    for node in within(file.root):
        if node.type == "ERROR" or node.is_missing:
            yield file.fault(node, "syntax", f"this cannot be parsed: {text(node)[:60]!r}.")
        if node.type in NOT_PLAIN:
            yield file.fault(node, "plain", f"{NOT_PLAIN[node.type]} is not used in these templates.")


def references(node: Node, hidden: frozenset[str] = frozenset()) -> Iterator[Node]:
    """Identifiers that stand for a declaration; loop variables and arguments of lambdas are left out."""
    kind, children = node.type, node.named_children
    if kind == "identifier":
        if text(node) not in hidden:
            yield node
        return
    if kind in ("for_statement", "lambda_expression"):
        hidden |= {text(name) for name in within(children[0]) if not name.children}
        children = children[1:]
    elif kind == "call_expression":
        children = children[1:]
    elif kind == "object_property":
        children = children[1:] if children[0].type == "identifier" else children
    elif kind == "resource_expression":
        children = children[:1]
    elif kind in ("resource_declaration", "module_declaration"):
        children = [child for child in children if child.type not in ("identifier", "string")]
    elif kind in ("decorator", "type"):
        return
    for child in children:
        yield from references(child, hidden)


def unknown_and_unused(file: File) -> Iterator[Fault]:
    """Every name that is used is declared, once; every parameter, variable and looked-up resource is used."""
    tops: dict[str, Declaration] = {}
    used: set[str] = set()
    for one in file.declarations:
        if one.kind != "output" and one.parent is None:
            if one.name in tops:
                yield file.fault(one.line, "names", f"{one.name} is declared twice.")
            tops[one.name] = one
    for one in file.declarations:
        if one.parent is not None or one.default is None:
            continue
        rest = one.node if one.kind in ("resource", "module") else one.default
        for node in references(rest):
            used.add(text(node)) if text(node) != one.name or one.kind == "output" else None
            if text(node) not in tops:
                yield file.fault(node, "names", f"{text(node)} is not declared.")
    for name, one in tops.items():
        silent = one.kind in ("param", "var") or (one.kind == "resource" and one.existing)
        if name not in used and silent and not file.name.endswith(".bicepparam"):
            yield file.fault(one.line, "names", f"the {one.kind} {name} is not used.")


def nested(file: File) -> Iterator[Fault]:
    """`account::tables::map` names nested resources that are there."""
    children: dict[tuple[str, ...], Declaration] = {_path(one): one for one in file.resources}
    for node in within(file.root):
        if node.type == "resource_expression" and (node.parent is None or node.parent.type != node.type):
            path = tuple(text(node).split("::"))
            if path not in children:
                yield file.fault(node, "names", f"{text(node)} is not a nested resource.")


def _path(one: Declaration) -> tuple[str, ...]:
    return (*(_path(one.parent) if one.parent else ()), one.name)


def functions(file: File) -> Iterator[Fault]:
    """Functions and decorators exist and stand where they may."""
    for node in within(file.root):
        if node.type != "call_expression" or (node.parent is not None and node.parent.type == "decorator"):
            continue
        name = text(node.named_children[0])
        if name not in FUNCTIONS:
            yield file.fault(node, "functions", f"the function {name} is not on the list of those in use.")
        elif (name in PARAMETER_FILE_ONLY) != (file.name.endswith(".bicepparam")):
            yield file.fault(node, "functions", f"{name} cannot be used in this kind of file.")
    for one in file.of("param").values():
        if one.type not in PRIMITIVE:
            yield file.fault(one.line, "types", f"the type {one.type!r} of {one.name} is not one of Bicep's own.")
        for name in one.decorators:
            if name not in DECORATORS:
                yield file.fault(one.line, "decorators", f"there is no decorator {name}.")
            elif (types := DECORATORS[name]) is not None and one.type not in types:
                yield file.fault(one.line, "decorators", f"@{name} does not fit a {one.type} ({one.name}).")


def loops(file: File) -> Iterator[Fault]:
    """A for expression stands where Bicep takes one: as a whole value, never inside an expression."""
    allowed = {*("variable_declaration", "resource_declaration", "module_declaration"), "output_declaration"}
    for node in within(file.root):
        if node.type == "for_statement" and node.parent is not None:
            if node.parent.type not in allowed | {"object_property"}:
                yield file.fault(node, "loops", "a for expression cannot stand inside an expression.")
            elif node.parent.type == "object_property" and _inside_loop_value(node):
                yield file.fault(node, "loops", "a for expression inside an array's object is not taken by Bicep.")


def _inside_loop_value(node: Node) -> bool:
    above = node.parent
    while above is not None and above.type != "resource_declaration":
        if above.type == "variable_declaration":
            return True
        above = above.parent
    return False


def early(file: File) -> Iterator[Fault]:
    """Names, scopes, conditions and the lists of loops can be computed before anything is deployed (BCP120, BCP177)."""
    late_variables = {name for name, one in file.of("var").items() if one.default and _late(file, one.default, set())}
    for one in [*file.resources, *file.of("module").values()]:
        for part in _early_parts(one):
            for node in _late(file, part, late_variables):
                yield file.fault(node, "early", f"{text(node)} is not known when the deployment starts.")


def _early_parts(one: Declaration) -> Iterator[Node]:
    if one.loop is not None:
        yield one.loop.named_children[1]
    for node in within(one.node):
        if node.type == "if_statement" and node.parent in (one.node, one.loop):
            yield node.named_children[0]
    for child in one.body.named_children if one.body is not None else []:
        if child.type == "object_property" and text(child.named_children[0]) in ("name", "scope"):
            yield child.named_children[1]


def _late(file: File, node: Node, variables: set[str]) -> list[Node]:
    tops = {**file.of("resource"), **file.of("module")}
    found = []
    for inner in within(node):
        if inner.type == "member_expression":
            base, prop = inner.named_children[0], text(inner.named_children[-1])
            owner = text(base).split("::")[0]
            if base.type in ("identifier", "resource_expression") and owner in tops and prop not in EARLY:
                found.append(inner)
        elif inner.type == "identifier" and text(inner) in variables and inner in list(references(node)):
            found.append(inner)
    return found


def written_out(file: File) -> Iterator[Fault]:
    """Nothing of one cloud, subscription or region is written out."""
    for node in within(file.root):
        if node.type == "string_content" and not file.name.endswith(".bicepparam"):
            for word in ("core.windows.net", "azurewebsites.net", "vault.azure.net", "/subscriptions/"):
                if word in text(node):
                    yield file.fault(node, "written out", f"{word} is different in another cloud or subscription.")


def members(file: File) -> Iterator[Fault]:
    """`x.y` of a variable is there: of an object, or of every object of the list that a loop walks."""
    variables = file.of("var")
    for node in within(file.root):
        if node.type != "member_expression" or node.named_children[0].type != "identifier":
            continue
        owner, name = (text(child) for child in node.named_children)
        source = _loop_list(node, owner) or owner
        for one in _objects(variables[source].default) if source in variables else []:
            if name not in properties(one):
                yield file.fault(one, "members", f"{owner}.{name} is used, and this object has no {name}.")


def _loop_list(node: Node, name: str) -> str | None:
    """The list that the loop with this variable walks, of the loops around a node."""
    above = node.parent
    while above is not None:
        if above.type == "for_statement" and name in {text(one) for one in within(above.named_children[0])}:
            return text(above.named_children[1])
        above = above.parent
    return None


def _objects(node: Node | None) -> list[Node]:
    if node is None or node.type not in ("object", "array"):
        return []
    return [node] if node.type == "object" else [one for one in node.named_children if one.type == "object"]


def described(file: File) -> Iterator[Fault]:
    """Whoever deploys reads what each parameter means."""
    for one in file.of("param").values() if file.name == "main.bicep" else ():
        if "description" not in one.decorators:
            yield file.fault(one.line, "described", f"{one.name} has no @description.")


RULES = (syntax, unknown_and_unused, nested, functions, loops, early, written_out, members, described)
