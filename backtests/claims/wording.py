"""Numbers of the claims as a reader wants them: unit, sensible digits, a true minus, a dash for what is missing."""

from __future__ import annotations

from collections.abc import Sequence

DASH, MINUS = "–", "−"
_PERCENT = {
    "fraction": "%",
    "fraction per year": "% a year",
    "fraction per month": "% a month",
    "fraction per percentage point": "% a point",
}


def worded(value: float | str | None, unit: str) -> str:
    """Return a number with its unit; words stay as they are.

    Examples
    --------
    >>> worded(0.1809, "fraction"), worded(-0.05, "correlation"), worded(4.79, "percent per year"), worded(None, "")
    ('+18.1%', '−0.05', '4.79% a year', '–')
    """
    if value is None or isinstance(value, str):
        return value or DASH
    if unit == "share":
        return f"{100 * value:.0f}%"
    if unit in _PERCENT:
        return f"{100 * value:+.1f}{_PERCENT[unit]}".replace("-", MINUS)
    if unit == "percent per year":
        return f"{value:.2f}% a year"
    if unit == "chance":
        return "under 0.001" if value < 0.001 else f"{value:.2g}" if value < 0.1 else f"{value:.2f}"
    return f"{value:+.2f}".replace("-", MINUS)


def span(interval: Sequence[float] | None, unit: str, confidence: float | None = None) -> str:
    """Return an interval, with its confidence where there is one.

    Examples
    --------
    >>> span([-0.068, 0.693], "fraction", 0.9375)
    '−6.8% to +69.3% (94%)'
    """
    if interval is None:
        return DASH
    sure = "" if confidence is None else f" ({100 * confidence:.0f}%)"
    return f"{worded(interval[0], unit)} to {worded(interval[1], unit)}{sure}"


def counted(n: int, of: str) -> str:
    """Return how many observations there are: ``5 cycles``; a dash for none."""
    return f"{n} {of}".strip() if n else DASH
