"""An invented company of any size, made while it is read; a second seed says what has changed in it."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass, replace

from simulators.okta.people import Group, Person, identifier

FIRST = (
    "Ana",
    "Björn",
    "Chloé",
    "Dmitri",
    "Eun-ji",
    "Fatima",
    "Gwen",
    "賢治",
    "Ines",
    "Łukasz",
    "Maria del Mar",
    "Zoë",
)
LAST = (
    "Souza",
    "O'Brien",
    "Lindqvist",
    "Nguyễn",
    "田中",
    "Al-Hassan",
    "van der Berg",
    "Müller",
    "Kim",
    "Okafor",
    "Roe",
)
MARRIED = ("D'Angelo", "Ásgeirsson", "Smith-Jones", "Núñez", "佐藤")
TITLES = ("Nurse", "Planner", "Driver", "Accountant", "", "Shift supervisor")
DEPARTMENTS = ("Emergency", "Logistics", "R&D", "Finance", "")
DOMAIN = "acme.example.com"
MOST = 1_000_000


@dataclass(frozen=True, slots=True)
class Edits:
    """Who changed, by number. Nobody does more than one thing at once."""

    left: frozenset[int] = frozenset()
    renamed: frozenset[int] = frozenset()
    moved: frozenset[int] = frozenset()
    joined: int = 0
    group: int = -1
    """The group that has another name."""


class Company:
    """`users` people, each in one or two of `groups` groups. Raises ValueError with a sentence."""

    def __init__(self, users: int = 50, groups: int = 0, seed: int = 1, edit_seed: int | None = None) -> None:
        if not (0 <= users <= MOST and 0 <= groups <= MOST):
            raise ValueError(f"There cannot be fewer than no users or groups, or more than {MOST:,}.")
        self._users, self._groups, self._seed = users, groups, seed
        self._edit_seed = edit_seed
        self._edits = Edits() if edit_seed is None else _edits(edit_seed, users, groups)

    def people(self) -> Iterator[Person]:
        """Who left is not there any more, as nobody unassigned from an app is."""
        for number in range(self._users + self._edits.joined):
            if number not in self._edits.left:
                yield self._edited(number)

    def groups(self) -> Iterator[Group]:
        for number in range(self._groups):
            renamed = f" (renamed {self._edit_seed})" if number == self._edits.group else ""
            yield Group(self._group(number), f"Team {number + 1}{renamed}")

    def _group(self, number: int) -> str:
        return identifier("00g", f"{self._seed}/{number}")

    def _edited(self, number: int) -> Person:
        joined = number >= self._users
        person = self._person(number, f"joined {self._edit_seed}/" if joined else "")
        if number in self._edits.renamed:
            last = MARRIED[number % len(MARRIED)]
            login = f"renamed{self._edit_seed}.{person.login}" if number % 2 else person.login
            return replace(
                person, last_name=last, display_name=f"{person.first_name} {last}", login=login, email=f"new.{login}"
            )
        if number in self._edits.moved:
            return replace(person, groups=self._teams(number + 1))
        return person

    def _person(self, number: int, lot: str) -> Person:
        draw = random.Random(f"{self._seed}/{lot}{number}")
        first, last = draw.choice(FIRST), draw.choice(LAST)
        # Numbers keep logins apart, and plain: those with marks in them are for the tests of filters.
        login = f"{lot.replace(' ', '').replace('/', '-')}user{number}@{DOMAIN}"
        return Person(
            id=identifier("00u", f"{self._seed}/{lot}{number}"),
            login=login,
            first_name=first,
            last_name=last,
            email=login,
            display_name=f"{first} {last}",
            title=draw.choice(TITLES),
            department=draw.choice(DEPARTMENTS),
            groups=self._teams(number),
        )

    def _teams(self, number: int) -> tuple[str, ...]:
        """Everybody is in one team, every fifth in a second one."""
        if not self._groups:
            return ()
        chosen = {number % self._groups} | ({(number + 7) % self._groups} if number % 5 == 0 else set())
        return tuple(self._group(each) for each in sorted(chosen))


def _edits(seed: int, users: int, groups: int) -> Edits:
    """3 % leave, 5 % are renamed, 5 % change teams, 2 % join, at least one of each; one group gets another name.

    Who may do what goes by their number, whatever the seed: somebody who left under one seed and came back with another
    login under the next would have two accounts.
    """
    draw = random.Random(f"edit {seed}")

    def some(share: int, who: range) -> frozenset[int]:
        return frozenset(draw.sample(who, min(len(who), max(1, users * share // 100))))

    return Edits(
        left=some(3, range(0, users, 3)),
        renamed=some(5, range(1, users, 3)),
        moved=some(5, range(2, users, 3)),
        joined=max(1, users * 2 // 100),
        group=draw.randrange(groups) if groups else -1,
    )
