"""Runs side by side: what is not yet stored is run first, in parallel; what cannot be compared is refused, with why."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from fedcycle.backtests import config as configs
from fedcycle.backtests import inference
from fedcycle.backtests.core.callbacks import Notify, Progress, no_notice, no_progress
from fedcycle.backtests.core.errors import ConfigError, RunError
from fedcycle.backtests.core.fed_cycles import easing_cycles
from fedcycle.backtests.core.format import listing, stamped
from fedcycle.backtests.core.ledger import measured
from fedcycle.backtests.inference import verdict
from fedcycle.backtests.runs import provenance, storage
from fedcycle.backtests.runs.storage import Run
from fedcycle.backtests.workflows import study
from fedcycle.backtests.workflows.comparison_order import AGAINST, COLUMNS
from fedcycle.backtests.workflows.comparison_view import ComparisonView, found_run, names_of, place, variants
from fedcycle.backtests.workflows.jobs import Job, market_of, run_all
from fedcycle.backtests.workflows.study import PreparedRun, StoredRun
from fedcycle.data.closeness import SAME
from fedcycle.data.dataset import SHIPPED
from fedcycle.data.market import Market
from fedcycle.data.reach import Reach
from fedcycle.data.storage import cache
from fedcycle.data.typing import Days, Float64

HINDSIGHT = "HINDSIGHT"
REUSED = "the significance worked out before is used again; runs, code and library versions are the same"


@dataclass(frozen=True, eq=False)
class Comparison:
    """Runs side by side, in the order asked for.

    Parameters
    ----------
    stored : the runs
    view : how they are shown
    names : id -> what a run is called; its own name where it is missing
    baseline : id of the run that the others are measured against too, or None
    held : digest -> markets that are loaded already; others are loaded when they are asked for
    notify : is told where what was worked out before is used again
    """

    stored: tuple[StoredRun, ...]
    view: ComparisonView = field(default_factory=ComparisonView)
    names: Mapping[str, str] = field(default_factory=dict)
    baseline: str | None = None
    held: Mapping[str, Market] = field(default_factory=dict)
    notify: Notify = no_notice

    @property
    def document(self) -> dict[str, Any]:
        """Return the JSON document of the comparison."""
        runs_ = [s.document for s in self.stored]
        return {"runs": runs_, "table": self.table, "inference": self.inference, "data": self.reach}

    @property
    def reach(self) -> list[Reach]:
        """Return until when each thing reaches that any of the runs used."""
        return list({each["name"]: each for s in self.stored for each in s.run.summary.get("data", [])}.values())

    @cached_property
    def table(self) -> dict[str, Any]:
        """Return the benchmark's row, and one a run: those that compete, ranked, then those that do not and why."""
        rows = [self._row(s.run) for s in self.stored]
        return {
            "ranked_by": self.view.order,
            "benchmark": self._last.benchmark,
            "baseline": self.baseline,
            "benchmark_row": self._benchmark_row(),
            "rows": sorted(rows, key=lambda row: row["unranked"] is not None),
        }

    def _row(self, run: Run) -> dict[str, Any]:
        own, other = run.summary["statistics"], run.summary["relative"]
        row: dict[str, Any] = {"name": run.name, "label": self.names.get(run.id, run.name), "id": run.id}
        row["stamps"] = list(run.stamps)
        row |= {"benchmark": run.benchmark, "unranked": self.unranked.get(run.id)}
        numbers = {k: own[k] for k in COLUMNS} | {k: other[k] for k in AGAINST}
        against = self.against_baseline.get(run.id)
        return (
            row
            | numbers
            | {
                "verdict": self.verdicts[run.id].plain(),
                "against_baseline": None if against is None else against.plain(),
            }
        )

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
            if not self._same_benchmark(run):
                found[run.id] = f"its benchmark is {run.benchmark}, which the others are not measured against"
            elif HINDSIGHT in run.stamps:
                found[run.id] = "it knows each final cut on the day, which nobody did"
            elif twin is not None:
                found[run.id] = f"the same account as {twin.name}, and counted once with it"
            else:
                seen.append(run)
        return found

    @cached_property
    def _since(self) -> int | None:
        """Return the session from whose close all are measured: the latest first fill."""
        return inference.latest_fill(s.run.ledger for s in self.stored)

    @cached_property
    def _first(self) -> Run:
        """Return the first run with the benchmark that most have."""
        runs = [s.run for s in self.stored]
        return max(runs, key=lambda run: sum(_alike(run, other) for other in runs))

    def _same_benchmark(self, run: Run) -> bool:
        return _alike(self._first, run)

    @cached_property
    def _last(self) -> Run:
        """Return the run whose first fill is the latest of those that share a benchmark."""
        runs = [s.run for s in self.stored if self._same_benchmark(s.run)]
        since = inference.latest_fill(run.ledger for run in runs)
        return next((run for run in runs if run.ledger.first_fill == since), runs[0])

    def _measured(self, run: Run, column: Float64) -> Float64:
        return measured(column, self._since, at_fill=self._since != run.ledger.first_fill)

    def _judged(self, runs: Sequence[Run], benchmark: Float64) -> dict[str, verdict.Verdict]:
        """Return the verdict on runs against a value, all of them judged together."""
        days = measured(runs[0].ledger.sessions, self._since, at_fill=True)
        cycles = easing_cycles(self.market, self.stored[0].run.config["cycles"])
        values = [self._measured(run, run.ledger.value) for run in runs]
        judged = verdict.of_accounts(values, benchmark, sessions=days, cycles=cycles)
        return {run.id: entry for run, entry in zip(runs, judged, strict=True)}

    @cached_property
    def verdicts(self) -> dict[str, verdict.Verdict]:
        """Return the verdict on each run against its benchmark; those that compete are judged together."""
        runs = [s.run for s in self.stored]
        groups: list[list[Run]] = [[run for run in runs if run.id not in self.unranked]]
        groups += [[run] for run in runs if run.id in self.unranked]
        found: dict[str, verdict.Verdict] = {}
        for group in filter(None, groups):
            own = self._last if self._same_benchmark(group[0]) else group[0]
            found |= self._judged(group, self._measured(own, own.benchmark_value))
        return found

    @cached_property
    def against_baseline(self) -> dict[str, verdict.Verdict]:
        """Return the verdict on each other run against the baseline, judged together; none without a baseline."""
        base = next((s.run for s in self.stored if s.run.id == self.baseline), None)
        others = [s.run for s in self.stored if s.run.id != self.baseline]
        if base is None or not others:
            return {}
        return self._judged(others, self._measured(base, base.ledger.value))

    @cached_property
    def inference(self) -> dict[str, Any]:
        """Return the statistical significance of the runs: ``inference.of_comparison``, over all of them."""
        found: dict[str, Any] = cache.document(
            self._inference_key(), self._inference, on_reuse=lambda: self.notify(REUSED)
        )
        return found

    def _inference_key(self) -> str:
        """Return the digest of all that could change a digit or a word of the significance."""
        runs = [
            {
                "id": s.run.id,
                "account": s.run.digest,
                "name": self.names.get(s.run.id, s.run.name),
                "stamps": list(s.run.stamps),
                "competes": s.run.id not in self.unranked,
                "cycles": s.run.summary["by_cycle"],
                "alone": s.run.summary["relative"].get("verdict"),
                "market": s.run.summary["market"]["digest"],
                "dated": s.run.config["cycles"],
            }
            for s in self.stored
        ]
        told = {"runs": runs, "since": self._since, "benchmark": self._last.id, "settings": inference.SETTINGS.plain()}
        return provenance.identity({"significance": told}, market_digest=str(runs[0]["market"]), files={})

    def _inference(self) -> dict[str, Any]:
        last, since = self._last, self._since
        benchmark_series = inference.BenchmarkSeries.of(
            self.market_of(last), last.ledger, name=last.benchmark, value=last.benchmark_value, since=since
        )
        accounts = [
            replace(
                _account(s.run, self.market_of(s.run), since=since, name=self.names.get(s.run.id, s.run.name)),
                competes=s.run.id not in self.unranked,
            )
            for s in self.stored
        ]
        return inference.of_comparison(accounts, benchmark_series, verdicts=self._both_verdicts())

    def _both_verdicts(self) -> dict[str, tuple[verdict.Verdict, verdict.Verdict | None]]:
        """Return the verdict on each run of the shared benchmark, judged together, and the one stored with the run."""
        found: dict[str, tuple[verdict.Verdict, verdict.Verdict | None]] = {}
        for run in (s.run for s in self.stored if self._same_benchmark(s.run)):
            alone = run.summary["relative"].get("verdict")
            found[run.id] = self.verdicts[run.id], None if alone is None else verdict.Verdict.read(alone)
        return found

    @property
    def market(self) -> Market:
        """Return the market of the first run; raises RunError where it is not there any more."""
        return self.market_of(self.stored[0].run)

    @cached_property
    def _markets(self) -> dict[str, Market]:
        by_digest = {s.run.summary["market"]["digest"]: s for s in reversed(self.stored)}
        return {digest: self.held.get(digest) or market_of(stored) for digest, stored in by_digest.items()}

    def market_of(self, run: Run) -> Market:
        """Return the market that a run was made on; raises RunError where it is not there any more."""
        return self._markets[run.summary["market"]["digest"]]

    def write_page(self, path: Path) -> None:
        """Write the comparison as one HTML page, which needs no other file."""
        from fedcycle.backtests.tearsheet import comparison  # Jinja is only needed here

        inputs = comparison.ComparisonInputs(
            runs=tuple(sorted((s.run for s in self.stored), key=lambda run: run.id in self.unranked)),
            market=self.market,
            ranked_by=self.view.order,
            inference=self.inference,
            verdicts=self.verdicts,
            unranked=self.unranked,
            names=self.names,
            title=self.view.title,
            baseline=self.baseline,
            against_baseline=self.against_baseline,
            markets=self._markets,
        )
        storage.write_page(path, comparison.render(inputs).encode())


