"""What clients ask for of groups in the matrix: each scene is one request, and what the group must be in the end."""

from __future__ import annotations

from dataclasses import dataclass

import httpx

from tests.matrix.scenes import Case, CreateAgain, Scene
from tests.matrix.world import Client, Json
from tests.scim.harness import GROUP, PATCH_OP

ADA, BOB, CYD = 0, 1, 2
End = tuple[str, tuple[int, ...]]
"""The name of a group, and which of the case's people are in it."""


@dataclass(frozen=True)
class GroupScene(Scene):
    """The plain one: PATCH that adds two members to a group of one. Others differ from it in what they override."""

    display: str = "Ada"

    def end(self, case: Case) -> End | None:
        """What the group is in the end; None when there is none."""
        return case.login, (ADA, BOB, CYD)

    async def prepare(self, client: Client, case: Case) -> None:
        await self.people(client, case)
        case.group = await self.made(client, case, (ADA,))

    async def people(self, client: Client, case: Case) -> None:
        """Three people, of whom the first is the case's own account."""
        await super().prepare(client, case)
        case.people = [case.id]
        for name in ("bob", "cyd"):
            answer = await client.send("POST", "/Users", {**case.body, "userName": f"{name}-{case.login}"})
            case.people.append(answer.json()["id"])

    async def made(self, client: Client, case: Case, members: tuple[int, ...]) -> str:
        """The id of a new group."""
        answer = await client.send("POST", "/Groups", self.whole(case, (case.login, members)))
        assert answer.status_code == 201, answer.text
        return str(answer.json()["id"])

    def whole(self, case: Case, end: End) -> Json:
        """The group in full."""
        name, members = end
        return {"schemas": [GROUP], "displayName": name, "members": _values(case, members)}

    async def ask(self, client: Client, case: Case) -> httpx.Response:
        return await self.change(client, case, _operation("Add", _values(case, (BOB, CYD))))

    async def change(self, client: Client, case: Case, *operations: Json) -> httpx.Response:
        """PATCH of the group."""
        body = {"schemas": [PATCH_OP], "Operations": list(operations)}
        return await client.send("PATCH", f"/Groups/{case.group}", body)

    async def repeat(self, client: Client, case: Case) -> None:
        answer = await self.ask(client, case)
        assert answer.is_success, answer.text
        await self.settled(client, case)

    async def settled(self, client: Client, case: Case) -> None:
        """The group is what it must be: for clients, and in the backend; and there is no other."""
        end = self.end(case)
        mine = {case.login.casefold(), f"{case.login}.new".casefold()}
        held = await case.world.groups(case.connection)
        there = {name: who for name, who in held.items() if name.casefold() in mine}
        found = await client.send("GET", "/Groups", query=f'filter=displayName eq "{end[0] if end else case.login}"')
        if end is None:
            assert (there, found.json()["Resources"]) == ({}, [])
            assert (await client.send("GET", f"/Groups/{case.group}")).status_code == 404
            return
        logins = (case.login, f"bob-{case.login}", f"cyd-{case.login}")
        assert there == {end[0]: {logins[n] for n in end[1]}}
        [told] = found.json()["Resources"]
        assert told["id"] == case.group
        assert {one["value"] for one in told.get("members", [])} == {case.people[n] for n in end[1]}


def _values(case: Case, members: tuple[int, ...]) -> list[Json]:
    return [{"value": case.people[n]} for n in members]


def _operation(op: str, value: object, path: str = "members") -> Json:
    return {"op": op, "path": path, "value": value}


