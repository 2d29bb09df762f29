"""The gateway as an Azure Function: Microsoft's HTTP objects from and to ours."""

from __future__ import annotations

import os
import uuid
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import azure.functions as func

from gateway.importing import importing
from gateway.telemetry.work import HEADER, given
from scim.message import Request, Response

if TYPE_CHECKING:
    from gateway.application import Application

ROOT = Path(__file__).resolve().parent.parent


class FunctionHost:
    """Answers a Function's requests. The configuration is read at the first one, so that indexing stays quick.

    What it says of a backend is read when that connection's first request is let in.
    """

    def __init__(self) -> None:
        self._application: Application | None = None

    async def __call__(self, req: func.HttpRequest) -> func.HttpResponse:
        """Answer one HTTP trigger."""
        request = _request(req)
        response = _alive(request) if request.path == "/healthz" else await self._handle(request)
        headers = dict(response.headers)
        return func.HttpResponse(
            b"" if request.method == "HEAD" else response.body,
            status_code=response.status,
            mimetype=headers.pop("content-type", None),
            headers=headers,
        )

    async def sweep(self) -> None:
        """What the timer does; a fault in the configuration is in the log already."""
        try:
            application = self._application or self._start()
        except ValueError:
            return
        await application.sweep()

    async def _handle(self, request: Request) -> Response:
        try:
            application = self._application or self._start()
        except ValueError as error:
            from gateway.telemetry.requests import observed

            return await observed(request, partial(_faulty, error=error))
        return await application.handle(request)

    def _start(self) -> Application:
        with importing():
            from gateway.application import Application
            from gateway.config import load
            from gateway.telemetry.lines import JsonLines, format_lines

        format_lines(JsonLines())

        path = Path(os.environ.get("SCIMGATE_CONFIG", "gateway.toml"))
        config = load(path if path.is_absolute() else ROOT / path, later=True)
        self._application = Application(config)
        return self._application


def _alive(request: Request) -> Response:
    """That the process lives: told without a log line, and before anything large is imported."""
    headers = {"content-type": "text/plain", HEADER: given(request.headers) or uuid.uuid4().hex}
    return Response(200, headers, b"ok")


async def _faulty(_: Request, error: Exception) -> Response:
    from scim.errors import busy, log

    log.error("The gateway cannot start. %s", error)
    return busy("The gateway's configuration has faults; its log lists them.").response()


def _request(req: func.HttpRequest) -> Request:
    """The request as it came over the wire: `req.params` loses empty and repeated values, so the URL is read."""
    url = urlsplit(req.url)
    headers = {name.lower(): value for name, value in req.headers.items()}
    return Request(req.method, url.path, url.query, headers, req.get_body())
