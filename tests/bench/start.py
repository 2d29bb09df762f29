"""`python -m tests.bench.start FOLDER METHOD TARGET [TOKEN [COUNT]]`: a start of an app in the worker library.

Prints as JSON the CPU seconds of this process until its first answer (`first`), the seconds of CPU that each of COUNT
further requests takes (`each`), and the status of the first answer.
"""

from __future__ import annotations

import asyncio
import json
import logging
import sys
import time
from pathlib import Path

from tests.hosts.functions_host import FunctionsHost


async def main(folder: str, method: str, target: str, token: str = "", count: str = "0") -> None:
    """Start, ask, tell."""
    host = await FunctionsHost(Path(folder)).start()
    headers = [("Authorization", f"Bearer {token}")] if token else []
    reply = await host.request(method, target, headers)
    first, each = time.process_time(), []
    for _ in range(int(count) // 100):
        begun = time.process_time()
        for _ in range(100):
            await host.request(method, target, headers)
        each.append((time.process_time() - begun) / 100)
    print(json.dumps({"first": first, "each": min(each, default=0), "status": reply.status, "error": reply.error}))
    host.stop()


if __name__ == "__main__":
    # httpx imports its command line where click is installed: by uvicorn here, in no package of a Function
    sys.modules["click"] = None  # type: ignore[assignment]
    logging.basicConfig(level=logging.INFO, stream=sys.stderr)
    asyncio.run(main(*sys.argv[1:]))
