"""Fund prices by way of yfinance, an optional extra, in the form of a file of one fund."""

from __future__ import annotations

from datetime import date
from importlib import import_module
from typing import Any

from fedcycle.data.errors import DataError
from fedcycle.data.sources.raw import RawFile

EXTRA = "yfinance"
COLUMNS = ("Open", "High", "Low", "Close", "Adj Close", "Volume", "Dividends", "Stock Splits")


def prices(ticker: str, *, start: date, timeout: float = 30.0) -> RawFile:
    """Return a fund's daily prices as a CSV file.

    Parameters
    ----------
    ticker : as Yahoo calls it
    start : first day asked for
    timeout : seconds

    Raises
    ------
    DataError
        If yfinance is not installed, or gives no prices.
    """
    try:
        library = import_module(EXTRA)
    except ImportError:
        raise DataError(
            f"{ticker}: {EXTRA} is not installed; install fedcycle with it: pip install fedcycle[yahoo]"
        ) from None
    try:
        frame = library.Ticker(ticker).history(
            start=start.isoformat(), auto_adjust=False, actions=True, raise_errors=True, timeout=timeout
        )
    except Exception as err:  # noqa: BLE001 - whatever it meets on an undocumented service
        said = str(err).splitlines()[0][:120] if str(err) else type(err).__name__
        raise DataError(f"{ticker}: yfinance got no prices ({said}); try later, or use a file") from None
    lacking = [column for column in COLUMNS[:5] if column not in frame.columns]
    if frame.empty or lacking:
        what = f"no {', '.join(lacking)}" if lacking else "no row"
        raise DataError(f"{ticker}: yfinance gave {what}; try later, or use a file")
    columns = [column for column in COLUMNS if column in frame.columns]
    lines = [",".join(["Date", *columns])]
    for day, row in zip(frame.index, frame[columns].itertuples(index=False), strict=True):
        lines.append(",".join([day.date().isoformat(), *map(_cell, row)]))
    return RawFile(f"yahoo:{ticker}", ("\n".join(lines) + "\n").encode("ascii"))


def _cell(value: Any) -> str:
    return "" if value != value else repr(float(value))
