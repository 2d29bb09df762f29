"""What clients ask for in the matrix: each scene is one request, what comes before it, and how Entra repeats it."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import httpx

from tests.matrix.world import Client, Json, Mortal
from tests.scim.harness import CORE, PATCH_OP

BODY = {"schemas": [CORE], "displayName": "Ada", "active": False, "externalId": "e1"}


@dataclass
class Case:
    """One run of a scene: whose it is, and what its client remembers."""

    world: Mortal
    connection: str
    scene: str
    run: str
    point: tuple[int, str] = (0, "-")
    """The call at which the gateway dies."""
    id: str = ""
    gone: list[str] = field(default_factory=list)
    """Ids that must be 404 at the end."""
    group: str = ""
    people: list[str] = field(default_factory=list)
    before: str = ""
    """The id that must still be the account's at the end."""

    def __str__(self) -> str:
        at, moment = self.point
        return f"{self.scene} killed {moment} call {at}"

    @property
    def late(self) -> bool:
        """Whether a sweep comes before the repeat."""
        return self.run == "late"

    @property
    def login(self) -> str:
        """A login of this case's own."""
        at, moment = self.point
        return f"{self.scene.replace(' ', '-').replace(',', '')}.{self.run}.{at}.{moment}@x".casefold()

    @property
    def body(self) -> Json:
        return {**BODY, "userName": self.login}


@dataclass(frozen=True)
class Scene:
    """The plain one: PATCH of `displayName`. Others differ from it in what they override."""

    visible: bool = True
    """Whether the account is seen at the end."""
    stands: bool = True
    """Whether there is an account at the end."""
    display: str = "Grace"
    enabled: bool = False

    def name(self, case: Case) -> str:
        """The login of the account at the end."""
        return case.login

    async def prepare(self, client: Client, case: Case) -> None:
        """What comes before."""
        answer = await client.send("POST", "/Users", case.body)
        assert answer.status_code == 201, answer.text
        case.id = case.before = answer.json()["id"]

    async def ask(self, client: Client, case: Case) -> httpx.Response:
        """The request itself."""
        return await self.patch(client, case, {"displayName": "Grace"})

    async def repeat(self, client: Client, case: Case) -> None:
        """The same again, until it is certain."""
        answer = await self.ask(client, case)
        assert answer.status_code == 200, answer.text

    async def patch(self, client: Client, case: Case, values: Json) -> httpx.Response:
        operations = [{"op": "Replace", "path": path, "value": value} for path, value in values.items()]
        return await client.send("PATCH", f"/Users/{case.id}", {"schemas": [PATCH_OP], "Operations": operations})


@dataclass(frozen=True)
class Create(Scene):
    """POST; a client that was not answered looks before it repeats, unless it is `blind`."""

    blind: bool = False
    display: str = "Ada"

    async def prepare(self, client: Client, case: Case) -> None:
        assert await client.find(case.login) == []

    async def ask(self, client: Client, case: Case) -> httpx.Response:
        return await client.send("POST", "/Users", case.body)

    async def repeat(self, client: Client, case: Case) -> None:
        found = [] if self.blind else await client.find(case.login)
        if found:
            case.id = found[0]["id"]
            values = {"displayName": "Ada", "externalId": "e1", "active": False}
            assert (await self.patch(client, case, values)).status_code == 200
            return
        answer = await self.ask(client, case)
        if answer.status_code == 409 and case.late:  # a POST of yesterday: the sweep has linked the account meanwhile
            await replace(self, blind=False).repeat(client, case)
            return
        assert answer.status_code == 201, answer.text
        case.id = answer.json()["id"]


@dataclass(frozen=True)
class CreateAgain(Create):
    """POST of a login whose account was deleted by disabling it."""

    async def prepare(self, client: Client, case: Case) -> None:
        answer = await client.send("POST", "/Users", {**case.body, "displayName": "Old", "active": True})
        case.gone.append(answer.json()["id"])
        assert (await client.send("DELETE", f"/Users/{case.gone[0]}")).status_code == 204
        assert await client.find(case.login) == []


