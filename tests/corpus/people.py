"""The people and groups that the corpus of filters is asked about. They never change; rows name them by their labels."""

# ruff: noqa: E501 - a person is a few lines

from __future__ import annotations

from typing import Any

CORE = "urn:ietf:params:scim:schemas:core:2.0:User"
GROUP = "urn:ietf:params:scim:schemas:core:2.0:Group"
ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"

PEOPLE: dict[str, dict[str, Any]] = {
    "ada": {
        "userName": "ada@example.com", "externalId": "E-1", "active": True, "displayName": "Ada Lovelace", "title": "Countess",
        "name": {"givenName": "Ada", "familyName": "Lovelace", "formatted": "Ada Lovelace", "honorificPrefix": "Lady"},
        "userType": "Employee", "preferredLanguage": "en", "locale": "en-GB", "timezone": "Europe/London",
        "profileUrl": "https://people.example/Ada", "nickName": "Enchantress",
        "emails": [{"type": "work", "value": "ada@example.com", "primary": True}, {"type": "home", "value": "ada@home.example"}],
        "phoneNumbers": [{"type": "work", "value": "+44 20 1000"}, {"type": "mobile", "value": "+44 70 2000"}],
        "addresses": [{"type": "work", "country": "GB", "locality": "London", "postalCode": "SW1Y", "primary": True}],
        "roles": [{"value": "Admin", "primary": True}, {"value": "Reader"}],
        ENTERPRISE: {"department": "Engines", "employeeNumber": "10", "manager": {"value": "bab"}},
    },
    "bab": {
        "userName": "Charles", "externalId": "e-1", "active": True, "displayName": "Charles Babbage", "userType": "Employee",
        "name": {"givenName": "Charles", "familyName": "Babbage"},
        "emails": [{"type": "work", "value": "charles@EXAMPLE.com"}],
        "ims": [{"type": "xmpp", "value": "charles@foo.com"}], "entitlements": [{"value": "printer", "display": "The printer"}],
        "photos": [{"type": "photo", "value": "https://photos.example/C"}],
        "x509Certificates": [{"value": "QUJD"}],
        ENTERPRISE: {"department": "Engines", "employeeNumber": "9", "costCenter": "4130", "organization": "Royal Society", "division": "North"},
    },
    "zoe": {
        "userName": "zoë@example.com", "active": True, "displayName": "Zoë ÅNGSTRÖM", "title": "Tour Guide", "userType": "Contractor",
        "emails": [{"type": "home", "value": "zoe@example.org"}],
        "addresses": [{"type": "home", "country": "SE"}],
        "roles": [{"value": "reader", "primary": True}],
        ENTERPRISE: {"department": "Sales", "manager": {"value": "ada"}},
    },
    "oma": {
        "userName": "omalley", "active": True, "displayName": 'Pat "the cat" O\'Malley', "name": {"givenName": "Pat", "familyName": "O'Malley"},
        "title": "Vice President", "userType": "Employee", "emails": [{"type": "work", "value": "pat@example.com"}, {"type": "other", "value": "pat+x@example.org"}],
        ENTERPRISE: {"department": "Sales", "manager": {"value": "bab"}},
    },
    "cor": {"userName": "CORP\\alice", "active": True, "title": "50% off", "nickName": "line one\nline two", "displayName": "a+b (c) [d]"},
    "iva": {
        "userName": "ivan", "active": False, "title": "Intern", "userType": "Intern", "emails": [{"type": "work", "value": "ivan@example.com"}],
        "entitlements": [{"value": "zebra"}, {"value": "alpha", "primary": True}],
    },
    "dav": {"userName": "dave_%", "active": True, "title": "5000", "displayName": "tab\there"},
    "han": {"userName": "漢字", "active": True, "displayName": "漢字 太郎", "nickName": "😀"},
    "str": {"userName": "strasse", "active": False, "displayName": "Große Straße", "userType": "Employee"},
    "tru": {"userName": "true", "active": True, "title": "null", "displayName": "x and y or not z", "nickName": "false"},
    "num": {"userName": "42", "active": True, "title": "1e3", ENTERPRISE: {"employeeNumber": "042"}},
    "min": {"userName": "minimal"},
}  # fmt: skip
"""A `manager` is a label here; the world that loads them makes it an id."""

GROUPS: dict[str, dict[str, Any]] = {
    "eng": {"displayName": "Engineers", "externalId": "G-1", "members": ["ada", "bab", "sub"]},
    "sub": {"displayName": "Zoë's Team", "members": ["zoe"]},
    "emp": {"displayName": "Empty [x]", "externalId": "g-1", "members": []},
}


def created(place: int) -> str:
    """When the person or group at this place (from 1) was made."""
    return f"2026-01-{place:02}T12:00:00.000Z"


def modified(place: int) -> str:
    """When it was last changed."""
    return f"2026-02-{place:02}T00:30:00.000Z"
