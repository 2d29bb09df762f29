"""A backend that is down is left alone, and nobody waits in vain for one that is busy."""

from __future__ import annotations

import asyncio
import time
from contextvars import Context
from typing import Any

import pytest

from scim.backend import Backend, Gate
from scim.breaker import Breaker
from scim_adapter import AdapterError, Ask, Denied, Exists, Get, NotFound, Page, Query, Unavailable
from scim_adapter.resource import VERBS
from tests.backends import Shelf
from tests.scim.harness import Engine

DOWN, THROTTLED = Unavailable("It is down."), Unavailable("Slow down.", throttled=True)
REFUSED, TAKEN, ABSENT, BUG = Denied("Wrong password."), Exists(), NotFound(), ValueError("a bug")
BUSY = Unavailable("Come back.", retry_after=120)
GREEDY = Unavailable("Come back.", retry_after=10_000)
CUT = asyncio.CancelledError()
OK = None

Event = BaseException | float | str | None
HALF_MINUTES: list[Event] = [30.0, DOWN] * 9
FIVE_MINUTES: list[Event] = [300.0, REFUSED] * 9
CASES: list[tuple[str, list[Event]]] = [
    ("three in a row open it", [DOWN, DOWN, DOWN, "1"]),
    ("an answer in between starts anew", [DOWN, DOWN, OK, DOWN, DOWN, OK]),
    ("a refusal in the backend's own words is an answer", [DOWN, DOWN, TAKEN, DOWN, DOWN, ABSENT, DOWN, DOWN, OK]),
    ("a probe that is answered closes it", [DOWN, DOWN, DOWN, "1", 1.0, OK, DOWN, DOWN, OK]),
    ("each probe that fails doubles the pause", [DOWN, DOWN, DOWN, "1", 1.0, DOWN, "2", 2.0, DOWN, "4", 4.0, OK]),
    ("after a success the pause is short again", [DOWN, DOWN, DOWN, 1.0, DOWN, 2.0, OK, DOWN, DOWN, DOWN, "1"]),
    ("a pause ends at 30 s", [DOWN, DOWN, DOWN, *HALF_MINUTES, "30"]),
    ("its own Retry-After counts", [BUSY, BUSY, BUSY, "120", 120.0, OK]),
    ("but not for ever", [GREEDY, GREEDY, GREEDY, "300"]),
    ("refused credentials open it sooner than an outage would with ten", [REFUSED, REFUSED, REFUSED, "refused 5"]),
    ("and for longer", [REFUSED, REFUSED, REFUSED, 5.0, REFUSED, "refused 10", 10.0, REFUSED, "refused 20"]),
    ("five minutes at most", [REFUSED, REFUSED, REFUSED, *FIVE_MINUTES, "refused 300"]),
    ("refused for one call only: privileges", [REFUSED, REFUSED, OK, REFUSED, REFUSED, OK]),
    ("different failures are not in a row", [DOWN, DOWN, REFUSED, REFUSED, DOWN, DOWN, OK]),
    ("a probe may fail otherwise", [DOWN, DOWN, DOWN, 1.0, REFUSED, "refused 10"]),
    ("throttled is neither well nor down", [DOWN, DOWN, THROTTLED, THROTTLED, DOWN, "1"]),
    ("a probe that is throttled is followed by another one", [DOWN, DOWN, DOWN, 1.0, THROTTLED, THROTTLED, OK, OK]),
    ("a bug says nothing of the backend", [BUG, BUG, BUG, BUG, OK]),
    ("nor does a client that went away", [CUT, CUT, CUT, CUT, OK]),
    ("a probe whose client went away is followed by another one", [DOWN, DOWN, DOWN, 1.0, CUT, OK]),
    ("a time-out of the adapter's own is no answer", [TimeoutError(), TimeoutError(), TimeoutError(), "1"]),
]  # fmt: skip


class Hands:
    """A clock that tests turn."""

    now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.mark.parametrize(("why", "events"), CASES, ids=[why for why, _ in CASES])
