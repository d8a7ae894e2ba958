"""Numbers as the sentences of tests say them: calls into ``core.format``, the one place where figures become text."""

from __future__ import annotations

from collections.abc import Sequence

from fedcycle.backtests.core import format as fmt
from fedcycle.backtests.core.format import p_equals, pp
from fedcycle.backtests.core.format import p_value as format_p

__all__ = ["format_p", "listed", "p_equals", "plain", "points", "pp"]


def points(fraction: float) -> str:
    """Return a fraction as signed percentage points without the unit, with a true minus.

    Examples
    --------
    >>> points(0.0123), points(-0.5)
    ('+1.2', '−50.0')
    """
    return fmt.signed(100 * fraction, 1)


def plain(number: float) -> str:
    """Return a number with two decimals and a true minus.

    Examples
    --------
    >>> plain(-0.123)
    '−0.12'
    """
    return fmt.plain(number)


def listed(items: Sequence[str]) -> str:
    """Return items as a sentence lists them.

    Examples
    --------
    >>> listed(["a", "b", "c"]), listed([])
    ('a, b and c', 'none')
    """
    return fmt.listing(items) if items else "none"
