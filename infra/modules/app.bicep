// The Function on its own Flex Consumption plan.
param planName string
param name string
param location string
param tags object
param identityId string
param clientId string
param blobEndpoint string
param tableEndpoint string
param packageContainer string
param vaultUri string
param insightsConnectionString string
param secretNames array
param moreSettings object
param publicUrl string
param subnetId string
param pythonVersion string
param instanceMemoryMB int
param perInstanceConcurrency int
param maximumInstanceCount int
param alwaysReadyInstances int
param zoneRedundant bool
param restrictToEntra bool
param allowedAddresses array

var entraRules = restrictToEntra ? [
  {
    name: 'Entra'
    priority: 100
    action: 'Allow'
    tag: 'ServiceTag'
    ipAddress: 'AzureActiveDirectory'
  }
] : []
var addressRules = [for (address, index) in allowedAddresses: {
  name: 'address-${index}'
  priority: 200 + index
  action: 'Allow'
  ipAddress: address
}]
var rules = concat(entraRules, addressRules)
var store = 'tables:${tableEndpoint}'
var url = empty(publicUrl) ? 'https://${app.properties.defaultHostName}' : publicUrl
var secretSettings = toObject(secretNames, secretName => secretName, secretName => '@Microsoft.KeyVault(SecretUri=${vaultUri}secrets/${replace(secretName, '_', '-')})')

resource plan 'Microsoft.Web/serverfarms@2025-03-01' = {
  name: planName
  location: location
  tags: tags
  kind: 'functionapp'
  sku: {
    name: 'FC1'
    tier: 'FlexConsumption'
  }
  properties: {
    reserved: true
    zoneRedundant: zoneRedundant
  }
}

resource app 'Microsoft.Web/sites@2025-03-01' = {
  name: name
  location: location
  tags: union(tags, { 'azd-service-name': 'gateway' })
  kind: 'functionapp,linux'
  identity: {
    type: 'UserAssigned'
    userAssignedIdentities: { '${identityId}': {} }
  }
  properties: {
    serverFarmId: plan.id
    httpsOnly: true
    keyVaultReferenceIdentity: identityId
    virtualNetworkSubnetId: empty(subnetId) ? null : subnetId
    functionAppConfig: {
      deployment: {
        storage: {
          type: 'blobContainer'
          value: '${blobEndpoint}${packageContainer}'
          authentication: {
            type: 'UserAssignedIdentity'
            userAssignedIdentityResourceId: identityId
          }
        }
      }
      runtime: {
        name: 'python'
        version: pythonVersion
      }
      scaleAndConcurrency: {
        instanceMemoryMB: instanceMemoryMB
        maximumInstanceCount: maximumInstanceCount
        alwaysReady: alwaysReadyInstances == 0 ? [] : [
          {
            name: 'http'
            instanceCount: alwaysReadyInstances
          }
        ]
        triggers: { http: { perInstanceConcurrency: perInstanceConcurrency } }
      }
    }
    siteConfig: {
      // Entra's provisioning service speaks 1.2 and nothing newer
      minTlsVersion: '1.2'
      scmMinTlsVersion: '1.2'
      ipSecurityRestrictions: rules
      ipSecurityRestrictionsDefaultAction: empty(rules) ? 'Allow' : 'Deny'
      scmIpSecurityRestrictionsUseMain: false
    }
  }

  resource settings 'config' = {
    name: 'appsettings'
    properties: union(secretSettings, moreSettings, {
      SCIMGATE_CONFIG: 'gateway.toml'
      SCIMGATE_STORE: store
      SCIMGATE_PUBLIC_URL: url
      AZURE_CLIENT_ID: clientId
      AzureWebJobsStorage__credential: 'managedidentity'
      AzureWebJobsStorage__clientId: clientId
      AzureWebJobsStorage__blobServiceUri: blobEndpoint
      APPLICATIONINSIGHTS_CONNECTION_STRING: insightsConnectionString
      APPLICATIONINSIGHTS_AUTHENTICATION_STRING: 'ClientId=${clientId};Authorization=AAD'
    })
  }

  resource noFtpPassword 'basicPublishingCredentialsPolicies' = {
    name: 'ftp'
    properties: { allow: false }
  }

  resource noScmPassword 'basicPublishingCredentialsPolicies' = {
    name: 'scm'
    properties: { allow: false }
  }
}

output name string = app.name
output store string = store
output publicUrl string = url
