"""One operation of a Bulk: what was sent, read as a request of its own (RFC 7644 3.7)."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from scim.document import parse
from scim.errors import ScimError, invalid_syntax, invalid_value
from scim.message import Request
from scim.paths import LONG, Json

METHODS = ("POST", "PUT", "PATCH", "DELETE")
HOST = re.compile(r"https?://[^/?#]*", re.IGNORECASE)
ELSEWHERE = "/scim/v2/"


@dataclass(slots=True)
class Operation:
    """One operation. `path` starts below the base URL; `fault` is why it cannot be tried."""

    method: str = ""
    bulk_id: str | None = None
    path: str = ""
    query: str = ""
    version: str | None = None
    data: Json = field(default_factory=dict)
    fault: ScimError | None = None

    @property
    def endpoint(self) -> str:
        """The first part of the path, such as `/users`."""
        return "/" + self.path.strip("/").split("/", maxsplit=1)[0].casefold()

    def request(self, data: Json) -> Request:
        """The request that it stands for, with what may be another body than the one that was sent."""
        headers = {"if-match": self.version} if self.version else {}
        body = b"" if self.method == "DELETE" else json.dumps(data).encode()
        return Request(self.method, self.path, self.query, headers, body)


def read(sent: Any, base_url: str) -> Operation:
    """An operation of a Bulk; what is wrong with it is its fault, and none of the others'."""
    operation = Operation()
    try:
        _fill(operation, sent, base_url)
    except ScimError as error:
        operation.fault = error
    return operation


def _fill(operation: Operation, sent: Any, base_url: str) -> None:
    if not isinstance(sent, Mapping):
        raise invalid_syntax("Each operation of a Bulk must be an object.")
    said = {name.lower(): value for name, value in sent.items()}
    operation.method = (_text(said, "method") or "").upper()[:LONG]
    operation.bulk_id = _text(said, "bulkId")
    if operation.method not in METHODS:
        raise invalid_syntax('Each operation of a Bulk needs a "method" of POST, PUT, PATCH or DELETE.')
    if operation.method == "POST":
        if operation.bulk_id is None:
            raise invalid_value("A POST inside a Bulk needs a bulkId.")
    else:
        operation.version = _text(said, "version")
    operation.path, _, operation.query = _below(_text(said, "path"), base_url).partition("?")
    if operation.method != "DELETE":
        operation.data = _data(operation.method, said.get("data"))


def _text(said: Mapping[str, Any], name: str) -> str | None:
    """A member that must be a string; None when it is missing or empty."""
    value = said.get(name.lower())
    if value is not None and not isinstance(value, str):
        raise invalid_syntax(f"The {name} of an operation must be a string.")
    return value or None


def _data(method: str, data: Any) -> Json:
    """The body of an operation. Some clients send it as the text of a JSON object."""
    if data is None:
        raise invalid_value(f"A {method} inside a Bulk needs data.")
    if isinstance(data, str):
        return parse(data.encode())
    if not isinstance(data, dict):
        raise invalid_syntax("The data of an operation must be an object.")
    return data


def _below(path: str | None, base_url: str) -> str:
    """A path below the base URL, which may stand in front of it: whole, without its host, or the end of it."""
    if path is None:
        raise ScimError(400, "Each operation of a Bulk needs a path, such as /Users.", "invalidPath")
    path, own = path.strip(), HOST.match(base_url)
    root = base_url[own.end() :] if own else base_url
    if host := HOST.match(path):
        path = path[host.end() :]
        if (own and host[0].casefold() != own[0].casefold()) or not _starts(path, root):
            raise _elsewhere()
    path = "/" + path.lstrip("/")
    parts = root.strip("/").split("/")
    leads = ("/" + "/".join(parts[start:]) for start in range(len(parts)))
    path = next((path[len(lead) :] for lead in leads if _starts(path, lead)), path)
    if ELSEWHERE in path.casefold():
        raise _elsewhere()
    return path


def _starts(path: str, lead: str) -> bool:
    return path.casefold().startswith(f"{lead.casefold()}/")


def _elsewhere() -> ScimError:
    detail = "The path leads out of this connection; write it as it follows the Tenant URL, such as /Users."
    return ScimError(400, detail, "invalidPath")
