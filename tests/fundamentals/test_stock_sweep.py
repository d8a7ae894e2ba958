"""A sweep over the thresholds of a screen: one panel for all of them, each with the account of a single run."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from fedcycle.backtests.config import load
from fedcycle.backtests.sweep import sweep
from fedcycle.backtests.workflows import study
from fedcycle.data.dataset import load_market
from fedcycle.data.market import Market
from fedcycle.data.sources import synthetic_stocks
from fedcycle.data.storage import parquet

CONFIG = """extends: stocks/quality-small-caps-stocks.yaml
name: thresholds
period: {start: 2017-01-03, end: 2018-12-31}
strategy: {hold_rank: null}
sweep:
  strategy.keep: [0.3, 0.5, 0.7]
  strategy.earnings_above: [0.0, 20000000.0]
"""


@pytest.fixture(scope="module")
def market() -> Market:
    return synthetic_stocks.market(load_market("bundle"), companies=150, start=np.datetime64("2015-01-02"))


def test_all_thresholds_share_one_panel_and_each_is_its_single_run(
    market: Market, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    loaded = []

    def once(ref: Any, **_: Any) -> Market:
        loaded.append(ref)
        return market

    monkeypatch.setattr(study, "load_market", once)
    monkeypatch.setattr("fedcycle.backtests.sweep.load_market", once)
    file = tmp_path / "thresholds.yaml"
    file.write_text(CONFIG, encoding="utf-8")
    done = sweep(file, (), sweeps_dir=tmp_path / "sweeps", jobs=1, notify=print, on_progress=lambda _done, _of: None)
    assert loaded == ["synthetic-stocks"]
    table = parquet.read(done.file)
    found = dict(
        zip(
            zip(table["strategy.keep"], table["strategy.earnings_above"], strict=True),
            table["final_value"],
            strict=True,
        )
    )
    assert len(set(found.values())) == 6
    for (keep, above), value in list(found.items())[::3]:
        sets = [f"strategy.keep={keep}", f"strategy.earnings_above={above}", "execution.engine=vectorised"]
        one = study.execute(study.prepare(load(str(file), sets), market))
        assert value == pytest.approx(one.ledger.value[-1], rel=1e-12)
