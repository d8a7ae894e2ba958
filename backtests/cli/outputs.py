"""Where a command writes: checked before anything runs, so that a mistake costs no run."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click


class _Output(click.Path):
    """A place to write to; a link that leads nowhere, and a folder below a file, are refused at once."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """Return the path, or raise RunError with what to do."""
        from fedcycle.backtests.core.errors import RunError

        path = Path(str(super().convert(value, param, ctx)))
        for place in (path, *path.parents):
            if place.is_symlink() and not place.exists():
                raise RunError(f"{place} is a link that leads nowhere; make its target, or name another place")
            if place != path and place.exists() and not place.is_dir():
                raise RunError(f"{place}: Not a directory, so nothing can lie below it; name another place")
        return path


class OutFolder(_Output):
    """A folder that is made where it is missing."""

    def __init__(self) -> None:
        super().__init__(file_okay=False, path_type=Path)


class OutFile(_Output):
    """A page; it must not take the place of a file of a stored run or of a data set."""

    def __init__(self) -> None:
        super().__init__(dir_okay=False, path_type=Path)

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """Return the path, or raise RunError where the file there is to be kept."""
        from fedcycle.backtests.runs.storage import check_output

        path = super().convert(value, param, ctx)
        check_output(path)
        return path
