"""What many clients do at once, and what must be true afterwards."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import httpx

from tests.matrix.world import Client, Json, World
from tests.scim.harness import CORE, PATCH_OP

ATTRIBUTES = ("displayName", "title", "nickName", "locale", "userType", "timezone")


@dataclass
class Race:
    """Many clients of one connection, spread over all gateways, with logins of their own."""

    world: World
    gateways: Sequence[str]
    connection: str
    size: int
    mark: str
    told: Counter[int] = field(default_factory=Counter)

    def client(self, n: int) -> Client:
        """The n-th client."""
        return self.world.client(self.gateways[n % len(self.gateways)], self.connection, self.told)

    def login(self, name: object) -> str:
        """A login of this race."""
        return f"{name}.{self.mark}@x"

    async def create(self, n: int, name: object, **values: Any) -> httpx.Response:
        """POST by the n-th client."""
        body = {"schemas": [CORE], "userName": self.login(name), "active": True, **values}
        answer = await self.client(n).send("POST", "/Users", body)
        if answer.status_code == 409:
            assert await self.account(name), "409 although nobody has the name"
        return answer

    async def made(self, n: int, name: object, **values: Any) -> str:
        """The id of a new account."""
        answer = await self.create(n, name, **values)
        assert answer.status_code == 201, answer.text
        return str(answer.json()["id"])

    async def patch(self, n: int, id: str, **values: Any) -> httpx.Response:
        """PATCH of attributes by the n-th client."""
        operations = [{"op": "Replace", "path": path, "value": value} for path, value in values.items()]
        body = {"schemas": [PATCH_OP], "Operations": operations}
        answer = await self.client(n).send("PATCH", f"/Users/{id}", body)
        if answer.status_code == 409:
            assert await self.world.has(self.connection, values["userName"]), "409 although nobody has the name"
        return answer

    async def account(self, name: object) -> Json | None:
        """The account of a login in the backend; there is never more than one."""
        found = [one for one in await self.world.accounts(self.connection) if one["login"] == self.login(name)]
        assert len(found) < 2
        return found[0] if found else None

    async def read(self, id: str) -> Json:
        """A resource, as every gateway tells it."""
        answers = [await self.client(n).send("GET", f"/Users/{id}") for n in range(len(self.gateways))]
        assert {answer.status_code for answer in answers} == {200}, "every gateway finds it"
        assert len({answer.text for answer in answers}) == 1
        resource: Json = answers[0].json()
        return resource

    async def leads(self, name: object, id: str) -> None:
        """The name leads to this id everywhere, and the id to the name."""
        for n in range(len(self.gateways)):
            assert [user["id"] for user in await self.client(n).find(self.login(name))] == [id]
        assert (await self.read(id))["userName"] == self.login(name)


def tally(answers: Sequence[httpx.Response]) -> Counter[int]:
    """How often each status was answered."""
    return Counter(answer.status_code for answer in answers)


async def one_name_one_body(race: Race) -> None:
    """All are answered 201 with one id."""
    answers = await asyncio.gather(*(race.create(n, "ada", displayName="Ada") for n in range(race.size)))
    assert tally(answers) == {201: race.size}
    [id] = {answer.json()["id"] for answer in answers}
    await race.leads("ada", id)


async def one_name_many_bodies(race: Race) -> None:
    """One wins, and the account is as the winner said."""
    answers = await asyncio.gather(*(race.create(n, "ada", displayName=f"Ada {n}") for n in range(race.size)))
    assert tally(answers) == Counter({201: 1, 409: race.size - 1})
    [winner] = [answer.json() for answer in answers if answer.status_code == 201]
    await race.leads("ada", winner["id"])
    assert (await race.read(winner["id"]))["displayName"] == winner["displayName"]


async def disjoint_people(race: Race) -> None:
    """Nobody is in anybody's way: created, renamed, changed."""

    async def life(n: int) -> None:
        id = await race.made(n, n)
        assert (await race.patch(n + 1, id, userName=race.login(f"new{n}"))).status_code == 200
        assert (await race.patch(n + 2, id, displayName=f"D{n}")).status_code == 200
        await race.leads(f"new{n}", id)

    await asyncio.gather(*map(life, range(race.size)))


async def renames_onto_one_name(race: Race) -> None:
    """One gets the name, and the others keep theirs."""
    ids = [await race.made(n, n) for n in range(race.size)]
    answers = await asyncio.gather(*(race.patch(n, id, userName=race.login("won")) for n, id in enumerate(ids)))
    assert tally(answers) == Counter({200: 1, 409: race.size - 1})
    for n, id in enumerate(ids):
        await race.leads("won" if answers[n].status_code == 200 else n, id)


async def renames_against_creates(race: Race) -> None:
    """The name has one account in the end, and everybody is told whose it is."""
    half = race.size // 2
    ids = [await race.made(n, n) for n in range(half)]
    renames = (race.patch(n, id, userName=race.login("won")) for n, id in enumerate(ids))
    creates = (race.create(n + 1, "won", displayName="Won") for n in range(race.size - half))
    answers = await asyncio.gather(*(one for pair in zip(renames, creates, strict=False) for one in pair))
    renamed, created = tally(answers[::2]), tally(answers[1::2])
    assert renamed[200] + renamed[409] == half and created[201] + created[409] == half
    assert renamed[200] + min(1, created[201]) == 1, (renamed, created)
    won = {answer.json()["id"] for answer in answers if answer.is_success}
    assert len(won) == 1
    await race.leads("won", won.pop())


