"""Every rule that is known to cheat is prevented, caught or named as out of scope; no honest one is accused."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from rules_that_cheat import CAUGHT, CHEATS, HONESTLY, OUT_OF_SCOPE, PREVENTED, Case

from fedcycle.backtests import config
from fedcycle.backtests.audit import fresh
from fedcycle.backtests.audit.checks import _audited
from fedcycle.backtests.core.errors import BacktestError
from fedcycle.backtests.engines import vectorised
from fedcycle.backtests.workflows import study
from fedcycle.backtests.workflows.study import PreparedRun
from fedcycle.strategies.strategy import StrategyError

TABLE = Path(__file__).parents[2] / "docs" / "reliability.md"
STUDY = "name: mine\nperiod: {start: 2003-01-02, end: 2010-12-31}\nstrategy: {class: 'mine.py:Mine'}\n"
BESIDE = {
    "signals.csv": "1,0\n0,1\n",
    "helper_that_reads.py": (
        "from pathlib import Path\nREAD = Path(__file__).with_name('signals.csv').read_text(encoding='utf-8')\n"
    ),
    "helper_that_knows.py": "GOOD = ('2009-03',)\n",
    "parameters.json": '{"sessions": 20, "why": "a month"}',
}


@pytest.fixture(autouse=True)
def helpers_are_forgotten() -> Iterator[None]:
    path = list(sys.path)
    yield
    sys.path[:] = path
    for name in [name for name in sys.modules if name.startswith("helper_that_")]:
        del sys.modules[name]


def prepared(case: Case, folder: Path) -> PreparedRun:
    for name, text in {**BESIDE, "mine.py": case.source, "study.yaml": STUDY}.items():
        (folder / name).write_text(text, encoding="utf-8")
    return study.prepare(config.load(folder / "study.yaml"))


def verdict(case: Case, folder: Path) -> str:
    """What the audit of a run says of a rule: few decisions and two fresh processes, as in every run."""
    made = prepared(case, folder)
    return _audited(made.backtest, made.stamps, sample=case.sample, mirrored=True, under=fresh.FEW).verdict


@pytest.mark.slow
@pytest.mark.parametrize("case", [c for c in CHEATS if c.outcome == CAUGHT], ids=lambda case: case.name)
def test_a_cheat_fails_the_audit_or_its_run_is_refused(case: Case, tmp_path: Path) -> None:
    try:
        assert verdict(case, tmp_path) == "fail"
    except BacktestError as error:
        assert "changed while Mine ran" in str(error)  # noqa: PT017 - one of two ends is right


@pytest.mark.parametrize("case", [c for c in CHEATS if c.outcome == PREVENTED], ids=lambda case: case.name)
def test_a_cheat_that_is_prevented_raises_or_gets_nothing_by_it(case: Case, tmp_path: Path) -> None:
    made = prepared(case, tmp_path)
    try:
        ledger = vectorised.run(made.backtest)
    except StrategyError as error:
        assert "read-only" in str(error) or "WRITEABLE" in str(error)  # noqa: PT017 - one of two ends is right
    else:
        small = ledger.targets[:, ledger.assets.index("small")] if "small" in ledger.assets else 0
        assert not np.any(small)


@pytest.mark.parametrize("case", [c for c in CHEATS if c.outcome == OUT_OF_SCOPE], ids=lambda case: case.name)
def test_what_no_audit_can_see_is_named_as_such(case: Case, tmp_path: Path) -> None:
    """A case that is caught one day moves to the others; until then the page must say that it is not."""
    assert verdict(case, tmp_path) == "pass"


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore:mind this")
@pytest.mark.parametrize("case", HONESTLY, ids=lambda case: case.name)
def test_an_honest_rule_of_odd_build_is_not_accused(case: Case, tmp_path: Path) -> None:
    assert verdict(case, tmp_path) == "pass"


def test_the_page_sorts_every_cheat() -> None:
    cells = [line.split("|") for line in TABLE.read_text(encoding="utf-8").splitlines() if line.startswith("|")]
    rows = {row[1].strip(): row[2].strip() for row in cells}
    assert {case.name: case.outcome for case in CHEATS}.items() <= rows.items()
