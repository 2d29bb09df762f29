"""The engine over the adapter over the simulator, with what clients send."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from adapters.scim import ScimAdapter
from scim.options import Options
from simulators.scim import Simulator
from tests.adapters.scim_profiles import connect, write
from tests.served import Served


class Gateway(Served[ScimAdapter]):
    """One connection to the simulator by a profile, or by the one that ships."""

    def __init__(
        self, simulator: Simulator, folder: Path, profile: Mapping[str, Any] | None = None, **settings: Any
    ) -> None:
        rows = settings.pop("rows", None)
        options = {name: settings.pop(name) for name in list(settings) if name in Options.__slots__}
        self.simulator = simulator
        adapter = connect(simulator, write(folder, profile) if profile else "rfc", **settings)
        super().__init__(adapter, rows=rows, **options)

    @property
    def users(self) -> dict[str, dict[str, Any]]:
        """Who stands at the backend, by login."""
        return {one["userName"]: one for one in self.simulator.store.resources["Users"].values()}

    def calls(self) -> Counter[str]:
        """Calls of the backend since the last time, by method and address."""
        with self.simulator.lock:
            counts = self.simulator.store.counts()
            self.simulator.store.requests.clear()
        return counts

    def bodies(self, method: str) -> list[Any]:
        """What was sent by a method since the last look at the calls."""
        return [one["body"] for one in self.simulator.store.requests if one["method"] == method]
