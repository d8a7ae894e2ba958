"""Sweeps: a grid over any keys of a config, run by the vectorised engine, kept in one Parquet file, ranked honestly."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from typing import Any, TypeAlias

from fedcycle.backtests import config as configs
from fedcycle.backtests import provenance, study
from fedcycle.backtests.errors import BacktestError
from fedcycle.backtests.sweep.crew import hired
from fedcycle.backtests.sweep.deflated import deflated_sharpe
from fedcycle.backtests.sweep.grid import Grid
from fedcycle.backtests.sweep.package import Package, portable
from fedcycle.backtests.sweep.results import RANKED_BY, Ranking, Store, digest, ranking, rows_of
from fedcycle.data.market import Market

__all__ = ["Sweep", "sweep"]

MOST_ROWS = 1000
"""Rows of a table: the best. All variants are in the file."""

Progress: TypeAlias = Callable[[int, int], None]
"""Is told how many variants are finished, of how many."""
Say: TypeAlias = Callable[[str], None]


@dataclass(frozen=True, eq=False)
class Sweep:
    """A finished sweep.

    Parameters
    ----------
    name, id : of its config, and of all that could change a number of it
    grid : what was tried
    file : the Parquet file with every variant
    ranking : the best, and what all trials add up to
    benchmark : what ``excess_cagr`` is over
    """

    name: str
    id: str
    grid: Grid
    file: Path
    ranking: Ranking
    benchmark: str

    @property
    def document(self) -> dict[str, Any]:
        """Return the JSON document of the sweep."""
        found = self.ranking
        rows = [{**row, **self._judged(row)} for row in rows_of(found.best, self.grid)]
        return {
            "id": self.id,
            "name": self.name,
            "results": self.file.as_posix(),
            "digest": digest(self.file),
            "table": {"ranked_by": RANKED_BY, "benchmark": self.benchmark, "rows": rows},
            "inference": {
                "variants": len(self.grid),
                "trials": found.trials,
                "refused": found.refused,
                "sharpe_variance": found.variance,
            },
        }

    def _judged(self, row: Mapping[str, Any]) -> dict[str, Any]:
        """Return the deflated Sharpe ratio of a row: the chance that it beats the best of so many trials of nothing."""
        found = self.ranking
        return {
            "deflated_sharpe": deflated_sharpe(
                row["sharpe"],
                returns=row["sessions"] - 1,
                skew=row["excess_skew"],
                kurtosis=row["excess_kurtosis"],
                trials=found.trials,
                variance=found.variance,
            )
        }


def sweep(
    ref: str | Path,
    sets: Sequence[str] = (),
    *,
    out: Path,
    store: Path | None = None,
    jobs: int | None = None,
    scheduler: str | None = None,
    progress: Progress,
    say: Say,
) -> Sweep:
    """Run every variant of a config's grid that is not kept yet, and return the whole.

    Parameters
    ----------
    ref, sets : a config and what is laid over it
    out : folder of the results
    store : the data folder whose newest vintage ``data.market: store`` means; None leaves that unsaid
    jobs : processes; None for as many as there are cores
    scheduler : address of a Dask scheduler, or None for this machine
    progress : is told how many variants are finished, of how many
    say : is told each sentence worth knowing

    Raises
    ------
    BacktestError
        If no variant can be run: the sentence is that of the first.
    ConfigError
        If the config is wrong or states no grid.
    RunError
        If workers were lost; what is finished is kept, and the same call goes on from there.
    """
    config = configs.load(ref, sets, store=store)
    grid = Grid.of(config.sweep)
    base = study.prepare(config)
    markets = _markets(grid, base.market, lambda more: configs.load(ref, [*sets, *more], store=store))
    kept = Store(out, _id(config, markets), grid)
    if kept.finished():
        say(f"{kept.id}: results kept are used again; config, data, code and library versions are the same")
    else:
        carried = portable(config)
        package = Package(kept.id, carried.dump(), dict(carried.companions), grid, markets)
        _run(package, kept, jobs=jobs, scheduler=scheduler, progress=progress, say=say)
    found = ranking(kept.file, most=MOST_ROWS)
    if found.why is not None:
        if found.refused == len(grid):
            raise BacktestError(f"none of the {len(grid):,} variants can be run; the first says: {found.why}")
        say(f"{found.refused:,} of {len(grid):,} variants cannot be run, such as: {found.why}")
    return Sweep(config.name, kept.id, grid, kept.file, found, study.benchmark_of(base)[0].name)


def _run(
    package: Package, store: Store, *, jobs: int | None, scheduler: str | None, progress: Progress, say: Say
) -> None:
    missing, total = store.missing(), len(store.grid)
    done = total - sum(block.count for block in missing)
    if done:
        say(f"{store.id}: {done:,} of {total:,} variants were finished before and are not run again")
    progress(done, total)
    if missing:
        for block, found in hired(jobs, scheduler)(package, missing):
            store.keep(block, found)
            done += block.count
            progress(done, total)
    store.join()


def _markets(grid: Grid, base: Market, load: Callable[[Sequence[str]], configs.RunConfig]) -> tuple[Market, ...]:
    """Return the market of each combination of the grid's ``data.`` keys."""
    keys = {key: tried for key, tried in grid.outer.items() if key.startswith("data.")}
    if not keys:
        return (base,)
    combinations = [
        [configs.assignment(k, v) for k, v in zip(keys, each, strict=True)] for each in product(*keys.values())
    ]
    return tuple(study.prepare(load(more)).market for more in combinations)


def _id(config: configs.RunConfig, markets: Sequence[Market]) -> str:
    digests = " ".join(market.digest for market in markets)
    files = {**config.rule_modules, **config.companions}
    identity = provenance.identity(config.data, market_digest=digests, files=files)
    return f"{config.name}-{identity[:8]}"
