"""What many clients do at once to groups and their members, and what must be true afterwards."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Awaitable, Sequence

import httpx

from tests.matrix.races import Event, Race, tally
from tests.matrix.world import Json
from tests.scim.harness import GROUP, PATCH_OP

CHANGED = {200, 204}


class Gathering:
    """The groups of a race."""

    def __init__(self, race: Race) -> None:
        self.race = race

    async def people(self, count: int, **values: object) -> list[str]:
        """The ids of new people."""
        return list(await asyncio.gather(*(self.race.made(n, f"p{n}", **values) for n in range(count))))

    async def post(self, n: int, name: str, members: Sequence[str] = ()) -> httpx.Response:
        """POST of a group by the n-th client."""
        body = {"schemas": [GROUP], "displayName": name, "members": [{"value": one} for one in members]}
        return await self.race.client(n).send("POST", "/Groups", body)

    async def made(self, name: str, members: Sequence[str] = ()) -> str:
        """The id of a new group."""
        answer = await self.post(0, self.race.login(name), members)
        assert answer.status_code == 201, answer.text
        return str(answer.json()["id"])

    async def put(self, n: int, group: str, name: str, members: Sequence[str]) -> httpx.Response:
        """PUT of a group by the n-th client."""
        body = {
            "schemas": [GROUP],
            "displayName": self.race.login(name),
            "members": [{"value": one} for one in members],
        }
        return await self.race.client(n).send("PUT", f"/Groups/{group}", body)

    async def patch(self, n: int, group: str, *operations: Json) -> httpx.Response:
        """PATCH of a group by the n-th client."""
        body = {"schemas": [PATCH_OP], "Operations": list(operations)}
        return await self.race.client(n).send("PATCH", f"/Groups/{group}", body)

    async def add(self, n: int, group: str, *members: str) -> httpx.Response:
        """Entra's way to add."""
        return await self.patch(n, group, _change("Add", members))

    async def remove(self, n: int, group: str, member: str) -> httpx.Response:
        """Both of Entra's ways to remove, in turns."""
        flagged = {"op": "remove", "path": f'members[value eq "{member}"]'}
        return await self.patch(n, group, flagged if n % 2 else _change("Remove", [member]))

    async def replace(self, n: int, group: str, members: Sequence[str]) -> httpx.Response:
        """Okta's way to say who all the members are."""
        return await self.patch(n, group, _change("replace", members))

    async def rename(self, n: int, group: str, name: str) -> httpx.Response:
        """Another name."""
        operation = {"op": "Replace", "path": "displayName", "value": self.race.login(name)}
        return await self.patch(n, group, operation)

    async def read(self, group: str) -> tuple[str, set[str]]:
        """Name and members of a group, as every gateway tells them."""
        answers = [await self.race.client(n).send("GET", f"/Groups/{group}") for n in range(len(self.race.gateways))]
        assert {answer.status_code for answer in answers} == {200}
        assert len({answer.text for answer in answers}) == 1, "every gateway tells the same"
        told = answers[0].json()
        members = [one["value"] for one in told.get("members", [])]
        assert len(members) == len(set(members)), "nobody is in it twice"
        return told["displayName"], set(members)

    async def without(self, groups: Sequence[str], gone: str, members: set[str]) -> None:
        """Nobody but these is in the groups. Who deleted a person knows it at once, others show that one for some
        seconds more (docs/explanation/identity-map.md)."""
        for group in groups:
            for n in range(len(self.race.gateways)):
                answer = await self.race.client(n).send("GET", f"/Groups/{group}")
                told = {one["value"] for one in answer.json()["members"]}
                assert told - ({gone} if n else set()) == members

    async def is_gone(self, group: str) -> None:
        """Nobody finds it."""
        for n in range(len(self.race.gateways)):
            assert (await self.race.client(n).send("GET", f"/Groups/{group}")).status_code == 404


def _change(op: str, members: Sequence[str]) -> Json:
    return {"op": op, "path": "members", "value": [{"value": one} for one in members]}


async def all_at_once(*requests: Awaitable[httpx.Response]) -> list[httpx.Response]:
    """The answers, in the order of the requests."""
    return list(await asyncio.gather(*requests))


def succeeded(answers: Sequence[httpx.Response]) -> None:
    """Every request was done."""
    assert tally(answers).keys() <= CHANGED, [answer.text for answer in answers if answer.status_code not in CHANGED]


