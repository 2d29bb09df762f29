"""The reference pages say what the code does: the contract is made of it, the errors are raised."""

from __future__ import annotations

import json
import re

import httpx
import pytest

import scim_adapter
from scim_adapter import AdapterError, Exists, Stale, Unavailable, errors
from scim_adapter.http import Http, checked
from tests.scim.harness import Engine, replace_
from tests.site.built import ROOT, table
from tests.site.contract_page import page

CONTRACT = (ROOT / "docs" / "reference" / "contract.md").read_text()
ERRORS = (ROOT / "docs" / "reference" / "errors.md").read_text()
EIGHT = sorted(name for name in scim_adapter.__all__ if issubclass(getattr(errors, name, int), AdapterError))


def test_the_contracts_page_is_current() -> None:
    assert page() == CONTRACT, "Write it anew: python -m tests.site.contract_page"


def test_the_contracts_page_has_every_public_name() -> None:
    shown = set(re.findall(r"^##+ `(\w+)`", CONTRACT, re.MULTILINE))
    assert not set(scim_adapter.__all__) - shown - {*EIGHT, "AdapterError"}


def test_the_page_has_all_errors() -> None:
    named = sorted(row[0].strip("`") for row in table(ERRORS, "| raise |"))
    assert [*named, "AdapterError"] == [*(name for name in EIGHT if name != "AdapterError"), "AdapterError"]


@pytest.mark.parametrize("row", table(ERRORS, "| raise |"), ids=lambda row: row[0].strip("`"))
async def test_an_error_is_answered_as_its_row_says(row: list[str]) -> None:
    name, _, answer, scim_type, seconds = row
    engine = Engine()
    made = await engine.create()
    error = getattr(errors, name.strip("`"))("A sentence.")

    def fail() -> None:
        raise error

    engine.shelf.before["get" if name == "`NotFound`" else "update"] = fail
    answered = await engine.patch(made.id, replace_("displayName", "Ada"))
    assert answered.status == int(re.findall(r"\d{3}", answer)[0])
    assert answered.body.get("scimType", "") == scim_type.strip("`")
    assert answered.headers.get("retry-after", "") == (re.findall(r"\d+", seconds) or [""])[0]


async def test_a_stale_record_is_read_again_and_the_change_repeated() -> None:
    engine = Engine()
    made = await engine.create()

    def fail() -> None:
        engine.shelf.before.clear()
        raise Stale

    engine.shelf.before["update"] = fail
    assert (await engine.patch(made.id, replace_("displayName", "Ada"))).status == 200
    assert engine.shelf.calls["update"] == 2


async def test_the_answer_that_the_page_shows() -> None:
    engine = Engine()
    made = await engine.create()
    engine.shelf.before["update"] = lambda: _raise(Exists("The staff list has this login already.", field="login"))
    answered = await engine.patch(made.id, replace_("displayName", "Ada"))
    assert answered.body == json.loads(re.findall(r"```json\n(.*?)```", ERRORS, re.DOTALL)[0])


@pytest.mark.parametrize(("method", "status"), [("patch", 429), ("read", 429), ("filter", 503), ("list", 503)])
async def test_a_throttled_backend(method: str, status: int) -> None:
    engine = Engine()
    made = await engine.create()
    for verb in ("find", "get", "update"):
        engine.shelf.before[verb] = lambda: _raise(Unavailable(retry_after=30, throttled=True))
    answered = {
        "patch": lambda: engine.patch(made.id, replace_("displayName", "Ada")),
        "read": lambda: engine.send("GET", f"/Users/{made.id}"),
        "filter": lambda: engine.send("GET", "/Users", query="filter=userName+eq+%22ada%22"),
        "list": lambda: engine.send("GET", "/Users"),
    }
    answer = await answered[method]()
    assert (answer.status, answer.headers["retry-after"]) == (status, "30")


async def test_a_bug_is_answered_without_details(caplog: pytest.LogCaptureFixture) -> None:
    engine = Engine()
    made = await engine.create()
    engine.shelf.before["get"] = lambda: _raise(ValueError("a bug"))
    answered = await engine.send("GET", f"/Users/{made.id}")
    assert answered.status == 500
    assert "a bug" not in answered.response.body.decode()
    assert "a bug" in caplog.text


@pytest.mark.parametrize("row", table(ERRORS, "| status of the backend |"), ids=lambda row: row[0])
async def test_a_status_of_the_backend_becomes_the_error_of_its_row(row: list[str]) -> None:
    words = row[0]
    for status in map(int, re.findall(r"\d{3}", words)):
        body = {} if "without one" in words else {"json": {"error": "no"}}
        answer = httpx.Response(status, **body)  # type: ignore[arg-type]
        http = Http("https://staff.example.com", attempts=1, transport=httpx.MockTransport(lambda _, a=answer: a))
        with pytest.raises(AdapterError) as caught:
            checked(await http.send("GET", "/"), unique="login" if "with `unique" in words else None)
        assert isinstance(caught.value, getattr(errors, row[1].strip("`"))), status


def _raise(error: Exception) -> None:
    raise error
