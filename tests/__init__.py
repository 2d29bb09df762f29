"""The tests of Scimgate."""
