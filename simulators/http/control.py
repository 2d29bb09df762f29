"""The control interface below `/_control`: what a test sets, and what it reads back."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from simulators.http.faults import Fault
from simulators.http.reply import Reply, as_json, parsed
from simulators.http.state import State

PREFIX = "/_control/"
Body = dict[str, Any]
Action = Callable[[Any, Body], Any]
"""What a call does with the state and the body; its result is answered, a ValueError is a 400."""


@dataclass(frozen=True)
class Control:
    """The calls that every simulator has, and its `own`; `operations` are what a fault may ask for, if not anything."""

    own: Mapping[tuple[str, str], Action]
    operations: Collection[str] = ()

    @property
    def actions(self) -> dict[tuple[str, str], Action]:
        """All calls, by method and name."""
        return {**_COMMON, ("POST", "inject"): self._inject, **self.own}

    def answer(self, state: State[Any], method: str, target: str, raw: bytes) -> Reply:
        """The reply to a call; the caller holds the lock."""
        try:
            url = urlsplit(target)
            action = self.actions.get((method, url.path.removeprefix(PREFIX)))
            if action is None:
                return as_json({"error": f"There are only {', '.join(' '.join(key) for key in self.actions)}."}, 404)
            return as_json(action(state, dict(parse_qsl(url.query)) | _object(raw)))
        except ValueError as error:
            return as_json({"error": str(error)}, 400)

    def _inject(self, state: State[Any], body: Body) -> Any:
        fault = Fault.of(body)
        if self.operations and fault.operation not in ("*", *self.operations):
            raise ValueError(f"operation is * or one of {', '.join(self.operations)}.")
        state.faults.append(fault)
        return {"queued": len(state.faults)}


def count(body: Body) -> int:
    """How many are to be seeded; ValueError when it is no number."""
    number = body.get("count", 0)
    if type(number) is not int or not 0 <= number <= 100_000:
        raise ValueError("count is a whole number from 0 to 100000.")
    return number


def _object(raw: bytes) -> Body:
    try:
        body = parsed(raw)
    except ValueError:
        raise ValueError("The body is not JSON.") from None
    if body is not None and not isinstance(body, dict):
        raise ValueError("The body is not a JSON object.")
    return body or {}


def _reset(state: State[Any], body: Body) -> Any:
    state.reset()
    return {}


def _state(state: State[Any], body: Body) -> Any:
    return state.state()


def _switches(state: State[Any], body: Body) -> Any:
    state.switches.set(body)
    return state.switches.document()


def _calm(state: State[Any], body: Body) -> Any:
    state.faults.clear()
    return {}


def _requests(state: State[Any], body: Body) -> Any:
    wanted = body.get("operation")
    return {"requests": [one for one in state.requests if wanted in (None, one["operation"])]}


def _forget(state: State[Any], body: Body) -> Any:
    state.requests.clear()
    return {}


def _counts(state: State[Any], body: Body) -> Any:
    return state.counts()


_COMMON: dict[tuple[str, str], Action] = {
    ("POST", "reset"): _reset,
    ("GET", "state"): _state,
    ("GET", "switches"): _switches,
    ("POST", "switches"): _switches,
    ("DELETE", "inject"): _calm,
    ("GET", "requests"): _requests,
    ("DELETE", "requests"): _forget,
    ("GET", "counts"): _counts,
}
