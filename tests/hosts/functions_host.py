"""Drives Microsoft's own Python worker library (`azure-functions-runtime`) in this process.

The library reads fields off request objects and builds its replies with the message classes that it is given, so plain
Python classes stand in for gRPC's. Route matching, the joining of headers and the rebuilding of URLs follow the .NET
host; keys, scaling and time-outs are not played. One app per process: the library's registry of functions is global.
"""

from __future__ import annotations

import json
import re
import sys
import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from urllib.parse import parse_qsl, quote, unquote, urlsplit


class Message:
    """A message: whatever keyword arguments it was given are its fields."""

    def __init__(self, **fields: Any) -> None:
        self.__dict__.update(fields)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__") or name == "TypedData":  # the worker probes for these
            raise AttributeError(name)
        return None

    def WhichOneof(self, _: str) -> str | None:
        """The name of the field that is set, as protobuf has it."""
        return next((name for name, value in self.__dict__.items() if value is not None), None)


class _Input(Message):
    def WhichOneof(self, _: str) -> str | None:
        return "data"


def _kind(name: str, **constants: Any) -> type[Message]:
    return type(name, (Message,), constants)


class Messages:
    """Stands in for the generated module that the worker gets in `properties["protos"]`."""

    StatusResult = _kind("StatusResult", Failure=0, Success=1, Cancelled=2)
    BindingInfo = _kind("BindingInfo", out=1, inout=2, undefined=0, string=1, binary=2, stream=3)
    RpcHttpCookie = _kind(
        "RpcHttpCookie", SameSite=SimpleNamespace(**{"None": 0, "Lax": 1, "Strict": 2, "ExplicitNone": 3})
    )

    def __getattr__(self, name: str) -> type[Message]:
        made = _kind(name)
        setattr(type(self), name, made)
        return made


@dataclass
class Reply:
    """What the host would send. `error` is set when the function raised: the host then answers 500 with no body."""

    status: int = 0
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""
    error: str | None = None


@dataclass
class Route:
    """One HTTP trigger."""

    function: Any
    argument: str
    auth: str
    template: str
    methods: frozenset[str]
    pattern: re.Pattern[str]


def _pattern(template: str) -> re.Pattern[str]:
    """An ASP.NET route template; its literals ignore case."""
    parts = []
    for segment in filter(None, template.strip("/").split("/")):
        match = re.fullmatch(r"\{(\*{0,2})(\w+)(?::[^}?]+)?(\?)?\}", segment)
        if match and match[1]:
            parts.append(rf"(?:/(?P<{match[2]}>.*))?")
        elif match:
            parts.append(rf"(?:/(?P<{match[2]}>[^/]+))?" if match[3] else rf"/(?P<{match[2]}>[^/]+)")
        else:
            parts.append("/" + re.escape(segment))
    return re.compile("".join(parts) + "/?$", re.IGNORECASE)


