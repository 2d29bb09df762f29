"""The forms in which the services refuse (sections 1 and 7 of the page)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from simulators.http import Reply, as_json

TARGET = {"uri": None, "loginName": None, "employeeId": None, "parameterCorrelationId": None}
NO_LICENCE = "The number of licenses is exceeded"


class Refused(Exception):
    """A call that is refused as a whole: `{"error": …}`, in the full form or the short one."""

    def __init__(self, text: str, kind: str = "", status: int = 400, *, short: bool = False) -> None:
        super().__init__(text)
        self.text, self.kind, self.status, self.short = text, kind, status, short
        self.target: Mapping[str, Any] | None = None

    def reply(self, correlation: str) -> Reply:
        """The answer."""
        details: dict[str, Any] = {"displayText": self.text}
        error: dict[str, Any] = {"correlationId": correlation, "details": details}
        if not self.short:
            details |= {"target": self.target} if self.target is not None else {}
            details["notifications"] = []
            reason = "The creator of this fault did not specify a Reason."
            error |= {"code": "Receiver" if self.status >= 500 else "Sender", "reason": reason}
        return as_json({"error": error | ({"type": self.kind} if self.kind else {})}, self.status)


class Rejected(Exception):
    """A write that breaks a rule of the company: an error inside an answer of status 200 (section 4.1)."""

    def __init__(self, text: str, *, taken: bool = False) -> None:
        super().__init__(text)
        self.text, self.taken = text, taken


def missing(name: str) -> Refused:
    """A parameter that must be there."""
    return Refused(f"{name} must be a non-empty string value", "MissingRequiredParameterError1", short=True)


def untargeted(text: str, target: Any = None) -> Refused:
    """A target that names nobody, or more than one."""
    refused = Refused(text, "InvalidUserTargetParameterError1")
    given = target if isinstance(target, Mapping) else {}
    refused.target = {name: given.get(name) for name in TARGET}
    return refused
