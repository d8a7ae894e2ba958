"""Configs and stored runs to run: what is stored is read, the rest runs in as many processes as there are cores."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from fedcycle.backtests import config as configs
from fedcycle.backtests.core.errors import RunError
from fedcycle.backtests.core.interrupts import start_work
from fedcycle.backtests.runs import storage
from fedcycle.backtests.workflows import study
from fedcycle.backtests.workflows.study import Notify, PreparedRun, StoredRun
from fedcycle.data.storage import cache

Progress = Callable[[int, int], None]
"""Is told how many are done, of how many."""


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


def run_all(
    jobs: Sequence[Job],
    *,
    say: Notify,
    told: Progress = no_progress,
    prepared: Mapping[Job, PreparedRun] | None = None,
) -> Iterator[StoredRun]:
    """Run jobs, in as many processes as there are cores, and yield their runs in the order asked.

    ``prepared`` has the studies of jobs where the caller has them: those whose runs are stored need no process.
    """
    prepared = prepared or {}
    found = {} if len(jobs) < 2 else _stored(jobs, prepared, say)
    missing = [job for job in jobs if job not in found]
    workers = min(len(missing), os.cpu_count() or 1)
    told(0, len(jobs))
    if workers < 2:
        for k, job in enumerate(jobs, start=1):
            done = found[job] if job in found else _run(job, say, prepared.get(job))
            told(k, len(jobs))
            yield done
        return
    yield from _in_processes(jobs, found, missing, workers=workers, say=say, told=told)


def _in_processes(
    jobs: Sequence[Job],
    found: Mapping[Job, StoredRun],
    missing: Sequence[Job],
    *,
    workers: int,
    say: Notify,
    told: Progress,
) -> Iterator[StoredRun]:
    from concurrent.futures import ProcessPoolExecutor  # 30 ms that one run alone need not pay
    from concurrent.futures.process import BrokenProcessPool
    from multiprocessing import get_context

    with ProcessPoolExecutor(
        workers, mp_context=get_context("spawn"), initializer=_start, initargs=(cache.cache_dir(),)
    ) as pool:
        try:
            made = pool.map(_work, missing)
            for k, job in enumerate(jobs, start=1):
                if job in found:
                    done = found[job]
                else:
                    folder, reused, said = next(made)
                    for sentence in said:
                        say(sentence)
                    done = StoredRun(storage.load(folder), folder, reused)
                told(k, len(jobs))
                yield done
        except BrokenProcessPool as error:
            raise RunError(
                "a process that ran one of the configs was killed; what is finished is kept, run the command again"
            ) from error


def _start(kept_in: Path | None) -> None:
    start_work()
    cache.keep_in(kept_in)


def _stored(jobs: Sequence[Job], prepared: Mapping[Job, PreparedRun], say: Notify) -> dict[Job, StoredRun]:
    """Return the stored runs of the jobs that are prepared; to start a process takes longer than to read one."""
    found: dict[Job, StoredRun] = {}
    for job in dict.fromkeys(jobs):
        made, said = prepared.get(job), list[str]()
        stored = None if made is None else study.kept(made, job.out, tearsheet=job.tearsheet, say=said.append)
        if made is None or stored is None:
            continue  # whoever runs it says why
        for sentence in (*made.config.notes, *said):
            say(sentence)
        _say_changed(job, stored, say)
        found[job] = stored
    return found


def _run(job: Job, say: Notify, made: PreparedRun | None = None) -> StoredRun:
    config = configs.load(job.ref, job.sets, store=job.store) if made is None else made.config
    done = study.run(config, out=job.out, tearsheet=job.tearsheet, say=say, study=made)
    _say_changed(job, done, say)
    return done


def _say_changed(job: Job, done: StoredRun, say: Notify) -> None:
    if job.stored is not None and job.stored.resolve().name != done.run.id:
        say(
            f"{job.stored.resolve().name} is kept as it was, but its data, code or libraries have changed since: "
            f"{done.run.id} is its config run again"
        )


def _work(job: Job) -> tuple[Path, bool, list[str]]:
    """Run one job in a process of its own and return where the run is kept."""
    said: list[str] = []
    stored = _run(job, said.append)
    return stored.kept_in, stored.reused, said
