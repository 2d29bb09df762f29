"""Bulk (RFC 7644 3.7): many operations in one request, each of them done as if it had come alone."""
