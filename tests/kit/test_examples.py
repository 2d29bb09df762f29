"""The example adapters are short, keep every promise, and serve Entra from a gateway.toml."""

from __future__ import annotations

import ast
import os
import re
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any, ClassVar

import httpx
import pytest
import stamina
from pydantic import SecretStr

from adapters.phonebook import PhonebookAdapter, PhonebookSettings
from examples.json_service import JsonServiceAdapter, JsonServiceSettings
from scim_adapter import Change, Get, Gone, New, Query, Resource, Unavailable
from scim_adapter.testing import ResourceContract
from tests.end_to_end.processes import start
from tests.kit.json_service import API_KEY, JsonService, running

ROOT = Path(__file__).resolve().parents[2]
LINES = {"adapters/phonebook": 38, "examples/json_service": 60}
"""The most lines of code: all but docstrings, comments and blank ones."""
NOBODY = "http://127.0.0.1:9"
TOKEN = "the-token-of-the-examples"
PEOPLE = """\
login,first_name,last_name,mail,phone
ada,Ada,Lovelace,ada@example.com,+44 20 7946 0001
Grace,Grace,Hopper,grace@example.com,
o'brien,Miles,O'Brien,,
dave_%,Dave,"Bowman, Dr.",,
åsa,Åsa,"",asa@example.com,1
"""


def phonebook(folder: Path) -> Path:
    path = folder / "people.csv"
    path.write_text(PEOPLE, encoding="utf-8")
    return path


def lines_of_code(source: str) -> int:
    """Lines that are neither blank nor a comment nor part of a docstring."""
    left_out: set[int] = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            first = node.body[0]
            if isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant):
                left_out |= set(range(first.lineno, (first.end_lineno or first.lineno) + 1))
    lines = enumerate(source.splitlines(), 1)
    return sum(1 for n, line in lines if n not in left_out and not re.match(r"\s*(#|$)", line))


@pytest.mark.parametrize("place", LINES)
def test_an_example_is_short(place: str) -> None:
    assert lines_of_code((ROOT / place / "__init__.py").read_text()) <= LINES[place]


def test_the_page_of_examples_names_every_folder_and_leads_somewhere() -> None:
    page = ROOT / "examples" / "README.md"
    folders = {path.name for path in page.parent.iterdir() if path.is_dir() and not path.name.startswith(("_", "."))}
    assert {name for name in folders if f"[`{name}`]" in page.read_text()} == folders
    for target in re.findall(r"\]\(([^)]+)\)", page.read_text()):
        assert (page.parent / target).exists(), target


def test_lines_of_code_are_counted() -> None:
    assert (
        lines_of_code('"""A\n\nB."""\n\n# no\nx = 1  # yes\n\ndef f():\n    """D."""\n    return (\n        1)\n') == 4
    )


class TestPhonebook(ResourceContract):
    nonsense: ClassVar = {"path": None, "password": "x"}

    @pytest.fixture
    def adapter(self, tmp_path: Path) -> PhonebookAdapter:
        return PhonebookAdapter(PhonebookSettings(path=phonebook(tmp_path)))

    @pytest.fixture
    def resource(self, adapter: PhonebookAdapter) -> Resource:
        return adapter.resources()[0]

    @pytest.fixture
    def unreachable(self, tmp_path: Path) -> PhonebookAdapter:
        return PhonebookAdapter(PhonebookSettings(path=tmp_path / "missing.csv"))


@pytest.fixture(scope="module")
def server() -> Iterator[JsonService]:
    with running() as service:
        yield service


@pytest.fixture
def service(server: JsonService) -> Iterator[JsonService]:
    server.reset()
    with stamina.set_testing(True, attempts=2, cap=True):
        yield server


def json_service(url: str, key: str = API_KEY) -> JsonServiceAdapter:
    return JsonServiceAdapter(JsonServiceSettings(url=url, api_key=SecretStr(key)))


class TestJsonService(ResourceContract):
    nonsense: ClassVar = {"url": "ftp://nowhere", "api_key": ""}

    @pytest.fixture
    async def adapter(self, service: JsonService) -> AsyncIterator[JsonServiceAdapter]:
        one = json_service(service.url)
        yield one
        await one.aclose()

    @pytest.fixture
    def resource(self, adapter: JsonServiceAdapter) -> Resource:
        return adapter.resources()[0]

    @pytest.fixture
    async def refused(self, service: JsonService) -> AsyncIterator[JsonServiceAdapter]:
        one = json_service(service.url, "wrong-api-key")
        yield one
        await one.aclose()

    @pytest.fixture
    async def unreachable(self) -> AsyncIterator[JsonServiceAdapter]:
        with stamina.set_testing(True, attempts=1):
            one = json_service(NOBODY)
            yield one
            await one.aclose()


async def test_the_json_service_is_asked_again_where_that_is_safe(service: JsonService) -> None:
    """A change may come twice; a create is left to the gateway, which looks before it creates again."""
    adapter = json_service(service.url)
    people = adapter.resources()[0]
    ada = await people.create(New({"login": "ada"}))
    assert isinstance(ada, dict)
    service.away = 1
    assert await people.update(Change("p1", ada, {**ada, "mail": "x"}, {"mail": "x"})) == {**ada, "mail": "x"}
    service.away = 1
    with pytest.raises(Unavailable):
        await people.create(New({"login": "grace"}))
    assert list(service.people) == ["p1"]
    await adapter.aclose()


@pytest.mark.parametrize("answer", [[], "text", 7, {}, {"people": None}, {"people": {}, "total": 1}])
async def test_an_answer_that_cannot_be_read_is_no_answer(answer: Any, service: JsonService) -> None:
    adapter, service.strange = json_service(service.url), answer
    with pytest.raises(Unavailable):
        await adapter.resources()[0].find(Query())
    await adapter.aclose()


