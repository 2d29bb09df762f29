"""Rules about resources: types, API versions and properties are known, all of them are set, and set to what keeps the
gateway closed and working."""

from __future__ import annotations

from collections.abc import Iterator

from tree_sitter import Node

from tests.infra.azure_types import COMMON, KNOWN, LOCATED, MUST, REQUIRED, SITE, SOMETIMES
from tests.infra.tree import Declaration, Fault, File, at, literal, properties, text, value


def types(file: File) -> Iterator[Fault]:
    """Types, API versions and properties are on the list."""
    for one in file.resources:
        kind, version = one.resource_type
        if kind not in KNOWN:
            yield file.fault(one.line, "types", f"the resource type {kind} is not on the list.")
            continue
        wanted, known = KNOWN[kind]
        if version != wanted:
            yield file.fault(one.line, "types", f"{kind} is used with {wanted}, not {version or 'no version'}.")
        for path, node in _paths(one.body, ""):
            if path not in COMMON | {"dependsOn"} and not _known(path, known):
                yield file.fault(node, "properties", f"{path} is not on the list of {kind}.")


def _known(path: str, known: set[str]) -> bool:
    free = [one for one in known if one.endswith("*")]
    return path in known or any(path.startswith(one[:-1]) for one in free)


def whole(file: File) -> Iterator[Fault]:
    """Every property of the list is set, in every object of an array too."""
    for one in file.resources:
        kind = one.resource_type[0]
        if "name" not in properties(one.body):
            yield file.fault(one.line, "whole", f"{one.name} has no name.")
        if one.existing or kind not in KNOWN:
            continue
        for path in (*KNOWN[kind][1], *_around(one)):
            if not path.startswith(SOMETIMES) and not _everywhere(one.body, path.removesuffix(".*").split(".")):
                yield file.fault(one.line, "whole", f"{path} of {kind} is not set.")


def _around(one: Declaration) -> list[str]:
    """What a resource has beside its properties."""
    kind = one.resource_type[0]
    child = kind.count("/") > 1
    return ["parent"] * (child and one.parent is None) + ["location"] * (kind in LOCATED)


def _everywhere(node: Node | None, path: list[str]) -> bool:
    if not path:
        return node is not None
    if node is not None and node.type in ("array", "for_statement") and (objects := _objects(node)):
        return all(_everywhere(one, path) for one in objects)
    for length in range(1, len(path) + 1):  # a name may hold a point: odata.type
        name = ".".join(path[:length]).removesuffix("[]")
        if name in properties(node):
            return _everywhere(properties(node)[name], path[length:])
    return False


def _paths(node: Node | None, before: str) -> Iterator[tuple[str, Node]]:
    """Dotted paths of everything that is set; `tags` and the body of settings are free."""
    for name, inner in properties(node).items():
        path = f"{before}{name}"
        if inner.type == "object" and name != "tags":
            yield from _paths(inner, f"{path}.")
        elif inner.type in ("array", "for_statement") and (objects := _objects(inner)):
            for one in objects:
                yield from _paths(one, f"{path}[].")
        else:
            yield path, inner


def _objects(node: Node) -> list[Node]:
    return [child for child in node.named_children if child.type == "object"]


def settings_that_must_be(file: File) -> Iterator[Fault]:
    """What keeps the gateway closed and working is set, to a literal."""
    for one in file.resources:
        if one.existing:
            continue
        kind = one.resource_type[0]
        for path, wanted in MUST.get(kind, {}).items():
            node = _at(one.body, path)
            if node is None or value(node) != wanted:
                said = text(node) or "nothing"
                yield file.fault(node or one.line, "must", f"{path} of {kind} must be {wanted!r}, not {said}.")
        for name in REQUIRED.get(kind, ()):
            if name not in properties(one.body):
                yield file.fault(one.line, "must", f"{kind} needs {name}.")


def _at(node: Node | None, path: str) -> Node | None:
    """The property at a dotted path; of an array with one object that object's."""
    for name in path.split("."):
        if node is not None and node.type == "array" and len(_objects(node)) == 1:
            node = _objects(node)[0]
        node = properties(node).get(name)
    return node


def both_passwords_off(file: File) -> Iterator[Fault]:
    """A site has neither of the two publishing passwords."""
    for site in file.resources:
        if site.resource_type[0] == SITE and not site.existing:
            off = {literal(at(child.body, "name")) for child in file.resources if _policy_of(child, site)}
            for name in sorted({"ftp", "scm"} - off):
                yield file.fault(site.line, "must", f"the publishing password for {name} is not switched off.")


def _policy_of(child: Declaration, site: Declaration) -> bool:
    return child.parent is site and child.resource_type[0].endswith("/basicPublishingCredentialsPolicies")


def one_app_on_a_plan(file: File) -> Iterator[Fault]:
    """Flex Consumption takes one app on a plan."""
    plans: dict[str, str] = {}
    for one in file.resources:
        if one.resource_type[0] == SITE and not one.existing:
            plan = text(at(one.body, "properties.serverFarmId"))
            if plan in plans:
                yield file.fault(one.line, "plan", f"{one.name} is on the plan of {plans[plan]}; Flex takes one app.")
            plans[plan] = one.name


def tagged(file: File) -> Iterator[Fault]:
    """Whatever can have tags has them, so that azd finds what is its own."""
    for one in file.resources:
        if not one.existing and "location" in properties(one.body) and "tags" not in properties(one.body):
            yield file.fault(one.line, "tags", f"{one.name} has no tags.")


RULES = (types, whole, settings_that_must_be, both_passwords_off, one_app_on_a_plan, tagged)
