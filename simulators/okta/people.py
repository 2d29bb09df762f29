"""The people and groups of the Okta org that are assigned and pushed: in memory or as CSV."""

from __future__ import annotations

import csv
import hashlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

NEEDED = ("login", "firstName", "lastName", "email")
KNOWN = (*NEEDED, "id", "displayName", "locale", "title", "department", "status", "groups", "password")
STATUSES = ("ACTIVE", "SUSPENDED", "DEPROVISIONED")


class PeopleError(ValueError):
    """The file of people cannot be used; the message is a sentence for its author."""


@dataclass(frozen=True, slots=True)
class Person:
    """One user of the org, in the words of Okta's profile. `groups` holds ids of groups."""

    id: str
    login: str
    first_name: str
    last_name: str
    email: str
    display_name: str = ""
    locale: str = "en-US"
    title: str = ""
    department: str = ""
    active: bool = True
    groups: tuple[str, ...] = ()
    password: str = field(default="", repr=False)
    """Empty: a create has a random one, and no later request has any."""


@dataclass(frozen=True, slots=True)
class Group:
    id: str
    name: str


class Source(Protocol):
    """May be read several times, and says the same each time."""

    def people(self) -> Iterable[Person]: ...

    def groups(self) -> Iterable[Group]: ...


class Roster:
    """People and groups that are in memory. Raises PeopleError where two people share an id or a login."""

    def __init__(self, people: Iterable[Person], groups: Iterable[Group] = ()) -> None:
        self._people, self._groups = list(people), list(groups)
        for attribute in ("login", "id"):
            _refuse_twins(self._people, attribute)

    def people(self) -> list[Person]:
        return self._people

    def groups(self) -> list[Group]:
        return self._groups


def identifier(prefix: str, seed: str) -> str:
    """20 characters in the manner of Okta's ids, for example `00u` for users and `00g` for groups."""
    return prefix + hashlib.sha256(seed.encode("utf-8", "backslashreplace")).hexdigest()[:17]


def read_people(path: Path) -> Roster:
    """Rows with `login,firstName,lastName,email` and as many of the other columns as one likes.

    `groups` holds names with `;` between them; a group is its name, so that another name is another group. `status` is
    one of Okta's (ACTIVE by default), and `id` is made from the login where there is none. Raises PeopleError.
    """
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            rows = list(_rows(csv.DictReader(file, strict=True)))
    except OSError as error:
        raise PeopleError(f"The people file {path} cannot be read: {error.strerror or 'unknown reason'}.") from None
    except (UnicodeError, csv.Error) as error:
        raise PeopleError(f"The people file {path} is not CSV in UTF-8: {error}.") from None
    names = dict.fromkeys(name for row in rows for name in _names(row))
    return Roster(map(_person, rows), [Group(identifier("00g", name), name) for name in names])


def _rows(reader: csv.DictReader[str]) -> Iterator[Mapping[str, str]]:
    names = list(reader.fieldnames or ())
    if missing := [column for column in NEEDED if column not in names]:
        raise PeopleError(f"The people file lacks the column{'s'[: len(missing) > 1]} {', '.join(missing)}.")
    if unknown := [column for column in names if column not in KNOWN]:
        raise PeopleError(f"The people file has the unknown column {unknown[0]!r}; known are {', '.join(KNOWN)}.")
    if len(set(names)) < len(names):
        raise PeopleError("The people file names a column twice.")
    for row in reader:
        yield _checked(row, f"Line {reader.line_num} of the people file")


def _checked(row: Mapping[str | None, str | None], where: str) -> Mapping[str, str]:
    if None in row or None in row.values():
        raise PeopleError(f"{where} has more or fewer cells than the heading.")
    cells = {str(name): str(cell).strip() for name, cell in row.items()}
    if not cells["login"]:
        raise PeopleError(f"{where} has no login.")
    if (cells.get("status") or "ACTIVE").upper() not in STATUSES:
        raise PeopleError(f"{where}: status must be one of {', '.join(STATUSES)}.")
    return cells


def _person(row: Mapping[str, str]) -> Person:
    return Person(
        id=row.get("id") or identifier("00u", row["login"].casefold()),
        login=row["login"],
        first_name=row["firstName"],
        last_name=row["lastName"],
        email=row["email"],
        display_name=row.get("displayName") or f"{row['firstName']} {row['lastName']}".strip(),
        locale=row.get("locale") or "en-US",
        title=row.get("title", ""),
        department=row.get("department", ""),
        active=(row.get("status") or "ACTIVE").upper() == "ACTIVE",
        groups=tuple(identifier("00g", name) for name in _names(row)),
        password=row.get("password", ""),
    )


def _names(row: Mapping[str, str]) -> list[str]:
    return [stripped for name in row.get("groups", "").split(";") if (stripped := name.strip())]


def _refuse_twins(people: Iterable[Person], attribute: str) -> None:
    seen: set[str] = set()
    for person in people:
        value = str(getattr(person, attribute))
        if value.casefold() in seen:
            raise PeopleError(f"The people have the {attribute} {value} twice.")
        seen.add(value.casefold())
