"""Which files a rule may read while it is loaded: small files of parameters in its own folder, without a history."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from pathlib import Path

from fedcycle.backtests.audit.side_effects import FILE

SUFFIXES = (".yaml", ".yml", ".json", ".toml", ".ini", ".cfg")
LARGEST = 16_384
"""Bytes that a file of parameters may have."""
MOST_NUMBERS = 64
"""Numbers that it may hold: more look like a series."""
_DATE = re.compile(rb"(?<!\d)(18|19|20)\d\d[-/.]?(0[1-9]|1[0-2])[-/.]?(0[1-9]|[12]\d|3[01])(?!\d)")
_NUMBER = re.compile(rb"\d+(\.\d+)?")
Touched = tuple[str, str]
"""What was touched, and which: as ``Watch`` notes it."""


def is_parameter_file(file: Path, folders: Sequence[Path]) -> bool:
    """Return whether a file is one of parameters, in the folder of a rule or below it, with no dates in it."""
    try:
        own = any(file.resolve().is_relative_to(folder.resolve()) for folder in folders)
        if not own or file.suffix not in SUFFIXES or file.stat().st_size > LARGEST:
            return False
        content = file.read_bytes()
    except (OSError, ValueError):
        return False
    return _DATE.search(content) is None and len(_NUMBER.findall(content)) <= MOST_NUMBERS


def without_parameters(touched: Iterable[Touched], folders: Sequence[Path]) -> tuple[list[Touched], list[str]]:
    """Return what a load touched other than parameter files, and the parameter files it read.

    A call of ``open`` or ``stat`` is seen without the file it is about, the opening itself with it. So these calls are
    left out where every file that was opened is one of parameters.
    """
    noted = list(touched)
    opened = {which: Path(which[1:-1]) for what, which in noted if what == FILE and which[:1] in {"'", '"'}}
    own = [which for which, file in opened.items() if is_parameter_file(file, folders)]
    if not own:
        return noted, []
    if len(own) < len(opened):
        return [(what, which) for what, which in noted if which not in own], [opened[which].name for which in own]
    return [(what, which) for what, which in noted if what != FILE], [opened[which].name for which in own]
