"""What is injected on purpose."""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from typing import Any

from simulators.http.reply import HTML, Reply

LONGEST = 600
"""Seconds that a fault may delay an answer."""


@dataclass
class Fault:
    """What happens to the next calls of an operation, as the control interface was told.

    Status 0 is the real answer, which `delay`, `truncate` and `stale` leave alone unless something else is asked for.
    """

    operation: str = "*"
    status: int = 500
    body: str = "<html><body>Service unavailable</body></html>"
    headers: dict[str, str] = field(default_factory=dict)
    delay: float = 0.0
    times: int = 1
    after_effect: bool = False
    cut: bool = False
    truncate: bool = False
    stale: bool = False

    @classmethod
    def of(cls, document: dict[str, Any]) -> Fault:
        """A fault from JSON; ValueError names what is wrong."""
        known = {one.name: type(getattr(cls(), one.name)) for one in fields(cls)}
        for name, value in document.items():
            if name not in known:
                raise ValueError(f"A fault has no {name}; it has {', '.join(known)}.")
            _check(name, value, known[name])
        fault = cls(**document)
        if "status" not in document and fault._only_bends(document):
            fault.status = 0
        return fault

    def _only_bends(self, document: dict[str, Any]) -> bool:
        whole = self.truncate or self.stale or (self.delay > 0 and not self.after_effect)
        return whole and not self.cut and not document.keys() & {"body", "headers"}

    @property
    def performs(self) -> bool:
        """Whether the call takes effect."""
        return self.after_effect or self.status == 0

    def applied(self, done: Reply | None, json: str) -> Reply:
        """What is sent instead of, or made of, the real answer; `json` is the content type of JSON here."""
        reply = done if done is not None and self.status == 0 else self._own(json)
        if self.truncate:
            reply.body = reply.body[: len(reply.body) // 2]
        reply.headers |= self.headers
        reply.cut |= self.cut
        reply.seconds += self.delay
        return reply

    def _own(self, json: str) -> Reply:
        text = self.body.encode()
        return Reply(self.status, text, json if text.lstrip().startswith((b"{", b"[")) else HTML)


def _check(name: str, value: Any, kind: type) -> None:
    if kind in (int, float):
        if isinstance(value, bool) or not isinstance(value, int | float if kind is float else int):
            raise ValueError(f"{name} must be a number.")
    elif not isinstance(value, kind):
        raise ValueError(f"{name} must be a {kind.__name__}.")
    wrong = _WRONG.get(name)
    if wrong and not wrong[1](value):
        raise ValueError(f"{name} must be {wrong[0]}.")


def _fit(headers: dict[Any, Any]) -> bool:
    texts = [text for pair in headers.items() for text in pair]
    return all(isinstance(text, str) and text.isascii() and text.isprintable() for text in texts)


_WRONG: dict[str, tuple[str, Any]] = {
    "status": ("0 for the real answer, or from 200 to 599", lambda status: status == 0 or 200 <= status <= 599),
    "delay": (f"seconds from 0 to {LONGEST}", lambda delay: 0 <= delay <= LONGEST),
    "times": ("1 or more", lambda times: times >= 1),
    "headers": ("ASCII names and values", _fit),
}
