"""The two PATCH dialects (Learn, "Known issues and resolutions with SCIM 2.0 protocol compliance").

Without the flag: one operation per attribute, capitalised names, booleans as text. With `aadOptscim062020` in the
tenant URL: lower-case names, JSON booleans, and several changes of single-valued attributes gathered in one operation
without a path; one such change alone keeps its path, and value paths always do.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from simulators.entra.expressions import Value
from simulators.entra.paths import AttributePath
from simulators.entra.roles import Roles

Dialect = Literal["default", "aadOptscim062020"]
Operation = dict[str, Any]
FLAG: Dialect = "aadOptscim062020"
SCHEMA = "urn:ietf:params:scim:api:messages:2.0:PatchOp"


@dataclass(frozen=True, slots=True)
class Difference:
    """One attribute that is not as Entra wants it. No `wanted`: it has to go."""

    path: AttributePath
    wanted: Value | None
    present: bool

    @property
    def op(self) -> str:
        if self.wanted is None:
            return "Remove"
        return "Replace" if self.present else "Add"


def patch_body(differences: Sequence[Difference], dialect: Dialect) -> dict[str, Any]:
    roles = [each.wanted.operation(flag=dialect == FLAG) for each in differences if isinstance(each.wanted, Roles)]
    others = [each for each in differences if not isinstance(each.wanted, Roles)]
    operations = _gathered(others) if dialect == FLAG else [_single(each) for each in others]
    return {"schemas": [SCHEMA], "Operations": operations + roles}


def _single(difference: Difference) -> Operation:
    operation: Operation = {"op": difference.op, "path": difference.path.text}
    if difference.wanted is None:
        return operation
    wanted = str(difference.wanted) if isinstance(difference.wanted, bool) else difference.wanted
    return operation | {"value": wanted}


def _plain(difference: Difference) -> Operation:
    operation = _single(difference) | {"op": difference.op.lower()}
    return operation if difference.wanted is None else operation | {"value": difference.wanted}


def _gathered(differences: Sequence[Difference]) -> list[Operation]:
    alone = [each for each in differences if each.path.is_value_path or each.wanted is None]
    operations = [_plain(each) for each in alone]
    for op in ("Add", "Replace"):
        operations += _one_operation([each for each in differences if each.op == op and each not in alone])
    return operations


def _one_operation(differences: Sequence[Difference]) -> Iterable[Operation]:
    """Microsoft shows several replaced attributes gathered; that added ones are gathered alike is our assumption."""
    if len(differences) < 2:
        return [_plain(each) for each in differences]
    return [{"op": differences[0].op.lower(), "value": {each.path.text: each.wanted for each in differences}}]
