"""Random edits of generated people, so that a later cycle has something to do.

Every edit seed is one round over everybody; rounds are applied one after the other, so the rounds 1 and 2 begin with
what round 1 alone makes. In each round a share of the people is touched: changed, renamed, blocked, unassigned,
deleted softly or for good, moved out of the directory; who is away comes back with an even chance. A tenth of the
share joins.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from random import Random
from typing import Any

RETURNS = 0.5


@dataclass(frozen=True, slots=True)
class Standing:
    """How a person stands after the rounds so far; the numbers are the round of the last such edit."""

    changed: int = 0
    renamed: int = 0
    blocked: bool = False
    unassigned: bool = False
    soft_deleted: bool = False
    deleted: bool = False

    @property
    def away(self) -> bool:
        return self.blocked or self.unassigned or self.soft_deleted


MARKED = ("changed", "renamed")
KINDS = (*MARKED, "blocked", "unassigned", "soft_deleted", "deleted")
WEIGHTS = (60, 10, 8, 8, 8, 6)


@dataclass(frozen=True)
class Edits:
    """The rounds over the people of one seed."""

    seed: int
    rounds: tuple[int, ...]
    share: float
    size: int

    @property
    def joiners(self) -> int:
        return max(1, round(self.size * self.share / 10))

    @property
    def total(self) -> int:
        """Everybody who is or was ever there."""
        return self.size + self.joiners * len(self.rounds)

    def standing(self, number: int) -> Standing | None:
        """None: not there yet, or gone for good since an earlier round."""
        joined = 0 if number < self.size else 1 + (number - self.size) // self.joiners
        if joined > len(self.rounds):
            return None
        standing = Standing()
        for place, edit_seed in enumerate(self.rounds[joined:], joined + 1):
            if standing.deleted:
                return None
            standing = self._next(standing, Random(f"{self.seed}/{number}/{edit_seed}"), place)
        return standing

    def _next(self, standing: Standing, chance: Random, place: int) -> Standing:
        if standing.away and chance.random() < RETURNS:
            return replace(standing, blocked=False, unassigned=False, soft_deleted=False)
        if chance.random() >= self.share:
            return standing
        [kind] = chance.choices(KINDS, WEIGHTS)
        edit: dict[str, Any] = {kind: place if kind in MARKED else True}
        return replace(standing, **edit)
