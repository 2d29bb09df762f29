"""Creates of accounts that exist already: recognised by name or by `match`, and then refused or adopted."""

from __future__ import annotations

from typing import Any

import pytest

from scim_adapter import Can
from tests.backends import Shelf
from tests.scim.harness import Engine

MAIL = 'emails[type eq "work"].value'
ADA: dict[str, Any] = {"emails": [{"type": "work", "value": "Ada@example.com"}], "externalId": "e1"}


def engine(*match: str, native: bool = True, **options: Any) -> Engine:
    can = Can(filter={"login": frozenset({"eq"}), **({"mail": frozenset({"eq"})} if native else {})}, offset=True)
    one = Engine(Shelf(can=can), match=match, keep=("externalId",), **options)
    one.shelf.records = {"k7": {"key": "k7", "login": "lovelace", "mail": "ada@example.com", "enabled": False}}
    return one


@pytest.mark.parametrize("native", [True, False], ids=["searched natively", "read through"])
async def test_an_account_that_matches_is_a_conflict_by_default_and_is_taken_over_when_asked(native: bool) -> None:
    strict = engine(MAIL, native=native)
    refused = await strict.create("ada", **ADA)
    assert (refused.status, refused.body["scimType"], strict.shelf.writes) == (409, "uniqueness", 0)
    adopting = engine(MAIL, native=native, on_conflict="adopt")
    adopted = await adopting.create("ada", **ADA)
    assert (adopted.status, adopted.body["userName"], adopted.body["active"]) == (201, "ada", True)
    assert adopting.shelf.calls["create"] == 0 and adopting.shelf.records["k7"]["login"] == "ada"


async def test_without_match_only_the_name_counts() -> None:
    one = engine()
    assert (await one.create("ada", **ADA)).status == 201
    assert len(one.shelf.records) == 2 and one.shelf.calls["find"] == 1


async def test_a_kept_external_id_matches_without_asking_the_backend_again() -> None:
    one = engine("externalId", on_conflict="adopt")
    first = await one.create("ada", externalId="e1")
    one.clock.now += 700
    again = await one.create("ada.l", externalId="e1")
    assert (again.status, again.id, again.body["userName"]) == (201, first.id, "ada.l")
    assert (await one.create("bob", externalId="E1")).id != first.id, "externalId is case-sensitive"


async def test_several_accounts_with_the_value_are_a_conflict_that_says_so() -> None:
    one = engine(MAIL, on_conflict="adopt")
    one.shelf.records["k8"] = {"key": "k8", "login": "byron", "mail": "ADA@example.com"}
    answer = await one.create("ada", **ADA)
    assert answer.status == 409 and "Several accounts" in answer.body["detail"]


async def test_a_hidden_account_that_matches_is_used_again() -> None:
    one = engine(MAIL)
    one.shelf.records.clear()
    first = await one.create("ada", **ADA)
    await one.send("DELETE", f"/Users/{first.id}")
    again = await one.create("ada.new", **ADA)
    assert again.status == 201 and again.id != first.id and len(one.shelf.records) == 1
    assert (await one.send("GET", f"/Users/{first.id}")).status == 404


@pytest.mark.parametrize("path", ["title", "shoeSize", "name.middleName"])
def test_what_the_connection_does_not_hold_cannot_match(path: str) -> None:
    with pytest.raises(ValueError, match=r"matched by|No schema"):
        Engine(match=(path,))
