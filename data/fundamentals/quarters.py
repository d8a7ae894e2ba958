"""Quarters by subtraction and trailing sums of four of them, from the flows known on one day. Pure arithmetic.

A period is a pair of month ends, (before it, its last), as months since 1970-01: a fiscal quarter of 13 weeks that
ends on 1 May is the quarter to the end of April, as in the SEC's own tables.
"""

from __future__ import annotations

from collections.abc import Mapping

Months = tuple[int, int]
"""Month end before a period, and its own."""
LENGTHS = (3, 6, 9, 12)
"""Months that a quarter, the sums to the second and third quarter, and a year run over."""
QUARTER, YEAR = 3, 12


def quarter(flows: Mapping[Months, float], end: int) -> float | None:
    """Return a flow over the quarter to a month end: as reported, or a year to date less the one a quarter before.

    Parameters
    ----------
    flows : period -> value, all known on the day
    end : month end, as months since 1970-01

    Examples
    --------
    >>> half, first = {(0, 6): 30.0}, {(0, 3): 10.0}
    >>> quarter({**half, **first}, 6), quarter(half, 6)
    (20.0, None)
    """
    direct = flows.get((end - QUARTER, end))
    if direct is not None:
        return direct
    for months in LENGTHS[1:]:
        begin = end - months
        whole, before = flows.get((begin, end)), flows.get((begin, end - QUARTER))
        if whole is not None and before is not None:
            return whole - before
    return None


def trailing(flows: Mapping[Months, float], end: int) -> float | None:
    """Return a flow over the four quarters to a month end, or None where what is known does not make four.

    A year as reported; else the last year, plus the year to date, less the year to date a year before; else four
    consecutive quarters. The first that what is known allows.

    Examples
    --------
    >>> trailing({(0, 12): 100.0, (12, 15): 30.0, (0, 3): 20.0}, 15)
    110.0
    """
    year = flows.get((end - YEAR, end))
    if year is not None:
        return year
    for months in (9, 6, 3):
        begin = end - months
        last, now, before = flows.get((begin - YEAR, begin)), flows.get((begin, end)), flows.get(
            (begin - YEAR, end - YEAR)
        )  # fmt: skip
        if last is not None and now is not None and before is not None:
            return last + now - before
    total = 0.0
    for back in range(0, YEAR, QUARTER):
        one = quarter(flows, end - back)
        if one is None:
            return None
        total += one
    return total
