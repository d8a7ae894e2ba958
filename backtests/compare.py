"""Runs side by side: what is not yet stored is run first, in parallel; what cannot be compared is refused, with why."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from fedcycle.backtests import config as configs
from fedcycle.backtests import inference, runs, study
from fedcycle.backtests.errors import ConfigError, RunError
from fedcycle.backtests.runs import Run
from fedcycle.backtests.study import Say, Stored

RANKED_BY = "sharpe"
"""The statistic that orders the rows of a comparison, the largest first."""
COLUMNS = ("cagr", "volatility", "sharpe", "max_drawdown", "turnover_per_year", "costs_usd", "time_invested")
AGAINST = ("excess_cagr", "tracking_error", "information_ratio", "beta")


@dataclass(frozen=True)
class Job:
    """One config to run, as plain text that another process can be handed."""

    ref: str
    sets: tuple[str, ...]
    out: Path
    tearsheet: bool


@dataclass(frozen=True, eq=False)
class Comparison:
    """Stored runs side by side, the best by ``RANKED_BY`` first."""

    stored: tuple[Stored, ...]

    @property
    def document(self) -> dict[str, Any]:
        """Return the JSON document of the comparison."""
        return {"runs": [s.document for s in self.stored], "table": self.table, "inference": self.inference}

    @property
    def table(self) -> dict[str, Any]:
        """Return one row a run with the numbers that matter, ranked."""
        rows = []
        for s in self.stored:
            own, other = s.run.summary["statistics"], s.run.summary["relative"]
            row = {"name": s.run.name, "id": s.run.id, "stamps": list(s.run.stamps)}
            rows.append(row | {k: own[k] for k in COLUMNS} | {k: other[k] for k in AGAINST})
        benchmark = self.stored[0].run.benchmark
        return {"ranked_by": RANKED_BY, "benchmark": benchmark, "rows": rows}

    @property
    def inference(self) -> dict[str, Any]:
        """Return what the cycles of each run can tell, and how many runs were looked at."""
        tests = {s.run.id: inference.over_cycles(s.run.summary["by_cycle"]) for s in self.stored}
        return {"trials": len(self.stored), "cycles": tests}


def compare(refs: Sequence[str], *, out: Path, benchmark: str | None, say: Say, tearsheets: bool = True) -> Comparison:
    """Return the comparison of configs and stored runs.

    Parameters
    ----------
    refs : configs (by path or shipped name) or stored runs (by folder or prefix of an id)
    out : where runs are kept
    benchmark : asset to measure all of them against, or None for each config's own
    say : is told each sentence worth knowing

    Raises
    ------
    RunError
        If the runs do not share market data, sessions and benchmark.
    """
    sets = () if benchmark is None else (f"benchmark={benchmark}",)
    jobs = [Job(_config(ref, out), sets, out, tearsheets) for ref in dict.fromkeys(refs)]
    stored = list({s.run.id: s for s in run_all(jobs, say=say)}.values())
    _check_comparable([s.run for s in stored])
    return Comparison(tuple(sorted(stored, key=_rank)))


def stored(ref: str, *, out: Path, say: Say) -> Stored:
    """Return the run of a config or a stored run, with its tearsheet written."""
    return next(run_all([Job(_config(ref, out), (), out, tearsheet=True)], say=say))


def run_all(jobs: Sequence[Job], *, say: Say) -> Iterator[Stored]:
    """Run jobs, in as many processes as there are cores, and yield their runs in the order asked."""
    workers = min(len(jobs), os.cpu_count() or 1)
    if workers < 2:
        for job in jobs:
            yield study.run(configs.load(job.ref, job.sets), out=job.out, tearsheet=job.tearsheet, say=say)
        return
    from concurrent.futures import ProcessPoolExecutor  # 30 ms that one run alone need not pay
    from multiprocessing import get_context

    with ProcessPoolExecutor(workers, mp_context=get_context("spawn")) as pool:
        for folder, reused, said in pool.map(_work, jobs):
            for sentence in said:
                say(sentence)
            yield Stored(runs.load(folder), folder, reused)


def _work(job: Job) -> tuple[Path, bool, list[str]]:
    """Run one job in a process of its own and return where the run is kept."""
    said: list[str] = []
    stored = study.run(configs.load(job.ref, job.sets), out=job.out, tearsheet=job.tearsheet, say=said.append)
    return stored.folder, stored.reused, said


def _config(ref: str, out: Path) -> str:
    """Return the config that a reference means: itself, or the one a stored run was made from."""
    try:
        configs.find(ref)
    except ConfigError:
        folder = runs.find(ref, out)
        if folder is None:
            raise
        return str(folder / runs.CONFIG)
    return str(Path(ref) / runs.CONFIG) if Path(ref).is_dir() else ref


def _check_comparable(found: Sequence[Run]) -> None:
    first = found[0]
    for other in found[1:]:
        what = _difference(first, other)
        if what is not None:
            raise RunError(f"runs {first.id} and {other.id} are not comparable: {what}")


def _difference(one: Run, other: Run) -> str | None:
    a, b = one.summary, other.summary
    if a["market"]["digest"] != b["market"]["digest"]:
        return "their market data differ; give both configs the same data.market"
    if a["period"] != b["period"]:
        spans = " and ".join(f"{p['start']} to {p['end']}" for p in (a["period"], b["period"]))
        return f"their periods differ ({spans}); give both configs the same period"
    if one.benchmark != other.benchmark:
        return f"their benchmarks differ ({one.benchmark} and {other.benchmark}); add --benchmark {one.benchmark}"
    return None


def _rank(stored: Stored) -> tuple[bool, float]:
    value = stored.run.summary["statistics"][RANKED_BY]
    return (value is None, -(value or 0.0))
