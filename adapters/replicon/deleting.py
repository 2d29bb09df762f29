"""Deleting a user for good: a batch of one, executed, and looked after.

Replicon deletes only users without any data, and works through a batch in its own time; no public page tells how to
ask for its state, so the user itself is asked for until it is gone.
"""

from __future__ import annotations

import asyncio

from scim_adapter import Ask, Invalid, Unavailable

from .reading import Reader

CREATE_BATCH = "UserService1.svc/CreateUserDeleteBatch"
EXECUTE_BATCH = "UserService1.svc/ExecuteUserDeleteBatch"
WAITS = (0.0, 0.5, 1.0, 2.0, 4.0)
"""Seconds before each look; a user that stands after the last one is kept by Replicon."""


async def delete(reader: Reader, uri: str, ask: Ask) -> None:
    """Delete a user; `Invalid` when Replicon keeps it because it has data."""
    services = reader.services
    batch = await services.call(CREATE_BATCH, {"userUris": [uri]}, ask, "change")
    if not isinstance(batch, str) or not batch:
        raise Unavailable("Replicon did not name the batch that deletes the user.")
    await services.call(EXECUTE_BATCH, {"userDeleteBatchUri": batch}, ask, "change")
    for wait in WAITS:
        await asyncio.sleep(wait)
        if not await reader.identified("uri", [uri], ask):
            return
    raise Invalid('Replicon keeps users that have data; set on_delete = "disable" for this connection.')
