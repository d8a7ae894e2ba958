"""Numbers as a sentence says them."""

from __future__ import annotations

from collections.abc import Sequence


def format_p(p: float) -> str:
    """Return a p-value or a probability with two decimals, three under a hundredth.

    Examples
    --------
    >>> chance(0.0625), chance(0.3125), chance(0.004), chance(0.00001)
    ('0.06', '0.31', '0.004', 'under 0.001')
    """
    if 0.0 <= p < 0.001:
        return "under 0.001"
    if 0.995 <= p < 1.0:
        return "over 0.99"
    return f"{p:.3f}" if p < 0.01 else f"{p:.2f}"


def points(fraction: float) -> str:
    """Return a fraction as signed percentage points, with a true minus.

    Examples
    --------
    >>> points(0.0123), points(-0.5)
    ('+1.2', '−50.0')
    """
    return f"{100 * fraction:+.1f}".replace("-", "−")


def plain(number: float) -> str:
    """Return a number with two decimals and a true minus.

    Examples
    --------
    >>> plain(-0.123)
    '−0.12'
    """
    return f"{number:.2f}".replace("-", "−")


def listed(items: Sequence[str]) -> str:
    """Return items as a sentence lists them.

    Examples
    --------
    >>> listed(["a", "b", "c"]), listed([])
    ('a, b and c', 'none')
    """
    if len(items) < 2:
        return items[0] if items else "none"
    return ", ".join(items[:-1]) + " and " + items[-1]
