"""Sentences broken between words to so many columns: a path, a run's id and a command to copy stay whole."""

from __future__ import annotations

import re

_VALUE = r"[^\s,;]*(?:[/#=]|\w\.\w|-[0-9a-f]{8}\b)[^\s,;]*"
_COMMAND = re.compile(
    rf"\bfedcycle (?:(?:config|data|runs) )?[a-z][a-z-]*(?: (?:--?[a-z][a-z-]*|[A-Z][A-Z_]+|{_VALUE}))*"
)
"""A command in a sentence: its name, then options, words to be filled in, and whatever looks like a path or a value."""
_MARGIN = re.compile(r" *(?:\d+\. |[-*] )?")
"""What a line begins with that its further lines leave free: spaces, the number or the mark of an item."""
_HELD = "\0"
"""Stands for a space that is no place to break; no text has it, as control characters are written out before."""


def wrapped(text: str, width: int) -> str:
    """Return a text of sentences with no line longer than ``width`` columns, unless a word alone is longer.

    Lines that the text has stay; one that begins with spaces goes on two columns further in, an item below its text.

    Parameters
    ----------
    text : sentences, lines separated by a line feed
    width : columns of the terminal

    Examples
    --------
    >>> print(wrapped("one two three; see: fedcycle runs list", 20))
    one two three; see:
    fedcycle runs list
    >>> print(wrapped("  rows: 2 taken, 1 left out", 18))
      rows: 2 taken, 1
        left out
    """
    return "\n".join(_line(line, width) for line in text.split("\n"))


def unwrapped(text: str) -> str:
    r"""Return a text whose paragraphs and list items are one line each, as a docstring has them on several.

    Examples
    --------
    >>> unwrapped("One,\ntwo.\n\n1. Three,\n   four.\n2. Five.")
    'One, two.\n\n1. Three, four.\n2. Five.'
    """
    return re.sub(r"(?<=\S)\n[ ]*(?=\S)(?!\d+\. |[-*] )", " ", text)


def _line(line: str, width: int) -> str:
    if _columns(line) <= width:
        return line
    margin = _MARGIN.match(line)[0]  # type: ignore[index]  # it matches every text
    further = " " * len(margin) + ("  " if margin.startswith(" ") else "")
    words = _COMMAND.sub(lambda found: found[0].replace(" ", _HELD), line.removeprefix(margin)).split(" ")
    lines = [margin + words[0]]
    for word in words[1:]:
        if not word or _columns(lines[-1]) + 1 + _columns(word) <= width:
            lines[-1] += f" {word}"
        else:
            lines.append(further + word)
    return "\n".join(line.rstrip() for line in lines if line.strip()).replace(_HELD, " ")


def _columns(text: str) -> int:
    """Return how many columns a text takes; letters of some scripts take two."""
    if text.isascii():
        return len(text)
    from rich.cells import cell_len

    return cell_len(text)
