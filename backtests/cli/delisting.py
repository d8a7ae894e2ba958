"""What holders got after a last close, as it is said on the command line: NAME=RETURN, or a table of them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import click

HELP = "What holders got after an asset's last close, a fraction of it, such as XYZ=-0.3"


def delisting_returns(stated: Sequence[str]) -> dict[str, float]:
    """Return asset -> fraction of its last close.

    Parameters
    ----------
    stated : ``NAME=RETURN``, or the name of a CSV with the columns ``ticker`` and ``return``

    Raises
    ------
    click.UsageError
        For a text that is neither.
    DataError
        For a table without these columns, or a cell that is no number, with its line.
    """
    found: dict[str, float] = {}
    for each in stated:
        for place, name, value in _rows(each):
            try:
                found[name] = float(value)
            except ValueError:
                raise click.UsageError(f"--delisting is {place!r}; write NAME=RETURN, such as XYZ=-0.3") from None
    return found


def _rows(each: str) -> Iterator[tuple[str, str, str]]:
    """Yield where it is said, the asset, and the return as written."""
    if "=" in each or not Path(each).is_file():
        name, _, value = each.rpartition("=")
        yield each, name, value
        return
    from fedcycle.data.sources import delimited

    for line, cells in delimited.rows(Path(each), needed=("ticker", "return")):
        yield f"{each}:{line}", cells["ticker"], cells["return"]
