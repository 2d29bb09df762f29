"""Invented people by the thousand: person number i of a seed is always the same, and nobody is kept in memory."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from random import Random

from simulators.entra.edits import Edits, Standing
from simulators.entra.names import DEPARTMENTS, FAMILY, GIVEN, PLACES, TITLES
from simulators.entra.people import COLUMNS, OPTIONAL_COLUMNS, Person

DOMAIN = "contoso.example.com"
SPAN = 8
"""Reports of a manager."""
MOST = 1_000_000
"""Users at most: everybody is read through, by the simplest command too."""


@dataclass(frozen=True)
class Generated:
    """`size` people of a seed, as they are after a list of random edits; joiners of the edits come behind them."""

    size: int
    seed: int = 0
    edit_seeds: tuple[int, ...] = ()
    share: float = 0.1

    columns = (*COLUMNS, *OPTIONAL_COLUMNS)

    def __post_init__(self) -> None:
        if not 1 <= self.size <= MOST or not 0 < self.share <= 1:
            raise ValueError(f"There are from 1 to {MOST:,} users, and the share of edits is above 0 and at most 1.")

    @cached_property
    def edits(self) -> Edits:
        return Edits(self.seed, self.edit_seeds, self.share, self.size)

    def __iter__(self) -> Iterator[Person]:
        for number in range(self.edits.total):
            if (standing := self.edits.standing(number)) is not None:
                yield self.person(number, standing)

    def name(self, number: int) -> str:
        """The userPrincipalName of a person, there or not: a manager may have left."""
        return self._words(number, self.edits.standing(number) or Standing())["userPrincipalName"]

    def person(self, number: int, standing: Standing) -> Person:
        row = self._words(number, standing) | self._work(number, standing) | self._place(number)
        row["manager"] = self.name((number - 1) // SPAN) if number else ""
        row["accountEnabled"] = "false" if standing.blocked else "true"
        row["role"] = "" if standing.unassigned else ("Admin;Auditor" if number % 25 == 7 else "User")
        row["softDeleted"] = "true" if standing.soft_deleted else "false"
        row["deleted"] = "true" if standing.deleted else "false"
        return Person(row)

    def _words(self, number: int, standing: Standing) -> dict[str, str]:
        chance = Random(f"{self.seed}/{number}/name")
        given, first = chance.choice(GIVEN)
        family, last = chance.choice(FAMILY)
        if standing.renamed:
            family, last = Random(f"{self.seed}/{number}/name/{standing.renamed}").choice(FAMILY)
        # The number makes the name unique; a plus sign and a per cent sign are what URLs stumble over.
        alias = f"{first}.{last}{'+x' if number % 50 == 3 else ''}.{number}"
        return {
            "objectId": str(uuid.uuid5(uuid.NAMESPACE_URL, f"entra/{self.seed}/{number}")),
            "userPrincipalName": f"{alias}@{DOMAIN}",
            "mailNickname": alias,
            "givenName": given,
            "surname": family,
            "displayName": f"{given} {family}",
            "mail": f"{alias}@{DOMAIN}" if number % 17 else "",
            "proxyAddresses": f"{first}{number}@mail.example.com" if number % 6 == 0 else "",
        }

    def _work(self, number: int, standing: Standing) -> dict[str, str]:
        chance = Random(f"{self.seed}/{number}/work/{standing.changed}")
        return {
            "jobTitle": chance.choice(TITLES) if number % 13 else "",
            "department": chance.choice(DEPARTMENTS) if number % 19 else "",
            "employeeId": f"{10_000 + number}",
            "mobile": f"+1 425 555 {chance.randrange(10_000):04d}" if number % 3 else "",
            "telephoneNumber": f"+47 22 55 {chance.randrange(10_000):04d}" if number % 2 else "",
            "facsimileTelephoneNumber": f"+49 30 {chance.randrange(10_000):04d}" if number % 10 == 0 else "",
        }

    def _place(self, number: int) -> dict[str, str]:
        city, state, code, country, street = PLACES[number % len(PLACES)]
        return {
            "streetAddress": f"{street} {number}",
            "city": city,
            "state": state,
            "postalCode": code,
            "country": country,
            "physicalDeliveryOfficeName": f"Room {number % 400}" if number % 4 == 0 else "",
        }
