"""Gateways on shared data: their configuration, their clients, and what stands in backends and store."""

from __future__ import annotations

import asyncio
import json
import sqlite3
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from unittest.mock import patch

import httpx

from gateway.application import Application
from gateway.config import load
from scim.sweeping import Swept
from tests.matrix.crashing import FOLDER, STORE
from tests.matrix.forks import Forks, forks
from tests.matrix.ledger import opened

TOKEN = "the-password-of-replicon"
LEASE, DEADLINE = 4.0, 3.0
CONFIG = """
[gateway]
store = "{store}"
public_url = "https://gateway.example"
write_deadline = {deadline}
lease = {lease}
sweep = 600
"""
CONNECTION = """
[connections.{name}]
adapter = "{adapter}"
token = {{ env = "TOKEN-{name}" }}
{policy}
[connections.{name}.settings]
"""
POOR = {"native_versions": False, "native_partial": False, "native_amend": False, "native_repeats": False}
LOGIN_KEY = {"login_is_key": True, "pause": 0.003}
DISABLE, DELETE, ADOPT = 'on_delete = "disable"', 'on_delete = "delete"', 'on_conflict = "adopt"'
CONNECTIONS: dict[str, tuple[str, str, dict[str, Any]]] = {
    "directory": ("Directory", DISABLE, {}),
    "directory-delete": ("Directory", DELETE, {}),
    "poor": ("Directory", DISABLE, POOR),
    "lists": ("Directory", DISABLE, {"native_amend": False}),
    "ledger": ("Ledger", DISABLE, {"pause": 0.003}),
    "ledger-whole": ("Ledger", DISABLE, {"partial": False, "pause": 0.003}),
    "ledger-delete": ("Ledger", DELETE, {"pause": 0.003}),
    "ledger-adopt": ("Ledger", ADOPT, {"pause": 0.003}),
    "logins": ("Ledger", DISABLE, LOGIN_KEY),
    "logins-delete": ("Ledger", DELETE, LOGIN_KEY),
}
"""Name to backend, policy and settings; each has a file of its own."""
PLAIN = {
    "Directory": "directory",
    "Ledger": "tests.matrix.ledger:LedgerAdapter",
    "Replicon": "replicon",
    "Kintone": "kintone",
}
"""The adapters as users have them; others count their calls and may end the process."""
Json = dict[str, Any]


def configuration(folder: Path, replicon: str = "", store: str = "", kintone: str = "") -> str:
    """A gateway.toml with every connection; `replicon` and `kintone` are the simulators' URLs.

    With a store's URL everything is as users have it, without one every call is counted and may end the process.
    """
    crashing = "tests.matrix.crashing:Crashing"
    parts = [CONFIG.format(store=store or f"python:{crashing}Store", deadline=DEADLINE, lease=LEASE)]
    for name, (backend, policy, settings) in _connections(replicon, kintone).items():
        adapter = PLAIN[backend] if store else crashing + backend
        parts.append(CONNECTION.format(name=name, adapter=adapter, policy=policy))
        values = settings if name in ("replicon", "kintone") else {"path": str(folder / f"{name}.db"), **settings}
        parts += [f"{key} = {_toml(value)}\n" for key, value in values.items()]
    return "".join(parts)


def _connections(replicon: str, kintone: str) -> dict[str, tuple[str, str, dict[str, Any]]]:
    signed = {"password": {"env": "MATRIX_TOKEN"}}
    found = dict(CONNECTIONS)
    if replicon:
        values = {"company_key": "acme", "username": "scim.gateway", "domain": replicon, **signed}
        found["replicon"] = ("Replicon", DISABLE, values)
    if kintone:
        values = {"base_url": kintone, "login": "scim.gateway", **signed}
        found["kintone"] = ("Kintone", DISABLE, values)
    return found


def _toml(value: Any) -> str:
    return f'{{ env = "{value["env"]}" }}' if isinstance(value, dict) else json.dumps(value)


def _client() -> httpx.AsyncClient:
    # one connection for each request: one that is kept may be closed by the gateway while the next request is sent
    return httpx.AsyncClient(trust_env=False, timeout=60, limits=httpx.Limits(max_keepalive_connections=0))


def environment(folder: Path, store: str) -> dict[str, str]:
    """What gateways on this store read beside their configuration."""
    tokens = {f"TOKEN-{name}": token_of(name) for name in _connections("unknown yet", "unknown yet")}
    return {STORE: store, FOLDER: str(folder), "MATRIX_TOKEN": TOKEN, **tokens}


def token_of(connection: str) -> str:
    """The token of one connection."""
    return f"the-token-of-{connection}"


