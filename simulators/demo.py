"""`make run`: the Replicon simulator and the gateway side by side, with lines to paste.

Everything starts empty each time, in a folder of its port. A gateway that is killed is started again on the same port
with the same data, so that one can watch it take up its work.
"""

from __future__ import annotations

import contextlib
import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PORT = "7071"
PASSWORD = "s3cret"
PID = "gateway.pid"


class Cannot(Exception):
    """The demonstration cannot start. The message says why."""


def main() -> int:
    """Run until interrupted; 2 when something does not start."""
    for number in (signal.SIGTERM, signal.SIGINT):  # a shell starts what runs behind it with Ctrl-C ignored
        signal.signal(number, _interrupt)
    simulator = gateway = None
    try:
        port = _free(os.environ.get("PORT", PORT))
        data = _empty(Path(".data/demo") / port)
        simulator, address = _start(["-m", "simulators.replicon", "--port", "0"], os.environ.copy())
        url = address.split()[-1]
        environment = os.environ | _environment(url, data)
        serve = ["-m", "gateway", "serve", "--config", "examples/demo/gateway.toml", "--port", port, "--quiet"]
        gateway, line = _start(serve, environment)
        print(_welcome(line.split(" with ")[0].split()[-1], url, environment, data), flush=True)
        while True:
            (ROOT / data / PID).write_text(str(gateway.pid))
            gateway.wait()
            print(f"The gateway ended ({_how(gateway.returncode)}); it is started again.", flush=True)
            time.sleep(1)
            gateway, _ = _start(serve, environment)
            print("The gateway is ready again.", flush=True)
    except KeyboardInterrupt:
        return 0
    except Cannot as error:
        print(error, file=sys.stderr)
        return 2
    finally:
        for process in filter(None, (gateway, simulator)):
            _stop(process)


def _interrupt(number: int, frame: object) -> None:
    raise KeyboardInterrupt


def _free(port: str) -> str:
    """The port, unless it cannot be had: then nothing may be touched, for another demonstration may use it."""
    try:
        with socket.create_server(("127.0.0.1", int(port))) as server:
            return str(server.getsockname()[1])
    except (ValueError, OverflowError):
        raise Cannot(f"PORT must be a number from 0 to 65535, not {port}.") from None
    except OSError as error:
        why = f"Port {port} cannot be had: {error.strerror}. Is it running already?"
        raise Cannot(f"{why} Choose another: PORT=7072 make run") from None


def _empty(data: Path) -> Path:
    shutil.rmtree(ROOT / data, ignore_errors=True)
    (ROOT / data).mkdir(parents=True)
    return data


def _environment(url: str, data: Path) -> dict[str, str]:
    return {
        "DEMO_STORE": f"sqlite:{data}/gateway.db",
        "DEMO_DIRECTORY_PATH": f"{data}/directory.db",
        "DEMO_DIRECTORY_TOKEN": secrets.token_urlsafe(24),
        "DEMO_REPLICON_TOKEN": secrets.token_urlsafe(24),
        "DEMO_REPLICON_PASSWORD": PASSWORD,
        "DEMO_REPLICON_URL": url,
    }


def _start(arguments: list[str], environment: dict[str, str]) -> tuple[subprocess.Popen[str], str]:
    """A process of ours, once it has printed the line that says it is ready."""
    command = [sys.executable, *arguments]
    process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True)  # noqa: S603
    stream = process.stdout
    line = stream.readline().strip() if stream else ""
    if not line or not stream:
        raise Cannot(f"python {' '.join(arguments[:3])} did not start (exit status {process.wait()}); see above.")
    threading.Thread(target=lambda: [print(text, end="", flush=True) for text in stream], daemon=True).start()
    return process, line


def _how(status: int) -> str:
    return f"signal {-status}" if status < 0 else f"exit status {status}"


def _stop(process: subprocess.Popen[str]) -> None:
    process.terminate()
    with contextlib.suppress(subprocess.TimeoutExpired):
        process.wait(5)
    process.kill()


def _welcome(gateway: str, simulator: str, environment: dict[str, str], data: Path) -> str:
    python = ".venv/bin/python"
    directory, replicon = environment["DEMO_DIRECTORY_TOKEN"], environment["DEMO_REPLICON_TOKEN"]
    user = '{"userName":"ada@example.com","displayName":"Ada","active":true}'
    json = "Content-Type: application/scim+json"
    people = f"simulators/entra/people.csv --state {data}/entra.state --rate 10"
    return f"""
Scimgate is running. Nothing leaves this machine; everything starts empty each time. Ctrl-C ends it.

  connection  Tenant URL                                     Secret Token
  directory   {gateway + "/directory/scim/v2":<45}  {directory}
  replicon    {gateway + "/replicon/scim/v2":<45}  {replicon}

Try it in a second terminal, in this folder:

  curl -H "Authorization: Bearer {directory}" {gateway}/directory/scim/v2/Users
  curl -H "Authorization: Bearer {directory}" -H "{json}" {gateway}/directory/scim/v2/Users -d '{user}'
  curl -H "Authorization: Bearer {replicon}" '{gateway}/replicon/scim/v2/Users?filter=userName+eq+%22scim.gateway%22'

Send what Microsoft Entra ID sends for 50 people into the Replicon simulator:

  {python} -m simulators.entra '{gateway}/replicon/scim/v2' --token {replicon} {people}

See the accounts there: curl {simulator.rstrip("/")}/_control/state
It takes ten seconds. Kill the gateway meanwhile: it is started again on the same port with the same data. People whose
request came in between are failed; send the line again, and still everybody is there once.

  kill -9 $(cat {data}/{PID})
"""


if __name__ == "__main__":
    sys.exit(main())
