"""What the services refuse, and what is injected on purpose."""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from typing import Any


class Refused(Exception):
    """A refusal in the vendor's full form."""

    def __init__(self, text: str, kind: str = "", status: int = 400) -> None:
        super().__init__(text)
        self.text, self.kind, self.status = text, kind, status

    def document(self, correlation: str) -> dict[str, Any]:
        """The body: `error` with its details."""
        details = {"displayText": self.text, "notifications": []}
        reason = "The creator of this fault did not specify a Reason."
        error = {"code": "Sender", "correlationId": correlation, "reason": reason, "details": details}
        return {"error": error | ({"type": self.kind} if self.kind else {})}


def missing(name: str) -> Refused:
    """A parameter that must be there."""
    return Refused(f"{name} must be a non-empty string value", "MissingRequiredParameterError1")


@dataclass
class Fault:
    """What happens to the next calls of an operation, as the control interface was told."""

    operation: str = "*"
    status: int = 500
    body: str = "<html><body>Service unavailable</body></html>"
    headers: dict[str, str] = field(default_factory=dict)
    delay: float = 0
    times: int = 1
    after_effect: bool = False
    cut: bool = False
    truncate: bool = False

    @classmethod
    def of(cls, document: dict[str, Any]) -> Fault:
        """A fault from JSON; ValueError names what is wrong."""
        known = {f.name: type(getattr(cls(), f.name)) for f in fields(cls)}
        for name, value in document.items():
            if name not in known:
                raise ValueError(f"A fault has no {name}; it has {', '.join(known)}.")
            number = known[name] in (int, float) and isinstance(value, int | float)
            if not (number or isinstance(value, known[name])):
                raise ValueError(f"{name} must be a {known[name].__name__}.")
        return cls(**document)
