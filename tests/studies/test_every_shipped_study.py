"""Every shipped study on the bundled data: comparable where its folder says so; the engines are compared elsewhere."""

from pathlib import Path

import numpy as np
import pytest

from fedcycle.backtests import config
from fedcycle.backtests.engines import vectorised
from fedcycle.backtests.workflows import study

NAMES = sorted(config.shipped())
FOLDERS = sorted({name.rpartition("/")[0] for name in NAMES} - {"sweeps"})
HALF = (Path(__file__).parents[1] / "config" / "half.py").read_text(encoding="utf-8")
SHIELDED = "strategy={class: YieldShield, rule: {class: RateCycleTiming, recognise: hindsight}}"


def prepared(name, *sets):
    return study.prepare(config.load(name, sets))


@pytest.mark.parametrize("folder", FOLDERS)
def test_the_studies_of_a_folder_can_be_compared(folder):
    found = [prepared(name) for name in NAMES if name.rpartition("/")[0] == folder]
    # Each answers its own question, against a benchmark of its own; `compare --benchmark` names one for all.
    shared = {(str(s.backtest.start), str(s.backtest.end), s.market.digest) for s in found}
    assert len(shared) == 1


def test_an_ablation_differs_from_the_composite_by_its_switches_alone():
    branches = ("pressure", "recovery", "rebound", "hiking", "quality")
    whole = config.load("bofa-composite").data
    expected = {"no-branch": set(branches)}
    expected |= {f"without-{branch}": {branch} for branch in branches}
    expected |= {f"only-{branch}": set(branches) - {branch} for branch in branches}
    assert {f"ablation/{name}" for name in expected} == {name for name in NAMES if name.startswith("ablation/")}
    for name, off in expected.items():
        data = config.load(f"ablation/{name}").data
        switched = {key for key, value in data["strategy"].items() if value != whole["strategy"][key]}
        assert switched == off, name
        assert all(data["strategy"][key] is False for key in off)
        rest = ("period", "schedule", "execution", "benchmark", "data", "cycles")
        assert {key: data[key] for key in rest} == {key: whole[key] for key in rest}


def test_a_daily_schedule_with_a_band_does_not_churn():
    churning = vectorised.run(prepared("small-and-large-daily", "execution.band=0").backtest)
    banded = vectorised.run(prepared("small-and-large-daily").backtest)
    # Without a band nearly every one of 6,894 decisions moves both assets; small and large caps drift five points
    # apart about once in two years.
    assert len(churning.trades) > 13_000
    assert 2 < len(banded.trades) < 60


def test_what_a_shield_decides_does_not_depend_on_where_the_run_starts():
    whole = vectorised.run(prepared("yield-shield").backtest)
    late = vectorised.run(prepared("yield-shield", "period.start=2009-07-01").backtest)
    days = late.decided_on[1:]  # the first session of a run is a decision of its own
    same = np.isin(whole.decided_on, days)
    assert same.sum() == len(days) > 180
    assert (whole.targets[same] == late.targets[1:]).all()


def test_episodes_reach_hindsight_rules_and_the_report_by_cycle():
    runs, episodes = (
        study.execute(prepared(name, "execution.engine=vectorised"))
        for name in ("rate-cycle-timing-hindsight", "episodes/rate-cycle-timing-hindsight-episodes")
    )
    assert [c["first_cut"] for c in runs.summary["by_cycle"]].count("2019-07-31") == 1
    first_cuts = {c["first_cut"]: c["final_cut"] for c in episodes.summary["by_cycle"]}
    assert first_cuts["2019-07-31"] == "2019-10-30"
    assert first_cuts["2020-03-03"] == "2020-03-15"
    at = [str(d) for d in episodes.ledger.decided_on].index("2019-12-31")
    small = prepared("base").market.column("small")
    assert episodes.ledger.targets[at, small] == 1
    assert runs.ledger.targets[at, small] == 0


def test_hindsight_inside_another_rule_stamps_the_run():
    found = prepared("base", SHIELDED)
    assert found.stamps == ("HINDSIGHT",)
    done = study.execute(found)
    assert done.stamps == ("HINDSIGHT",)
    assert done.summary["hindsight"] is True


def test_an_edited_rule_inside_another_is_another_run(tmp_path):
    path = tmp_path / "study.yaml"
    path.write_text("name: s\nstrategy: {class: YieldShield, rule: {class: 'half.py:Half'}, small: [small]}\n")
    identities = set()
    for text in (HALF, HALF + "\n# edited\n"):
        (tmp_path / "half.py").write_text(text)
        identities.add(study.prepare(config.load(path)).identity)
    assert len(identities) == 2


def test_an_edited_module_of_a_rule_inside_another_is_another_run(tmp_path, monkeypatch):
    (tmp_path / "acme_rules_inside.py").write_text(HALF)
    monkeypatch.syspath_prepend(str(tmp_path))
    sets = ["strategy={class: YieldShield, rule: {class: 'acme_rules_inside:Half'}, small: [small]}"]
    before = study.prepare(config.load("base", sets)).identity
    (tmp_path / "acme_rules_inside.py").write_text(HALF + "\n# edited\n")
    assert study.prepare(config.load("base", sets)).identity != before
