"""JSON text in pieces is the text of the whole, and no piece is long."""

from __future__ import annotations

import json
from json import JSONEncoder
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scim import text
from scim.message import Response
from scim.text import PLAIN, SLICE, long, pieces
from scim.versions import SORTED, version

VALUES: Any = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=8) | st.dictionaries(st.text(max_size=3), inner, max_size=5),
    max_leaves=40,
)


@given(value=VALUES, encoder=st.sampled_from([PLAIN, SORTED, JSONEncoder()]))
def test_the_pieces_of_any_value_are_its_text(value: Any, encoder: JSONEncoder) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(text, "SLICE", 3)
        assert "".join(pieces(value, encoder)) == encoder.encode(value)


def group(members: int) -> dict[str, Any]:
    return {"id": "g", "members": [{"value": str(number)} for number in range(members)]}


LONG: list[tuple[str, Any, bool]] = [
    ("a text, however long", "x" * 10_000, False),
    ("nothing", {}, False),
    ("a group whose members fit one piece", group(SLICE), False),
    ("one more", group(SLICE + 1), True),
    ("a group in a list of groups", {"Resources": [group(1), group(SLICE + 1)]}, True),
    ("the members in the state of a version", [7, {}, [["a"] * (SLICE + 1), None]], True),
    ("a page of the largest size", {"Resources": [group(2)] * SLICE}, False),
]


@pytest.mark.parametrize(("why", "document", "expected"), LONG, ids=[row[0] for row in LONG])
def test_what_is_long(why: str, document: Any, expected: bool) -> None:
    assert long(document) is expected, why
    assert (len(list(pieces(document))) > 1) is expected, why
    body = Response.of(200, document)
    assert isinstance(body.content, bytes) is not expected, why
    assert json.loads(body.body) == document


@pytest.mark.parametrize("members", [SLICE + 1, 10 * SLICE, 10 * SLICE + 1])
def test_no_piece_of_a_long_body_is_long(members: int) -> None:
    document = {"Resources": [group(2), group(members)]}
    content = Response.of(200, document).content
    assert not isinstance(content, bytes)
    whole = PLAIN.encode(document).encode()
    assert b"".join(content) == b"".join(content) == whole, "it can be written twice"
    assert max(map(len, content)) < 1.1 * len(PLAIN.encode(group(SLICE)))


def test_half_a_pair_is_sent_as_a_question_mark_in_short_and_in_long() -> None:
    short, big = {"members": ["\ud800"]}, {"members": ["\ud800"] * (SLICE + 1)}
    assert json.loads(Response.of(200, short).body) == {"members": ["?"]}
    assert json.loads(Response.of(200, big).body) == {"members": ["?"] * (SLICE + 1)}


def test_a_version_is_of_the_state_and_not_of_its_order() -> None:
    state = group(3 * SLICE)
    turned = dict(reversed(state.items()))
    assert version(state) == version(turned)
    turned["members"] = [*state["members"][:-1], {"value": "another"}]
    assert version(state) != version(turned)
