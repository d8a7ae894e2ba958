"""Field: the runs of a comparison, ranked, and what they share."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from fedcycle.backtests.inference.verdict import Verdict
from fedcycle.backtests.runs.storage import Run
from fedcycle.data.market import Market

COLOURS = ("--own", "--asset-0", "--asset-1", "--asset-5", "--asset-8", "--asset-7", "--asset-3", "--asset-4")
DASHES = ("solid", "dash", "dot", "dashdot", "longdash")


@dataclass(frozen=True, eq=False)
class ComparisonInputs:
    """Runs over the same sessions of one market against one benchmark.

    Parameters
    ----------
    runs : ranked, the best first
    market : the market they were made on
    ranked_by : the statistic that ranks them
    inference : ``inference.of_comparison`` of them
    verdicts : id -> verdict against the benchmark, those that compete judged together
    unranked : id -> why a run does not compete
    links : id -> address of its tearsheet, relative to the page; what has none is missing
    """

    runs: tuple[Run, ...]
    market: Market
    ranked_by: str
    inference: Mapping[str, Any]
    links: Mapping[str, str] = field(default_factory=dict)
    verdicts: Mapping[str, Verdict] = field(default_factory=dict)
    unranked: Mapping[str, str] = field(default_factory=dict)

    @property
    def benchmark(self) -> str:
        """Return the benchmark's name."""
        return self.runs[0].benchmark

    def label(self, run: Run) -> str:
        """Return what the page calls a run: its name, its id where names repeat, and its stamps."""
        repeated = sum(other.name == run.name for other in self.runs) > 1
        return "".join([run.id if repeated else run.name, *(f" [{stamp}]" for stamp in run.stamps)])

    def look(self, run: Run) -> dict[str, str]:
        """Return colour and dash of a run's lines: no two runs share both, so that colour is never the only carrier."""
        place = self.runs.index(run)
        return {"colour": COLOURS[place % len(COLOURS)], "dash": DASHES[place % len(DASHES)]}
