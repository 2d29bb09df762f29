"""Faithful local stand-ins for backends and for Microsoft Entra ID. They import nothing of the gateway."""
