"""A display name costs no write in every cycle, whatever its form, the company's, and the connection's."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from typing import Any

import pytest
import stamina

from adapters.replicon.names import REMEMBERED, DisplayNames, Form, says_no_more, shown
from simulators.replicon import Simulator, running
from tests.adapters.replicon_wire import PASSWORD, WRITE, Gateway

FORMS: dict[Form, str] = {
    "given-family": "Ada Love",
    "family-given": "Love Ada",
    "family-comma-given": "Love, Ada",
}
STYLES = ["family_given", "given_family", "as_sent"]


@pytest.fixture(scope="module")
def server() -> Iterator[Simulator]:
    with running(password=PASSWORD) as simulator:
        yield simulator


@pytest.fixture
def simulator(server: Simulator) -> Iterator[Simulator]:
    server.company.reset()
    with stamina.set_testing(True, attempts=3, cap=True):
        yield server


@pytest.mark.parametrize(
    ("why", "text", "first", "last", "same"),
    [
        ("as one says it", "Ada Love", "Ada", "Love", True),
        ("as Replicon makes it", "Love, Ada", "Ada", "Love", True),
        ("without a blank", "Love,Ada", "Ada", "Love", True),
        ("in another case", "LOVE, Ada", "Ada", "Love", True),
        ("with more blanks", "  Ada \t Love ", "Ada", "Love", True),
        ("names of several words", "de Souza, Ana Maria", "Ana Maria", "de Souza", True),
        ("in Japanese, without a blank", "田中葵", "葵", "田中", True),
        ("in Japanese, with a wide blank", "田中　葵", "葵", "田中", True),
        ("composed and decomposed", "Zoe\u0308 Mu\u0308ller", "Zoë", "Müller", True),
        ("a hyphen for a last name", "-, Ada", "Ada", "-", True),
        ("no last name", "Ada", "Ada", "-", True),
        ("a title", "Dr. Ada Love", "Ada", "Love", False),
        ("an addition", "Ada Love (guest)", "Ada", "Love", False),
        ("less than the names", "Ada", "Ada", "Love", False),
        ("another name", "Ada Lovelace", "Ada", "Love", False),
        ("nothing", "", "Ada", "Love", False),
        ("nobody", "", None, None, False),
        ("no names", "Ada", None, None, False),
    ],
)
def test_what_says_no_more_than_the_names(why: str, text: str, first: str | None, last: str | None, same: bool) -> None:
    assert says_no_more(text, first, last) is same


@pytest.mark.parametrize(
    ("form", "text", "told"),
    [
        *[(form, text, wanted) for form, wanted in FORMS.items() for text in FORMS.values()],
        *[(form, "Countess", "Countess") for form in FORMS],
        *[("as-sent", text, text) for text in (*FORMS.values(), "Countess")],
    ],
)
def test_a_name_is_shown_in_the_form_of_the_connection(form: Form, text: str, told: str) -> None:
    assert shown(text, "Ada", "Love", form) == told


@pytest.mark.parametrize("form", FORMS)
def test_who_has_one_name_is_shown_by_it(form: Form) -> None:
    assert shown("-, Ada", "Ada", "-", form) == "Ada"


class Provider:
    """An identity provider that compares and sends what differs, once in each cycle."""

    def __init__(self, gateway: Gateway, id: str, wanted: str) -> None:
        self.gateway, self.id, self.wanted = gateway, id, wanted
        self.patches = self.writes = 0

    async def cycle(self) -> None:
        user = (await self.gateway.send("GET", f"/Users/{self.id}")).body
        if user.get("displayName") != self.wanted:
            self.patches += 1
            assert (await self.gateway.replace(self.id, {"displayName": self.wanted})).status == 200
        self.writes += self.gateway.calls().get(WRITE, 0)


async def cycles(simulator: Simulator, settings: dict[str, Any], wanted: str, **options: Any) -> Provider:
    """A person made with a display name, and four cycles."""
    gateway = Gateway(simulator, settings, **options)
    made = await gateway.create(name={"givenName": "Ada", "familyName": "Love"}, displayName=wanted)
    assert made.status == 201
    gateway.calls()
    provider = Provider(gateway, made.id, wanted)
    for _ in range(4):
        await provider.cycle()
    await gateway.adapter.aclose()
    return provider


@pytest.mark.parametrize("style", STYLES)
@pytest.mark.parametrize("form", FORMS)
async def test_a_client_of_the_connections_form_sees_no_difference(
    simulator: Simulator, form: Form, style: str
) -> None:
    simulator.company.switches.set({"display_name_style": style})
    provider = await cycles(simulator, {"display_name": form}, FORMS[form])
    assert (provider.patches, provider.writes) == (0, 0)


@pytest.mark.slow
@pytest.mark.parametrize("style", STYLES)
@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("wanted", [*FORMS.values(), "LOVE Ada"])
async def test_a_client_of_another_form_causes_no_write(
    simulator: Simulator, wanted: str, form: Form, style: str
) -> None:
    simulator.company.switches.set({"display_name_style": style})
    assert (await cycles(simulator, {"display_name": form}, wanted)).writes == 0


@pytest.mark.parametrize("form", [*FORMS, "as-sent"])
@pytest.mark.parametrize("wanted", ["Ada Love (guest)", "Countess"])
async def test_a_name_that_says_more_is_held_where_the_company_holds_it(
    simulator: Simulator, wanted: str, form: str
) -> None:
    simulator.company.switches.set({"display_name_style": "as_sent"})
    provider = await cycles(simulator, {"display_name": form}, wanted)
    assert (provider.patches, provider.writes) == (0, 0)


@pytest.mark.parametrize("form", [*FORMS, "as-sent"])
@pytest.mark.parametrize("style", ["family_given", "given_family"])
async def test_a_name_that_says_more_is_written_once_where_the_company_does_not_hold_it(
    simulator: Simulator, style: str, form: str, caplog: pytest.LogCaptureFixture
) -> None:
    simulator.company.switches.set({"display_name_style": style})
    provider = await cycles(simulator, {"display_name": form}, "Countess of Love")
    assert (provider.patches, provider.writes) == (4, 1)
    assert caplog.text.count('display_name = "off"') == 1
    assert "Countess" not in caplog.text


@pytest.mark.parametrize("style", STYLES)
@pytest.mark.parametrize("wanted", [*FORMS.values(), "Countess of Love"])
async def test_a_name_that_is_not_mapped_is_kept_by_the_gateway(simulator: Simulator, wanted: str, style: str) -> None:
    simulator.company.switches.set({"display_name_style": style})
    provider = await cycles(simulator, {"display_name": "off"}, wanted, keep=("externalId", "displayName"))
    assert (provider.patches, provider.writes) == (0, 0)
    assert [user.displayName for user in simulator.company.users.values()] == [None, None]


async def test_a_name_that_is_not_mapped_and_not_kept_is_named_in_the_answer(simulator: Simulator) -> None:
    gateway = Gateway(simulator, {"display_name": "off"})
    made = await gateway.create(displayName="Countess")
    assert "displayName" not in made.body
    assert made.headers["x-scimgate-ignored"] == "displayName"
    await gateway.adapter.aclose()


async def test_names_as_sent_are_shown_and_written_as_they_are(simulator: Simulator) -> None:
    simulator.company.switches.set({"display_name_style": "as_sent"})
    gateway = Gateway(simulator, {"display_name": "as-sent"})
    made = await gateway.create(name={"givenName": "Ada", "familyName": "Love"}, displayName="Ada Love")
    for wanted in ("Love, Ada", "LOVE Ada", "Ada Love"):
        answer = await gateway.replace(made.id, {"displayName": wanted})
        assert answer.body["displayName"] == wanted == gateway.accounts["ada@example.com"].displayName
    await gateway.adapter.aclose()


async def test_a_display_name_follows_a_new_family_name(simulator: Simulator) -> None:
    for style in STYLES:
        simulator.company.reset()
        simulator.company.switches.set({"display_name_style": style})
        gateway = Gateway(simulator, {})
        made = await gateway.create(name={"givenName": "Ada", "familyName": "Love"}, displayName="Ada Love")
        answer = await gateway.replace(made.id, {"name.familyName": "Sato", "displayName": "Ada Sato"})
        assert answer.body["displayName"] == "Ada Sato", style
        await gateway.adapter.aclose()


# -- what was written and not shown ----------------------------------------------------------------------------------

BEFORE = {"firstName": "Ada", "lastName": "Love", "shownAs": "Love, Ada"}


def test_a_name_is_written_again_when_anything_has_changed() -> None:
    names = DisplayNames("given-family")
    names.written("u1", BEFORE, "Countess")
    assert not names.worth_writing("u1", BEFORE, "Countess")
    assert names.worth_writing("u2", BEFORE, "Countess")
    assert names.worth_writing("u1", BEFORE, "Baroness")
    assert names.worth_writing("u1", {**BEFORE, "shownAs": "Lady Love"}, "Countess"), "somebody changed it by hand"


def test_what_is_remembered_is_bounded(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.ERROR)
    names = DisplayNames("given-family")
    for n in range(REMEMBERED + 1):
        names.written(str(n), BEFORE, "Countess")
    assert names.worth_writing("0", BEFORE, "Countess")
    assert not names.worth_writing(str(REMEMBERED), BEFORE, "Countess")
