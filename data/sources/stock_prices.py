"""Daily bars of many stocks (a long CSV or Parquet file) -> closes and volumes on sessions, checked stock by stock."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from fedcycle.data.errors import DataError
from fedcycle.data.typing import Days, Float64, Int64

if TYPE_CHECKING:
    import pandas as pd

CALLED = {
    "ticker": ("ticker", "symbol", "asset"),
    "date": ("date", "day", "session"),
    "close": ("close", "price"),
    "adjusted": ("adj close", "adj_close", "adjusted", "level"),
    "volume": ("volume",),
}
"""What a column is -> how it may be called, in small letters."""
LEAST_PRICE = 0.001
"""US dollars. A close below it is no price that anybody could trade at."""
LONGEST_GAP = 60
"""Sessions without a bar, three months, after which the ticker is taken to be another stock's."""
LEAST_BARS = 20
"""Bars that a stretch between two such gaps must have: a few stray bars are no stock."""
FLIP, FLIPS = 3.0, 6
"""A stock whose close moves by this factor so often is adjusted for a split on some days and not on others."""
FEW = f"fewer than {LEAST_BARS} bars in a row"
REUSED, FLIPPING, UNSORTED = (
    "the ticker may have been reused",
    "its split adjustment changes from day to day",
    "repeated",
)


@dataclass(frozen=True, eq=False)
class StockPrices:
    """Closes and volumes of stocks on sessions.

    Parameters
    ----------
    sessions : (T,) days
    tickers : N names, sorted
    level : (T, N) total-return level, or price where the file has no adjusted close
    price : (T, N) US dollars as quoted, or None where the file has one close only
    volume : (T, N) shares, or None
    first, last : (N,) sessions of the first and the last bar
    refused : (ticker, reason)
    left_out : reason -> rows
    notes : sentences
    """

    sessions: Days
    tickers: tuple[str, ...]
    level: Float64
    price: Float64 | None
    volume: Float64 | None
    refused: list[tuple[str, str]] = field(default_factory=list)
    left_out: Counter[str] = field(default_factory=Counter)
    notes: list[str] = field(default_factory=list)


def read(path: Path, sessions: Days, *, start: np.datetime64 | None = None) -> StockPrices:
    """Return the bars of a file on a market's sessions.

    Parameters
    ----------
    path : long Parquet or CSV: ticker, date, close, and adj close and volume where it has them
    sessions : (T,) days; rows on other days are left out and counted
    start : rows before it are left out and counted

    Raises
    ------
    DataError
        For a file that is none, or one in which no stock is left.
    """
    frame = _frame(path)
    left: Counter[str] = Counter()
    day = frame["date"].to_numpy().astype("datetime64[D]")
    if start is not None:
        left["rows before the start"] = int((day < start).sum())
        frame, day = frame[day >= start], day[day >= start]
    at = np.searchsorted(sessions, day)
    on = (at < len(sessions)) & (sessions[np.minimum(at, len(sessions) - 1)] == day)
    left["rows on days without a session"] = int((~on).sum())
    close = frame["close"].to_numpy(dtype=np.float64)
    low = on & ~(close >= LEAST_PRICE)
    left[f"rows without a close of at least {LEAST_PRICE} dollars"] = int(low.sum())
    keep = on & ~low
    frame, at = frame[keep], at[keep]
    names, codes = np.unique(frame["ticker"].to_numpy(dtype=str), return_inverse=True)
    if not len(names):
        raise DataError(f"{path} has no bar on a session of the market, {sessions[0]} to {sessions[-1]}")
    return _checked(names, codes, at, frame, sessions, left)


