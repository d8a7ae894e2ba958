"""``fedcycle explain``: what a rule saw, when that was known, which branch it took, and which close a date means."""

import json

import numpy as np
import pytest
from click.testing import CliRunner

from fedcycle.backtests import config
from fedcycle.backtests.cli.strategies import explain_command
from fedcycle.backtests.core.errors import BacktestError
from fedcycle.backtests.workflows import study
from fedcycle.backtests.workflows.explain import explain
from fedcycle.strategies.strategy import StrategyError

LIAR = """\
from dataclasses import dataclass
from fedcycle.strategies import Explanation, Strategy

@dataclass(frozen=True, kw_only=True)
class Liar(Strategy):
    def weights(self, view):
        return {"large": 1.0}

    def explain(self, view):
        return Explanation("small", {"small": 1.0})

@dataclass(frozen=True, kw_only=True)
class Silent(Strategy):
    def weights(self, view):
        return {"large": 0.75}

@dataclass(frozen=True, kw_only=True)
class Breaks(Strategy):
    def weights(self, view):
        return {}["large"]
"""


def answer(name, day, *sets):
    return explain(study.prepare(config.load(name, sets)), np.datetime64(day)).document


def cli(*args):
    done = CliRunner().invoke(explain_command, list(args))
    assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
    return done


def test_each_signal_comes_with_its_value_unit_and_both_days():
    # Of the bundle's yields: 4.68 on 2025-01-09, a day without a session, and 4.04 on 2024-10-08. 2025-01-10 is the
    # first session after 01-09, and the 63rd session before it is 2024-10-09.
    signals = {s["name"]: s for s in answer("bofa-composite", "2025-01-10")["signals"]}
    assert signals["10-year yield"] == {
        "name": "10-year yield",
        "value": 4.68,
        "unit": "percent per year",
        "observed_on": "2025-01-09",
        "known_on": "2025-01-10",
        "derived": False,
    }
    assert signals["10-year yield 63 sessions ago"]["value"] == 4.04
    assert signals["10-year yield 63 sessions ago"]["known_on"] == "2024-10-09"
    assert signals["rise over 63 sessions"]["value"] == pytest.approx(64.0)
    change = signals["last change of the target"]
    assert (change["value"], change["observed_on"], change["known_on"]) == (-25.0, "2024-12-19", "2024-12-18")
    assert signals["phase of the rate cycle"]["value"] == "cutting"
    assert signals["recognised final cut"] == {
        "name": "recognised final cut",
        "value": "none",
        "unit": "day",
        "observed_on": None,
        "known_on": None,
        "derived": False,
    }
    recession = signals["recession known to run"]
    assert (recession["value"], recession["observed_on"], recession["known_on"]) == ("no", "2020-04-01", "2021-07-19")


def test_the_branch_and_the_weights_are_told():
    found = answer("bofa-composite", "2025-01-10")
    assert (found["rule"], found["branch"], found["weights"]) == (
        "BofAComposite",
        "pressure",
        {"mid": 0.7, "large": 0.3},
    )


def test_what_is_explained_is_what_a_run_decides_on_every_decision_day():
    found = study.prepare(config.load("blend", ["execution.engine=vectorised"]))
    ledger = study.execute(found).ledger
    for day, row in list(zip(ledger.decided_on, ledger.targets, strict=True))[::23]:
        held = {asset: weight for asset, weight in zip(ledger.assets, row.tolist(), strict=True) if weight}
        assert explain(found, day).weights == held


@pytest.mark.parametrize(
    ("asked", "session", "decision", "fills_on"),
    [
        ("2024-12-31", "2024-12-31", "2024-12-31", "2025-01-02"),
        ("2025-01-10", "2025-01-10", "2024-12-31", "2025-01-02"),
        ("2025-01-09", "2025-01-08", "2024-12-31", "2025-01-02"),  # a day of mourning, no session
        ("2025-01-12", "2025-01-10", "2024-12-31", "2025-01-02"),
        ("1998-01-02", "1998-01-02", "1998-01-02", "1998-01-05"),  # a run's first session is a decision
        ("2025-05-30", "2025-05-30", "2025-05-30", None),
    ],
)
def test_a_date_means_the_last_close_on_or_before_it(asked, session, decision, fills_on):
    found = answer("rate-cycle-timing", asked)
    assert (found["session"], found["decision_in_force"], found["fills_on"]) == (session, decision, fills_on)
    assert found["is_session"] is (asked == session)
    assert found["is_decision"] is (session == decision)


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ("1998-01-01", "1998-01-01 is before the first session of rate-cycle-timing, 1998-01-02; write a date from"),
        ("2025-05-31", "2025-05-31 is after the last session of rate-cycle-timing, 2025-05-30; write a date from"),
    ],
)
def test_a_date_outside_the_run_is_one_sentence(asked, said):
    with pytest.raises(BacktestError, match=said):
        answer("rate-cycle-timing", asked)


def test_the_rules_inside_are_explained_too():
    found = answer("yield-shield-over-timing", "2009-06-30")
    assert (found["branch"], found["weights"]) == ("shielded", {"bills": 1.0})
    assert found["signals"][-1]["value"] == "2009-06-08"
    inner = found["parts"]["rule"]
    assert (inner["rule"], inner["branch"], inner["weights"]) == ("RateCycleTiming", "in the window", {"small": 1.0})
    cut = next(s for s in inner["signals"] if s["name"] == "recognised final cut")
    assert (cut["value"], cut["known_on"]) == ("2008-12-16", "2008-12-16")


