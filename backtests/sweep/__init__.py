"""Sweeps: a config with many values of its keys, run by the vectorised engine, kept in one file, judged honestly."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from fedcycle.backtests import audit, statistics
from fedcycle.backtests import config as configs
from fedcycle.backtests.config import from_python
from fedcycle.backtests.config.serialize import jsonable
from fedcycle.backtests.core.callbacks import Notify, Progress
from fedcycle.backtests.core.errors import BacktestError
from fedcycle.backtests.inference import verdict
from fedcycle.backtests.inference.sharpe import deflated_by_moments
from fedcycle.backtests.runs import provenance
from fedcycle.backtests.statistics.numerics import SESSIONS_PER_YEAR, sessions_per_year, under_a_year
from fedcycle.backtests.sweep.design import ONE_AT_A_TIME, OneAtATime, Tried, own_value, tried
from fedcycle.backtests.sweep.executors import make_executor
from fedcycle.backtests.sweep.results import RANKED_BY, Ranking, Store, digest, ranking, rows_of
from fedcycle.backtests.sweep.single_runs import MOST_VERDICTS, verdicts_of
from fedcycle.backtests.sweep.task import SweepTask, portable
from fedcycle.backtests.sweep.variant_configs import keep_config, reference
from fedcycle.backtests.workflows import evaluation, study
from fedcycle.data.dataset import BUNDLE, LONG, load_market
from fedcycle.data.market import Market
from fedcycle.strategies.strategy import StrategyError

__all__ = ["Sweep", "sweep"]

MOST_ROWS = 1000
"""Rows of a table: the best. All variants are in the file."""


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
    question : that the config asks
    reference : what the config's own values are called
    contrasts : ``beside.beside`` of a sweep one at a time, or None
    benchmark_row : the benchmark's own numbers over the config's period, or None where the config cannot be run
    per_year : sessions that count as a year
    stamps : of the market, and of a rule that fails its audit with the config's own values: every figure must say them
    verdicts : the verdict on each variant by its number, all judged together; empty where there are none
    unjudged : why there are none
    own_values : key -> the config's own value of each key that is swept
    """

    name: str
    id: str
    grid: Tried
    file: Path
    ranking: Ranking
    benchmark: str
    question: str
    reference: str
    contrasts: Mapping[str, Any] | None
    benchmark_row: Mapping[str, Any] | None = None
    per_year: float = float(SESSIONS_PER_YEAR)
    stamps: tuple[str, ...] = ()
    verdicts: Mapping[int, Mapping[str, Any]] = field(default_factory=dict)
    unjudged: str | None = None
    own_values: Mapping[str, Any] = field(default_factory=dict)

    @property
    def own_benchmarks(self) -> bool:
        """Return whether variants differ in their benchmark, so that each is measured against its own."""
        return any(key.split(".")[0] == "benchmark" for key in self.own_values)

    @property
    def document(self) -> dict[str, Any]:
        """Return the JSON document of the sweep."""
        found = self.ranking
        rows = [{**row, **self._judged(row), **self._called(row)} for row in rows_of(found.best, self.grid)]
        return {
            "id": self.id,
            "name": self.name,
            "question": self.question,
            "stamps": list(self.stamps),
            "design": "grid" if self.contrasts is None else ONE_AT_A_TIME,
            "results": self.file.as_posix(),
            "open": self._open(rows),
            "digest": digest(self.file),
            "table": {
                "ranked_by": RANKED_BY,
                "benchmark": self.benchmark,
                "own_benchmarks": self.own_benchmarks,
                "benchmark_row": self.benchmark_row,
                "rows": rows,
            },
            "inference": {
                "variants": len(self.grid),
                "trials": found.trials,
                "refused": found.refused,
                "sharpe_variance": found.variance,
                "information_variance": found.information_variance,
                "beat_benchmark": found.beat,
                "sentences": self._sentences(),
            },
            "reference": self._own(rows),
            "own_values": {key: jsonable(value) for key, value in self.own_values.items()},
            "contrasts": self.contrasts,
        }

    def _open(self, rows: Sequence[Mapping[str, Any]]) -> str | None:
        """Return the command that runs and compares the two variants that come first, as an example; None of none."""
        numbers = [int(row["variant"]) for row in rows[:2]]
        return f"fedcycle compare {reference(self.file, *numbers)}" if numbers else None

    def _own(self, rows: Sequence[Mapping[str, Any]]) -> dict[str, Any] | None:
        """Return the config's own choice of a sweep one at a time."""
        row = next((row for row in rows if row.get("own")), None)
        return None if row is None else {"name": row["label"], **{k: row[k] for k in ("variant", "values", "stamps")}}

    def _called(self, row: Mapping[str, Any]) -> dict[str, Any]:
        """Return the name of a row of a sweep one at a time, and whether it is the config's own."""
        if self.contrasts is None:
            return {}
        names = {0: self.reference, **{entry["variant"]: entry["label"] for entry in self.contrasts["rows"]}}
        return {"label": names[row["variant"]], "own": row["variant"] == 0}

    def _judged(self, row: Mapping[str, Any]) -> dict[str, Any]:
        """Return the deflated Sharpe ratio of a row's active returns, by the information ratios of all trials."""
        found = self.ranking
        deflated = deflated_by_moments(
            row["information_ratio"],
            returns=int(row["returns"]),
            skew=row["active_skew"],
            kurtosis=row["active_kurtosis"],
            trials=found.trials,
            variance=found.information_variance,
            per_year=self.per_year,
        )
        return {"deflated_sharpe": deflated, "verdict": self.verdicts.get(row["variant"])}

    def _sentences(self) -> list[str]:
        """Return what must be said of the best of the trials against their benchmark."""
        return [self._best(), *([self.unjudged] if self.unjudged else [])]

    def _best(self) -> str:
        found = self.ranking
        many, named = f"{found.trials:,} trial{'s' * (found.trials != 1)}", f"the benchmark {self.benchmark}"
        if found.ahead is None:
            return f"{many}, none with an active return"
        if found.ahead <= 0:
            least = f"the best of {many} trails it by {-100 * found.ahead:.2f} pp a year"
            return f"no variant beat {'its own benchmark' if self.own_benchmarks else named}: {least}"
        ahead = sum(entry["word"] == verdict.AHEAD for entry in self.verdicts.values())
        told = f"; judged together, {ahead:,} {'is' if ahead == 1 else 'are'} ahead" if self.verdicts else ""
        beat = f"{found.beat:,} of {many} beat {'their own benchmarks' if self.own_benchmarks else named}"
        return f"{beat}, before anything is said of chance{told}"


