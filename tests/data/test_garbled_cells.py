"""Whatever stands in one cell of a file, no other row is lost or changed in silence."""

from __future__ import annotations

import pytest

from fedcycle.data.errors import DataError
from fedcycle.data.sources.files import Recognised, recognised
from fedcycle.data.sources.raw import RawFile

DAYS = [f"2024-03-{d:02d}" for d in (1, 4, 5, 6, 7)]
JUNK = (
    "",
    "junk",
    "#VALUE!",
    "n.a.",
    "1e400",
    "-5",
    "2024-99-99",
    "12:00",
    "Close",
    "1.234.567,8",
    "USD",
    ";",
    "5%",
    "NaN",
)
FILES = {
    "one asset": (
        "Date,Open,High,Low,Close,Volume",
        [f"{d},{10 + i},{11 + i},{9 + i},{10 + i}.5,{100 + i}" for i, d in enumerate(DAYS)],
    ),
    "wide": ("Date,SPY,IWM", [f"{d},{10 + i},{20 + i}" for i, d in enumerate(DAYS)]),
    "wide, an index without a name": (",SPY,IWM", [f"{d},{10 + i},{20 + i}" for i, d in enumerate(DAYS)]),
    "long": ("ticker,date,close", [f"A,{d},{10 + i}" for i, d in enumerate(DAYS)]),
    "two rows of names": (
        "Price,Close,Open\nTicker,A,A\nDate,,",
        [f"{d},{10 + i},{10 + i}" for i, d in enumerate(DAYS)],
    ),
    "seconds": ("time,close", [f"{1709251200 + 86400 * i},{10 + i}" for i in range(5)]),
    "months first": ("Date,Close/Last", [f"03/{d}/2024,${10 + i}.00" for i, d in enumerate((11, 12, 13, 14, 15))]),
    "a preamble": ("A fund\nCurrency,USD\nDate,Close", [f"{d},{10 + i}" for i, d in enumerate(DAYS)]),
}


def table(head: str, rows: list[str]) -> Recognised:
    return recognised(RawFile("F.csv", "\n".join([head, *rows, ""]).encode()), name="F")


def prices(file: Recognised) -> dict[str, dict[str, list[float]]]:
    """Return asset -> day -> its prices."""
    return {b.name: {str(d): [float(v[k]) for v in b.prices.values()] for k, d in enumerate(b.days)} for b in file.bars}


def prices_or_sentence(head: str, rows: list[str]) -> dict[str, dict[str, list[float]]] | str:
    """Return the prices of a file, or why it is refused."""
    try:
        return prices(table(head, rows))
    except DataError as refused:
        return str(refused)


@pytest.mark.parametrize("case", FILES)
def test_one_garbled_cell_costs_no_other_row(case: str) -> None:
    head, rows = FILES[case]
    right = prices(table(head, rows))
    days = list(next(iter(right.values())))
    for r, row in enumerate(rows):
        for c, _ in enumerate(row.split(",")):
            for junk in JUNK:
                cells = row.split(",")
                cells[c] = junk
                found = prices_or_sentence(head, [*rows[:r], ",".join(cells), *rows[r + 1 :]])
                if isinstance(found, str):
                    assert "F.csv:" in found
                    continue
                for asset, own in right.items():
                    kept = {day: value for day, value in own.items() if day != days[r]}
                    # Opens may be left out for all, which is said; the close is the last of the prices.
                    theirs = {day: found.get(asset, {}).get(day, [])[-1:] for day in kept}
                    assert theirs == {day: value[-1:] for day, value in kept.items()}, (r, c, junk)
