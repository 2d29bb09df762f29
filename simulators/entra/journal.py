"""What happened in a cycle, kept on disk instead of in memory: outcomes, warnings, and requests with their answers."""

from __future__ import annotations

import itertools
import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Literal, get_args

from simulators.entra.database import Database

Action = Literal[
    "created",
    "changed",
    "disabled",
    "enabled",
    "deleted",
    "unchanged",
    "failed",
    "escrowed",
    "staged",
    "skipped",
    "manager set",
    "group created",
    "group changed",
    "group deleted",
    "group unchanged",
    "members changed",
]
ACTIONS: tuple[Action, ...] = get_args(Action)

TABLES = """
CREATE TABLE outcomes (place TEXT PRIMARY KEY, person TEXT, action TEXT, repeated INTEGER, outcome TEXT);
CREATE INDEX actions ON outcomes (action, place);
CREATE TABLE warnings (n INTEGER PRIMARY KEY, person TEXT, what TEXT, times INTEGER, UNIQUE (person, what));
CREATE TABLE exchanges (n INTEGER PRIMARY KEY, exchange TEXT)
"""


@dataclass(frozen=True, slots=True)
class Outcome:
    """One person or group in one cycle. `repeated`: attributes that would be written again in every cycle."""

    person: str
    action: Action
    why: str = ""
    attributes: tuple[str, ...] = ()
    repeated: tuple[str, ...] = ()
    reference: bool = False
    """Whether it is about a manager or about members."""


class Journal:
    """Written by several workers; read when the cycle is over, page by page."""

    def __init__(self) -> None:
        self._database = Database(None, TABLES, 1)
        self._numbers = itertools.count()
        self.counts: Counter[str] = Counter()
        self.references = 0

    def add(self, outcome: Outcome, position: int = 0) -> None:
        """`position`: the place in the source, which orders the report whatever the order of the workers."""
        place = f"{position + 1:012d}.{next(self._numbers):012d}"
        text = json.dumps(asdict(outcome), ensure_ascii=False)
        entry = (place, outcome.person, outcome.action, bool(outcome.repeated), text)
        self._database.change(("INSERT INTO outcomes VALUES (?, ?, ?, ?, ?)", entry))
        self.counts[outcome.action] += 1
        self.references += outcome.reference and outcome.action == "failed"

    def warn(self, person: str, what: str) -> None:
        sql = "INSERT INTO warnings VALUES (NULL, ?, ?, 1) ON CONFLICT (person, what) DO UPDATE SET times = times + 1"
        self._database.change((sql, (person, what)))

    def record(self, exchange: str) -> None:
        """One as JSON; half a surrogate pair, which SQLite refuses, becomes an escape again."""
        text = exchange.encode("utf-8", "backslashreplace").decode("utf-8")
        self._database.change(("INSERT INTO exchanges VALUES (NULL, ?)", (text,)))

    def outcomes(self, action: str = "", *, repeated: bool = False) -> Iterator[Outcome]:
        sql = """SELECT place, outcome FROM outcomes WHERE place > ? AND (action = ? OR ? = '') AND repeated >= ?
                 ORDER BY place"""
        for _, text in self._database.walk(sql, action, action, repeated):
            found = json.loads(text)
            lists = {name: tuple(found[name]) for name in ("attributes", "repeated")}
            yield Outcome(**{**found, **lists})

    def people(self, *, but: str = "", only: str = "", repeated: bool = False) -> int:
        """How many different people have an outcome of this kind, or of any other kind."""
        sql = """SELECT count(DISTINCT person) FROM outcomes
                 WHERE action <> ? AND (action = ? OR ? = '') AND repeated >= ?"""
        return int(self._database.rows(sql, but, only, only, repeated)[0][0])

    def warnings(self) -> Iterator[tuple[str, str, int]]:
        sql = "SELECT n, person, what, times FROM warnings WHERE n > ? ORDER BY n"
        return ((person, what, times) for _, person, what, times in self._database.walk(sql, first=0))

    def kinds_of_warnings(self, limit: int) -> list[tuple[str, int, str]]:
        """What was warned of, for how many people, and for whom first."""
        sql = "SELECT what, count(*), min(n) FROM warnings GROUP BY what ORDER BY min(n) LIMIT ?"
        name = "SELECT person FROM warnings WHERE n = ?"
        return [
            (what, number, self._database.rows(name, n)[0][0]) for what, number, n in self._database.rows(sql, limit)
        ]

    def exchanges(self) -> Iterator[str]:
        """Requests with their answers as JSON, in the order of the answers."""
        sql = "SELECT n, exchange FROM exchanges WHERE n > ? ORDER BY n"
        return (text for _, text in self._database.walk(sql, first=0))

    def close(self) -> None:
        self._database.close()
