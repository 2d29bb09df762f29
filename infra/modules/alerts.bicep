// What an operator wants to be woken for. The gateway's own log lines are searched, since a failed request of a SCIM
// client is a success to the Functions host.
param name string
param location string
param tags object
param emails array
param workspaceId string
param appName string
param storageName string

var logAlerts = [
  {
    name: 'server-errors'
    description: 'The gateway answered many requests with 5xx. Is a backend down? See the log lines of the same minutes.'
    pattern: '"status": (500|503)[,}]'
    threshold: 20
    severity: 2
  }
  {
    name: 'credentials-refused'
    description: 'A backend refuses the gateway\'s own credentials: nobody is provisioned until they are renewed.'
    pattern: '"status": 502[,}]'
    threshold: 0
    severity: 1
  }
  {
    name: 'unfinished-claims'
    description: 'A create that was interrupted cannot be settled. `python -m gateway map sweep` says why.'
    pattern: 'cannot be settled yet|cannot be swept now'
    threshold: 2
    severity: 2
  }
  {
    name: 'cannot-start'
    description: 'The configuration has faults, so every request is answered with 503.'
    pattern: 'The gateway cannot start'
    threshold: 0
    severity: 1
  }
]

resource account 'Microsoft.Storage/storageAccounts@2025-06-01' existing = {
  name: storageName

  resource tables 'tableServices' existing = {
    name: 'default'
  }
}

resource operators 'Microsoft.Insights/actionGroups@2023-01-01' = {
  name: name
  location: 'global'
  tags: tags
  properties: {
    groupShortName: 'scimgate'
    enabled: true
    emailReceivers: [for (email, index) in emails: {
      name: 'operator-${index}'
      emailAddress: email
      useCommonAlertSchema: true
    }]
  }
}

resource logs 'Microsoft.Insights/scheduledQueryRules@2022-06-15' = [for alert in logAlerts: {
  name: '${name}-${alert.name}'
  location: location
  tags: tags
  kind: 'LogAlert'
  properties: {
    displayName: 'Scimgate: ${alert.name}'
    description: alert.description
    enabled: true
    severity: alert.severity
    scopes: [workspaceId]
    evaluationFrequency: 'PT5M'
    windowSize: 'PT15M'
    autoMitigate: true
    criteria: {
      allOf: [
        {
          // a line may stand for several that were sampled away
          query: 'AppTraces | where AppRoleName =~ "${appName}" | where Message matches regex @\'${alert.pattern}\' | summarize Lines = sum(ItemCount)'
          metricMeasureColumn: 'Lines'
          timeAggregation: 'Total'
          operator: 'GreaterThan'
          threshold: alert.threshold
          failingPeriods: {
            numberOfEvaluationPeriods: 1
            minFailingPeriodsToAlert: 1
          }
        }
      ]
    }
    actions: { actionGroups: [operators.id] }
  }
}]

resource throttled 'Microsoft.Insights/metricAlerts@2018-03-01' = {
  name: '${name}-storage-throttled'
  location: 'global'
  tags: tags
  properties: {
    description: 'Table Storage turns requests away: the identity map is used harder than one partition allows.'
    enabled: true
    severity: 2
    scopes: [account::tables.id]
    evaluationFrequency: 'PT5M'
    windowSize: 'PT15M'
    autoMitigate: true
    criteria: {
      'odata.type': 'Microsoft.Azure.Monitor.SingleResourceMultipleMetricCriteria'
      allOf: [
        {
          criterionType: 'StaticThresholdCriterion'
          name: 'throttled'
          metricNamespace: 'Microsoft.Storage/storageAccounts/tableServices'
          metricName: 'Transactions'
          dimensions: [
            {
              name: 'ResponseType'
              operator: 'Include'
              values: ['ServerBusyError', 'ClientThrottlingError', 'ClientAccountRequestThrottlingError']
            }
          ]
          operator: 'GreaterThan'
          threshold: 10
          timeAggregation: 'Total'
        }
      ]
    }
    actions: [{ actionGroupId: operators.id }]
  }
}
