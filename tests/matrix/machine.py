"""The gateway against a plain dictionary: whatever is asked, fails, is killed or is changed behind its back.

Two gateways share a store and a backend. Each request may meet one fault; its client repeats it as Entra does, or gives
up and looks later what became of it. After every step everything is compared.
"""

from __future__ import annotations

from hypothesis.stateful import invariant

from tests.matrix.clients import Clients
from tests.matrix.operators import Intruders, Operators
from tests.scim.harness import Engine


class Provisioning(Clients, Operators, Intruders):
    """Everybody at once; what is always true is asserted after every step."""

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
