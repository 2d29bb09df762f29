"""Sample values, made from a mapping table: what clients send, in the backend's words."""

from __future__ import annotations

import base64
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from scim_adapter import Field, Native

PATH = re.compile(
    r'(?:urn:[^\[]*:)?(?P<attribute>[\w$-]+)(?:\[\w+ eq "(?P<kind>[^"]*)"\])?(?:\.(?P<sub>[\w$-]+))?', re.IGNORECASE
)
FLAGS = frozenset(("active", "primary"))
AWKWARD = ("o'brien", 'say "hi"', "dave_%", "50% off", "a*b?c", "back\\slash", "two  blanks", "Åsa Öström", "東京")
"""Quotes, wildcards, blanks and letters of other alphabets: what careless searches stumble over."""
GIVEN = ("Ada", "Grace", "Edsger", "Barbara", "Donald", "Radia", "Alan")
FAMILY = ("Lovelace", "Hopper", "Dijkstra", "Liskov", "Knuth", "Perlman", "Turing")
LOCALES = ("en-GB", "de-DE", "fr-FR", "ja-JP", "es-ES", "it-IT", "sv-SE")
ZONES = ("Europe/London", "Europe/Berlin", "Europe/Paris", "Asia/Tokyo", "Europe/Madrid", "Europe/Rome")
COUNTRIES = ("GB", "DE", "FR", "JP", "ES", "IT", "SE")


def _of(choices: Sequence[str], n: int) -> str:
    return choices[n % len(choices)]


TEXTS: Mapping[str, Callable[[int, str], str]] = {
    "username": lambda n, kind: f"{_of(GIVEN, n).lower()}.{n}@example.com",
    "emails.value": lambda n, kind: f"{_of(GIVEN, n).lower()}.{n}@{kind or 'work'}.example.com",
    "phonenumbers.value": lambda n, kind: f"+4420794{len(kind)}{n:04}",
    "photos.value": lambda n, kind: f"https://example.com/photos/{n}.png",
    "x509certificates.value": lambda n, kind: base64.b64encode(f"certificate {n}".encode()).decode(),
    "profileurl": lambda n, kind: f"https://example.com/people/{n}",
    "name.givenname": lambda n, kind: f"{_of(GIVEN, n)}{n}",
    "name.familyname": lambda n, kind: f"{_of(FAMILY, n)}{n}",
    "name.formatted": lambda n, kind: f"Dr. {_of(GIVEN, n)} {n}",
    "locale": lambda n, kind: _of(LOCALES, n),
    "preferredlanguage": lambda n, kind: _of(LOCALES, n),
    "timezone": lambda n, kind: _of(ZONES, n),
    "addresses.country": lambda n, kind: _of(COUNTRIES, n),
    "addresses.postalcode": lambda n, kind: f"{10000 + n}",
    "employeenumber": lambda n, kind: f"{70000 + n}",
    "password": lambda n, kind: f"Correct-Horse-{n:05}!",
    "externalid": lambda n, kind: f"external-{n}",
}
"""By the lower-case name of an attribute or sub-attribute; everything else is a name and a number."""


def scim_value(path: str, n: int) -> Any:
    """What a client may send for the SCIM path in the `n`-th sample; a list of objects for a whole attribute with
    several values is made by `scim_values`."""
    attribute, kind, sub = parts(path)
    if (sub or attribute) in FLAGS:
        return n % 2 == 1
    name = f"{attribute}.{sub}" if sub else attribute
    text = TEXTS.get(name) or TEXTS.get(f"{attribute}.value" if sub is None else "")
    return text(n, kind) if text else f"{(sub or attribute).capitalize()} {n}"


def scim_values(path: str, n: int) -> list[dict[str, Any]]:
    """Two elements of an attribute with several values, of which one is primary."""
    attribute, _, _ = parts(path)
    if attribute == "addresses":
        one = {name: scim_value(f"addresses.{name}", n) for name in ("streetAddress", "locality", "country")}
        return [{**one, "type": "work", "primary": True}, {**one, "type": "home", "locality": f"Elsewhere {n}"}]
    values = [scim_value(f'{attribute}[type eq "{kind}"].value', n) for kind in ("work", "home")]
    if values[0] == values[1]:
        values[1] = scim_value(f"{attribute}.value", n + 500)
    return [{"value": values[0], "type": "work", "primary": True}, {"value": values[1], "type": "home"}]


def parts(path: str) -> tuple[str, str, str | None]:
    """The attribute, the type that a filter in brackets asks for and the sub-attribute, in lower case."""
    found = PATH.fullmatch(path)
    if found is None:
        raise ValueError(f"{path} is no SCIM path.")
    attribute, kind, sub = found.group("attribute", "kind", "sub")
    return attribute.lower(), (kind or "").lower(), sub.lower() if sub else None


def sample(fields: Mapping[str, Field | str], n: int, values: Mapping[str, Sequence[Any]]) -> Native:
    """The `n`-th record: every field that can be written, references apart. Any two records differ in every text.

    `values` names the native values that a choosy backend takes in a field.
    """
    record: Native = {}
    for path, given in fields.items():
        field = given if isinstance(given, Field) else Field(given)
        if field.mutable == "never" or field.ref or field.native in record:
            continue
        if field.native in values:
            record[field.native] = values[field.native][n % len(values[field.native])]
        else:
            record[field.native] = written(field, scim_values(path, n) if field.many else scim_value(path, n))
    return record


def written(field: Field, value: Any) -> Any:
    """A SCIM value in the backend's form."""
    return field.write(value) if field.write else value
