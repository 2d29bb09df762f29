"""The adapters that ship with the gateway. Each imports `scim_adapter` and its own client, nothing else of ours."""
