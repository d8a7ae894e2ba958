"""A real Dask cluster of two worker processes, one of which is killed in mid-sweep."""

from __future__ import annotations

import pytest

distributed = pytest.importorskip("distributed", reason="needs fedcycle[cluster]: pip install 'dask[distributed]'")

from fedcycle.backtests.core.errors import RunError  # noqa: E402 - after the skip

FOLDER = {"results": "", "open": ""}
"""What of a document names the folder it is in."""
RULE = """from dataclasses import dataclass
from pathlib import Path
import os
import signal

from fedcycle.strategies.strategy import Strategy

FLAG = Path({flag!r})


@dataclass(frozen=True, kw_only=True)
class Half(Strategy):
    share: float = 0.5

    def weights(self, view):
        if self.share > 0.6 and not FLAG.exists():
            # The first worker to get here is killed, as by the machine it runs on; the next finds the flag.
            FLAG.touch()
            os.kill(os.getpid(), signal.SIGKILL)
        return {{"mid": self.share}}
"""
GRID = """period: {start: 2020-01-02, end: 2020-03-31}
strategy: {class: rules.py:Half}
sweep:
  strategy.share: {from: 0.0005, to: 1.0, step: 0.0005}
"""

pytestmark = [
    # Dask and its web server are not ours to keep quiet.
    pytest.mark.filterwarnings("ignore"),
    pytest.mark.skipif(not hasattr(__import__("signal"), "SIGKILL"), reason="needs SIGKILL"),
]


def test_a_killed_workers_variants_are_run_again_and_the_file_is_the_local_one(study, sweep, tmp_path):
    flag = tmp_path / "killed"
    file = study("base", GRID, rule=RULE.format(flag=str(flag)))
    with distributed.LocalCluster(
        n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None, silence_logs=50
    ) as cluster:
        first = {worker.pid for worker in cluster.workers.values()}
        there, _, seen = sweep(file, out="there", scheduler=cluster.scheduler_address)
    assert flag.exists()
    assert len(first) == 2
    assert seen[-1] == (2000, 2000)
    here, _, _ = sweep(file, out="here", jobs=1)
    assert there.file.read_bytes() == here.file.read_bytes()
    assert {**there.document, **FOLDER} == {**here.document, **FOLDER}


def test_no_scheduler_at_the_address_is_one_sentence(sweep, monkeypatch):
    from fedcycle.backtests.sweep import executors

    monkeypatch.setattr(executors, "TIMEOUT", "1s")
    with pytest.raises(RunError, match=r"no Dask scheduler answers at tcp://127.0.0.1:9"):
        sweep("rate-cycle-timing", scheduler="tcp://127.0.0.1:9")


def test_one_choice_at_a_time_is_the_same_on_a_cluster_as_here(study, sweep):
    text = "period: {start: 2020-01-02, end: 2020-06-30}\nsweep_design: one_at_a_time\n"
    text += "sweep: {strategy.asset: [small, mid], execution.lag: [2, 5], strategy.class: [BuyAndHold]}\n"
    file = study("base", text)
    with distributed.LocalCluster(
        n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None, silence_logs=50
    ) as cluster:
        there, _, seen = sweep(file, out="there", scheduler=cluster.scheduler_address)
    here, _, _ = sweep(file, out="here", jobs=1)
    assert seen[-1] == (5, 5)
    assert there.file.read_bytes() == here.file.read_bytes()
    assert {**there.document, **FOLDER} == {**here.document, **FOLDER}