async def deletes_against_changes(race: Race) -> None:
    """Who is deleted stays deleted and disabled, whatever else was asked."""
    id = await race.made(0, "ada", active=False)

    async def one(n: int) -> httpx.Response:
        if n % 2:
            return await race.client(n).send("DELETE", f"/Users/{id}")
        return await race.patch(n, id, **{"active": True} if n % 4 else {"displayName": f"D{n}"})

    answers = await asyncio.gather(*map(one, range(race.size)))
    assert tally(answers[1::2]).keys() <= {204, 404} and 204 in tally(answers[1::2])
    assert tally(answers[::2]).keys() <= {200, 404}
    account = await race.account("ada")
    assert account and not account["enabled"]
    for n in range(len(race.gateways)):
        assert (await race.client(n).send("GET", f"/Users/{id}")).status_code == 404
        assert await race.client(n).find(race.login("ada")) == []


async def deletes_against_creates(race: Race) -> None:
    """The same login comes and goes: an id that was deleted never comes back, and there is one account."""

    async def life(n: int) -> set[str]:
        deleted = set()
        for round in range(3):
            answer = await race.create(n, "ada", displayName=f"{n}.{round}")
            if answer.status_code == 201:
                id = answer.json()["id"]
                gone = await race.client(n).send("DELETE", f"/Users/{id}")
                assert gone.status_code in (204, 404)
                deleted.add(id)
        return deleted

    lives = await asyncio.gather(*map(life, range(race.size)))
    assert await race.account("ada")
    for id in set().union(*lives):
        assert (await race.client(0).send("GET", f"/Users/{id}")).status_code == 404
    last = await race.made(0, "ada", displayName="last")
    assert last not in set().union(*lives)
    await race.leads("ada", last)


async def changes_of_different_attributes(race: Race) -> None:
    """No update is lost."""
    id = await race.made(0, "ada")

    async def one(n: int) -> httpx.Response:
        return await race.patch(n, id, **{ATTRIBUTES[n % len(ATTRIBUTES)]: f"v{n}"})

    answers = await asyncio.gather(*map(one, range(race.size)))
    assert tally(answers) == {200: race.size}
    resource = await race.read(id)
    for place, attribute in enumerate(ATTRIBUTES[: race.size]):
        values = {f"v{n}" for n in range(place, race.size, len(ATTRIBUTES))}
        assert resource.get(attribute) in values, f"{attribute} was lost"


async def renames_of_one_person(race: Race) -> None:
    """Whatever name comes last, the id leads to the one account."""
    id = await race.made(0, "ada")

    async def one(n: int) -> httpx.Response:
        if n % 2:
            return await race.patch(n, id, displayName=f"D{n}")
        return await race.patch(n, id, userName=race.login(f"n{n}"))

    answers = await asyncio.gather(*map(one, range(race.size)))
    assert tally(answers) == {200: race.size}
    login = (await race.read(id))["userName"]
    mine = [one["login"] for one in await race.world.accounts(race.connection) if race.mark in one["login"]]
    assert mine == [login]


async def lists_against_changes(race: Race) -> None:
    """Lists meet everybody for the first time while each is changed or deleted: nobody is lost or doubled."""
    for n in range(race.size):
        race.world.plant(race.connection, race.login(n))

    async def shown(n: int) -> None:
        for _ in range(3):
            page = await race.client(n).send("GET", "/Users", query="count=1000")
            told = [(user["id"], user["userName"]) for user in page.json()["Resources"]]
            assert len({id for id, _ in told}) == len({login for _, login in told}) == len(told)

    async def changed(n: int) -> tuple[str, str]:
        [user] = await race.client(n).find(race.login(n))
        assert (await race.patch(n + 1, user["id"], externalId=f"e{n}")).status_code == 200
        if n % 3 == 0:
            assert (await race.client(n + 2).send("DELETE", f"/Users/{user['id']}")).status_code == 204
            return user["id"], ""
        if n % 3 == 1:
            assert (await race.patch(n + 2, user["id"], userName=race.login(f"new{n}"))).status_code == 200
        return user["id"], f"new{n}" if n % 3 == 1 else str(n)

    both = [one for n in range(race.size) for one in (shown(n), changed(n))]
    for id, name in [pair for pair in await asyncio.gather(*both) if pair]:
        if name:
            await race.leads(name, id)
            assert (await race.read(id))["externalId"]
        else:
            assert (await race.client(0).send("GET", f"/Users/{id}")).status_code == 404


Event = Callable[[Race], Awaitable[None]]
RACES: dict[Event, tuple[str, ...]] = {
    one_name_one_body: ("directory", "ledger", "logins", "replicon"),
    one_name_many_bodies: ("directory", "ledger", "replicon"),
    disjoint_people: ("directory", "ledger", "logins", "poor", "replicon"),
    renames_onto_one_name: ("directory", "ledger", "logins", "poor", "replicon"),
    renames_against_creates: ("ledger", "logins", "replicon"),
    deletes_against_changes: ("directory", "ledger", "ledger-whole", "replicon"),
    deletes_against_creates: ("ledger", "logins", "replicon"),
    changes_of_different_attributes: ("directory", "ledger", "ledger-whole", "poor"),
    renames_of_one_person: ("directory", "ledger", "logins", "ledger-whole", "replicon"),
    lists_against_changes: ("ledger", "logins", "ledger-delete", "logins-delete"),
}
"""Each race, and the connections that it is run on: `directory` has versions, `ledger`, `logins` and `replicon` write
parts without versions, `ledger-whole` and `poor` write whole records and lists under a turn."""
