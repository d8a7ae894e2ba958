"""Which columns of a table stand side by side where there is so much space, and how wide each is: no figure is cut."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

BESIDE = 3
"""Columns of a terminal between two columns of a table."""
PROSE = (16, 24)
"""What a column of sentences keeps at the least: a fifth of its longest, but no less and no more than this."""
SHARES = (2, 3)
"""The name of a row keeps half of the space, or a third where the table needs fewer parts then."""


class Placed(NamedTuple):
    """A column of a table, and how many columns of the terminal it gets."""

    column: int
    width: int


def placed(
    heads: Sequence[str], rows: Sequence[Sequence[str]], *, text: int, available: int, keys: int = 1
) -> list[list[Placed]]:
    """Return the tables that one table becomes where there is no space for all its columns: each begins alike.

    Headings and text are wrapped between words before a table is split. A figure is never wrapped: half a number on
    the next line is another number.

    Parameters
    ----------
    heads, rows : cells, each row as long as the headings
    text : columns of text, from the first on; the others hold figures
    available : columns of the terminal
    keys : columns, from the first on, that name a row: each table begins with them

    Examples
    --------
    >>> placed(["run", "CAGR, %", "Sharpe ratio"], [["base", "8.92", "0.43"]], text=1, available=17)
    [[Placed(column=0, width=4), Placed(column=1, width=6)], [Placed(column=0, width=4), Placed(column=2, width=6)]]
    """
    cells = [[row[k] for row in rows] for k in range(len(heads))]
    full = [max(map(_long, [heads[k], *cells[k]])) for k in range(len(heads))]
    tried = []
    for share in SHARES:
        least = [
            min(full[k], max(_word(heads[k]), *_leasts(cells[k], text=k < text, space=0 if k else available // share)))
            for k in range(len(heads))
        ]
        # Where not even two fit, the name is folded rather than a figure.
        least[0] = min(least[0], max(1, available - _taken([0, *least[1:keys], max(least[keys:], default=0)])))
        tried.append((_parts(least, available, keys=keys), least))
    parts, least = min(tried, key=lambda one: len(one[0]))  # the first of those with as few parts
    return [
        [Placed(k, width) for k, width in zip(part, _widths(part, full, min_=least, available=available), strict=True)]
        for part in parts
    ]


def _parts(least: Sequence[int], available: int, *, keys: int) -> list[list[int]]:
    """Return which columns stand side by side, those that name a row first in each."""
    names = list(range(min(keys, len(least))))
    parts = [names[:]]
    for k in range(len(names), len(least)):
        if len(parts[-1]) > len(names) and _taken([least[j] for j in [*parts[-1], k]]) > available:
            parts.append(names[:])
        parts[-1].append(k)
    return parts


def _long(cell: str) -> int:
    from rich.cells import cell_len

    return max(map(cell_len, cell.split("\n")))


def _word(cell: str) -> int:
    return max(map(_long, cell.split()), default=0)


def _leasts(cells: Sequence[str], *, text: bool, space: int) -> list[int]:
    """Return what each cell of a column needs: a figure all of it, text its longest word and some of the space."""
    if not text:
        return [0, *map(_long, cells)]
    low, high = PROSE
    wanted = space or max(low, min(high, max(map(_long, cells), default=0) // 5))
    return [0, *(max(_word(cell), min(_long(cell), wanted)) for cell in cells)]


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
