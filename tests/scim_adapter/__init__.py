"""Tests of the contract and of its HTTP layer."""
