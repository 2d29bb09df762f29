"""What a command does when nobody reads its output any more, as behind `| head`."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Sequence

UNREAD = 141
"""What a shell says of a command that ended by SIGPIPE."""


def quietly(main: Callable[[Sequence[str]], int]) -> int:
    """The exit status of a command, called with this process's arguments; `UNREAD`, without a word, when its output was
    closed before all of it was written."""
    try:
        try:
            status = main(sys.argv[1:])
        except SystemExit as ended:  # as --help and a mistake end
            status = ended.code if isinstance(ended.code, int) else int(ended.code is not None)
        sys.stdout.flush()
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # or Python complains when it flushes at its end
        return UNREAD
    return status
