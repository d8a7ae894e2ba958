"""A statistic, a section and a signal are one file each: added to a copy of the code, they are everywhere."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

STATISTIC = '''

@sample_statistic(
    unit="ratio",
    formula="mean(e³)",
    source="made for a test",
    shown=Shown(terminal="made ratio", interval=True, sweep=True),
)
def made_ratio(sample: Sample) -> Any:
    """Return a number that nobody needs."""
    return sample.mean(kernel.Term("rf", lambda r, f: (r - f) ** 3)) / sample.mean(own)
'''
SECTION = '''"""A section that nobody needs."""

from markupsafe import Markup

from fedcycle.backtests.tearsheet.section import Section

TITLE = "Made"
PLACE = 15


def section(run, market):
    return Section(TITLE, "Made for a test.", Markup())
'''
SIGNAL = '''

@dataclass(frozen=True, kw_only=True)
class Made(Condition):
    """It is made for a test."""

    name: ClassVar[str] = "made"

    def holds(self, view: MarketView) -> bool:
        return True

    def seen(self, view: MarketView) -> tuple[SignalReading, ...]:
        return ()
'''
LOOKED_FOR = """
import numpy as np
from fedcycle.backtests.cli.console import statistics_shown
from fedcycle.backtests.inference import intervals
from fedcycle.backtests.statistics import OWN
from fedcycle.backtests.statistics.subperiod_kernel import numbers
from fedcycle.backtests.sweep.streaming_statistics import NUMBERS
from fedcycle.backtests.tearsheet import page
from fedcycle.strategies.conditions import condition
import generate_signals, generate_statistics

r = np.array([0.01, -0.02, 0.03])
[phase] = numbers(r, r, bills=0.0 * r, groups=[np.arange(3)])
places = {
    "JSON and page": OWN,
    "terminal": statistics_shown(),
    "subperiods": phase,
    "intervals": intervals.OWN,
    "sweep": NUMBERS,
    "documentation": generate_statistics.page(),
}
print(sorted(name for name, there in places.items() if "made_ratio" not in there))
print([part.TITLE for part in page.ORDER].index("Made"))
print(condition("made", "When").plain(), "| `made` | It is made for a test |" in generate_signals.page())
"""


@pytest.mark.slow
def test_each_is_one_file_and_everywhere(tmp_path: Path) -> None:
    code = tmp_path / "src" / "fedcycle"
    shutil.copytree(ROOT / "src" / "fedcycle", code, symlinks=True, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("backtests", "strategies"):
        (code / name).unlink()
        shutil.copytree(ROOT / name, code / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("data", "configs"):
        (code / name).unlink()
        (code / name).symlink_to(ROOT / name)
    shutil.copytree(ROOT / "docs", tmp_path / "docs", ignore=shutil.ignore_patterns("*.png", "__pycache__"))
    for file, more in (("backtests/statistics/risk.py", STATISTIC), ("strategies/price_conditions.py", SIGNAL)):
        with (code / file).open("a", encoding="utf-8") as stream:
            stream.write(more)
    (code / "backtests/tearsheet/sections/made.py").write_text(SECTION, encoding="utf-8")

    done = subprocess.run(
        [sys.executable, "-c", LOOKED_FOR],
        env={**os.environ, "PYTHONPATH": f"{tmp_path / 'src'}{os.pathsep}{tmp_path / 'docs'}"},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )

    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines() == ["[]", "1", "{'made': {}} True"]
