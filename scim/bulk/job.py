"""A Bulk under way: one operation after the other, what others refer to first, and references in circles at last."""

from __future__ import annotations

from collections import Counter
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from dataclasses import replace

from scim.bulk.operation import METHODS, Operation
from scim.bulk.outcome import Outcome
from scim.bulk.references import Place, additions, places, without
from scim.deadline import left, within
from scim.errors import ScimError, busy, invalid_value, log
from scim.kind import Kind
from scim.message import Request, Response
from scim.paths import LONG

Perform = Callable[[Request], Awaitable[Response]]
"""Does what a request alone would do. Never raises."""
PATCH_OP = "urn:ietf:params:scim:api:messages:2.0:PatchOp"


class Job:
    """The operations of one Bulk while they are done.

    `margin` is how many seconds must be left for an operation to be begun; `patience` how many errors end it all.
    """

    def __init__(
        self,
        operations: Sequence[Operation],
        kinds: Mapping[str, Kind],
        perform: Perform,
        base_url: str,
        *,
        margin: float,
        patience: int | None,
    ) -> None:
        self.outcomes: dict[int, Outcome] = {}
        self._operations, self._kinds, self._perform, self._base_url = operations, kinds, perform, base_url
        self._margin, self._patience = margin, patience
        self._posts = {one.bulk_id: at for at, one in enumerate(operations) if one.method == "POST" and one.bulk_id}
        self._places: dict[int, list[Place]] = {}
        self._waiting: dict[int, list[Place]] = {}
        self._errors = 0
        self._refuse_doubles()

    def _refuse_doubles(self) -> None:
        posts = [one for one in self._operations if one.method == "POST" and one.bulk_id]
        seen = Counter(one.bulk_id for one in posts)
        for one in posts:
            if seen[one.bulk_id] > 1:
                one.fault = invalid_value("Another POST of this Bulk has the same bulkId.")

    async def run(self) -> None:
        """Do all operations in their order, or until there were too many errors."""
        for index in range(len(self._operations)):
            if index not in self._places:
                await self._reach(index)
                await self._complete()
            if self._ended:
                return

    @property
    def _ended(self) -> bool:
        return self._patience is not None and self._errors >= max(1, self._patience)

    async def _reach(self, index: int) -> None:
        """Do an operation once everything that it refers to is done. A stack, since there may be a thousand."""
        stack = [(index, self._enter(index))]
        while stack and not self._ended:
            current, needed = stack[-1]
            nearest = next((one for one in needed if one not in self._places), None)
            if nearest is not None:
                stack.append((nearest, self._enter(nearest)))
            else:
                stack.pop()
                await self._do(current)

    def _enter(self, index: int) -> Iterator[int]:
        """Begin with an operation: the ones that it refers to."""
        operation = self._operations[index]
        self._places[index] = found = list(places(self._kinds.get(operation.endpoint), operation))
        operation.fault = operation.fault or self._astray(index, found)
        return iter([] if operation.fault else [self._posts[place.bulk_id] for place in found])

    def _astray(self, index: int, found: Sequence[Place]) -> ScimError | None:
        """What is wrong with references, whatever becomes of the operations that they lead to."""
        for place in found:
            target = self._posts.get(place.bulk_id)
            if target is None:
                return invalid_value(f"No POST of this Bulk has the bulkId {place.bulk_id[:LONG]}.")
            if target == index and place.index is not None:
                return invalid_value(f"A resource cannot be one of its own {place.name}.")
        return None

    async def _do(self, index: int) -> None:
        operation = self._operations[index]
        try:
            waiting = self._settle(index)
            self._demand_time("The time of this Bulk was over before this operation was tried; repeat it.")
        except ScimError as error:
            self._note(index, error.response())
            return
        data = without(operation.data, waiting) if waiting else operation.data
        self._note(index, await self._performed(operation.request(data)))
        if waiting and not self.outcomes[index].failed:
            self._waiting[index] = waiting

    def _settle(self, index: int) -> list[Place]:
        """Put the ids of what was made into an operation; the references that go round in a circle must wait."""
        if fault := self._operations[index].fault:
            raise fault
        waiting = []
        for place in self._places[index]:
            target = self._posts[place.bulk_id]
            if target in self.outcomes:
                self._put(place, self.outcomes[target])
            else:
                waiting.append(place)
        return waiting

    def _put(self, place: Place, made: Outcome) -> None:
        if made.failed:
            raise _needless(place, made)
        place.put(made.location.rsplit("/", 1)[-1])

    async def _performed(self, request: Request) -> Response:
        """Do one operation, in half of the time that is left at most: one that hangs must not starve all behind it."""
        with within(left() / 2):
            return await self._perform(request)

    def _demand_time(self, detail: str) -> None:
        if left() < self._margin:
            raise busy(detail)

    def _note(self, index: int, response: Response) -> None:
        operation = self._operations[index]
        location = response.headers.get("location", "")
        if not location and operation.method != "POST" and operation.path and "bulkid:" not in operation.path.lower():
            location = self._base_url + operation.path
        self._keep(index, Outcome.of(response, location))

    def _keep(self, index: int, outcome: Outcome) -> None:
        self.outcomes[index] = outcome
        self._errors += outcome.failed
        operation = self._operations[index]
        method = operation.method if operation.method in METHODS else "other"
        route = operation.endpoint if operation.endpoint in self._kinds else "other"
        told = {"method": method, "route": route, "id": outcome.id, "status": outcome.status}
        whose = f" id={outcome.id}" if outcome.id else ""
        log.info("Within a Bulk: %s %s %d%s", method, route, outcome.status, whose, extra={"fields": told})

    # -- circles -------------------------------------------------------------------------------------------------------

    async def _complete(self) -> None:
        """Add the references that had to wait, each to the resource that was made without it."""
        for index in list(self._waiting):
            made = self.outcomes[index]
            response = await self._completed(made, self._waiting.pop(index))
            outcome = Outcome.of(response, made.location)
            self._keep(index, outcome if outcome.failed else replace(made, version=outcome.version))

    async def _completed(self, made: Outcome, waited: Sequence[Place]) -> Response:
        try:
            for place in waited:
                target = self.outcomes.get(self._posts[place.bulk_id])
                if target is None:
                    raise ScimError(409, f"The operation with the bulkId {place.bulk_id[:LONG]} was not tried.")
                self._put(place, target)
            self._demand_time(
                "It is made, but the time of this Bulk was over before all its references were; repeat it."
            )
        except ScimError as error:
            return error.response()
        body = {"schemas": [PATCH_OP], "Operations": additions(waited)}
        patch = Operation("PATCH", path=made.location.removeprefix(self._base_url))
        return await self._performed(patch.request(body))


def _needless(place: Place, made: Outcome) -> ScimError:
    """The answer to an operation that refers to what was not made."""
    detail = f"The operation with the bulkId {place.bulk_id[:LONG]} has failed, and this one refers to it"
    return busy(f"{detail}; repeat both.") if made.passing else ScimError(409, f"{detail}.")
