"""Rules about app settings: what the code reads is set, what is set is read, and Flex Consumption takes it."""

from __future__ import annotations

import ast
import json
import re
import tomllib
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path

from tree_sitter import Node

from tests.infra.tree import Fault, File, Templates, at, literal, properties, text, value, within

ROOT = Path(__file__).resolve().parents[2]
CODE = ("function_app.py", "gateway", "scim", "scim_adapter", "adapters")
HOST = {
    *("AzureWebJobsStorage__credential", "AzureWebJobsStorage__clientId", "AzureWebJobsStorage__blobServiceUri"),
    *("APPLICATIONINSIGHTS_CONNECTION_STRING", "APPLICATIONINSIGHTS_AUTHENTICATION_STRING"),
}
"""Settings that the Functions host reads."""
GIVEN = {
    *("IDENTITY_ENDPOINT", "IDENTITY_HEADER", "FUNCTIONS_WORKER_RUNTIME"),
    *("WEBSITE_SITE_NAME", "WEBSITE_HOSTNAME", "WEBSITE_INSTANCE_ID"),
}
"""What Azure gives every app that has an identity."""
HERE = ("gateway/cli", "gateway/__main__.py")
"""Parts that do not run in Azure."""
REFUSED = re.compile(
    r"FUNCTIONS_WORKER_RUNTIME|FUNCTIONS_EXTENSION_VERSION|FUNCTIONS_WORKER_PROCESS_COUNT|WEBSITE_\w+|TZ|ENABLE_ORYX_BUILD"
    r"|SCM_DO_BUILD_DURING_DEPLOYMENT|WEBSITES_\w+|AzureWebJobsStorage|AzureWebJobsDashboard|ORYX_\w+"
)
"""App settings that a Flex Consumption app is refused with, or that hold a key."""
REFUSED_SITE = {
    *("linuxFxVersion", "windowsFxVersion", "alwaysOn", "functionAppScaleLimit", "minimumElasticInstanceCount"),
    *("preWarmedInstanceCount", "use32BitWorkerProcess", "vnetRouteAllEnabled", "websiteTimeZone", "appSettings"),
    *("javaVersion", "powerShellVersion", "netFrameworkVersion", "functionsRuntimeScaleMonitoringEnabled"),
}


def app_settings(app: File) -> Node | None:
    """The expression that all app settings come from."""
    found = (one for one in app.resources if literal(at(one.body, "name")) == "appsettings")
    return next((at(one.body, "properties") for one in found), None)


def declared(templates: Templates) -> dict[str, Node]:
    """The app settings that app.bicep sets by name, so without those of secrets."""
    told = app_settings(templates["modules/app.bicep"])
    objects = [node for node in within(told) if node.type == "object"] if told else []
    return properties(objects[-1]) if objects else {}


@cache
def read_by_the_code() -> set[str]:
    """Names of environment variables that the application asks for by name."""
    paths = [
        path for place in CODE for path in ([ROOT / place] if place.endswith(".py") else (ROOT / place).rglob("*.py"))
    ]
    found: set[str] = set()
    for path in paths:
        if path.relative_to(ROOT).as_posix().startswith(HERE):
            continue
        for node in ast.walk(ast.parse(path.read_text())):
            found |= _asked(node)
    return found


def _asked(node: ast.AST) -> set[str]:
    """`os.environ["X"]`, `os.environ.get("X")`, `os.getenv("X")`."""
    if isinstance(node, ast.Subscript) and ast.unparse(node.value).endswith("environ"):
        return {key.value for key in [node.slice] if isinstance(key, ast.Constant) and isinstance(key.value, str)}
    if isinstance(node, ast.Call) and ast.unparse(node.func).endswith(("environ.get", "os.getenv")):
        return {key.value for key in node.args[:1] if isinstance(key, ast.Constant) and isinstance(key.value, str)}
    return set()


