"""Any parameter that backtrader accepts can be named in YAML and stored, and comes back as what it was."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from pathlib import Path

import backtrader as bt
import pytest

from fedcycle.backtests.config import load
from fedcycle.backtests.core.backtrader_strategy import BacktraderStrategy
from fedcycle.backtests.core.errors import ConfigError

Write = Callable[[str, str], Path]
CODE = """
import datetime
import backtrader as bt

def half(x):
    return x / 2

class Mine(bt.Strategy):
    params = (
        ("indicator", bt.ind.SMA),
        ("when", datetime.time(10, 30)),
        ("every", datetime.timedelta(days=5)),
        ("function", half),
        ("strategy", "trend"),
        ("periods", (10, 20)),
    )

    def next(self):
        pass
"""


def parameters(write: Write, more: str = "") -> tuple[dict[str, object], str]:
    write("mine.py", CODE)
    write("study.yaml", f"strategy:\n  class: mine.py:Mine\n{more}")
    config = load("study.yaml")
    rule = config.strategy()
    assert isinstance(rule, BacktraderStrategy)
    return rule.parameters(), config.dump()


def test_defaults_come_back_as_they_were(write: Write) -> None:
    found, text = parameters(write)
    function = found.pop("function")
    assert found == {
        "indicator": bt.ind.SMA,
        "when": dt.time(10, 30),
        "every": dt.timedelta(days=5),
        "strategy": "trend",
        "periods": (10, 20),
    }
    assert callable(function)
    assert function(3) == 1.5
    write("again.yaml", text)
    again = load("again.yaml").strategy()
    assert isinstance(again, BacktraderStrategy)
    assert again.parameters() == {**found, "function": function}


def test_a_config_names_others(write: Write) -> None:
    found, _ = parameters(
        write,
        "  indicator: backtrader.indicators.EMA\n  when: '15:45'\n  every: 90 minutes\n  function: math.sqrt\n"
        "  periods: [5, 7]\n",
    )
    assert found["indicator"] is bt.ind.EMA
    assert found["when"] == dt.time(15, 45)
    assert found["every"] == dt.timedelta(minutes=90)
    assert found["function"](9) == 3  # type: ignore[operator]
    assert found["periods"] == (5, 7)


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("  indicator: backtrader.indicators.SMAA\n", "is no class or function"),
        ("  indicator: no_such_package_at_all.X\n", "is no class or function"),
        ("  every: soon\n", "every is 'soon': write a number and days"),
        ("  when: noon\n", "when is 'noon'"),
    ],
)
def test_what_is_none_of_these_is_one_sentence(write: Write, line: str, says: str) -> None:
    with pytest.raises(ConfigError, match=says):
        parameters(write, line)
