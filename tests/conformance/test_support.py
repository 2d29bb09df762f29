"""The page that says what SCIM is there: it is printed from the features, and each is asked of the gateway.

`python -m tests.conformance.test_support` prints the tables to paste.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.conformance.features import FEATURES, GROUPS, USER, Feature
from tests.conformance.poor import document
from tests.conformance.surface import Surface
from tests.corpus import reads, resources, test_filters, test_patches

ROOT = Path(__file__).resolve().parent.parent.parent
PAGE = ROOT / "docs" / "reference" / "scim-support.md"
CORPORA = {
    "filters": ("tests/corpus/test_filters.py", len(test_filters.FOUND) + len(test_filters.REFUSED)),
    "PATCH": ("tests/corpus/test_patches.py", len(test_patches.ROWS)),
    "resources, by POST and by PUT": ("tests/corpus/test_resources.py", len(resources.ROWS)),
    "lists": ("tests/corpus/test_reads.py", len(reads.ROWS) + len(reads.REFUSED)),
}


def features() -> str:
    """The table of features."""
    rows = [f"| {one.section} | {one.name} | {one.state} | `{one.tests}` |" for one in FEATURES]
    return "\n".join(["| RFC | feature | state | tested by |", "|---|---|---|---|", *rows])


def corpora() -> str:
    """The table of corpora."""
    rows = [f"| {name} | {count} | `{place}` |" for name, (place, count) in CORPORA.items()]
    return "\n".join(["| corpus | rows | tested by |", "|---|---|---|", *rows])


def declared(surface: Surface) -> str:
    """The table of what /ServiceProviderConfig declares."""
    config = surface.send("GET", "/ServiceProviderConfig").json()
    rows = []
    for name, said in config.items():
        if name == "pagination":
            paging = ", ".join(f"{key} {json.dumps(value)}" for key, value in said.items())
            rows.append(f"| `{name}` | yes | {paging} |")
        if isinstance(said, dict) and "supported" in said:
            bounds = ", ".join(f"{bound} {value}" for bound, value in said.items() if bound != "supported")
            rows.append(f"| `{name}` | {'yes' if said['supported'] else 'no'} | {bounds} |")
    return "\n".join(["| name | supported | |", "|---|---|---|", *rows])


@pytest.fixture
def surface() -> Iterator[Surface]:
    made = Surface(document("directory", {"path": ":memory:"}))
    yield made
    made.close()


def test_the_page_has_the_tables_of_today(surface: Surface) -> None:
    text = PAGE.read_text()
    for table in (features(), corpora(), declared(surface)):
        assert table in text, "python -m tests.conformance.test_support prints the tables to paste"


@pytest.mark.parametrize("feature", FEATURES, ids=lambda one: f"{one.section}: {one.name}")
def test_a_feature_is_as_the_page_says(surface: Surface, feature: Feature) -> None:
    person = surface.send("POST", "/Users", USER)
    group = surface.send("POST", "/Groups", {"schemas": [GROUPS], "displayName": "Nurses"})
    names = {"{id}": person.json()["id"], "{group}": group.json()["id"], "{etag}": person.headers["etag"]}

    def real(text: str) -> str:
        for name, value in names.items():
            text = text.replace(name, value)
        return text

    method, path, sent = feature.question
    body: Any = None if sent is None else json.loads(real(json.dumps(sent)))
    headers = {name: real(value) for name, value in feature.headers.items()}
    answer = surface.ask(method, real(path), body, headers)
    assert feature.shown(answer), answer.text
    assert (ROOT / feature.tests).is_file()


def test_what_is_declared_is_what_the_features_say(surface: Surface) -> None:
    config = surface.send("GET", "/ServiceProviderConfig").json()
    states = {feature.name: feature.state == "yes" for feature in FEATURES}
    assert config["bulk"]["supported"] is any("Bulk" in feature.name for feature in FEATURES)
    assert config["sort"]["supported"] is states["`sortBy` and `sortOrder`"]
    assert config["etag"]["supported"] is any("If-Match" in feature.name for feature in FEATURES)
    assert config["patch"]["supported"] is states["PATCH add"]
    assert config["filter"]["supported"] is any("filters" in feature.name for feature in FEATURES)
    assert ("pagination" in config) is states["cursors"]


if __name__ == "__main__":
    shown = Surface(document("directory", {"path": ":memory:"}))
    print(features(), corpora(), declared(shown), sep="\n\n")
    shown.close()
