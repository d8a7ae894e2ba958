"""Numbers, days and lists as a reader wants them: unit, sensible digits, a true minus, a dash for what is missing."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from fedcycle.data.errors import listing as listing
from fedcycle.data.manifest import DOLLARS
from fedcycle.data.manifest import money_words as money_words

DASH = "–"
MINUS = "−"
WORDS = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve")


def number(value: Any) -> float | None:
    """Return a figure as a float, None where it is missing or not finite."""
    if value is None or isinstance(value, bool) or not isinstance(value, (int, float)):
        return None
    return float(value) if math.isfinite(value) else None


def figure(values: Any, *path: str) -> float | None:
    """Return the figure at a path of a nested mapping, None where any step of it is missing."""
    for key in path:
        values = values.get(key) if isinstance(values, Mapping) else None
    return number(values)


def percent(value: float | None, digits: int = 1) -> str:
    """Return a fraction as percent.

    Examples
    --------
    >>> percent(0.0512), percent(-0.5), percent(None)
    ('5.1%', '−50.0%', '–')
    """
    if value is None or number(value) is None:
        return DASH
    # Tenths of a percent are noise beside thousands of them.
    return plain(100 * value, 0 if abs(value) >= 10 else digits) + "%"


def signed_percent(value: float | None, digits: int = 1) -> str:
    """Return a fraction as percent with its sign."""
    return DASH if value is None or number(value) is None else signed(100 * value, digits) + "%"


def points(value: float | None, digits: int = 1) -> str:
    """Return a difference of fractions in percentage points, with its sign and without the unit.

    Examples
    --------
    >>> points(0.0123), points(-0.5)
    ('+1.2', '−50.0')
    """
    return DASH if value is None or number(value) is None else signed(100 * value, digits)


def pp(value: float | None, digits: int = 1) -> str:
    """Return a difference of fractions in percentage points, as tests and headings write it.

    Examples
    --------
    >>> pp(0.1809), pp(-0.5), pp(None)
    ('+18.1 pp', '−50.0 pp', '–')
    """
    return DASH if value is None or number(value) is None else points(value, digits) + " pp"


def p_value(value: float | None) -> str:
    """Return a p-value or a probability with two decimals, three under a hundredth.

    Examples
    --------
    >>> p_value(0.0625), p_value(0.3125), p_value(0.004), p_value(0.00001), p_value(None)
    ('0.06', '0.31', '0.004', 'under 0.001', '–')
    """
    if value is None or number(value) is None:
        return DASH
    if 0.0 <= value < 0.001:
        return "under 0.001"
    if 0.995 <= value < 1.0:
        return "over 0.99"
    return f"{value:.3f}" if value < 0.01 else f"{value:.2f}"


def p_equals(value: float | None) -> str:
    """Return a p-value with its sign of relation: ``p = 0.06``, ``p < 0.001``.

    Examples
    --------
    >>> p_equals(0.0625), p_equals(0.0002), p_equals(None)
    ('p = 0.06', 'p < 0.001', 'no p')
    """
    if value is None or number(value) is None:
        return "no p"
    return "p < 0.001" if value < 0.001 else f"p = {p_value(value)}"


def plain(value: float | None, digits: int = 2) -> str:
    """Return a number with thousands separated and a true minus sign; what rounds to zero has no sign."""
    if number(value) is None:
        return DASH
    text = f"{value:,.{digits}f}"
    return text.lstrip("-") if not any(c in "123456789" for c in text) else text.replace("-", MINUS)


def signed(value: float | None, digits: int = 2) -> str:
    """Return a number with its sign, + included."""
    text = plain(value, digits)
    return text if text == DASH or text.startswith(MINUS) or not any(c in "123456789" for c in text) else "+" + text


def dollars(value: float | None) -> str:
    """Return US dollars, whole above 100, cents below."""
    return money(value, DOLLARS)


def money(value: float | None, currency: str) -> str:
    """Return an amount of a currency, by its three letters, whole above 100, hundredths below.

    Examples
    --------
    >>> money(1234.5, "USD"), money(1234.5, "EUR")
    ('$1,235', 'EUR 1,235')
    """
    if value is None or number(value) is None:
        return DASH
    return (MINUS if value < 0 else "") + money_sign(currency) + plain(abs(value), 0 if abs(value) >= 100 else 2)


def money_sign(currency: str) -> str:
    """Return what stands before an amount: ``$``, or the three letters of another currency and a space."""
    return "$" if currency == DOLLARS else f"{currency} "


def day(value: Any) -> str:
    """Return a day as ``YYYY-MM-DD``, a dash where there is none."""
    return DASH if value is None or str(value) in {"NaT", "None", ""} else str(value)[:10]


def count(n: int, noun: str) -> str:
    """Return how many there are, in words up to twelve.

    Examples
    --------
    >>> count(1, "cycle"), count(5, "cycle"), count(27, "calendar year")
    ('one cycle', 'five cycles', '27 calendar years')
    """
    return f"{many(n)} {noun}" + ("" if n == 1 else "s")


def counted(n: float, noun: str) -> str:
    """Return how many there are, in digits: ``1 fill``, ``1,204 fills``."""
    return f"{n:,.0f} {noun}" + ("" if n == 1 else "s")


def many(n: int) -> str:
    """Return a count in words up to twelve, in digits above."""
    return WORDS[n] if 0 <= n < len(WORDS) else f"{n:,}"


def many_of(n: int) -> str:
    """Return a count that stands without its noun: ``none`` of them, ``three`` of them."""
    return many(n) if n else "none"


def few(items: Sequence[str], max_: int) -> list[str]:
    """Return the first items of a list, and how many others there are, to be listed.

    Examples
    --------
    >>> few(["a", "b", "c", "d"], 2)
    ['a', 'b', '2 others']
    """
    rest = len(items) - max_
    return [*items[:max_], *([f"{rest:,} {'other' if rest == 1 else 'others'}"] if rest > 0 else [])]


def stamped(name: str, stamps: Iterable[str]) -> str:
    """Return a name with its stamps, which stand wherever a figure of it does.

    Examples
    --------
    >>> stamped("base", ["HINDSIGHT"]), stamped("base", [])
    ('base [HINDSIGHT]', 'base')
    """
    return "".join([name, *(f" [{stamp}]" for stamp in stamps)])


def sentence(text: str, names: Iterable[str] = ()) -> str:
    """Return text with a capital at the front and a full stop at the end; one of the names keeps its letters.

    Examples
    --------
    >>> sentence("two runs are ahead"), sentence("my-rule is ahead", ["my-rule"])
    ('Two runs are ahead.', 'my-rule is ahead.')
    """
    text = text.strip()
    named = any(text == name or (text.startswith(name) and not text[len(name)].isalnum()) for name in names)
    first = text[:1] if named else text[:1].upper()
    return first + text[1:] + ("" if text.endswith((".", "!", "?")) else ".")


def spoken(key: str) -> str:
    """Return a key as words: ``hit_rate_monthly`` is ``Hit rate monthly``."""
    words = key.replace("_", " ").replace("-", " ")
    return words[:1].upper() + words[1:]
