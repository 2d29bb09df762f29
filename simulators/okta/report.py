"""The closing report of a run: what was done, and which tasks are left on the administrator's list."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from typing import Any

from simulators.okta.masking import Mask

ACTIONS = {
    "users": ("created", "linked", "updated", "reactivated", "deactivated", "unchanged", "failed"),
    "groups": ("created", "linked", "renamed", "members", "pushed", "deleted", "unlinked", "unchanged", "failed"),
    "import": ("scanned", "matched", "new", "inactive", "groups"),
}
SHOWN = 20


@dataclass(frozen=True, slots=True)
class Task:
    """What Okta shows under Tasks: one person or group that failed, and why."""

    who: str
    why: str
    retried: int = 0


@dataclass
class Report:
    """Holds counts and failures only, so that a run over many people needs little memory."""

    target: str
    app: str
    mask: Mask = field(repr=False)
    counts: dict[str, Counter[str]] = field(default_factory=lambda: {part: Counter() for part in ACTIONS})
    tasks: list[Task] = field(default_factory=list)
    warnings: Counter[str] = field(default_factory=Counter)
    requests: Counter[str] = field(default_factory=Counter)
    waited: float = 0.0
    seconds: float = 0.0
    stopped: str | None = None
    """Why Test API Credentials or the import failed; nothing was provisioned."""

    def did(self, part: str, action: str) -> None:
        self.counts[part][action] += 1

    def fail(self, part: str, who: str, why: str, retried: int) -> Task:
        self.did(part, "failed")
        self.tasks.append(Task(who, self.mask.line(why), retried))
        return self.tasks[-1]

    def warn(self, what: str) -> None:
        self.warnings[self.mask.line(what)] += 1

    @property
    def exit_status(self) -> int:
        return 1 if self.stopped or self.tasks else 0

    def as_json(self) -> dict[str, Any]:
        return {
            "target": self.target,
            "app": self.app,
            "exit": self.exit_status,
            "stopped": self.stopped,
            "counts": {part: {each: self.counts[part][each] for each in ACTIONS[part]} for part in ACTIONS},
            "sent": {**self.requests, "total": self.requests.total()},
            "tasks": [asdict(task) for task in self.tasks],
            "warnings": [{"what": what, "times": times} for what, times in self.warnings.items()],
            "waited": round(self.waited, 3),
            "seconds": round(self.seconds, 3),
        }

    def as_text(self) -> str:
        lines = [f"{self.app} app, {self.target}, {self.seconds:.1f} s"]
        for part, actions in ACTIONS.items():
            if part == "users" or self.counts[part]:
                lines += ["", f"{part}:", *(f"  {each:<12}{self.counts[part][each]:>7}" for each in actions)]
        sent = ", ".join(f"{method} {number}" for method, number in sorted(self.requests.items()))
        lines += ["", f"requests: {self.requests.total()} ({sent or 'none'})"]
        if self.waited:
            lines.append(f"held up {self.waited:.1f} s by 429 or 503")
        lines += _section("tasks", [_told(task) for task in self.tasks])
        lines += _section("warnings", [f"{what} ({times} times)" for what, times in self.warnings.items()])
        if self.stopped:
            lines += ["", f"Stopped: {self.stopped}"]
        return "\n".join(lines)


def _told(task: Task) -> str:
    return f"{task.who}: {task.why}" + (f" (tried {task.retried + 1} times)" if task.retried else "")


def _section(title: str, rows: Iterable[str]) -> list[str]:
    lines = [f"  {row}" for row in rows]
    more = [f"  and {len(lines) - SHOWN} more"] if len(lines) > SHOWN else []
    return ["", f"{title}:", *lines[:SHOWN], *more] if lines else []
