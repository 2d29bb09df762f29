"""Reading a profile: every fault is told, all of them together; and what a path means in a resource."""

from __future__ import annotations

import copy
import tomllib
from pathlib import Path
from typing import Any

import pytest

from adapters.scim.settings import PROFILES
from gateway.config import ConfigError, load
from scim.mapping import Table
from scim.schemas import GROUPS, USERS
from scim_adapter.scim_backend import ProfileError, read
from scim_adapter.scim_backend import load as load_profile
from scim_adapter.scim_backend.place import Place
from scim_adapter.scim_backend.schema import CORE, EXTENDED, PARTS, SINGLE
from simulators.entra.mapping import DEFAULT
from tests.adapters.scim_profiles import profile, toml

USER: dict[str, Any] = {"attributes": {"userName": {}}}
FAULTS: list[tuple[str, dict[str, Any], str]] = [
    ("no name", {"name": None}, "name: it is missing"),
    ("an empty name", {"name": " "}, "name: it must be a text"),
    ("a misspelt key", {"udpate": "put"}, "udpate: there is no such key; known are name,"),
    ("another way", {"update": "patsch"}, "update: it must be one of patch, simple-patch, put"),
    ("a text for a flag", {"delete": "no"}, "delete: it must be true or false"),
    ("a flag for a number", {"page_size": True}, "page_size: it must be a whole number above 0"),
    ("no page", {"page_size": 0}, "page_size: it must be a whole number above 0"),
    ("a text for a choice of numbers", {"empty_list": "404"}, "empty_list: it must be one of 200, 404"),
    ("a broken expression", {"id_pattern": "["}, "id_pattern: it must be a regular expression"),
    ("no users", {"users": None}, "users: it is missing"),
    ("no login", {"users": {"attributes": {"title": {}}}}, "users.attributes: userName is missing"),
    ("users that are no table", {"users": 5}, "users: it must be a table"),
    ("a key beside the attributes", {"users": {**USER, "path": "/U"}}, "users.path: there is no such key"),
    ("an address", {"users": {**USER, "endpoint": "Users"}}, "users.endpoint: it must be a path"),
    ("an unknown attribute", {"users": {"attributes": {"userName": {}, "nickname": {}}}},
     'users.attributes."nickname": SCIM has no such attribute of a User'),
    ("a group's attribute of a user", {"users": {"attributes": {"userName": {}, "members": {}}}}, "no such attribute"),
    ("no path", {"users": {"attributes": {"userName": {}, "emails[": {}}}}, "no such attribute"),
    ("a native path that is none", {"users": {"attributes": {"userName": {"native": "a b"}}}},
     'users.attributes."userName".native: it must be a path'),
    ("a row that is a text", {"users": {"attributes": {"userName": "login"}}}, "it must be a table"),
    ("a misspelt row", {"users": {"attributes": {"userName": {"requred": True}}}}, '"userName".requred: there is no'),
    ("the same as nobody", {"users": {"attributes": {"userName": {}, "title": {"same_as": "x"}}}}, "must name"),
    ("the same in a circle", {"users": {"attributes": {"userName": {"same_as": "userName"}}}}, "must name another"),
    ("a filter that is none", {"users": {"attributes": {"userName": {"filter": "co"}}}}, "one of no, eq, eq-exact"),
    ("a rewriting of numbers", {"users": {"attributes": {"userName": {"rewrite": {"a": 1}}}}}, "a table of texts or"),
    ("unique and the server's", {"users": {"attributes": {"userName": {"unique": True, "mutable": "never"}}}}, "ours"),
    ("groups without a name", {"groups": {"attributes": {"members": {}}}}, "groups.attributes: displayName is missing"),
    ("active", {"active": {"strings": "yes"}}, "active.strings: it must be true or false"),
    ("members", {"members": {"batch": 0}}, "members.batch: it must be a whole number above 0"),
    ("rates", {"rates": {"a": {"limit": 1, "seconds": 0, "methods": ["GET"]}}}, "rates.a.seconds: it must be above 0"),
    ("methods", {"rates": {"a": {"limit": 1, "seconds": 1, "methods": ["get"]}}}, "rates.a.methods: they are GET"),
    ("a rate without a limit", {"rates": {"a": {"seconds": 1, "methods": []}}}, "rates.a.limit: it is missing"),
    ("a type of SCIM's own", {"users": {"attributes": {"userName": {"type": "string"}}}}, "a URN of your own"),
    ("an unknown type", {"users": {"attributes": {"userName": {}, "urn:a:b": {"type": "text"}}}}, "one of string"),
    ("a part of one's own", {"users": {"attributes": {"userName": {}, "urn:a:b.c": {}}}}, "no such attribute"),
    ("another standard", {"users": {"attributes": {"userName": {}, "urn:ietf:params:scim:schemas:x:2.0:User:a": {}}}},
     "no such attribute"),
    ("rules that are a table", {"rules": {"means": "exists"}}, "rules: it must be a list of tables"),
    ("a rule about everything", {"rules": [{"means": "exists"}]}, "rules[1]: it needs status, scim_type or detail"),
    ("a rule without a meaning", {"rules": [{"status": 400}]}, "rules[1].means: it is missing"),
    ("another meaning", {"rules": [{"status": 400, "means": "gone"}]}, "rules[1].means: it must be one of exists"),
    ("another call", {"rules": [{"status": 400, "means": "exists", "on": ["read"]}]}, "rules[1].on: it is a list of"),
]  # fmt: skip


