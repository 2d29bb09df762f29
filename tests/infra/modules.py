"""Rules about files together: modules get every parameter in its type, outputs exist, parameter files fit."""

from __future__ import annotations

import json
import posixpath
from collections.abc import Iterator, Mapping

from tree_sitter import Node

from tests.infra.names import references
from tests.infra.tree import Declaration, Fault, File, Templates, at, literal, properties, text, value, within

JSON_TYPES: dict[str, tuple[type, ...]] = {
    "string": (str,),
    "int": (int,),
    "bool": (bool,),
    "array": (list,),
    "object": (dict,),
}
LITERALS = {"string": "string", "number": "int", "boolean": "bool", "array": "array", "object": "object"}
CALLS = {"union": "object", "toObject": "object", "concat": "array", "empty": "bool", "uniqueString": "string"}
SAID = {
    "AZURE_RESOURCE_GROUP",
    "SCIMGATE_APP",
    "SCIMGATE_VAULT",
    "SCIMGATE_STORE",
    "SCIMGATE_PUBLIC_URL",
    "TENANT_URLS",
}
"""What the pages and `infra.operate` take from a deployment."""
LIMITS = ("allowed", "minValue", "maxValue", "minLength", "maxLength")


def type_of(file: File, node: Node | None) -> str:
    """The type of an expression where it is plain to see, else ""."""
    if node is None:
        return ""
    if node.type == "ternary_expression":
        ends = {type_of(file, one) for one in node.named_children[1:]}
        return ends.pop() if len(ends) == 1 else ""
    if node.type == "identifier":
        name = text(node)
        if name in file.of("param"):
            return file.of("param")[name].type
        return type_of(file, file.of("var")[name].default) if name in file.of("var") else ""
    if node.type == "for_statement":
        return "array"
    if node.type == "call_expression":
        return CALLS.get(text(node.named_children[0]), "")
    return LITERALS.get(node.type, "")


def found(templates: Templates, file: File, module: Declaration) -> File | None:
    """The file that a module names."""
    return templates.get(posixpath.normpath(posixpath.join(posixpath.dirname(file.name), module.target)))


def parameters(templates: Templates) -> Iterator[Fault]:
    """Each module exists and gets what it asks for, nothing else, in the type that it asks for."""
    for file in templates.values():
        for one in file.of("module").values():
            target = found(templates, file, one)
            if target is None:
                yield file.fault(one.line, "modules", f"there is no file {one.target}.")
                continue
            yield from _given(file, one, target)
            if target.target_scope != file.target_scope and at(one.body, "scope") is None:
                yield file.fault(one.line, "modules", f"{one.name} needs a scope: {target.target_scope}.")
            if at(one.body, "name") is None:
                yield file.fault(one.line, "modules", f"{one.name} has no name.")


def _given(file: File, one: Declaration, target: File) -> Iterator[Fault]:
    given, wanted = properties(at(one.body, "params")), target.of("param")
    for name in sorted(given.keys() - wanted.keys()):
        yield file.fault(given[name], "modules", f"{one.target} has no parameter {name}.")
    for name, parameter in wanted.items():
        if name in given:
            kind = type_of(file, given[name])
            if kind and kind != parameter.type:
                yield file.fault(given[name], "modules", f"{name} is a {parameter.type}, not a {kind}.")
            yield from _same_limits(file, given[name], parameter)
        elif name in file.of("param"):
            yield file.fault(one.line, "modules", f"{one.name} is not handed the {name} of this file.")
        elif parameter.default is None:
            yield file.fault(one.line, "modules", f"{one.name} does not get {name}.")


def _same_limits(file: File, given: Node, parameter: Declaration) -> Iterator[Fault]:
    """A parameter that is handed on keeps its default and its limits, and a secret stays one."""
    source = file.of("param").get(text(given))
    if source is None:
        return
    if ("secure" in source.decorators) != ("secure" in parameter.decorators):
        yield file.fault(given, "secrets", f"{source.name} is @secure on one side only.")
    if source.name != parameter.name or file.name != "main.bicep":
        return
    for name in LIMITS:
        if source.decorators.get(name) != parameter.decorators.get(name):
            yield file.fault(given, "limits", f"@{name} of {source.name} differs between two files.")
    if source.default is not None and value(source.default) != value(parameter.default):
        yield file.fault(given, "limits", f"the default of {source.name} differs between two files.")


def outputs(templates: Templates) -> Iterator[Fault]:
    """`x.outputs.y` is an output of the module x; an output that nobody reads is only in the outermost files."""
    read: set[tuple[str, str]] = set()
    for file in templates.values():
        modules = file.of("module")
        for node in within(file.root):
            parts = text(node).split(".")
            if node.type != "member_expression" or len(parts) != 3 or parts[1] != "outputs" or parts[0] not in modules:
                continue
            target = found(templates, file, modules[parts[0]])
            if target is not None and parts[2] not in target.of("output"):
                yield file.fault(node, "outputs", f"{target.name} has no output {parts[2]}.")
            elif target is not None:
                read.add((target.name, parts[2]))
    for name, file in templates.items():
        if name == "main.bicep":
            yield from (
                file.fault(1, "outputs", f"{one} is not said.") for one in sorted(SAID - file.of("output").keys())
            )
        for output in file.of("output").values() if name != "main.bicep" else ():
            if (name, output.name) not in read:
                yield file.fault(output.line, "outputs", f"nobody reads the output {output.name}.")


def scopes(templates: Templates) -> Iterator[Fault]:
    """A file is deployed where its resources may be: only a subscription holds resource groups."""
    for file in templates.values():
        groups = [one for one in file.resources if one.resource_type[0] == "Microsoft.Resources/resourceGroups"]
        others = [one for one in file.resources if one not in groups]
        wrong = groups if file.target_scope != "subscription" else others
        for one in wrong:
            yield file.fault(one.line, "modules", f"{one.name} cannot be deployed to a {file.target_scope}.")


