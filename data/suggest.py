"""The name somebody may have meant."""

from __future__ import annotations

import difflib
from collections.abc import Iterable


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """Return ``; did you mean X?`` for the known name nearest to a wrong one, or nothing where none is near.

    Examples
    --------
    >>> nearest("dgs01", ["DGS10", "DGS2"])
    '; did you mean DGS10?'
    """
    lower = {k.lower(): k for k in known}
    close = difflib.get_close_matches(name.lower(), lower, n=1)
    return f"; did you mean {lower[close[0]]}?" if close else ""
