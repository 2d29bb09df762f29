"""The Staff API in memory, behind httpx: the adapter talks to it as to the real one."""

from __future__ import annotations

import json
from typing import Any

import httpx

TOKEN = "right-token"


class FakeStaff:
    """People by their ids. Logins are unique and found in any case; null clears a field."""

    def __init__(self) -> None:
        self.people: dict[str, dict[str, Any]] = {}
        self.done: dict[str, str] = {}

    @property
    def transport(self) -> httpx.MockTransport:
        """What the adapter's client sends its requests to."""
        return httpx.MockTransport(self.answer)

    def answer(self, request: httpx.Request) -> httpx.Response:
        """The response to any request."""
        if request.headers.get("authorization") != f"Bearer {TOKEN}":
            return httpx.Response(401, json={"error": "The token is not valid."})
        id = request.url.path.removeprefix("/staff").removeprefix("/")
        if request.url.path == "/token/owner":
            return httpx.Response(200, json={"name": "the gateway"})
        if not id:
            return self._list(request) if request.method == "GET" else self._hire(request)
        if id not in self.people:
            return httpx.Response(404, json={"error": "There is no such person."})
        return self._person(request, id)

    def _list(self, request: httpx.Request) -> httpx.Response:
        asked = {login.lower() for login in request.url.params.get_list("login")}
        found = [p for p in self.people.values() if not asked or p["login"].lower() in asked]
        start, count = int(request.url.params["offset"]), int(request.url.params["limit"])
        return httpx.Response(200, json={"items": found[start : start + count], "total": len(found)})

    def _hire(self, request: httpx.Request) -> httpx.Response:
        known = self.done.get(request.headers.get("idempotency-key", ""))
        if known in self.people:
            return httpx.Response(200, json=self.people[known])
        person = json.loads(request.content)
        if self._taken(person, ""):
            return httpx.Response(409, json={"error": "This login is taken."})
        id = f"s{len(self.done) + 1}"
        self.done[request.headers.get("idempotency-key", id)] = id
        self.people[id] = {"state": "active", **person, "id": id}
        return httpx.Response(201, json=self.people[id])

    def _person(self, request: httpx.Request, id: str) -> httpx.Response:
        if request.method == "DELETE":
            del self.people[id]
            return httpx.Response(204)
        if request.method == "PATCH":
            changes = json.loads(request.content)
            if self._taken(changes, id):
                return httpx.Response(409, json={"error": "This login is taken."})
            self.people[id] |= changes
        return httpx.Response(200, json=self.people[id])

    def _taken(self, values: dict[str, Any], id: str) -> bool:
        login = str(values.get("login")).lower()
        return any(p["login"].lower() == login for other, p in self.people.items() if other != id)
