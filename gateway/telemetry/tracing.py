"""Whether requests are traced, and where to. OpenTelemetry is imported only when they are."""

from __future__ import annotations

import importlib
import importlib.util
import logging
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from gateway.telemetry.spans import Spans

log = logging.getLogger("scimgate")
NONE, AZURE = "none", "azure-monitor"
NEEDED = {AZURE: "azure.monitor.opentelemetry.exporter"}


def fault(traces: str) -> str:
    """What is wrong with the setting `traces`, in a sentence; empty when nothing is."""
    if traces == NONE:
        return ""
    scheme, _, rest = traces.partition(":")
    if traces != AZURE and not (scheme == "python" and rest.count(":") == 1):
        return f'it must be "{NONE}", "{AZURE}" or "python:package.module:Exporter".'
    if not (_there("opentelemetry.sdk") and _there(NEEDED.get(traces, rest.partition(":")[0]))):
        return "its packages are not installed: requirements-telemetry.txt names those of azure-monitor."
    return ""


def _there(module: str) -> bool:
    try:
        return importlib.util.find_spec(module) is not None
    except (ImportError, ValueError):
        return False


def opened(traces: str, share: float) -> Spans | None:
    """Whoever makes traces; None when nobody is to, or nobody can: requests are answered all the same."""
    if traces == NONE:
        return None
    try:
        from gateway.telemetry.spans import Spans

        if traces == AZURE:
            from gateway.telemetry.azure_monitor import RATE, exporter

            return Spans(exporter(), share, {RATE: share * 100})
        module, name = traces.removeprefix("python:").split(":")
        return Spans(getattr(importlib.import_module(module), name)(), share)
    except Exception as error:  # an exporter may be anybody's, and its message may hold a key
        log.error("Requests are not traced: the exporter cannot be made (%s).", type(error).__name__)
        return None
