"""RunResult: one run as a notebook wants it: pandas, the JSON's numbers, a page, a figure."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from fedcycle.backtests import export
from fedcycle.backtests.analysis import group_exposure
from fedcycle.backtests.api.frames import frame_of, index_of
from fedcycle.backtests.api.market_data import MarketData
from fedcycle.backtests.api.places import PathLike, our_errors
from fedcycle.backtests.core.errors import RunError
from fedcycle.backtests.core.format import stamped
from fedcycle.backtests.export import run_tables
from fedcycle.backtests.inference.verdict import Verdict
from fedcycle.backtests.runs import storage
from fedcycle.backtests.runs.storage import Run
from fedcycle.backtests.workflows import study
from fedcycle.backtests.workflows.jobs import market_of
from fedcycle.backtests.workflows.study import StoredRun
from fedcycle.data.market import Market

if TYPE_CHECKING:
    from plotly.graph_objects import Figure


class RunResult:
    """One finished run.

    Every Series and DataFrame is of the *measured* account. ``returns`` begins with the session of the first fill,
    whose return is what the fill cost, and ends with the run's last session; the sessions in cash before belong to no
    statistic. Levels (``equity``, ``weights``, ``positions``, ``phase``) have one row more, the close before the first
    fill, at which the account was its starting capital in cash. A run in which nothing was filled has no return and
    one level, its last.

    Attributes
    ----------
    id : the name, and eight digits of a digest of everything that could change a number
    name : the config's name
    question : what the config asks
    config : the resolved config, as JSON has it
    statistics : name -> number or None, of the account by itself
    benchmark_statistics : the same of the benchmark by itself, over the same sessions
    relative : name -> number or None, against the benchmark
    relative_to_others : the same against each benchmark that stands beside the first
    by_phase : phase told in real time -> its numbers
    by_cycle : easing cycles dated with hindsight, each with its windows
    stamps : what must stand next to every number, such as ``HINDSIGHT``
    notes : what must be known, a sentence each: what could not be done as asked, whether a stored run was used
    folder : where the run is kept; None where it is not
    reused : whether a stored run was used again
    """

    def __init__(self, stored: StoredRun, *, market: Market | None = None, notes: tuple[str, ...] = ()) -> None:
        self.stored = stored
        self._market = market
        run = stored.run
        self.id: str = run.id
        self.name: str = run.name
        self.config: Mapping[str, Any] = run.config
        self.question: str = run.summary["question"]
        self.statistics: Mapping[str, float | int | None] = run.summary["statistics"]
        self.benchmark_statistics: Mapping[str, float | int | None] = run.summary.get("benchmark_statistics", {})
        self.relative: Mapping[str, Any] = run.summary["relative"]
        self.relative_to_others: list[Mapping[str, Any]] = run.summary.get("relative_to_others", [])
        self.by_phase: Mapping[str, Mapping[str, Any]] = run.summary["by_phase"]
        self.by_cycle: list[Mapping[str, Any]] = run.summary["by_cycle"]
        self.stamps: tuple[str, ...] = run.stamps
        self.folder: Path | None = stored.folder
        self.reused: bool = stored.reused
        unsure = [f"never used again, since {reason}" for reason in run.provenance.get("unknown", ())]
        told = [note.removeprefix(f"{run.id}: ") for note in notes]
        self.notes: tuple[str, ...] = tuple(dict.fromkeys([*told, *run.ledger.notes, *unsure]))

    @property
    def document(self) -> dict[str, Any]:
        """Return the JSON document of the run, as ``fedcycle run --json`` prints it."""
        return self.stored.document

    @property
    def benchmark(self) -> str:
        """Return the benchmark's name."""
        return self._run.benchmark

    @property
    def verdict(self) -> str:
        """Return how the run did against its benchmark and how sure that is, in a sentence without a full stop."""
        return Verdict.read(self.relative["verdict"]).sentence(self.benchmark)

    @cached_property
    def market(self) -> MarketData:
        """Return the market that the run was made on; raises RunError where its data are not the same any more."""
        return MarketData(self._held)

    @property
    def returns(self) -> pd.Series[float]:
        """Return the daily returns, (T,) fraction, from the session of the first fill on; net of costs."""
        return self._account["return"].iloc[1:].rename(self.name)

    @property
    def equity(self) -> pd.Series[float]:
        """Return the account's value at each close, (T + 1,) US dollars, from the close before the first fill on.

        Time-weighted where cash was paid in or out: as if the first capital alone had been invested.
        """
        return self._account["value"].rename(self.name)

    @property
    def benchmark_returns(self) -> pd.Series[float]:
        """Return the benchmark's daily returns, (T,) fraction, over the sessions of ``returns``."""
        return self._account["benchmark_return"].iloc[1:].rename(self.benchmark)

    @property
    def benchmark_equity(self) -> pd.Series[float]:
        """Return the benchmark's value at each close, (T + 1,) US dollars, over the sessions of ``equity``."""
        return self._account["benchmark_value"].rename(self.benchmark)

    @property
    def active_returns(self) -> pd.Series[float]:
        """Return the daily returns less the benchmark's, (T,) fraction."""
        return self._account["active_return"].iloc[1:].rename(f"{self.name} less {self.benchmark}")

    @property
    def phase(self) -> pd.Series[str]:
        """Return the phase of the rate cycle told at each close, (T + 1,); an empty text where none could be told."""
        return self._account["phase"]

    @cached_property
    def weights(self) -> pd.DataFrame:
        """Return what is held at each close, (T + 1, N + 1) fraction of value: a column an asset, and ``cash``."""
        return frame_of(run_tables.weights(self._run, self._held), index="session")

    @cached_property
    def exposure_by_size(self) -> pd.DataFrame | None:
        """Return what is in each size of company at each close, (T, G) fraction of value; None where none is known.

        Portfolios of the shipped data sets have the size deciles that the catalog states; stocks with accounts are of
        the size of their rank by market value, as known at the first close of each month.
        """
        return _frame(group_exposure.by_size(self._run.ledger.measured(), self._held))

    @cached_property
    def exposure_by_sector(self) -> pd.DataFrame | None:
        """Return what is in each sector at each close, (T, G) fraction of value; None where none is known."""
        return _frame(group_exposure.by_sector(self._run.ledger.measured(), self._held))

    @cached_property
    def positions(self) -> pd.DataFrame:
        """Return what is held at each close, (T + 1, N + 1) US dollars, as pyfolio takes it: ``cash`` is a column."""
        names, held = run_tables.positions(self._run, self._held)
        return pd.DataFrame(held, index=self._account.index, columns=list(names))

    @cached_property
    def trades(self) -> pd.DataFrame:
        """Return every fill in the order made, with its price, value and cost in US dollars."""
        return frame_of(run_tables.trades(self._run))

    @cached_property
    def transactions(self) -> pd.DataFrame:
        """Return every fill as pyfolio takes it, by its session: amount (units), price, symbol, commission."""
        t = self.trades
        columns = {"amount": "units", "price": "price", "symbol": "asset", "commission": "cost"}
        made = pd.DataFrame({name: t[column].to_numpy() for name, column in columns.items()})
        return made.set_index(index_of(t["filled_on"].to_numpy(), "date"))

    @cached_property
    def drawdowns(self) -> pd.DataFrame:
        """Return the ten deepest drawdowns, the deepest first: days, depth (fraction) and lengths (days)."""
        return frame_of(run_tables.drawdowns(self._run))

    @cached_property
    def months(self) -> pd.DataFrame:
        """Return the returns of calendar months, a row a year, fraction; missing where not covered whole."""
        return frame_of(run_tables.months(self._run), index="year")

    def tearsheet(self, path: PathLike) -> Path:
        """Write the run's HTML page and return where it is; raises RunError where that cannot be."""
        with our_errors():
            storage.write_page(Path(path), study.render(self._run, self._held).encode())
        return Path(path)

    def export(self, path: PathLike | None = None, *, format: str = "xlsx") -> Path:  # noqa: A002 - as the command has it
        """Write the run's tables as ``csv``, ``xlsx``, ``parquet`` or ``json``, and return where they are.

        Parameters
        ----------
        path : a file, or for ``csv`` and ``parquet`` a folder; None for one named by the run's id, here
        format : what to write

        Raises
        ------
        RunError
            If the place cannot be written, or holds what is no export of ours.
        """
        where = export.default_path(self.id, format) if path is None else Path(path)
        with our_errors():
            export.write_tables(export.tables_of_run(self._run, self._held), where, format)
        return where

    def plot(self) -> Figure:
        """Return a plotly Figure: the account and its benchmark on a log scale, and the drawdown; needs plotly."""
        from fedcycle.backtests.api.chart import run_figure

        stamps = stamped("", self.stamps)
        own, other = self.equity.rename(self.name + stamps), self.benchmark_equity
        return run_figure(own, other, title=f"{self.verdict[:1].upper()}{self.verdict[1:].split(';')[0]}{stamps}")

    def __repr__(self) -> str:
        stamps = stamped("", self.stamps)
        return f"<fedcycle run {self.id}{stamps}: {self.verdict}>"

    def _repr_html_(self) -> str:
        from fedcycle.backtests.api.notebook_html import run_html

        return run_html(
            self.document, verdict=self.verdict, returns=len(self.returns), folder=self.folder, notes=self.notes
        )

    @property
    def _run(self) -> Run:
        return self.stored.run

    @cached_property
    def _held(self) -> Market:
        if self._market is not None:
            return self._market
        market = market_of(self.stored)
        missing = [asset for asset in self._run.ledger.assets if asset not in market.assets]
        if missing:
            raise RunError(
                f"{self.id} holds {missing[0]}, which market {market.name} does not have; run its config again"
            )
        return market

    @cached_property
    def _account(self) -> pd.DataFrame:
        return frame_of(run_tables.account(self._run, self._held), index="session")


def _frame(found: group_exposure.GroupExposure | None) -> pd.DataFrame | None:
    if found is None:
        return None
    return pd.DataFrame(found.weights, index=index_of(found.sessions, "session"), columns=list(found.groups))
