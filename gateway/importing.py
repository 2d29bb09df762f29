"""What a cold start imports is no garbage, and looking for garbage in it is a sixth of what the start costs."""

from __future__ import annotations

import gc
import sys
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def importing() -> Iterator[None]:
    """Surrounds large imports: Python's collector of cycles is away meanwhile, and passes over them ever after."""
    known, collecting = len(sys.modules), gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if len(sys.modules) > known:
            gc.freeze()
        if collecting:
            gc.enable()
