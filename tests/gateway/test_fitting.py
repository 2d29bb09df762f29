"""What a configuration says of attributes must fit the adapter, and everything that does not is told at once."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

import pytest
from pydantic import BaseModel, Field, SecretStr, field_validator

from gateway.config import ConfigError, read
from scim_adapter import Adapter, Page, Query, Resource
from scim_adapter import Field as Row

OWN = "urn:example:staff:1.0:User:badge"


class People(Resource):
    """Who is there."""

    type, key = "User", "id"
    fields: Mapping[str, Row | str] = {"userName": "login", "title": "job", 'emails[type eq "work"].value': "mail"}

    async def find(self, query: Query) -> Page:
        return Page()


class Teams(People):
    """Who is together."""

    type = "Group"
    fields: Mapping[str, Row | str] = {"displayName": "name"}


class Settings(BaseModel, extra="forbid"):
    """One of each kind."""

    company: str = Field(min_length=2, max_length=5)
    password: SecretStr | None = None
    size: int = Field(default=1, gt=0, le=10)
    speed: float = 1.0
    strict: bool = False
    mode: Literal["fast", "slow"] = "fast"
    names: list[str] = []
    extra: dict[str, str] = {}

    @field_validator("mode", mode="after")
    @classmethod
    def _never(cls, mode: str) -> str:
        if mode == "slow":
            raise ValueError("slow is not implemented")
        return mode


class Fits(Adapter[Settings]):
    """Users and groups."""

    Settings = Settings
    offered: tuple[type[Resource], ...] = (People, Teams)

    def resources(self) -> list[Resource]:
        return [one() for one in self.offered]

    async def check(self) -> None:
        return


class Twice(Fits):
    offered = (People, Teams, People)


class Nothing(Fits):
    offered = ()


class Strange(Fits):
    offered = (type("Devices", (People,), {"type": "Device"}),)


class OnlyTeams(Fits):
    offered = (Teams,)


class Breaks(Fits):
    def resources(self) -> list[Resource]:
        raise LookupError("s3cret")


def faults(adapter: str = "Fits", settings: Any = None, **connection: Any) -> list[str]:
    """The faults of a connection, without its name."""
    document = {
        "connections": {
            "acme": {
                "adapter": f"tests.gateway.test_fitting:{adapter}",
                "token": {"env": "TOKEN"},
                "settings": {"company": "acme"} if settings is None else settings,
                **connection,
            }
        }
    }
    try:
        read(document, "test", {"TOKEN": "a-token-of-some-length"})
    except ConfigError as error:
        return [one.removeprefix("connections.acme").removeprefix(".") for one in error.faults]
    return []


GOOD: list[tuple[str, dict[str, Any]]] = [
    ("an attribute of the core", {"keep": ["nickName", "addresses"]}),
    ("one of groups is none of users", {"keep": ["displayName"]}),
    ("one of an extension", {"keep": ["urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:division"]}),
    ("one of its own", {"keep": [OWN]}),
    ("what is kept can be matched", {"keep": [OWN], "match": [OWN, "externalId", "title"]}),
    ("a part of a list", {"match": ['emails[type eq "work"].value']}),
    ("a row of its own", {"attributes": {OWN: {"native": "badge", "type": "integer"}}, "match": [OWN]}),
]


@pytest.mark.parametrize(("why", "connection"), GOOD, ids=[why for why, _ in GOOD])
def test_what_fits_is_taken(why: str, connection: dict[str, Any]) -> None:
    assert faults(**connection) == []


BAD: list[tuple[str, dict[str, Any], str]] = [
    ("nobody knows it", {"keep": ["titel"]},
     "keep: titel: no schema of User has the attribute titel; did you mean title."),
    ("another case", {"keep": ["NickName"]}, "keep: NickName: it is written nickName."),
    ("a part", {"keep": ["name.givenName"]}, "keep: name.givenName: an attribute is kept as a whole: write name."),
    ("a secret", {"keep": ["password"]}, "keep: password: it is nothing that can be kept"),
    ("ours", {"keep": ["meta"]}, "keep: meta: it is nothing that can be kept"),
    ("no path", {"keep": ["a b"]}, "keep: a b: "),
    ("no URN", {"keep": ["urn:x"]}, "keep: urn:x: "),
    ("a row that is none", {"attributes": {"titel": {"native": "x"}}}, 'attributes."titel": no schema of User'),
    ("a row of rubbish", {"attributes": {"emails[": {"native": "x"}}}, 'attributes."emails[": '),
    ("a match that is not held", {"match": ["nickName"]}, "match: nickName: this connection does not hold it"),
    ("a match that is none", {"match": ["titel"]}, "match: titel: no schema of User has the attribute titel; did you"),
    ("two of a type", {"adapter": "Twice"}, "the adapter offers 2 resources of type User; one of each type is served."),
    ("none at all", {"adapter": "Nothing"}, "the adapter offers no resource type"),
    ("a strange type", {"adapter": "Strange"}, "the adapter offers a resource of type Device"),
    ("rows of users where there are none", {"adapter": "OnlyTeams", "attributes": {"title": {"native": "x"}}},
     'attributes."title": the adapter offers no users'),
    ("an adapter that fails", {"adapter": "Breaks"}, "its adapter Breaks fails with LookupError in gateway/"),
]  # fmt: skip


@pytest.mark.parametrize(("why", "connection", "told"), BAD, ids=[row[0] for row in BAD])
def test_what_does_not_fit_is_told_by_its_key(why: str, connection: dict[str, Any], told: str) -> None:
    [fault] = faults(**connection)
    assert told in fault and fault.endswith(".") and "s3cret" not in fault, fault


def test_all_that_does_not_fit_is_told_together() -> None:
    rows = {"titel": {"native": "x"}, "nikName": {"native": "y"}}
    told = faults(keep=["titl", "title"], match=["userNam", "nickName"], attributes=rows, on_delete="erase")
    assert [one.split(":")[0] for one in told] == [
        "on_delete", 'attributes."titel"', 'attributes."nikName"', "keep", "match", "match",
    ]  # fmt: skip


def test_what_no_schema_has_is_told_although_the_adapter_cannot_be_asked() -> None:
    wrong: dict[str, Any] = {
        "keep": ["titl"],
        "match": ["userNam", "nickName"],
        "attributes": {"emails[": {"native": "x"}},
    }
    keys = ['attributes."emails["', "keep", "match"]
    assert [one.split(":")[0] for one in faults(settings={}, **wrong)] == ["settings.company", *keys]
    told = faults(adapter="Fts", **wrong)
    assert [one.split(":")[0] for one in told] == ["adapter", *keys]


def test_an_adapter_that_is_none_is_told_with_the_nearest() -> None:
    document = {"connections": {"acme": {"adapter": "directry", "token": {"env": "TOKEN"}}}}
    with pytest.raises(ConfigError, match=r"There is no adapter directry; did you mean directory\. Installed are"):
        read(document, "test", {"TOKEN": "a-token-of-some-length"})


WORDS: list[tuple[str, dict[str, Any], str]] = [
    ("missing", {"company": None}, "settings.company: it is missing, and the adapter needs it."),
    ("unknown and near", {"pasword": "x"}, "settings.pasword: there is no such setting; did you mean password."),
    ("unknown", {"zzz": "x"}, "settings.zzz: there is no such setting; known are company, password, size"),
    ("no text", {"company": 5}, "settings.company: it must be a string."),
    ("too short", {"company": "a"}, "settings.company: it must have 2 characters or more."),
    ("too long", {"company": "abcdef"}, "settings.company: it must have 5 characters or less."),
    ("no number", {"size": "big"}, "settings.size: it must be a whole number."),
    ("no whole number", {"size": 1.5}, "settings.size: it must be a whole number."),
    ("too small", {"size": 0}, "settings.size: it must be above 0."),
    ("too large", {"size": 11}, "settings.size: it must be 10 or less."),
    ("no number with a point", {"speed": "fast"}, "settings.speed: it must be a number."),
    ("neither true nor false", {"strict": "perhaps"}, "settings.strict: it must be true or false."),
    ("no choice", {"mode": "warp"}, "settings.mode: it must be 'fast' or 'slow'."),
    ("the adapter's own words", {"mode": "slow"}, "settings.mode: slow is not implemented."),
    ("no list", {"names": "x"}, "settings.names: it must be a list."),
    ("no table", {"extra": "x"}, "settings.extra: it must be a table."),
    ("a part of a table", {"extra": {"a": 1}}, "settings.extra.a: it must be a string."),
    ("a part of a list", {"names": ["a", 1]}, "settings.names.1: it must be a string."),
]


@pytest.mark.parametrize(("why", "settings", "told"), WORDS, ids=[row[0] for row in WORDS])
def test_a_setting_is_refused_in_our_words(why: str, settings: dict[str, Any], told: str) -> None:
    values = {name: value for name, value in {"company": "acme", **settings}.items() if value is not None}
    [fault] = faults(settings=values)
    assert fault.startswith(told), fault


def test_a_connections_own_setting_that_is_none_is_told_with_the_nearest() -> None:
    assert faults(on_delet="delete") == ["on_delet: there is no such setting; did you mean on_delete."]
