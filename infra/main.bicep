// Scimgate in a resource group of its own. `azd up` deploys this file; who may not create resource groups deploys
// gateway.bicep into one that exists.
targetScope = 'subscription'

@minLength(1)
@maxLength(40)
@description('Names the deployment: the resource group is called after it.')
param environmentName string

@description('Where everything is; a region that has Flex Consumption.')
param location string

@description('The resource group, made when it is missing.')
param resourceGroupName string = 'rg-${environmentName}'

@minLength(1)
@description('The connections of gateway.toml: each gets a Tenant URL.')
param connections array

@description('Every NAME that gateway.toml takes by { env = "NAME" } for a token or another secret.')
param secretNames array

@secure()
@description('Values of secrets by NAME. A secret without a value here keeps the one that the vault has.')
param secretValues object = {}

@description('More app settings, for example SCIMGATE__CONNECTIONS__ACME_TIME__ON_DELETE, which stands in the place of a value of gateway.toml.')
param moreSettings object = {}

@description('What the gateway is called from outside, for example https://scim.example.com; empty: the address of the app.')
param publicUrl string = ''

@description('Who runs `python -m infra.operate` and sets secrets: an object id of Entra. Empty: nobody.')
param operatorPrincipalId string = ''

@allowed(['User', 'Group', 'ServicePrincipal'])
@description('What operatorPrincipalId is.')
param operatorPrincipalType string = 'User'

@allowed(['3.11', '3.12', '3.13'])
@description('The Python of the app. `make package` builds for 3.11.')
param pythonVersion string = '3.11'

@allowed([512, 2048, 4096])
@description('Megabytes of an instance: a quarter of a core, one core, two cores.')
param instanceMemoryMB int = 2048

@minValue(1)
@maxValue(1000)
@description('Requests that an instance handles at once. The default of Azure for Python is 1, which costs about five times as much.')
param perInstanceConcurrency int = 16

@minValue(40)
@maxValue(1000)
@description('Instances at most; what a storm of requests can cost.')
param maximumInstanceCount int = 40

@minValue(0)
@maxValue(100)
@description('Instances that never sleep. With zoneRedundant at least 2.')
param alwaysReadyInstances int = 0

@description('Instances and storage in several zones of the region.')
param zoneRedundant bool = false

@description('Storage and vault are reached through private endpoints only.')
param privateNetwork bool = false

@description('Requests come from the provisioning service of Entra and from allowedAddresses only.')
param restrictToEntra bool = false

@description('Address ranges (CIDR) that may send requests; a value closes the door to everybody else.')
param allowedAddresses array = []

@description('Who is told of alerts.')
param alertEmails array = []

@description('A deleted vault cannot be removed for good before its time. It cannot be taken back.')
param purgeProtection bool = false

@minValue(30)
@maxValue(730)
@description('How long logs are kept.')
param logRetentionDays int = 30

resource group 'Microsoft.Resources/resourceGroups@2022-09-01' = {
  name: resourceGroupName
  location: location
  tags: { 'azd-env-name': environmentName }
}

module gateway 'gateway.bicep' = {
  name: 'scimgate'
  scope: group
  params: {
    environmentName: environmentName
    location: location
    connections: connections
    secretNames: secretNames
    secretValues: secretValues
    moreSettings: moreSettings
    publicUrl: publicUrl
    operatorPrincipalId: operatorPrincipalId
    operatorPrincipalType: operatorPrincipalType
    pythonVersion: pythonVersion
    instanceMemoryMB: instanceMemoryMB
    perInstanceConcurrency: perInstanceConcurrency
    maximumInstanceCount: maximumInstanceCount
    alwaysReadyInstances: alwaysReadyInstances
    zoneRedundant: zoneRedundant
    privateNetwork: privateNetwork
    restrictToEntra: restrictToEntra
    allowedAddresses: allowedAddresses
    alertEmails: alertEmails
    purgeProtection: purgeProtection
    logRetentionDays: logRetentionDays
  }
}

output AZURE_RESOURCE_GROUP string = group.name
output SCIMGATE_APP string = gateway.outputs.appName
output SCIMGATE_VAULT string = gateway.outputs.vaultName
output SCIMGATE_STORE string = gateway.outputs.store
output SCIMGATE_PUBLIC_URL string = gateway.outputs.publicUrl
output TENANT_URLS array = gateway.outputs.tenantUrls