@dataclass(frozen=True)
class CreateGroup(GroupScene):
    """POST; a client that was not answered looks before it repeats, unless it is `blind`."""

    blind: bool = False

    def end(self, case: Case) -> End:
        return case.login, (ADA, BOB)

    async def prepare(self, client: Client, case: Case) -> None:
        await self.people(client, case)
        found = await client.send("GET", "/Groups", query=f'filter=displayName eq "{case.login}"')
        assert found.json()["Resources"] == []

    async def ask(self, client: Client, case: Case) -> httpx.Response:
        return await client.send("POST", "/Groups", self.whole(case, self.end(case)))

    async def repeat(self, client: Client, case: Case) -> None:
        found = await client.send("GET", "/Groups", query=f'filter=displayName eq "{case.login}"')
        if found.json()["Resources"] and not self.blind:
            case.group = found.json()["Resources"][0]["id"]
            added = await self.change(client, case, _operation("Add", _values(case, (ADA, BOB))))
            assert added.is_success, added.text
        else:
            answer = await self.ask(client, case)
            assert answer.status_code == 201, answer.text
            case.group = answer.json()["id"]
        await self.settled(client, case)


@dataclass(frozen=True)
class ReplaceMembers(GroupScene):
    """PATCH that says who all the members are, as Okta does."""

    def end(self, case: Case) -> End:
        return case.login, (BOB, CYD)

    async def ask(self, client: Client, case: Case) -> httpx.Response:
        return await self.change(client, case, _operation("replace", _values(case, (BOB, CYD))))


@dataclass(frozen=True)
class NameAndMembers(GroupScene):
    """PATCH of the name and of members, in and out."""

    def end(self, case: Case) -> End:
        return f"{case.login}.new", (BOB,)

    async def ask(self, client: Client, case: Case) -> httpx.Response:
        out = {"op": "remove", "path": f'members[value eq "{case.people[ADA]}"]'}
        renamed = _operation("Replace", f"{case.login}.new", "displayName")
        return await self.change(client, case, renamed, _operation("Add", _values(case, (BOB,))), out)


@dataclass(frozen=True)
class PutGroup(NameAndMembers):
    """PUT of another name and other members."""

    async def ask(self, client: Client, case: Case) -> httpx.Response:
        return await client.send("PUT", f"/Groups/{case.group}", self.whole(case, self.end(case)))


@dataclass(frozen=True)
class DeleteGroup(GroupScene):
    """DELETE of a group with members."""

    def end(self, case: Case) -> None:
        return None

    async def ask(self, client: Client, case: Case) -> httpx.Response:
        return await client.send("DELETE", f"/Groups/{case.group}")

    async def repeat(self, client: Client, case: Case) -> None:
        answer = await self.ask(client, case)
        assert answer.status_code in (204, 404), answer.text
        await self.settled(client, case)


@dataclass(frozen=True)
class MemberComesBack(CreateAgain):
    """POST of a login whose account was deleted by disabling it while it was in two groups."""

    async def prepare(self, client: Client, case: Case) -> None:
        answer = await client.send("POST", "/Users", {**case.body, "displayName": "Old", "active": True})
        other = await client.send("POST", "/Users", {**case.body, "userName": f"bob-{case.login}"})
        case.people = [answer.json()["id"], other.json()["id"]]
        for name in ("one", "two"):
            body = {"displayName": f"{case.login}.{name}", "members": _values(case, (ADA, BOB))}
            assert (await client.send("POST", "/Groups", body)).status_code == 201
        case.gone.append(case.people[ADA])
        assert (await client.send("DELETE", f"/Users/{case.gone[0]}")).status_code == 204

    async def repeat(self, client: Client, case: Case) -> None:
        await super().repeat(client, case)
        held = await case.world.groups(case.connection)
        mine = {name: who for name, who in held.items() if name.startswith(f"{case.login}.")}
        assert list(mine.values()) == [{f"bob-{case.login}"}] * 2


GROUP_SCENES: dict[str, Scene] = {
    "create of a group": CreateGroup(),
    "create of a group, repeated blindly": CreateGroup(blind=True),
    "PATCH that adds members": GroupScene(),
    "PATCH that replaces members": ReplaceMembers(),
    "PATCH of name and members": NameAndMembers(),
    "PUT of a group": PutGroup(),
    "DELETE of a group": DeleteGroup(),
    "create again of a member of two groups": MemberComesBack(),
}
