"""backtrader's indicators and sample strategies are imported when they are asked for, and are then backtrader's own."""

from __future__ import annotations

import subprocess
import sys

import pytest

FIRST = "import sys, fedcycle.backtests.engines.backtrader, backtrader as bt\n"
WAYS = {
    "attribute": "found = bt.indicators.SMA",
    "short name": "found = bt.ind.SMA",
    "from the package": "from backtrader.indicators import SMA as found",
    "all of the package": "from backtrader.indicators import *\nfound = SMA",
    "from its file": "from backtrader.indicators.sma import SMA as found",
    "all of its file": "from backtrader.indicators.sma import *\nfound = SMA",
    "a moving average": "found = bt.indicators.MovAv.SMA",
    "a list of names": "assert 'SMA' in dir(bt.indicators)\nfound = getattr(bt.indicators, 'SMA')",
    "a sample strategy": "from backtrader.strategies.sma_crossover import btind\nfound = btind.SMA",
    "what was added": "assert bt.indicators.contrib.vortex.Vortex is bt.ind.Vortex\nfound = bt.ind.SMA",
}


def said(program: str) -> str:
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def test_an_engine_does_not_import_them() -> None:
    look = "import inspect\ninspect.getmodule(inspect.currentframe())\n"
    look += "print('backtrader.indicators.sma' in sys.modules)"
    assert said(FIRST + look) == "False"


@pytest.mark.parametrize("way", WAYS.values(), ids=list(WAYS))
def test_each_way_to_ask_gives_the_one_class(way: str) -> None:
    same = "\nassert found is bt.indicators.SMA is sys.modules['backtrader.indicators.sma'].SMA is bt.ind.MovAv.SMA"
    whole = "\nassert bt.ind is bt.indicators is sys.modules['backtrader.indicators'] and bt.strats is bt.strategies"
    assert said(FIRST + way + same + whole + "\nprint(found.__module__)") == "backtrader.indicators.sma"


def test_the_modules_are_what_a_plain_import_has() -> None:
    names = "\nfrom backtrader import strategies as s, studies as t, indicators as i"
    names += "\nprint(sorted(set(dir(i)) | set(dir(i.contrib)) | set(dir(s)) | set(dir(t.contrib)) | set(dir(bt))))"
    assert said(FIRST + names) == said("import backtrader as bt" + names)


def test_where_backtrader_is_there_already_nothing_is_left_for_later() -> None:
    program = "import backtrader as bt, types\n" + FIRST + "print(type(bt.indicators) is types.ModuleType)"
    assert said(program) == "True"


def test_a_part_that_does_not_exist_says_so() -> None:
    asked = "try:\n    import backtrader.indicators.nothing\nexcept ModuleNotFoundError as error:\n    print(error)"
    assert said(FIRST + asked) == "No module named 'backtrader.indicators.nothing'"
