"""What is injected on purpose."""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from typing import Any

from simulators.scim.reply import SCIM, Reply


@dataclass
class Fault:
    """What happens to the next calls of a method, as the control interface was told."""

    method: str = "*"
    status: int = 500
    body: str = "<html><body>Service unavailable</body></html>"
    headers: dict[str, str] = field(default_factory=dict)
    delay: float = 0.0
    times: int = 1
    after_effect: bool = False
    cut: bool = False
    truncate: bool = False

    @classmethod
    def of(cls, document: dict[str, Any]) -> Fault:
        """A fault from JSON; ValueError names what is wrong."""
        known = {one.name: type(getattr(cls(), one.name)) for one in fields(cls)}
        for name, value in document.items():
            if name not in known:
                raise ValueError(f"A fault has no {name}; it has {', '.join(known)}.")
            allowed = (int, float) if known[name] is float else (known[name],)
            if type(value) not in allowed:
                raise ValueError(f"{name} must be a {known[name].__name__}.")
        fault = cls(**document)
        if not (fault.status == 0 or 200 <= fault.status <= 599) or fault.times < 1 or not 0 <= fault.delay <= 600:
            raise ValueError("status is 0 or from 200 to 599, times 1 or more, delay from 0 to 600 seconds.")
        if not all(isinstance(one, str) and one.isascii() and one.isprintable() for one in fault.headers.values()):
            raise ValueError("headers are ASCII texts.")
        return fault

    @property
    def performs(self) -> bool:
        """Whether the call takes effect."""
        return self.after_effect or self.status == 0

    def applied(self, done: Reply | None) -> Reply:
        """What is sent instead of, or made of, the real answer."""
        text = self.body.encode()
        form = SCIM if text.lstrip().startswith((b"{", b"[")) else "text/html; charset=utf-8"
        reply = done if done is not None and self.status == 0 else Reply(self.status, text, form)
        if self.truncate:
            reply.body = reply.body[: len(reply.body) // 2]
        reply.headers |= self.headers
        reply.cut |= self.cut
        reply.seconds += self.delay
        return reply
