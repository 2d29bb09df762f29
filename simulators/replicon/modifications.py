"""The members of `modifications`, and the fields of a user that each writes (section 4.1 of the page).

An absent or null member leaves its fields alone.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from simulators.replicon.company import Company
from simulators.replicon.envelope import Rejected
from simulators.replicon.groups import KINDS
from simulators.replicon.targets import find
from simulators.replicon.users import User
from simulators.replicon.values import flag, invalid, mapping, mappings, period, text, unwrapped

TEXTS = ("firstName", "lastName", "displayName", "loginName", "emailAddress", "employeeId")
OPTION = "urn:replicon:collection-modification-option:"
FROM_LOGIN = "urn:replicon:sso-name-modification-option:login-name"
LEFT_ALONE = object()
Fields = dict[str, Any]
Reader = Callable[[Company, User | None, str, Any], Fields]


def fields_of(company: Company, user: User | None, modifications: Mapping[str, Any]) -> Fields:
    """The new values of the fields that a request writes; `user` is None for a create."""
    values: Fields = {}
    for name, given in modifications.items():
        reader = READERS.get(name)
        if reader is not None and given is not None:  # the services pass over members that they do not know
            values |= reader(company, user, name, given)
    if values.pop("ssoNameFromLogin", False):
        values["ssoName"] = values.get("loginName") or (user.loginName if user else None)
    return values


def _text(company: Company, user: User | None, name: str, given: Any) -> Fields:
    return {name: text(name, unwrapped(name, given))}


def _period(company: Company, user: User | None, name: str, given: Any) -> Fields:
    return dict(period(name, unwrapped(name, given)))


def _time_zone(company: Company, user: User | None, name: str, given: Any) -> Fields:
    value = unwrapped(name, given)
    zone = None if value is None else text(name, mapping(name, value).get("IANAName"))
    if value is not None and zone is None:
        raise invalid(name, "An IANAName")
    return {name: zone}


def _week(company: Company, user: User | None, name: str, given: Any) -> Fields:
    value = unwrapped(name, given)
    return {name: None if value is None else text(name, mapping(name, value).get("uri"))}


def _security(company: Company, user: User | None, name: str, given: Any) -> Fields:
    settings, values = mapping(name, unwrapped(name, given)), Fields()
    for member in ("loginEnabled", "forcePasswordChange"):
        if settings.get(member) is not None:
            values[member] = flag(member, unwrapped(member, settings[member]))
    for member in ("ssoName", "password"):
        if settings.get(member) is not None:
            values[member] = text(member, unwrapped(member, settings[member]))
    if settings.get("ssoNameModificationOptionUri") == FROM_LOGIN:
        values["ssoNameFromLogin"] = True
    if settings.get("authenticationProviders") is not None:
        held, given = user.authenticationProviders if user else (), settings["authenticationProviders"]
        values["authenticationProviders"] = _collected("authenticationProviders", held, given, _provider)
    return values


def _provider(item: Mapping[str, Any]) -> str:
    name = text("authenticationProviders", item.get("name") or item.get("uri"))
    if name is None:
        raise invalid("authenticationProviders", "A name")
    return name


def _schedule(company: Company, user: User | None, name: str, given: Any) -> Fields:
    field = SCHEDULES[name]
    item = _last_item(company, name, given)
    if item is LEFT_ALONE:
        return {}
    return {field: None if item is None else _known(company, field, mapping(name, item))}


def _supervisor(company: Company, user: User | None, name: str, given: Any) -> Fields:
    item = _last_item(company, name, given)
    if item is LEFT_ALONE:
        return {}
    if item is None:
        return {"supervisor": None}
    chosen = find(company, item)
    if chosen is None:
        raise Rejected("The supervisor does not exist")
    if chosen == user:
        raise Rejected("A user cannot be the supervisor of itself")
    return {"supervisor": chosen.uri}


def _last_item(company: Company, name: str, given: Any) -> Any:
    """What a schedule puts in force: the item of its last entry, of which null is nobody and nothing."""
    entries = list(mappings(name, given))
    for entry in entries:
        if "item" not in entry:
            raise invalid(name, "An item")
        if entry.get("dateRange") is not None:
            period(f"{name}.dateRange", entry["dateRange"])
    if not entries:
        return None if company.switches.empty_schedule == "clears" else LEFT_ALONE
    return entries[-1]["item"]


def _collection(company: Company, user: User | None, name: str, given: Any) -> Fields:
    held = getattr(user, name) if user else ()

    def named(item: Mapping[str, Any]) -> str:
        return _known(company, name, mapping(name, item.get("permissionSetPolicy", item)))

    return {name: _collected(name, held, given, named)}


def _collected(
    name: str, held: Iterable[str], given: Any, named: Callable[[Mapping[str, Any]], str]
) -> tuple[str, ...]:
    """What is held after some were added, removed or put in the place of all."""
    kept = dict.fromkeys(held)
    for change in mappings(name, given):
        option = str(change.get("modificationOptionUri")).removeprefix(OPTION)
        if option not in ("add", "remove", "replace"):
            raise invalid(f"{name}.modificationOptionUri", f"{OPTION}add, remove or replace")
        if option == "replace":
            kept.clear()
        for one in [named(item) for item in mappings(name, change.get("items"))]:
            if option == "remove":
                kept.pop(one, None)
            else:
                kept[one] = None
    return tuple(kept)


def _custom(company: Company, user: User | None, name: str, given: Any) -> Fields:
    held = dict(user.customFields) if user else {}
    for wrapper in mappings(name, given):
        value = mapping(name, unwrapped(name, wrapper))
        key = _known(company, name, mapping(name, value.get("customField")))
        held[key] = text(name, value.get("text")) or ""
    return {name: {key: value for key, value in held.items() if value}}


def _known(company: Company, field: str, item: Mapping[str, Any]) -> str:
    found = company.groups.named(field, item)
    if found is None:
        raise Rejected(f"The {KINDS[field].word.replace('-', ' ')} does not exist")
    return found


SCHEDULES = {kind.schedule: field for field, kind in KINDS.items() if kind.schedule}
READERS: dict[str, Reader] = {
    **dict.fromkeys(TEXTS, _text),
    **dict.fromkeys(SCHEDULES, _schedule),
    "supervisorSchedule": _supervisor,
    "employmentDateRange": _period,
    "securitySettings": _security,
    "timeZone": _time_zone,
    "workWeekStartDay": _week,
    "permissionSets": _collection,
    "products": _collection,
    "customFields": _custom,
}
