"""Types of Azure: the API versions that are used, what is set of each, and to what.

From Microsoft's published type definitions and reference pages; a property that is not here was not looked up.
"""

from __future__ import annotations

from gateway.stores.azure_tables import TABLE

COMMON = {"name", "location", "tags", "parent", "scope"}
STORAGE = "Microsoft.Storage/storageAccounts"
SITE = "Microsoft.Web/sites"
HTTP = "properties.functionAppConfig.scaleAndConcurrency.triggers.http"
QUERY = (
    "'AppTraces | where AppRoleName =~ \"${appName}\" | where Message matches regex @\\'${alert.pattern}\\'"
    " | summarize Lines = sum(ItemCount)'"
)
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
CLOSED = "privateNetwork ? 'Disabled' : 'Enabled'"
DENIED = "privateNetwork ? 'Deny' : 'Allow'"
RULE = "properties.criteria.allOf"
MUST: dict[str, dict[str, object]] = {
    STORAGE: {
        "kind": "StorageV2",
        "sku.name": "zoneRedundant ? 'Standard_ZRS' : 'Standard_LRS'",
        "properties.allowSharedKeyAccess": False,
        "properties.allowBlobPublicAccess": False,
        "properties.allowCrossTenantReplication": False,
        "properties.defaultToOAuthAuthentication": True,
        "properties.supportsHttpsTrafficOnly": True,
        "properties.minimumTlsVersion": "TLS1_2",
        "properties.publicNetworkAccess": CLOSED,
        "properties.networkAcls.bypass": "None",
        "properties.networkAcls.defaultAction": DENIED,
    },
    f"{STORAGE}/blobServices": {"name": "default"},
    f"{STORAGE}/blobServices/containers": {"properties.publicAccess": "None"},
    f"{STORAGE}/tableServices": {"name": "default"},
    f"{STORAGE}/tableServices/tables": {"name": TABLE},
    "Microsoft.KeyVault/vaults": {
        "properties.tenantId": "subscription().tenantId",
        "properties.sku.family": "A",
        "properties.sku.name": "standard",
        "properties.enableRbacAuthorization": True,
        "properties.enableSoftDelete": True,
        "properties.softDeleteRetentionInDays": 7,
        "properties.enablePurgeProtection": "purgeProtection ? true : null",
        "properties.publicNetworkAccess": CLOSED,
        "properties.networkAcls.bypass": "AzureServices",
        "properties.networkAcls.defaultAction": DENIED,
    },
    "Microsoft.OperationalInsights/workspaces": {"properties.sku.name": "PerGB2018"},
    "Microsoft.Insights/components": {
        "kind": "web",
        "properties.Application_Type": "web",
        "properties.DisableLocalAuth": True,
    },
    "Microsoft.Insights/actionGroups": {"location": "global", "properties.enabled": True},
    "Microsoft.Insights/scheduledQueryRules": {
        "kind": "LogAlert",
        "properties.enabled": True,
        "properties.evaluationFrequency": "PT5M",
        "properties.windowSize": "PT15M",
        "properties.autoMitigate": True,
        f"{RULE}.query": QUERY,
        f"{RULE}.metricMeasureColumn": "Lines",
        f"{RULE}.timeAggregation": "Total",
        f"{RULE}.operator": "GreaterThan",
        f"{RULE}.failingPeriods.numberOfEvaluationPeriods": 1,
        f"{RULE}.failingPeriods.minFailingPeriodsToAlert": 1,
    },
    "Microsoft.Insights/metricAlerts": {
        "location": "global",
        "properties.enabled": True,
        "properties.evaluationFrequency": "PT5M",
        "properties.windowSize": "PT15M",
        "properties.autoMitigate": True,
        f"{RULE}.criterionType": "StaticThresholdCriterion",
        f"{RULE}.metricNamespace": f"{STORAGE}/tableServices",
        f"{RULE}.metricName": "Transactions",
        f"{RULE}.timeAggregation": "Total",
        f"{RULE}.operator": "GreaterThan",
        f"{RULE}.dimensions.name": "ResponseType",
        f"{RULE}.dimensions.operator": "Include",
        f"{RULE}.dimensions.values": [
            "ServerBusyError",
            "ClientThrottlingError",
            "ClientAccountRequestThrottlingError",
        ],
    },
    "Microsoft.Web/serverfarms": {
        "kind": "functionapp",
        "sku.name": "FC1",
        "sku.tier": "FlexConsumption",
        "properties.reserved": True,
    },
    SITE: {
        "kind": "functionapp,linux",
        "identity.type": "UserAssigned",
        "identity.userAssignedIdentities": {"'${identityId}'": {}},
        "properties.httpsOnly": True,
        "properties.siteConfig.minTlsVersion": "1.2",
        "properties.siteConfig.scmMinTlsVersion": "1.2",
        "properties.siteConfig.scmIpSecurityRestrictionsUseMain": False,
        "properties.functionAppConfig.runtime.name": "python",
        "properties.functionAppConfig.deployment.storage.type": "blobContainer",
        "properties.functionAppConfig.deployment.storage.value": "'${blobEndpoint}${packageContainer}'",
        "properties.functionAppConfig.deployment.storage.authentication.type": "UserAssignedIdentity",
        f"{HTTP}.perInstanceConcurrency": "perInstanceConcurrency",
    },
    f"{SITE}/basicPublishingCredentialsPolicies": {"properties.allow": False},
    "Microsoft.Network/privateDnsZones": {"location": "global"},
    "Microsoft.Network/privateDnsZones/virtualNetworkLinks": {
        "location": "global",
        "properties.registrationEnabled": False,
    },
    "Microsoft.Network/privateEndpoints/privateDnsZoneGroups": {"name": "default"},
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
