"""An embedded user directory in one SQLite file: for trying things out, and as the reference for the engine.

One setting: `path`, a file or `:memory:`. Several processes may use one file, and a kill loses nothing that was
answered. Every call is one transaction.
"""

from __future__ import annotations

from collections.abc import Sequence

from pydantic import BaseModel, ConfigDict, Field

from scim_adapter import Adapter, Resource

from .database import Database
from .users import Users


class DirectorySettings(BaseModel):
    """Where the directory lives."""

    model_config = ConfigDict(extra="forbid")

    path: str = Field(
        description="A file, made when it is missing, or :memory: for a directory that forgets.", min_length=1
    )


class DirectoryAdapter(Adapter[DirectorySettings]):
    """One directory."""

    Settings = DirectorySettings

    def __init__(self, settings: DirectorySettings) -> None:
        super().__init__(settings)
        self._database = Database(settings.path)
        self._users = Users(self._database)

    def resources(self) -> Sequence[Resource]:
        """Users."""
        return [self._users]

    async def check(self) -> None:
        """Open the file."""
        await self._database.read(lambda connection: connection.execute("select 1 from users limit 1").fetchall())

    async def aclose(self) -> None:
        """Close the file."""
        await self._database.aclose()


adapter = DirectoryAdapter
