"""Until when the data behind a command's numbers reach, and how to fetch newer ones. Reads the clock, hands it on."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING

from fedcycle.backtests.cli.console import note, say

if TYPE_CHECKING:
    from fedcycle.data.reach import Reach

OLD_DAYS = 45
"""Calendar days after which data are called old: monthly figures and the library's files are out by then."""


def today() -> date:
    """Return today's date, in UTC."""
    return datetime.now(UTC).date()


def age_note(reached: Sequence[Reach], now: date) -> str:
    """Return how old the newest of some data are and how to fetch newer ones; nothing where they are not old."""
    from fedcycle.data import catalog
    from fedcycle.data.errors import join_names
    from fedcycle.data.reach import newest
    from fedcycle.data.series_catalog import SERIES

    last = newest(reached)
    if last is None:
        return ""
    age = (now - date.fromisoformat(str(last))).days
    if age <= OLD_DAYS:
        return ""
    published = {*(asset.name for asset in catalog.ASSETS), *SERIES}
    own = [each["name"] for each in reached if each["name"] not in published]
    remedy = "fedcycle data fetch, then data: {market: store} in the config, or --market store"
    if own:
        remedy = f"fedcycle data add with newer files of {join_names(own)}"
    return f"the newest of these data is of {last}, {age:,} days ago; for newer ones: {remedy}"


def say_reach(reached: Sequence[Reach]) -> None:
    """Print until when data reach, and on stderr how old they are."""
    from fedcycle.data.reach import reach_sentence

    if reached:
        say(f"{reach_sentence(reached)}.")
        say_age(reached)


def say_age(reached: Sequence[Reach]) -> None:
    """Print on stderr how old the newest of some data are, where they are old."""
    if old := age_note(reached, today()):
        note(old)
