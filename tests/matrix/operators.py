"""What operators do, time, and people behind the gateway's back."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from scim.sweeping import sweep
from tests.matrix.faults import Fault, Killed
from tests.matrix.stage import LEASE_OVER, NOBODY_REPEATS, PEOPLE, TROUBLES, Stage, Trouble


class Operators(Stage):
    """Restarts, time, sweeps and lists."""

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
        self.arm(engine, Fault(trouble.kind, trouble.at))
        try:
            self.runner.run(sweep(engine.service.kinds[0]))
        except Killed:
            engine.restart()
        except Exception as error:
            assert trouble.kind != "none", error
        self.arm(engine, Fault())
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


class Intruders(Stage):
    """Changes of the backend that the gateway is not told of."""

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
        person.undecided = self.runner.run(self.claimed(person.login))
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
        person.undecided = self.runner.run(self.claimed(to))
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
        self.born(login, found["id"], "stranger", True, undecided=self.runner.run(self.claimed(login)))
