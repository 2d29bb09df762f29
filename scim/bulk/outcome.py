"""What became of one operation of a Bulk."""

from __future__ import annotations

from dataclasses import dataclass

from scim.identity.ids import well_formed
from scim.message import Response
from scim.write_actions import IGNORED_HEADER


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of an operation. Bodies are kept of errors only: a thousand answers may show a large group each."""

    status: int
    location: str
    """Empty where there is none."""
    version: str
    ignored: str
    retry_after: int = 0
    """Seconds to wait before the operation is tried again; 0 where nobody says so."""
    error: bytes = b""

    @classmethod
    def of(cls, response: Response, location: str) -> Outcome:
        """What a response says."""
        version, ignored = (response.headers.get(name, "") for name in ("etag", IGNORED_HEADER))
        seconds, error = int(response.headers.get("retry-after", 0)), response.body if response.status >= 400 else b""
        return cls(response.status, location, version, ignored, seconds, error)

    @property
    def failed(self) -> bool:
        """Whether it is an error."""
        return self.status >= 400

    @property
    def id(self) -> str:
        """The id that it is about, for the log, where it is one of ours."""
        id = self.location.rpartition("/")[2]
        return id if well_formed(id) else ""

    @property
    def passing(self) -> bool:
        """Whether the same may succeed when it is tried again."""
        return self.status == 429 or (self.status >= 500 and self.status != 501)
