"""The eight errors an adapter raises, each named by what happens next.

Only the engine turns them into HTTP statuses. Name the *native* field in `field`: the engine translates it.
Never put a response body, a secret or personal data into `message`. Anything else an adapter raises is a bug:
the engine logs it whole and answers 500 without details.
"""

from __future__ import annotations


class AdapterError(Exception):
    """The common parent of the eight; never raised itself.

    `message` is one sentence for an operator or administrator; `field` is a native field name, when one is at fault.
    """

    def __init__(self, message: str = "", *, field: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.field = field


class NotFound(AdapterError):
    """The backend says, in its own words, that this record does not exist: 404. Never for an unreadable answer."""


class Exists(AdapterError):
    """A unique value is taken, on create or on update: 409 uniqueness. `field` names the native field."""


class Invalid(AdapterError):
    """The backend refuses a value, and would refuse it again: 400 invalidValue."""


class Stale(AdapterError):
    """The record changed since `Change.version` was read: the engine reads again and repeats."""


class Unsupported(AdapterError):
    """The backend has no such operation: 501."""


class Denied(AdapterError):
    """The gateway's own credentials or privileges are refused: 502, for the operator; never 401 or 403."""


class Unavailable(AdapterError):
    """No usable answer: refused, slow, 5xx, HTML, cut off, throttled. The outcome of a write is then unknown: 503.

    `retry_after` is in seconds, if the backend said so; `throttled` is true when the backend asked us to slow down;
    `unsent` is true when nothing was done for certain: a create that failed so may be repeated by anybody at once.
    """

    def __init__(
        self, message: str = "", *, retry_after: float | None = None, throttled: bool = False, unsent: bool = False
    ) -> None:
        super().__init__(message)
        self.retry_after = retry_after
        self.throttled = throttled
        self.unsent = unsent


class OutOfQuota(AdapterError):
    """No licence is left for this account: 400 for this user, without a storm of repeats."""
