"""compare: runs side by side, as the command line puts them."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from fedcycle.backtests import export
from fedcycle.backtests.api.frames import frame_of
from fedcycle.backtests.api.places import RUNS, PathLike, our_errors, store_folder
from fedcycle.backtests.api.run_result import RunResult
from fedcycle.backtests.api.running import Runnable, config_of, variants_of
from fedcycle.backtests.core.errors import ConfigError, RunError
from fedcycle.backtests.export.comparison_tables import ranked, significance
from fedcycle.backtests.workflows import comparison, study
from fedcycle.backtests.workflows.study import StoredRun

LOG = logging.getLogger("fedcycle")


class Comparison:
    """Runs side by side.

    Attributes
    ----------
    runs : the runs, the best by Sharpe ratio first
    document : as ``fedcycle compare --json`` prints it
    """

    def __init__(self, found: comparison.Comparison, runs: Sequence[RunResult]) -> None:
        self._found = found
        by_id = {run.id: run for run in runs}
        self.runs: tuple[RunResult, ...] = tuple(by_id[stored.run.id] for stored in found.stored)
        self.document = found.document

    @property
    def table(self) -> pd.DataFrame:
        """Return a row a run, those that compete first and ranked by Sharpe ratio, fractions as fractions.

        ``verdict`` is judged for all competing runs together, so that by chance alone none is called ahead or behind
        in 95% of histories; ``unranked`` says why a run does not compete.
        """
        return self._all.iloc[1:]

    @property
    def benchmark(self) -> pd.Series[Any]:
        """Return the benchmark's own numbers over the same sessions."""
        return self._all.iloc[0].rename(self.document["table"]["benchmark"])

    @property
    def significance(self) -> pd.DataFrame:
        """Return a row a run: active return and Sharpe ratio with 95% intervals, easing cycles with their sign test."""
        return frame_of(significance(self.document), index="run")

    @property
    def sentences(self) -> list[str]:
        """Return what holds for all runs together."""
        return [str(text) for text in frame_of(export.tables_of_comparison(self.document)[-1])["sentence"]]

    def page(self, path: PathLike) -> Path:
        """Write the comparison as one HTML page and return where it is; raises RunError where that cannot be."""
        with our_errors():
            self._found.write_page(Path(path))
        return Path(path)

    def export(self, path: PathLike, *, format: str = "xlsx") -> Path:  # noqa: A002 - as the command has it
        """Write the tables as ``csv``, ``xlsx``, ``parquet`` or ``json``, and return where; raises RunError."""
        with our_errors():
            export.write_tables(export.tables_of_comparison(self.document), Path(path), format)
        return Path(path)

    @property
    def _all(self) -> pd.DataFrame:
        return frame_of(ranked(self.document), index="run")

    def __repr__(self) -> str:
        table = self.document["table"]
        against = f"against {table['benchmark']}, ranked by {table['ranked_by']}"
        return f"<fedcycle comparison of {len(self.runs)} runs {against}>"

    def _repr_html_(self) -> str:
        from fedcycle.backtests.api.notebook_html import comparison_html

        return comparison_html(self.document, self.sentences)


def compare(
    what: Sequence[Runnable | RunResult],
    *,
    benchmark: str | None = None,
    store: PathLike | None = RUNS,
    data_dir: PathLike | None = None,
) -> Comparison:
    """Put configs, rules and finished runs side by side; what has not been run is run first, one after the other.

    Parameters
    ----------
    what : what to compare
        What ``run`` takes, several variants of a sweep (``sweeps/ID#6,12``), the id of a stored run or as much of it as
        fits one alone, or a RunResult.
    benchmark : asset to measure all of them against; each config's own unless given
    store : folder of the stored runs; None to keep nothing on disk
    data_dir : as for ``run``

    Raises
    ------
    FedcycleError
        RunError if the runs do not share market data, sessions and benchmark.
    """
    if isinstance(what, (str, Path)) or not what:
        raise ConfigError("compare takes a list of configs and runs; write fc.compare(['rate-cycle-timing', 'base'])")
    said: list[str] = []
    found = {}
    for each in (one for given in what for one in _given(given, data_dir, said)):
        stored = (
            _finished(each, benchmark) if isinstance(each, RunResult) else _run(each, benchmark, store, data_dir, said)
        )
        found[stored.run.id] = stored
    for sentence in said:
        LOG.info(sentence)
    with our_errors():
        compared = comparison.of_runs(list(found.values()))
        return Comparison(compared, [RunResult(stored, notes=tuple(said)) for stored in found.values()])


def _given(what: Runnable | RunResult, data_dir: PathLike | None, said: list[str]) -> Sequence[Runnable | RunResult]:
    """Return what was given, or the configs of the variants of a sweep that it names."""
    return [what] if isinstance(what, RunResult) else variants_of(what, data_dir=data_dir, notify=said.append)


def _finished(run: RunResult, benchmark: str | None) -> StoredRun:
    if benchmark is not None and run.benchmark != benchmark:
        raise RunError(
            f"{run.id} was run against {run.benchmark}; run it again with overrides={{'benchmark': '{benchmark}'}}"
        )
    return run.stored


def _run(
    what: Runnable, benchmark: str | None, store: PathLike | None, data_dir: PathLike | None, said: list[str]
) -> StoredRun:
    out = store_folder(store)
    if isinstance(what, (str, Path)) and out is not None:
        what, _ = study.resolve_config_or_run(str(what), out)
    overrides = None if benchmark is None else {"benchmark": benchmark}
    config = config_of(what, overrides=overrides, data_dir=data_dir)
    with our_errors():
        return study.run(config, runs_dir=out, tearsheet=False, notify=said.append)
