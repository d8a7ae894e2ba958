"""A user's code that imports the API type-checks, and the public names are these and no others."""

from __future__ import annotations

import os
import subprocess
import sys
from importlib import metadata
from pathlib import Path

import pytest

import fedcycle as fc

PUBLIC = {
    *("BacktestError", "ConfigError", "DataError", "FedcycleError", "RunError", "StrategyError"),
    *("Claims", "Comparison", "Cycles", "MarketData", "RunResult", "Sweep"),
    *("claims", "compare", "cycles", "load_market", "load_run", "run", "sweep"),
    *("Market", "MarketView", "RunConfig", "Series", "Strategy", "parameter", "__version__"),
}
"""A name that goes is a break, and one that comes is a promise: both are decided here."""
USER = '''
from dataclasses import dataclass
from pathlib import Path
from typing import reveal_type

import fedcycle as fc


@dataclass(frozen=True, kw_only=True)
class Mine(fc.Strategy):
    """Holds small caps."""

    share: float = fc.parameter(0.5, unit="fraction", doc="Share of small.")

    def weights(self, view: fc.MarketView) -> dict[str, float]:
        return {"small": self.share}


run = fc.run(Mine(share=0.4), assets=["small"], start="2000-01-03", store=None)
reveal_type(run)
reveal_type(run.statistics["sharpe"])
reveal_type(run.weights)
reveal_type(fc.compare([run, "base"]).table)
reveal_type(fc.load_market().prices["small"])
page: Path = run.tearsheet("page.html")
fc.run("base", overrides={"execution.lag": 2}, strore=None)
fc.comparison
'''


def test_the_public_names_are_listed() -> None:
    assert set(fc.__all__) == PUBLIC


@pytest.mark.slow
def test_a_users_code_type_checks_and_its_mistakes_are_found(tmp_path: Path) -> None:
    for needed in ("mypy", "pandas-stubs"):
        try:
            metadata.version(needed)
        except metadata.PackageNotFoundError:
            pytest.skip(f"{needed} is not installed: pip install 'fedcycle[test]'")
    (tmp_path / "user.py").write_text(USER)
    root = Path(__file__).parents[2]
    done = subprocess.run(
        [sys.executable, "-m", "mypy", "--strict", "--ignore-missing-imports", "--follow-imports=silent", "user.py"],
        cwd=tmp_path,
        env={**os.environ, "MYPYPATH": str(root / "src")},
        capture_output=True,
        text=True,
        check=False,
        timeout=600,
    )
    said = done.stdout
    assert 'Revealed type is "fedcycle.backtests.api.run_result.RunResult"' in said, said + done.stderr
    assert said.count("DataFrame") == 2, said
    assert "float | int | None" in said or "int | float | None" in said or "Union" in said, said
    errors = [line for line in said.splitlines() if ": error:" in line]
    assert len(errors) == 2, said
    assert 'Unexpected keyword argument "strore" for "run"' in errors[0]
    assert 'Module has no attribute "comparison"' in errors[1]