async def test_a_breaker_opens_and_closes(why: str, events: list[Event]) -> None:
    """A number is time that goes by, a text says that the next call is refused, and for how long."""
    clock = Hands()
    gate = Gate(Breaker(3, 3, clock), 1)
    for number, event in enumerate(events):
        if isinstance(event, float):
            clock.now += event
        elif isinstance(event, str):
            await refused(gate, event)
        else:
            assert await asked(gate, event), (why, number)


async def asked(gate: Gate, outcome: BaseException | None, ask: Ask | None = None) -> bool:
    """Whether the backend was asked, which then has this outcome."""
    called = False

    async def call() -> None:
        nonlocal called
        called = True
        if outcome is not None:
            raise outcome

    try:
        await gate("get User", ask or Ask(deadline=time.monotonic() + 60), call)
    except (AdapterError, TimeoutError, ValueError, asyncio.CancelledError) as error:
        assert error is outcome or not called
    return called


async def refused(gate: Gate, event: str) -> None:
    with pytest.raises(AdapterError) as told:
        await gate("get User", Ask(deadline=time.monotonic() + 10), lambda: pytest.fail("It was asked."))
    word, _, seconds = event.rpartition(" ")
    assert isinstance(told.value, Denied) == bool(word)
    assert str(told.value).endswith(f"; it is asked again in {seconds} s.") and ".;" not in str(told.value)
    if isinstance(told.value, Unavailable):
        assert told.value.retry_after == float(seconds) and told.value.unsent


async def test_a_call_that_is_cut_off_at_its_deadline_is_no_answer() -> None:
    gate = Gate(Breaker(3, 3, Hands()), 1)
    for _ in range(3):
        assert await asked(gate, CUT, Ask(deadline=0.0))
    await refused(gate, "1")


@pytest.mark.parametrize(
    ("error", "word", "seconds"), [(DOWN, "no usable answers", 1), (REFUSED, "it refuses the gateway's credentials", 5)]
)
async def test_the_operator_is_told_when_it_is_left_alone_and_when_it_answers(
    error: AdapterError, word: str, seconds: int, caplog: pytest.LogCaptureFixture
) -> None:
    clock = Hands()
    gate = Gate(Breaker(1, 1, clock), 1)
    assert await asked(gate, error)
    clock.now += seconds
    assert await asked(gate, OK) and await asked(gate, OK)
    left = f"The backend fails ({word}); it is left alone for {seconds} s."
    assert caplog.messages == [left, "The backend answers again."]


async def test_one_probe_at_a_time() -> None:
    """It has the only place, and who comes meanwhile does not wait for that."""
    clock, answered = Hands(), asyncio.Event()
    gate = Gate(Breaker(1, 1, clock), 1)
    assert await asked(gate, DOWN)
    clock.now += 1
    probe = asyncio.create_task(gate("get User", Ask(), answered.wait))
    await asyncio.sleep(0)
    await refused(gate, "1")
    answered.set()
    assert await probe and await asked(gate, OK)


async def test_calls_that_fail_late_do_not_prolong_the_pause() -> None:
    """Ten that were under way when the backend went down are one outage."""
    clock, over = Hands(), asyncio.Event()
    gate = Gate(Breaker(2, 2, clock), 20)

    async def late() -> None:
        await over.wait()
        raise DOWN

    under_way = [asyncio.create_task(gate("get User", Ask(), late)) for _ in range(10)]
    await asyncio.sleep(0)
    over.set()
    await asyncio.gather(*under_way, return_exceptions=True)
    await refused(gate, "1")


async def test_what_waits_for_a_place_is_refused_when_the_backend_went_down_meanwhile() -> None:
    gate, over = Gate(Breaker(1, 1, Hands()), 1), asyncio.Event()

    async def late() -> None:
        await over.wait()
        raise DOWN

    first = asyncio.create_task(gate("get User", Ask(), late))
    await asyncio.sleep(0)
    second = asyncio.create_task(gate("get User", Ask(), late))
    await asyncio.sleep(0)
    over.set()
    told = await asyncio.gather(first, second, return_exceptions=True)
    assert told[0] is DOWN and "asked again" in str(told[1])


async def test_a_call_within_a_call_needs_no_place_of_its_own() -> None:
    gate = Gate(Breaker(3, 3), 1)

    async def inner() -> str:
        return "answered"

    async def outer() -> str:
        return await gate("get User", Ask(), inner)

    async with asyncio.timeout(10):
        assert await gate("update User", Ask(), outer) == "answered"


