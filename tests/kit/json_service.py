"""The service that `examples/json_service` talks to: people behind a real socket, refusals included."""

from __future__ import annotations

import json
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

API_KEY = "right-api-key-of-the-service"
Answer = tuple[int, Any]


class JsonService:
    """People by their ids. Logins are unique and found in any case; null clears a field."""

    def __init__(self) -> None:
        self.url = ""
        self.reset()

    def reset(self) -> None:
        """As new."""
        self.people: dict[str, dict[str, Any]] = {}
        self.calls: Counter[str] = Counter()
        self.made = 0
        self.away = 0
        """So many calls are answered by 503, before anything is done."""
        self.strange: Any = None
        """What is answered to everything, with 200."""

    def answer(self, method: str, target: str, key: str | None, body: Any) -> Answer:
        """Status and JSON for a request."""
        self.calls[method] += 1
        if self.away:
            self.away -= 1
            return 503, {"error": "Later."}
        if self.strange is not None:
            return 200, self.strange
        if key != API_KEY:
            return 401, {"error": "The key is not valid."}
        path, query = urlsplit(target).path, parse_qs(urlsplit(target).query)
        if path == "/people":
            return self._page(query) if method == "GET" else self._hire(body)
        id = unquote(path.removeprefix("/people/"))
        if id not in self.people:
            return 404, {"error": "There is no such person."}
        return self._person(method, id, body)

    def _page(self, query: dict[str, list[str]]) -> Answer:
        asked = {login.lower() for login in query.get("login", ())}
        found = [p for p in self.people.values() if not asked or p["login"].lower() in asked]
        start, count = int(query["skip"][0]), int(query["take"][0])
        return 200, {"people": found[start : start + count], "total": len(found)}

    def _hire(self, body: Any) -> Answer:
        if self._taken(body, ""):
            return 409, {"error": "This login is taken."}
        self.made += 1
        id = f"p{self.made}"
        self.people[id] = {"enabled": True, **body, "id": id}
        return 201, self.people[id]

    def _person(self, method: str, id: str, body: Any) -> Answer:
        if method == "DELETE":
            del self.people[id]
            return 204, None
        if method == "PATCH":
            if self._taken(body, id):
                return 409, {"error": "This login is taken."}
            self.people[id] = {name: value for name, value in {**self.people[id], **body}.items() if value is not None}
        return 200, self.people[id]

    def _taken(self, values: dict[str, Any], id: str) -> bool:
        login = str(values.get("login")).lower()
        return any(p["login"].lower() == login for other, p in self.people.items() if other != id)


@contextmanager
def running() -> Iterator[JsonService]:
    """The service on a port of its own."""
    service = JsonService()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        wbufsize = -1  # headers and body leave together, or delayed acknowledgements cost 40 ms each

        def _answer(self) -> None:
            body = self.rfile.read(int(self.headers.get("content-length") or 0))
            key = self.headers.get("x-api-key")
            status, found = service.answer(self.command, self.path, key, json.loads(body) if body else None)
            content = b"" if found is None else json.dumps(found).encode()
            self.send_response(status)
            self.send_header("content-type", "application/json")
            self.send_header("content-length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        do_GET = do_POST = do_PATCH = do_DELETE = _answer

        def log_message(self, format: str, *arguments: Any) -> None:
            """Nothing: the tests look at `calls`."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    service.url = f"http://127.0.0.1:{server.server_port}"
    try:
        yield service
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
