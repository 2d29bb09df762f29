"""SCIM errors (RFC 7644 3.12). The only module that turns what happened into HTTP statuses."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Literal

from scim.message import Response
from scim_adapter import (
    AdapterError,
    Denied,
    Exists,
    Invalid,
    NotFound,
    OutOfQuota,
    Stale,
    Unavailable,
    Unsupported,
)

ERROR = "urn:ietf:params:scim:api:messages:2.0:Error"
RETRY_AFTER = 10
"""Seconds to wait when nobody knows better."""

REFUSED_AFTER = 60
"""Seconds after which a backend may take our credentials again: a person must see to it first."""

ScimType = Literal[
    "invalidFilter", "tooMany", "uniqueness", "mutability", "invalidSyntax", "invalidPath", "noTarget", "invalidValue",
    "invalidCursor", "expiredCursor", "invalidCount",
]  # fmt: skip
log = logging.getLogger("scimgate")


class ScimError(Exception):
    """An answer that is an error. `detail` is one sentence that says what happened and what to do."""

    def __init__(
        self, status: int, detail: str, scim_type: ScimType | None = None, retry_after: float | None = None
    ) -> None:
        super().__init__(detail)
        self.status = status
        self.detail = detail
        self.scim_type = scim_type
        self.headers: dict[str, str] = {}
        if retry_after is not None:
            self.headers["retry-after"] = str(max(1, round(retry_after)))

    def response(self) -> Response:
        """The error as a SCIM message; its `status` is a string."""
        document: dict[str, object] = {"schemas": [ERROR], "status": str(self.status), "detail": self.detail}
        if self.scim_type:
            document["scimType"] = self.scim_type
        return Response.of(self.status, document, self.headers)


def invalid_value(detail: str) -> ScimError:
    """400 invalidValue."""
    return ScimError(400, detail, "invalidValue")


def invalid_syntax(detail: str) -> ScimError:
    """400 invalidSyntax."""
    return ScimError(400, detail, "invalidSyntax")


def not_found(what: str) -> ScimError:
    """404 for a resource type's word, for example "User"."""
    return ScimError(404, f"There is no {what} with this id.")


def busy(detail: str, retry_after: float = RETRY_AFTER) -> ScimError:
    """503 with Retry-After."""
    return ScimError(503, detail, retry_after=retry_after)


def from_adapter(error: AdapterError, *, path_of: Callable[[str | None], str | None], listing: bool) -> ScimError:
    """The answer for one of the eight errors of the contract.

    `path_of` turns the native field at fault into its SCIM path. `listing` is true for lists and filters, which
    never answer 429: Test Connection is one.
    """
    path = path_of(error.field)
    match error:
        case NotFound():
            return not_found("resource")
        case Exists():
            what = f"The value of {path}" if path else "A unique value of this resource"
            return ScimError(409, f"{what} is taken by another account in the backend.", "uniqueness")
        case Invalid():
            return invalid_value(_sentence("The backend refuses this value", path, error.message))
        case OutOfQuota():
            return invalid_value(_sentence("The backend has no licence left for this account", path, error.message))
        case Stale():
            return busy("The account was changed in the backend at the same time; repeat the request.", 1)
        case Unsupported():
            return ScimError(501, _sentence("The backend has no such operation", None, error.message))
        case Denied():
            detail = _sentence("The backend refuses the gateway's own credentials", None, error.message)
            return ScimError(502, detail, retry_after=REFUSED_AFTER)
        case Unavailable():
            return _unavailable(error, listing)
    log.error("An adapter raised %s, which is not one of the eight errors.", type(error).__name__)
    return ScimError(500, "The adapter failed in an unforeseen way; the gateway's log has the details.")


def _unavailable(error: Unavailable, listing: bool) -> ScimError:
    status = 429 if error.throttled and not listing else 503
    detail = _sentence("The backend cannot be used at the moment", None, error.message)
    return ScimError(status, detail, retry_after=error.retry_after or RETRY_AFTER)


def _sentence(start: str, path: str | None, message: str) -> str:
    place = f" of {path}" if path else ""
    return f"{start}{place}: {message.rstrip('.')}." if message else f"{start}{place}."
