"""Jobs: configs to run and stored runs to take up, a few short ones here, more in as many processes as cores."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from fedcycle.backtests import config as configs
from fedcycle.backtests.core.callbacks import Notify, Progress, no_progress
from fedcycle.backtests.core.errors import RunError
from fedcycle.backtests.core.interrupts import start_work
from fedcycle.backtests.runs import storage
from fedcycle.backtests.workflows import study
from fedcycle.backtests.workflows.study import PreparedRun, StoredRun
from fedcycle.data.dataset import load_market
from fedcycle.data.market import Market
from fedcycle.data.storage import cache

FEW = 4
"""Runs up to which no process is started: to import all that a run needs takes one as long as a run or two takes."""
SHORT = 500_000
"""Sessions times assets of a market up to which a run takes less than a second."""


@dataclass(frozen=True)
class Job:
    """One config to run, as plain text that another process can be handed; ``stored`` is the run it is of, if any."""

    ref: str
    sets: tuple[str, ...]
    runs_dir: Path
    tearsheet: bool
    store: Path | None = None
    stored: Path | None = None

    @classmethod
    def of(cls, ref: str, *, runs_dir: Path, tearsheet: bool, store: Path | None, sets: tuple[str, ...] = ()) -> Self:
        """Return the job of a config or a stored run, which stays in its own folder while nothing overrides it."""
        config, stored = study.resolve_config_or_run(ref, runs_dir)
        stored = None if sets else stored
        return cls(config, sets, runs_dir if stored is None else stored.parent, tearsheet, store, stored)


def run_all(
    jobs: Sequence[Job],
    *,
    notify: Notify,
    on_progress: Progress = no_progress,
    prepared: Mapping[Job, PreparedRun] | None = None,
) -> Iterator[StoredRun]:
    """Run jobs and yield their runs in the order asked: a few short ones here, more in as many processes as cores.

    ``prepared`` has the studies of jobs where the caller has them: those whose runs are stored need no process, and
    what their markets hold tells whether they are short.
    """
    prepared = prepared or {}
    found = {} if len(jobs) < 2 else _stored(jobs, prepared, notify)
    missing = [job for job in jobs if job not in found]
    workers = 1 if _quick(missing, prepared) else min(len(missing), os.cpu_count() or 1)
    on_progress(0, len(jobs))
    if workers < 2:
        for k, job in enumerate(jobs, start=1):
            done = found[job] if job in found else _run(job, notify, prepared.get(job))
            on_progress(k, len(jobs))
            yield done
        return
    for k, done in enumerate(_in_processes(jobs, found, missing, workers=workers, notify=notify), start=1):
        on_progress(k, len(jobs))
        yield done


def _quick(missing: Sequence[Job], prepared: Mapping[Job, PreparedRun]) -> bool:
    """Return whether jobs are so few and so short that processes would take longer to start than to help."""
    known = all(job in prepared and prepared[job].market.prices.size <= SHORT for job in missing)
    return known and len(missing) <= FEW


def _in_processes(
    jobs: Sequence[Job], found: Mapping[Job, StoredRun], missing: Sequence[Job], *, workers: int, notify: Notify
) -> Iterator[StoredRun]:
    from concurrent.futures import ProcessPoolExecutor  # 30 ms that one run alone need not pay
    from concurrent.futures.process import BrokenProcessPool
    from multiprocessing import get_context

    context, kept_in = get_context("spawn"), (cache.cache_dir(),)
    with ProcessPoolExecutor(workers, mp_context=context, initializer=_start, initargs=kept_in) as pool:
        try:
            made = pool.map(_work, missing)
            for job in jobs:
                if job in found:
                    yield found[job]
                    continue
                folder, reused, said = next(made)
                for sentence in said:
                    notify(sentence)
                yield StoredRun(storage.load(folder), folder, reused)
        except BrokenProcessPool as error:
            raise RunError(
                "a process that ran one of the configs was killed; what is finished is kept, run the command again"
            ) from error


def _start(kept_in: Path | None) -> None:
    start_work()
    cache.keep_in(kept_in)


def _stored(jobs: Sequence[Job], prepared: Mapping[Job, PreparedRun], notify: Notify) -> dict[Job, StoredRun]:
    """Return the stored runs of the jobs that are prepared; to start a process takes longer than to read one."""
    found: dict[Job, StoredRun] = {}
    for job in dict.fromkeys(jobs):
        made, said = prepared.get(job), list[str]()
        stored = None if made is None else study.kept(made, job.runs_dir, tearsheet=job.tearsheet, notify=said.append)
        if made is None or stored is None:
            continue  # whoever runs it says why
        for sentence in (*made.config.notes, *said):
            notify(sentence)
        _say_changed(job, stored, notify)
        found[job] = stored
    return found


def stored(ref: str, *, runs_dir: Path, notify: Notify, store: Path | None = None) -> StoredRun:
    """Return the run of a config or a stored run, with its tearsheet written."""
    return next(run_all([Job.of(ref, runs_dir=runs_dir, tearsheet=True, store=store)], notify=notify))


def as_stored(ref: str, *, runs_dir: Path, notify: Notify, store: Path | None = None) -> StoredRun:
    """Return a stored run exactly as it is stored, or the run of a config; no tearsheet is written."""
    config, folder = study.resolve_config_or_run(ref, runs_dir)
    if folder is not None:
        return StoredRun(storage.load(folder), folder, reused=True)
    return study.run(configs.load(config, store=store), runs_dir=runs_dir, tearsheet=False, notify=notify)


def market_of(stored: StoredRun) -> Market:
    """Return the market that a run was made on; raises RunError where its data are not the same any more."""
    stated = stored.run.config["data"]
    market = load_market(stated["market"], allow_revised=stated["allow_revised"], allow_stale=stated["allow_stale"])
    if market.digest != stored.run.summary["market"]["digest"]:
        again = stored.folder or "its config"
        raise RunError(f"{stored.run.id} was made from other market data; run it again: fedcycle run {again}")
    return market


def _run(job: Job, notify: Notify, made: PreparedRun | None = None) -> StoredRun:
    config = configs.load(job.ref, job.sets, store=job.store) if made is None else made.config
    done = study.run(config, runs_dir=job.runs_dir, tearsheet=job.tearsheet, notify=notify, study=made)
    _say_changed(job, done, notify)
    return done


def _say_changed(job: Job, done: StoredRun, notify: Notify) -> None:
    if job.stored is not None and job.stored.resolve().name != done.run.id:
        notify(
            f"{job.stored.resolve().name} is kept as it was, but its data, code or libraries have changed since: "
            f"{done.run.id} is its config run again"
        )


def _work(job: Job) -> tuple[Path, bool, list[str]]:
    """Run one job in a process of its own and return where the run is kept."""
    said: list[str] = []
    stored = _run(job, said.append)
    return stored.kept_in, stored.reused, said
