"""Data of one's own on the command line: what is shown, what is said per file, and what a run on it says."""

from __future__ import annotations

import json
import math
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

from fedcycle.backtests.cli.app import cli
from fedcycle.data.dataset import load_market, vintages


def fedcycle(*words: str) -> str:
    result = CliRunner().invoke(cli, list(words))
    assert result.exit_code == 0, (result.output, result.exception)
    return result.stdout


@pytest.fixture(autouse=True)
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_a_run_beside_left_out_sessions_is_annualised_by_those_there_are_and_says_so(desk: Path) -> None:
    bundle = load_market("bundle")
    first, last = (int(np.searchsorted(bundle.sessions, np.datetime64(d))) for d in ("2019-01-02", "2022-01-03"))
    kept = [k for k in range(first, last) if (k - first) % 3 or k == first]
    rows = "".join(f"{bundle.sessions[k]},{100 + i}\n" for i, k in enumerate(kept))
    (desk / "gappy.csv").write_text("date,level\n" + rows)
    said = fedcycle("data", "add", "gappy.csv", "--total-return", "--portfolios", "--out", "set")
    left = (last - first) - len(kept) - 1
    assert f"every page of a run on it says: SESSIONS LEFT OUT: {left}" in said
    found = json.loads(
        fedcycle(
            *("run", "base", "--set", "data.market=set", "--set", "strategy.asset=small", "--engine", "vectorised"),
            *("--set", "period.start=2019-01-02", "--set", "period.end=2021-12-31", "--no-tearsheet", "--json"),
            *("--set", "execution.costs.slippage_bps=0"),
        )
    )
    assert found["stamps"] == [f"SESSIONS LEFT OUT: {left}"]
    market = load_market("set")
    inside = (market.sessions >= np.datetime64("2019-01-04")) & (market.sessions <= np.datetime64("2021-12-31"))
    days, level = market.sessions[inside], market.prices[inside, market.column("small")]
    returns = level[1:] / level[:-1] - 1
    a_year = (len(days) - 1) / (float((days[-1] - days[0]).astype(int)) / 365.25)
    assert 160 < a_year < 175
    # The run's first fill is the session after its first decision; a session more or less moves the figure by 1%.
    expected = returns.std(ddof=1) * math.sqrt(a_year)
    assert found["statistics"]["volatility"] == pytest.approx(expected, rel=0.01)


def test_total_return_said_of_one_file_leaves_the_dividends_of_the_other(desk: Path) -> None:
    # 10, 11, then 1.1 is paid and the price falls to 9.9: 10%. Without its dividend -1%.
    (desk / "a.csv").write_text("date,close,dividends\n2024-03-01,10,0\n2024-03-04,11,0\n2024-03-05,9.9,1.1\n")
    (desk / "b.csv").write_text("date,b\n2024-03-01,10\n2024-03-04,11\n2024-03-05,12\n")
    for words in (("--total-return", "b.csv", "a.csv"), ("a.csv", "b.csv", "--total-return", "b"), ("a.csv", "b.csv")):
        more = ("--total-return",) if "--total-return" not in words else ()
        made = json.loads(fedcycle("data", "add", *words, *more, "--dry-run", "--json"))
        grown = {asset["name"]: asset["growth"] for asset in made["assets"]}
        assert grown == {"a": pytest.approx(1.1), "b": pytest.approx(1.2)}
        assert made["folder"] is None
    assert not (desk / "market-a").exists()


def test_what_is_recognised_is_shown_with_rows_growth_and_worst_day(desk: Path) -> None:
    (desk / "f.csv").write_text(
        "Date;Close\n15.03.2024;1.100,00\n14.03.2024;1.000,00\n13.03.2024;1.250,00\nQuelle: eine B\u00f6rse\n"
    )
    said = " ".join(fedcycle("data", "add", "f.csv", "--total-return", "--dry-run").split())
    for part in (
        *("f.csv: plain table; CSV, cells separated by ';'; one asset; newest first; dates DD.MM.YYYY; decimal comma",),
        *("columns: date: Date, close: Close", "rows: 3 taken; left out: 1 footer (line 5)"),
        *("grows 0.88 times; worst day 2024-03-14, -20.0%", "nothing was written"),
    ):
        assert part in said


def test_a_data_set_says_which_assets_are_a_users_own(desk: Path) -> None:
    sessions = load_market("bundle").sessions[-30:]
    rows = "".join(f"{day},{100 + k}\n" for k, day in enumerate(sessions))
    (desk / "mine.csv").write_text("date,level\n" + rows)
    fedcycle("data", "add", "mine.csv", "--total-return", "--out", "set")
    assert vintages(desk / "set")["own"] == ["level"]
    assert "own" not in vintages("bundle")
