"""Traces: a span for a request, a backend call and a store operation; nothing of a person."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from collections.abc import AsyncIterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.trace import SpanKind, StatusCode

from gateway.application import Application
from gateway.config import ConfigError, read
from gateway.telemetry import tracing
from gateway.telemetry.work import HEADER
from scim.message import Request, Response
from tests.gateway.telemetry.exporting import Kept

TOKEN = "a-token-that-is-long-enough"
TRACE, SPAN = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"
KEPT = "python:tests.gateway.telemetry.exporting:Kept"
ZOE = {"schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"], "userName": "zoe@example.com", "displayName": "Zoe"}


def application(**gateway: Any) -> Application:
    connection = {"adapter": "directory", "token": {"env": "TOKEN"}, "settings": {"path": ":memory:"}}
    document = {"gateway": {"store": "memory:", **gateway}, "connections": {"acme": connection}}
    return Application(read(document, "test", {"TOKEN": TOKEN}))


@pytest.fixture
async def traced() -> AsyncIterator[Application]:
    made = application(traces=KEPT, trace_share=1)
    yield made
    await made.aclose()


async def send(one: Application, method: str, path: str, body: Any = None, query: str = "", **more: str) -> Response:
    headers = {"authorization": f"Bearer {TOKEN}", **more}
    return await one.handle(Request(method, f"/acme/scim/v2{path}", query, headers, json.dumps(body or {}).encode()))


async def finished(one: Application) -> list[ReadableSpan]:
    await one.aclose()
    return list(Kept.last.get_finished_spans())


async def test_a_request_is_a_span_with_one_for_each_call_and_operation(traced: Application) -> None:
    answer = await send(traced, "POST", "/Users", ZOE)
    [*steps, request] = await finished(traced)
    assert answer.status == 201
    assert (request.name, request.kind, request.parent) == ("POST /Users", SpanKind.SERVER, None)
    told = dict(request.attributes or {})
    names = [step.name for step in steps]
    assert told.pop("scimgate.backend_calls") == len([name for name in names if name.endswith(" User")])
    assert told.pop("scimgate.store_operations") == len([name for name in names if name.startswith("store ")])
    assert told == {
        "http.request.method": "POST", "http.route": "/Users", "http.response.status_code": 201,
        "scimgate.connection": "acme", "scimgate.correlation_id": answer.headers[HEADER],
    }  # fmt: skip
    assert {"find User", "create User", "store get", "store commit"} <= set(names)
    assert all(step.parent and step.parent.span_id == request.context.span_id for step in steps)
    assert {step.kind for step in steps} == {SpanKind.CLIENT}


async def test_the_trace_of_the_caller_goes_on(traced: Application) -> None:
    answer = await send(traced, "GET", "/Users", traceparent=f"00-{TRACE}-{SPAN}-00")
    [*_, request] = await finished(traced)
    assert request.context.trace_id == int(TRACE, 16) and request.parent and request.parent.span_id == int(SPAN, 16)
    assert answer.headers[HEADER] == TRACE


async def test_an_outage_is_an_error_and_a_missing_account_is_none(traced: Application) -> None:
    made = json.loads((await send(traced, "POST", "/Users", ZOE)).body)
    resource: Any = traced.opened("acme").service.kinds[0].resource.native

    async def denied(get: Any) -> None:
        from scim_adapter import Denied

        raise Denied("zoe@example.com may not do this.")

    await send(traced, "GET", f"/Users/{'a' * 26}")
    resource.get = denied
    assert (await send(traced, "GET", f"/Users/{made['id']}")).status == 502
    spans = {span.name: span for span in await finished(traced)}
    step, request = spans["get User"], spans["GET /Users/{id}"]
    assert (step.attributes or {})["error.type"] == "Denied"
    assert (step.status.status_code, request.status.status_code) == (StatusCode.ERROR, StatusCode.ERROR)
    assert step.status.description is None and not step.events


async def test_a_trace_holds_nobody(traced: Application) -> None:
    made = json.loads((await send(traced, "POST", "/Users", ZOE)).body)
    await send(traced, "GET", "/Users", query="filter=userName+eq+%22zoe@example.com%22")
    await send(traced, "GET", "/Users/zoe@example.com")
    await send(traced, "PATCH", f"/Users/{made['id']}", {"Operations": [{"op": "add", "path": "zoe", "value": "zoe"}]})
    await send(traced, "GET", "/Users", authorization="Bearer not-the-token-of-zoe")
    told = "".join(span.to_json() for span in await finished(traced))
    assert told.count('"SpanKind.SERVER"') == 5
    assert not [word for word in ("zoe", "Zoe", "example.com", TOKEN, "not-the-token", made["id"]) if word in told]


async def test_a_share_of_the_requests_is_traced_whatever_the_caller_says() -> None:
    one = application(traces=KEPT, trace_share=0.2)
    for _ in range(300):
        await send(one, "GET", "/Schemas", traceparent=f"00-{TRACE}-{SPAN}-01")
    found = len(await finished(one))
    assert 20 <= found <= 120, "A fifth of 300, give or take five times the standard deviation."


async def test_an_exporter_that_cannot_be_made_stops_nobody(caplog: pytest.LogCaptureFixture) -> None:
    one = application(traces="python:tests.gateway.telemetry.exporting:broken", trace_share=1)
    assert (await send(one, "GET", "/Schemas")).status == 200
    assert "not traced" in caplog.text and "ValueError" in caplog.text and "s3cret" not in caplog.text
    await one.aclose()


FAULTS = [
    ("a word", {"traces": "everywhere"}, "gateway.traces"),
    ("no class", {"traces": "python:json"}, "gateway.traces"),
    ("not installed", {"traces": "python:no_such_package.at_all:Exporter"}, "its packages are not installed"),
    ("nothing", {"trace_share": 0}, "gateway.trace_share"),
    ("more than all", {"trace_share": 1.5}, "gateway.trace_share"),
    ("a text", {"trace_share": "all"}, "gateway.trace_share"),
    ("yes", {"trace_share": True}, "gateway.trace_share"),
]


@pytest.mark.parametrize(("why", "setting", "told"), FAULTS, ids=[why for why, _, _ in FAULTS])
def test_a_fault_is_told(why: str, setting: dict[str, Any], told: str) -> None:
    with pytest.raises(ConfigError, match=told) as refused:
        application(**setting)
    assert len(refused.value.faults) == 1


def test_what_is_not_installed_is_a_fault_and_not_a_traceback(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    assert "requirements-telemetry.txt" in tracing.fault(tracing.AZURE)


def test_nothing_of_opentelemetry_is_imported_without_traces() -> None:
    code = """
