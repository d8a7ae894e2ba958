"""What can go wrong with facts: one base class, its children, and how they name many things."""

from __future__ import annotations

from collections.abc import Sequence


class FedcycleError(Exception):
    """Whatever we refuse or cannot do, in one sentence: every error of ours is one."""


class DataError(FedcycleError):
    """Facts are missing, malformed or not what they claim to be."""


class NotYetKnown(DataError, LookupError):  # noqa: N818 - the name says what happened, as LookupErrors do
    """Somebody asked for a value that was not public on the day, or does not reach back so far."""


class Stale(DataError):  # noqa: N818 - the name says what is wrong
    """The newest value of a series is too old to stand for the day on which a rule asks for it."""


class UnknownName(DataError, LookupError):  # noqa: N818
    """An asset or a series that the market does not have."""


class DamagedData(DataError):  # noqa: N818
    """Stored bytes do not match their manifest."""


def join_names(names: Sequence[str], max_: int = 12) -> str:
    """Return the first of some names, and how many more there are: a sentence must end.

    Examples
    --------
    >>> join_names(["A", "B", "C", "D", "E"], 3)
    'A, B, C and 2 more'
    """
    return ", ".join(names[:max_]) + (f" and {len(names) - max_} more" if len(names) > max_ else "")


def listing(items: Sequence[str], word: str = "and") -> str:
    """Return items as a sentence lists them.

    Examples
    --------
    >>> listing(["a", "b", "c"]), listing(["a", "b"], "or"), listing([])
    ('a, b and c', 'a or b', 'nothing')
    """
    if not items:
        return "nothing"
    return items[0] if len(items) == 1 else f"{', '.join(items[:-1])} {word} {items[-1]}"
