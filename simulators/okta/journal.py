"""The report as a JSON file: every request and its answer while they happen, the totals at the end."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from simulators.okta.masking import Mask


class Journal:
    """Written line by line, so that a long run needs no memory. Without a path it writes nothing.

    Use as a context manager. Raises ValueError with a sentence when the file cannot be written.
    """

    def __init__(self, path: Path | None, mask: Mask) -> None:
        self._path, self._mask = path, mask
        self._before = '{"requests": ['
        self._file = None
        if path:
            try:
                self._file = path.open("w", encoding="utf-8", errors="backslashreplace")
            except OSError as error:
                raise self._unwritable(error) from None

    def __enter__(self) -> Journal:
        return self

    def __exit__(self, *_: object) -> None:
        if self._file:
            self._file.close()

    def add(self, method: str, url: str, body: Any, status: int | None, answer: bytes) -> None:
        """`status` is None where no answer came."""
        if not self._file:
            return
        entry = {"method": method, "url": url, "authorization": "Bearer ***", "body": body}
        entry |= {"status": status, "answer": _read(answer)}
        self._write(f"{self._before}\n{self._dump(entry)}")
        self._before = ","

    def close(self, totals: dict[str, Any]) -> None:
        """The members of `totals` end the document."""
        opened = self._before if self._before != "," else ""
        self._write(f"{opened}\n],\n{self._dump(totals)[1:]}\n")

    def _dump(self, value: dict[str, Any]) -> str:
        return json.dumps(self._mask.value(value), ensure_ascii=False)

    def _write(self, text: str) -> None:
        if not self._file:
            return
        try:
            self._file.write(text)
        except OSError as error:
            raise self._unwritable(error) from None

    def _unwritable(self, error: OSError) -> ValueError:
        return ValueError(f"The report {self._path} cannot be written: {error.strerror}.")


def _read(content: bytes) -> Any:
    try:
        return json.loads(content) if content else None
    except (ValueError, RecursionError):
        return content.decode("utf-8", "backslashreplace")