def _same_account(one: Run, other: Run) -> bool:
    a, b = one.ledger.value, other.ledger.value
    return len(a) == len(b) and bool((np.abs(a - b) <= SAME * np.abs(a)).all())


def _alike(one: Run, other: Run) -> bool:
    """Return whether two runs have the same benchmark: the same name, and the same returns where both hold it."""
    if one is other:
        return True
    if one.benchmark != other.benchmark or len(one.benchmark_value) != len(other.benchmark_value):
        return False
    since = inference.latest_fill((one.ledger, other.ledger)) or 0
    a, b = (run.benchmark_value[since:] / run.benchmark_value[since] for run in (one, other))
    return bool(np.allclose(a, b, rtol=SAME, atol=0.0, equal_nan=True))


def compare(
    refs: Sequence[str],
    *,
    runs_dir: Path,
    benchmark: str | None,
    notify: Notify,
    on_progress: Progress = no_progress,
    tearsheets: bool = True,
    store: Path | None = None,
    sets: Sequence[str] = (),
    common_period: bool = False,
    view: ComparisonView | None = None,
) -> Comparison:
    """Return the comparison of configs and stored runs.

    Parameters
    ----------
    refs : configs (by path or shipped name) or stored runs (by folder or prefix of an id)
    runs_dir : where runs are kept
    benchmark : asset to measure all of them against, or None for each config's own
    notify : is told each sentence worth knowing
    on_progress : is told how many runs are done, of how many
    store : the data folder, for configs that say ``data.market: store``
    sets : overrides of every config; a key that is given several times makes a variant for each value
    common_period : whether runs of different periods are run over the sessions that all of them have
    view : how they are shown

    Raises
    ------
    RunError
        If the runs do not share their sessions.
    """
    given = () if benchmark is None else (f"benchmark={benchmark}",)
    unlike = [(ref, (*chosen, *given)) for ref in dict.fromkeys(refs) for chosen in variants(sets)]
    jobs = [
        Job.of(ref, runs_dir=runs_dir, tearsheet=tearsheets, store=store, sets=overrides) for ref, overrides in unlike
    ]
    try:
        if common_period:
            jobs = _over_common_period(jobs, [ref for ref, _ in unlike], runs_dir=runs_dir, notify=notify)
        prepared = _checked(jobs)
        done = list(run_all(jobs, notify=notify, on_progress=on_progress, prepared=prepared))
    except ConfigError as error:
        # Whoever asked for a benchmark wrote an option, not an override of a config.
        raise ConfigError(str(error).replace(f"--set benchmark={benchmark}", f"--benchmark {benchmark}")) from error
    asked: dict[str, list[str]] = {}
    for (ref, _), one in zip(unlike, done, strict=True):
        asked.setdefault(ref, []).append(one.run.id)
    held = {made.market.digest: made.market for made in prepared.values()}
    return of_runs(list({s.run.id: s for s in done}.values()), view=view, asked=asked, held=held, notify=notify)


