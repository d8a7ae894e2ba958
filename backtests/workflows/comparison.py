"""Runs side by side: what is not yet stored is run first, in parallel; what cannot be compared is refused, with why."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any, Self
from urllib.parse import quote

import numpy as np

from fedcycle.backtests import config as configs
from fedcycle.backtests import inference
from fedcycle.backtests.core.errors import ConfigError, RunError
from fedcycle.backtests.core.fed_cycles import easing_cycles
from fedcycle.backtests.core.interrupts import start_work
from fedcycle.backtests.core.ledger import measured
from fedcycle.backtests.inference import verdict
from fedcycle.backtests.runs import storage
from fedcycle.backtests.runs.storage import Run
from fedcycle.backtests.workflows import study
from fedcycle.backtests.workflows.study import Notify, StoredRun
from fedcycle.data.dataset import load_market
from fedcycle.data.market import Market
from fedcycle.data.reach import Reach

Progress = Callable[[int, int], None]
"""Is told how many are done, of how many."""

RANKED_BY = "sharpe"
"""The statistic that orders the rows of a comparison, the largest first."""
COLUMNS = ("cagr", "volatility", "sharpe", "max_drawdown", "turnover_per_year", "costs_usd", "time_invested")
AGAINST = ("excess_cagr", "tracking_error", "information_ratio", "beta")


HINDSIGHT = "HINDSIGHT"
SAME = 1e-9
"""Accounts whose values never differ by more, relatively, are one account."""


def no_progress(done: int, of: int) -> None:
    """Tell nobody."""


@dataclass(frozen=True)
class Job:
    """One config to run, as plain text that another process can be handed; ``stored`` is the run it is of, if any."""

    ref: str
    sets: tuple[str, ...]
    out: Path
    tearsheet: bool
    store: Path | None = None
    stored: Path | None = None

    @classmethod
    def of(cls, ref: str, *, out: Path, tearsheet: bool, store: Path | None, sets: tuple[str, ...] = ()) -> Self:
        """Return the job of a config or a stored run, which stays in its own folder while nothing is laid over it."""
        config, stored = study.resolve_config_or_run(ref, out)
        stored = None if sets else stored
        return cls(config, sets, out if stored is None else stored.parent, tearsheet, store, stored)


@dataclass(frozen=True, eq=False)
class Comparison:
    """Stored runs side by side, the best by ``RANKED_BY`` first."""

    stored: tuple[StoredRun, ...]

    @property
    def document(self) -> dict[str, Any]:
        """Return the JSON document of the comparison."""
        runs_ = [s.document for s in self.stored]
        return {"runs": runs_, "table": self.table, "inference": self.inference, "data": self.reach}

    @property
    def reach(self) -> list[Reach]:
        """Return until when each thing reaches that any of the runs used."""
        return list({each["name"]: each for s in self.stored for each in s.run.summary.get("data", [])}.values())

    @property
    def table(self) -> dict[str, Any]:
        """Return the benchmark's row, and one a run: those that compete, ranked, then those that do not and why."""
        first = self.stored[0].run
        rows = [self._row(s.run) for s in self.stored]
        return {
            "ranked_by": RANKED_BY,
            "benchmark": first.benchmark,
            "benchmark_row": self._benchmark_row(),
            "rows": sorted(rows, key=lambda row: row["unranked"] is not None),
        }

    def _row(self, run: Run) -> dict[str, Any]:
        own, other = run.summary["statistics"], run.summary["relative"]
        row = {"name": run.name, "id": run.id, "stamps": list(run.stamps), "unranked": self.unranked.get(run.id)}
        numbers = {k: own[k] for k in COLUMNS} | {k: other[k] for k in AGAINST}
        return row | numbers | {"verdict": self.verdicts[run.id].plain()}

    def _benchmark_row(self) -> dict[str, Any]:
        """Return the benchmark's own numbers over the sessions that the last run to begin is measured on."""
        from fedcycle.backtests.analysis.benchmark_statistics import benchmark_statistics

        run = self._last
        own = benchmark_statistics(run, self.market)
        numbers = {k: own.get(k) for k in COLUMNS}
        return {"name": run.benchmark, "stamps": [], **numbers}

    @cached_property
    def unranked(self) -> dict[str, str]:
        """Return why runs do not compete, id -> reason: they know the future, or are another run by another name."""
        found: dict[str, str] = {}
        seen: list[Run] = []
        for run in (s.run for s in self.stored):
            twin = next((other for other in seen if _same_account(other, run)), None)
            if HINDSIGHT in run.stamps:
                found[run.id] = "it knows each final cut on the day, which nobody did"
            elif twin is not None:
                found[run.id] = f"the same account as {twin.name}, and counted once with it"
            else:
                seen.append(run)
        return found

    @property
    def _last(self) -> Run:
        """Return the run whose first fill is the latest: from its close all are measured together."""
        runs = [s.run for s in self.stored]
        since = inference.latest_fill(run.ledger for run in runs)
        return next((run for run in runs if run.ledger.first_fill == since), runs[0])

    @cached_property
    def verdicts(self) -> dict[str, verdict.Verdict]:
        """Return the verdict on each run, id -> verdict; those that compete are judged together."""
        last, since = self._last, self._last.ledger.first_fill
        other = measured(last.benchmark_value, since)
        days = last.ledger.measured().sessions
        cycles = easing_cycles(self.market, self.stored[0].run.config["cycles"])
        groups: list[list[Run]] = [[s.run for s in self.stored if s.run.id not in self.unranked]]
        groups += [[s.run] for s in self.stored if s.run.id in self.unranked]
        found: dict[str, Any] = {}
        for runs in groups:
            values = [measured(r.ledger.value, since, at_fill=since != r.ledger.first_fill) for r in runs]
            judged = verdict.of_accounts(values, other, sessions=days, cycles=cycles)
            found |= {run.id: of for run, of in zip(runs, judged, strict=True)}
        return found

    @cached_property
    def inference(self) -> dict[str, Any]:
        """Return the statistical significance of the runs: ``inference.of_comparison``, over all of them."""
        last, market, since = self._last, self.market, self._last.ledger.first_fill
        benchmark_series = inference.BenchmarkSeries.of(
            market, last.ledger, name=last.benchmark, value=last.benchmark_value
        )
        accounts = [
            replace(_account(s.run, market, since), competes=s.run.id not in self.unranked) for s in self.stored
        ]
        return inference.of_comparison(accounts, benchmark_series)

    @cached_property
    def market(self) -> Market:
        """Return the market that all the runs were made on; raises RunError where it is not there any more."""
        return market_of(self.stored[0])

    def write_page(self, path: Path) -> None:
        """Write the comparison as one HTML page, which leads to the tearsheets by paths relative to it."""
        from fedcycle.backtests.tearsheet import comparison  # Jinja is only needed here

        links = {s.run.id: None if s.folder is None else _link(s.folder / storage.TEARSHEET, path) for s in self.stored}
        field = comparison.ComparisonInputs(
            runs=tuple(sorted((s.run for s in self.stored), key=lambda run: run.id in self.unranked)),
            market=self.market,
            ranked_by=RANKED_BY,
            inference=self.inference,
            links={key: link for key, link in links.items() if link is not None},
            verdicts=self.verdicts,
            unranked=self.unranked,
        )
        storage.write_page(path, comparison.render(field).encode())


