"""Rules that make something of their parameters, or ask what they are: a sweep gives what each variant gives alone."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from fedcycle.backtests import config
from fedcycle.backtests.engines import vectorised
from fedcycle.backtests.sweep import sweep
from fedcycle.backtests.workflows import study
from fedcycle.data.storage import parquet

RULES = '''
from dataclasses import dataclass, field

import numpy as np

from fedcycle.strategies.strategy import Strategy


@dataclass(frozen=True, kw_only=True)
class Derived(Strategy):
    """Works out one field from another."""

    months: int = 6
    sessions: int = field(init=False, default=0)

    def __post_init__(self):
        object.__setattr__(self, "sessions", 21 * self.months)

    def requirements(self):
        return {"small": 21 * self.months}

    def weights(self, view):
        c = view.closes("small", self.sessions)
        return {"small" if c[-1] > c.mean() else "large": 1.0}


@dataclass(frozen=True, kw_only=True)
class Exit(Strategy):
    """Sets a parameter that is not given from one that is."""

    enter: float = 0.1
    leave: float | None = None

    def __post_init__(self):
        if self.leave is None:
            object.__setattr__(self, "leave", self.enter / 2)

    def requirements(self):
        return {"small": 252}

    def weights(self, view):
        c = view.closes("small", 252)
        return {"small" if c[-1] / c.max() - 1 < -self.leave else "large": 1.0}


@dataclass(frozen=True, kw_only=True)
class Percent(Strategy):
    """Turns percent into a fraction, and caps it."""

    pct: float = 5.0

    def __post_init__(self):
        object.__setattr__(self, "pct", min(self.pct / 100, 0.15))

    def requirements(self):
        return {"small": 252}

    def weights(self, view):
        c = view.closes("small", 252)
        return {"small" if c[-1] / c.max() - 1 < -self.pct else "large": 1.0}


@dataclass(frozen=True, kw_only=True)
class Rare(Strategy):
    """Asks for the exact type of a parameter, and only after a great fall."""

    x: float = 0.5
    y: float = 0.1

    def requirements(self):
        return {"small": 252}

    def weights(self, view):
        c = view.closes("small", 252)
        if c[-1] / c.max() - 1 < -0.45:
            return {"small": self.x if type(self.x) is float else 0.0}
        return {"large": 1.0}


@dataclass(frozen=True, kw_only=True)
class Years(Strategy):
    """Computes its needs in numpy."""

    years: float = 1.0

    def requirements(self):
        return {"small": int(np.ceil(self.years)) * 252}

    def weights(self, view):
        c = view.closes("small", int(np.ceil(self.years)) * 252)
        return {"small" if c[-1] > c.mean() else "large": 1.0}
'''


@pytest.fixture
def study_of(tmp_path: Path) -> Callable[[str, str], Path]:
    (tmp_path / "rules.py").write_text(RULES, encoding="utf-8")

    def written(kind: str, grid: str) -> Path:
        path = tmp_path / "own.yaml"
        path.write_text(
            "extends: base.yaml\nname: own\nperiod: {start: 2004-01-02, end: 2012-12-31}\n"
            f"strategy: {{class: rules.py:{kind}}}\nsweep: {{{grid}}}\n",
            encoding="utf-8",
        )
        return path

    return written


def swept(file: Path, tmp_path: Path) -> list[tuple[dict[str, Any], float]]:
    done = sweep(file, sweeps_dir=tmp_path / "out", jobs=1, on_progress=lambda *_: None, notify=lambda _: None)
    values = [v for table in parquet.groups(done.file) for v in table["final_value"].tolist()]
    return [(done.grid.variant(n), value) for n, value in enumerate(values)]


def alone(file: Path, variant: dict[str, Any]) -> float:
    loaded = config.load(file, [config.assignment(key, value) for key, value in variant.items()])
    return float(vectorised.run(study.prepare(loaded).backtest).value[-1])


@pytest.mark.parametrize(
    ("kind", "grid"),
    [
        ("Derived", "strategy.months: [2, 4, 8, 12]"),
        ("Exit", "strategy.enter: [0.05, 0.1, 0.2, 0.4]"),
        ("Exit", "strategy.enter: [0.05, 0.4], strategy.leave: [0.1, 0.3]"),
        ("Percent", "strategy.pct: [2.0, 5.0, 10.0, 20.0, 30.0]"),
        ("Rare", "strategy.x: [0.1, 0.3, 0.6, 0.9], strategy.y: [0.1, 0.2]"),
        ("Years", "strategy.years: [0.5, 1.0, 1.5]"),
    ],
)
def test_a_variant_gives_what_it_gives_alone(
    kind: str, grid: str, study_of: Callable[[str, str], Path], tmp_path: Path
) -> None:
    file = study_of(kind, grid)
    for variant, value in swept(file, tmp_path):
        assert value == pytest.approx(alone(file, variant), rel=1e-9), variant


def test_a_stored_config_says_what_was_said_and_not_what_the_rule_made_of_it(
    study_of: Callable[[str, str], Path],
) -> None:
    found = config.load(study_of("Percent", "strategy.pct: [1.0]"), ["strategy.pct=20.0"])
    assert found.data["strategy"]["pct"] == 20.0
    unsaid = config.load(study_of("Exit", "strategy.enter: [0.1]"))
    assert unsaid.data["strategy"]["leave"] is None


def test_an_account_that_cannot_be_kept_takes_no_other_along(
    study_of: Callable[[str, str], Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from fedcycle.backtests.core.errors import BacktestError
    from fedcycle.backtests.engines import vectorised_batch

    honest, expensive = vectorised_batch.run, 2_000_000.0

    def refusing(test: Any, targets: Any, orders: Any, *, capital: Any, **more: Any) -> Any:
        if (capital == expensive).any():
            raise BacktestError("nobody knows what its holders got")
        return honest(test, targets, orders, capital=capital, **more)

    monkeypatch.setattr(vectorised_batch, "run", refusing)
    file = study_of("Derived", "strategy.months: [2, 4], execution.capital: [1000000.0, 2000000.0, 3000000.0]")
    done = sweep(file, sweeps_dir=tmp_path / "out", jobs=1, on_progress=lambda *_: None, notify=lambda _: None)
    (table,) = parquet.groups(done.file)
    told = dict(zip(table["execution.capital"].tolist(), table["refused"].tolist(), strict=False))
    assert told == {1_000_000.0: "", 2_000_000.0: "nobody knows what its holders got", 3_000_000.0: ""}
    assert done.ranking.refused == 2
