"""Tests of the adapters that ship."""
