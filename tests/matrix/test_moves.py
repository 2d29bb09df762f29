"""Where the login is the key: a key that moves more than once while somebody follows it."""

from __future__ import annotations

from scim_adapter import Can, Get, Native
from tests.backends import Shelf, lost
from tests.matrix.test_orders import Meanwhile
from tests.scim.harness import Engine, replace_


class Followed(Shelf):
    """Before or after a `get` with a certain number somebody else acts, and is waited for."""

    def __init__(self) -> None:
        super().__init__(key="login", can=Can(filter={"login": frozenset({"eq"})}, offset=True, mutable_key=True))
        self.meanwhile: dict[tuple[str, int], Meanwhile] = {}
        self.gets = 0

    async def get(self, get: Get) -> Native:
        self.gets += 1
        number, self.gets = self.gets, -1000  # whoever acts meanwhile does not count
        try:
            await self._act("before", number)
            return await super().get(get)
        finally:
            await self._act("after", number)
            self.gets = number

    async def _act(self, moment: str, number: int) -> None:
        if act := self.meanwhile.pop((moment, number), None):
            await act()


class Moving:
    """One person, whose key another gateway changes."""

    def __init__(self) -> None:
        self.shelf = Followed()
        self.engine = Engine(self.shelf, write_deadline=5)
        self.other = Engine(self.shelf, self.engine.store, write_deadline=5)

    async def move(self, to: str) -> None:
        assert (await self.other.patch(self.id, replace_("userName", to))).status == 200

    async def move_and_die(self, to: str) -> None:
        """The backend has renamed the account, and the map has not learnt it yet."""
        self.shelf.after["update"] = lost
        assert (await self.other.patch(self.id, replace_("userName", to))).status == 503
        self.shelf.after.clear()

    async def born(self) -> None:
        self.id = (await self.engine.create("ada")).id
        self.shelf.gets = 0

    async def login(self) -> str:
        answer = await self.engine.send("GET", f"/Users/{self.id}")
        return str(answer.body.get("userName", answer.status))


async def test_a_read_that_follows_two_renames_does_not_say_that_somebody_is_gone() -> None:
    """The key is old, then the next key is old too: whoever reads must look at the link once more."""
    moving = Moving()
    await moving.born()
    moving.shelf.meanwhile = {
        ("before", 1): lambda: moving.move_and_die("lovelace"),
        ("before", 2): lambda: moving.move("king"),
    }
    assert await moving.login() == "king"


async def test_a_read_between_a_rename_and_its_way_back_does_not_say_that_somebody_is_gone() -> None:
    moving = Moving()
    await moving.born()
    moving.shelf.meanwhile = {
        ("before", 1): lambda: moving.move("lovelace"),
        ("after", 1): lambda: moving.move("ada"),
    }
    assert await moving.login() == "ada"


async def test_a_read_that_finishes_a_rename_does_not_undo_the_next_one() -> None:
    moving = Moving()
    await moving.born()
    await moving.move_and_die("lovelace")
    moving.shelf.gets = 0
    moving.shelf.meanwhile = {("after", 2): lambda: moving.move("king")}
    await moving.login()
    assert await moving.login() == "king", "the id leads to the account"
