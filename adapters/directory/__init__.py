"""An embedded directory of users and groups in one SQLite file: for trying things out, and as the engine's reference.

It carries everything that SCIM has, and can hide what it is able to do. Several processes may use one file, and a kill
loses nothing that was answered. Every call is one transaction.
"""

from __future__ import annotations

from collections.abc import Sequence

from scim_adapter import Adapter, Resource

from .database import Database
from .groups import Groups, WholeGroups
from .settings import DirectorySettings
from .users import Users


class DirectoryAdapter(Adapter[DirectorySettings]):
    """One directory."""

    Settings = DirectorySettings

    def __init__(self, settings: DirectorySettings) -> None:
        super().__init__(settings)
        self._database = Database(settings.path)
        self.users = Users(self._database, settings)
        self.groups = (Groups if settings.native_amend else WholeGroups)(self._database, settings)

    def resources(self) -> Sequence[Resource]:
        """Users and groups."""
        return [self.users, self.groups]

    async def check(self) -> None:
        """Open the file."""
        await self._database.read(lambda connection: connection.execute("select 1 from users limit 1").fetchall())

    async def aclose(self) -> None:
        """Close the file."""
        await self._database.aclose()


adapter = DirectoryAdapter

__all__ = ["DirectoryAdapter", "DirectorySettings", "adapter"]
