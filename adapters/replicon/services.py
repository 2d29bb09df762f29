"""Calling a web service of Replicon: its envelope, its errors, and the company's address behind it."""

from __future__ import annotations

import asyncio
import logging
import re
from typing import Any

import httpx

from scim_adapter import AdapterError, Ask, Denied, Unavailable
from scim_adapter.http import UNSENT, Http, body

from .account import CREATE_TOKEN, Account
from .discovery import Address, Tenant
from .faults import Fault, Verb, fault_in, translated, unanswered

log = logging.getLogger(__name__)
LIMITED_FOR = 60.0
"""Seconds after which to come back where Replicon asks to slow down and does not say for how long."""
CREDENTIALS = (
    "Replicon refuses the gateway's user. Check company_key, username and password or access_token; the user must be "
    "enabled and of authentication type Replicon internal."
)


class _Refused(Denied):
    """401: perhaps the company has moved and this is somebody else's host, or the token was withdrawn."""

    token: str | None = None
    """The token that signed the call."""


class _Astray(Unavailable):
    """A 404 without a word of Replicon's, or a redirect: perhaps the company has moved."""


class Services:
    """All calls after discovery. Each may be repeated: writes carry a `unitOfWorkId`, the others are idempotent."""

    def __init__(self, tenant: Tenant, http: Http, account: Account) -> None:
        self.tenant, self.http, self.account = tenant, http, account
        self._signing = asyncio.Lock()

    async def call(self, operation: str, request: Any, ask: Ask, verb: Verb = "read") -> Any:
        """The `d` of the answer. What fails because the company has moved, or because a token was withdrawn, is done
        once more with a new address or token."""
        address = await self.tenant.address(ask)
        try:
            return await self._signed_call(address, operation, request, ask, verb)
        except (Denied, Unavailable) as error:
            other = await self._elsewhere(address, error, ask)
            if other is None:
                raise
        return await self._signed_call(other, operation, request, ask, verb)

    async def _elsewhere(self, address: Address, error: AdapterError, ask: Ask) -> Address | None:
        """Where to try again after an error; None when there is nothing else to try."""
        other = await self.tenant.moved(address, ask) if _lost(error) else None
        renewed = isinstance(error, _Refused) and self.account.renewed(error.token)
        return other or (address if renewed else None)

    async def _signed_call(self, address: Address, operation: str, request: Any, ask: Ask, verb: Verb) -> Any:
        if self.account.needs_token:
            await self._sign_in(address, ask)
        token = self.account.token
        try:
            return await self._call(address, operation, request, ask, verb)
        except _Refused as error:
            error.token = token
            raise

    async def _sign_in(self, address: Address, ask: Ask) -> None:
        """Exchange the password for a token; many calls at once make one. A refusal is no word about any user."""
        async with self._signing:
            if not self.account.needs_token:
                return
            try:
                self.account.use(await self._call(address, CREATE_TOKEN, self.account.request(), ask, "change"))
            except (Denied, Unavailable):
                raise
            except AdapterError as error:
                raise Denied("Replicon makes no access token for username; set create_access_token = false.") from error

    async def _call(self, address: Address, operation: str, request: Any, ask: Ask, verb: Verb) -> Any:
        def failed(response: httpx.Response) -> bool:
            again = unanswered(response)
            if again:
                _report(operation, response)
            return again

        url = address.services + operation
        try:
            response = await self.http.send("POST", url, json=request, ask=ask, repeatable=True, failed=failed)
        except Unavailable as error:
            if error.throttled and error.retry_after is None:
                error.retry_after = LIMITED_FOR
            raise
        return _result(operation, response, verb)


def _lost(error: AdapterError) -> bool:
    return isinstance(error, _Refused | _Astray) or isinstance(error.__cause__, UNSENT)


def _result(operation: str, response: httpx.Response, verb: Verb) -> Any:
    """The `d` of an answer, or the error that the answer means."""
    status = response.status_code
    content = _content(response)
    fault = fault_in(content)
    if not response.is_success or fault is not None:
        _report(operation, response, fault)
    if status == 401:
        raise _Refused(CREDENTIALS)
    if status == 403:
        raise Denied("Replicon refuses this to the gateway's user (403).")
    if fault is not None:
        raise translated(fault, verb)
    if status == 404 or response.has_redirect_location:
        raise _Astray(f"Replicon answered {status} without a word of its own.")
    if not response.is_success or not isinstance(content, dict) or "d" not in content:
        raise Unavailable(f"Replicon answered {status} with a body that cannot be read.")
    return content["d"]


def _content(response: httpx.Response) -> Any:
    """The body as JSON; None where a refusal has a body of another kind."""
    try:
        return body(response)
    except Unavailable:
        if response.is_success:
            raise
        return None


def _report(operation: str, response: httpx.Response, fault: Fault | None = None) -> None:
    """Log what an operator can quote to Replicon's support; never a body."""
    correlation = re.sub("[^0-9A-Za-z-]", "", response.headers.get("x-execution-correlation-id", ""))[:64]
    log.warning(
        "Replicon refused %s: status %d, %s, correlation id %s.",
        operation,
        response.status_code,
        fault.name if fault else "no reason",
        correlation or "unknown",
    )
