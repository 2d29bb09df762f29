"""What somebody may do in the backend behind the gateway's back, and what clients are answered afterwards."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from scim_adapter import Can
from tests.backends import Shelf
from tests.scim.harness import Engine

LOGIN_IS_KEY = Can(filter={"login": frozenset({"eq"})}, offset=True, mutable_key=True)
COLUMNS = ("GET", "PATCH", "PUT", "DELETE", "`userName eq`", "POST")
STAYS = ("200", "200", "200", "204", "the id", "409")
GONE = ("404", "404", "404", "404", "nobody", "201, another id")
Act = Callable[[Engine, str], Awaitable[None]]


@dataclass(frozen=True)
class Event:
    """One row of the table: what happened to ada's account, and the answers about her id and her name."""

    act: Act
    answers: tuple[str, ...]
    login_is_key: bool = False
    asked: str = "ada"
    """The name that is searched for and posted."""

    async def happened(self) -> tuple[Engine, str]:
        """A gateway after the event, and ada's id."""
        shelf = Shelf(key="login", can=LOGIN_IS_KEY) if self.login_is_key else Shelf()
        engine = Engine(shelf, write_deadline=5)
        id = (await engine.create("ada", externalId="e1")).id
        await self.act(engine, id)
        return engine, id


def key(engine: Engine) -> str:
    """Ada's account; it is the first one."""
    return next(iter(engine.shelf.records))


async def deleted(engine: Engine, id: str) -> None:
    del engine.shelf.records[key(engine)]


async def restored(engine: Engine, id: str) -> None:
    record = engine.shelf.records.pop("ada" if engine.shelf.key == "login" else key(engine))
    assert (await engine.send("GET", f"/Users/{id}")).status == 404
    engine.shelf.records[record[engine.shelf.key]] = record


async def renamed(engine: Engine, id: str) -> None:
    record = engine.shelf.records.pop(key(engine))
    record["login"] = "lovelace"
    engine.shelf.records[record[engine.shelf.key]] = record


async def disabled(engine: Engine, id: str) -> None:
    engine.shelf.records[key(engine)]["enabled"] = False


async def enabled_again(engine: Engine, id: str) -> None:
    await hidden(engine, id)
    engine.shelf.records[key(engine)]["enabled"] = True


async def hidden(engine: Engine, id: str) -> None:
    """Deleted by a client; the account is disabled."""
    assert (await engine.send("DELETE", f"/Users/{id}")).status == 204


async def hidden_and_deleted(engine: Engine, id: str) -> None:
    await hidden(engine, id)
    await deleted(engine, id)


async def hidden_and_renamed(engine: Engine, id: str) -> None:
    await hidden(engine, id)
    await renamed(engine, id)


async def replaced(engine: Engine, id: str) -> None:
    """Deleted, and made again with the same login."""
    await deleted(engine, id)
    made = {"key": "k99", "login": "ada", "enabled": True}
    engine.shelf.records[made[engine.shelf.key]] = made  # type: ignore[index]


async def made(engine: Engine, id: str) -> None:
    """Somebody else."""
    engine.shelf.records["k99"] = {"key": "k99", "login": "lovelace", "enabled": True}


BACK = ("404", "404", "404", "404", "nobody", "201, the id")
"""As `GONE`, where the login is the key: the same key is the same account, and has its id again."""
STRANGER = ("another id", "409")
EVENTS: dict[str, Event] = {
    "deleted it": Event(deleted, GONE),
    "deleted it, and restored it later": Event(restored, STAYS),
    "deleted it, and made one with its login": Event(replaced, (*GONE[:4], *STRANGER)),
    "renamed it; asked by the old name": Event(renamed, (*STAYS[:4], "nobody", "201, another id")),
    "renamed it; asked by the new name": Event(renamed, STAYS, asked="lovelace"),
    "disabled it": Event(disabled, STAYS),
    "made another; asked by its name": Event(made, ("200", "200", "409", "204", *STRANGER), asked="lovelace"),
    "enabled it, after a client had deleted it": Event(enabled_again, GONE),
    "deleted it, after a client had deleted it": Event(hidden_and_deleted, GONE),
    "renamed it, after a client had deleted it; asked by the new name": Event(
        hidden_and_renamed, GONE, asked="lovelace"
    ),
    "deleted it, where the login is the key": Event(deleted, BACK, login_is_key=True),
    "deleted it, and made or restored it later, where the login is the key": Event(restored, STAYS, login_is_key=True),
    "renamed it, where the login is the key; asked by the old name": Event(renamed, BACK, login_is_key=True),
    "renamed it, where the login is the key; asked by the new name": Event(
        renamed, (*GONE[:4], *STRANGER), login_is_key=True, asked="lovelace"
    ),
    "deleted it, after a client had deleted it, where the login is the key": Event(
        hidden_and_deleted, GONE, login_is_key=True
    ),
}


def table() -> str:
    """The events as the page shows them."""
    rows = [f"| somebody | {' | '.join(COLUMNS)} |", "|---" * (len(COLUMNS) + 1) + "|"]
    return "\n".join(rows + [f"| {name} | {' | '.join(event.answers)} |" for name, event in EVENTS.items()])
