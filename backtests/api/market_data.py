"""MarketData: a data set as pandas, with the day each value became known beside the day it is about."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cached_property

import pandas as pd

from fedcycle.backtests.api.frames import index_of, series_of
from fedcycle.backtests.api.places import PathLike, data_folder, our_errors
from fedcycle.backtests.core.format import stamped
from fedcycle.data import dataset
from fedcycle.data.building.vintages import dataset_named
from fedcycle.data.frozen_mapping import FrozenMapping
from fedcycle.data.market import Market
from fedcycle.data.reach import reach, reach_sentence
from fedcycle.data.series import Series


class MarketData:
    """One data set.

    Attributes
    ----------
    market : the Market itself, as engines have it
    name : what the data set is called
    digest : of all its facts
    stamps : what must stand next to every number made from it
    """

    def __init__(self, market: Market) -> None:
        self.market = market
        self.name: str = market.name
        self.digest: str = market.digest
        self.stamps: tuple[str, ...] = market.all_stamps

    @cached_property
    def prices(self) -> pd.DataFrame:
        """Return the total-return level of each asset at each close, (T, N); missing where it did not trade."""
        held = self.market
        return pd.DataFrame(held.prices, index=index_of(held.sessions), columns=list(held.assets))

    @cached_property
    def series(self) -> Mapping[str, pd.Series[float]]:
        """Return name -> values by the day each is *about*, (n,) in the unit of ``units``.

        A value was not always public on that day: what a rule may use is in ``known``.
        """
        return FrozenMapping({n: series_of(s.values, index_of(s.observed_on, "observed_on"), n) for n, s in self._all})

    @cached_property
    def known(self) -> Mapping[str, pd.Series[float]]:
        """Return name -> the same values by the day from which each was *known*, (n,)."""
        return FrozenMapping({n: series_of(s.values, index_of(s.known_on, "known_on"), n) for n, s in self._all})

    @property
    def units(self) -> Mapping[str, str]:
        """Return name -> the unit of a series' values."""
        return FrozenMapping({name: s.unit.value for name, s in self._all})

    @property
    def reach(self) -> str:
        """Return until when each asset and series reaches, in a sentence without a full stop."""
        return reach_sentence(reach(self.market, (*self.market.assets, *self.market.series)))

    @property
    def _all(self) -> Iterable[tuple[str, Series]]:
        return self.market.series.items()

    def __repr__(self) -> str:
        days, held = self.market.sessions, self.market
        stamps = stamped("", self.stamps)
        return (
            f"<fedcycle market {self.name}{stamps}: {len(held.assets)} assets and {len(held.series)} series, "
            f"{len(days):,} sessions, {days[0]} to {days[-1]}>"
        )

    def _repr_html_(self) -> str:
        from fedcycle.backtests.api.notebook_html import frame_html

        return frame_html(repr(self).strip("<>"), [], self.prices.tail(3), [self.reach])


def load_market(market: PathLike = "bundle", *, data_dir: PathLike | None = None) -> MarketData:
    """Return a data set.

    Parameters
    ----------
    market : ``bundle``, ``long``, ``synthetic-stocks``, ``store`` (the newest vintage), a vintage of it, or a folder
    data_dir : the folder of fetched data, for ``store``; $FEDCYCLE_DATA or the platform's unless given

    Raises
    ------
    DataError
        If there is no such data set, or its files are not what their manifest says.
    """
    with our_errors():
        return MarketData(dataset.load_market(dataset_named(str(market), data_folder(data_dir))))
