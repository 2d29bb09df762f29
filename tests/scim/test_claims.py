"""What a claim says by its state and its age, which is by the store's clock."""

from __future__ import annotations

from typing import Literal

import pytest

from scim.identity.claims import DONE_SECONDS, Claim, claim_of
from scim.identity.store import Row

State = Literal["held", "open", "done"]


def claim(state: State, age: float, lease: float) -> Claim:
    return Claim("c.x", "op-1", "payload", state, lease, value="ada@x", age=age, etag="e1")


@pytest.mark.parametrize(
    ("why", "state", "age", "lease", "left", "recent"),
    [
        ("its maker is at work", "held", 10, 90, 80, True),
        ("its maker had its time", "held", 90, 90, 0, True),
        ("a call of unknown outcome may yet take effect", "open", 10, 60, 50, True),
        ("a call of unknown outcome is over", "open", 60, 60, 0, True),
        ("a lease of hours", "held", 5000, 7200, 2200, True),
        ("nobody came back for it", "open", DONE_SECONDS, 60, 0, False),
        ("a create is done, and its repeat is told so", "done", 10, 90, 0, True),
        ("a create was done ten minutes ago", "done", DONE_SECONDS, 90, 0, False),
        ("done within a lease of hours", "done", 5000, 7200, 0, True),
    ],
)
def test_a_claim_is_live_for_its_lease_and_recent_for_ten_minutes(
    why: str, state: State, age: float, lease: float, left: float, recent: bool
) -> None:
    one = claim(state, age, lease)
    assert (one.live, one.left, one.recent) == (left > 0, left, recent), why


def test_a_claim_that_is_done_tells_its_id_and_no_name() -> None:
    values = claim("held", 10, 90).done("id-1").values
    assert (values["state"], values["id"], values["value"]) == ("done", "id-1", "")
    assert (values["op"], values["payload"]) == ("op-1", "payload"), "a repeat is known by them"


def test_a_claim_is_read_as_it_was_written() -> None:
    made = claim("open", 7, 60)
    assert claim_of(Row(made.key, made.values(), made.etag, made.age)) == made
