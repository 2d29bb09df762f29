"""What the state machine of identities stands on: two gateways, one backend, and a dictionary of who is there."""

from __future__ import annotations

import asyncio
import copy
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from typing import Any, Literal, cast

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize

from scim.identity.claims import claim_of
from tests.matrix.faults import Fault, FaultyShelf, FaultyStore, Killed, Kind
from tests.scim.harness import Answer, Engine

LOGINS = ("ada", "Bob", "eve")
KINDS: tuple[Kind, ...] = (
    "none", "before", "after", "throttled", "stale", "conflict", "killed before", "killed after",
)  # fmt: skip
LEASE_OVER, NOBODY_REPEATS = 100.0, 700.0


@dataclass
class Person:
    """An account that clients see. `key` is the account's own."""

    login: str
    id: str
    key: str
    display: str
    active: bool
    undecided: bool = False
    """A claim may still speak for the create: another POST of the name may finish it, and is answered 201 then."""


@dataclass(frozen=True)
class Trouble:
    """What goes wrong with one request, and whether its client repeats it."""

    kind: Kind
    at: int
    gives_up: bool
    other: bool
    """Whether the other gateway is asked."""


TROUBLES = st.builds(
    Trouble, st.sampled_from(KINDS), st.integers(min_value=1, max_value=7), st.booleans(), st.booleans()
)
PEOPLE = st.sampled_from(LOGINS)
Ask = Callable[[Engine], Coroutine[Any, Any, Answer]]


class Stage(RuleBasedStateMachine):
    """The gateways and the dictionary; who asks, and what, is said by those who stand on it."""

    def __init__(self) -> None:
        super().__init__()
        self.runner = asyncio.Runner()
        self.people: dict[str, Person] = {}
        self.hidden: dict[str, str] = {}
        """Folded login to key of accounts that were deleted by disabling them."""
        self.gone: set[str] = set()
        self.lost: list[tuple[dict[str, Any], Person]] = []
        """Records that somebody has deleted in the backend, and whose they were."""
        self.posted: dict[str, tuple[dict[str, Any], str, float]] = {}
        """Folded login to the body, id and time of the create that was answered 201."""
        self.number = 0

    @initialize(
        login_is_key=st.booleans(),
        repeatable=st.booleans(),
        partial=st.booleans(),
        policy=st.sampled_from(["disable", "delete"]),
    )
    def start(self, login_is_key: bool, repeatable: bool, partial: bool, policy: Literal["disable", "delete"]) -> None:
        self.login_is_key, self.policy = login_is_key, policy
        self.shelf = FaultyShelf(login_is_key=login_is_key, repeatable=repeatable, partial=partial)
        first = Engine(self.shelf, on_delete=policy, write_deadline=0.3)
        self.memory, self.clock = first.store.inner, first.clock
        self.engines = [first, Engine(self.shelf, on_delete=policy, write_deadline=0.3)]
        for engine in self.engines:
            engine.store.inner = FaultyStore(self.memory)
            engine.restart()

    def teardown(self) -> None:
        self.runner.close()

    # -- asking ------------------------------------------------------------------------------------------------------

    def ask(self, ask: Ask, trouble: Trouble) -> Answer | None:
        """The answer to one request; None for a client that gave up without one."""
        engine = self.engines[trouble.other]
        self.arm(engine, Fault(trouble.kind, trouble.at))
        try:
            answer: Answer | None = self.runner.run(ask(engine))
        except Killed:
            answer = None
            engine.restart()
        self.arm(engine, Fault())
        if answer and answer.status < 429:
            return answer
        assert answer is None or answer.status in (429, 503), answer.body
        return None

    def arm(self, engine: Engine, fault: Fault) -> None:
        self.shelf.fault = cast("FaultyStore", engine.store.inner).fault = fault

    def certainly(self, ask: Ask) -> Answer:
        """The answer of a request that is repeated until it has one."""
        for _ in range(4):
            answer = self.runner.run(ask(self.engines[0]))
            if answer.status != 503:
                return answer
            self.wait(float(answer.headers["retry-after"]))
        raise AssertionError("it never settles")

    def wait(self, seconds: float) -> None:
        self.clock.now += seconds
        self.settle_searches()

    def settle_searches(self) -> None:
        """From now on searches know of everything that was written so far."""
        self.shelf._last = copy.deepcopy(self.shelf.records)

    def somebody(self, data: Any) -> Person:
        return self.people[data.draw(st.sampled_from(sorted(self.people)))]

    def person(self, login: str) -> Person | None:
        return self.people.get(login.casefold())

    def show(self) -> str:
        self.number += 1
        return f"D{self.number}"

    def find(self, login: str) -> dict[str, Any] | None:
        found = self.runner.run(self.engines[0].find(f'userName eq "{login}"'))
        assert len(found) < 2
        return found[0] if found else None

    # -- who is there ------------------------------------------------------------------------------------------------

    def born(self, login: str, id: str, display: str, active: bool, *, undecided: bool = False) -> None:
        assert id not in self.gone, "an id that was deleted came back"
        assert id not in {person.id for person in self.people.values()}, "an id of somebody else"
        self.lost = [(record, person) for record, person in self.lost if person.id != id]
        self.taken_over(login)
        self.hidden.pop(login.casefold(), None)
        self.people[login.casefold()] = Person(login, id, self.key_of(login), display, active, undecided)

    def taken_over(self, login: str) -> None:
        """Where the login is the key: an account that comes back under a key which others had since is a stranger."""
        if self.login_is_key:
            self.lost = [(record, who) for record, who in self.lost if who.login.casefold() != login.casefold()]

    async def claimed(self, login: str) -> bool:
        """Whether a create that nobody has finished still speaks for a login: it may take an account over."""
        claims = [claim_of(row) async for row in self.memory.scan("acme.user", "c.")]
        return any(claim.creating and claim.value.casefold() == login.casefold() for claim in claims)

    def key_of(self, login: str) -> str:
        keys = [k for k, r in self.shelf.records.items() if str(r["login"]).casefold() == login.casefold()]
        assert len(keys) == 1, f"{len(keys)} accounts of one login"
        return keys[0]
