"""Log lines: one for each request with what an operator needs, and nothing that a path or a header could smuggle in."""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Mapping
from typing import Any

import pytest

from gateway.telemetry.lines import JsonLines, TextLines
from gateway.telemetry.requests import observed
from gateway.telemetry.shapes import Shape, shape
from gateway.telemetry.work import HEADER, current, given, traceparent, working
from scim.errors import ScimError
from scim.message import Request, Response

ID = "abcdefghijklmnopqrstuvwx23"
TRACE, SPAN = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"

PATHS: list[tuple[str, str, Shape]] = [
    ("a list", "/acme/scim/v2/Users", Shape("/Users", "acme")),
    ("one of ours", f"/acme/scim/v2/Users/{ID}", Shape("/Users/{id}", "acme", ID)),
    ("a login where an id belongs", "/acme/scim/v2/Users/ada@example.com", Shape("/Users/{id}", "acme")),
    ("a name of an id's length", f"/acme/scim/v2/Users/{'Ada' * 9}"[:46], Shape("/Users/{id}", "acme")),
    ("another case", f"/acme/SCIM/V2/groups/{ID}/", Shape("/Groups/{id}", "acme", ID)),
    ("a search", "/acme/scim/v2/Users/.search", Shape("/Users/.search", "acme")),
    ("a search everywhere", "/acme/scim/v2/.search", Shape("/.search", "acme")),
    ("the base", "/acme/scim/v2", Shape("/", "acme")),
    ("the base with a slash", "/acme/scim/v2/", Shape("/", "acme")),
    ("a schema", "/acme/scim/v2/Schemas/urn:ietf:x", Shape("/Schemas/{id}", "acme")),
    ("bulk", "/acme/scim/v2/Bulk", Shape("/Bulk", "acme")),
    ("a connection that is none", "/ada@example.com/scim/v2/Users", Shape("/Users")),
    ("an endpoint that is none", "/acme/scim/v2/ada@example.com", Shape("other", "acme")),
    ("too deep", "/acme/scim/v2/Users/a/b", Shape("other", "acme")),
    ("no Tenant URL", "/ada@example.com", Shape("other")),
    ("a token", "/oauth/acme/token", Shape("/oauth/token", "acme")),
    ("alive", "/healthz", Shape("/healthz")),
    ("ready", "/readyz", Shape("/readyz")),
    ("a line of its own", "/acme/scim/v2/Users/x\nINFO all is well", Shape("other")),
]


@pytest.mark.parametrize(("why", "path", "expected"), PATHS, ids=[row[0] for row in PATHS])
def test_a_path_is_told_by_its_shape(why: str, path: str, expected: Shape) -> None:
    assert shape(path, {"acme"}) == expected


HEADERS: list[tuple[str, Mapping[str, str], str]] = [
    ("nothing", {}, ""),
    ("a client's own", {"client-request-id": "11111111-2222-3333-4444-555555555555"},
     "11111111-2222-3333-4444-555555555555"),
    ("a trace", {"traceparent": f"00-{TRACE}-{SPAN}-01"}, TRACE),
    ("both: the client asks for its own", {"traceparent": f"00-{TRACE}-{SPAN}-01", "x-request-id": "a" * 8},
     "a" * 8),
    ("a later version with more", {"traceparent": f"01-{TRACE}-{SPAN}-01-more"}, TRACE),
    ("too long", {"client-request-id": "a" * 65}, ""),
    ("too short to be unique", {"client-request-id": "1"}, ""),
    ("an address", {"client-request-id": "ada@example.com"}, ""),
    ("a second header", {"client-request-id": "abcdefgh\r\nset-cookie: x"}, ""),
    ("a second line", {"client-request-id": "abcdefgh\n"}, ""),
    ("other letters", {"client-request-id": "äöüäöüäöü"}, ""),
    ("the next one is usable", {"client-request-id": "?", "x-request-id": "abcdefgh"}, "abcdefgh"),
    ("no trace", {"traceparent": f"00-{'0' * 32}-{SPAN}-01"}, ""),
    ("no parent", {"traceparent": f"00-{TRACE}-{'0' * 16}-01"}, ""),
    ("capitals are malformed", {"traceparent": f"00-{TRACE.upper()}-{SPAN}-01"}, ""),
    ("cut off", {"traceparent": f"00-{TRACE}"}, ""),
    ("endless", {"traceparent": f"00-{TRACE}-{SPAN}-01-" + "a" * 100_000}, TRACE),
]  # fmt: skip


