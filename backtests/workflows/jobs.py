"""Jobs: configs to run and stored runs to take up, in as many processes as there are cores."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from fedcycle.backtests import config as configs
from fedcycle.backtests.core.callbacks import Notify, Progress, no_progress
from fedcycle.backtests.core.errors import RunError
from fedcycle.backtests.core.interrupts import start_work
from fedcycle.backtests.runs import storage
from fedcycle.backtests.workflows import study
from fedcycle.backtests.workflows.study import StoredRun
from fedcycle.data.dataset import load_market
from fedcycle.data.market import Market


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
        """Return the job of a config or a stored run, which stays in its own folder while nothing is laid over it."""
        config, stored = study.resolve_config_or_run(ref, runs_dir)
        stored = None if sets else stored
        return cls(config, sets, runs_dir if stored is None else stored.parent, tearsheet, store, stored)


def run_all(jobs: Sequence[Job], *, notify: Notify, on_progress: Progress = no_progress) -> Iterator[StoredRun]:
    """Run jobs, in as many processes as there are cores, and yield their runs in the order asked."""
    workers = min(len(jobs), os.cpu_count() or 1)
    on_progress(0, len(jobs))
    if workers < 2:
        for k, job in enumerate(jobs, start=1):
            stored = _run(job, notify)
            on_progress(k, len(jobs))
            yield stored
        return
    from concurrent.futures import ProcessPoolExecutor  # 30 ms that one run alone need not pay
    from concurrent.futures.process import BrokenProcessPool
    from multiprocessing import get_context

    with ProcessPoolExecutor(workers, mp_context=get_context("spawn"), initializer=start_work) as pool:
        try:
            for k, (folder, reused, said) in enumerate(pool.map(_work, jobs), start=1):
                for sentence in said:
                    notify(sentence)
                on_progress(k, len(jobs))
                yield StoredRun(storage.load(folder), folder, reused)
        except BrokenProcessPool as error:
            raise RunError(
                "a process that ran one of the configs was killed; what is finished is kept, run the command again"
            ) from error


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


def _run(job: Job, notify: Notify) -> StoredRun:
    done = study.run(
        configs.load(job.ref, job.sets, store=job.store), runs_dir=job.runs_dir, tearsheet=job.tearsheet, notify=notify
    )
    if job.stored is not None and job.stored.resolve().name != done.run.id:
        notify(
            f"{job.stored.resolve().name} is kept as it was, but its data, code or libraries have changed since: "
            f"{done.run.id} is its config run again"
        )
    return done


def _work(job: Job) -> tuple[Path, bool, list[str]]:
    """Run one job in a process of its own and return where the run is kept."""
    said: list[str] = []
    stored = _run(job, said.append)
    return stored.kept_in, stored.reused, said