def of_runs(
    stored: Sequence[StoredRun],
    *,
    view: ComparisonView | None = None,
    asked: Mapping[str, Sequence[str]] | None = None,
    held: Mapping[str, Market] | None = None,
    notify: Notify = no_notice,
) -> Comparison:
    """Return runs side by side; raises RunError if they do not share their sessions.

    ``asked`` is what was asked for -> ids of its runs, so that ``view`` can name them so; ``held`` the markets that are
    loaded already, by digest.
    """
    runs, view, asked = [s.run for s in stored], view or ComparisonView(), asked or {}
    _check_comparable(runs)
    own = names_of(runs)
    labelled = {found_run(word, runs, asked=asked, names=own): text for word, text in view.labels.items()}
    names = {**own, **labelled}
    baseline = None if view.baseline is None else found_run(view.baseline, runs, asked=asked, names=names)
    ordered = tuple(sorted(stored, key=lambda s: place(s.run, view.order, names)))
    return Comparison(ordered, view, names, baseline, held or {}, notify)


def _account(run: Run, market: Market, *, since: int | None, name: str) -> inference.ReturnSeries:
    """Return a run as inference sees it; its stamps stand next to its name wherever a figure of it does."""
    name = stamped(name, run.stamps)
    return inference.ReturnSeries.of(
        run.ledger, market=market, id=run.id, name=name, by_cycle=run.summary["by_cycle"], since=since
    )