def order(templates: Templates) -> Iterator[Fault]:
    """Modules do not wait for each other in a circle, and the app waits for its roles."""
    for file in templates.values():
        waits = {name: _waits(file, one) for name, one in file.of("module").items()}
        for name in waits:
            if name in _reached(waits, name):
                yield file.fault(file.of("module")[name].line, "order", f"{name} waits for itself.")
        if {"app", "access"} <= waits.keys() and "access" not in _reached(waits, "app"):
            line = file.of("module")["app"].line
            yield file.fault(line, "order", "the app starts before its identity has its roles.")


def _waits(file: File, one: Declaration) -> set[str]:
    names = {text(node) for node in references(one.node)}
    return names & file.of("module").keys() - {one.name}


def _reached(waits: Mapping[str, set[str]], start: str) -> set[str]:
    seen: set[str] = set()
    todo = [start]
    while todo:
        fresh = waits[todo.pop()] - seen
        seen |= fresh
        todo += fresh
    return seen


def parameter_files(templates: Templates, sources: Mapping[str, str]) -> Iterator[Fault]:
    """A parameter file gives every mandatory parameter, none that does not exist, each in its type and limits."""
    for name, content in sources.items():
        if name.endswith(".parameters.json"):
            given = {key: one["value"] for key, one in json.loads(content)["parameters"].items()}
            yield from _fits(name, given, templates["main.bicep"])
    for file in templates.values():
        if file.name.endswith(".bicepparam"):
            used = next((text(one) for one in file.root.named_children if one.type == "using_statement"), "")
            target = templates.get(used.split("'")[1] if "'" in used else "")
            if target is None:
                yield file.fault(1, "parameters", "it uses no template of these.")
            else:
                values = {key: value(one.default) for key, one in file.of("var").items()}
                yield from _fits(file.name, values, target)


def _fits(name: str, given: Mapping[str, object], target: File) -> Iterator[Fault]:
    wanted = target.of("param")
    for key in sorted(given.keys() - wanted.keys()):
        yield Fault(name, 1, "parameters", f"{target.name} has no parameter {key}.")
    for key, one in wanted.items():
        if key not in given and one.default is None:
            yield Fault(name, 1, "parameters", f"{key} is missing.")
        if key in given and not isinstance(given[key], JSON_TYPES[one.type]):
            yield Fault(name, 1, "parameters", f"{key} must be a {one.type}.")
        allowed = one.decorators.get("allowed")
        told = given.get(key)
        if allowed and told is not None and "${" not in str(told) and told not in allowed[0]:  # type: ignore[operator]
            yield Fault(name, 1, "parameters", f"{key} must be one of {allowed[0]}.")


def defaults(file: File) -> Iterator[Fault]:
    """A default has its parameter's type and is within its limits; an output is what it says."""
    for one in file.of("param").values():
        kind = type_of(file, one.default)
        if kind and kind != one.type:
            yield file.fault(one.line, "modules", f"the default of {one.name} is a {kind}, not a {one.type}.")
        allowed = one.decorators.get("allowed")
        if allowed and one.default is not None and value(one.default) not in allowed[0]:  # type: ignore[operator]
            yield file.fault(one.line, "limits", f"the default of {one.name} is not allowed.")
        number = value(one.default)
        low, high = one.decorators.get("minValue", [None])[0], one.decorators.get("maxValue", [None])[0]
        if isinstance(number, int) and isinstance(low, int) and isinstance(high, int) and not low <= number <= high:
            yield file.fault(one.line, "limits", f"the default of {one.name} is not between {low} and {high}.")
    for one in file.of("output").values():
        kind = type_of(file, one.default)
        if kind and one.type and kind != one.type:
            yield file.fault(one.line, "modules", f"the output {one.name} is a {kind}, not a {one.type}.")


def tenant_urls(templates: Templates) -> Iterator[Fault]:
    """The outermost file says the Tenant URL of every connection, as the gateway's routes have it."""
    gateway = templates["gateway.bicep"]
    told = gateway.of("output").get("tenantUrls")
    if told is None or "${connection}/scim/v2'" not in text(told.default) or told.default.type != "for_statement":  # type: ignore[union-attr]
        yield gateway.fault(1, "outputs", "it does not say the Tenant URL of every connection.")
    if not any("tenantUrls" in text(one.default) for one in templates["main.bicep"].of("output").values()):
        yield templates["main.bicep"].fault(1, "outputs", "it does not say the Tenant URLs.")


def service_tag(templates: Templates, sources: Mapping[str, str]) -> Iterator[Fault]:
    """azd finds the app by a tag with the service's name in azure.yaml, and the group by one with the environment's."""
    for file in (templates["main.bicep"], templates["gateway.bicep"]):
        if "tags: { 'azd-env-name': environmentName }" not in file.source.replace("var tags =", "tags:"):
            yield file.fault(1, "azd", "nothing is tagged with azd-env-name.")
    tags = {literal(node) for file in templates.values() for node in within(file.root) if _is_tag_value(node)}
    for name in tags:
        if f"\n  {name}:\n" not in sources["../azure.yaml"]:
            yield Fault("../azure.yaml", 1, "azd", f"there is no service {name}, which the app is tagged with.")
    if not tags:
        yield Fault("modules/app.bicep", 1, "azd", "the app has no azd-service-name.")


def _is_tag_value(node: Node) -> bool:
    above = node.parent
    return (
        above is not None
        and above.type == "object_property"
        and literal(above.named_children[0]) == "azd-service-name"
        and node == above.named_children[1]
    )
