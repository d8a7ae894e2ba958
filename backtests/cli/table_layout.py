"""Which columns of a table stand side by side where there is so much space, and how wide each is: no figure is cut."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

BESIDE = 3
"""Columns of a terminal between two columns of a table."""
PROSE = 24
"""What a column of sentences keeps at the least."""


class Placed(NamedTuple):
    """A column of a table, and how many columns of the terminal it gets."""

    column: int
    width: int


def placed(heads: Sequence[str], rows: Sequence[Sequence[str]], *, text: int, available: int) -> list[list[Placed]]:
    """Return the tables that one table becomes where there is no space for all its columns: each begins with the first.

    Headings and text are wrapped between words before a table is split. A figure is never wrapped: half a number on
    the next line is another number.

    Parameters
    ----------
    heads, rows : cells, each row as long as the headings
    text : columns of text, from the first on; the others hold figures
    available : columns of the terminal

    Examples
    --------
    >>> placed(["run", "CAGR, %", "Sharpe ratio"], [["base", "8.92", "0.43"]], text=1, available=17)
    [[Placed(column=0, width=4), Placed(column=1, width=6)], [Placed(column=0, width=4), Placed(column=2, width=6)]]
    """
    cells = [[row[k] for row in rows] for k in range(len(heads))]
    full = [max(map(_long, [heads[k], *cells[k]])) for k in range(len(heads))]
    least = [
        min(full[k], max(_word(heads[k]), *_leasts(cells[k], text=k < text, share=PROSE if k else available // 2)))
        for k in range(len(heads))
    ]
    # Where not even two fit, the name is folded rather than a figure.
    least[0] = min(least[0], max(1, available - _taken([0, max(least[1:], default=0)])))
    parts: list[list[int]] = [[0]]
    for k in range(1, len(heads)):
        if len(parts[-1]) > 1 and _taken([least[j] for j in [*parts[-1], k]]) > available:
            parts.append([0])
        parts[-1].append(k)
    return [
        [Placed(k, width) for k, width in zip(part, _widths(part, full, min_=least, available=available), strict=True)]
        for part in parts
    ]


def _long(cell: str) -> int:
    from rich.cells import cell_len

    return max(map(cell_len, cell.split("\n")))


def _word(cell: str) -> int:
    return max(map(_long, cell.split()), default=0)


def _leasts(cells: Sequence[str], *, text: bool, share: int) -> list[int]:
    """Return what each cell of a column needs: a figure all of it, text its longest word and a share of the space."""
    return [0, *(max(_word(cell), min(_long(cell), share)) if text else _long(cell) for cell in cells)]


def _taken(widths: Sequence[int]) -> int:
    return sum(widths) + BESIDE * len(widths) + 1


def _widths(part: Sequence[int], full: Sequence[int], *, min_: Sequence[int], available: int) -> list[int]:
    """Return the widths of columns that stand side by side: as wide as they like, the widest narrowed first."""
    widths = [full[k] for k in part]
    while _taken(widths) > available:
        free = [j for j, k in enumerate(part) if widths[j] > min_[k]]
        if not free:
            break
        widths[max(free, key=widths.__getitem__)] -= 1
    return widths
