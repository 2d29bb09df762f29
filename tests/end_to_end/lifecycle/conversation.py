"""What is said to one connection about one person, and what is then found in its backend."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import count
from typing import Any
from urllib.parse import quote

import httpx

from tests.end_to_end.lifecycle.system import COMMON, CORE, ENTERPRISE, Cell, Json, Switches
from tests.end_to_end.lifecycle.world import Place

MESSAGE = "urn:ietf:params:scim:api:messages:2.0:PatchOp"
FLAG = "?aadOptscim062020"
NUMBERS = count(1)


@dataclass(frozen=True)
class Trouble:
    """What goes wrong at every request again, and whether the gateway must be told to try once more."""

    why: str
    fault: Json = field(default_factory=dict)
    switches: Switches = field(default_factory=dict)
    relief: bool = False
    """The trouble stays until it is taken away, and until then nothing can be done."""


@dataclass
class Conversation:
    """About one person, at one connection, in one dialect."""

    place: Place
    cell: Cell
    flag: bool
    exact: bool = False
    """Whether calls are counted as the system's page tells them."""
    trouble: Trouble | None = None

    def __post_init__(self) -> None:
        self.number = next(NUMBERS)
        self.login, self.new, self.twin = (
            f"{name}{self.number}@contoso.com" for name in ("jane+er", "jane.doe", "else")
        )
        self.system, self.refused = self.place.system, 0
        self.user: Json = {}
        self.id = ""
        self.differs = {**self.system.differs, **self.cell.differs}
        self.loses = {name for one in (self.system, self.cell) for name in one.differs.get("loses", ())}

    # -- what is sent ----------------------------------------------------------------------------------------------

    def person(self, login: str) -> Json:
        extra = {name: _filled(value, f"{self.number}{login[0]}") for name, value in self.system.person.items()}
        schemas = [f"{CORE}:User", *([ENTERPRISE] if ENTERPRISE in extra else [])]
        return {
            "schemas": schemas,
            "userName": login,
            "externalId": f"object-{login}",
            "active": True,
            "displayName": "Jane Roe",
            "name": {"givenName": "Jane", "familyName": "Roe"},
            "emails": [{"primary": True, "type": "work", "value": login}],
            **extra,
        }

    def search(self, login: str) -> str:
        return "/Users?filter=" + quote(f'userName eq "{login}"')

    def change(self, values: Mapping[str, Any], id: str = "") -> httpx.Response:
        """A PATCH in this life's dialect."""
        if self.flag:
            operations: list[Json] = [{"op": "replace", "value": dict(values)}]
        else:
            texts = {name: str(v) if isinstance(v, bool) else v for name, v in values.items()}
            operations = [{"op": "Replace", "path": name, "value": value} for name, value in texts.items()]
        body = {"schemas": [MESSAGE], "Operations": operations}
        return self.scim("PATCH", f"/Users/{id or self.id}{FLAG if self.flag else ''}", body)

    def patch(self, path: str, operation: Json) -> int:
        body = {"schemas": [MESSAGE], "Operations": [operation]}
        return self.scim("PATCH", f"{path}{FLAG if self.flag else ''}", body).status_code

    def scim(self, method: str, path: str, body: Any = None) -> httpx.Response:
        """The answer in the end. In between it is 503, or 429 where the backend said so, with a time to wait."""
        self._arm()
        answer = self.place.scim(method, path, body)
        for _ in range(4):
            if self.trouble is None or answer.status_code not in (429, 503):
                break
            assert int(answer.headers["retry-after"]) > 0
            self.refused += 1
            if self.trouble.relief:
                self._disarm()
            if answer.status_code == 429:
                time.sleep(self.system.penalty)
            answer = self.place.scim(method, path, body)
        self._disarm()
        return answer

    def _arm(self) -> None:
        if self.trouble is not None:
            self.place.control("POST", "switches", self.trouble.switches)
            if self.trouble.fault:
                self.place.control("POST", "inject", self.trouble.fault)

    def _disarm(self) -> None:
        if self.trouble is not None:
            self.place.control("POST", "switches", dict.fromkeys(COMMON, 0))
            self.place.control("DELETE", "inject")

    # -- what stands there -----------------------------------------------------------------------------------------

    def account(self, login: str) -> Json:
        return self.place.held().users[login]

    def logins(self) -> set[str]:
        """The accounts of this life."""
        return {self.login, self.new, self.twin} & self.place.held().users.keys()

    def forget(self) -> None:
        self.place.log()

    def called(self, step: str, *, writes: bool = True) -> None:
        """Compare the calls since the last step with those that the system's page tells."""
        log = self.place.log()
        if self.trouble is not None or not self.place.simulated:
            return
        told = self.system.calls.get(step)
        if not writes:
            assert [one["operation"] for one in log if one["write"]] == [], f"{step}: nothing is written"
        if told is not None and self.exact:
            found = Counter(one["operation"] for one in log)
            assert found == Counter(told), f"{step}: {found}"
        if told is not None:
            most = sum(number for name, number in told.items() if not name.startswith(self.system.reads))
            assert sum(one["write"] and one["status"] < 400 for one in log) == most, (step, log)


def _filled(value: Any, number: str) -> Any:
    if isinstance(value, dict):
        return {name: _filled(one, number) for name, one in value.items()}
    return value.replace("{number}", number) if isinstance(value, str) else value