def _prepared(jobs: Sequence[Job]) -> dict[Job, PreparedRun]:
    """Return what each job would run, before anything is run; those of one market share it."""
    markets: dict[Any, Market] = {}
    found: dict[Job, PreparedRun] = {}
    for job in jobs:
        config = configs.load(job.ref, job.sets, store=job.store)
        known = config.market, config.study.data.allow_revised
        made = study.prepare(config, markets.get(known))
        markets[known] = made.market
        _check_not_mixed(market.name for market in markets.values())
        found[job] = made
    return found


def _named(prepared: Iterable[PreparedRun]) -> list[tuple[str, Days]]:
    return [(made.config.name, made.backtest.sessions) for made in prepared]


def _check_not_mixed(names: Iterable[str]) -> None:
    """Raise RunError for runs on both shipped data sets: they hold the same years, but tell rules other things."""
    if set(SHIPPED) <= set(names):
        raise RunError(
            f"the runs mix {listing(SHIPPED)}, which tell rules of other policy changes and turning points; give "
            "all configs the same data.market"
        )


def _over_common_period(jobs: Sequence[Job], refs: Sequence[str], *, runs_dir: Path, notify: Notify) -> list[Job]:
    """Return the jobs over the sessions that all have; those that have no others stay as they are."""
    prepared = _prepared(jobs)
    found = _named(prepared[job] for job in jobs)
    starts, ends = [days[0] for _, days in found], [days[-1] for _, days in found]
    start, end = max(starts), min(ends)
    if start >= end:
        late, early = found[starts.index(start)][0], found[ends.index(end)][0]
        raise RunError(f"no period is common to all: {late} begins on {start}, {early} ends on {end}")
    notify(f"common period: {start} to {end}")
    clipped = []
    for job, ref, days in zip(jobs, refs, (days for _, days in found), strict=True):
        if (days[0], days[-1]) == (start, end):
            clipped.append(job)
            continue
        sets = (*job.sets, f"period.start={start}", f"period.end={end}")
        clipped.append(Job.of(ref, runs_dir=runs_dir, tearsheet=job.tearsheet, store=job.store, sets=sets))
    return clipped


def _checked(jobs: Sequence[Job]) -> dict[Job, PreparedRun]:
    """Return what several jobs would run; raises what comparing would raise in the end, before anything is run."""
    if len(jobs) < 2:
        return {}
    prepared = _prepared(jobs)
    _check_alike(_named(prepared[job] for job in jobs))
    return prepared


def _check_comparable(found: Sequence[Run]) -> None:
    _check_not_mixed(str(run.summary["market"].get("name")) for run in found)
    _check_alike([(run.id, run.ledger.sessions) for run in found])


def _check_alike(found: Sequence[tuple[str, Days]]) -> None:
    """Raise RunError unless all have the same sessions."""
    first, days = found[0]
    for other, theirs in found[1:]:
        spans = [f"{entry[0]} to {entry[-1]}" for entry in (days, theirs)]
        if spans[0] != spans[1]:
            remedy = "add --common-period, or give all the same --start and --end"
            raise RunError(f"{first} and {other} are not comparable: their periods differ ({listing(spans)}); {remedy}")
        if len(days) != len(theirs) or not bool((days == theirs).all()):
            raise RunError(
                f"{first} and {other} are not comparable: their markets have different sessions "
                f"({len(days):,} and {len(theirs):,} from {spans[0]}); compare markets of one calendar"
            )
