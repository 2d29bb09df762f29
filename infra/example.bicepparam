// For `az deployment sub create --location REGION --template-file infra/main.bicep --parameters infra/example.bicepparam`.
// Values of secrets come from the environment of whoever deploys; a secret that is not set there keeps its value.
using 'main.bicep'

param environmentName = 'scim-production'
param location = 'westeurope'
param connections = ['acme-time', 'people']
param secretNames = ['ACME_TIME_TOKEN', 'ACME_REPLICON_PASSWORD', 'PEOPLE_TOKEN']
param secretValues = {
  ACME_TIME_TOKEN: readEnvironmentVariable('ACME_TIME_TOKEN', '')
  ACME_REPLICON_PASSWORD: readEnvironmentVariable('ACME_REPLICON_PASSWORD', '')
  PEOPLE_TOKEN: readEnvironmentVariable('PEOPLE_TOKEN', '')
}
param publicUrl = 'https://scim.example.com'
param restrictToEntra = true
param alertEmails = ['operations@example.com']
param alwaysReadyInstances = 1
param purgeProtection = true