class FunctionsHost:
    """The functions of one app folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder.resolve()
        self.routes: list[Route] = []

    async def start(self) -> FunctionsHost:
        """Index the app; raises with the worker's own message when it cannot."""
        import azure_functions_runtime as runtime

        self._runtime, protos = runtime, Messages()
        sys.path.insert(0, str(self.folder))
        runtime.start_threadpool_executor()
        request = Message(worker_init_request=Message(capabilities={}, function_app_directory=str(self.folder)))
        properties = {"protos": protos, "host": "127.0.0.1"}
        begun = await runtime.worker_init_request(SimpleNamespace(request=request, properties=properties))
        if begun.result.status != 1:
            raise RuntimeError("The worker cannot index the app: " + begun.result.exception.message)
        found = await runtime.functions_metadata_request(SimpleNamespace(request=None, properties={}))
        self.functions = found.function_metadata_results or []
        await self._load()
        return self

    async def _load(self) -> None:
        host = json.loads((self.folder / "host.json").read_text())
        prefix = host.get("extensions", {}).get("http", {}).get("routePrefix", "api").strip("/")
        for function in self.functions:
            load = Message(function_load_request=Message(function_id=function.function_id, metadata=function))
            await self._runtime.function_load_request(SimpleNamespace(request=load))
            self.routes += [_route(function, raw, prefix) for raw in _triggers(function, "httpTrigger")]
        self.routes.sort(key=lambda route: (route.template.count("{*"), route.template.count("{")))

    async def request(
        self, method: str, target: str, headers: Iterable[tuple[str, str]] = (), body: bytes = b""
    ) -> Reply:
        """One HTTP request as the host hands it to the worker."""
        url = urlsplit(target)
        path = unquote(url.path)
        for route in self.routes:
            match = route.pattern.match(path.rstrip("/") or "")
            if match and method in route.methods:
                http = _http(method, url.query, path, _joined(headers), match.groupdict(), body)
                return _reply(
                    await self._invoke(route.function, [_Input(name=route.argument, data=Message(http=http))])
                )
        return Reply(404)

    async def timer(self, name: str) -> str | None:
        """Fire a timer by its function's name; what it failed with, or None."""
        function = next(function for function in self.functions if function.name == name)
        [trigger] = _triggers(function, "timerTrigger")
        past = Message(json='{"IsPastDue": false, "Schedule": {}}')
        result = await self._invoke(function, [_Input(name=trigger["name"], data=past)])
        return None if result.result.status == 1 else str(result.result.exception.message)

    async def _invoke(self, function: Any, inputs: list[Any]) -> Any:
        invocation = Message(
            invocation_id=str(uuid.uuid4()),
            function_id=function.function_id,
            input_data=inputs,
            trigger_metadata={},
            trace_context=Message(trace_parent="", trace_state="", attributes={}),
            retry_context=Message(retry_count=0, max_retry_count=0, exception=None),
        )
        return await self._runtime.invocation_request(SimpleNamespace(request=Message(invocation_request=invocation)))

    def stop(self) -> None:
        """End the worker's threads."""
        self._runtime.stop_threadpool_executor()


def _triggers(function: Any, kind: str) -> list[Mapping[str, Any]]:
    return [raw for raw in map(json.loads, function.raw_bindings) if raw["type"] == kind]


def _route(function: Any, raw: Mapping[str, Any], prefix: str) -> Route:
    own = raw.get("route") if raw.get("route") is not None else function.name
    template = "/".join(part for part in (prefix, str(own).strip("/")) if part)
    methods = frozenset(method.upper() for method in raw.get("methods") or ("GET", "POST"))
    return Route(function, raw["name"], str(raw.get("authLevel")), template, methods, _pattern(template))


def _joined(headers: Iterable[tuple[str, str]]) -> dict[str, str]:
    joined: dict[str, str] = {}
    for name, value in headers:
        key = name.lower()
        joined[key] = f"{joined[key]},{value}" if key in joined else value
    return joined


def _http(
    method: str, query: str, path: str, headers: dict[str, str], found: Mapping[str, str | None], body: bytes
) -> Message:
    """The host decodes the path, drops empty parameters, and keeps a body only when its length was announced."""
    parameters: dict[str, str] = {}
    for name, value in parse_qsl(query, keep_blank_values=False):
        parameters[name] = f"{parameters[name]},{value}" if name in parameters else value
    address = "https://" + headers.get("host", "localhost") + quote(path, safe="/:@!$&'()*+,;=-._~")
    return Message(
        method=method,
        url=address + (f"?{query}" if query else ""),
        headers=headers,
        params={name: value for name, value in found.items() if value is not None},
        query=parameters,
        body=Message(bytes=bytes(body)) if body else Message(),
    )


def _reply(result: Any) -> Reply:
    if result.result.status != 1:
        return Reply(500, error=result.result.exception.message)
    http = result.return_value.http
    return Reply(int(http.status_code), dict(http.headers), http.body.bytes or b"")