@pytest.mark.parametrize(("why", "headers", "expected"), HEADERS, ids=[row[0] for row in HEADERS])
def test_a_correlation_id_is_taken_over_where_it_is_harmless(
    why: str, headers: Mapping[str, str], expected: str
) -> None:
    assert given(headers) == expected


def test_a_trace_tells_its_parent() -> None:
    assert traceparent({"traceparent": f"00-{TRACE}-{SPAN}-00"}) == (TRACE, SPAN)


def test_work_ends_where_it_ends_and_lies_within_other_work() -> None:
    with working("outer-work") as outer:
        with working() as inner:
            assert current() is inner and re.fullmatch(r"[0-9a-f]{32}", inner.id)
        assert current() is outer
    assert current() is None


def line(form: logging.Formatter, caplog: pytest.LogCaptureFixture) -> str:
    [record] = caplog.records
    return form.format(record)


async def refused(_: Request) -> Response:
    work = current()
    assert work
    work.backend, work.store = 2, 502
    return ScimError(502, "ada@example.com is refused.", "invalidValue").response()


async def test_a_request_is_one_line_of_json(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "scimgate")
    request = Request("PATCH", f"/acme/scim/v2/Users/{ID}", "filter=ada", {"client-request-id": "the-clients-own"})
    answer = await observed(request, refused, {"acme"})
    assert (answer.status, answer.headers[HEADER]) == (502, "the-clients-own")
    with working("the-clients-own"):
        text = line(JsonLines(), caplog)
    told: dict[str, Any] = json.loads(text)
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}\+00:00", told.pop("time"))
    assert told.pop("ms") >= 0
    assert told == {
        "level": "INFO", "logger": "scimgate", "correlation": "the-clients-own", "method": "PATCH",
        "connection": "acme", "route": "/Users/{id}", "id": ID, "status": 502, "scimType": "invalidValue",
        "backend": 2, "store": 502,
    }  # fmt: skip
    assert '"status": 502,' in text and "\n" not in text


async def test_a_request_is_one_line_of_text(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "scimgate")
    await observed(Request("GET", "/who/scim/v2/Users", "", {}), refused, {"acme"})
    with working("abcdefgh"):
        text = line(TextLines(), caplog)
    assert re.search(
        r" scimgate GET - /Users 502 [\d.]+ ms scimType=invalidValue backend=2 store=502 \[abcdefgh\]$", text
    )


async def test_what_was_created_is_named_by_its_id(caplog: pytest.LogCaptureFixture) -> None:
    async def made(_: Request) -> Response:
        return Response(201, {"location": f"https://scim.example.com/acme/scim/v2/Users/{ID}"})

    caplog.set_level(logging.INFO, "scimgate")
    await observed(Request("POST", "/acme/scim/v2/Users"), made, {"acme"})
    assert json.loads(line(JsonLines(), caplog))["id"] == ID


async def test_a_method_that_nobody_knows_is_not_repeated(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "scimgate")
    await observed(Request("ADA@EXAMPLE.COM", "/"), refused)
    assert "other - other 502" in line(TextLines(), caplog)


def test_a_warning_has_the_correlation_id_and_stays_one_line(caplog: pytest.LogCaptureFixture) -> None:
    try:
        raise ValueError("one\ntwo")
    except ValueError:
        logging.getLogger("adapters.any").warning("It\nfailed: %s", "ä", exc_info=True)
    with working("abcdefgh"):
        text = line(JsonLines(), caplog)
        shown = line(TextLines(), caplog)
    told = json.loads(text)
    assert (told["correlation"], told["logger"], told["message"]) == ("abcdefgh", "adapters.any", "It\nfailed: ä")
    assert "ValueError: one" in told["exception"] and "\n" not in text
    assert "[abcdefgh]\nTraceback" in shown


def test_an_operation_of_a_bulk_is_told_by_the_same_fields(caplog: pytest.LogCaptureFixture) -> None:
    fields = {"method": "PATCH", "route": "/users", "id": "", "status": 502}
    logging.getLogger("scimgate").warning("Within a Bulk.", extra={"fields": fields})
    text = line(JsonLines(), caplog)
    assert json.loads(text).items() >= {"message": "Within a Bulk.", "method": "PATCH", "status": 502}.items()
    assert '"status": 502}' in text and '"id"' not in text


def test_without_work_there_is_no_correlation_id(caplog: pytest.LogCaptureFixture) -> None:
    logging.getLogger("scimgate").warning("plain")
    assert "correlation" not in json.loads(line(JsonLines(), caplog))
    assert line(TextLines(), caplog).endswith("scimgate plain")
