"""Where jobs are run: a few short ones in this process, as starting another takes longer, more in processes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from fedcycle.backtests import config as configs
from fedcycle.backtests.workflows import jobs as jobs_module
from fedcycle.backtests.workflows import study
from fedcycle.backtests.workflows.jobs import Job, run_all

SPAN = ("execution.engine=vectorised", "period.start=2005-01-03", "period.end=2005-06-30")


def two(out: Path) -> tuple[list[Job], dict[Job, Any]]:
    jobs = [Job(ref, SPAN, out, tearsheet=False) for ref in ("buy-and-hold-large", "buy-and-hold-small")]
    return jobs, {job: study.prepare(configs.load(job.ref, job.sets)) for job in jobs}


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many processes were asked for; the jobs are run here all the same."""
    found: list[int] = []

    def instead(jobs: Any, stored: Any, missing: Any, *, workers: int, notify: Any) -> Any:
        found.append(workers)
        return (jobs_module._run(job, notify) for job in jobs)

    monkeypatch.setattr(jobs_module, "_in_processes", instead)
    monkeypatch.setattr(jobs_module.os, "cpu_count", lambda: 2)
    return found


def test_two_short_runs_start_no_process(tmp_path: Path, started: list[int]) -> None:
    jobs, prepared = two(tmp_path)
    done = list(run_all(jobs, notify=lambda _: None, prepared=prepared))
    assert started == []
    assert [one.run.name for one in done] == ["buy-and-hold-large", "buy-and-hold-small"]


def test_runs_on_a_large_market_are_shared_among_processes(
    tmp_path: Path, started: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    jobs, prepared = two(tmp_path)
    monkeypatch.setattr(jobs_module, "SHORT", next(iter(prepared.values())).market.prices.size - 1)
    list(run_all(jobs, notify=lambda _: None, prepared=prepared))
    assert started == [2]


@pytest.mark.slow
def test_more_than_a_few_runs_and_runs_of_unknown_size_are_shared_too(
    tmp_path: Path, started: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    jobs, _ = two(tmp_path / "unknown")
    list(run_all(jobs, notify=lambda _: None))
    jobs, prepared = two(tmp_path / "more")
    monkeypatch.setattr(jobs_module, "FEW", 1)
    list(run_all(jobs, notify=lambda _: None, prepared=prepared))
    assert started == [2, 2]


@pytest.mark.slow
def test_runs_made_here_and_in_processes_are_the_same_bytes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    jobs, prepared = two(tmp_path / "here")
    here = list(run_all(jobs, notify=lambda _: None, prepared=prepared))
    monkeypatch.setattr(jobs_module, "FEW", 0)
    jobs, prepared = two(tmp_path / "beside")
    beside = list(run_all(jobs, notify=lambda _: None, prepared=prepared))
    for one, other in zip(here, beside, strict=True):
        files = [{f.name: f.read_bytes() for f in sorted(done.kept_in.iterdir())} for done in (one, other)]
        assert files[0] == files[1]
