"""Kintone's groups under the engine: members are merged into what each user has, and nobody's other groups change."""

from __future__ import annotations

import asyncio
import json
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterator
from functools import partial
from typing import Any

import httpx
import pytest
import pytest_asyncio

from gateway.stores.memory import MemoryStore
from scim_adapter import Ask, Delta, Get, Invalid, New, NotFound, Query, Unavailable
from simulators.kintone import Simulator, running
from simulators.kintone.site import ADMINISTRATORS, EVERYONE
from tests.adapters.kintone_wire import Gateway, Meddling
from tests.adapters.opening import opening
from tests.scim.harness import PATCH_OP


@pytest.fixture(scope="module")
def server() -> Iterator[Simulator]:
    with running() as simulator:
        yield simulator


@pytest_asyncio.fixture
async def gateway(server: Simulator) -> AsyncIterator[Callable[..., Gateway]]:
    """A gateway with the given settings before a site with three people, who are in a group of their own."""
    server.site.reset()
    _people(server, 3)
    async with opening(partial(Gateway, server)) as opened:
        yield opened


def _people(server: Simulator, count: int) -> None:
    club = server.site.add_group("club", "The club")
    for n in range(count):
        server.site.add({"code": f"user{n}", "name": f"User {n}"}).groups = [club.id]


async def _ids(gateway: Gateway) -> list[str]:
    """The SCIM ids of the people, in their order."""
    found = (await gateway.send("GET", "/Users", query="count=1000&filter=userName%20sw%20%22user%22")).body
    return [user["id"] for user in sorted(found["Resources"], key=lambda user: int(user["userName"][4:]))]


def held(gateway: Gateway, login: str) -> set[str]:
    """The codes of a user's groups."""
    return set(gateway.accounts[login]["groups"])


def members(answer: Any) -> list[str]:
    return sorted(member["value"] for member in answer.body.get("members", []))


async def test_members_come_and_go_and_their_other_groups_stay(gateway: Callable[..., Gateway]) -> None:
    one = gateway()
    one.simulator.site.switches.set({"everyone_in_put": "refused"})
    ids = await _ids(one)
    team = await one.group("Sales", ids[0], ids[1])
    assert (team.status, members(team)) == (201, sorted(ids[:2]))
    assert held(one, "user0") == {"club", "Sales"}
    assert (await one.amend(team.id, "add", ids[2])).status == 204
    assert (await one.amend(team.id, "remove", ids[0])).status == 204
    assert members(await one.send("GET", f"/Groups/{team.id}")) == sorted(ids[1:])
    assert [held(one, f"user{n}") for n in range(3)] == [{"club"}, {"club", "Sales"}, {"club", "Sales"}]
    assert (await one.send("DELETE", f"/Groups/{team.id}")).status == 204
    assert held(one, "user1") == {"club"}


async def test_the_gateways_own_account_stays_an_administrator(gateway: Callable[..., Gateway]) -> None:
    one = gateway()
    [chiefs] = [
        group
        for group in (await one.send("GET", "/Groups")).body["Resources"]
        if group["displayName"] == ADMINISTRATORS
    ]
    own = (await one.send("GET", "/Users", query="filter=userName%20eq%20%22scim.gateway%22")).body["Resources"][0][
        "id"
    ]
    chief, *_ = [one["value"] for one in chiefs["members"] if one["value"] != own]
    for path, value in ((f'members[value eq "{own}"]', None), ("members", [{"value": own}]), ("members", None)):
        removal = {"op": "remove", "path": path} | ({"value": value} if value else {})
        refused = await one.send("PATCH", f"/Groups/{chiefs['id']}", {"schemas": [PATCH_OP], "Operations": [removal]})
        assert (refused.status, "stays among the administrators" in refused.body["detail"]) == (400, True), path
    assert (await one.send("DELETE", f"/Groups/{chiefs['id']}")).status == 400
    assert held(one, "scim.gateway") == {ADMINISTRATORS}
    assert (await one.amend(chiefs["id"], "remove", chief)).status == 204, "others come and go"


