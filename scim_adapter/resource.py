"""The two classes that an adapter author writes: `Resource`, one type of record, and `Adapter`, one connection."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, ClassVar, Generic, TypeVar

from scim_adapter.contract import Can, Change, Condition, Delta, Field, Get, Gone, Native, New, Page, Query
from scim_adapter.errors import NotFound, Unsupported

if TYPE_CHECKING:
    from pydantic import BaseModel

VERBS = ("find", "get", "create", "update", "amend", "delete")


class Resource(ABC):
    """One resource type of one backend. `find` is mandatory; writing a further method declares it.

    `fields` maps SCIM paths (`userName`, `name.givenName`, `emails[type eq "work"].value`,
    `urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department`) to native fields. It is complete when the
    adapter has been constructed, without any network.
    """

    type: ClassVar[str]
    key: str
    """The native field that identifies a record for ever, or until it is renamed (`Can.mutable_key`)."""
    fields: Mapping[str, Field | str]
    can: Can = Can()

    @abstractmethod
    async def find(self, query: Query) -> Page:
        """One page of records for `query`: perhaps too many, never too few."""

    async def get(self, get: Get) -> Native:
        """The record with this key, with all its fields; `NotFound` when the backend says that there is none."""
        seen: set[str] = set()
        where = (Condition(self.key, "eq", (get.key,)),) if "eq" in self.can.filter.get(self.key, ()) else ()
        cursor: str | None = None
        while True:
            page = await self.find(Query(where, cursor=cursor, offset=len(seen), ask=get.ask))
            keys = [str(record[self.key]) for record in page.records]
            if get.key in keys:
                return page.records[keys.index(get.key)]
            cursor = page.next
            nothing_new = seen.issuperset(keys)
            seen.update(keys)
            more = self.can.offset and page.total is not None and len(seen) < page.total
            if nothing_new or (cursor is None and not more):
                raise NotFound(f"The backend has no {self.type} with this key.")

    async def create(self, new: New) -> Native | str:
        """Create a record and answer with it, or with its key alone: the engine then reads it back."""
        raise Unsupported(f"This backend cannot create a {self.type}.")

    async def update(self, change: Change) -> Native | None:
        """Change a record and answer with it, or with None: the engine then reads it back."""
        raise Unsupported(f"This backend cannot change a {self.type}.")

    async def amend(self, delta: Delta) -> None:
        """Add and remove members of a reference list without sending the whole list."""
        raise Unsupported(f"This backend cannot amend a {self.type}.")

    async def delete(self, gone: Gone) -> None:
        """Delete a record for good; `NotFound` when it is gone already."""
        raise Unsupported(f"This backend cannot delete a {self.type}.")

    def own(self, record: Native) -> bool:
        """Whether `record` is the account by which the gateway itself signs in: it is never disabled, renamed or
        deleted."""
        return False

    @classmethod
    def declares(cls, verb: str) -> bool:
        """Whether the adapter's author wrote `verb` (one of find, get, create, update, amend, delete)."""
        return getattr(cls, verb) is not getattr(Resource, verb)


S = TypeVar("S", bound="BaseModel")


class Adapter(ABC, Generic[S]):
    """One connection to one backend. Constructing it validates nothing over the network and opens nothing."""

    Settings: type[S]
    """A pydantic model; secrets are `SecretStr`. All faults in the settings are reported together, at start."""
    api_version: ClassVar[int] = 1
    """The `API_VERSION` that the adapter needs; a gateway whose contract is older refuses it with a sentence."""

    def __init__(self, settings: S) -> None:
        self.settings = settings

    @abstractmethod
    def resources(self) -> Sequence[Resource]:
        """The resource types of this connection."""

    @abstractmethod
    async def check(self) -> None:
        """Whether the backend is there (`Unavailable`) and takes our credentials (`Denied`)."""

    async def aclose(self) -> None:
        """Release clients and files."""
        return
