"""Traces into Application Insights."""

from __future__ import annotations

from azure.monitor.opentelemetry.exporter import AzureMonitorTraceExporter
from opentelemetry.sdk.trace.export import SpanExporter

RATE = "_MS.sampleRate"
"""The attribute by which Application Insights knows how many spans one stands for."""


def exporter() -> SpanExporter:
    """Sends to `APPLICATIONINSIGHTS_CONNECTION_STRING`, as the identity that
    `APPLICATIONINSIGHTS_AUTHENTICATION_STRING` names. Writes nothing to the disk."""
    made: SpanExporter = AzureMonitorTraceExporter(disable_offline_storage=True)
    return made
