"""Invented groups of invented people: of a handful and of hundreds, some inside another, edited in the same rounds."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from random import Random

from simulators.entra.generated import MOST, Generated
from simulators.entra.groups import Group
from simulators.entra.names import DEPARTMENTS

SIZES = (0, 1, 3, 8, 20, 60, 250)
NESTED = 10
"""Every tenth group has the one before it as a member."""


@dataclass(frozen=True)
class GeneratedGroups:
    """`size` groups over the people of a seed; each round of edits moves members, renames, and deletes some."""

    size: int
    people: Generated

    def __post_init__(self) -> None:
        if not 1 <= self.size <= MOST:
            raise ValueError(f"There are from 1 to {MOST:,} groups.")

    @cached_property
    def _rounds(self) -> tuple[int, ...]:
        return self.people.edit_seeds

    def __iter__(self) -> Iterator[Group]:
        for number in range(self.size):
            if not self._deleted(number):
                object_id = str(uuid.uuid5(uuid.NAMESPACE_URL, f"entra/{self.people.seed}/group/{number}"))
                yield Group(object_id, self.name(number), tuple(self._members(number)))

    def name(self, number: int) -> str:
        renamed = [place for place, _ in enumerate(self._rounds, 1) if self._edit(number, place) == "renamed"]
        suffix = f" ({renamed[-1]})" if renamed else ""
        return f"{DEPARTMENTS[number % len(DEPARTMENTS)]} {number}{suffix}"

    def _deleted(self, number: int) -> bool:
        return any(self._edit(number, place) == "deleted" for place, _ in enumerate(self._rounds, 1))

    def _members(self, number: int) -> Iterator[str]:
        """Numbers of people by a pace that is odd enough; an edit shifts a part of them."""
        chance = Random(f"{self.people.seed}/{number}/members")
        many = min(chance.choice(SIZES), self.people.size)
        start, pace = chance.randrange(self.people.size), 1 + chance.randrange(7)
        moved = sum(self._edit(number, place) == "moved" for place, _ in enumerate(self._rounds, 1))
        for place in range(many):
            shift = moved if place % 4 == 0 else 0
            person = (start + place * pace + shift * 3) % self.people.size
            if (standing := self.people.edits.standing(person)) and not standing.deleted:
                yield self.people.name(person)
        if number % NESTED == NESTED - 1 and not self._deleted(number - 1):
            yield self.name(number - 1)

    def _edit(self, number: int, place: int) -> str:
        chance = Random(f"{self.people.seed}/group/{number}/{self._rounds[place - 1]}")
        if chance.random() >= self.people.share:
            return ""
        return chance.choices(("moved", "renamed", "deleted"), (70, 20, 10))[0]