def sweep(
    ref: str | Path | Mapping[str, Any],
    sets: Sequence[str] = (),
    *,
    sweeps_dir: Path,
    store: Path | None = None,
    jobs: int | None = None,
    scheduler: str | None = None,
    on_progress: Progress,
    notify: Notify,
) -> Sweep:
    """Run every variant of a config's grid that is not kept yet, and return the whole.

    Parameters
    ----------
    ref, sets : a config, or a mapping of a config's keys, and what overrides it
    sweeps_dir : folder of the results
    store : the data folder whose newest vintage ``data.market: store`` means; None leaves that unsaid
    jobs : processes; None for as many as there are cores
    scheduler : address of a Dask scheduler, or None for this machine
    on_progress : is told how many variants are finished, of how many
    notify : is told each sentence worth knowing

    Raises
    ------
    BacktestError
        If no variant can be run: the sentence is that of the first.
    ConfigError
        If the config is wrong or states no grid.
    RunError
        If workers were lost; what is finished is kept, and the same call goes on from there.
    """
    load = _loader(ref, sets, store)
    config = load(())
    for note in config.notes:
        notify(note)
    grid = tried(config, load)
    base = _without_flows(study.prepare(config), config)
    markets = _markets(grid, base.market, load)
    inputs = study.asked_once(base)
    kept = Store(sweeps_dir, _id(config, markets, inputs.opened), grid)
    if inputs.unknown:
        notify(f"{kept.id}: results kept are not used again, since {'; '.join(inputs.unknown[:3])}")
        kept.forget()
    carried = portable(config)
    # What a rule opens beside itself goes with it to whoever runs it.
    package = SweepTask(kept.id, carried.dump(), {**inputs.files, **carried.companions}, grid, markets)
    if kept.finished():
        notify(f"{kept.id}: results kept are used again; config, data, code and library versions are the same")
    else:
        _run(package, kept, jobs=jobs, scheduler=scheduler, on_progress=on_progress, notify=notify)
    keep_config(kept.file, config, {**inputs.files, **config.companions})
    verdicts, unjudged = _verdicts(kept, grid, base, load)
    return Sweep(
        name=config.name,
        id=kept.id,
        grid=grid,
        file=kept.file,
        ranking=_ranked(kept, grid, notify),
        benchmark=study.benchmark_name(base.config),
        question=config.question,
        reference=config.study.sweep_reference,
        contrasts=_contrasts(package, kept, grid, config.study.sweep_reference),
        benchmark_row=_benchmark_row(base),
        per_year=sessions_per_year(base.backtest.sessions),
        stamps=(*base.market.all_stamps, *_audit_stamps(base, kept.id, notify)),
        verdicts=verdicts,
        unjudged=unjudged,
        own_values={key: own_value(config, key) for key in grid.variant(0)},
    )


def _loader(
    ref: str | Path | Mapping[str, Any], sets: Sequence[str], store: Path | None
) -> Callable[[Sequence[str]], configs.RunConfig]:
    """Return what loads the config with more overrides."""

    def load(more: Sequence[str]) -> configs.RunConfig:
        if isinstance(ref, Mapping):
            return from_python.from_mapping(ref, [*sets, *more], store=store)
        return configs.load(ref, [*sets, *more], store=store)

    return load


