"""What the assets of a user's file are called: a name that options, configs and pages can carry."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence

from fedcycle.data.sources.file_columns import plain, without_currency
from fedcycle.data.sources.raw import RawFile

LONGEST = 64


def asset_name(cell: str) -> str:
    """Return a name of letters, digits, ``-``, ``.`` and ``_`` for what a file calls an asset.

    Examples
    --------
    >>> asset_name("IWM US Equity"), asset_name("^GSPC"), asset_name("BRK.B")
    ('IWM_US_Equity', 'GSPC', 'BRK.B')
    """
    folded = unicodedata.normalize("NFKD", without_currency(cell, asset=True))
    ascii_ = folded.encode("ascii", "ignore").decode()
    return re.sub(r"[^A-Za-z0-9_.-]+", "_", ascii_).strip("_")[:LONGEST] or cell


def called(raw: RawFile, cells: Mapping[str, int]) -> tuple[dict[str, str], list[str]]:
    """Return cell -> name of the asset, and a note where these differ.

    Parameters
    ----------
    raw : for the sentence
    cells : what the file calls each asset -> the line where it does first

    Raises
    ------
    DataError
        For two names that are the same, or the same but for small and capital letters.
    """
    names = {cell: asset_name(cell) for cell in cells}
    seen: dict[str, str] = {}
    for cell, name in names.items():
        other = seen.setdefault(name.lower(), cell)
        if other != cell:
            raise raw.fault(cells[cell], f"{other!r} and {cell!r} would both be {name}", "call one of them otherwise")
    changed = [f"{cell!r} is called {name}" for cell, name in names.items() if cell != name]
    more = f", and {len(changed) - 3} others alike" if len(changed) > 3 else ""
    return names, [", ".join(changed[:3]) + more] if changed else []


def by_ticker(
    names: Sequence[str], rows: Sequence[Sequence[str | None]], by_key: Mapping[str, Sequence[int]], key: int
) -> dict[str, str]:
    """Return key -> what to call the asset: of CRSP's PERMNOs the last ticker, where no two have the same.

    Parameters
    ----------
    names : of the columns
    rows : of the file
    by_key : cell of the key -> indices of its rows
    key : column of the key
    """
    ticker = next((k for k, n in enumerate(names) if plain(n) in ("ticker", "symbol")), None)
    if plain(names[key]) != "permno" or ticker is None:
        return {n: n for n in by_key}
    last = {n: next((rows[k][ticker] for k in reversed(at) if rows[k][ticker]), "") for n, at in by_key.items()}
    every = list(last.values())
    return {n: (t if t and every.count(t) == 1 else n) for n, t in last.items()}