@pytest.mark.parametrize(("why", "change", "says"), FAULTS, ids=[row[0] for row in FAULTS])
def test_a_fault_is_told_with_its_place(why: str, change: dict[str, Any], says: str) -> None:
    document: dict[str, Any] = {"name": "Acme", "users": copy.deepcopy(USER)} | change
    with pytest.raises(ProfileError) as caught:
        read({name: value for name, value in document.items() if value is not None})
    assert says in caught.value.faults[0]
    assert len(caught.value.faults) == 1 + (why == "users that are no table")


def test_all_faults_are_told_together(tmp_path: Path) -> None:
    file = tmp_path / "profile.toml"
    file.write_text(toml({"update": "x", "users": {"attributes": {"a": {}}}, "rules": [{}], "foo": 1, "active": 7}))
    with pytest.raises(ProfileError) as caught:
        load_profile(file)
    places = {fault.split(":", 1)[0] for fault in caught.value.faults}
    rest = {'users.attributes."a"', "users.attributes", "rules[1]", "rules[1].means"}
    assert places == rest | {"name", "update", "foo", "active"}


def test_a_profile_that_is_no_toml_is_a_fault_of_the_configuration(tmp_path: Path) -> None:
    (tmp_path / "profile.toml").write_bytes(b"name = \xff")
    config = tmp_path / "gateway.toml"
    config.write_text(
        '[gateway]\nstore = "memory:"\n[connections.acme]\nadapter = "scim"\ntoken = { env = "T" }\n'
        f'[connections.acme.settings]\nbase_url = "https://a.example"\nprofile = "{tmp_path}/profile.toml"\n'
        'bearer_token = { env = "T" }\n'
    )
    with pytest.raises(ConfigError, match=r"settings\.profile: .*is not valid TOML"):
        load(config, {"T": "a-token-of-sixteen"})


def test_what_is_read_is_what_is_written() -> None:
    more: dict[str, Any] = {
        "rates": {"a": {"limit": 3, "seconds": 1, "methods": ["GET"]}},
        "rules": [{"status": 409, "means": "stale", "on": ["delete"]}],
    }
    document = profile({"title": {"rewrite": {"a": "b"}}}, update="put", id_pattern="[0-9]+", **more)
    found = read(tomllib.loads(toml(document)))
    assert (found.update, found.rates[0].limit, found.rates[0].methods) == ("put", 3, frozenset({"GET"}))
    assert found.id_pattern and found.id_pattern.fullmatch("17") and not found.id_pattern.fullmatch("x")
    assert (found.rules[0].means, found.rules[0].on) == ("stale", frozenset({"delete"}))
    assert next(row for row in found.users.rows if row.path == "title").rewrite == {"a": "b"}


def test_the_profile_that_ships_holds_what_entra_sends() -> None:
    rows = {row.path.casefold() for row in load_profile(PROFILES / "rfc.toml").users.rows}
    missing = [path for path in DEFAULT if path.casefold() not in rows]
    assert missing == []


def test_the_attributes_that_a_profile_may_have_are_those_of_the_engine() -> None:
    """The adapter's own list of SCIM's attributes, which it cannot import, against the schemas."""
    paths = [*SINGLE, *(f"{name}.{sub}" for name in ("name", "meta") for sub in PARTS[name])]
    paths += [f'{name}[type eq "work"].{sub}' for name in PARTS if name not in ("name", "meta", "manager", "members")
              for sub in PARTS[name]]  # fmt: skip
    paths += [f"urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:{name}" for name in EXTENDED]
    document = {"name": "All", "users": {"attributes": {path: {} for path in paths}}}
    document |= {"groups": {"attributes": {"displayName": {}, "externalId": {}, "members": {}}}}
    found = read(document)
    assert len(Table({row.path: row.native for row in found.users.rows}, USERS).bindings) == len(paths)
    known = {a.name for a in USERS.core.attributes} - {"groups"}
    assert known <= {Place.of(path).attribute for path in paths}, "an attribute of the engine that no profile may have"
    assert found.groups and Table({row.path: row.native for row in found.groups.rows}, GROUPS)


