"""What an app integration is told: the settings of the Admin Console and a few of our own."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from simulators.okta.company import Company
from simulators.okta.people import Source
from simulators.okta.profile import Mapping
from simulators.okta.target import Target

DAY = 86_400.0
App = Literal["catalog", "wizard"]


@dataclass(frozen=True)
class Options:
    """Raises ValueError with a sentence. Without `state` every run begins from nothing."""

    url: str
    token: str = field(repr=False)
    source: Source = field(default_factory=Company)
    state: Path | None = None
    json: Path | None = None
    """Where the report goes, with every request and its answer; tokens and passwords are masked."""
    app: App = "catalog"
    mapping: Mapping = field(default_factory=Mapping)
    deactivate: Literal["patch", "put"] | None = None
    """How `active` and the password are written; None is the habit of the app."""
    password: bool = True
    """Creates have a password, and a person's own is kept up to date."""
    only: Literal["test", "import"] | None = None
    import_users: bool = False
    import_groups: bool = False
    create_groups: Literal["empty", "members"] = "empty"
    push_now: bool = False
    """Every group is sent whole, changed or not."""
    keep_groups: bool = False
    """Groups that are unlinked stay in the target."""
    timeout: float = 60.0
    patience: float = 60.0
    """Seconds that a single request may be held up by 429 and 503."""

    def __post_init__(self) -> None:
        if not self.token:
            raise ValueError("The token is missing: --token T, or the environment variable SCIM_TOKEN.")
        if not self.token.isascii() or not self.token.isprintable() or " " in self.token:
            raise ValueError("The token must be one word of plain characters, without Bearer.")
        if not (0 < self.timeout <= DAY and 0 <= self.patience <= DAY):
            raise ValueError("Time-out and patience are seconds of a day at most; a time-out of none is no time.")
        if self.state and self.json and self.state.resolve() == self.json.resolve():
            raise ValueError("The state and the report cannot be the same file.")
        _ = self.target

    @property
    def target(self) -> Target:
        return Target.parse(self.url)

    @property
    def status_by_patch(self) -> bool:
        return (self.deactivate or ("patch" if self.app == "catalog" else "put")) == "patch"
