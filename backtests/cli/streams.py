"""What a command needs of the process it is started in: open streams, and arguments that are text."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from typing import Any, TextIO

_CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")
"""What moves a cursor, hides or turns text round; a line's end and a tab are none of these."""


def visible(text: str) -> str:
    """Return a text with every control character written out by its code."""
    return _CONTROL.sub(lambda sign: ascii(sign[0])[1:-1], text)


class Plain:
    """A stream that writes control characters out; what we style ourselves goes to ``inner``."""

    def __init__(self, inner: TextIO) -> None:
        self.inner = inner

    def write(self, text: str) -> int:
        """Write a text that may hold what a stranger wrote."""
        self.inner.write(visible(text))
        return len(text)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.inner, name)


@contextmanager
def plain_streams() -> Iterator[None]:
    """Write to stdout and stderr without control characters while the block runs."""
    with redirect_stdout(Plain(sys.stdout)), redirect_stderr(Plain(sys.stderr)):
        yield


def check_streams() -> None:
    """End with a sentence where stdout is closed, or an argument is no text; where stderr is closed, say nothing."""
    if sys.stderr is None:
        sys.stderr = open(os.devnull, "w", encoding="utf-8")  # noqa: PTH123, SIM115 - for the life of the process
    if sys.stdout is None:
        _end("stdout is closed, so no answer can be written; leave it open, or send it to a file")
    for word in sys.argv[1:]:
        try:
            word.encode()
        except UnicodeEncodeError:
            _end(f"{word!a} has a byte that is no UTF-8, which no page or JSON can hold; rename it")


def _end(sentence: str) -> None:
    sys.stderr.write(f"fedcycle: {sentence}\n")
    sys.exit(1)