def named(document: object) -> set[str]:
    """Names that a gateway.toml takes by { env = "NAME" }."""
    if isinstance(document, Mapping):
        if set(document) == {"env"}:
            return {str(document["env"])}
        return set().union(*(named(one) for one in document.values()))
    return set()


def both_ways(templates: Templates, sources: Mapping[str, str]) -> Iterator[Fault]:
    """What code and configuration read is set, and what is set is read by them or by the host."""
    told = declared(templates)
    app = templates["modules/app.bicep"]
    secret = set(json.loads(sources["main.parameters.json"])["parameters"]["secretNames"]["value"])
    example = named(tomllib.loads(sources["gateway.example.toml"]))
    wanted = read_by_the_code() - GIVEN | example | HOST
    for name in sorted(wanted - told.keys() - secret):
        yield app.fault(1, "settings", f"{name} is read and not set.")
    for name, node in told.items():
        if name not in wanted:
            yield app.fault(node, "settings", f"{name} is set, and nobody reads it.")
    for name in sorted(secret - example):
        yield Fault("main.parameters.json", 1, "settings", f"the secret {name} is not in gateway.example.toml.")


def connections(sources: Mapping[str, str]) -> Iterator[Fault]:
    """Example, parameters and secret values speak of the same connections and names."""
    given = {name: one["value"] for name, one in json.loads(sources["main.parameters.json"])["parameters"].items()}
    example = tomllib.loads(sources["gateway.example.toml"])
    if sorted(given["connections"]) != sorted(example["connections"]):
        yield Fault("main.parameters.json", 1, "settings", "connections are not those of gateway.example.toml.")
    if sorted(given["secretNames"]) != sorted(given["secretValues"]):
        yield Fault("main.parameters.json", 1, "settings", "secretNames and secretValues have different names.")


def refused(file: File) -> Iterator[Fault]:
    """Nothing that Flex Consumption refuses, whether it is set as a setting or as a property of the site."""
    for node in within(file.root):
        if node.type != "object_property" or len(node.named_children) < 2:
            continue
        key = node.named_children[0]
        name = literal(key) or text(key)
        told = literal(node.named_children[1]) if name == "name" else None
        if REFUSED.fullmatch(name) or (told and REFUSED.fullmatch(told)):
            yield file.fault(node, "flex", f"Flex Consumption takes no setting {told or name}.")
        if name in REFUSED_SITE:
            yield file.fault(node, "flex", f"Flex Consumption takes no {name}.")


def one_python(templates: Templates, sources: Mapping[str, str]) -> Iterator[Fault]:
    """One Python version: the templates' default is what the types are checked with."""
    wanted = tomllib.loads(sources["../pyproject.toml"])["tool"]["mypy"]["python_version"]
    for file in templates.values():
        one = file.of("param").get("pythonVersion")
        if one is not None and one.default is not None and value(one.default) != wanted:
            yield file.fault(one.line, "python", f"the Python version is {wanted} everywhere.")


def the_identity_is_named(templates: Templates) -> Iterator[Fault]:
    """Host, references and code use one and the same identity."""
    told = declared(templates)
    app = templates["modules/app.bicep"]
    for name in ("AZURE_CLIENT_ID", "AzureWebJobsStorage__clientId"):
        if text(told.get(name)) != "clientId":
            yield app.fault(told.get(name) or 1, "settings", f"{name} must be the identity's client id.")
    for site in (one for one in app.resources if one.resource_type[0] == "Microsoft.Web/sites"):
        if text(at(site.body, "properties.keyVaultReferenceIdentity")) != "identityId":
            yield app.fault(site.line, "settings", "keyVaultReferenceIdentity must be the identity: it reads secrets.")
    if literal(told.get("AzureWebJobsStorage__credential")) != "managedidentity":
        yield app.fault(1, "settings", "the host's own storage must be opened as the identity.")
    authentication = text(told.get("APPLICATIONINSIGHTS_AUTHENTICATION_STRING"))
    if authentication != "'ClientId=${clientId};Authorization=AAD'":
        yield app.fault(1, "settings", "telemetry must be sent as the identity.")