def test_hindsight_and_beliefs_are_stamped():
    assert answer("rate-cycle-timing-hindsight", "2009-06-30")["stamps"] == ["HINDSIGHT"]
    assert answer("rate-cycle-timing-as-of-the-note", "2025-01-31")["stamps"] == ["AS OF 2025-01-12"]


def test_an_explanation_that_contradicts_the_rule_is_refused(tmp_path):
    (tmp_path / "own.py").write_text(LIAR)
    (tmp_path / "own.yaml").write_text("name: own\nstrategy: {class: 'own.py:Liar'}\n")
    with pytest.raises(
        StrategyError, match=r"Liar on 2001-07-31: its explain gives other weights .* return self.weights"
    ):
        answer(tmp_path / "own.yaml", "2001-07-31")
    with pytest.raises(StrategyError, match=r"Breaks on 2001-07-31: own\.py:\d+ raised KeyError"):
        answer(tmp_path / "own.yaml", "2001-07-31", f"strategy.class={tmp_path}/own.py:Breaks")


def test_a_rule_that_says_nothing_is_explained_by_its_weights(tmp_path):
    (tmp_path / "own.py").write_text(LIAR)
    (tmp_path / "own.yaml").write_text("name: own\nstrategy: {class: 'own.py:Silent'}\n")
    found = answer(tmp_path / "own.yaml", "2001-07-31")
    assert (found["branch"], found["signals"], found["weights"]) == (None, [], {"large": 0.75})
    printed = cli(str(tmp_path / "own.yaml"), "2001-07-31").stdout
    assert "Silent, branch: the rule does not say which" in printed
    assert [line.split() for line in printed.splitlines() if "cash" in line] == [["cash", "25.00"]]


def test_a_bt_strategy_has_no_weights_to_explain(tmp_path):
    (tmp_path / "own.py").write_text("import backtrader as bt\nclass Own(bt.Strategy):\n    pass\n")
    (tmp_path / "own.yaml").write_text("name: own\nstrategy: {class: 'own.py:Own'}\n")
    with pytest.raises(BacktestError, match=r"Own is a bt\.Strategy: it gives orders and no weights"):
        answer(tmp_path / "own.yaml", "2001-07-31")


def test_the_command_prints_one_json_document_and_its_notes_elsewhere():
    done = cli("bofa-composite", "2025-01-11", "--json")
    assert json.loads(done.stdout)["branch"] == "pressure"
    assert done.stderr == "2025-01-11 is no session; this is the close of 2025-01-10, the last one before it\n"


def test_the_command_prints_what_it_saw_with_dates_and_the_weights():
    printed = cli("rate-cycle-timing-hindsight", "2009-07-01", "--set", "strategy.risk_on=mid").stdout
    assert (
        "rate-cycle-timing-hindsight [HINDSIGHT] at the close of 2009-07-01: no decision day; in force is the"
        in printed
    )
    assert "RateCycleTiming, branch: in the window" in printed
    row = next(line for line in printed.splitlines() if "true final cut, told in hindsight" in line)
    assert row.split()[-4:] == ["2008-12-16", "day", "2008-12-16", "2008-12-16"]
    assert ["mid", "100.00"] in [line.split() for line in printed.splitlines()]


def test_a_day_without_a_decision_shows_what_is_held_beside_what_the_rule_would_answer():
    # The cut of 2020-03-15 has stood for six months on 2020-09-15; the next decision is that of 2020-09-30.
    found = json.loads(cli("rate-cycle-timing", "2020-09-15", "--json").stdout)
    assert (found["is_decision"], found["weights"]) == (False, {"small": 1.0})
    assert (found["held"], found["held_since"], found["differs"]) == ({"large": 1.0}, "2020-09-01", True)
    printed = cli("rate-cycle-timing", "2020-09-15").stdout
    assert (
        "targets held at this close, filled on 2020-09-01: large 100.00%; the rule's answer of this day is" in printed
    )
    later = json.loads(cli("rate-cycle-timing", "2020-10-05", "--json").stdout)
    assert (later["held"], later["held_since"], later["differs"]) == ({"small": 1.0}, "2020-10-01", False)
    first = json.loads(cli("rate-cycle-timing", "1998-01-02", "--json").stdout)
    assert (first["held"], first["held_since"]) == ({}, None)


def test_a_stored_run_is_explained_by_a_prefix_of_its_id(tmp_path):
    out = tmp_path / "runs"
    done = study.run(
        config.load("base", ["execution.engine=vectorised"]), runs_dir=out, tearsheet=False, notify=lambda _: None
    )
    found = json.loads(cli(done.run.id[:8], "2001-07-31", "--out", str(out), "--json").stdout)
    assert (found["name"], found["weights"]) == ("base", {"large": 1.0})


def test_a_date_that_is_none_is_a_usage_error():
    done = cli("base", "2025-13-01")
    assert done.exit_code == 2
    assert "'2025-13-01' does not match the format '%Y-%m-%d'" in done.stderr
