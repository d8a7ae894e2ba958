"""What a rule saw on a day and which branch it took: the answer to "why", beside the weights. No arithmetic."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from fedcycle.data.typing import Day


@dataclass(frozen=True)
class SignalReading:
    """One thing that a rule looked at.

    Parameters
    ----------
    name : what it is, such as ``10-year yield``
    value : a number in ``unit``, or a word
    unit : such as ``basis points``; ``day`` for a date, ``word`` for a word
    observed_on : the day the newest fact in it is about, or None where nothing was known
    known_on : the day that fact became public, or None
    """

    name: str
    value: float | str
    unit: str
    observed_on: Day | None = None
    known_on: Day | None = None


@dataclass(frozen=True)
class Explanation:
    """Why a rule weighted as it did on one day.

    Parameters
    ----------
    branch : which way the rule went; empty where it does not say
    weights : fraction of portfolio value per asset, those that ``weights`` of the same view returns
    seen : what it looked at, in the order it did
    parts : the explanations of the rules it is made of, by their key
    """

    branch: str
    weights: Mapping[str, float]
    seen: tuple[SignalReading, ...] = ()
    parts: Mapping[str, Explanation] = field(default_factory=dict)
