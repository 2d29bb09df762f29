"""Reading a quirk profile: TOML to `Profile`, with all faults together. docs/reference/profile.md is its page."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import MISSING, fields
from pathlib import Path
from typing import Any, get_args, get_type_hints

from scim_adapter.scim_backend.hints import converted, problem
from scim_adapter.scim_backend.place import Place
from scim_adapter.scim_backend.profile import Active, Kind, Members, Profile, Rate, Row, Rule, Verb
from scim_adapter.scim_backend.schema import known, own

METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
NAMING = {"User": "userName", "Group": "displayName"}


class ProfileError(ValueError):
    """A profile that cannot be used. `faults` has all of them, each with its place."""

    def __init__(self, faults: list[str]) -> None:
        super().__init__("; ".join(faults))
        self.faults = faults


def load(path: Path) -> Profile:
    """The profile in a file; `ProfileError` names everything that is wrong with it."""
    try:
        document = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ProfileError([f"{path} cannot be read ({error.strerror})"]) from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ProfileError([f"{path} is not valid TOML: {error}"]) from None
    return read(document)


def read(document: Mapping[str, Any]) -> Profile:
    """The profile that a parsed document describes; `ProfileError` names everything that is wrong with it."""
    reader = _Reader()
    profile = reader.profile(document)
    if reader.faults:
        raise ProfileError(reader.faults)
    return profile


class _Reader:
    """Collects faults while it reads."""

    def __init__(self) -> None:
        self.faults: list[str] = []

    def _fault(self, place: str, sentence: str) -> None:
        self.faults.append(f"{place}: {sentence}".lstrip(": "))

    def profile(self, document: Mapping[str, Any]) -> Profile:
        tables: dict[str, Callable[[Any], Any]] = {
            "users": lambda table: self._kind("users", "User", table),
            "groups": lambda table: self._kind("groups", "Group", table),
            "active": lambda table: self._struct("active", Active, table),
            "members": lambda table: self._struct("members", Members, table),
            "rates": self._rates,
            "rules": self._rules,
        }
        if "users" not in document:
            self._fault("users", "it is missing; add [users.attributes]")
        made = {name: read(document[name]) for name, read in tables.items() if name in document}
        plain = {name: value for name, value in document.items() if name not in tables}
        profile: Profile = self._struct("", Profile, plain, {"users": Kind("User", "/Users", ()), **made})
        return profile

    def _struct(self, place: str, kind: Any, given: Any, made: Mapping[str, Any] | None = None) -> Any:
        """A struct from a table: each value checked by the type of its field. `made` are fields that are ready."""
        made = made or {}
        hints = get_type_hints(kind)
        values: dict[str, Any] = {}
        for name, value in self._table(place, given).items():
            where = f"{place}.{name}".lstrip(".")
            if name not in hints or name in made:
                allowed = ", ".join(one for one in hints if one not in made)
                self._fault(where, f"there is no such key; known are {allowed}")
            elif told := problem(hints[name], value):
                self._fault(where, told)
            else:
                values[name] = converted(hints[name], value)
        for one in fields(kind):
            if one.default is MISSING and one.default_factory is MISSING and one.name not in {**values, **made}:
                if not (isinstance(given, Mapping) and one.name in given):
                    self._fault(f"{place}.{one.name}".lstrip("."), "it is missing")
                values[one.name] = None
        return kind(**values, **made)

    def _table(self, place: str, value: Any) -> Mapping[str, Any]:
        if isinstance(value, Mapping):
            return value
        self._fault(place, "it must be a table")
        return {}

    # -- resource types ---------------------------------------------------------------------------------------------

    def _kind(self, place: str, type: str, given: Any) -> Kind:
        table = self._table(place, given)
        for name in table.keys() - {"endpoint", "attributes"}:
            self._fault(f"{place}.{name}", "there is no such key; known are endpoint, attributes")
        endpoint = table.get("endpoint", f"/{type}s")
        if not isinstance(endpoint, str) or not re.fullmatch(r"(/[\w.~-]+)+", endpoint):
            self._fault(f"{place}.endpoint", f'it must be a path such as "/{type}s"')
            endpoint = f"/{type}s"
        attributes = self._table(f"{place}.attributes", table.get("attributes", {}))
        rows = tuple(self._row(f'{place}.attributes."{path}"', type, path, one) for path, one in attributes.items())
        if NAMING[type] not in attributes:
            self._fault(f"{place}.attributes", f"{NAMING[type]} is missing")
        for row in rows:
            if row.same_as is not None and row.same_as not in {one.path for one in rows if one.same_as is None}:
                self._fault(f'{place}.attributes."{row.path}".same_as', "it must name another attribute of the table")
        return Kind(type, endpoint, rows)

    def _row(self, place: str, type: str, path: str, given: Any) -> Row:
        table = dict(self._table(place, given))
        native = table.pop("native", path)
        found = Place.of(path) if _is_place(path) else None
        if found is None or not known(type, found.urn, found.attribute, found.sub):
            self._fault(place, f"SCIM has no such attribute of a {type}")
        if native != path and not _is_place(native):
            self._fault(f"{place}.native", "it must be a path to a value at the backend")
            native = path
        row: Row = self._struct(place, Row, table, {"path": path, "native": native})
        for name in {"type", "many"} & table.keys():
            if found is not None and not own(found.urn):
                self._fault(f"{place}.{name}", "it is for an attribute under a URN of your own")
        if row.unique and row.mutable == "never":
            self._fault(f"{place}.unique", "a value that only the backend writes is not ours to collide")
        return row

    # -- lists ------------------------------------------------------------------------------------------------------

    def _rates(self, given: Any) -> tuple[Rate, ...]:
        found = []
        for name, one in self._table("rates", given).items():
            rate: Rate = self._struct(f"rates.{name}", Rate, one, {"name": name})
            if rate.limit is not None and rate.limit < 1:
                self._fault(f"rates.{name}.limit", "it must be 1 or more")
            if rate.seconds is not None and not 0 < rate.seconds <= 86400:
                self._fault(f"rates.{name}.seconds", "it must be above 0, and a day at most")
            if rate.methods is not None and not rate.methods <= set(METHODS):
                self._fault(f"rates.{name}.methods", f"they are {', '.join(METHODS)}")
            found.append(rate)
        return tuple(found)

    def _rules(self, given: Any) -> tuple[Rule, ...]:
        if not isinstance(given, list):
            self._fault("rules", "it must be a list of tables: [[rules]]")
            return ()
        return tuple(self._rule(f"rules[{n}]", one) for n, one in enumerate(given, 1))

    def _rule(self, place: str, given: Any) -> Rule:
        rule: Rule = self._struct(place, Rule, given)
        if rule.status is None and rule.scim_type is None and rule.detail is None:
            self._fault(place, "it needs status, scim_type or detail")
        if not rule.on <= set(get_args(Verb)):
            self._fault(f"{place}.on", f"it is a list of {', '.join(get_args(Verb))}")
        return rule


def _is_place(value: Any) -> bool:
    try:
        Place.of(value if isinstance(value, str) else "")
    except ValueError:
        return False
    return True
