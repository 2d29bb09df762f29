"""As whom the Replicon adapter calls: by password, by a given token, or by a token that it has made itself."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterator
from typing import Any

import pytest
import stamina
from pydantic import ValidationError

from adapters.replicon import RepliconAdapter, RepliconSettings
from adapters.replicon.account import RENEWED_EVERY, Account
from scim_adapter import AdapterError, Denied, Unavailable
from simulators.replicon import Simulator, running
from tests.adapters.replicon_wire import (
    ACCOUNT,
    BASIC,
    BULK,
    PASSWORD,
    WHO,
    Wire,
    connect,
    counted,
    d,
    error,
    html,
    item,
    look,
)
from tests.scim.harness import ENTERPRISE

TOKEN = "CreateAccessToken2"
MADE = {"create_access_token": True}


@pytest.fixture(scope="module")
def server() -> Iterator[Simulator]:
    with running(password=PASSWORD) as simulator:
        yield simulator


@pytest.fixture
def simulator(server: Simulator) -> Iterator[Simulator]:
    server.company.reset()
    with stamina.set_testing(True, attempts=3, cap=True):
        yield server


# -- settings --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("settings", "place", "says"),
    [
        ({"password": None}, "password", "give password, or access_token"),
        ({"access_token": "tkn"}, "password", "not both"),
        ({"password": None, "access_token": ""}, "access_token", "at least 1"),
        ({"password": None, "access_token": "tkn", **MADE}, "create_access_token", "there is an access_token already"),
        ({"custom_fields": {"userName": "Login"}}, "custom_fields", "place of its own"),
        ({"custom_fields": {"USERNAME": "Login"}}, "custom_fields", "place of its own"),
        ({"custom_fields": {f"{ENTERPRISE}:manager": "Boss"}}, "custom_fields", "place of its own"),
        ({"custom_fields": {"title": "T", "nickName": "t"}}, "custom_fields", "in one custom field"),
        ({"custom_fields": {"title": "T"}, "external_id_custom_field": "T"}, "custom_fields", "in one custom field"),
        ({"custom_fields": {"externalId": "A"}, "external_id_custom_field": "B"}, "custom_fields", "already"),
        ({"custom_fields": {"title": " "}}, "custom_fields", "at least 1"),
        ({"default_products": ["timesheet"]}, "default_products", "uris"),
        ({"default_time_zone": "Tokyo Standard Time"}, "default_time_zone", "IANA"),
        ({"default_permission_sets": [""]}, "default_permission_sets", "at least 1"),
        ({"display_name": "Given Family"}, "display_name", "given-family"),
    ],
)  # fmt: skip
def test_a_wrong_setting_is_refused_with_a_sentence(settings: dict[str, Any], place: str, says: str) -> None:
    with pytest.raises(ValidationError, match=says) as caught:
        RepliconSettings.model_validate({**ACCOUNT, **settings})
    assert {error["loc"][0] for error in caught.value.errors()} == {place}
    assert "tkn" not in str(caught.value)


def test_all_settings_together_are_understood() -> None:
    settings: dict[str, Any] = {
        "custom_fields": {"title": " Job Title ", f"{ENTERPRISE}:department": "D"},
        "external_id_custom_field": "EntraObjectId",
        "default_products": ["urn:replicon:product:timesheet"],
        "default_time_zone": "America/Port-au-Prince",
        "display_name": "off",
        **MADE,
    }  # fmt: skip
    one = RepliconSettings.model_validate({**ACCOUNT, **settings})
    assert one.custom_fields["title"] == "Job Title"


# -- signing in ------------------------------------------------------------------------------------------------------


async def test_a_password_is_sent_with_every_call_and_a_token_instead_of_it() -> None:
    for settings, wanted in (({}, f"Basic {BASIC}"), ({"password": None, "access_token": "tkn-1"}, "Bearer tkn-1")):
        wire = Wire(BulkGetUsers3=d([item()]))
        users = wire.users(**settings)
        for _ in range(2):
            await look(users, "ada@example.com")
        assert [one.headers.get("authorization") for one in wire.requests] == [None, wanted, wanted]


async def test_the_password_makes_a_token_and_is_not_sent_again(simulator: Simulator) -> None:
    adapter = connect(simulator, **MADE)
    await adapter.check()
    assert counted(simulator) == {TOKEN: 1, WHO: 1}
    users = adapter.resources()[0]
    await asyncio.gather(*(look(users, "scim.gateway") for _ in range(9)))
    assert counted(simulator) == {BULK: 9}
    assert list(simulator.company.tokens.values()) == [simulator.company.administrator]
    await adapter.aclose()


async def test_many_first_calls_make_one_token() -> None:
    wire = Wire(BulkGetUsers3=d([]), CreateAccessToken2=d({"token": "tkn-2"}))
    users = wire.users(**MADE)
    await asyncio.gather(*(look(users, str(n)) for n in range(20)))
    assert wire.operations.count(TOKEN) == 1
    signed = {one.url.path.rsplit("/", 1)[-1]: one.headers.get("authorization") for one in wire.requests}
    assert (signed[TOKEN], signed[BULK]) == (f"Basic {BASIC}", "Bearer tkn-2")


async def test_every_process_gets_the_same_token(simulator: Simulator) -> None:
    for _ in range(3):
        adapter = connect(simulator, **MADE)
        await adapter.check()
        await adapter.aclose()
    assert len(simulator.company.tokens) == 1, "a token never expires, so that each new one would stay for ever"


async def test_a_revoked_token_is_replaced_within_the_call(simulator: Simulator) -> None:
    adapter = connect(simulator, **MADE)
    await adapter.check()
    simulator.company.revoke()
    counted(simulator)
    await adapter.check()
    assert counted(simulator) == {WHO: 2, TOKEN: 1}
    assert len(simulator.company.tokens) == 2
    await adapter.aclose()


async def test_a_revoked_token_of_an_earlier_process_is_replaced(simulator: Simulator) -> None:
    for revoked in (True, False):
        adapter = connect(simulator, **MADE)
        await adapter.check()
        await adapter.aclose()
        if revoked:
            simulator.company.revoke()
    assert len(simulator.company.tokens) == 2


async def test_a_given_token_that_is_revoked_is_denied_and_nothing_else_is_tried(simulator: Simulator) -> None:
    token = simulator.company.token("by-hand", simulator.company.administrator)
    adapter = connect(simulator, password=None, access_token=token)
    await adapter.check()
    simulator.company.revoke()
    counted(simulator)
    with pytest.raises(Denied, match="access_token"):
        await adapter.check()
    assert counted(simulator) == {WHO: 1}
    await adapter.aclose()


async def test_the_token_of_another_user_is_denied_with_a_sentence(simulator: Simulator) -> None:
    other = simulator.company.add({"loginName": "eve", "firstName": "E", "lastName": "V"})
    token = simulator.company.token("eve's", other.uri)
    adapter = connect(simulator, password=None, access_token=token)
    with pytest.raises(Denied, match="somebody else than username says"):
        await adapter.check()
    await adapter.aclose()


async def test_who_may_not_make_tokens_is_denied(simulator: Simulator) -> None:
    simulator.company.change(simulator.company.users[simulator.company.administrator], permissionSets=("User",))
    adapter = connect(simulator, **MADE)
    with pytest.raises(Denied, match="permission"):
        await adapter.check()
    await adapter.aclose()


@pytest.mark.parametrize(
    ("why", "answer", "kind", "calls"),
    [
        ("no token", d({}), Unavailable, 1),
        ("an empty one", d({"token": ""}), Unavailable, 1),
        ("one that no header can carry", d({"token": "a\r\nb"}), Unavailable, 1),
        ("one that is no text", d({"token": 5}), Unavailable, 1),
        ("nothing", d(None), Unavailable, 1),
        ("a wrong password", html(401), Denied, 1),
        ("an outage", html(503), Unavailable, 3),
        ("a user who is not there", error("InvalidUserTargetParameterError1"), Denied, 1),
        ("a refusal that is no word about a user", error("InvalidThingParameterError1"), Denied, 1),
    ],
)
async def test_a_token_that_cannot_be_had_stops_the_call(
    why: str, answer: Any, kind: type[AdapterError], calls: int
) -> None:
    wire = Wire(CreateAccessToken2=answer, BulkGetUsers3=d([item()]))
    with stamina.set_testing(True, attempts=3, cap=True), pytest.raises(kind):
        await look(wire.users(domain="na3", **MADE), "ada@example.com")
    assert wire.operations == [TOKEN] * calls


async def test_tokens_that_are_never_accepted_do_not_pile_up() -> None:
    wire = Wire(CreateAccessToken2=d({"token": "tkn-3"}), BulkGetUsers3=html(401))
    users = wire.users(domain="na3", **MADE)
    for _ in range(3):
        with pytest.raises(Denied):
            await look(users, "ada@example.com")
    assert wire.operations == [TOKEN, BULK, TOKEN, BULK, BULK, BULK]
    units = [body["unitOfWorkId"] for body in wire.bodies(TOKEN)]
    assert len(set(units)) == 2


def test_another_token_may_be_made_after_a_while() -> None:
    now = [5.0]
    account = Account(RepliconSettings.model_validate({**ACCOUNT, **MADE}), lambda: now[0])
    for wait, renewed in ((0.0, True), (RENEWED_EVERY - 1, False), (1.0, True)):
        account.use({"token": "tkn-4"})
        now[0] += wait
        assert account.renewed("tkn-4") is renewed
    account.use({"token": "tkn-5"})
    assert account.renewed("tkn-4"), "somebody else has made another one meanwhile"
    assert account.token == "tkn-5"
    assert not account.renewed(None), "the password was refused"


async def test_many_calls_with_a_revoked_token_make_one(simulator: Simulator) -> None:
    adapter = connect(simulator, **MADE)
    users = adapter.resources()[0]
    await adapter.check()
    simulator.company.revoke()
    counted(simulator)
    found = await asyncio.gather(*(look(users, "scim.gateway") for _ in range(12)))
    assert [len(one) for one in found] == [1] * 12
    assert counted(simulator)[TOKEN] == 1
    await adapter.aclose()


async def test_no_token_is_ever_shown(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    wire = Wire(CreateAccessToken2=d({"token": "tkn-secret"}), BulkGetUsers3=[d([item()]), html(401)])
    adapter: RepliconAdapter = wire.adapter(**MADE)
    users = adapter.resources()[0]
    told = [repr(adapter), repr(vars(adapter)), repr(vars(users))]
    await look(users, "ada@example.com")
    with pytest.raises(Denied) as caught:
        await look(users, "ada@example.com")
    given = wire.adapter(password=None, access_token="tkn-secret")
    told += [repr(caught.value), caplog.text, repr(given.settings), given.settings.model_dump_json()]
    assert not [text for text in told if "tkn-secret" in text or "s3cret-pw" in text]
    assert not [one for one in wire.requests if "tkn-secret" in str(one.url)]
