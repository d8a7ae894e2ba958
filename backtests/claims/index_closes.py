"""Closes of the Russell 2000 price index on the days that C1 names: public facts, each with where it was published."""

from __future__ import annotations

import numpy as np

from fedcycle.data.typing import Day

CLOSES: dict[str, tuple[float, str]] = {
    "2024-11-05": (2260.84, "forexlive.com, closing report of 2024-11-05"),
    "2024-11-25": (2442.03, "Reuters, 2025-01-10: the recent closing high"),
    "2024-12-31": (2230.16, "FTSE Russell factsheet, as quoted in public"),
    "2025-01-10": (2189.23, "Reuters, 2025-01-10: down 10.35% from the closing high of 2024-11-25"),
    # No published close was at hand: only levels from 2194.37 to 2194.48 round to both changes that the press gave,
    # -2.94% since 2024-11-05 and -1.60% since 2024-12-31.
    "2025-01-13": (2194.4, "implied to 0.1 by the published changes since 2024-11-05 and 2024-12-31"),
}
"""Day -> (close, source); index points, without dividends."""
IMPLIED = ("2025-01-13",)
"""Closes derived from the changes that the note states, which therefore cannot check them."""


def fall(base: str, day: str, as_of: Day | None = None) -> float | None:
    """Return the change of the index between two closes, fraction; None where the later is not known yet.

    Examples
    --------
    >>> round(fall("2024-11-25", "2025-01-10"), 4), fall("2024-11-25", "2025-01-10", np.datetime64("2025-01-09"))
    (-0.1035, None)
    """
    if as_of is not None and np.datetime64(day, "D") > as_of:
        return None
    return CLOSES[day][0] / CLOSES[base][0] - 1.0
