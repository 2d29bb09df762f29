"""A BulkRequest read and a BulkResponse made of what became of its operations (RFC 7644 3.7)."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from scim.bulk.job import Job, Perform
from scim.bulk.operation import Operation, read
from scim.bulk.outcome import Outcome
from scim.document import parse
from scim.errors import ScimError, invalid_syntax, log
from scim.kind import Kind
from scim.message import Response
from scim.options import Options
from scim.paths import Json
from scim.write_actions import IGNORED_HEADER

REQUEST = "urn:ietf:params:scim:api:messages:2.0:BulkRequest"
RESPONSE = "urn:ietf:params:scim:api:messages:2.0:BulkResponse"
MARGIN = 0.1
"""The part of a Bulk's time at whose beginning no further operation is begun."""
NAMED = 20
"""How many names of what was left out an answer has."""


@dataclass(frozen=True, slots=True)
class Bulk:
    """What a client asks for: operations, and after how many errors to stop (None: never)."""

    operations: Sequence[Operation]
    fail_on_errors: int | None

    @classmethod
    def of(cls, body: bytes, options: Options, base_url: str) -> Bulk:
        """A request's body; 400 for what is no BulkRequest, 413 that names the limit for what is too much of one."""
        if len(body) > options.bulk_max_payload_size:
            limit = f"maxPayloadSize ({options.bulk_max_payload_size})"
            raise ScimError(413, f"The size of the bulk operation exceeds the {limit}.")
        said = {name.lower(): value for name, value in parse(body).items()}
        if said.get("schemas") not in (None, [REQUEST]):
            raise invalid_syntax(f"The schemas of a Bulk must be {REQUEST}.")
        operations = said.get("operations")
        if not isinstance(operations, list):
            raise invalid_syntax('A Bulk needs "Operations", an array of objects.')
        if len(operations) > options.bulk_max_operations:
            limit = f"maxOperations ({options.bulk_max_operations})"
            raise ScimError(413, f"The number of bulk operations exceeds the {limit}.")
        return cls([read(one, base_url) for one in operations], _patience(said.get("failonerrors")))


def _patience(value: Any) -> int | None:
    if value is None or (isinstance(value, int) and not isinstance(value, bool) and value >= 0):
        return value
    raise invalid_syntax("failOnErrors must be a whole number, 0 or more.")


async def answered(
    body: bytes, options: Options, base_url: str, kinds: Mapping[str, Kind], perform: Perform
) -> Response:
    """Do what a BulkRequest asks for. 200 whatever becomes of its operations; each has its own status."""
    bulk = Bulk.of(body, options, base_url)
    margin = options.write_deadline * MARGIN
    job = Job(bulk.operations, kinds, perform, base_url, margin=margin, patience=bulk.fail_on_errors)
    await job.run()
    statuses = Counter(outcome.status for outcome in job.outcomes.values())
    log.info("A Bulk of %d operations: %s", len(bulk.operations), dict(sorted(statuses.items())))
    told = [_told(bulk.operations[index], job.outcomes[index]) for index in sorted(job.outcomes)]
    return Response.of(200, {"schemas": [RESPONSE], "Operations": told}, _headers(job.outcomes.values()))


def _told(operation: Operation, outcome: Outcome) -> Json:
    """One answer (RFC 7644 3.7.3): with a body only where something went wrong."""
    said = {
        "location": outcome.location,
        "method": operation.method,
        "bulkId": operation.bulk_id,
        "version": outcome.version,
        "status": str(outcome.status),
        "response": json.loads(outcome.error) if outcome.failed else None,
    }
    return {name: value for name, value in said.items() if value}


def _headers(outcomes: Iterable[Outcome]) -> dict[str, str]:
    """What its operations would have said in headers, for all together: what was left out, and how long to wait until
    all may be sent again. A BulkResponse has no member for either."""
    outcomes = list(outcomes)
    found = list(dict.fromkeys(name for one in outcomes for name in one.ignored.split(", ") if name))
    seconds = max((one.retry_after for one in outcomes), default=0)
    headers = {IGNORED_HEADER: ", ".join(found[:NAMED])} if found else {}
    return {**headers, "retry-after": str(seconds)} if seconds else headers