# -- through the service ----------------------------------------------------------------------------------------------


class Slow(Shelf):
    """Answers when it is told to; counts who is there at once."""

    def __init__(self) -> None:
        super().__init__()
        self.go, self.there, self.most, self.fails = asyncio.Event(), 0, 0, None
        self.go.set()

    fails: Any

    async def find(self, query: Query) -> Page:
        page: Page = await self._held(super().find(query))
        return page

    async def get(self, get: Get) -> Any:
        return await self._held(super().get(get))

    async def _held(self, answer: Any) -> Any:
        self.there += 1
        self.most = max(self.most, self.there)
        try:
            await self.go.wait()
            if self.fails:
                answer.close()
                raise self.fails
            return await answer
        except asyncio.CancelledError:
            answer.close()
            raise
        finally:
            self.there -= 1


async def test_a_backend_gets_so_many_calls_at_once_and_the_others_wait() -> None:
    slow = Slow()
    engine = Engine(slow, calls_at_once=3)
    slow.go.clear()
    asked = [asyncio.create_task(engine.send("GET", "/Users")) for _ in range(20)]
    while slow.there < 3:
        await asyncio.sleep(0)
    slow.go.set()
    assert {answer.status for answer in await asyncio.gather(*asked)} == {200}
    assert slow.most == 3


async def test_who_waits_too_long_gets_503_and_was_never_sent() -> None:
    slow = Slow()
    engine = Engine(slow, calls_at_once=1, read_deadline=0.3)
    slow.go.clear()
    first, second = (asyncio.create_task(engine.send("GET", "/Users")) for _ in range(2))
    answer = await second
    assert (answer.status, answer.headers["retry-after"]) == (503, "10")
    assert "Too many requests wait" in answer.body["detail"] and slow.most == 1
    slow.go.set()
    assert (await first).status == 200


async def test_a_create_that_was_never_sent_leaves_no_claim_behind() -> None:
    """Whoever repeats it creates at once, and waits for no lease."""
    slow = Slow()
    engine = Engine(slow, calls_at_once=1, write_deadline=0.4)
    blocked: list[asyncio.Task[Any]] = []

    async def occupied(get: Get) -> Any:
        await asyncio.Event().wait()

    async def found(query: Query) -> Page:
        other = engine.service.kinds[0].resource.get(Get("x"))
        blocked.append(asyncio.create_task(other, context=Context()))
        await asyncio.sleep(0)  # it is in the queue now, and gets the place that this call leaves
        return Page(total=0)

    slow.get, slow.find = occupied, found  # type: ignore[method-assign]
    assert (await engine.create()).status == 503
    assert slow.calls["create"] == 0
    for one in blocked:
        one.cancel()
    await asyncio.gather(*blocked, return_exceptions=True)
    del slow.get, slow.find
    assert (await engine.create()).status == 201


@pytest.mark.parametrize(("fails", "status"), [(DOWN, 503), (REFUSED, 502)], ids=["down", "refused"])
async def test_an_outage_is_answered_without_the_backend(fails: AdapterError, status: int) -> None:
    slow = Slow()
    engine = Engine(slow, failures_in_row=3)
    made = await engine.create()
    slow.fails = fails
    before = [await engine.send("GET", f"/Users/{made.id}") for _ in range(3)]
    slow.most = 0
    after = [await engine.send(method, path) for method, path in (("GET", f"/Users/{made.id}"), ("GET", "/Users"))]
    after.append(await engine.create("bob@example.com"))
    assert {answer.status for answer in (*before, *after)} == {status}
    assert slow.most == 0, "The backend was asked."
    assert all("retry-after" in answer.headers for answer in after)
    assert all("it is asked again in" in answer.body["detail"] for answer in after)


async def test_every_verb_goes_through_the_gate() -> None:
    gate, down = Gate(Breaker(1, 1, Hands()), 1), Ask(deadline=time.monotonic() + 60)
    assert await asked(gate, DOWN, down)
    backend = Backend(Shelf(), gate)
    for verb in VERBS:
        with pytest.raises(Unavailable, match="asked again"):
            await getattr(backend, verb)(Query(ask=down))
