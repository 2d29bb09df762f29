"""Attributes with several values that the backend holds as a whole list."""

from __future__ import annotations

from typing import Any

import pytest

from scim_adapter import Can, Field
from tests.backends import Shelf
from tests.scim.harness import Engine, replace_

WORK = {"type": "work", "value": "ada@example.com", "primary": True}
HOME = {"type": "home", "value": "ada@home.example", "display": "Home"}
ADDRESS = {"type": "work", "streetAddress": "1 Main St", "locality": "Oslo", "country": "NO"}


def engine(*, native: bool = True, scalars: bool = False) -> Engine:
    emails = Field("mails", many=True)
    if scalars:
        emails = Field("mails", write=lambda values: [one["value"] for one in values])
    fields = {
        "userName": Field("login", unique="backend"),
        "emails": emails,
        "addresses": Field("places"),
        "roles": Field("roles"),
        "phoneNumbers": Field("phones"),
    }
    filters = {"login": frozenset({"eq"}), **({"mails": frozenset({"eq"})} if native else {})}
    return Engine(Shelf(can=Can(filter=filters, offset=True), fields=fields))


async def test_all_values_with_all_their_parts_come_back_as_sent() -> None:
    one = engine()
    sent: dict[str, Any] = {
        "emails": [WORK, HOME],
        "addresses": [ADDRESS],
        "roles": [{"value": "admin", "primary": True}],
    }
    answer = await one.create("ada", **sent)
    assert {name: answer.body[name] for name in sent} == sent
    assert one.shelf.records["k1"]["mails"] == [WORK, HOME]
    read = await one.send("GET", f"/Users/{answer.id}")
    assert {name: read.body[name] for name in sent} == sent


OTHER = {"type": "other", "value": "o@x"}
CHANGES: list[tuple[str, dict[str, Any], list[dict[str, Any]] | None]] = [
    ("one value by its type", replace_('emails[type eq "work"].value', "new@x"), [{**WORK, "value": "new@x"}, HOME]),
    ("a value of a new type", replace_('emails[type eq "other"].value', "o@x"), [WORK, HOME, OTHER]),
    ("removed by type", {"op": "Remove", "path": 'emails[type eq "home"]'}, [WORK]),
    ("added", {"op": "Add", "path": "emails", "value": [OTHER]}, [WORK, HOME, OTHER]),
    ("replaced as a whole", replace_("emails", [HOME]), [HOME]),
    ("removed as a whole", {"op": "Remove", "path": "emails"}, None),
    ("the primary mark moves", {"op": "add", "path": "emails", "value": [{**HOME, "primary": True, "type": "other"}]},
     [{**WORK, "primary": False}, HOME, {**HOME, "primary": True, "type": "other"}]),
]  # fmt: skip


@pytest.mark.parametrize(("why", "operation", "mails"), CHANGES, ids=[row[0] for row in CHANGES])
async def test_a_change_of_one_value_writes_the_list_as_it_then_is(why: str, operation: Any, mails: Any) -> None:
    one = engine()
    id = (await one.create("ada", emails=[WORK, HOME], roles=[{"value": "r"}])).id
    answer = await one.patch(id, operation)
    assert answer.body.get("emails") == mails
    assert one.shelf.changes[-1].set == {"mails": mails}


async def test_another_order_of_the_same_values_is_no_change() -> None:
    one = engine()
    id = (await one.create("ada", emails=[WORK, HOME])).id
    await one.patch(id, replace_("emails", [HOME, WORK]))
    assert one.shelf.calls["update"] == 0


@pytest.mark.parametrize(("native", "scalars"), [(True, False), (False, False), (True, True)])
@pytest.mark.parametrize(
    ("filter", "found"),
    [
        ('emails[type eq "work"].value eq "ADA@example.com"', ["ada"]),
        ('emails[type eq "work" and value eq "ada@example.com"]', ["ada"]),
        ('emails[type eq "home"].value eq "ada@example.com"', []),
        ('emails.value eq "bob@example.com"', ["bob"]),
        ('emails eq "bob@example.com"', ["bob"]),
        ('emails.value co "example"', ["ada", "bob"]),
        ('emails.type eq "home"', ["ada"]),
    ],
)
async def test_people_are_found_by_one_of_several_values(
    native: bool, scalars: bool, filter: str, found: list[str]
) -> None:
    if scalars and "type" in filter:
        found = []  # a backend that holds plain values has no types
    one = engine(native=native, scalars=scalars)
    await one.create("ada", emails=[WORK, HOME])
    await one.create("bob", emails=[{"type": "work", "value": "bob@example.com"}])
    assert [user["userName"] for user in await one.find(filter)] == found


async def test_a_native_search_reads_only_what_it_finds() -> None:
    one = engine()
    for n in range(30):
        await one.create(f"u{n}", emails=[{"type": "work", "value": f"u{n}@x"}])
    one.shelf.calls.clear()
    await one.find('emails[type eq "work"].value eq "u7@x"')
    assert one.shelf.queries[-1].where[0].values == ("u7@x",)
