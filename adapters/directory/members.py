"""Who is in which group, inside a transaction. Groups may hold groups, and never themselves."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable

from scim_adapter import Invalid, Native

from .keys import GROUP, USER, key, key_of, number
from .records import touch
from .schema import GROUPS

FIELD = "members"
NAMED = 10
"""So many unknown members are named in a message."""
READ = """
    select member, coalesce(users.display_name, users.login, groups.name) as display from members
    left join users on users.id = member left join groups on groups.id = -member
    where members.id = ? order by member < 0, abs(member)"""
ABOVE = """
    with recursive above (member, id) as (
        select member, id from members where member in (select value from json_each(?))
        union select above.member, members.id from above join members on members.member = -above.id)
    select above.member, groups.id, groups.name,
        exists (select 1 from members where members.id = groups.id and members.member = above.member)
    from above join groups on groups.id = above.id order by groups.id"""
BELOW = """
    with recursive below (id) as (
        select :group
        union select -member from members join below on members.id = below.id where member < 0)
    """


def read(connection: sqlite3.Connection, group: int) -> list[Native]:
    """The members of a group: key, type and name."""
    return [
        {"value": key(member), "type": USER if member > 0 else GROUP, "display": display}
        for member, display in connection.execute(READ, (group,))
    ]


def groups_of(connection: sqlite3.Connection, users: Iterable[int]) -> dict[int, list[Native]]:
    """The groups that each of these users is in, `direct` or through other groups (`indirect`); one query for all."""
    found: dict[int, list[Native]] = {user: [] for user in users}
    for user, group, name, direct in connection.execute(ABOVE, (json.dumps(list(found)),)):
        one = {"value": key_of(GROUP, group), "display": name, "type": "direct" if direct else "indirect"}
        found[user].append(one)
    return found


def amend(connection: sqlite3.Connection, group: int, added: Iterable[str], removed: Iterable[str]) -> bool:
    """Add and remove members by their keys and tell whether that changed anything; `Invalid`.

    It costs what the changes cost, whatever the size of the group.
    """
    before = connection.total_changes
    gone = [(group, number(one)) for one in removed]
    connection.executemany("delete from members where id = ? and member = ?", gone)
    fresh = _known(connection, added)
    connection.executemany("insert or ignore into members (id, member) values (?, ?)", [(group, n) for n in fresh])
    _demand_no_circle(connection, group, fresh)
    return connection.total_changes > before


def replace(connection: sqlite3.Connection, group: int, wanted: Iterable[Native]) -> bool:
    """Make these the members of a group and tell whether that changed anything; `Invalid`."""
    keys = [str(one.get("value")) for one in wanted]
    held = {key(member) for (member,) in connection.execute("select member from members where id = ?", (group,))}
    return amend(connection, group, [one for one in keys if one not in held], held - set(keys))


def forget(connection: sqlite3.Connection, member: int) -> None:
    """Take a user or group that is being deleted out of all groups."""
    groups = [group for (group,) in connection.execute("select id from members where member = ?", (member,))]
    connection.execute("delete from members where member = ?", (member,))
    touch(connection, GROUPS, *groups)


def _known(connection: sqlite3.Connection, keys: Iterable[str]) -> list[int]:
    numbers = {one: number(one) for one in keys}
    unknown = [one for one, found in numbers.items() if not _exists(connection, found)]
    if unknown:
        more = f" and {len(unknown) - NAMED} more" if len(unknown) > NAMED else ""
        raise Invalid(f"No user or group has the key {', '.join(unknown[:NAMED])}{more}.", field=FIELD)
    return list(numbers.values())


def _exists(connection: sqlite3.Connection, member: int) -> bool:
    table = "users" if member > 0 else "groups"
    statement = f"select 1 from {table} where id = ?"  # noqa: S608 - one of two names
    return connection.execute(statement, (abs(member),)).fetchone() is not None


def _demand_no_circle(connection: sqlite3.Connection, group: int, added: Iterable[int]) -> None:
    """No group that was just added may hold, at any depth, the one it was added to."""
    statement = f"{BELOW} select 1 from below where id = :above"  # noqa: S608 - constants
    for member in added:
        if member < 0 and connection.execute(statement, {"group": -member, "above": group}).fetchone():
            raise Invalid(f"The group {key(member)} would hold itself.", field=FIELD)
