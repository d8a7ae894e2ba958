"""What a comparison page is made of: the runs in order, and what they share."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np

from fedcycle.backtests.core.format import stamped
from fedcycle.backtests.core.ledger import measured
from fedcycle.backtests.inference import latest_fill
from fedcycle.backtests.inference.verdict import Verdict
from fedcycle.backtests.runs.storage import Run
from fedcycle.data.market import Market
from fedcycle.data.typing import Days, Float64, Int64

COLOURS = ("--own", "--asset-0", "--asset-1", "--asset-5", "--asset-8", "--asset-7", "--asset-3", "--asset-4")
DASHES = ("solid", "dash", "dot", "dashdot", "longdash")
FEW = 8
"""Runs up to which a chart has a line a session and a legend of its own; more are drawn once a week."""
WEEK = 5


@dataclass(frozen=True, eq=False)
class ComparisonInputs:
    """Runs over the same sessions.

    Parameters
    ----------
    runs : in the order of the rows, those that do not compete last
    market : the first run's, by which cycles are dated
    ranked_by : what orders the rows
    inference : ``inference.of_comparison`` of them
    verdicts : id -> verdict against its benchmark, those that compete judged together
    unranked : id -> why a run does not compete
    names : id -> what the page calls a run; its own name where it is missing
    title : of the page, or empty
    baseline : id of the run that the others are measured against too, or None
    against_baseline : id -> verdict against the baseline
    markets : digest -> market, of runs on others than the first's
    """

    runs: tuple[Run, ...]
    market: Market
    ranked_by: str
    inference: Mapping[str, Any]
    verdicts: Mapping[str, Verdict] = field(default_factory=dict)
    unranked: Mapping[str, str] = field(default_factory=dict)
    names: Mapping[str, str] = field(default_factory=dict)
    title: str = ""
    baseline: str | None = None
    against_baseline: Mapping[str, Verdict] = field(default_factory=dict)
    markets: Mapping[str, Market] = field(default_factory=dict)

    @cached_property
    def reference(self) -> Run:
        """Return the first run that is measured against the benchmark that most have."""
        most = [run.benchmark for run in self.runs]
        return max(self.runs, key=lambda run: most.count(run.benchmark))

    @property
    def benchmark(self) -> str:
        """Return the name of the benchmark that most runs have."""
        return self.reference.benchmark

    @cached_property
    def since(self) -> int | None:
        """Return the session from whose close all are measured: the latest first fill."""
        return latest_fill(run.ledger for run in self.runs)

    @cached_property
    def sessions(self) -> Days:
        """Return the days on which all are measured, the first twice: before and at the latest first fill."""
        return measured(self.runs[0].ledger.sessions, self.since, at_fill=True)

    def growth(self, run: Run) -> Float64:
        """Return what a dollar became in a run, (T,), from ``since`` on; 0 in a lost account."""
        return self._grown(run, run.ledger.value)

    def benchmark_growth(self, run: Run | None = None) -> Float64:
        """Return what a dollar became in the benchmark of a run, (T,); of the one that most have where none is given.

        It is the benchmark's of the run that filled last, which paid for its purchase when all are first measured.
        """
        measured = self.reference if run is None else run
        return self._grown(measured, measured.benchmark_value)

    def _grown(self, run: Run, column: Float64) -> Float64:
        level = measured(column, self.since, at_fill=self.since != run.ledger.first_fill)
        return np.asarray(level / level[0]) if level[0] > 0 else np.zeros(len(level))

    @cached_property
    def drawn(self) -> Int64:
        """Return the rows that charts draw: all of them for few runs, else one a week and the last."""
        n = len(self.sessions)
        if len(self.runs) <= FEW:
            return np.arange(n)
        return np.unique(np.append(np.arange(0, n, WEEK), n - 1))

    @property
    def drawn_note(self) -> str:
        """Return how often lines are drawn, where that is not each session."""
        return "" if len(self.runs) <= FEW else "Drawn once a week."

    def market_of(self, run: Run) -> Market:
        """Return the market that a run was made on."""
        stated = run.summary.get("market")
        digest = stated.get("digest") if isinstance(stated, Mapping) else None
        return self.markets.get(str(digest), self.market)

    def label(self, run: Run) -> str:
        """Return what the page calls a run, with its stamps; its id where names repeat."""
        if run.id in self.names:
            called = self.names[run.id]
        else:
            called = run.id if sum(other.name == run.name for other in self.runs) > 1 else run.name
        return stamped(called, run.stamps)

    @property
    def labels(self) -> list[str]:
        """Return what the page calls each run."""
        return [self.label(run) for run in self.runs]

    def look(self, run: Run) -> dict[str, str]:
        """Return colour and dash of a run's lines: no two runs share both, so that colour is never the only carrier."""
        at = self.runs.index(run)
        return {"colour": COLOURS[at % len(COLOURS)], "dash": DASHES[at % len(DASHES)]}
