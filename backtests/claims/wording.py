"""Units of the claims' numbers; the figures themselves are formatted in ``core.format``, the one place that does."""

from __future__ import annotations

from collections.abc import Sequence

from fedcycle.backtests.core.format import DASH, p_value, percent, plain, pp, signed, signed_percent

_RETURNS = {
    "fraction": "",
    "fraction per year": " a year",
    "fraction per month": " a month",
    "fraction per percentage point": " per pp of yield",
}
_DIFFERENCES = {"difference": "", "difference per year": " a year", "difference per month": " a month"}


def worded(value: float | str | None, unit: str) -> str:
    """Return a number with its unit; words stay as they are.

    Examples
    --------
    >>> worded(0.1809, "fraction"), worded(-0.05, "correlation"), worded(4.79, "percent per year"), worded(None, "")
    ('+18.1%', '−0.05', '4.79% a year', '–')
    >>> worded(0.1809, "difference"), worded(0.016, "difference per year")
    ('+18.1 pp', '+1.60 pp a year')
    """
    if value is None or isinstance(value, str):
        return value or DASH
    if unit in _RETURNS:
        return signed_percent(value) + _RETURNS[unit]
    if unit in _DIFFERENCES:
        return pp(value, 2 if unit.endswith("year") else 1) + _DIFFERENCES[unit]
    if unit == "share":
        return percent(value, 0)
    if unit == "percent per year":
        return f"{plain(value)}% a year"
    if unit == "chance":
        return p_value(value)
    return signed(value, 3 if unit == "ratio" else 2)


def span(interval: Sequence[float] | None, unit: str, confidence: float | None = None) -> str:
    """Return an interval, with its confidence where there is one.

    Examples
    --------
    >>> span([-0.068, 0.693], "fraction", 0.9375)
    '−6.8% to +69.3% (94%)'
    """
    if interval is None:
        return DASH
    sure = "" if confidence is None else f" ({percent(confidence, 0)})"
    return f"{worded(interval[0], unit)} to {worded(interval[1], unit)}{sure}"


def counted(n: int, noun: str) -> str:
    """Return how many observations there are: ``5 cycles``; a dash for none."""
    return f"{n} {noun}".strip() if n else DASH
