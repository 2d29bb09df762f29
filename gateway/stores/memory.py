"""Stop-gap."""
from __future__ import annotations
import itertools, time
from collections.abc import AsyncIterator, Callable, Sequence
from scim.identity.store import Conflict, Delete, Insert, Merge, Operation, Replace, Row

class MemoryStore:
    def __init__(self, clock: Callable[[], float] = time.time) -> None:
        self.rows: dict[tuple[str, str], tuple[dict, str, float]] = {}
        self.clock = clock; self.n = itertools.count(1)
    async def get(self, partition: str, key: str) -> Row | None:
        r = self.rows.get((partition, key))
        return Row(key, dict(r[0]), r[1], max(0.0, self.clock() - r[2])) if r else None
    async def scan(self, partition: str, prefix: str) -> AsyncIterator[Row]:
        for p, k in sorted(self.rows):
            if p == partition and k.startswith(prefix):
                row = await self.get(p, k)
                if row: yield row
    async def commit(self, partition: str, operations: Sequence[Operation]) -> Sequence[str]:
        for o in operations:
            r = self.rows.get((partition, o.key))
            if isinstance(o, Insert) and r: raise Conflict(o.key)
            if isinstance(o, (Replace, Delete)) and (not r or (o.etag not in ("*", r[1]))): raise Conflict(o.key)
        out = []
        for o in operations:
            if isinstance(o, Delete): del self.rows[partition, o.key]; out.append(""); continue
            e = str(next(self.n)); old = self.rows.get((partition, o.key))
            v = {**(old[0] if old and isinstance(o, Merge) else {}), **o.values}
            self.rows[partition, o.key] = (v, e, self.clock()); out.append(e)
        return out
    async def aclose(self) -> None: return
