"""cycles and claims: the Fed's easing cycles, and the note's statements with their tests."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any, Literal

import numpy as np
import pandas as pd

from fedcycle.backtests.api.frames import frame_of_rows
from fedcycle.backtests.api.market_data import MarketData, load_market
from fedcycle.backtests.api.places import PathLike
from fedcycle.data.typing import Day

CYCLE = ("first_cut", "final_cut", "next_hike", "open", "recession", "cuts", "cut_bp", "length_days")
CLAIM = ("id", "topic", "verdict", "n", "estimate", "unit", "summary")


class Cycles:
    """The Fed's easing cycles, dated with hindsight.

    Attributes
    ----------
    document : as ``fedcycle cycles --json`` prints it
    """

    def __init__(self, document: Mapping[str, Any]) -> None:
        self.document = document

    @property
    def table(self) -> pd.DataFrame:
        """Return a row a cycle: its days, its cuts in basis points, whether a recession was in it."""
        return frame_of_rows(self.document["cycles"], CYCLE, dates=("first_cut", "final_cut", "next_hike"))

    def window(self, name: str = "12m") -> pd.DataFrame:
        """Return what assets returned in one window of each cycle, (cycles, assets and pairs) fraction.

        A pair, ``small / large``, is the relative wealth of one against the other: its growth over the other's, less 1.

        Parameters
        ----------
        name : a key of ``windows``; a window that is not complete is missing

        Raises
        ------
        KeyError
            If there is no such window.
        """
        if name not in self.windows:
            raise KeyError(f"{name!r} is no window; there are {', '.join(self.windows)}")
        rows = [
            {"first_cut": c["first_cut"], **(c["windows"][name] or {}), **(c["relative_wealth"][name] or {})}
            for c in self.document["cycles"]
        ]
        frame = pd.DataFrame(rows)
        frame["first_cut"] = pd.to_datetime(frame["first_cut"])
        return frame.set_index("first_cut")

    @property
    def windows(self) -> Mapping[str, str]:
        """Return key -> words of each window."""
        names: Mapping[str, str] = self.document["window_names"]
        return names

    @property
    def notes(self) -> list[str]:
        """Return what must be known beside the numbers."""
        return list(self.document["notes"])

    def __repr__(self) -> str:
        return f"<fedcycle cycles: {len(self.document['cycles'])} easing cycles by {self.document['how']} [HINDSIGHT]>"

    def _repr_html_(self) -> str:
        from fedcycle.backtests.api.notebook_html import frame_html

        return frame_html("Easing cycles [HINDSIGHT]", [], self.table, self.notes)


class Claims:
    """The note's statements, each with data, test and verdict.

    Attributes
    ----------
    document : as ``fedcycle claims --json`` prints it
    """

    def __init__(self, document: Mapping[str, Any]) -> None:
        self.document = document

    @property
    def table(self) -> pd.DataFrame:
        """Return a row a statement: verdict, sample size, estimate with its unit, and the result in a sentence."""
        return frame_of_rows(self.document["claims"], CLAIM).set_index("id")

    @property
    def counts(self) -> Mapping[str, int]:
        """Return verdict -> how many statements have it."""
        counts: Mapping[str, int] = self.document["counts"]
        return counts

    def __repr__(self) -> str:
        return f"<fedcycle claims: {', '.join(f'{n} {verdict}' for verdict, n in self.counts.items())}>"

    def _repr_html_(self) -> str:
        from fedcycle.backtests.api.notebook_html import frame_html

        counts = ", ".join(f"{n} {verdict}" for verdict, n in self.counts.items())
        return frame_html("The note's statements", [counts], self.table[["verdict", "n", "summary"]], [])


def cycles(
    market: PathLike | MarketData = "bundle",
    *,
    by: Literal["runs", "episodes"] = "runs",
    as_of: str | dt.date | None = None,
    data_dir: PathLike | None = None,
) -> Cycles:
    """Return the Fed's easing cycles, and what small, mid and large caps did around them.

    Parameters
    ----------
    market : what ``load_market`` takes, or what it returned
    by : ``runs``: every cut between two hikes is one cycle; ``episodes``: 2019 and 2020 count as two
    as_of : use only what was known at the close of that day; None for all the data
    data_dir : as for ``load_market``
    """
    from fedcycle.backtests.analysis.event_study import event_study

    return Cycles(event_study(_market(market, data_dir).market, by, as_of=_day(as_of)).document)


def claims(
    market: PathLike | MarketData = "bundle",
    *,
    as_of: str | dt.date | None = None,
    data_dir: PathLike | None = None,
) -> Claims:
    """Test the note's statements C1 to C12, each by a rule written down before the data were read.

    Parameters
    ----------
    market : what ``load_market`` takes, or what it returned
    as_of : use only what was known at the close of that day; None for all the data
    data_dir : as for ``load_market``
    """
    from fedcycle.backtests.claims import evaluate_claims

    return Claims(evaluate_claims(_market(market, data_dir).market, _day(as_of)).document)


def _market(market: PathLike | MarketData, data_dir: PathLike | None) -> MarketData:
    return market if isinstance(market, MarketData) else load_market(market, data_dir=data_dir)


def _day(as_of: str | dt.date | None) -> Day | None:
    return None if as_of is None else np.datetime64(as_of, "D")