@pytest.mark.parametrize("cap", [0, 1])
async def test_everyone_is_no_group_of_ours(gateway: Callable[..., Gateway], cap: int) -> None:
    """And a page that holds nothing else is not the end of the list."""
    one = gateway()
    one.simulator.site.switches.set({"page_cap": cap})
    one.simulator.site.groups["99999999999999999999"] = one.simulator.site.add_group("last", "Last")
    one.simulator.site.groups["99999999999999999999"].id = "99999999999999999999"
    listed = (await one.send("GET", "/Groups")).body
    assert {group["displayName"] for group in listed["Resources"]} == {"Administrators", "The club", "Last"}
    groups = one.adapter.groups
    with pytest.raises(NotFound):
        await groups.get(Get(EVERYONE))
    with pytest.raises(NotFound):
        await groups.amend(Delta(EVERYONE, {}, "members", ["1"]))


@pytest.mark.slow
@pytest.mark.parametrize("count", [110])
async def test_many_members_cost_what_is_stated(gateway: Callable[..., Gateway], server: Simulator, count: int) -> None:
    server.site.reset()
    _people(server, count)
    one = gateway()
    team = await one.group("Sales")
    keys = [user.id for user in server.site.users.values() if user.code.startswith("user")]
    group = next(group.id for group in server.site.groups.values() if group.code == "Sales")
    one.settle()
    one.calls()
    groups = one.adapter.groups
    await groups.amend(Delta(group, {}, "members", keys))
    assert one.calls() == {"GET groups": 1, "GET users": 2, "GET user/groups": count, "PUT user/groups": count}
    one.settle()
    await groups.amend(Delta(group, {}, "members", keys[:101], []))
    assert one.calls() == {"GET groups": 1, "GET users": 2, "GET user/groups": 101}, (
        "who is in it already costs no write"
    )
    found = await groups.get(Get(group))
    assert len(found["members"]) == count
    assert one.calls() == {"GET groups": 1, "GET group/users": 3}
    await groups.get(Get(group, frozenset({"id", "name"})))
    assert one.calls() == {"GET groups": 1}, "members that nobody wants are not read"
    assert team.status == 201


async def test_at_most_ten_reads_and_two_writes_are_under_way(gateway: Callable[..., Gateway]) -> None:
    busy, most = Counter[str](), Counter[str]()

    class Watching(Meddling):
        async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
            busy[request.method] += 1
            most[request.method] = max(most[request.method], busy[request.method])
            try:
                await asyncio.sleep(0.01)
                return await super().handle_async_request(request)
            finally:
                busy[request.method] -= 1

    api = gateway(transport=Watching()).adapter.groups.api
    content = {"code": "user0", "groups": []}
    await asyncio.gather(*(api.read("users", {"size": 1}, Ask()) for _ in range(30)))
    await asyncio.gather(*(api.write("PUT", "user/groups", content, Ask()) for _ in range(10)))
    assert most == {"GET": 10, "PUT": 2}


async def test_a_call_that_finds_no_place_in_its_time_is_told_so(gateway: Callable[..., Gateway]) -> None:
    api = gateway().adapter.groups.api
    content = {"code": "user0", "groups": []}
    async with api._writes, api._writes:
        with pytest.raises(Unavailable, match="took the time"):
            await api.write("PUT", "user/groups", content, Ask(deadline=time.monotonic() + 0.2))
    await api.write("PUT", "user/groups", content, Ask())


async def test_members_that_come_again_on_every_page_are_the_end(gateway: Callable[..., Gateway]) -> None:
    one = gateway()
    ids = await _ids(one)
    team = (await one.group("Sales", *ids)).id
    page = {"users": [{"id": "5", "code": "user0", "name": "User 0"}, {"code": "dirty"}]}
    one.inject({"operation": "GET group/users", "status": 200, "body": json.dumps(page), "times": 9})
    one.calls()
    assert len((await one.send("GET", f"/Groups/{team}")).body["members"]) == 1
    assert one.calls()["GET group/users"] == 2


async def test_groups_that_get_the_same_user_at_once_both_have_it(gateway: Callable[..., Gateway]) -> None:
    one = gateway()
    ids = await _ids(one)
    teams = [(await one.group(f"Team {n}")).id for n in range(8)]
    await asyncio.gather(*(one.amend(team, "add", ids[0]) for team in teams))
    assert held(one, "user0") == {"club", *(f"Team {n}" for n in range(8))}
    await asyncio.gather(*(one.amend(team, "remove" if n % 2 else "add", ids[0]) for n, team in enumerate(teams)))
    assert held(one, "user0") == {"club", *(f"Team {n}" for n in range(0, 8, 2))}