async def adds(race: Race) -> None:
    """Everybody adds somebody: all are in it."""
    gathering = Gathering(race)
    ids = await gathering.people(race.size)
    group = await gathering.made("group")
    succeeded(await all_at_once(*(gathering.add(n, group, id) for n, id in enumerate(ids))))
    assert (await gathering.read(group))[1] == set(ids)


async def adds_against_removals(race: Race) -> None:
    """Some are added and some removed by everybody at once."""
    gathering, half = Gathering(race), race.size // 2
    ids = await gathering.people(race.size)
    group = await gathering.made("group", ids[:half])
    out = (gathering.remove(n, group, id) for n, id in enumerate(ids[:half]))
    into = (gathering.add(n, group, id) for n, id in enumerate(ids[half:]))
    succeeded(await all_at_once(*(one for pair in zip(out, into, strict=False) for one in pair)))
    assert (await gathering.read(group))[1] == set(ids[half:])


async def replacements_against_adds(race: Race) -> None:
    """Who was added is in it, or was there before a replacement; who is in every replacement is in it."""
    gathering, half = Gathering(race), race.size // 2
    ids = await gathering.people(race.size + 2)
    stays, before, others = ids[0], ids[1], ids[2:]
    group = await gathering.made("group", [before])
    replaced = (gathering.replace(n, group, [stays]) for n in range(half))
    added = (gathering.add(n + 1, group, id) for n, id in enumerate(others[:half]))
    succeeded(await all_at_once(*(one for pair in zip(replaced, added, strict=True) for one in pair)))
    _, members = await gathering.read(group)
    assert {stays} <= members <= {stays, *others[:half]}
    succeeded([await gathering.add(0, group, others[-1])])
    assert (await gathering.read(group))[1] == {*members, others[-1]}


async def replacements(race: Race) -> None:
    """The members are those of one of them, never a mixture: by PATCH and by PUT."""
    gathering = Gathering(race)
    ids = await gathering.people(race.size)
    group = await gathering.made("group")
    wanted = [{ids[n], ids[(n + 1) % race.size]} for n in range(race.size)]

    async def one(n: int) -> httpx.Response:
        if n % 2:
            return await gathering.replace(n, group, sorted(wanted[n]))
        return await gathering.put(n, group, "group", sorted(wanted[n]))

    succeeded(await all_at_once(*map(one, range(race.size))))
    assert (await gathering.read(group))[1] in wanted


async def puts_against_patches(race: Race) -> None:
    """A PUT says name and members; what else is there was added after it, or is the name of after it."""
    gathering, half = Gathering(race), race.size // 2
    ids = await gathering.people(race.size + 1)
    group = await gathering.made("group", [ids[-1]])
    puts = (gathering.put(n, group, "put", [ids[0]]) for n in range(half))
    patches = (gathering.add(n + 1, group, id) for n, id in enumerate(ids[1 : half + 1]))
    succeeded(await all_at_once(*(one for pair in zip(puts, patches, strict=True) for one in pair)))
    name, members = await gathering.read(group)
    assert name == race.login("put") and {ids[0]} <= members <= set(ids[: half + 1])


async def renames_against_adds(race: Race) -> None:
    """No member is lost by a new name, and no new name by a member."""
    gathering, half = Gathering(race), race.size // 2
    ids = await gathering.people(half)
    group = await gathering.made("group")
    renamed = (gathering.rename(n, group, f"name{n}") for n in range(race.size - half))
    added = (gathering.add(n + 1, group, id) for n, id in enumerate(ids))
    succeeded(await all_at_once(*renamed, *added))
    name, members = await gathering.read(group)
    assert members == set(ids) and name in {race.login(f"name{n}") for n in range(race.size - half)}


async def deletion_of_the_group_against_adds(race: Race) -> None:
    """Who is told so is in a group that was deleted later; nobody is told so afterwards."""
    gathering = Gathering(race)
    ids = await gathering.people(race.size)
    group, other = await gathering.made("group", ids[:1]), await gathering.made("other", ids)

    async def one(n: int) -> httpx.Response:
        if n % 3 == 0:
            return await race.client(n).send("DELETE", f"/Groups/{group}")
        return await gathering.add(n, group, ids[n])

    answers = await all_at_once(*map(one, range(race.size)))
    assert tally(answers[::3]).keys() <= {204, 404} and tally(answers[::3])[204] == 1
    assert tally(answers).keys() <= {200, 204, 404}
    await gathering.is_gone(group)
    assert (await gathering.add(0, group, ids[0])).status_code == 404
    assert (await gathering.read(other))[1] == set(ids), "its members are where else they were"
    again = await gathering.made("group")
    assert again != group and (await gathering.read(again))[1] == set()