def market_of(stored: StoredRun) -> Market:
    """Return the market that a run was made on; raises RunError where its data are not the same any more."""
    stated = stored.run.config["data"]
    market = load_market(stated["market"], allow_revised=stated["allow_revised"], allow_stale=stated["allow_stale"])
    if market.digest != stored.run.summary["market"]["digest"]:
        again = stored.folder or "its config"
        raise RunError(f"{stored.run.id} was made from other market data; run it again: fedcycle run {again}")
    return market


def _same_account(one: Run, other: Run) -> bool:
    a, b = one.ledger.value, other.ledger.value
    return len(a) == len(b) and bool((np.abs(a - b) <= SAME * np.abs(a)).all())


def _link(sheet: Path, page: Path) -> str | None:
    """Return the address of a tearsheet as a page elsewhere links to it; None where there is none."""
    if not sheet.is_file():
        return None
    return quote(Path(os.path.relpath(sheet.resolve(), page.resolve().parent)).as_posix())


def compare(
    refs: Sequence[str],
    *,
    out: Path,
    benchmark: str | None,
    say: Notify,
    told: Progress = no_progress,
    tearsheets: bool = True,
    store: Path | None = None,
) -> Comparison:
    """Return the comparison of configs and stored runs.

    Parameters
    ----------
    refs : configs (by path or shipped name) or stored runs (by folder or prefix of an id)
    out : where runs are kept
    benchmark : asset to measure all of them against, or None for each config's own
    say : is told each sentence worth knowing
    told : is told how many runs are done, of how many
    store : the data folder, for configs that say ``data.market: store``

    Raises
    ------
    RunError
        If the runs do not share market data, sessions and benchmark.
    """
    sets = () if benchmark is None else (f"benchmark={benchmark}",)
    jobs = [Job.of(ref, out=out, tearsheet=tearsheets, store=store, sets=sets) for ref in dict.fromkeys(refs)]
    try:
        _check_before(jobs)
        stored = list({s.run.id: s for s in run_all(jobs, say=say, told=told)}.values())
    except ConfigError as error:
        # Whoever asked for a benchmark wrote an option, not a value to lay over a config.
        raise ConfigError(str(error).replace(f"--set benchmark={benchmark}", f"--benchmark {benchmark}")) from error
    return of_runs(stored)


def of_runs(stored: Sequence[StoredRun]) -> Comparison:
    """Return runs side by side; raises RunError if they do not share market data, sessions and benchmark."""
    _check_comparable([s.run for s in stored])
    return Comparison(tuple(sorted(stored, key=_rank)))


def stored(ref: str, *, out: Path, say: Notify, store: Path | None = None) -> StoredRun:
    """Return the run of a config or a stored run, with its tearsheet written."""
    return next(run_all([Job.of(ref, out=out, tearsheet=True, store=store)], say=say))