async def test_processes_that_change_the_same_user_at_once_undo_nothing(
    gateway: Callable[..., Gateway], server: Simulator
) -> None:
    """Two gateways with one map: while the first has read the user's groups and not yet written them, the second adds
    the user to another group."""
    store = MemoryStore()
    one, other = gateway(store=store), gateway(store=store)
    ids = await _ids(one)
    teams = [(await one.group(name)).id for name in ("Sales", "Tokyo")]
    await _ids(other)
    tasks: list[asyncio.Task[Any]] = []

    async def meanwhile() -> None:
        tasks.append(asyncio.create_task(other.amend(teams[1], "add", ids[0])))
        await asyncio.wait(tasks, timeout=0.3)

    one.meddling.before("PUT", meanwhile)
    assert (await one.amend(teams[0], "add", ids[0])).status == 204
    assert (await tasks[0]).status == 204
    assert held(one, "user0") == {"club", "Sales", "Tokyo"}


async def test_a_change_that_was_cut_off_is_completed_by_its_repeat(gateway: Callable[..., Gateway]) -> None:
    one = gateway()
    ids = await _ids(one)
    team = (await one.group("Sales")).id
    one.inject({"operation": "PUT user/groups", "status": 0, "times": 1})
    one.inject({"operation": "PUT user/groups", "status": 503, "times": 6})
    assert (await one.amend(team, "add", *ids)).status == 503
    one.simulator.site.faults.clear()
    assert (await one.amend(team, "add", *ids)).status == 204
    assert all("Sales" in held(one, f"user{n}") for n in range(3))


@pytest.mark.parametrize(
    ("why", "fault"),
    [
        ("the create's answer was lost", {"operation": "POST groups", "after_effect": True, "cut": True}),
        ("a member failed", {"operation": "PUT user/groups", "status": 503, "times": 6}),
    ],
)
async def test_a_repeat_finishes_a_group_that_was_cut_off(
    gateway: Callable[..., Gateway], why: str, fault: dict[str, Any]
) -> None:
    one = gateway()
    ids = await _ids(one)
    one.inject(fault)
    assert (await one.group("Sales", *ids)).status == 503
    one.simulator.site.faults.clear()
    team = await one.group("Sales", *ids)
    assert (team.status, members(team)) == (201, sorted(ids))
    assert [group.name for group in one.simulator.site.groups.values()].count("Sales") == 1


async def test_a_group_keeps_its_code_and_an_older_code_is_no_obstacle(gateway: Callable[..., Gateway]) -> None:
    one = gateway()
    first = (await one.group("Sales")).id
    assert (await one.replace(first, {"displayName": "Marketing"}, "/Groups")).status == 200
    again = await one.group("Sales")
    assert again.status == 201
    codes = {group.name: group.code for group in one.simulator.site.groups.values()}
    assert codes["Marketing"] == "Sales"
    assert codes["Sales"].startswith("Sales-")
    assert (await one.group("SALES")).status == 409
    assert (await one.replace(first, {"displayName": "sales"}, "/Groups")).status == 409


async def test_a_long_name_and_its_twin_fit_into_a_code(gateway: Callable[..., Gateway]) -> None:
    one = gateway()
    name = "x" * 128
    first = (await one.group(name)).id
    await one.replace(first, {"displayName": "short"}, "/Groups")
    assert (await one.group(name)).status == 201
    for refused in (await one.group("y" * 129), await one.group("Sa\0les")):
        assert (refused.status, "displayName" in refused.body["detail"]) == (400, True)


async def test_a_name_that_kintone_refuses_twice_is_409(gateway: Callable[..., Gateway]) -> None:
    """Somebody makes the group between the engine's look and the create."""
    for unique in (False, True):
        one = gateway()
        site = one.simulator.site
        site.switches.set({"group_names_unique": unique})
        name = f"Sales {unique}"
        one.meddling.before("POST", partial(site.add_group, "other" if unique else name, name))
        made = await one.group(name)
        assert (made.status, made.body["scimType"]) == (409, "uniqueness")


