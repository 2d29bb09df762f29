"""The gateway engine: SCIM 2.0 (RFC 7643, RFC 7644) without sockets, files, Azure or adapters."""
