"""Who may know the true final cuts: a rule that says of itself that it is run in hindsight, and no other."""

from __future__ import annotations

from collections.abc import Sequence

from fedcycle.data.typing import Days
from fedcycle.strategies.strategy import Strategy

HINDSIGHT = "HINDSIGHT"
"""The stamp of every figure of a rule that knows what nobody knew on the day."""


def with_final_cuts(strategy: Strategy, final_cuts: Days, *, stamps: Sequence[str]) -> Strategy:
    """Return a rule that knows the true final cuts where it is stamped HINDSIGHT, else the rule as it is.

    Every caller of ``Strategy.informed`` goes through here: a rule that is not stamped is never handed the cuts, so it
    can neither keep them nor weight by them unseen.

    Parameters
    ----------
    strategy : Strategy
    final_cuts : (n,) days, the announcements of the true final cuts
    stamps : what the rule's figures are stamped with, as read once for the whole run
    """
    return strategy.with_hindsight(final_cuts) if HINDSIGHT in stamps else strategy
