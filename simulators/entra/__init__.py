"""A stand-in for the Microsoft Entra ID provisioning service: the SCIM client that fills a target with people.

`python -m simulators.entra TENANT_URL --token T PEOPLE.csv` runs one cycle; `run(Options(...))` does so in-process.
Facts come from Microsoft's documentation; whatever no source states is called an assumption where it is made. The rule:
never kinder to a target than Entra is.
"""

from simulators.entra.cycle import run
from simulators.entra.groups import Group, GroupsError
from simulators.entra.mapping import AttributeMapping
from simulators.entra.options import Options
from simulators.entra.people import PeopleError, Person, read_people
from simulators.entra.quarantine import Limits
from simulators.entra.report import Report

__all__ = [
    "AttributeMapping",
    "Group",
    "GroupsError",
    "Limits",
    "Options",
    "PeopleError",
    "Person",
    "Report",
    "read_people",
    "run",
]
