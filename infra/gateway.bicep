// Everything of one gateway in a resource group that exists.
targetScope = 'resourceGroup'

@minLength(1)
@maxLength(40)
param environmentName string

param location string = resourceGroup().location

@minLength(1)
param connections array

param secretNames array

@secure()
param secretValues object = {}

param moreSettings object = {}

param publicUrl string = ''

param operatorPrincipalId string = ''

@allowed(['User', 'Group', 'ServicePrincipal'])
param operatorPrincipalType string = 'User'

@allowed(['3.11', '3.12', '3.13'])
param pythonVersion string = '3.11'

@allowed([512, 2048, 4096])
param instanceMemoryMB int = 2048

@minValue(1)
@maxValue(1000)
param perInstanceConcurrency int = 16

@minValue(40)
@maxValue(1000)
param maximumInstanceCount int = 40

@minValue(0)
@maxValue(100)
param alwaysReadyInstances int = 0

param zoneRedundant bool = false

param privateNetwork bool = false

param restrictToEntra bool = false

param allowedAddresses array = []

param alertEmails array = []

param purgeProtection bool = false

@minValue(30)
@maxValue(730)
param logRetentionDays int = 30

var suffix = toLower(uniqueString(resourceGroup().id, environmentName))
var tags = { 'azd-env-name': environmentName }

module identity 'modules/identity.bicep' = {
  name: 'identity'
  params: {
    name: 'id-scimgate-${suffix}'
    location: location
    tags: tags
  }
}

module network 'modules/network.bicep' = if (privateNetwork) {
  name: 'network'
  params: {
    name: 'vnet-scimgate-${suffix}'
    location: location
    tags: tags
    storageName: storage.outputs.name
    vaultName: vault.outputs.name
  }
}

module storage 'modules/storage.bicep' = {
  name: 'storage'
  params: {
    name: 'stscimgate${suffix}'
    location: location
    tags: tags
    privateNetwork: privateNetwork
    zoneRedundant: zoneRedundant
  }
}

module vault 'modules/vault.bicep' = {
  name: 'vault'
  params: {
    name: 'kv-scim-${suffix}'
    location: location
    tags: tags
    secretNames: secretNames
    secretValues: secretValues
    privateNetwork: privateNetwork
    purgeProtection: purgeProtection
  }
}

module monitoring 'modules/monitoring.bicep' = {
  name: 'monitoring'
  params: {
    workspaceName: 'log-scimgate-${suffix}'
    componentName: 'appi-scimgate-${suffix}'
    location: location
    tags: tags
    logRetentionDays: logRetentionDays
  }
}

module access 'modules/access.bicep' = {
  name: 'access'
  params: {
    principalId: identity.outputs.principalId
    storageName: storage.outputs.name
    tableName: storage.outputs.tableName
    vaultName: vault.outputs.name
    componentName: monitoring.outputs.componentName
    operatorPrincipalId: operatorPrincipalId
    operatorPrincipalType: operatorPrincipalType
  }
}

module app 'modules/app.bicep' = {
  name: 'app'
  params: {
    planName: 'plan-scimgate-${suffix}'
    name: 'func-scimgate-${suffix}'
    location: location
    tags: tags
    identityId: identity.outputs.id
    clientId: identity.outputs.clientId
    blobEndpoint: storage.outputs.blobEndpoint
    tableEndpoint: storage.outputs.tableEndpoint
    packageContainer: storage.outputs.packageContainer
    vaultUri: vault.outputs.uri
    insightsConnectionString: monitoring.outputs.connectionString
    secretNames: secretNames
    moreSettings: moreSettings
    publicUrl: publicUrl
    subnetId: privateNetwork ? network.outputs.appSubnetId : ''
    pythonVersion: pythonVersion
    instanceMemoryMB: instanceMemoryMB
    perInstanceConcurrency: perInstanceConcurrency
    maximumInstanceCount: maximumInstanceCount
    alwaysReadyInstances: alwaysReadyInstances
    zoneRedundant: zoneRedundant
    restrictToEntra: restrictToEntra
    allowedAddresses: allowedAddresses
  }
  // the first start reads the package and the secrets, so the identity must be allowed to by then
  dependsOn: [access]
}

module alerts 'modules/alerts.bicep' = if (!empty(alertEmails)) {
  name: 'alerts'
  params: {
    name: 'scimgate-${suffix}'
    location: location
    tags: tags
    emails: alertEmails
    workspaceId: monitoring.outputs.workspaceId
    appName: app.outputs.name
    storageName: storage.outputs.name
  }
}

output appName string = app.outputs.name
output vaultName string = vault.outputs.name
output store string = app.outputs.store
output publicUrl string = app.outputs.publicUrl
output tenantUrls array = [for connection in connections: '${app.outputs.publicUrl}/${connection}/scim/v2']