async def test_members_who_are_unknown_are_refused_or_left_out(gateway: Callable[..., Gateway]) -> None:
    one = gateway()
    ids = await _ids(one)
    team = (await one.group("Sales", ids[0])).id
    key = next(group.id for group in one.simulator.site.groups.values() if group.name == "Sales")
    with pytest.raises(Invalid) as caught:
        await one.adapter.groups.amend(Delta(key, {}, "members", [str(n) for n in range(900, 915)]))
    assert ("900" in caught.value.message, "and 5 more" in caught.value.message) == (True, True)
    await one.adapter.groups.amend(Delta(key, {}, "members", [], ["900"]))
    with pytest.raises(NotFound):
        await one.adapter.groups.amend(Delta("900", {}, "members", [], []))
    assert members(await one.send("GET", f"/Groups/{team}")) == [ids[0]]


async def test_a_group_is_not_made_for_members_who_are_unknown(gateway: Callable[..., Gateway]) -> None:
    one = gateway()
    with pytest.raises(Invalid):
        await one.adapter.groups.create(New({"name": "Sales", "members": [{"value": "900"}]}))
    assert "Sales" not in [group.name for group in one.simulator.site.groups.values()]


async def test_another_group_than_was_made_is_no_answer(gateway: Callable[..., Gateway]) -> None:
    one = gateway()
    club = next(group for group in one.simulator.site.groups.values() if group.code == "club")
    body = json.dumps({"groups": [club.shown()]})
    one.inject({"operation": "GET groups", "status": 0, "times": 2})  # the look before the create
    one.inject({"operation": "GET groups", "status": 200, "body": body})
    assert (await one.group("Sales")).status == 503
    assert (await one.group("Sales")).status == 201


async def test_a_group_without_an_id_does_not_break_the_list(gateway: Callable[..., Gateway]) -> None:
    one = gateway()
    body = json.dumps({"groups": [{"code": "dirty"}, {"id": "77", "code": "odd", "name": "Odd"}]})
    one.inject({"operation": "GET groups", "status": 200, "body": body})
    assert [group["id"] for group in (await one.adapter.groups.find(Query())).records] == ["77"]


async def test_disabled_members_that_kintone_does_not_show_stay(gateway: Callable[..., Gateway]) -> None:
    one = gateway()
    ids = await _ids(one)
    team = (await one.group("Sales", *ids)).id
    one.simulator.site.switches.set({"group_users_disabled": "hidden"})
    await one.replace(ids[0], {"active": False})
    body = {"displayName": "Sales", "members": [{"value": ids[1]}]}
    answer = await one.send("PUT", f"/Groups/{team}", body)
    assert (answer.status, members(answer)) == (200, [ids[1]])
    await one.replace(ids[0], {"active": True})
    assert members(await one.send("GET", f"/Groups/{team}")) == sorted(ids[:2])


async def test_a_login_or_code_that_is_changed_meanwhile_is_read_again(gateway: Callable[..., Gateway]) -> None:
    one = gateway()
    ids = await _ids(one)
    team = (await one.group("Sales")).id
    group = next(group for group in one.simulator.site.groups.values() if group.name == "Sales")
    one.meddling.before("PUT", partial(one.simulator.site.rename, "user0", "moved"))
    assert (await one.amend(team, "add", ids[0])).status == 204
    assert held(one, "moved") == {"club", "Sales"}
    one.meddling.before("PUT", partial(setattr, group, "code", "other"))
    assert (await one.amend(team, "add", ids[1])).status == 204
    assert held(one, "user1") == {"club", "other"}
    one.meddling.before("PUT", partial(one.simulator.site.drop_group, group))
    assert (await one.amend(team, "add", ids[2])).status == 404


async def test_a_group_renamed_or_removed_in_kintone_is_seen(gateway: Callable[..., Gateway]) -> None:
    one = gateway()
    site = one.simulator.site
    team = (await one.group("Sales")).id
    group = next(group for group in site.groups.values() if group.name == "Sales")

    def recode() -> None:
        group.code = "moved"

    one.meddling.before("PUT", recode)
    assert (await one.replace(team, {"displayName": "Sale"}, "/Groups")).body["displayName"] == "Sale"
    assert (group.code, group.name) == ("moved", "Sale")
    site.drop_group(group)
    assert (await one.replace(team, {"displayName": "Sal"}, "/Groups")).status == 404
    assert (await one.send("DELETE", f"/Groups/{team}")).status == 404
    assert not [g for g in (await one.adapter.groups.find(Query())).records if g["code"] == "moved"]
