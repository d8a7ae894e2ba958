"""Columns of a chart as short text: the steps from one value to the next, each in as few characters as it needs.

A step is a whole number of units. It is written in digits of five bits, the lowest first, a sixth bit saying that
another digit follows, in the characters of base 64; the lowest bit of a step is its sign. A value that does not exist
is ``!``. ``script/figure.js`` reads it back.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from fedcycle.data.typing import Float64, Int64

ALPHABET = np.frombuffer(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/", dtype=np.uint8)
MISSING = b"!"
FINEST = 5_000
"""A column's range has at least so many units, and fewer than ten times as many; a chart has under 600 pixels."""
RATIO = 1e-6
"""The unit of a column of levels, relative: a level is right to half a millionth of itself."""
ROUNDING = 1e-6
"""A range that is so small beside its values is drawn as none."""
NOTHING = 1e-12
"""Values that are all smaller are zeros."""
DIGITS = 7
"""Digits of five bits that a step may have; see ``_unit``."""


class Packed(dict[str, Any]):
    """A column as the page carries it; ``made_from`` is what it was made from, (T,), NaN where there is none."""

    def __init__(self, fields: dict[str, Any], values: Float64) -> None:
        super().__init__(fields)
        self.made_from = values


def packed(values: Float64, *, level: bool = False) -> Packed:
    """Return a column packed.

    Parameters
    ----------
    values : (T,) NaN is a missing value, and so is an infinity
    level : whether it is a level, such as an account's value, that is exact relative to itself and not to its range

    Returns
    -------
    ``unit``, ``base`` (the first value, in units), ``steps`` (text); with ``ratio``, base is the value itself and a
    unit multiplies

    Examples
    --------
    >>> packed(np.array([1.0, 1.5, np.nan, 0.5]))["steps"]
    'Aw4J!hxT'
    """
    values = np.asarray(values, dtype=np.float64)
    there = np.isfinite(values)
    known = values[there]
    if not known.size:
        return Packed({"base": 0, "unit": 1, "steps": "!" * len(values)}, values)
    ratio = level and bool((known > 0).all())
    shown = np.log(known) if ratio else known
    unit = RATIO if ratio else _unit(shown)
    places = np.rint((shown - shown[0]) / unit if ratio else shown / unit).astype(np.int64)
    base = float(known[0]) if ratio else int(places[0])
    steps = _text(np.diff(places, prepend=places[0]), there)
    return Packed({"base": base, "unit": unit, "steps": steps} | ({"ratio": True} if ratio else {}), values)


def _unit(values: Float64) -> float:
    """Return the largest power of ten of which the range of values has ``FINEST``; a range of rounding is none."""
    size = float(np.abs(values).max())
    span = float(np.ptp(values))
    span = span if span > ROUNDING * size else size
    span = span if span > NOTHING else float(FINEST)
    return float(f"1e{math.floor(math.log10(span / FINEST))}")


def _text(steps: Int64, there: np.ndarray[Any, np.dtype[np.bool_]]) -> str:
    """Return steps as text, with a sign where there is no value."""
    bits = (np.abs(steps) << 1) | (steps < 0)
    digits = np.stack([(bits >> (5 * k)) & 31 for k in range(DIGITS)], axis=1)
    more = [(bits >> (5 * k) > 0).astype(np.int64) for k in range(1, DIGITS)]
    many = 1 + np.sum(more, axis=0)
    place = np.arange(DIGITS)
    codes = ALPHABET[digits + 32 * (place < many[:, None] - 1)]
    rows = np.zeros((len(there), DIGITS), dtype=np.uint8)
    rows[~there, 0] = MISSING[0]
    rows[there] = np.where(place < many[:, None], codes, 0)
    return rows[rows > 0].tobytes().decode("ascii")
