"""Where things are on this machine, and what the system refuses, as errors of ours."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypeAlias

from fedcycle.backtests.core.errors import RunError, system_sentence

PathLike: TypeAlias = str | os.PathLike[str]

RUNS = "runs"
"""Folder of the stored runs, as the command line has it."""
SWEEPS = "sweeps"
"""Folder of the sweeps' results, as the command line has it."""
DATA = "FEDCYCLE_DATA"
"""The environment variable that names the folder of fetched data, as for the command line."""


def data_folder(stated: PathLike | None = None) -> Path:
    """Return the folder of fetched data: the one stated, else $FEDCYCLE_DATA, else the platform's folder for data."""
    if stated is not None:
        return Path(stated)
    if os.environ.get(DATA):
        return Path(os.environ[DATA])
    from platformdirs import user_data_path

    return user_data_path("fedcycle", appauthor=False)


def store_folder(store: PathLike | None) -> Path | None:
    """Return where runs are kept; None to keep nothing."""
    return None if store is None else Path(store)


@contextmanager
def our_errors() -> Iterator[None]:
    """Raise RunError, with the sentence of the command line, for a file or folder that the system refuses."""
    try:
        yield
    except OSError as error:
        raise RunError(system_sentence(error)) from error
