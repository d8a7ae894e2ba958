"""What Python users write in a rule is taken where its meaning is clear, and never fails by chance."""

from __future__ import annotations

import sys
import threading
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import pandas as pd
import pytest

from fedcycle.backtests.config import load
from fedcycle.backtests.sweep.grid import expanded
from fedcycle.backtests.workflows import reproduce
from fedcycle.backtests.workflows.jobs import Job, run_all
from fedcycle.backtests.workflows.study import execute, prepare
from fedcycle.data import Market
from fedcycle.strategies import StrategyError
from fedcycle.strategies.library import load as library
from fedcycle.strategies.strategy import check_weights, needed

RULE = """
from dataclasses import dataclass
from fedcycle.strategies.strategy import Strategy

@dataclass(frozen=True, kw_only=True)
class Mine(Strategy):
    def weights(self, view):
        return {"large": 1.0}
"""


def checked(weights: object) -> dict[str, float]:
    days = np.array(["2001-01-29", "2001-01-30"], dtype="datetime64[D]")
    market = Market("three", days, ("a", "b", "c"), np.full((2, 3), 10.0))
    return check_weights(library("BuyAndHold")(asset="a"), weights, market.view(1))


def test_rounding_below_zero_is_zero() -> None:
    assert checked({"a": -1e-17, "b": 0.5}) == {"a": 0.0, "b": 0.5}
    with pytest.raises(StrategyError, match="no short positions"):
        checked({"a": -1e-3})


def test_thirds_in_single_precision_are_thirds() -> None:
    found = checked(dict.fromkeys("abc", np.float32(1) / np.float32(3)))
    assert sum(found.values()) == pytest.approx(1.0, abs=1e-15)
    with pytest.raises(StrategyError, match="add up to"):
        checked({"a": 1.0000005})  # doubles have no such rounding


def test_a_series_and_numpy_scalars_are_weights() -> None:
    assert checked(pd.Series({"a": 0.25, "b": 0.75})) == {"a": 0.25, "b": 0.75}
    assert checked({"a": np.float64(0.5), "b": np.int64(0)}) == {"a": 0.5, "b": 0.0}


def test_needs_may_be_names_alone() -> None:
    assert needed("Mine", ("small", "DGS10")) == {"small": 1, "DGS10": 1}
    with pytest.raises(StrategyError, match="write names of assets and series with the sessions each must have"):
        needed("Mine", 3)

    class Named(library("BuyAndHold")):  # type: ignore[misc]
        needs: ClassVar[Any] = ("small",)

    assert Named(asset="large").requirements()["small"] == 1


def test_one_and_one_point_zero_are_one_trial() -> None:
    with pytest.raises(Exception, match=r"tries 1\.0 twice"):
        expanded("strategy.months", [1, 1.0])
    assert expanded("strategy.flag", [1, True]) == (1, True)


@pytest.mark.slow
def test_a_config_loads_from_four_threads(tmp_path: Path) -> None:
    failed: list[BaseException] = []
    stdout = sys.stdout
    for k in range(25):
        (tmp_path / "mine.py").write_text(f"{RULE}\nN = {k}\n")
        (tmp_path / "mine.yaml").write_text("name: mine\nstrategy: {class: 'mine.py:Mine'}\n")
        gate = threading.Barrier(4)

        def once(gate: threading.Barrier = gate) -> None:
            try:
                gate.wait(10)
                load(tmp_path / "mine.yaml")
            except BaseException as error:  # noqa: BLE001 - whatever it is, the test tells
                failed.append(error)

        threads = [threading.Thread(target=once) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(30)
    assert not failed
    assert sys.stdout is stdout


def test_a_run_of_weeks_has_no_return_a_year() -> None:
    sets = ["execution.engine=vectorised", "period.start=2005-01-03", "period.end=2005-02-28"]
    found = execute(prepare(load("buy-and-hold-large", sets))).summary
    assert found["statistics"]["cagr"] is None
    assert found["relative"]["excess_cagr"] is None
    assert found["statistics"]["total_return"] is not None


def test_a_random_rule_is_told_from_a_damaged_store(tmp_path: Path) -> None:
    code = "import numpy as np\n" + RULE.replace("1.0}", "float(np.random.default_rng().random())}")
    (tmp_path / "mine.py").write_text(code)
    (tmp_path / "mine.yaml").write_text("name: mine\nstrategy: {class: 'mine.py:Mine'}\n")
    sets = ("execution.engine=vectorised", "period.start=2005-01-03", "period.end=2005-12-30")
    job = Job(str(tmp_path / "mine.yaml"), sets, tmp_path / "runs", tearsheet=False)
    stored = next(iter(run_all([job], notify=lambda _: None)))
    again = reproduce.rerun(stored.folder)
    assert not again.same
    assert "does not answer alike twice, since it draws random numbers without a seed" in again.verdict
