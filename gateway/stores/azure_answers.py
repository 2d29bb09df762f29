"""What Azure Table Storage answers, as the store understands it.

Statuses alone do not tell what became of a row: a front end, a proxy or a wrong address answers 404 and 409 as well,
and a row that is believed to be missing would be made again. Only the service's own error codes are believed.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import Awaitable
from typing import TypeVar

from aiohttp import ClientError
from azure.core.exceptions import AzureError, HttpResponseError

from scim.identity.store import StoreUnavailable

T = TypeVar("T")
SECONDS = 10
"""The time for one call with its repeats: a service that accepts and never answers is told of in seconds."""
MISSING = frozenset(("ResourceNotFound", "EntityNotFound"))
NO_TABLE = "TableNotFound"
TABLE_EXISTS = "TableAlreadyExists"
WORDS = MISSING | {NO_TABLE, TABLE_EXISTS, "EntityAlreadyExists", "UpdateConditionNotSatisfied", "ConditionNotMet"}
NO_ANSWER = (AzureError, ClientError, OSError, TimeoutError)
GARBLED = (ValueError, KeyError, TypeError, AttributeError)
"""What the SDK raises when it cannot read an answer, or use an account key."""


class Answer(Exception):
    """The service refuses, in its own words: the code, and which operation of a transaction it speaks of."""

    def __init__(self, code: str, index: int) -> None:
        super().__init__(code)
        self.code, self.index = code, index


async def answered(call: Awaitable[T]) -> T:
    """What the call brings; `Answer` for a refusal that is about rows, `StoreUnavailable` for everything else."""
    try:
        async with asyncio.timeout(SECONDS):
            return await call
    except HttpResponseError as error:
        code = _code(error)
        if code in WORDS:
            raise Answer(code, getattr(error, "index", 0)) from error
        if error.status_code is None:  # the SDK could not even sign the request
            raise StoreUnavailable("Table Storage was not asked: the account key of store cannot be used.") from error
        raise StoreUnavailable(f"Table Storage answered {error.status_code} ({code or 'no code'}).") from error
    except NO_ANSWER as error:
        raise StoreUnavailable(f"Table Storage gave no answer ({type(error).__name__}).") from error
    except GARBLED as error:
        raise StoreUnavailable(f"Table Storage cannot be asked or understood ({type(error).__name__}).") from error


def _code(error: HttpResponseError) -> str:
    """The service's code for an error; empty where it has none. The SDK leaves it in the body of a refused insert."""
    code = getattr(error, "error_code", None)
    if not code and error.response is not None:
        with contextlib.suppress(*GARBLED):
            code = json.loads(error.response.text())["odata.error"]["code"]
    return str(getattr(code, "value", code) or "")


def demand_missing(answer: Answer) -> None:
    """A missing row or table answers a read with nothing; no other word does."""
    if answer.code not in (*MISSING, NO_TABLE):
        raise StoreUnavailable(f"Table Storage answered a read with {answer.code}.") from answer
