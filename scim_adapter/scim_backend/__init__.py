"""Adapters for backends that speak SCIM, each in its own way (extra `http`).

`ScimBackend` is the adapter, `load` reads the profile that says what is special about a server, and the credentials
sign its calls. An adapter for one vendor is a subclass with settings of its own and a profile beside it.
"""

from scim_adapter.scim_backend.adapter import ScimBackend
from scim_adapter.scim_backend.credentials import JWT_GRANT, Credentials, Granted, basic, bearer
from scim_adapter.scim_backend.profile import Profile, Row
from scim_adapter.scim_backend.reading import ProfileError, load, read
from scim_adapter.scim_backend.typed import Address, Token, address

__all__ = ["JWT_GRANT", "Address", "Credentials", "Granted", "Profile", "ProfileError", "Row", "ScimBackend", "Token",
           "address", "basic", "bearer", "load", "read"]  # fmt: skip
