// One secret for every { env = "NAME" } of gateway.toml that is a secret.
@maxLength(24)
param name string
param location string
param tags object
param secretNames array
@secure()
param secretValues object
param privateNetwork bool
param purgeProtection bool

resource vault 'Microsoft.KeyVault/vaults@2023-07-01' = {
  name: name
  location: location
  tags: tags
  properties: {
    tenantId: subscription().tenantId
    sku: {
      family: 'A'
      name: 'standard'
    }
    enableRbacAuthorization: true
    enableSoftDelete: true
    softDeleteRetentionInDays: 7
    // Azure refuses false here; only true or nothing
    enablePurgeProtection: purgeProtection ? true : null
    publicNetworkAccess: privateNetwork ? 'Disabled' : 'Enabled'
    networkAcls: {
      // values that a deployment brings come through Azure Resource Manager
      bypass: 'AzureServices'
      defaultAction: privateNetwork ? 'Deny' : 'Allow'
    }
  }
}

// names of secrets have no underscore
resource secrets 'Microsoft.KeyVault/vaults/secrets@2023-07-01' = [for secretName in secretNames: if (contains(secretValues, secretName) ? !empty(secretValues[secretName]) : false) {
  parent: vault
  name: replace(secretName, '_', '-')
  properties: {
    value: secretValues[secretName]
    contentType: 'text/plain'
  }
}]

output name string = vault.name
output uri string = vault.properties.vaultUri
