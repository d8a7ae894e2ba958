"""Values can be pickled and copied, so that notebooks, joblib and dask can hand them on."""

from __future__ import annotations

import copy
import pickle
import sys
from pathlib import Path
from typing import Any

import pytest

import fedcycle
from fedcycle.backtests import config
from fedcycle.backtests.engines import vectorised
from fedcycle.backtests.workflows import study

DAY = "2003-06-25"


@pytest.fixture(scope="module")
def prepared() -> study.PreparedRun:
    return study.prepare(config.load("rate-cycle-timing"))


@pytest.mark.parametrize("hand_on", [lambda value: pickle.loads(pickle.dumps(value)), copy.copy, copy.deepcopy])  # noqa: S301
def test_a_market_a_config_a_backtest_and_a_ledger_can_be_handed_on(prepared: Any, hand_on: Any) -> None:
    backtest = hand_on(prepared.backtest)

    assert hand_on(prepared.market).digest == prepared.market.digest
    assert hand_on(prepared.config).dump() == prepared.config.dump()
    ours, theirs = vectorised.run(prepared.backtest), hand_on(vectorised.run(backtest))
    assert ours.value.tobytes() == theirs.value.tobytes()
    assert hand_on(prepared).id == prepared.id


@pytest.mark.parametrize("hand_on", [lambda value: pickle.loads(pickle.dumps(value)), copy.deepcopy])  # noqa: S301
def test_a_view_can_be_handed_on_and_still_serves_the_past_alone(prepared: Any, hand_on: Any) -> None:
    view = prepared.market.as_of(prepared.market.sessions[100])

    again = hand_on(view)

    assert again.today == view.today
    assert again.closes("small", 5).tolist() == view.closes("small", 5).tolist()


def test_the_public_names_are_the_listed_ones_and_each_can_be_imported() -> None:
    assert sorted(fedcycle.__all__) == dir(fedcycle)
    for name in fedcycle.__all__:
        assert getattr(fedcycle, name) is not None
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        fedcycle.nothing  # noqa: B018


def test_the_package_runs_as_a_module(tmp_path: Path) -> None:
    import subprocess

    root = Path(__file__).parents[2]
    done = subprocess.run(
        [sys.executable, "-m", "fedcycle", "--help"],
        cwd=tmp_path,
        env={"PYTHONPATH": str(root / "src")},
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    assert done.stdout.startswith("Usage: ")
