"""One change of one target of a resource: add, replace or remove (RFC 7644 3.5.2), on plain SCIM JSON."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from scim.document import clean
from scim.errors import ScimError
from scim.evaluation import select
from scim.paths import Json, Target, selected
from scim.values import Values


def add(resource: Json, target: Target, value: Any) -> None:
    """Add a value, or values to those that are there; a value path that selects nothing makes what it selects."""
    _put(resource, target, value, adding=True)


def replace(resource: Json, target: Target, value: Any) -> None:
    """Put a value in the place of what is there, or add it."""
    _put(resource, target, value, adding=False)


def _put(resource: Json, target: Target, value: Any, *, adding: bool) -> None:
    if target.filter is None and target.sub is None:
        cleaned = clean(target.attribute, value)
        if cleaned is None and (target.attribute.multi or not isinstance(value, Mapping)):
            if not (adding and target.attribute.multi):
                target.drop(resource)
        elif target.attribute.multi:
            if not adding:
                target.drop(resource)
            _values(resource, target).add(cleaned)
        elif target.attribute.type == "complex":
            _merge(target.make_home(resource).setdefault(target.attribute.name, {}), value, cleaned or {})
            _tidy(resource, target)
        else:
            target.make_home(resource)[target.attribute.name] = cleaned
        return
    _put_inside(resource, target, value)


def _merge(holder: Json, raw: Any, cleaned: Json) -> None:
    """Sub-attributes that are named are set or, being null or empty, unassigned; the others stay (3.5.2.3)."""
    named = raw[0] if isinstance(raw, list) else raw
    if isinstance(named, Mapping):
        gone = {name.lower() for name in named} - {name.lower() for name in cleaned}
        for name in [name for name in holder if name.lower() in gone]:
            del holder[name]
    holder.update(cleaned)


def _put_inside(resource: Json, target: Target, value: Any) -> None:
    holders = _holders(resource, target)
    cleaned = (
        clean(target.sub, value, f"{target.attribute.name}.{target.sub.name}") if target.sub else _one(target, value)
    )
    if cleaned is None:
        _clear(resource, target, holders)
        return
    change = {target.sub.name: cleaned} if target.sub else cleaned
    if any(_fixed(target, holder, change) for holder in holders):
        raise ScimError(400, f"{target.text} cannot be changed; remove the value and add another one.", "mutability")
    if not holders:
        holders = [_created(resource, target, change)]
    for holder in holders:
        holder.update(change)
        if target.attribute.multi:
            _values(resource, target).changed(holder)


def _fixed(target: Target, holder: Json, change: Json) -> bool:
    """Whether a change touches a part of a value that stays as it is while the value is there."""
    subs = [(target.attribute.sub(name), name) for name in change]
    return any(sub and sub.mutability == "immutable" and holder.get(n, change[n]) != change[n] for sub, n in subs)


def _one(target: Target, value: Any) -> Any:
    cleaned = clean(target.attribute, value)
    return cleaned[0] if isinstance(cleaned, list) else cleaned


def _holders(resource: Json, target: Target) -> list[Json]:
    """The objects of which the path names a sub-attribute, or which its filter selects."""
    value = target.home(resource).get(target.attribute.name)
    if value is None:
        return []
    if not target.attribute.multi:
        return select(target, [value]) if target.filter is not None else [value]
    values = _values(resource, target)
    found = values.compare(_likely(target, values))
    return select(target, found) if target.filter is not None else found


def _likely(target: Target, values: Values) -> list[Any]:
    """The values of which some may be selected: few where the filter names a text that a part of them has."""
    texts = {
        name: wanted
        for name, wanted in (target.selector or {}).items()
        if isinstance(wanted, str) and (sub := target.attribute.sub(name)) and sub.type in ("string", "reference")
    }
    return min((values.like(name, wanted) for name, wanted in texts.items()), key=len) if texts else list(values)


def _created(resource: Json, target: Target, change: Json) -> Json:
    """A value made because the path selects none: Entra relies on it for add and for replace."""
    wanted = target.selector or {}
    if (target.filter is not None and target.selector is None) or not select(target, [{**wanted, **change}]):
        raise ScimError(400, f"No value of {target.attribute.name} is selected by this filter.", "noTarget")
    holder: Json = dict(wanted)
    if target.attribute.multi:
        _values(resource, target).append(holder)
    else:
        target.make_home(resource)[target.attribute.name] = holder
    return holder


def remove(resource: Json, target: Target, value: Any) -> None:
    """Take a value away: all of it, what the path selects, or the values that were sent."""
    if target.filter is None and target.sub is None:
        if target.attribute.multi and value not in (None, ""):
            _remove_values(resource, target, clean(target.attribute, value) or [])
        elif not _another(resource, target, value):
            target.drop(resource)
        return
    _clear(resource, target, _holders(resource, target))


def _remove_values(resource: Json, target: Target, gone: list[Any]) -> None:
    """A remove with values takes these away and leaves the others: Entra's way to remove members."""
    values = _values(resource, target)
    for wanted in gone:
        for held in values.valued(wanted):
            if _meant(target, wanted, held):
                values.discard(held)


def _another(resource: Json, target: Target, value: Any) -> bool:
    """Whether a removal names a reference that is not the one which is held: another manager stays."""
    if not target.attribute.sub("$ref"):
        return False
    held, named = target.read(resource) or {}, clean(target.attribute, value) or {}
    return "value" in named and named["value"] != held.get("value")


def _meant(target: Target, wanted: Any, held: Any) -> bool:
    """Whether a value is the one to remove: a reference has the id, another value all that is said of it."""
    if not isinstance(wanted, dict) or target.attribute.sub("$ref"):
        return True
    said = {name: part for name, part in wanted.items() if name not in ("display", "primary")}
    return selected(held, said)


def _clear(resource: Json, target: Target, holders: list[Json]) -> None:
    labels = {"type", "primary", *(target.selector or {})}
    for holder in holders:
        if target.sub is None:
            holder.clear()
        else:
            holder.pop(target.sub.name, None)
        if target.attribute.multi:
            values = _values(resource, target)
            (values.changed if holder.keys() - labels else values.discard)(holder)
    _tidy(resource, target)


def _tidy(resource: Json, target: Target) -> None:
    """Leave no reference without its value behind."""
    value = target.home(resource).get(target.attribute.name)
    if isinstance(value, dict) and target.attribute.sub("value") and "value" not in value:
        value.clear()


def _values(resource: Json, target: Target) -> Values:
    """The values of a multi-valued attribute, in the form in which they can be changed; `settle` ends it."""
    home = target.make_home(resource)
    values = home.get(target.attribute.name)
    if not isinstance(values, Values):
        values = home[target.attribute.name] = Values(target.attribute, values or ())
    return values


def settle(resource: Json) -> None:
    """Make arrays of the values that were changed; no empty array and no empty block stays behind."""
    for name, value in list(resource.items()):
        if isinstance(value, dict):
            settle(value)
        elif isinstance(value, Values):
            resource[name] = list(value)
        if resource[name] in ([], {}):
            del resource[name]
