"""The quality scale of adapters: rules of three grades, and what `quality.toml` beside an adapter says of them.

A rule is `"done"`, or a table with the proof (`done`), what is missing (`todo`), or why it cannot apply (`exempt`).
"""

from __future__ import annotations

import importlib.util
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gateway.registry import Claim

FILE = "quality.toml"
GRADES = ("bronze", "silver", "gold")
STATES = ("done", "todo", "exempt")
WORDS = {"done": "done", "todo": "to do", "exempt": "exempt"}
RULES: Mapping[str, tuple[str, str]] = {
    "contract-kit": ("bronze", "every resource type passes the contract kit"),
    "strict-settings": ("bronze", "settings refuse what they do not know, and secrets are `SecretStr`"),
    "check": ("bronze", "`check` tells refused credentials from a backend that is away"),
    "page": ("bronze", "a page shows its settings and attributes, and a test compares them with the code"),
    "native-match": ("silver", "the search for a `userName` is the backend's own"),
    "call-counts": ("silver", "the backend calls of every verb are stated, and a test counts them"),
    "stand-in": ("silver", "a simulator or a fake answers as the backend does, its refusals included"),
    "repeats": ("silver", "a write whose answer was lost can be repeated without a second record"),
    "life-cycle": ("silver", "Entra's client takes people through create, change, disable and delete"),
    "bad-days": ("gold", "outages, throttling and lost answers under a whole cycle end in the right state"),
    "every-switch": ("gold", "the life cycle runs over every switch of the stand-in, one for each unknown"),
    "scale": ("gold", "a cycle over thousands of people, and a second one that writes nothing"),
    "real-system": ("gold", "somebody has run it against the real system"),
}
"""The rules by name: their grade, and what must be true."""


class QualityRefused(ValueError):
    """A quality file cannot be used; the message says why."""


@dataclass(frozen=True, slots=True)
class Mark:
    """What is said of one rule: its state, and the proof, the lack or the reason."""

    state: str
    text: str = ""


def read(document: Mapping[str, Any], source: str) -> Mapping[str, Mark]:
    """The marks of a quality file that has been parsed; `QualityRefused` names what is wrong with it."""
    unknown, missing = sorted(document.keys() - RULES.keys()), [rule for rule in RULES if rule not in document]
    if unknown or missing:
        named = [f"knows no rule {rule}" for rule in unknown] + [f"says nothing of {rule}" for rule in missing]
        raise QualityRefused(f"{source} {', '.join(named)}.")
    return {rule: _mark(rule, document[rule], source) for rule in RULES}


def _mark(rule: str, value: Any, source: str) -> Mark:
    if value == "done":
        return Mark("done")
    if isinstance(value, Mapping) and len(value) == 1:
        [(state, text)] = value.items()
        if state in STATES and isinstance(text, str) and text.strip():
            return Mark(state, text)
    raise QualityRefused(
        f'{source}: {rule} must be "done", or {{ done = "PROOF" }}, {{ todo = "…" }} or {{ exempt = "WHY" }}.'
    )


def grade(marks: Mapping[str, Mark]) -> str:
    """The highest grade of which no rule is left to do, nor of those below it; empty when bronze is not reached."""
    reached = ""
    for name in GRADES:
        if any(marks[rule].state == "todo" for rule, (needed, _) in RULES.items() if needed == name):
            break
        reached = name
    return reached


def marks_of(claim: Claim) -> Mapping[str, Mark] | None:
    """What the file beside an adapter's package says; None where there is no file."""
    place = folder(claim)
    path = place / FILE if place else None
    if path is None or not path.is_file():
        return None
    try:
        return read(tomllib.loads(path.read_text(encoding="utf-8")), FILE)
    except (OSError, ValueError) as error:
        raise (
            error if isinstance(error, QualityRefused) else QualityRefused(f"{FILE} cannot be read: {error}.")
        ) from error


def folder(claim: Claim) -> Path | None:
    """The folder of an adapter that is a package; None for a single module, which has no place for a file."""
    try:
        spec = importlib.util.find_spec(claim.module)
    except Exception:  # the packages around it are imported for this, and they may be anybody's
        return None
    places = list(spec.submodule_search_locations or ()) if spec else []
    return Path(places[0]) if places else None


def markdown(marks: Mapping[str, Mapping[str, Mark]]) -> str:
    """The table of all adapters: a row for each rule, a column for each adapter, and below it every reason."""
    names = sorted(marks)
    rows = [f"| | rule | {' | '.join(names)} |", f"|---|---|{'---|' * len(names)}"]
    rows += [f"| | **grade** | {' | '.join(grade(marks[name]) or '-' for name in names)} |"]
    for rule, (needed, text) in RULES.items():
        states = " | ".join(WORDS[marks[name][rule].state] for name in names)
        rows.append(f"| {needed} | `{rule}`: {text} | {states} |")
    for state, heading in (("todo", "Still to do:"), ("exempt", "Exempt, because:")):
        told = [f"* {n}, `{r}`: {m.text}" for n in names for r, m in marks[n].items() if m.state == state]
        rows += ["", heading, "", *told] if told else []
    return "\n".join(rows)