import asyncio, sys
from tests.gateway.telemetry.test_without import one_request
asyncio.run(one_request())
print([name for name in sys.modules if "opentelemetry" in name or name.startswith("azure.monitor")])
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.stdout.strip() == "[]", done.stderr


class Insights(BaseHTTPRequestHandler):
    """Takes what Application Insights would be sent."""

    received: list[bytes]

    def do_POST(self) -> None:
        import gzip

        body = self.rfile.read(int(self.headers["content-length"]))
        self.received.append(gzip.decompress(body) if self.headers.get("content-encoding") == "gzip" else body)
        answer = b'{"itemsReceived": 1, "itemsAccepted": 1, "errors": []}'
        self.send_response(200)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, format: str, *arguments: Any) -> None:
        """Quiet."""


async def test_application_insights_gets_the_spans_and_what_one_stands_for(monkeypatch: pytest.MonkeyPatch) -> None:
    Insights.received = []
    with HTTPServer(("127.0.0.1", 0), Insights) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        for own in ("STATSBEAT_DISABLED_ALL", "SDKSTATS_DISABLED"):
            monkeypatch.setenv(f"APPLICATIONINSIGHTS_{own}", "true")
        address = f"InstrumentationKey={'0' * 8}-0000-0000-0000-{'0' * 12};IngestionEndpoint=http://127.0.0.1:"
        monkeypatch.setenv("APPLICATIONINSIGHTS_CONNECTION_STRING", f"{address}{server.server_port}/")
        one = application(traces=tracing.AZURE, trace_share=1)
        await send(one, "POST", "/Users", ZOE)
        await one.aclose()
        server.shutdown()
    told = b"".join(Insights.received).decode()
    envelopes = json.loads(told)
    kinds = [one["data"]["baseType"] for one in envelopes]
    assert "RequestData" in kinds and "RemoteDependencyData" in kinds
    assert {one.get("sampleRate") for one in envelopes if one["data"]["baseType"] != "MetricData"} == {100}
    assert "zoe" not in told.casefold() and TOKEN not in told
