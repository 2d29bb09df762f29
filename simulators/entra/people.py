"""The people of the source directory: one CSV row each, in Entra's attribute names."""

from __future__ import annotations

import csv
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Protocol

from simulators.entra.clock import moment

COLUMNS = (
    "objectId",
    "userPrincipalName",
    "givenName",
    "surname",
    "displayName",
    "mail",
    "jobTitle",
    "department",
    "employeeId",
    "mobile",
    "telephoneNumber",
    "streetAddress",
    "city",
    "state",
    "postalCode",
    "country",
    "accountEnabled",
    "manager",
    "role",
    "deleted",
)
OPTIONAL_COLUMNS = (
    "mailNickname",
    "proxyAddresses",
    "physicalDeliveryOfficeName",
    "facsimileTelephoneNumber",
    "softDeleted",
)
SAMPLE = Path(__file__).with_name("people.csv")
"""An invented company: 50 people to provision and three with the role Default Access."""

BOOLEANS = {"true": True, "false": False}


class PeopleError(ValueError):
    """The file of people cannot be used; the message is a sentence for its author."""


@dataclass(frozen=True, slots=True)
class Person:
    """One user object of the tenant. An empty cell is an attribute without a value."""

    row: Mapping[str, str]

    def value(self, attribute: str) -> str:
        if attribute == "mailNickname" and attribute not in self.row:
            return self.user_principal_name.partition("@")[0]
        return self.row.get(attribute, "")

    @property
    def object_id(self) -> str:
        return self.row["objectId"]

    @property
    def user_principal_name(self) -> str:
        return self.row["userPrincipalName"]

    @property
    def account_enabled(self) -> bool:
        return BOOLEANS[self.row["accountEnabled"].lower()]

    @property
    def deleted(self) -> bool:
        return BOOLEANS[self.row["deleted"].lower() or "false"]

    @property
    def roles(self) -> tuple[str, ...]:
        """The app roles, separated by semicolons in the file."""
        return tuple(filter(None, (role.strip() for role in self.row["role"].split(";"))))

    @property
    def soft_deleted(self) -> bool:
        """In the recycle bin of the tenant, from which people may come back."""
        return (self.row.get("softDeleted") or "false").lower() != "false"

    @property
    def soft_deleted_at(self) -> datetime | None:
        """When it was, if the file says so; else the job goes by the cycle that saw it first."""
        cell = (self.row.get("softDeleted") or "").lower()
        return moment(cell.upper()) if cell and cell not in BOOLEANS else None

    @property
    def enabled(self) -> bool:
        """Neither blocked from signing in nor in the recycle bin."""
        return self.account_enabled and not self.soft_deleted

    @property
    def why_skipped(self) -> str | None:
        """Why the person is out of scope: only people assigned with a role beyond Default Access are in it."""
        if self.deleted:
            return "deleted in the source"
        if not self.row["role"].strip():
            return "not assigned to the application"
        if self.row["role"].strip().lower() == "default access":
            return "not effectively entitled: the only role is Default Access"
        return None


class People(Protocol):
    """A source of people that can be read again and again, each time in the same order."""

    @property
    def columns(self) -> Collection[str]: ...

    def __iter__(self) -> Iterator[Person]: ...


@dataclass(frozen=True)
class Listed:
    """People that somebody made in memory."""

    people: Sequence[Person]

    @property
    def columns(self) -> Collection[str]:
        return self.people[0].row.keys() if self.people else COLUMNS

    def __iter__(self) -> Iterator[Person]:
        return iter(self.people)


@dataclass(frozen=True)
class PeopleFile:
    """The rows of a CSV file, read anew each time. Refuses a file that Entra could not have produced (PeopleError)."""

    path: Path

    @property
    def columns(self) -> Collection[str]:
        with _opened(self.path) as reader:
            return reader.fieldnames or ()

    def __iter__(self) -> Iterator[Person]:
        with _opened(self.path) as reader:
            for row in reader:
                yield _person(row, reader.line_num)


@contextmanager
def _opened(path: Path) -> Iterator[csv.DictReader[str]]:
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.DictReader(file, strict=True)
            _check_columns(reader.fieldnames or ())
            yield reader
    except OSError as error:
        raise PeopleError(f"The people file {path} cannot be read: {error.strerror or 'unknown reason'}.") from None
    except (UnicodeError, csv.Error) as error:
        raise PeopleError(f"The people file {path} is not CSV in UTF-8: {error}.") from None


def read_people(path: Path) -> list[Person]:
    """All rows of the file in its order. Raises PeopleError."""
    people = list(PeopleFile(path))
    for attribute in ("objectId", "userPrincipalName"):
        _refuse_twins(people, attribute)
    return people


def _check_columns(names: Sequence[str]) -> None:
    if missing := [column for column in COLUMNS if column not in names]:
        raise PeopleError(f"The people file lacks the column{'s'[: len(missing) > 1]} {', '.join(missing)}.")
    if len(set(names)) < len(names):
        raise PeopleError("The people file names a column twice.")


def _person(row: Mapping[str | None, str | None], line: int) -> Person:
    if None in row or None in row.values():
        raise PeopleError(f"Line {line} of the people file has more or fewer cells than the heading.")
    cells = {str(name): str(cell) for name, cell in row.items()}
    for attribute in ("objectId", "userPrincipalName"):
        if not cells[attribute].strip():
            raise PeopleError(f"Line {line} of the people file has no {attribute}.")
    for attribute in ("accountEnabled", "deleted"):
        if (cells[attribute] or "false").lower() not in BOOLEANS:
            raise PeopleError(f"Line {line} of the people file: {attribute} must be true or false.")
    if not _is_moment(cells.get("softDeleted", "")):
        raise PeopleError(f"Line {line} of the people file: softDeleted must be true, false or a date (2026-01-31).")
    if not cells["accountEnabled"]:
        raise PeopleError(f"Line {line} of the people file: accountEnabled must be true or false.")
    return Person(cells)


def _is_moment(cell: str) -> bool:
    """A boolean, nothing, or a date."""
    try:
        return cell.lower() in ("", *BOOLEANS) or bool(moment(cell))
    except ValueError:
        return False


def _refuse_twins(people: Iterable[Person], attribute: str) -> None:
    seen: set[str] = set()
    for person in people:
        if (value := person.value(attribute).casefold()) in seen:
            raise twins(attribute, person)
        seen.add(value)


def twins(attribute: str, person: Person) -> PeopleError:
    return PeopleError(f"The people file has the {attribute} {person.value(attribute)} twice.")