@dataclass(kw_only=True)
class World:
    """One store and all backends."""

    folder: Path
    store: str
    replicon: str = ""
    kintone: str = ""
    http: httpx.AsyncClient = field(default_factory=_client)

    def client(self, gateway: str, connection: str, told: Counter[int] | None = None) -> Client:
        """A client of one connection of the gateway at a URL, which counts what it is told."""
        return Client(self.http, f"{gateway}/{connection}/scim/v2", Counter() if told is None else told)

    @property
    def environment(self) -> dict[str, str]:
        """What the gateways read beside their configuration."""
        return environment(self.folder, self.store)

    async def accounts(self, connection: str) -> list[Json]:
        """What stands in a backend: `login`, `enabled`, `display`."""
        if connection == "replicon":
            users = (await self.http.get(f"{self.replicon}/_control/state")).json()["users"]
            return [{"login": u["loginName"], "enabled": u["loginEnabled"], "display": u["displayName"]} for u in users]
        if connection == "kintone":
            users = (await self.http.get(f"{self.kintone}/_control/state")).json()["users"]
            return [{"login": u["code"], "enabled": u["valid"], "display": u["name"]} for u in users]
        display = "display" if CONNECTIONS[connection][0] == "Ledger" else "display_name as display"
        return self._rows(connection, f"select login, enabled, {display} from users")

    async def groups(self, connection: str) -> dict[str, set[str]]:
        """Who is in which group in a backend, by name and login."""
        if connection == "kintone":
            state = (await self.http.get(f"{self.kintone}/_control/state")).json()
            names = {group["code"]: group["name"] for group in state["groups"]}
            return {
                name: {user["code"] for user in state["users"] if code in user["groups"]}
                for code, name in names.items()
            }
        found: dict[str, set[str]] = {one["name"]: set() for one in self._rows(connection, "select name from groups")}
        held = (
            """select name, login from members join groups on groups.id = members.id join users on users.id = member"""
        )
        for one in self._rows(connection, held):
            found.setdefault(one["name"], set()).add(one["login"])  # a case beside this one made it meanwhile
        return found

    async def has(self, connection: str, login: str) -> bool:
        """Whether a backend has an account of this login."""
        return login in {one["login"] for one in await self.accounts(connection)}

    def _rows(self, connection: str, statement: str) -> list[Json]:
        file = sqlite3.connect(self.folder / f"{connection}.db")
        file.row_factory = sqlite3.Row
        try:
            return [dict(row) for row in file.execute(statement)]
        except sqlite3.OperationalError:
            return []  # nothing has been written yet
        finally:
            file.close()

    def plant(self, connection: str, login: str) -> None:
        """An account that the gateway knows nothing of."""
        file = opened(str(self.folder / f"{connection}.db"))
        file.execute("insert into users (login, display) values (?, 'Planted')", (login,))
        file.close()

    def rows(self, connection: str, prefix: str, type: str = "user") -> dict[str, Json]:
        """Rows of the identity map, by default of users (SQLite only)."""
        return self._stored(f"{connection}.{type}", f"{prefix}%")

    def head(self, connection: str) -> Json:
        """The row of the map itself (SQLite only)."""
        return self._stored(connection, "map")["map"]

    def _stored(self, partition: str, keys: str) -> dict[str, Json]:
        file = sqlite3.connect(self.folder / "map.db")
        query = 'select key, "values" from rows where partition = ? and key like ?'
        found = file.execute(query, (partition, keys)).fetchall()
        file.close()
        return {key: json.loads(values) for key, values in found}

    def age(self) -> None:
        """Make every row an hour old (SQLite only)."""
        with sqlite3.connect(self.folder / "map.db") as file:
            file.execute("update rows set written = written - 3600")
        file.close()

    async def sweep(self) -> Swept:
        """What the sweep of a gateway of ten minutes later does."""
        with patch.dict("os.environ", self.environment):
            application = Application(load(self.folder / "gateway.toml", self.environment))
            swept = await application.sweep()
        await application.aclose()
        return sum(swept.values(), Swept())


@dataclass(kw_only=True)
class Mortal(World):
    """The same with gateways that can be told to end themselves, as many as are wanted."""

    forks: Forks


@asynccontextmanager
async def mortal(folder: Path, store: str = "", replicon: str = "", kintone: str = "") -> AsyncIterator[Mortal]:
    """Gateways can be started on a store, by default an SQLite file."""
    config = folder / "gateway.toml"
    config.write_text(configuration(folder, replicon, kintone=kintone))
    where = store or f"sqlite:{folder}/map.db"
    async with forks(config, environment(folder, where)) as started:
        made = Mortal(folder=folder, store=where, replicon=replicon, kintone=kintone, forks=started)
        async with made.http:
            yield made


@dataclass(frozen=True)
class Client:
    """One that repeats what is answered 503 after the time that the answer names, as Entra does."""

    http: httpx.AsyncClient
    tenant: str
    told: Counter[int] = field(default_factory=Counter)

    async def once(self, method: str, path: str, body: Any = None, query: str = "") -> httpx.Response:
        """One request."""
        token = token_of(self.tenant.split("/")[-3])
        headers = {"authorization": f"Bearer {token}", "content-type": "application/scim+json"}
        content = json.dumps(body) if body is not None else None
        answer = await self.http.request(
            method, self.tenant + path, content=content, headers=headers, params=httpx.QueryParams(query)
        )
        self.told[answer.status_code] += 1
        return answer

    async def send(self, method: str, path: str, body: Any = None, query: str = "") -> httpx.Response:
        """One request until it is answered with anything but 503."""
        for _ in range(12):
            answer = await self.once(method, path, body, query)
            if answer.status_code != 503:
                return answer
            await asyncio.sleep(float(answer.headers["retry-after"]))
        raise AssertionError(f"{method} {path} never settles: {answer.text}")

    async def find(self, login: str) -> list[Json]:
        """Everybody of this userName."""
        answer = await self.send("GET", "/Users", query=f'filter=userName eq "{login}"')
        assert answer.status_code == 200, answer.text
        found: list[Json] = answer.json()["Resources"]
        return found

    async def all(self) -> list[Json]:
        """The whole list."""
        found: list[Json] = []
        while True:
            answer = await self.send("GET", "/Users", query=f"count=500&startIndex={len(found) + 1}")
            assert answer.status_code == 200, answer.text
            page = answer.json()
            found += page["Resources"]
            if len(found) >= page["totalResults"] or not page["Resources"]:
                return found
