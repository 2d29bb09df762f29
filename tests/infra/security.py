"""Rules about secrets and rights: nothing secret is plain, and the identity may do what the app needs and no more."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping

from tests.infra.tree import Declaration, Fault, File, Templates, at, literal, properties, text, within

SECRET = re.compile(r"secret(?!Names)|password|token|apikey|accountkey|sharedkey|connectionstring|\bsas\b", re.I)
HARMLESS = {"insightsConnectionString"}
"""Named like a secret and none: without local authentication it is an address."""
KEYS = re.compile(r"AccountKey=|SharedAccessSignature=|sig=[A-Za-z0-9%]{8}|\blist(Keys|AccountSas|Secrets|\w*Keys)\(")
ROLES = {
    "blobDataOwner": "b7e6dc6d-f1e8-4753-8033-0f276bb0955b",
    "tableDataContributor": "0a9a7e1f-b9d0-4cc4-a60d-0319b160aaa3",
    "secretsUser": "4633458b-17de-408a-b874-0445c86b69e6",
    "secretsOfficer": "b86a8fe4-44ce-4948-aee5-eccb2c155cd7",
    "metricsPublisher": "3913510d-42f4-4e42-8a64-420c390055eb",
}
"""Built-in roles by the names that the templates give them (Azure's page on built-in roles)."""
NEEDED = {
    "AzureWebJobsStorage__blobServiceUri": ("blobDataOwner", "account"),
    "SCIMGATE_STORE": ("tableDataContributor", "account::tables::map"),
    "@Microsoft.KeyVault(": ("secretsUser", "vault"),
    "APPLICATIONINSIGHTS_AUTHENTICATION_STRING": ("metricsPublisher", "component"),
}
"""What the app's settings make it do, the role for it, and the narrowest scope that Azure takes."""
OPERATOR = {("tableDataContributor", "account::tables::map"), ("secretsOfficer", "vault")}


def secrets(file: File) -> Iterator[Fault]:
    """A parameter that is named like a secret is @secure, has no value here, and never becomes an output."""
    for one in file.of("param").values():
        secret = bool(SECRET.search(one.name)) and one.name not in HARMLESS and one.type in ("string", "object")
        secure = "secure" in one.decorators
        if secret and not secure:
            yield file.fault(one.line, "secrets", f"{one.name} looks like a secret and is not @secure.")
        if secure and one.default is not None and text(one.default) not in ("''", "{}"):
            yield file.fault(one.line, "secrets", f"the secret {one.name} has a value in the template.")
    secure_names = {name for name, one in file.of("param").items() if "secure" in one.decorators}
    for output in file.of("output").values():
        used = {text(node) for node in within(output.node) if node.type == "identifier"}
        for name in sorted(used & secure_names):
            yield file.fault(output.line, "secrets", f"the output {output.name} shows {name}.")


def keys(file: File) -> Iterator[Fault]:
    """No key, signature or call that reads one."""
    for number, line in enumerate(file.source.splitlines(), 1):
        if KEYS.search(line):
            yield file.fault(number, "secrets", f"a key of an account is used: {line.strip()[:60]!r}.")


def parameter_values(sources: Mapping[str, str], templates: Templates) -> Iterator[Fault]:
    """Parameter files hold names of environment variables, never a secret."""
    for name, content in sources.items():
        if name.endswith(".parameters.json"):
            given = json.loads(content)["parameters"].get("secretValues", {"value": {}})["value"]
            for key, told in given.items():
                if told != f"${{{key}}}":
                    yield Fault(name, 1, "secrets", f"the value of {key} must be ${{{key}}}.")
    for file in templates.values():
        held = file.of("var").get("secretValues") if file.name.endswith(".bicepparam") else None
        for key, node in properties(held.default if held else None).items():
            if text(node) != f"readEnvironmentVariable('{key}', '')":
                yield file.fault(node, "secrets", f"the value of {key} must be read from the environment.")


def roles(templates: Templates) -> Iterator[Fault]:
    """The identity has each role that the settings need, at its narrowest scope, and nobody has another one."""
    access = templates["modules/access.bicep"]
    yield from _known_roles(access)
    assigned = {_assignment(one): one for one in access.resources if "roleAssignments" in one.resource_type[0]}
    for (who, role, scope), one in assigned.items():
        if who == "principalId" and (role, scope) not in NEEDED.values():
            yield access.fault(one.line, "roles", f"the app has {role} on {scope}, which it does not need.")
        elif who == "operatorPrincipalId" and (role, scope) not in OPERATOR:
            yield access.fault(one.line, "roles", f"operators have {role} on {scope}, which they do not need.")
        elif who not in ("principalId", "operatorPrincipalId"):
            yield access.fault(one.line, "roles", f"{who} is nobody that has roles.")
        yield from _named_for_itself(access, one, (who, role, scope))
    app = templates["modules/app.bicep"].source
    for use, (role, scope) in NEEDED.items():
        if use in app and ("principalId", role, scope) not in assigned:
            yield access.fault(1, "roles", f"{use} is used in the app, but the identity has no {role} on {scope}.")


def _known_roles(access: File) -> Iterator[Fault]:
    declared = access.of("var").get("roles")
    for name, node in properties(declared.default if declared else None).items():
        if ROLES.get(name) != literal(node):
            yield access.fault(node, "roles", f"{name} is {ROLES.get(name, 'no role on the list')}.")
    for node in within(access.root):
        written = node.type == "string_content" and re.fullmatch(r"[0-9a-f-]{36}", text(node))
        if written and text(node) not in ROLES.values():
            yield access.fault(node, "roles", f"{text(node)} is no role on the list.")


def _assignment(one: Declaration) -> tuple[str, str, str]:
    definition = text(at(one.body, "properties.roleDefinitionId"))
    role = re.search(r"roles\.(\w+)", definition)
    return text(at(one.body, "properties.principalId")), role[1] if role else "", text(at(one.body, "scope"))


def _named_for_itself(access: File, one: Declaration, assignment: tuple[str, str, str]) -> Iterator[Fault]:
    """Two assignments of one name would be one; a name that differs at each deployment would be refused."""
    who, role, scope = assignment
    if text(at(one.body, "name")) != f"guid({scope}.id, {who}, roles.{role})":
        yield access.fault(one.line, "roles", f"the name of {one.name} must be guid({scope}.id, {who}, roles.{role}).")
    definition = f"subscriptionResourceId('Microsoft.Authorization/roleDefinitions', roles.{role})"
    if text(at(one.body, "properties.roleDefinitionId")) != definition:
        yield access.fault(one.line, "roles", f"the role of {one.name} must be {definition}.")
    kind = {"principalId": "'ServicePrincipal'", "operatorPrincipalId": "operatorPrincipalType"}.get(who)
    if text(at(one.body, "properties.principalType")) != kind:
        yield access.fault(one.line, "roles", f"principalType of {one.name} must be {kind}.")
