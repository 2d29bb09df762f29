"""What the job remembers between cycles: who is linked to which target id, and what was last written.

The file is replaced whole after every person, so that a kill at any moment loses nothing. It never holds the token.
"""

from __future__ import annotations

import hashlib
import json
import threading
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any, Literal

VERSION = 1


class StateError(ValueError):
    """The state file cannot be used; the message is a sentence."""


@dataclass(frozen=True, slots=True)
class Link:
    """One person of the source as the job knows it (the cached identifier of "How application provisioning works")."""

    id: str | None = None
    user_name: str = ""
    scope: Literal["in", "out"] = "in"
    seen: str = ""
    """Digest of the values last settled, the person's watermark; empty when the person must be looked at again."""
    manager: str = ""
    """userPrincipalName of the manager last settled."""
    manager_id: str = ""
    failures: int = 0
    why: str = ""


def default_state(tenant: str, people: Path) -> Path:
    job = f"{tenant.partition('?')[0].rstrip('/')}\n{people.resolve()}"
    return Path(".data") / f"entra-state-{hashlib.sha256(job.encode()).hexdigest()[:12]}.json"


class State:
    """The links by objectId, mirrored in a file if there is one."""

    def __init__(self, path: Path | None = None, *, fresh: bool = False) -> None:
        """`fresh` is "restart provisioning": watermarks and cached identifiers are forgotten."""
        self.path = path
        self._links: dict[str, Link] = {}
        self._lines: dict[str, str] = {}
        self._owners: dict[str, str] = {}
        self._lock = threading.Lock()
        if path and path.exists() and not fresh:
            self._load(path)
        self._save()

    def __len__(self) -> int:
        return len(self._links)

    def get(self, object_id: str) -> Link | None:
        return self._links.get(object_id)

    def links(self) -> dict[str, Link]:
        with self._lock:
            return dict(self._links)

    def owner(self, target_id: str) -> str | None:
        """The objectId that a target id belongs to."""
        with self._lock:
            return self._owners.get(target_id)

    def put(self, object_id: str, link: Link) -> None:
        """Remember; whoever had the same target id before has it no more."""
        with self._lock:
            if link.id and (owner := self._owners.get(link.id)):
                self._forget(owner)
            self._keep(object_id, link)
            self._save()

    def drop(self, object_id: str) -> None:
        with self._lock:
            self._forget(object_id)
            self._save()

    def _forget(self, object_id: str) -> None:
        link = self._links.pop(object_id, None)
        self._lines.pop(object_id, None)
        if link and link.id and self._owners.get(link.id) == object_id:
            del self._owners[link.id]

    def _keep(self, object_id: str, link: Link) -> None:
        self._forget(object_id)
        if link.id:
            self._owners[link.id] = object_id
        self._links[object_id] = link
        self._lines[object_id] = f"{json.dumps(object_id)}: {json.dumps(asdict(link))}"

    def _save(self) -> None:
        if not self.path:
            return
        text = f'{{"version": {VERSION}, "people": {{\n' + ",\n".join(self._lines.values()) + "\n}}\n"
        fresh = self.path.with_name(self.path.name + ".new")
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            fresh.write_text(text, encoding="utf-8")
            fresh.replace(self.path)
        except OSError as error:
            raise StateError(f"The state file {self.path} cannot be written: {error.strerror}.") from None

    def _load(self, path: Path) -> None:
        try:
            document = json.loads(path.read_text(encoding="utf-8"))
            if document["version"] != VERSION:
                raise ValueError("another version")
            for object_id, entry in document["people"].items():
                self._keep(object_id, _link(entry))
        except (OSError, ValueError, KeyError, TypeError, AttributeError):
            raise StateError(f"{path} is not a state file of this simulator; remove it or name another.") from None


def _link(entry: dict[str, Any]) -> Link:
    if unknown := set(entry) - {each.name for each in fields(Link)}:
        raise ValueError(f"unknown members {unknown}")
    return Link(**entry)
