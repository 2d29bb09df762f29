"""One suite for the life of a person over every system, every switch of its simulator and both dialects of Entra.

A system is a row of data (`systems.py` and a file for each); `life.py` is what is done with it.
"""
