"""A quirk profile: what one SCIM server supports, demands and gets wrong, as data."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

Means = Literal["exists", "invalid", "not_found", "stale", "unsupported", "denied", "unavailable", "out_of_quota"]
Verb = Literal["find", "get", "create", "update", "amend", "delete"]


@dataclass(frozen=True, slots=True)
class Row:
    """One attribute, by its path on the side of the gateway's clients. docs/reference/profile.md explains each."""

    path: str
    native: str
    """The path at the backend; also the name of the field in a native record."""
    same_as: str | None = None
    required: bool = False
    unique: Literal[False, True, "gateway"] = False
    """True: the backend refuses a second one. `gateway`: it does not, and the gateway looks through all."""
    mutable: Literal["always", "create", "never"] = "always"
    readable: bool = True
    listed: bool = True
    filter: Literal["no", "eq", "eq-exact", "eq-tried"] = "no"
    """`eq-tried`: nobody knows; a server that refuses to search by it is asked for everything from then on."""
    filter_as: str | None = None
    default: Any = None
    rewrite: Mapping[str, str] | Literal["lower", "trim"] | None = None
    """Values as they are sent and as the backend shows them."""
    type: Literal["string", "boolean", "integer", "decimal", "dateTime", "reference"] = "string"
    """Of an attribute under a URN that no standard has."""
    many: bool = False
    """The same: a list of values."""
    alone: bool = False
    """The other values of its list are the backend's own, and are never sent."""


@dataclass(frozen=True, slots=True)
class Kind:
    """One resource type: `Users` or `Groups`."""

    type: str
    endpoint: str
    rows: tuple[Row, ...]


@dataclass(frozen=True, slots=True)
class Rule:
    """What a refusal means, where it is not what RFC 7644 section 3.12 says."""

    means: Means
    status: int | None = None
    scim_type: str | None = None
    detail: re.Pattern[str] | None = None
    on: frozenset[str] = frozenset()
    field: str | None = None
    says: str | None = None
    """What the administrator is told, instead of general words."""


@dataclass(frozen=True, slots=True)
class Rate:
    """So many calls by these methods in so many seconds."""

    name: str
    limit: int
    seconds: float
    methods: frozenset[str]
    burst: int | None = None
    """Calls that go at once; what follows is spread over the time, so that nobody waits for long. None: all."""


@dataclass(frozen=True, slots=True)
class Active:
    """How the backend treats `active`."""

    absent: bool = True
    """What a resource that does not say it is."""
    strings: bool = False
    """Sent as "True" and "False"."""
    on_create: Literal["honoured", "ignored"] = "honoured"
    on_disable: Literal["kept", "deleted"] = "kept"


@dataclass(frozen=True, slots=True)
class Members:
    """How the members of a group are taken out, and how many a PATCH may carry."""

    remove: Literal["filter", "value"] = "filter"
    batch: int = 100
    groups: bool = False
    """Groups may be members too."""


@dataclass(frozen=True, slots=True)
class Profile:
    """All that is special about one SCIM server."""

    name: str
    users: Kind
    groups: Kind | None = None
    update: Literal["patch", "simple-patch", "put", "patch-or-put"] = "patch"
    delete: bool = True
    etags: bool = False
    paging: Literal["index", "until-empty", "none"] = "index"
    page_size: int = 100
    either: bool = False
    """Whether a filter may ask for one of several values, with `or`."""
    empty_list: Literal[200, 404] = 200
    not_found: Literal["scim", "json", "any"] = "scim"
    """Which body makes a 404 the backend's own word."""
    media_type: str = "application/scim+json"
    unsent: frozenset[str] = frozenset()
    """Names that a PUT leaves out wherever they stand: the backend shows them and does not want them back."""
    rate_headers: str | None = None
    """What the names of its headers about rates begin with: `-Limit`, `-Remaining` and `-Window` follow."""
    id_pattern: re.Pattern[str] | None = None
    active: Active = Active()
    members: Members = Members()
    rates: tuple[Rate, ...] = ()
    rules: tuple[Rule, ...] = field(default=())
