"""What the SCIM clients of Entra and of Okta have in common."""
