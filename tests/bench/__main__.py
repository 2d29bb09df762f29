"""`python -m tests.bench`: measures, and prints the table of docs/reference/benchmarks.md."""

from __future__ import annotations

import tempfile
from pathlib import Path

from tests.bench import server, worker
from tests.bench.table import printed

with tempfile.TemporaryDirectory() as scratch:
    lines = [*worker.lines(Path(scratch)), *server.lines(Path(scratch))]
    print(printed(lines))
