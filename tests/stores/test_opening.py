"""A store is chosen by its URL, and loads nothing that the others need."""

from __future__ import annotations

import re
import subprocess
import sys

import pytest

from gateway.stores import fault, open_store

KEY = "AccountKey=a2V5;"


@pytest.mark.parametrize(
    ("url", "kind"),
    [
        ("memory:", "MemoryStore"),
        ("sqlite:a/b.db", "SqliteStore"),
        ("sqlite:/a/b.db", "SqliteStore"),
        ("tables:https://account.table.core.windows.net", "TableStore"),
        ("tables:https://account.table.core.windows.net/", "TableStore"),
        ("tables:UseDevelopmentStorage=true", "TableStore"),
        (f"tables:DefaultEndpointsProtocol=https;AccountName=a;{KEY}EndpointSuffix=core.windows.net", "TableStore"),
        (f"tables:{KEY}AccountName=a;TableEndpoint=http://127.0.0.1:10002/a", "TableStore"),
        ("tables:TableEndpoint=https://a.table.core.windows.net;SharedAccessSignature=sv=1", "TableStore"),
    ],
)
def test_each_form_opens_its_store(url: str, kind: str) -> None:
    assert (fault(url), type(open_store(url)).__name__) == ("", kind)


@pytest.mark.parametrize(
    "url",
    ["", "memory", "memory:x", "sqlite:", "tables:", "redis://x", "C:/x.db", "tables:http://account.example",
     "tables:account", "tables:AccountName=secret", f"tables:{KEY}", "tables:https://", "tables:https://a/b",
     "tables:https://a?sig=secret"],
)  # fmt: skip
def test_anything_else_is_a_fault_with_the_forms_and_without_what_was_given(url: str) -> None:
    told = fault(url)
    assert re.search(r'"memory:".*"sqlite:PATH".*"tables:https://ACCOUNT.*Development', told)
    assert "secret" not in told
    assert "a2V5" not in told


@pytest.mark.parametrize(
    ("url", "absent"),
    [
        ("memory:", {"sqlite3", "azure", "aiohttp"}),
        ("sqlite:x.db", {"azure", "aiohttp"}),
        ("tables:UseDevelopmentStorage=true", {"sqlite3"}),
    ],
)
def test_only_the_chosen_store_s_packages_are_loaded(url: str, absent: set[str]) -> None:
    code = f"import sys; from gateway.stores import open_store; open_store({url!r}); print('\\n'.join(sys.modules))"
    answer = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert not absent & set(answer.stdout.split())
