"""Two requests at once that give one kept name to two accounts: one of them gets it, whatever the other does."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from scim.sweeping import sweep
from scim_adapter import Can, Change, Native, New
from tests.backends import Shelf
from tests.scim.harness import Answer, Engine, replace_
from tests.scim.test_kept_names import MAIL_ONLY, SEARCHES, WORK, ids, made, person

BOTH = [replace_("userName", "same@corp"), replace_(WORK, "new@x.example")]


class Gated(Shelf):
    """Nobody comes back from a write before `waited` of them are under way, or a moment is over."""

    waited = 1

    def __init__(self, can: Can = SEARCHES) -> None:
        super().__init__(can=can, fields=MAIL_ONLY)
        self.under_way = 0

    async def _meet(self) -> None:
        self.under_way += 1
        for _ in range(30):
            if self.under_way >= self.waited:
                return
            await asyncio.sleep(0.01)

    async def create(self, new: New) -> Native | str:
        await self._meet()
        return await super().create(new)

    async def update(self, change: Change) -> Native | None:
        await self._meet()
        return await super().update(change)


Ask = Callable[[Engine, str], Awaitable[Answer]]


async def create(engine: Engine, id: str) -> Answer:
    return await made(engine, "same@corp", f"{id or 'c'}@x.example")


async def name(engine: Engine, id: str) -> Answer:
    return await engine.patch(id, replace_("userName", "SAME@corp"))


async def rename(engine: Engine, id: str) -> Answer:
    return await engine.patch(id, *BOTH)


async def put(engine: Engine, id: str) -> Answer:
    return await engine.send("PUT", f"/Users/{id}", person("same@corp", f"{id}@x.example"))


PAIRS: list[tuple[Ask, Ask]] = [(create, create), (create, name), (create, rename), (put, name), (rename, put)]


@pytest.mark.parametrize(
    "can", [SEARCHES, Can(offset=True, partial=False)], ids=["searches", "lists and whole records"]
)
@pytest.mark.parametrize("pair", PAIRS, ids=lambda pair: " and ".join(one.__name__ for one in pair))
async def test_one_name_is_given_once(pair: tuple[Ask, Ask], can: Can) -> None:
    shelf = Gated(can)
    here = Engine(shelf, write_deadline=10)
    there = Engine(shelf, here.store.inner, write_deadline=10)
    people = [(await made(here, f"p{n}@corp", f"p{n}@x.example")).id for n in range(2)]
    shelf.waited, shelf.under_way = 2, 0
    answers = await asyncio.gather(pair[0](here, people[0]), pair[1](there, people[1]))
    assert sorted(answer.status // 100 for answer in answers) == [2, 4], [answer.body for answer in answers]
    assert {answer.status for answer in answers} & {409}
    found = await here.find('userName eq "same@corp"')
    won = next(answer for answer in answers if answer.status < 300)
    assert [one["id"] for one in found] == [won.id]
    assert not [claim async for claim in here.map.claims("User").all() if claim.state != "done"]


async def test_of_twenty_creates_one_has_the_name_and_one_account_is_made() -> None:
    shelf = Gated()
    shelf.waited = 2
    here = Engine(shelf, write_deadline=20)
    there = Engine(shelf, here.store.inner, write_deadline=20)
    asked = (made(engine, "same@corp", f"{n}@x.example") for n, engine in enumerate([here, there] * 10))
    assert sorted(answer.status for answer in await asyncio.gather(*asked)) == [201, *[409] * 19]
    assert len(shelf.records) == 1


async def test_the_same_create_twice_at_once_is_one_account() -> None:
    shelf = Gated()
    here = Engine(shelf, write_deadline=10)
    there = Engine(shelf, here.store.inner, write_deadline=10)
    answers = await asyncio.gather(made(here), made(there))
    assert ({answer.status for answer in answers}, len({answer.id for answer in answers})) == ({201}, 1)


async def test_changes_that_cross_do_not_wait_for_each_other() -> None:
    """Each wants the name and the address that the other one gives up or asks for."""
    shelf = Gated(Can(filter=SEARCHES.filter, offset=True, partial=False))
    here = Engine(shelf, write_deadline=10)
    there = Engine(shelf, here.store.inner, write_deadline=10)
    ada, eve = [(await made(here, f"{n}@corp", f"{n}@x.example")).id for n in ("ada", "eve")]
    answers = await asyncio.gather(
        *(engine.patch(id, *BOTH) for engine in (here, there) for id in (ada, eve)),
        made(here, "same@corp", "new@x.example"),
        made(there, "same@corp", "new@x.example"),
    )
    assert {answer.status for answer in answers} <= {200, 201, 409}, "nobody's time was over"
    assert len(await ids(here, 'userName eq "same@corp"')) == 1


async def test_a_name_that_a_kill_left_claimed_is_free_after_its_lease() -> None:
    engine = Engine(Shelf(can=SEARCHES, fields=MAIL_ONLY))
    claims = engine.map.claims("User")
    await engine.service.kinds[0].prepare()
    await claims.take(claims.wanted(engine.map.claim_key("userName", "ada@corp"), "ada@corp", "a killed one's"))
    early = await made(engine)
    assert (early.status, engine.shelf.records) == (503, {}) and int(early.headers["retry-after"]) > 60
    engine.clock.now += 91
    assert (await made(engine)).status == 201
    await claims.take(claims.wanted(engine.map.claim_key("userName", "eve@corp"), "eve@corp", "another's"))
    engine.clock.now += 3600
    swept: Any = await sweep(engine.service.kinds[0])
    assert (swept.dropped, swept.failed) == (1, 0)
    assert not [claim async for claim in claims.all()]


async def test_what_a_claim_on_a_name_costs() -> None:
    engine = Engine(Shelf(can=SEARCHES, fields=MAIL_ONLY))
    await engine.service.kinds[0].prepare()
    await engine.counted()
    ada = await made(engine)
    assert await engine.counted() == {"write": 4, "scan": 1}, "two more than a create has"
    await engine.patch(ada.id, replace_("userName", "ADA@corp"))
    assert (await engine.counted())["write"] == 1, "the case of its letters is the holder's own matter"
    await engine.patch(ada.id, replace_("userName", "eve@corp"))
    assert (await engine.counted())["write"] == 3
