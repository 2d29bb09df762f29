"""The doctor as an operator calls it: a configuration with one connection, and settings with secrets everywhere."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel, ConfigDict, SecretStr

from gateway.cli import main
from tests.kit.json_service import API_KEY

TOKEN = "the-token-of-the-connection"
PASSWORD = "hunter2-and-more"
CONFIG = """
[gateway]
store = "sqlite:{folder}/map.db"
[connections.acme]
adapter = "{adapter}"
token = {{ env = "DOCTOR_TOKEN" }}
[connections.acme.settings]
{settings}
"""


class Doctor:
    """Examines a connection twice, as text and as JSON."""

    def __init__(self, folder: Path, patch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
        self.folder, self._capsys = folder, capsys
        self.config = folder / "gateway.toml"
        for name, value in (("TOKEN", TOKEN), ("PASSWORD", PASSWORD), ("KEY", API_KEY)):
            patch.setenv(f"DOCTOR_{name}", value)

    def __call__(self, adapter: str, settings: str = "", more: str = "") -> tuple[int, Any, str]:
        """The status, the document and all that was printed."""
        self.config.write_text(CONFIG.format(folder=self.folder, adapter=adapter, settings=settings) + more)
        first, text, errors = self.typed("acme")
        second, document, more_errors = self.typed("acme", "--json")
        assert first == second
        return first, json.loads(document), text + errors + document + more_errors

    def typed(self, *arguments: str, config: Path | None = None) -> tuple[int, str, str]:
        """The status and what is printed on both channels."""
        self._capsys.readouterr()
        status = main(["doctor", *arguments, "--config", str(config or self.config)])
        told = self._capsys.readouterr()
        assert "Traceback" not in told.err
        return status, told.out, told.err


class Inner(BaseModel):
    """Settings within settings."""

    pin: SecretStr = SecretStr("nested-pin-9")


class OddSettings(BaseModel):
    """Secrets in every place where settings can hold one."""

    model_config = ConfigDict(extra="forbid")
    mode: str = ""
    url: str = "https://scim:url-password@backend.example.com/x"
    password: SecretStr | None = None
    inner: Inner = Inner()
    many: list[SecretStr] = [SecretStr("listed-secret-9")]
    named: dict[str, SecretStr] = {"a": SecretStr("mapped-secret-9")}
    empty: SecretStr = SecretStr("")
