"""The groups of the source directory: one CSV row each, members by userPrincipalName or by the name of a group."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

GROUP_COLUMNS = ("objectId", "displayName", "members")
ASSIGNED = {"": True, "true": True, "false": False}


class GroupsError(ValueError):
    """The file of groups cannot be used; the message is a sentence for its author."""


@dataclass(frozen=True, slots=True)
class Group:
    """One group object of the tenant. A group that is not assigned to the application is out of scope."""

    object_id: str
    display_name: str
    members: Sequence[str] = ()
    assigned: bool = True


class Groups(Protocol):
    """A source of groups that can be read again and again, each time in the same order."""

    def __iter__(self) -> Iterator[Group]: ...


@dataclass(frozen=True)
class GroupFile:
    """The rows of a CSV file: objectId, displayName, members (separated by semicolons), and perhaps assigned."""

    path: Path

    def __iter__(self) -> Iterator[Group]:
        with _opened(self.path) as reader:
            for row in reader:
                yield _group(row, reader.line_num)


@contextmanager
def _opened(path: Path) -> Iterator[csv.DictReader[str]]:
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.DictReader(file, strict=True)
            names = reader.fieldnames or ()
            if missing := [column for column in GROUP_COLUMNS if column not in names]:
                raise GroupsError(f"The groups file lacks the column{'s'[: len(missing) > 1]} {', '.join(missing)}.")
            yield reader
    except OSError as error:
        raise GroupsError(f"The groups file {path} cannot be read: {error.strerror or 'unknown reason'}.") from None
    except (UnicodeError, csv.Error) as error:
        raise GroupsError(f"The groups file {path} is not CSV in UTF-8: {error}.") from None


def _group(row: dict[str | None, str | None], line: int) -> Group:
    if None in row or None in row.values():
        raise GroupsError(f"Line {line} of the groups file has more or fewer cells than the heading.")
    cells = {str(name): str(cell).strip() for name, cell in row.items()}
    for attribute in ("objectId", "displayName"):
        if not cells[attribute]:
            raise GroupsError(f"Line {line} of the groups file has no {attribute}.")
    if (assigned := cells.get("assigned", "").lower()) not in ASSIGNED:
        raise GroupsError(f"Line {line} of the groups file: assigned must be true or false.")
    members = tuple(filter(None, (name.strip() for name in cells["members"].split(";"))))
    return Group(cells["objectId"], cells["displayName"], members, ASSIGNED[assigned])
