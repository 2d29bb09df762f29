"""Rules about resources: types, API versions and properties that were looked up in Azure's reference, and how they
must be set."""

from __future__ import annotations

from collections.abc import Iterator

from tree_sitter import Node

from tests.infra.tree import Declaration, Fault, File, at, literal, properties, text, value

COMMON = {"name", "location", "tags", "parent", "scope"}
STORAGE = "Microsoft.Storage/storageAccounts"
SITE = "Microsoft.Web/sites"
HTTP = "properties.functionAppConfig.scaleAndConcurrency.triggers.http"
KNOWN: dict[str, tuple[str, set[str]]] = {
    "Microsoft.Resources/resourceGroups": ("2022-09-01", set()),
    "Microsoft.ManagedIdentity/userAssignedIdentities": ("2023-01-31", set()),
    "Microsoft.Authorization/roleAssignments": (
        "2022-04-01",
        {"properties.roleDefinitionId", "properties.principalId", "properties.principalType"},
    ),
    STORAGE: (
        "2025-06-01",
        {
            *("kind", "sku.name", "properties.allowBlobPublicAccess", "properties.allowCrossTenantReplication"),
            *("properties.allowSharedKeyAccess", "properties.defaultToOAuthAuthentication"),
            *("properties.minimumTlsVersion", "properties.supportsHttpsTrafficOnly", "properties.publicNetworkAccess"),
            *("properties.networkAcls.bypass", "properties.networkAcls.defaultAction"),
        },
    ),
    f"{STORAGE}/blobServices": ("2025-06-01", set()),
    f"{STORAGE}/blobServices/containers": ("2025-06-01", {"properties.publicAccess"}),
    f"{STORAGE}/tableServices": ("2025-06-01", set()),
    f"{STORAGE}/tableServices/tables": ("2025-06-01", set()),
    "Microsoft.KeyVault/vaults": (
        "2023-07-01",
        {
            *("properties.tenantId", "properties.sku.family", "properties.sku.name"),
            *("properties.enableRbacAuthorization", "properties.enableSoftDelete", "properties.enablePurgeProtection"),
            *("properties.softDeleteRetentionInDays", "properties.publicNetworkAccess"),
            *("properties.networkAcls.bypass", "properties.networkAcls.defaultAction"),
        },
    ),
    "Microsoft.KeyVault/vaults/secrets": ("2023-07-01", {"properties.value", "properties.contentType"}),
    "Microsoft.OperationalInsights/workspaces": ("2023-09-01", {"properties.sku.name", "properties.retentionInDays"}),
    "Microsoft.Insights/components": (
        "2020-02-02",
        {
            *("kind", "properties.Application_Type", "properties.WorkspaceResourceId"),
            "properties.DisableLocalAuth",
        },
    ),
    "Microsoft.Insights/actionGroups": (
        "2023-01-01",
        {
            *("properties.groupShortName", "properties.enabled"),
            *("properties.emailReceivers[].name", "properties.emailReceivers[].emailAddress"),
            "properties.emailReceivers[].useCommonAlertSchema",
        },
    ),
    "Microsoft.Insights/scheduledQueryRules": (
        "2022-06-15",
        {
            *("kind", "properties.displayName", "properties.description", "properties.enabled", "properties.severity"),
            *("properties.scopes", "properties.evaluationFrequency", "properties.windowSize"),
            *("properties.autoMitigate", "properties.actions.actionGroups"),
            *("properties.criteria.allOf[].query", "properties.criteria.allOf[].metricMeasureColumn"),
            *("properties.criteria.allOf[].timeAggregation", "properties.criteria.allOf[].operator"),
            "properties.criteria.allOf[].threshold",
            "properties.criteria.allOf[].failingPeriods.numberOfEvaluationPeriods",
            "properties.criteria.allOf[].failingPeriods.minFailingPeriodsToAlert",
        },
    ),
    "Microsoft.Insights/metricAlerts": (
        "2018-03-01",
        {
            *("properties.description", "properties.enabled", "properties.severity", "properties.scopes"),
            *("properties.evaluationFrequency", "properties.windowSize", "properties.autoMitigate"),
            *("properties.actions[].actionGroupId", "properties.criteria.odata.type"),
            *("properties.criteria.allOf[].criterionType", "properties.criteria.allOf[].name"),
            *("properties.criteria.allOf[].metricNamespace", "properties.criteria.allOf[].metricName"),
            *("properties.criteria.allOf[].operator", "properties.criteria.allOf[].threshold"),
            *("properties.criteria.allOf[].timeAggregation", "properties.criteria.allOf[].dimensions[].name"),
            *("properties.criteria.allOf[].dimensions[].operator", "properties.criteria.allOf[].dimensions[].values"),
        },
    ),
    "Microsoft.Web/serverfarms": (
        "2025-03-01",
        {"kind", "sku.name", "sku.tier", "properties.reserved", "properties.zoneRedundant"},
    ),
    SITE: (
        "2025-03-01",
        {
            *("kind", "identity.type", "identity.userAssignedIdentities.*", "properties.serverFarmId"),
            *("properties.httpsOnly", "properties.keyVaultReferenceIdentity", "properties.virtualNetworkSubnetId"),
            "properties.functionAppConfig.deployment.storage.type",
            "properties.functionAppConfig.deployment.storage.value",
            "properties.functionAppConfig.deployment.storage.authentication.type",
            "properties.functionAppConfig.deployment.storage.authentication.userAssignedIdentityResourceId",
            *("properties.functionAppConfig.runtime.name", "properties.functionAppConfig.runtime.version"),
            "properties.functionAppConfig.scaleAndConcurrency.instanceMemoryMB",
            "properties.functionAppConfig.scaleAndConcurrency.maximumInstanceCount",
            "properties.functionAppConfig.scaleAndConcurrency.alwaysReady",
            f"{HTTP}.perInstanceConcurrency",
            *("properties.siteConfig.minTlsVersion", "properties.siteConfig.scmMinTlsVersion"),
            "properties.siteConfig.ipSecurityRestrictions",
            "properties.siteConfig.ipSecurityRestrictionsDefaultAction",
            "properties.siteConfig.scmIpSecurityRestrictionsUseMain",
        },
    ),
    f"{SITE}/config": ("2025-03-01", {"properties"}),
    f"{SITE}/basicPublishingCredentialsPolicies": ("2025-03-01", {"properties.allow"}),
    "Microsoft.Network/virtualNetworks": (
        "2023-11-01",
        {
            *("properties.addressSpace.addressPrefixes", "properties.subnets[].name"),
            "properties.subnets[].properties.addressPrefix",
            "properties.subnets[].properties.delegations[].name",
            "properties.subnets[].properties.delegations[].properties.serviceName",
        },
    ),
    "Microsoft.Network/virtualNetworks/subnets": ("2023-11-01", set()),
    "Microsoft.Network/privateDnsZones": ("2020-06-01", set()),
    "Microsoft.Network/privateDnsZones/virtualNetworkLinks": (
        "2020-06-01",
        {"properties.registrationEnabled", "properties.virtualNetwork.id"},
    ),
    "Microsoft.Network/privateEndpoints": (
        "2023-11-01",
        {
            *("properties.subnet.id", "properties.privateLinkServiceConnections[].name"),
            "properties.privateLinkServiceConnections[].properties.privateLinkServiceId",
            "properties.privateLinkServiceConnections[].properties.groupIds",
        },
    ),
    "Microsoft.Network/privateEndpoints/privateDnsZoneGroups": (
        "2023-11-01",
        {
            "properties.privateDnsZoneConfigs[].name",
            "properties.privateDnsZoneConfigs[].properties.privateDnsZoneId",
        },
    ),
}
"""Types with the API version that is used and the properties that were looked up and are set; a further one comes here
first, and none goes away unnoticed."""
SOMETIMES = "properties.subnets[].properties.delegations"
"""Only the subnet of the app is delegated."""
MUST: dict[str, dict[str, object]] = {
    STORAGE: {
        "properties.allowSharedKeyAccess": False,
        "properties.allowBlobPublicAccess": False,
        "properties.allowCrossTenantReplication": False,
        "properties.supportsHttpsTrafficOnly": True,
        "properties.minimumTlsVersion": "TLS1_2",
    },
    f"{STORAGE}/blobServices/containers": {"properties.publicAccess": "None"},
    "Microsoft.KeyVault/vaults": {"properties.enableRbacAuthorization": True, "properties.enableSoftDelete": True},
    "Microsoft.Insights/components": {"properties.DisableLocalAuth": True},
    "Microsoft.Web/serverfarms": {"sku.name": "FC1", "sku.tier": "FlexConsumption", "properties.reserved": True},
    SITE: {
        "kind": "functionapp,linux",
        "identity.type": "UserAssigned",
        "properties.httpsOnly": True,
        "properties.siteConfig.minTlsVersion": "1.2",
        "properties.siteConfig.scmMinTlsVersion": "1.2",
        "properties.functionAppConfig.runtime.name": "python",
        "properties.functionAppConfig.deployment.storage.authentication.type": "UserAssignedIdentity",
        f"{HTTP}.perInstanceConcurrency": "perInstanceConcurrency",
    },
    f"{SITE}/basicPublishingCredentialsPolicies": {"properties.allow": False},
}
"""What must be set, and to what. TLS is 1.2 because Entra's provisioning service speaks nothing newer."""
REQUIRED = {
    "Microsoft.Web/serverfarms": ("location", "sku"),
    SITE: ("location", "properties", "identity"),
    STORAGE: ("location", "sku", "kind"),
    "Microsoft.KeyVault/vaults": ("location", "properties"),
    "Microsoft.Insights/scheduledQueryRules": ("location", "properties"),
    "Microsoft.Insights/metricAlerts": ("location", "properties"),
    "Microsoft.Authorization/roleAssignments": ("scope", "properties"),
}
"""Without these the resource is refused; a role assignment without a scope would hold for the whole group."""


LOCATED = (
    KNOWN.keys()
    - {kind for kind in KNOWN if kind.startswith(f"{STORAGE}/") or kind.startswith(f"{SITE}/")}
    - {
        *("Microsoft.Authorization/roleAssignments", "Microsoft.KeyVault/vaults/secrets"),
        *("Microsoft.Network/virtualNetworks/subnets", "Microsoft.Network/privateEndpoints/privateDnsZoneGroups"),
    }
)
"""Types that have a location."""


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
            node = at(one.body, path)
            if node is None or value(node) != wanted:
                said = text(node) or "nothing"
                yield file.fault(node or one.line, "must", f"{path} of {kind} must be {wanted!r}, not {said}.")
        for name in REQUIRED.get(kind, ()):
            if name not in properties(one.body):
                yield file.fault(one.line, "must", f"{kind} needs {name}.")


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
