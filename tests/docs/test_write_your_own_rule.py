"""The page "write your own rule": its files are taken off the page and run with the commands it gives."""

import json
import re
import shlex
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner

from fedcycle.backtests import config
from fedcycle.backtests.cli.app import cli
from fedcycle.backtests.workflows import study

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "write-your-own-rule.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```(\w+)\n(.*?)^```$", PAGE, flags=re.MULTILINE | re.DOTALL)
FILES = {text.split("\n", 1)[0].removeprefix("# "): text for kind, text in BLOCKS if kind in ("python", "yaml")}
COMMANDS = [line for kind, text in BLOCKS if kind == "sh" for line in text.splitlines()]


@pytest.fixture
def desk(tmp_path, monkeypatch):
    """A folder with the page's files in it, and nothing else."""
    for name, text in FILES.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def done(name, *sets):
    return study.execute(study.prepare(config.load(name, sets)))


@pytest.fixture(scope="module")
def levels():
    return pd.read_csv(ROOT / "data" / "bundle" / "levels.csv", index_col="date", parse_dates=True)


def test_the_page_names_its_files_and_uses_every_one():
    assert set(FILES) == {"trend.py", "trend.yaml", "shielded.yaml", "crossing.py", "crossing.yaml"}
    assert len(COMMANDS) == 5
    for name in FILES:
        assert any(name in text for text in [*COMMANDS, *FILES.values()])


@pytest.mark.parametrize("command", COMMANDS)
def test_a_command_of_the_page_works_where_its_files_lie(command, desk):
    program, *args = shlex.split(command)
    assert program == "fedcycle"
    result = CliRunner().invoke(cli, [*args, "--no-tearsheet"] if args[0] == "run" else args)
    assert result.exit_code == 0, (result.stderr, result.exception)


def test_the_rule_of_the_page_holds_small_caps_above_their_average(desk, levels):
    ledger = done("trend.yaml").ledger
    small = levels["small"]
    above = (small > small.rolling(150).mean())[ledger.decided_on]
    assert (ledger.targets[:, ledger.assets.index("small")] == above.to_numpy()).all()
    assert 0.2 < above.mean() < 0.9


def test_both_engines_run_the_rule_of_the_page(desk):
    one, other = (done("trend.yaml", f"execution.engine={name}").ledger for name in ("backtrader", "vectorised"))
    np.testing.assert_allclose(one.value, other.value, rtol=1e-11)


def test_the_rule_of_the_page_is_shielded_by_one_of_the_library(desk):
    explained = CliRunner().invoke(cli, ["explain", "shielded.yaml", "2022-03-31", "--json"])
    document = json.loads(explained.stdout)
    assert document["parts"]["rule"]["rule"] == "Trend"
    assert document["parts"]["rule"]["signals"][0]["name"] == "small above its average"


def test_the_bt_strategy_of_the_page_buys_and_sells_when_its_averages_cross(desk, levels):
    run = done("crossing.yaml")
    small = levels.loc["2015-01-02":"2025-05-30", "small"]
    lead = small.rolling(20).mean() - small.rolling(200).mean()
    crossed = np.sign(lead).diff().abs() == 2
    # The first crossing of an open account can only buy.
    days = [day for day in small.index[crossed] if day < small.index[-1]]
    if lead[days[0]] < 0:
        days = days[1:]
    assert [str(d) for d in run.ledger.trades.decided_on] == [str(d.date()) for d in days]
    bought = run.ledger.trades.units > 0
    assert bought.tolist() == [bool(lead[d] > 0) for d in days]


def test_a_parameter_of_the_page_s_rule_is_refused_as_the_page_says(desk):
    with pytest.raises(Exception, match=r"Trend: sessions is 1; write 2 or more sessions, such as 200"):
        config.load("trend.yaml", ["strategy.sessions=1"])
    with pytest.raises(Exception, match=r"strategy.sessions is 150.0, but it must be a whole number"):
        config.load("trend.yaml", ["strategy.sessions=150.0"])


def test_the_rule_s_file_needs_nothing_of_this_repository_but_the_package(desk):
    code = "import sys; sys.path.insert(0, sys.argv[1]); import trend; print(trend.Trend(sessions=50).requirements())"
    found = subprocess.run(
        [sys.executable, "-c", code, str(ROOT / "src")],
        cwd=desk,
        capture_output=True,
        text=True,
        check=True,
        timeout=300,
    )
    assert found.stdout == "{'small': 50}\n"
