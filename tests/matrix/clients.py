"""What clients ask of the gateways; what fails they repeat as Entra does, or they give up and look later."""

from __future__ import annotations

from collections.abc import Coroutine
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from tests.matrix.stage import LEASE_OVER, PEOPLE, TROUBLES, Person, Stage, Trouble
from tests.scim.harness import CORE, Answer, Engine, replace_


class Clients(Stage):
    """Requests, each with what may go wrong at it."""

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
        self.born(login, answer.id, display, active, undecided=found is not None)
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

    def _observe(self, login: str) -> None:
        """A client looks later what became of a create that it gave up."""
        if (found := self.find(login)) is None:
            return
        self.born(
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
        person.key = self.key_of(person.login)
        self.taken_over(person.login)
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
            self.taken_over(to)
            self.people[to.casefold()] = person
            person.key = self.key_of(to)

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
