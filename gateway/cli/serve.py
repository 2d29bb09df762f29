"""`serve`: the gateway on this machine, without Azure."""

from __future__ import annotations

import argparse
import dataclasses
import json
import logging
import socket
import sys

from gateway.application import Application
from gateway.asgi import Asgi
from gateway.config import Config
from gateway.telemetry.lines import JsonLines, TextLines, format_lines

NAME = "serve"
HELP = "Run the gateway on this machine and print one line with its address when it is ready."


def arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's options."""
    parser.add_argument(
        "--host", type=_host, default="127.0.0.1", metavar="H", help="the address to listen on (127.0.0.1)"
    )
    parser.add_argument(
        "--port", type=_port, default=7071, metavar="N", help="the port to listen on (7071; 0 picks one)"
    )
    parser.add_argument("--quiet", action="store_true", help="write no log line for each request")
    parser.add_argument("--json", action="store_true", help="write the line with the address, and the log, as JSON")


def _host(text: str) -> str:
    if text:
        return text
    raise argparse.ArgumentTypeError("name an address; 0.0.0.0 is every address of this machine.")


def _port(text: str) -> int:
    if text.isdecimal() and int(text) < 65_536:
        return int(text)
    raise argparse.ArgumentTypeError("a port is a whole number from 0 to 65535.")


def run(config: Config, chosen: argparse.Namespace) -> int:
    """Serve until interrupted."""
    import uvicorn

    logging.basicConfig(level=logging.WARNING if chosen.quiet else logging.INFO)
    format_lines(JsonLines() if chosen.json else TextLines())
    for name in ("httpx", "uvicorn"):
        logging.getLogger(name).setLevel(logging.WARNING)
    try:
        listener = _listener(chosen.host, chosen.port)
    except OSError as error:
        print(f"The gateway cannot listen on {chosen.host} port {chosen.port}: {error}.", file=sys.stderr)
        return 2
    address = f"http://{chosen.host}:{listener.getsockname()[1]}"
    config = dataclasses.replace(config, public_url=config.public_url or address)
    application = Application(config)
    for name in config.connections:
        application.opened(name)
    ready = _ready(config, address, as_json=chosen.json)
    app = Asgi(application, on_start=lambda: print(ready, flush=True))
    options = uvicorn.Config(app, log_config=None, access_log=False, server_header=False, lifespan="on")
    listener.listen(options.backlog)  # who connects from now on is answered, so the line that follows is true
    uvicorn.Server(options).run(sockets=[listener])
    return 0


def _ready(config: Config, address: str, *, as_json: bool) -> str:
    names = sorted(config.connections)
    if as_json:
        return json.dumps({"address": address, "connections": names})
    return f"Scimgate is ready on {address} with the connection{'s' if len(names) > 1 else ''} {', '.join(names)}"


def _listener(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # asyncio switches Nagle's algorithm off only where the protocol is named; without that an answer takes 40 ms
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
    except OSError:
        listener.close()
        raise
    return listener
