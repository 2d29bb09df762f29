"""The form of log lines: text for people, JSON for Azure and for whoever collects logs."""

from __future__ import annotations

import json
import logging
from datetime import UTC, datetime

from gateway.telemetry.requests import Line
from gateway.telemetry.work import current


class TextLines(logging.Formatter):
    """Time, logger, what happened; at the end the correlation id in brackets, and of whom it speaks."""

    def __init__(self) -> None:
        super().__init__("%(asctime)s %(name)s %(message)s")

    def formatMessage(self, record: logging.LogRecord) -> str:
        """The line before a traceback."""
        if (work := current()) is None:
            return super().formatMessage(record)
        whose = "" if isinstance(record.msg, Line) or not work.connection else f" {work.connection}"
        return f"{super().formatMessage(record)} [{work.id}{whose}]"


class JsonLines(logging.Formatter):
    """One JSON object for each line. Alerts search for `"status": 502` in it, with the blank."""

    def format(self, record: logging.LogRecord) -> str:
        """The line."""
        moment = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")
        told: dict[str, object] = {"time": moment, "level": record.levelname, "logger": record.name}
        if work := current():
            told |= {"correlation": work.id, "connection": work.connection}
        told |= record.msg.fields if isinstance(record.msg, Line) else {"message": record.getMessage()}
        told |= getattr(record, "fields", {})
        if record.exc_info and record.exc_info[0]:
            told["exception"] = self.formatException(record.exc_info)
        return json.dumps({name: value for name, value in told.items() if value != ""})


def format_lines(form: logging.Formatter) -> None:
    """Every handler of the root logger writes lines of this form from now on."""
    for handler in logging.getLogger().handlers:
        handler.setFormatter(form)
