"""What can go wrong with facts: one base class, its children, and nothing else."""

from __future__ import annotations


class DataError(Exception):
    """Facts are missing, malformed or not what they claim to be."""


class NotYetKnown(DataError, LookupError):  # noqa: N818 - the name says what happened, as LookupErrors do
    """Somebody asked for a value that was not public on the day, or does not reach back so far."""


class UnknownName(DataError, LookupError):  # noqa: N818
    """An asset or a series that the market does not have."""


class DamagedData(DataError):  # noqa: N818
    """Stored bytes do not match their manifest."""