# -- places -----------------------------------------------------------------------------------------------------------

E = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
WORK, HOME = {"type": "Work", "value": "w", "display": "W"}, {"type": "home", "value": "h"}
PLACES: list[tuple[str, dict[str, Any], Any, Any, dict[str, Any]]] = [
    ("title", {}, None, "Dr", {"title": "Dr"}),
    ("title", {"title": "Dr"}, "Dr", None, {}),
    ("name.givenName", {"name": {"familyName": "L"}}, None, "Ada", {"name": {"familyName": "L", "givenName": "Ada"}}),
    ("name.givenName", {"name": {"givenName": "Ada"}}, "Ada", None, {}),
    ("name.givenName", {"name": "Ada L"}, None, "Ada", {"name": {"givenName": "Ada"}}),
    ('emails[type eq "work"].value', {"emails": [HOME, WORK]}, "w", "x", {"emails": [HOME, {**WORK, "value": "x"}]}),
    ('emails[type eq "work"].value', {"emails": [HOME]}, None, "x", {"emails": [HOME, {"type": "work", "value": "x"}]}),
    ('emails[type eq "work"].value', {"emails": [{"type": "work", "value": "w"}]}, "w", None, {}),
    ('emails[type eq "work"].value', {"emails": [{"type": "work", "value": "w", "primary": True}]}, "w", None, {}),
    ("emails[primary eq true].value", {"emails": [{"type": "work", "value": "w", "primary": True}]}, "w", None, {}),
    ('emails[type eq "work"].value', {"emails": "w"}, None, "x", {"emails": [{"type": "work", "value": "x"}]}),
    ("emails[primary eq true].value", {"emails": [{"primary": "True", "value": "w"}]}, "w", None, {}),
    ('addresses[type eq "work"].country', {"addresses": [{"type": "work", "country": "GB", "region": "X"}]}, "GB", None,
     {"addresses": [{"type": "work", "region": "X"}]}),
    ("emails.value", {"emails": [HOME]}, "h", "x", {"emails": [{"type": "home", "value": "x"}]}),
    ("emails.value", {}, None, "x", {"emails": [{"value": "x"}]}),
    ("roles", {"roles": [{"value": "a"}]}, [{"value": "a"}], [{"value": "b"}], {"roles": [{"value": "b"}]}),
    ("roles", {"roles": [{"value": "a"}]}, [{"value": "a"}], [], {}),
    (f"{E}:department", {E: {"division": "D"}}, None, "X", {E: {"division": "D", "department": "X"}}),
    (f"{E}:department", {E: {"department": "X"}}, "X", None, {}),
    (f"{E}:manager", {E: {"manager": {"value": "7", "$ref": "u"}}}, "7", "8", {E: {"manager": {"value": "8"}}}),
    (f"{E}:manager", {E: {"manager": "7"}}, "7", None, {}),
    (f"{E}:manager.value", {E: {"manager": {"value": "7"}}}, "7", "8", {E: {"manager": {"value": "8"}}}),
]  # fmt: skip


@pytest.mark.parametrize(("path", "resource", "held", "value", "after"), PLACES)
def test_a_place_is_read_and_written(path: str, resource: dict[str, Any], held: Any, value: Any, after: Any) -> None:
    before, place = copy.deepcopy(resource), Place.of(path)
    assert place.read(resource) == held
    made = copy.deepcopy(resource)
    place.write(made, value)
    assert made == after
    assert place.read(made) == (value or None)
    assert resource == before, "what was read is not changed"


@pytest.mark.parametrize(
    ("path", "patched", "filtered"),
    [
        ("title", "title", "title"),
        ("name.givenName", "name.givenName", "name.givenName"),
        ('emails[type eq "work"].value', "emails", "emails.value"),
        ("emails.value", "emails", "emails.value"),
        (f"{E}:department", f"{E}:department", f"{E}:department"),
        (f"{E}:manager", f"{E}:manager", f"{E}:manager"),
        (f"{E}:manager.value", f"{E}:manager.value", f"{E}:manager.value"),
    ],
)
def test_a_place_has_a_path_for_patch_and_one_for_filters(path: str, patched: str, filtered: str) -> None:
    assert (Place.of(path).patched, Place.of(path).filtered) == (patched, filtered)


@pytest.mark.parametrize("path", ["", "a b", "emails[type eq work].value", "a.b.c", "emails[", 'x[a co "b"]', "urn:a"])
def test_what_is_no_place_is_refused(path: str) -> None:
    with pytest.raises(ValueError, match="no path"):
        Place.of(path)


def test_schemas_have_their_names() -> None:
    assert {type: shape.core.id for type, shape in (("User", USERS), ("Group", GROUPS))} == CORE
