"""One call of the services, as it came."""

from __future__ import annotations

from dataclasses import dataclass

from simulators import http
from simulators.replicon.operations import DISCOVERY, OPERATIONS, WRITES


@dataclass(frozen=True)
class Call(http.Call):
    """A request; what follows a question mark plays no part."""

    correlation: str

    @property
    def operation(self) -> str:
        """The last part of the path."""
        return self.path.rsplit("/", 1)[-1]

    @property
    def service(self) -> str:
        """The part before it, without `.svc`."""
        return self.path.rsplit("/", 2)[-2].removesuffix(".svc") if self.path.count("/") > 1 else ""

    @property
    def names(self) -> tuple[str, ...]:
        """The operation, alone and with its service."""
        return self.operation, f"{self.service}.svc/{self.operation}"

    @property
    def discovers(self) -> bool:
        """Whether it asks where a company lives."""
        return self.path.removeprefix("/") in DISCOVERY

    def name(self, company: str) -> str | None:
        """The known operation of this company that is called."""
        prefix, name = f"/{company}/services/", "/".join(self.path.split("/")[-2:])
        ours = self.path[: len(prefix)].casefold() == prefix.casefold() and self.path[len(prefix) :] == name
        return name if ours and name in OPERATIONS else None

    @property
    def writes(self) -> bool:
        """Whether the operation is one that changes something."""
        return self.method == "POST" and "/".join(self.path.split("/")[-2:]) in WRITES
