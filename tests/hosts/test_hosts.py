"""One behaviour in two shapes: Microsoft's own worker library in this process, and ASGI over a real socket."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest
import pytest_asyncio

from scim.document import MAX_BYTES
from scim.errors import ERROR
from tests.end_to_end.processes import ENVIRONMENT, OTHER, ROOT, start
from tests.hosts.functions_host import FunctionsHost

in_module_loop = pytest.mark.asyncio(loop_scope="module")
USERS = "/directory/scim/v2/Users"
PUBLIC = "https://scim.example.com"
CONFIG = """
[gateway]
store = "memory:"
public_url = "{public}"
[connections.directory]
adapter = "directory"
token = {{ env = "DIRECTORY_TOKEN" }}
[connections.directory.settings]
path = ":memory:"
"""


class Reply:
    """Status, headers with lower-case names, body."""

    def __init__(self, status: int, headers: Any, body: bytes) -> None:
        self.status, self.body = status, body
        self.headers = {name.lower(): value for name, value in dict(headers).items()}

    @property
    def json(self) -> Any:
        return json.loads(self.body)


Send = Callable[..., Awaitable[Reply]]


@pytest_asyncio.fixture(scope="module", loop_scope="module", params=["worker library", "asgi"])
async def send(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Send]:
    folder = tmp_path_factory.mktemp("host")
    (folder / "gateway.toml").write_text(CONFIG.format(public=PUBLIC))
    run = _functions if request.param == "worker library" else _asgi
    async for sender in run(folder):
        yield sender


async def _functions(folder: Path) -> AsyncIterator[Send]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SCIMGATE_CONFIG", str(folder / "gateway.toml"))
        for name, value in ENVIRONMENT.items():
            patch.setenv(name, value)
        host = await FunctionsHost(ROOT).start()

        async def send(method: str, target: str, headers: dict[str, str], body: bytes) -> Reply:
            reply = await host.request(method, target, headers.items(), body)
            assert reply.error is None, reply.error
            return Reply(reply.status, reply.headers, reply.body)

        yield send
        host.stop()


async def _asgi(folder: Path) -> AsyncIterator[Send]:
    config = str(folder / "gateway.toml")
    gateway = start(["gateway", "serve", "--config", config, "--port", "0"], folder / "log")
    async with httpx.AsyncClient(base_url=gateway.url, trust_env=False) as client:

        async def send(method: str, target: str, headers: dict[str, str], body: bytes) -> Reply:
            answer = await client.request(method, target, headers=headers, content=body)
            return Reply(answer.status_code, answer.headers, answer.content)

        yield send
    gateway.stop()


async def ask(send: Send, method: str, target: str, body: Any = None, token: str = OTHER, **headers: str) -> Reply:
    content = body if isinstance(body, bytes) else b"" if body is None else json.dumps(body).encode()
    sent = {"content-type": "application/scim+json", **headers}
    if token:
        sent["authorization"] = f"Bearer {token}"
    return await send(method, target, sent, content)


def scim(reply: Reply, status: int) -> Any:
    """The body of an answer that must be SCIM."""
    assert reply.status == status, reply.body
    assert reply.headers["content-type"].split(";")[0] == "application/scim+json"
    if status >= 400:
        assert reply.json["schemas"] == [ERROR]
        assert reply.json["status"] == str(status)
    return reply.json if reply.body else None


@in_module_loop
async def test_a_user_lives_from_create_to_delete(send: Send) -> None:
    made = await ask(send, "POST", USERS + "?aadOptscim062020", {"userName": "Zoë+1@example.com", "displayName": "Zoë"})
    user = scim(made, 201)
    assert made.headers["location"] == f"{PUBLIC}{USERS}/{user['id']}"
    found = await ask(send, "GET", USERS + "?filter=userName+eq+%22zo%C3%AB%2B1%40example.com%22")
    assert scim(found, 200)["Resources"] == [user]
    patch = {"Operations": [{"op": "Replace", "path": "active", "value": "False"}]}
    assert scim(await ask(send, "PATCH", f"{USERS}/{user['id']}", patch), 200)["active"] is False
    gone = await ask(send, "DELETE", f"{USERS}/{user['id']}")
    assert (gone.status, gone.body) == (204, b"")
    scim(await ask(send, "GET", f"{USERS}/{user['id']}"), 404)


@pytest.mark.parametrize("path", ["/healthz"])
@in_module_loop
async def test_health_needs_no_token(send: Send, path: str) -> None:
    reply = await ask(send, "GET", path, token="")
    assert (reply.status, reply.body) == (200, b"ok")


@in_module_loop
async def test_readiness_asks_the_store(send: Send) -> None:
    assert (await ask(send, "GET", "/readyz", token="")).body == b"ready"


@pytest.mark.parametrize("token", ["", "wrong", OTHER + "x", OTHER[:-1]])
@pytest.mark.parametrize("path", [USERS, "/unknown/scim/v2/Users", "/directory/scim/v2/Nothing"])
@in_module_loop
async def test_without_the_right_token_everything_is_the_same_401(send: Send, token: str, path: str) -> None:
    reply = await ask(send, "GET", path, token=token)
    assert "Secret Token" in scim(reply, 401)["detail"]
    assert reply.headers["www-authenticate"] == 'Bearer realm="scim"'


@in_module_loop
async def test_the_word_bearer_ignores_case_and_other_schemes_do_not_count(send: Send) -> None:
    scim(await ask(send, "GET", USERS, token="", authorization=f"bearer {OTHER}"), 200)
    for scheme in ("Basic", "Token", ""):
        scim(await ask(send, "GET", USERS, token="", authorization=f"{scheme} {OTHER}".strip()), 401)


@pytest.mark.parametrize(
    ("body", "status"),
    [(b"", 400), (b"{", 400), (b"[]", 400), (b'{"a":' * 100_000, 400), (b'"' + b"x" * MAX_BYTES + b'"', 413)],
)
@in_module_loop
async def test_a_bad_body_is_refused(send: Send, body: bytes, status: int) -> None:
    scim(await ask(send, "POST", USERS, body), status)


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/directory/scim/v2", 200),
        ("GET", "/directory/scim/v2/", 200),
        ("GET", "/directory/scim/v2/Nothing", 404),
        ("GET", USERS + "/a%2Fb", 404),
        ("GET", USERS + "/%C3%A9", 404),
        ("PUT", USERS, 405),
        ("DELETE", "/directory/scim/v2/Schemas", 405),
        ("OPTIONS", USERS, 204),
        ("GET", "/directory/scim/v2/Me", 501),
    ],
)
@in_module_loop
async def test_what_is_not_there_gets_its_status(send: Send, method: str, path: str, status: int) -> None:
    scim(await ask(send, method, path), status)


@in_module_loop
async def test_a_head_request_has_the_headers_and_no_body(send: Send) -> None:
    reply = await ask(send, "HEAD", USERS)
    assert (reply.status, reply.body) == (200, b"")
    assert reply.headers["content-type"].startswith("application/scim+json")


@in_module_loop
async def test_discovery_is_answered(send: Send) -> None:
    for name in ("ServiceProviderConfig", "ResourceTypes", "Schemas"):
        scim(await ask(send, "GET", f"/directory/scim/v2/{name}"), 200)


@in_module_loop
async def test_a_query_that_no_form_would_make_is_read_as_it_is(send: Send) -> None:
    scim(await ask(send, "POST", USERS, {"userName": "plus+sign"}), 201)
    for query in ('filter=userName eq "plus+sign"'.replace(" ", "%20").replace('"', "%22"), "count=1&unknown&=&&a=b=c"):
        assert scim(await ask(send, "GET", f"{USERS}?{query}"), 200)["itemsPerPage"] == 1


def test_the_function_app_has_four_routes_and_a_timer() -> None:
    code = "import function_app; print(*sorted(f.get_function_name() for f in function_app.app.get_functions()))"
    told = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert told.stdout.split() == ["healthz", "oauth", "readyz", "scim", "sweep"]


def test_broken_http_does_not_end_the_server(tmp_path: Path) -> None:
    (tmp_path / "gateway.toml").write_text(CONFIG.format(public=PUBLIC))
    gateway = start(["gateway", "serve", "--config", str(tmp_path / "gateway.toml"), "--port", "0"], tmp_path / "log")
    url = urlsplit(gateway.url)
    for raw in (
        b"\x00\xff\r\n\r\n",
        b"GET / HTTP/9.9\r\n\r\n",
        b"POST " + USERS.encode() + b" HTTP/1.1\r\n\r\n",
        b"GET",
    ):
        with socket.create_connection((url.hostname or "", url.port or 0), 2) as client:
            client.sendall(raw)
    assert httpx.get(f"{gateway.url}/healthz", trust_env=False).text == "ok"
    gateway.stop()


def test_a_faulty_configuration_is_503_in_a_function_and_never_a_traceback(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    import asyncio

    import azure.functions as func

    from gateway.azure_functions import FunctionHost

    (tmp_path / "gateway.toml").write_text('[gateway]\nstore = "redis:"\n')
    monkeypatch.setenv("SCIMGATE_CONFIG", str(tmp_path / "gateway.toml"))
    request = func.HttpRequest("GET", f"https://x{USERS}", headers={}, body=b"")
    answer = asyncio.run(FunctionHost()(request))
    assert answer.status_code == 503
    assert answer.headers["retry-after"]
    assert "gateway.store" in caplog.text


@in_module_loop
async def test_a_long_answer_is_the_same_whether_it_is_sent_in_pieces_or_whole(
    send: Send, request: pytest.FixtureRequest
) -> None:
    numbers = [{"value": f"tel:{number}", "type": "work"} for number in range(2500)]
    made = await ask(send, "POST", USERS, {"userName": "switchboard@example.com", "phoneNumbers": numbers})
    user = scim(made, 201)
    assert user["phoneNumbers"] == numbers
    read = await ask(send, "GET", f"{USERS}/{user['id']}")
    assert (scim(read, 200), read.headers["etag"]) == (user, made.headers["etag"])
    head = await ask(send, "HEAD", f"{USERS}/{user['id']}")
    assert (head.status, head.body, head.headers["etag"]) == (200, b"", made.headers["etag"])
    if request.node.callspec.params["send"] == "asgi":
        assert read.headers["transfer-encoding"] == "chunked"
        assert "content-length" not in read.headers
        short = await ask(send, "GET", f"{USERS}/{user['id']}?attributes=userName")
        assert int(short.headers["content-length"]) == len(short.body)