def as_stored(ref: str, *, out: Path, say: Notify, store: Path | None = None) -> StoredRun:
    """Return a stored run exactly as it is stored, or the run of a config; no tearsheet is written."""
    config, folder = study.resolve_config_or_run(ref, out)
    if folder is not None:
        return StoredRun(storage.load(folder), folder, reused=True)
    return study.run(configs.load(config, store=store), out=out, tearsheet=False, say=say)


def run_all(jobs: Sequence[Job], *, say: Notify, told: Progress = no_progress) -> Iterator[StoredRun]:
    """Run jobs, in as many processes as there are cores, and yield their runs in the order asked."""
    workers = min(len(jobs), os.cpu_count() or 1)
    told(0, len(jobs))
    if workers < 2:
        for k, job in enumerate(jobs, start=1):
            stored = _run(job, say)
            told(k, len(jobs))
            yield stored
        return
    from concurrent.futures import ProcessPoolExecutor  # 30 ms that one run alone need not pay
    from concurrent.futures.process import BrokenProcessPool
    from multiprocessing import get_context

    with ProcessPoolExecutor(workers, mp_context=get_context("spawn"), initializer=start_work) as pool:
        try:
            for k, (folder, reused, said) in enumerate(pool.map(_work, jobs), start=1):
                for sentence in said:
                    say(sentence)
                told(k, len(jobs))
                yield StoredRun(storage.load(folder), folder, reused)
        except BrokenProcessPool as error:
            raise RunError(
                "a process that ran one of the configs was killed; what is finished is kept, run the command again"
            ) from error


def _run(job: Job, say: Notify) -> StoredRun:
    done = study.run(configs.load(job.ref, job.sets, store=job.store), out=job.out, tearsheet=job.tearsheet, say=say)
    if job.stored is not None and job.stored.resolve().name != done.run.id:
        say(
            f"{job.stored.resolve().name} is kept as it was, but its data, code or libraries have changed since: "
            f"{done.run.id} is its config run again"
        )
    return done


def _account(run: Run, market: Market, since: int | None) -> inference.ReturnSeries:
    """Return a run as inference sees it; its stamps stand next to its name wherever a figure of it does."""
    name = "".join([run.name, *(f" [{stamp}]" for stamp in run.stamps)])
    return inference.ReturnSeries.of(
        run.ledger, market=market, id=run.id, name=name, by_cycle=run.summary["by_cycle"], since=since
    )


def _work(job: Job) -> tuple[Path, bool, list[str]]:
    """Run one job in a process of its own and return where the run is kept."""
    said: list[str] = []
    stored = _run(job, said.append)
    return stored.kept_in, stored.reused, said


def _check_before(jobs: Sequence[Job]) -> None:
    """Raise what comparing would raise in the end, before anything is run."""
    markets: dict[Any, Market] = {}
    first: tuple[str, dict[str, Any], str] | None = None
    for job in jobs if len(jobs) > 1 else ():
        config = configs.load(job.ref, job.sets, store=job.store)
        known = config.market, config.study.data.allow_revised
        made = study.prepare(config, markets.get(known))
        markets[known] = made.market
        sessions = made.backtest.sessions
        period = {"start": str(sessions[0]), "end": str(sessions[-1]), "sessions": len(sessions)}
        benchmark = config.benchmark if isinstance(config.benchmark, str) else str(dict(config.benchmark))
        data = {"digest": made.market.digest, "name": made.market.name}
        this = config.name, {"market": data, "period": period}, benchmark
        first = first or this
        what = _apart(first[1], this[1], benchmarks=(first[2], this[2]))
        if what is not None:
            raise RunError(f"{first[0]} and {config.name} are not comparable: {what}")


def _check_comparable(found: Sequence[Run]) -> None:
    first = found[0]
    for other in found[1:]:
        what = _apart(first.summary, other.summary, benchmarks=(first.benchmark, other.benchmark))
        if what is not None:
            raise RunError(f"runs {first.id} and {other.id} are not comparable: {what}")


def _apart(a: Mapping[str, Any], b: Mapping[str, Any], *, benchmarks: tuple[str, str]) -> str | None:
    """Return why two runs cannot stand side by side, from their market, period and benchmarks; None where they can."""
    if a["market"]["digest"] != b["market"]["digest"]:
        names = [str(each["market"].get("name", "unnamed")) for each in (a, b)]
        which = f" ({names[0]} and {names[1]})" if names[0] != names[1] else ""
        return f"their market data differ{which}; give both configs the same data.market"
    spans = [f"{p['start']} to {p['end']}" for p in (a["period"], b["period"])]
    if spans[0] != spans[1]:
        return f"their periods differ ({' and '.join(spans)}); give both configs the same period"
    if benchmarks[0] != benchmarks[1]:
        return f"their benchmarks differ ({' and '.join(benchmarks)}); add --benchmark {benchmarks[0]}"
    return None


def _rank(stored: StoredRun) -> tuple[bool, float]:
    value = stored.run.summary["statistics"][RANKED_BY]
    return (value is None, -(value or 0.0))
