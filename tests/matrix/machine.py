"""The gateway against a plain dictionary: whatever is asked, fails, is killed or is changed behind its back.

Two gateways share a store and a backend. Each request may meet one fault; its client repeats it as Entra does, or gives
up and looks later what became of it. After every step everything is compared.
"""

from __future__ import annotations

import asyncio
import copy
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from typing import Any, Literal, cast

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from scim.identity.claims import claim_of
from scim.sweeping import sweep
from tests.matrix.faults import Fault, FaultyShelf, FaultyStore, Killed, Kind
from tests.scim.harness import CORE, Answer, Engine, replace_

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


class Provisioning(RuleBasedStateMachine):
    """Rules are what clients, operators and people behind the gateway's back do."""

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
        self._arm(engine, Fault(trouble.kind, trouble.at))
        try:
            answer: Answer | None = self.runner.run(ask(engine))
        except Killed:
            answer = None
            engine.restart()
        self._arm(engine, Fault())
        if answer and answer.status < 429:
            return answer
        assert answer is None or answer.status in (429, 503), answer.body
        return None

    def _arm(self, engine: Engine, fault: Fault) -> None:
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

    # -- clients -----------------------------------------------------------------------------------------------------

    @rule(login=PEOPLE, active=st.booleans(), trouble=TROUBLES)
    def create(self, login: str, active: bool, trouble: Trouble) -> None:
        display = self.show()
        body = {"schemas": [CORE], "userName": login, "displayName": display, "active": active, "externalId": display}
        answer = self.ask(lambda engine: engine.send("POST", "/Users", body), trouble)
        held = self.person(login)
        if held is not None and not held.undecided:
            assert answer is None or answer.status == 409
            return
        if held is not None:
            self.wait(LEASE_OVER)
            self._look(held)
            assert answer is None or answer.status == 409 or (answer.status, answer.id) == (201, held.id)
            return
        if answer is None and trouble.gives_up:
            self.wait(LEASE_OVER)
            self._observe(login)
            return
        found = None
        if answer is None or (answer.status == 409 and trouble.kind == "stale"):
            found = self.find(login)
            answer = self.certainly(
                lambda engine: (
                    engine.patch(str(found["id"]), replace_("displayName", display), replace_("active", active))
                    if found
                    else engine.send("POST", "/Users", body)
                )
            )
        assert answer.status in (200, 201), answer.body
        self._born(login, answer.id, display, active, undecided=found is not None)
        if answer.status == 201:
            self.posted[login.casefold()] = (body, answer.id, self.clock.now)

    @rule(login=PEOPLE, other=st.booleans())
    def create_as_before(self, login: str, other: bool) -> None:
        """The same POST within ten minutes is answered as the first one, for a client that did not hear the answer."""
        person = self.person(login)
        body, id, at = self.posted.get(login.casefold(), ({}, "", 0.0))
        if person is None or person.id != id or self.clock.now - at > 590:
            return
        answer = self.runner.run(self.engines[other].send("POST", "/Users", body))
        assert (answer.status, answer.id) == (201, id), answer.body

    def _born(self, login: str, id: str, display: str, active: bool, *, undecided: bool = False) -> None:
        assert id not in self.gone, "an id that was deleted came back"
        assert id not in {person.id for person in self.people.values()}, "an id of somebody else"
        self.lost = [(record, person) for record, person in self.lost if person.id != id]
        self._taken_over(login)
        self.hidden.pop(login.casefold(), None)
        self.people[login.casefold()] = Person(login, id, self._key(login), display, active, undecided)

    def _taken_over(self, login: str) -> None:
        """Where the login is the key: an account that comes back under a key which others had since is a stranger."""
        if self.login_is_key:
            self.lost = [(record, who) for record, who in self.lost if who.login.casefold() != login.casefold()]

    async def _claimed(self, login: str) -> bool:
        """Whether a create that nobody has finished still speaks for a login: it may take an account over."""
        claims = [claim_of(row) async for row in self.memory.scan("acme.user", "c.")]
        return any(claim.creating and claim.value.casefold() == login.casefold() for claim in claims)

    def _key(self, login: str) -> str:
        keys = [k for k, r in self.shelf.records.items() if str(r["login"]).casefold() == login.casefold()]
        assert len(keys) == 1, f"{len(keys)} accounts of one login"
        return keys[0]

    def _observe(self, login: str) -> None:
        """A client looks later what became of a create that it gave up."""
        if (found := self.find(login)) is None:
            return
        self._born(
            str(found["userName"]), str(found["id"]), str(found.get("displayName", "")), found["active"], undecided=True
        )

    @precondition(lambda self: self.people)
    @rule(data=st.data(), trouble=TROUBLES, active=st.none() | st.booleans(), put=st.booleans())
    def change(self, data: Any, trouble: Trouble, active: bool | None, put: bool) -> None:
        person = self.somebody(data)
        display, wanted = self.show(), person.active if active is None else active
        whole = {"schemas": [CORE], "userName": person.login, "displayName": display, "active": wanted}

        def ask(engine: Engine) -> Coroutine[Any, Any, Answer]:
            if put:
                return engine.send("PUT", f"/Users/{person.id}", whole)
            return engine.patch(person.id, replace_("displayName", display), replace_("active", wanted))

        answer = self.ask(ask, trouble)
        if answer is None and trouble.gives_up:
            self.wait(LEASE_OVER)
            self._look(person)
            return
        answer = answer or self.certainly(ask)
        assert answer.status == 200, answer.body
        person.display, person.active = display, wanted

    def _look(self, person: Person) -> None:
        """A client looks later what became of a change that it gave up: the id still leads to the account."""
        answer = self.certainly(lambda engine: engine.send("GET", f"/Users/{person.id}"))
        assert answer.status == 200, answer.body
        del self.people[person.login.casefold()]
        self.posted.clear()
        person.login, person.display, person.active = (
            answer.body["userName"],
            answer.body.get("displayName", ""),
            answer.body["active"],
        )
        person.key = self._key(person.login)
        self._taken_over(person.login)
        self.people[person.login.casefold()] = person

    @precondition(lambda self: self.people)
    @rule(data=st.data(), to=PEOPLE, trouble=TROUBLES)
    def rename(self, data: Any, to: str, trouble: Trouble) -> None:
        person = self.somebody(data)
        taken = to.casefold() != person.login.casefold() and (
            to.casefold() in self.people or to.casefold() in self.hidden
        )

        def ask(engine: Engine) -> Coroutine[Any, Any, Answer]:
            return engine.patch(person.id, replace_("userName", to))

        answer = self.ask(ask, trouble)
        if trouble.kind != "none":  # a refused rename may fail to put back the done claim that it took over
            self.posted.pop(to.casefold(), None)
        if answer is None and trouble.gives_up:
            self.wait(LEASE_OVER)
            self._look(person)
            return
        if answer is None or (answer.status == 409 and trouble.kind == "stale"):
            answer = self.certainly(ask)
        assert answer.status == (409 if taken else 200), answer.body
        if not taken:
            del self.people[person.login.casefold()]
            self.posted.pop(person.login.casefold(), None)
            self.posted.pop(to.casefold(), None)
            person.login = to
            self._taken_over(to)
            self.people[to.casefold()] = person
            person.key = self._key(to)

    @precondition(lambda self: self.people)
    @rule(data=st.data(), trouble=TROUBLES)
    def delete(self, data: Any, trouble: Trouble) -> None:
        person = self.somebody(data)

        def ask(engine: Engine) -> Coroutine[Any, Any, Answer]:
            return engine.send("DELETE", f"/Users/{person.id}")

        answer = self.ask(ask, trouble)
        if answer is None and trouble.gives_up:
            self.wait(LEASE_OVER)
            if self.certainly(lambda engine: engine.send("GET", f"/Users/{person.id}")).status == 200:
                self._look(person)
                return
        elif answer is None:
            answer = self.certainly(ask)
            assert answer.status in (204, 404)
        else:
            assert answer.status == 204, answer.body
        del self.people[person.login.casefold()]
        if self.policy == "disable":
            self.hidden[person.login.casefold()] = person.key
        certain = answer is not None and answer.status == 204
        if certain or self.policy == "disable" or not self.login_is_key:  # else the map may not know that it is gone
            self.gone.add(person.id)

    @precondition(lambda self: self.gone)
    @rule(data=st.data(), verb=st.sampled_from(["GET", "PATCH", "DELETE"]), trouble=TROUBLES)
    def ask_for_who_is_gone(self, data: Any, verb: str, trouble: Trouble) -> None:
        id = data.draw(st.sampled_from(sorted(self.gone)))
        body = {"schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"], "Operations": [replace_("active", True)]}
        answer = self.ask(lambda e: e.send(verb, f"/Users/{id}", body if verb == "PATCH" else None), trouble)
        assert answer is None or answer.status == 404

    # -- operators ---------------------------------------------------------------------------------------------------

    @rule(other=st.booleans())
    def restart(self, other: bool) -> None:
        self.engines[other].restart()

    @rule(seconds=st.sampled_from([1.0, LEASE_OVER, NOBODY_REPEATS]))
    def pass_time(self, seconds: float) -> None:
        self.wait(seconds)

    @rule(trouble=TROUBLES)
    def sweep(self, trouble: Trouble) -> None:
        """Half swept is as good as not swept; afterwards a whole one leaves nothing that is old."""
        self.settle_searches()
        engine = self.engines[trouble.other]
        self._arm(engine, Fault(trouble.kind, trouble.at))
        try:
            self.runner.run(sweep(engine.service.kinds[0]))
        except Killed:
            engine.restart()
        except Exception as error:
            assert trouble.kind != "none", error
        self._arm(engine, Fault())
        self.wait(NOBODY_REPEATS)
        swept = self.runner.run(sweep(engine.service.kinds[0]))
        assert (swept.failed, swept.waiting) == (0, 0)
        self.runner.run(self._no_claim())
        for person in self.people.values():
            person.undecided = False

    async def _no_claim(self) -> None:
        assert [row.key async for row in self.memory.scan("acme.user", "c.")] == []

    @rule(other=st.booleans())
    def list_everybody(self, other: bool) -> None:
        """A list may be 30 seconds old, so what it shows is looked at elsewhere; it must not do any harm."""
        answer = self.runner.run(self.engines[other].send("GET", "/Users"))
        assert answer.status == 200

    # -- behind the gateway's back -------------------------------------------------------------------------------------

    @precondition(lambda self: self.people)
    @rule(data=st.data())
    def deleted_behind(self, data: Any) -> None:
        person = self.somebody(data)
        del self.people[person.login.casefold()]
        self.lost.append((self.shelf.records.pop(person.key), person))
        self.settle_searches()

    @precondition(lambda self: self.lost)
    @rule()
    def restored_behind(self) -> None:
        record, person = self.lost.pop()
        taken = {str(one["login"]).casefold() for one in self.shelf.records.values()}
        if person.key in self.shelf.records or person.login.casefold() in taken:
            return
        self.shelf.records[person.key] = record
        person.undecided = self.runner.run(self._claimed(person.login))
        self.people[person.login.casefold()] = person
        self.settle_searches()

    @precondition(lambda self: self.people)
    @rule(data=st.data(), active=st.booleans(), display=st.booleans())
    def changed_behind(self, data: Any, active: bool, display: bool) -> None:
        person = self.somebody(data)
        person.active = self.shelf.records[person.key]["enabled"] = active
        if display:
            person.display = self.shelf.records[person.key]["display"] = self.show()
        self.settle_searches()

    @precondition(lambda self: self.people)
    @precondition(lambda self: not self.login_is_key)
    @rule(data=st.data(), to=PEOPLE)
    def renamed_behind(self, data: Any, to: str) -> None:
        person = self.somebody(data)
        taken = {str(one["login"]).casefold() for one in self.shelf.records.values()}
        if to.casefold() in taken:
            return
        del self.people[person.login.casefold()]
        self.posted.clear()
        person.login = self.shelf.records[person.key]["login"] = to
        person.undecided = self.runner.run(self._claimed(to))
        self.people[to.casefold()] = person
        self.settle_searches()

    @rule(login=PEOPLE)
    def created_behind(self, login: str) -> None:
        """A stranger: the gateway gives it an id when it meets it."""
        if any(str(one["login"]).casefold() == login.casefold() for one in self.shelf.records.values()):
            return
        self.number += 1
        key = login if self.login_is_key else f"s{self.number}"
        self.shelf.records[key] = {self.shelf.key: key, "login": login, "enabled": True, "display": "stranger"}
        self.settle_searches()
        found = self.find(login)
        assert found
        self._born(login, found["id"], "stranger", True, undecided=self.runner.run(self._claimed(login)))

    # -- what is always true -------------------------------------------------------------------------------------------

    @invariant()
    def everything_agrees(self) -> None:
        if not hasattr(self, "shelf"):
            return
        logins = [str(record["login"]).casefold() for record in self.shelf.records.values()]
        assert len(logins) == len(set(logins)), "one account for one login"
        assert set(logins) == set(self.people) | set(self.hidden), "no orphan, and nothing is lost"
        for login, key in self.hidden.items():
            assert key in self.shelf.records, login
        self.runner.run(self._compared())

    async def _compared(self) -> None:
        for engine in self.engines:
            for person in self.people.values():
                answer = await engine.send("GET", f"/Users/{person.id}")
                told = answer.body
                assert answer.status == 200, f"{person} is {answer.status}"
                expected = (person.login, person.display, person.active)
                assert (told["userName"], told.get("displayName", ""), told["active"]) == expected
                assert [one["id"] for one in await engine.find(f'userName eq "{person.login}"')] == [person.id]
            for login in self.hidden:
                assert await engine.find(f'userName eq "{login}"') == []
            for id in self.gone:
                assert (await engine.send("GET", f"/Users/{id}")).status == 404
        fresh = Engine(self.shelf, self.memory, on_delete=self.policy)
        listed = (await fresh.send("GET", "/Users")).body["Resources"]
        expected_ids = sorted(person.id for person in self.people.values())
        assert sorted(user["id"] for user in listed) == expected_ids