@dataclass(frozen=True)
class Adopt(Create):
    """POST of a login that somebody has given to an account in the backend, on a connection that takes it over."""

    async def prepare(self, client: Client, case: Case) -> None:
        await super().prepare(client, case)
        case.world.plant(case.connection, case.login)


@dataclass(frozen=True)
class Rename(Scene):
    """PATCH of `userName` and another attribute."""

    def name(self, case: Case) -> str:
        return f"{case.login}.new"

    async def ask(self, client: Client, case: Case) -> httpx.Response:
        return await self.patch(client, case, {"userName": self.name(case), "displayName": "Grace"})


@dataclass(frozen=True)
class Keep(Scene):
    """PATCH of nothing but what the map keeps."""

    display: str = "Ada"

    async def ask(self, client: Client, case: Case) -> httpx.Response:
        return await self.patch(client, case, {"externalId": "e2"})

    async def repeat(self, client: Client, case: Case) -> None:
        await super().repeat(client, case)
        for value, ids in (("e2", [case.id]), ("e1", [])):
            answer = await client.send("GET", "/Users", query=f'filter=externalId eq "{value}"')
            found = [user["id"] for user in answer.json()["Resources"] if user["userName"] == case.login]
            assert found == ids, f"{value} leads to {found}"


@dataclass(frozen=True)
class Put(Scene):
    """PUT of the whole resource."""

    async def ask(self, client: Client, case: Case) -> httpx.Response:
        body = {**case.body, "displayName": "Grace", "id": case.id}
        return await client.send("PUT", f"/Users/{case.id}", body)


@dataclass(frozen=True)
class Disable(Scene):
    """PATCH of `active`."""

    display: str = "Ada"

    async def prepare(self, client: Client, case: Case) -> None:
        answer = await client.send("POST", "/Users", {**case.body, "active": True})
        case.id = case.before = answer.json()["id"]

    async def ask(self, client: Client, case: Case) -> httpx.Response:
        return await self.patch(client, case, {"active": "False"})


@dataclass(frozen=True)
class Delete(Disable):
    """DELETE."""

    visible: bool = False

    async def ask(self, client: Client, case: Case) -> httpx.Response:
        return await client.send("DELETE", f"/Users/{case.id}")

    async def repeat(self, client: Client, case: Case) -> None:
        answer = await self.ask(client, case)
        assert answer.status_code in (204, 404), answer.text
        case.gone, case.id, case.before = [case.id], "", ""


@dataclass(frozen=True)
class FirstSight(Scene):
    """`userName eq` of an account that the gateway has never seen."""

    display: str = "Planted"
    enabled: bool = True

    async def prepare(self, client: Client, case: Case) -> None:
        assert await client.find(f"nobody-{case.login}") == []
        case.world.plant(case.connection, case.login)

    async def ask(self, client: Client, case: Case) -> httpx.Response:
        return await client.send("GET", "/Users", query=f'filter=userName eq "{case.login}"')

    async def repeat(self, client: Client, case: Case) -> None:
        [found] = await client.find(case.login)
        case.id = found["id"]


SCENES: dict[str, Scene] = {
    "create": Create(),
    "create, repeated blindly": Create(blind=True),
    "create again": CreateAgain(),
    "create again, repeated blindly": CreateAgain(blind=True),
    "create that adopts": Adopt(),
    "create that adopts, repeated blindly": Adopt(blind=True),
    "first sight": FirstSight(),
    "PATCH": Scene(),
    "PATCH of a kept attribute": Keep(),
    "PATCH of active": Disable(),
    "PATCH of the userName": Rename(),
    "PUT": Put(),
    "DELETE": Delete(),
    "DELETE for good": Delete(stands=False),
}
