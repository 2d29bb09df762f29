"""Filters applied to resources: which of an attribute's values, which resources, and which filters make no sense."""
