"""Values that are nothing but white space: no name (RFC 7643 4.1.1: non-empty), and a value where none is required."""

from __future__ import annotations

from typing import Any

import pytest

from tests.backends import Circle, Shelf
from tests.scim.harness import CORE, GROUP, Answer, Engine, replace_
from tests.scim.test_kept_names import MAIL_ONLY, SEARCHES

BLANKS = ["   ", "\t\n", "\u00a0\u2003"]
ADA: dict[str, Any] = {"schemas": [CORE], "userName": "ada@x", "name": {"givenName": "Ada"}, "active": True}
NURSES: dict[str, Any] = {"schemas": [GROUP], "displayName": "Nurses"}


def engine() -> Engine:
    return Engine(groups=Circle())


async def refused(under: Engine, answer: Answer, path: str) -> None:
    assert (answer.status, answer.body.get("scimType")) == (400, "invalidValue"), answer.body
    assert answer.body["detail"].startswith(path)
    assert under.shelf.writes == 0 and not [claim async for claim in under.map.claims("User").all()]


@pytest.mark.parametrize("blank", BLANKS)
@pytest.mark.parametrize(
    ("endpoint", "body", "path"),
    [
        ("/Users", ADA, "userName"),
        ("/Users", ADA, "name.givenName"),
        ("/Groups", NURSES, "displayName"),
    ],
    ids=["a login", "what the backend requires", "a group's name"],
)
async def test_a_blank_is_no_value_where_one_is_required(endpoint: str, body: Any, path: str, blank: str) -> None:
    under = engine()
    name, _, sub = path.partition(".")
    wrong = {**body, name: {sub: blank} if sub else blank}
    await refused(under, await under.send("POST", endpoint, wrong), path)
    made = await under.send("POST", endpoint, body)
    for answer in (
        await under.change(f"{endpoint}/{made.id}", replace_(path, blank)),
        await under.change(f"{endpoint}/{made.id}", {"op": "add", "value": {path: blank}}),
        await under.send("PUT", f"{endpoint}/{made.id}", wrong),
    ):
        assert (answer.status, answer.body.get("scimType")) == (400, "invalidValue"), answer.body
        assert path in answer.body["detail"]
    assert (await under.send("GET", f"{endpoint}/{made.id}")).body == made.body


@pytest.mark.parametrize("blank", BLANKS)
async def test_a_name_that_is_kept_in_the_map_is_no_blank_either(blank: str) -> None:
    under = Engine(Shelf(can=SEARCHES, fields=MAIL_ONLY))
    body = {"schemas": [CORE], "userName": blank, "emails": [{"type": "work", "value": "ada@x"}]}
    await refused(under, await under.send("POST", "/Users", body), "userName")
    ada = await under.send("POST", "/Users", {**body, "userName": "ada"})
    for answer in (
        await under.patch(ada.id, replace_("userName", blank)),
        await under.send("PUT", f"/Users/{ada.id}", body),
    ):
        assert (answer.status, answer.body.get("scimType")) == (400, "invalidValue"), answer.body
    assert (await under.send("GET", f"/Users/{ada.id}")).body["userName"] == "ada"


async def test_a_blank_is_a_value_where_none_is_required() -> None:
    under = engine()
    made = await under.create("ada@x", displayName=" ")
    assert (made.status, made.body["displayName"]) == (201, " ")


@pytest.mark.parametrize("login", [" ada@x", "ada@x ", "\tada@x\n"])
async def test_white_space_around_a_name_is_part_of_it(login: str) -> None:
    under = engine()
    await under.create("ada@x")
    made = await under.create(login)
    assert (made.status, made.body["userName"]) == (201, login)
    assert [record["login"] for record in under.shelf.records.values()] == ["ada@x", login]


async def test_who_has_a_blank_name_in_the_backend_is_shown_and_can_be_changed() -> None:
    under = engine()
    under.shelf.records["k7"] = {"key": "k7", "login": " ", "first": "Ada", "enabled": True}
    [shown] = (await under.send("GET", "/Users")).body["Resources"]
    assert shown["userName"] == " "
    assert (await under.patch(shown["id"], replace_("displayName", "Ada"))).status == 200
