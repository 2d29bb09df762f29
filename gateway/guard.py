"""Refuses to start when `scim`, `adapters` or `gateway` was imported from somewhere else.

Packages of these names exist in the public index, and the order of `sys.path` differs between hosting plans.
"""

from __future__ import annotations

import importlib.util
from pathlib import Path

PRIVATE = ("scim", "adapters", "gateway", "scim_adapter")
ROOT = Path(__file__).resolve().parent.parent


class Shadowed(RuntimeError):
    """A package of ours is hidden by another one. The message names it and its place."""


def refuse_shadows(root: Path = ROOT) -> None:
    """Raise `Shadowed` unless every package of the application would be imported from beside this one."""
    for name in PRIVATE:
        spec = importlib.util.find_spec(name)
        place = Path(spec.origin).resolve().parent if spec and spec.origin else None
        if place != root / name:
            raise Shadowed(
                f"The package {name} of Scimgate is hidden by another one of this name ({place or 'it is missing'}). "
                f"Uninstall that one, or put the application's folder first on the Python path."
            )