@pytest.mark.parametrize("key", ["a/b", "../people", "p1?x=1", "50% off", "#1", "å"])
async def test_a_key_is_one_part_of_the_path_whatever_it_holds(key: str, service: JsonService) -> None:
    adapter = json_service(service.url)
    service.people[key] = {"id": key, "login": "ada"}
    assert (await adapter.resources()[0].get(Get(key)))["id"] == key
    await adapter.resources()[0].delete(Gone(key, {}))
    assert not service.people
    await adapter.aclose()


# -- behind a gateway ------------------------------------------------------------------------------------------------

CONFIG = """
[gateway]
store = "sqlite:{folder}/map.db"
[connections.phonebook]
adapter = "phonebook"
token = {{ env = "EXAMPLE_TOKEN" }}
[connections.phonebook.settings]
path = "{folder}/people.csv"
[connections.service]
adapter = "examples.json_service:JsonServiceAdapter"
token = {{ env = "OTHER_TOKEN" }}
[connections.service.settings]
url = "{url}"
api_key = {{ env = "EXAMPLE_KEY" }}
"""
Scim = Any


@pytest.fixture(scope="module")
def gateway(server: JsonService, tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx.Client]:
    """A gateway that serves both, in a process of its own."""
    folder = tmp_path_factory.mktemp("gateway")
    phonebook(folder)
    (folder / "gateway.toml").write_text(CONFIG.format(folder=folder, url=server.url))
    environment = {**os.environ, "EXAMPLE_TOKEN": TOKEN, "OTHER_TOKEN": TOKEN[::-1], "EXAMPLE_KEY": API_KEY}
    arguments = ["gateway", "serve", "--config", str(folder / "gateway.toml"), "--port", "0"]
    process = start(arguments, folder / "gateway.log", environment)

    def bearer(request: httpx.Request) -> httpx.Request:
        token = TOKEN if request.url.path.startswith("/phonebook/") else TOKEN[::-1]
        request.headers.setdefault("authorization", f"Bearer {token}")
        return request

    headers = {"content-type": "application/scim+json"}
    with httpx.Client(base_url=process.url, headers=headers, auth=bearer, trust_env=False, timeout=60) as client:
        yield client
    process.stop()


def ask(gateway: httpx.Client, method: str, path: str, status: int = 200, **body: Any) -> Any:
    answer = gateway.request(method, path, json=body or None)
    assert answer.status_code == status, answer.text
    return answer.json() if answer.content else None


FILTERS = [
    ('userName eq "ADA"', ["ada"], "SCIM ignores the case of names"),
    ('userName eq "dave_%"', ["dave_%"], "no wildcard"),
    ('userName eq "nobody"', [], "nobody is an empty list, not an error"),
    ('name.familyName co "op"', ["Grace"], "the engine filters what the adapter cannot"),
    ('emails[type eq "work"].value ew "@example.com"', ["Grace", "ada", "åsa"], "on a list too"),
    ("name.familyName pr", ["Grace", "ada", "dave_%", "o'brien"], "an empty column is no value"),
]


@pytest.mark.parametrize(("filter", "logins", "why"), FILTERS, ids=[f[0] for f in FILTERS])
def test_a_phonebook_is_searched_over_http(gateway: httpx.Client, filter: str, logins: list[str], why: str) -> None:
    answer = gateway.get("/phonebook/scim/v2/Users", params={"filter": filter}).json()
    assert sorted(one["userName"] for one in answer["Resources"]) == logins, why


def test_a_phonebook_is_paged_and_cannot_be_written(gateway: httpx.Client) -> None:
    pages = [gateway.get("/phonebook/scim/v2/Users", params={"startIndex": n, "count": 2}).json() for n in (1, 3, 5)]
    ids = [one["id"] for page in pages for one in page["Resources"]]
    assert [page["totalResults"] for page in pages] == [5, 5, 5]
    assert len(set(ids)) == 5
    ada = ask(gateway, "GET", f"/phonebook/scim/v2/Users/{ids[0]}")
    assert (ada["name"]["familyName"], ada["emails"][0]["value"]) == ("Lovelace", "ada@example.com")
    ask(gateway, "POST", "/phonebook/scim/v2/Users", 501, userName="new")
    ask(gateway, "DELETE", f"/phonebook/scim/v2/Users/{ids[0]}", 501)


def test_the_json_service_takes_a_person_through_a_life(gateway: httpx.Client, service: JsonService) -> None:
    users = "/service/scim/v2/Users"
    ada = ask(gateway, "POST", users, 201, userName="ada", name={"givenName": "Ada"}, active=True)
    ask(gateway, "POST", users, 409, userName="ADA")
    [kept] = service.people.values()
    assert kept == {"id": "p1", "login": "ada", "first_name": "Ada", "enabled": True}
    operations = [
        {"op": "Replace", "path": "name.familyName", "value": "Lovelace"},
        {"op": "add", "path": "active", "value": "False"},
    ]
    service.calls.clear()
    changed = ask(gateway, "PATCH", f"{users}/{ada['id']}", Operations=operations)
    assert (changed["name"]["familyName"], changed["active"]) == ("Lovelace", False)
    assert service.calls == {"GET": 1, "PATCH": 1}
    ask(gateway, "DELETE", f"{users}/{ada['id']}", 204)
    ask(gateway, "GET", f"{users}/{ada['id']}", 404)
    assert service.people["p1"]["enabled"] is False


def test_a_wrong_token_opens_neither(gateway: httpx.Client) -> None:
    for name in ("phonebook", "service"):
        answer = gateway.get(f"/{name}/scim/v2/Users", headers={"authorization": "Bearer wrong"})
        assert answer.status_code == 401