async def deletion_of_a_person_against_adds(race: Race) -> None:
    """Who is deleted is in no group, also when they come back."""
    gathering = Gathering(race)
    [ada, bob] = await gathering.people(2, displayName="P")
    groups = [await gathering.made(f"group{n}", [bob]) for n in range(race.size)]

    async def one(n: int) -> httpx.Response:
        if n % 3 == 0:
            return await race.client(n).send("DELETE", f"/Users/{ada}")
        return await gathering.add(n, groups[n], ada)

    answers = await all_at_once(*map(one, range(race.size)))
    assert tally(answers[::3]).keys() <= {204, 404} and tally(answers).keys() <= {200, 204, 400, 404}
    for answer in answers:
        assert answer.status_code != 400 or answer.json()["scimType"] == "invalidValue", answer.text
    await gathering.without(groups, ada, {bob})
    again = await race.made(0, "p0", displayName="again")
    assert again != ada
    await gathering.without(groups, ada, {bob})


async def one_person_into_many_groups(race: Race) -> None:
    """Where the backend keeps a person's groups in one list, nobody undoes what another did to it."""
    gathering, half = Gathering(race), race.size // 2
    ids = await gathering.people(2)
    groups = [await gathering.made(f"group{n}", ids if n < half else []) for n in range(race.size)]
    out = (gathering.remove(n, group, ids[n % 2]) for n, group in enumerate(groups[:half]))
    into = (gathering.add(n, group, *ids) for n, group in enumerate(groups[half:]))
    succeeded(await all_at_once(*out, *into))
    for n, group in enumerate(groups):
        expected = {ids[1 - n % 2]} if n < half else set(ids)
        assert (await gathering.read(group))[1] == expected, n


async def one_name_for_many_groups(race: Race) -> None:
    """There is one group of a name, however it is written (RFC 7643 4.2 and Entra: displayName is unique)."""
    gathering = Gathering(race)
    [ada] = await gathering.people(1)
    name = race.login("Group")
    spelled = [name, name.upper(), name.lower(), name.title()]
    answers = await all_at_once(*(gathering.post(n, spelled[n % 4], [ada][: n % 3]) for n in range(race.size)))
    told = tally(answers)
    assert told.keys() <= {201, 409} and told[201] >= 1
    [won] = {answer.json()["id"] for answer in answers if answer.status_code == 201}
    found = await race.client(1).send("GET", "/Groups", query=f'filter=displayName eq "{name}"&attributes=id')
    assert [one["id"] for one in found.json()["Resources"]] == [won]
    page = await race.client(2).send("GET", "/Groups", query="count=1000&attributes=displayName")
    names = Counter(one["displayName"].casefold() for one in page.json()["Resources"])
    assert names[name.casefold()] == 1


async def renames_onto_one_group_name(race: Race) -> None:
    """One group gets the name, the others keep theirs, and all keep their members."""
    gathering = Gathering(race)
    ids = await gathering.people(race.size)
    groups = [await gathering.made(f"group{n}", [id]) for n, id in enumerate(ids)]
    answers = await all_at_once(*(gathering.rename(n, group, "won") for n, group in enumerate(groups)))
    assert tally(answers) == Counter({200: 1, 409: race.size - 1})
    for n, group in enumerate(groups):
        name = "won" if answers[n].status_code == 200 else f"group{n}"
        assert await gathering.read(group) == (race.login(name), {ids[n]})


GATHERINGS: Sequence[Event] = (
    adds,
    adds_against_removals,
    replacements_against_adds,
    replacements,
    puts_against_patches,
    renames_against_adds,
    deletion_of_the_group_against_adds,
    deletion_of_a_person_against_adds,
    one_person_into_many_groups,
    one_name_for_many_groups,
    renames_onto_one_group_name,
)
BACKENDS = ("directory", "directory-delete", "lists", "poor", "kintone")
"""`directory` adds and removes members, `lists` replaces lists under a version, `poor` whole records under a turn, and
`kintone` writes all groups of one person."""