def _checked(
    names: np.ndarray, codes: Int64, at: Int64, frame: pd.DataFrame, sessions: Days, left: Counter[str]
) -> StockPrices:
    refused, bad = [], np.zeros(len(names), dtype=bool)
    cell = codes.astype(np.int64) * len(sessions) + at
    _, counts = np.unique(cell, return_counts=True)
    if (counts > 1).any():
        order = np.sort(cell)
        for code in np.unique(order[1:][np.diff(order) == 0] // len(sessions)).tolist():
            bad[code] = True
            refused.append((str(names[code]), UNSORTED + ": a day is there twice"))
    shape = (len(sessions), len(names))

    def grid(column: str) -> Float64:
        out = np.full(shape, np.nan)
        out[at, codes] = frame[column].to_numpy(dtype=np.float64)
        return out

    close = grid("close")
    adjusted, volume = (grid(column) if column in frame else None for column in ("adjusted", "volume"))
    level = close if adjusted is None else adjusted
    for j in np.flatnonzero(~bad).tolist():
        reason = _cut(level, close, volume, j)
        if reason is not None:
            refused.append((str(names[j]), reason))
            if np.isnan(level[:, j]).all():
                bad[j] = True
    kept = np.flatnonzero(~bad)
    if not len(kept):
        raise DataError("no stock of the file has bars that can be used")
    return StockPrices(
        sessions, tuple(map(str, names[kept])), level[:, kept], None if adjusted is None else close[:, kept],
        None if volume is None else volume[:, kept], refused, left,
    )  # fmt: skip


def _cut(level: Float64, close: Float64, volume: Float64 | None, j: int) -> str | None:
    """Cut a stock's bars where its ticker changed hands, or all of them where they contradict themselves.

    After a gap of more than ``LONGEST_GAP`` sessions the ticker is taken to be another stock's: what comes before the
    gap is kept as the stock that ended there, which must not vanish; what comes after it is refused.
    """
    there = np.flatnonzero(~np.isnan(level[:, j]))
    moves = np.abs(np.diff(np.log(level[there, j])))
    if int((moves > np.log(FLIP)).sum()) >= FLIPS:
        level[:, j] = np.nan
        return FLIPPING
    stretches = np.split(there, np.flatnonzero(np.diff(there) > LONGEST_GAP) + 1)
    kept = next((stretch for stretch in stretches if len(stretch) >= LEAST_BARS), there[:0])
    if len(kept) == len(there):
        return None
    gone = np.setdiff1d(there, kept)
    for grid in (level, close, volume):
        if grid is not None:
            grid[gone, j] = np.nan
    if not len(kept):
        return FEW
    strays = int((gone < kept[0]).sum())
    if strays == len(gone):
        return f"{strays} stray bars before a gap left out" if strays else None
    return f"{REUSED}: {int((gone > kept[-1]).sum())} bars after a gap of more than {LONGEST_GAP} sessions left out"


def _frame(path: Path) -> pd.DataFrame:
    """Return the columns that mean something, by what they are, of their types."""
    import pandas as pd

    frame = _read(path)
    found = _roles(path, [str(c) for c in frame.columns])
    frame = frame[list(found)].rename(columns=found)
    try:
        frame["date"] = pd.to_datetime(frame["date"])
        for column in ("close", "adjusted", "volume"):
            if column in frame:
                frame[column] = pd.to_numeric(frame[column])
    except (ValueError, TypeError) as err:
        raise DataError(f"{path}: {str(err).splitlines()[0][:120]}; correct it at the source") from None
    return frame.dropna(subset=["ticker", "date"])


def _read(path: Path) -> pd.DataFrame:
    import pandas as pd

    try:
        if path.suffix == ".parquet":
            return pd.read_parquet(path)
        return pd.read_csv(path, encoding="utf-8-sig", encoding_errors="replace", low_memory=False)
    except OSError as err:
        raise DataError(f"{path} cannot be read ({err.strerror or err})") from None
    except Exception as err:  # noqa: BLE001 - pyarrow and pandas raise what they like on a damaged file
        raise DataError(f"{path} is no table of prices ({str(err).splitlines()[0][:100]}); export it again") from None


def _roles(path: Path, columns: list[str]) -> dict[str, str]:
    """Return column -> what it is; raises DataError where one is missing or two are the same."""
    found: dict[str, str] = {}
    for role, called in CALLED.items():
        names = [c for c in columns if c.strip().lower() in called]
        if len(names) > 1:
            raise DataError(f"{path}: columns {names[0]!r} and {names[1]!r} both are the {role}; leave one out")
        if names:
            found[names[0]] = role
    missing = sorted({"ticker", "date", "close"} - set(found.values()))
    if missing:
        raise DataError(f"{path} has no column {', '.join(missing)}; it has {', '.join(columns)[:80]}")
    return found