def _without_flows(base: study.PreparedRun, config: configs.RunConfig) -> study.PreparedRun:
    """Return a prepared study; raises BacktestError where money comes or goes."""
    if base.backtest.flow:
        place = config.lines.get("flows", config.name)
        raise BacktestError(f"{place}: a sweep runs accounts without flows; write flows: null", key="flows")
    return base


def _audit_stamps(base: study.PreparedRun, id_: str, notify: Notify) -> tuple[str, ...]:
    """Return the stamp of a rule that fails its audit with the config's own values, and say why it has it."""
    try:
        failed = study.failed_audit(base)
    except StrategyError:
        return ()  # the config's own rule cannot decide: its variant is refused, with that sentence
    if failed is None:
        return ()
    notify(f"{id_}: audit of the config's own rule: {failed}; see: fedcycle audit")
    return (audit.STAMP,)


def _verdicts(
    kept: Store, grid: Tried, base: study.PreparedRun, load: Callable[[Sequence[str]], configs.RunConfig]
) -> tuple[dict[int, dict[str, Any]], str | None]:
    """Return the verdicts on the variants, and why there are none; from beside the results where they are kept."""
    found = kept.verdicts()
    if found is None:
        variants = [grid.variant(n) for n in range(min(len(grid), MOST_VERDICTS + 1))]
        judged, unjudged = verdicts_of(variants, base, load)
        kept.keep_verdicts({"verdicts": {str(n): entry for n, entry in judged.items()}, "unjudged": unjudged})
        return judged, unjudged
    return {int(n): entry for n, entry in found["verdicts"].items()}, found["unjudged"]


def _ranked(kept: Store, grid: Tried, notify: Notify) -> Ranking:
    """Return the best variants; says how many cannot be run, and raises BacktestError where none can."""
    found = ranking(kept.file, max_=MOST_ROWS)
    if found.why is not None:
        if found.refused == len(grid):
            raise BacktestError(f"none of the {len(grid):,} variants can be run; the first says: {found.why}")
        notify(f"{found.refused:,} of {len(grid):,} variants cannot be run, such as: {found.why}")
    return found


def _benchmark_row(base: study.PreparedRun) -> dict[str, Any]:
    """Return the benchmark's own numbers, held without costs from the first fill of a run that decides at once."""
    test = base.backtest
    first = test.lag if test.lag < len(test.sessions) else None
    value, stamps = study.benchmark_values(base, first)
    bills = test.marks[:, test.market.column(evaluation.BILLS)]
    found = statistics.level_table(value, bills, test.sessions, first_fill=test.lag)
    shown = {**found, **dict.fromkeys(("cagr", "calmar"))} if under_a_year(test.sessions) else found
    return {"name": study.benchmark_name(base.config), "stamps": list(stamps), **shown}


def _contrasts(package: SweepTask, kept: Store, grid: Tried, reference: str) -> Mapping[str, Any] | None:
    """Return what the choices of a sweep one at a time change, from beside its results where it is kept."""
    if not isinstance(grid, OneAtATime):
        return None
    found = kept.contrasts()
    if found is None:
        from fedcycle.backtests.sweep.paired_comparison import (
            compare_pairwise,  # arch and scipy, which a grid does not need
        )

        found = compare_pairwise(grid, package, reference=reference)
        kept.keep_contrasts(found)
    return found


def _run(
    package: SweepTask, store: Store, *, jobs: int | None, scheduler: str | None, on_progress: Progress, notify: Notify
) -> None:
    missing, total = store.missing(), len(store.grid)
    done = total - sum(block.count for block in missing)
    if done:
        notify(f"{store.id}: {done:,} of {total:,} variants were finished before and are not run again")
    on_progress(done, total)
    if missing:
        for block, found in make_executor(jobs, scheduler)(package, missing):
            store.keep(block, found)
            done += block.count
            on_progress(done, total)
    store.join()


def _markets(grid: Tried, base: Market, load: Callable[[Sequence[str]], configs.RunConfig]) -> tuple[Market, ...]:
    """Return the market of each of the grid's ``markets``."""
    if grid.markets == ({},):
        return (base,)
    found = []
    for each in grid.markets:
        config = load([configs.assignment(key, value) for key, value in each.items()])
        # Not the whole study: what else the config names may be swept too, and not be in this market.
        stated = config.study.data
        revised, stale = stated.allow_revised, stated.allow_stale
        found.append(load_market(config.market, allow_revised=revised, allow_stale=stale) if each else base)
    names = {market.name for market in found}
    if {BUNDLE, LONG} <= names:
        raise BacktestError(
            f"sweep mixes {BUNDLE} and {LONG}: their years differ, so no trial can be ranked beside the other's; "
            "make a sweep of each"
        )
    return tuple(found)


def _id(config: configs.RunConfig, markets: Sequence[Market], opened: Mapping[str, str | None]) -> str:
    digests = " ".join(market.digest for market in markets)
    read = {f"file {name}": str(digest).encode() for name, digest in opened.items()}
    files = {**config.rule_modules, **config.companions, **read}
    identity = provenance.identity(config.data, market_digest=digests, files=files)
    return f"{config.name}-{identity[:8]}"
