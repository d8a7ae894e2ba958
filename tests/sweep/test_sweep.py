"""A sweep's numbers are those of its variants run one by one; its file is the same however it was made."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from fedcycle.backtests import config
from fedcycle.backtests.config import assignment
from fedcycle.backtests.core.errors import BacktestError, ConfigError
from fedcycle.backtests.core.ledger import measured
from fedcycle.backtests.inference import deflated_sharpe as by_returns
from fedcycle.backtests.statistics.numerics import level_returns
from fedcycle.backtests.statistics.returns import Bills, Returns
from fedcycle.backtests.sweep.streaming_statistics import NUMBERS
from fedcycle.backtests.tearsheet.pages.sweep import render
from fedcycle.backtests.workflows import study
from fedcycle.data.errors import DamagedData
from fedcycle.data.storage import parquet

ROOT = Path(__file__).parents[2]
TIMING = """sweep:
  strategy.recognise.pause.months: [3, 6, 9]
  strategy.window.months: [6, 12]
  strategy.risk_off: [large, bills]
"""
PRESSURE = """sweep:
  strategy.surge_bp: [20.0, 50.0, 80.0]
  strategy.correlation_below: [-0.5, -0.3, -0.1]
  strategy.surge_sessions: [21, 63]
  execution.costs.slippage_bps: [0.0, 25.0]
"""
OUTSIDE = """sweep:
  execution.lag: [1, 3]
  schedule: [month_end, after_fomc]
  benchmark: [large, {small: 0.5, large: 0.5}]
"""
HALF = """from dataclasses import dataclass

from fedcycle.strategies.strategy import Strategy


@dataclass(frozen=True, kw_only=True)
class Half(Strategy):
    share: float = 0.5

    def weights(self, view):
        return {"mid": self.share}
"""
SHARES = "period: {start: 2020-01-02, end: 2020-03-31}\nstrategy: {class: rules.py:Half}\n"
SHARES += "sweep:\n  strategy.share: {from: 0.0001, to: 0.1024, step: 0.0001}\n"
LATER = SHARES.replace("0.0001, to: 0.1024, step: 0.0001", "0.001, to: 1.0, step: 0.001")


def alone(ref, values):
    """The numbers of one variant, run as ``fedcycle run`` runs it."""
    sets = [assignment(key, value) for key, value in values.items()]
    done = study.execute(study.prepare(config.load(ref, [*sets, "execution.engine=vectorised"])))
    return done.summary["statistics"] | done.summary["relative"], done


@pytest.mark.parametrize(
    ("below", "grid"),
    [
        ("rate-cycle-timing", TIMING),
        ("mid-over-small-when-rates-press", PRESSURE),
        ("mid-over-small", OUTSIDE),
    ],
)
def test_every_variant_has_the_numbers_of_its_own_run(below, grid, study, sweep):
    file = study(below, f"period: {{start: 2006-01-03, end: 2012-12-31}}\n{grid}")
    done, _, seen = sweep(file)
    table = parquet.read(done.file)
    total = len(done.grid)
    assert seen[-1] == (total, total)
    assert table["variant"].tolist() == list(range(total))
    for n in range(0, total, 5):
        numbers, _ = alone(file, done.grid.variant(n))
        for name in set(NUMBERS) & set(numbers):
            # Sums of 1,760 sessions in another order.
            assert table[name][n] == pytest.approx(numbers[name], rel=1e-9, abs=1e-12), (name, done.grid.variant(n))


def test_what_cannot_be_run_is_kept_with_its_sentence_and_counts_for_nothing(study, sweep):
    file = study("rate-cycle-timing", "sweep: {strategy.recognise.pause.months: [6, 13, 0, six]}\n")
    done, said, _ = sweep(file)
    table = parquet.read(done.file)
    assert "never opens" in table["refused"][1]
    assert "recognise.pause.months is 0" in table["refused"][2]
    assert "six" in table["refused"][3]
    assert np.isnan(table["sharpe"][1:]).all()
    counted = {"variants": 4, "trials": 1, "refused": 3, "sharpe_variance": 0.0, "information_variance": 0.0}
    assert counted.items() <= done.document["inference"].items()
    assert [row["variant"] for row in done.document["table"]["rows"]] == [0]
    assert any(sentence.startswith("3 of 4 variants cannot be run") for sentence in said)


def test_a_refusal_names_no_folder_of_ours_and_the_result_has_the_same_bytes_twice(study, sweep):
    file = study(
        "small-and-large",
        """
question: q
strategy: {class: BuyAndHold, asset: small_quality}
benchmark: small_quality
period: {start: 2020-01-02, end: 2025-08-01}
sweep: {strategy.asset: [small_quality, small]}
""",
    )
    one, other = (sweep(file, out=out)[0].file for out in ("one", "other"))
    fine, refused = parquet.read(one)["refused"].tolist()
    assert (fine, refused.split(";")[0]) == ("", "period.end is 2025-08-01, but small ends on 2025-05-30")
    assert one.read_bytes() == other.read_bytes()


def test_where_nothing_can_be_run_the_first_refusal_is_the_error(study, sweep):
    file = study("rate-cycle-timing", "sweep: {strategy.risk_off: [smal, lrage]}\n")
    with pytest.raises(BacktestError, match=r"none of the 2 variants can be run.*smal"):
        sweep(file)


def test_a_parameter_that_does_not_exist_is_refused(study, sweep):
    file = study("rate-cycle-timing", "sweep: {strategy.risk_of: [large]}\n")
    with pytest.raises(BacktestError, match=r"risk_of is not a parameter.*risk_off"):
        sweep(file)


def test_a_config_without_a_grid_is_refused(sweep):
    with pytest.raises(ConfigError, match="sweep is empty"):
        sweep("base")


def test_hindsight_is_stamped_on_the_variants_that_have_it(study, sweep):
    file = study(
        "rate-cycle-timing", "sweep: {strategy.recognise: [hindsight, {pause: {months: 6}}, {as_of: 2024-12-18}]}\n"
    )
    done, _, _ = sweep(file)
    stamps = {row["variant"]: row["stamps"] for row in done.document["table"]["rows"]}
    assert stamps == {0: ["HINDSIGHT"], 1: [], 2: ["AS OF 2024-12-18"]}
    numbers, _ = alone("rate-cycle-timing-hindsight", {})
    table = parquet.read(done.file)
    assert table["sharpe"][0] == pytest.approx(numbers["sharpe"], rel=1e-9)


def test_rows_are_ranked_and_deflated_for_all_that_was_tried(study, sweep):
    file = study("rate-cycle-timing", TIMING)
    done, _, _ = sweep(file)
    document = done.document
    rows = document["table"]["rows"]
    sharpes = [row["sharpe"] for row in rows]
    assert sharpes == sorted(sharpes, reverse=True)
    assert document["inference"]["trials"] == len(sharpes) == 10  # of 12: a pause of 9 months outlasts a window of 6
    best = rows[0]
    _, ran = alone(file, best["values"])
    own, other = ran.ledger.measured(), measured(ran.benchmark_value, ran.ledger.first_fill)
    # The same ratio from the run's own active returns, by the library's inference.
    returns = Returns.of_level(own.value, own.sessions)
    benchmark = Bills(level_returns(other, "benchmark"), returns.ends, name="benchmark")
    judged = by_returns(returns, benchmark, trials=[row["information_ratio"] for row in rows])
    assert best["deflated_sharpe"] == pytest.approx(judged["probability"], rel=1e-6)


def study_market(file):
    return study.prepare(config.load(file)).market


def test_the_file_is_the_same_whatever_the_number_of_workers(study, sweep):
    file = study("base", SHARES, rule=HALF)
    one, _, _ = sweep(file, out="one", jobs=1)
    two, _, _ = sweep(file, out="two", jobs=2)
    assert len(one.grid.blocks) > 1
    assert one.file.read_bytes() == two.file.read_bytes()
    assert one.id == two.id


def test_the_same_sweep_again_runs_nothing_and_says_so(study, sweep):
    file = study("rate-cycle-timing", TIMING)
    first, _, _ = sweep(file)
    written = first.file.stat().st_mtime_ns
    again, said, seen = sweep(file)
    assert again.file.stat().st_mtime_ns == written
    assert again.document == first.document
    assert not seen
    assert "used again" in said[0]


KILLED = """import os, signal
from fedcycle.backtests.cli import main
from fedcycle.backtests.sweep.results import Store

keep = Store.keep

def keep_one(self, block, found):
    keep(self, block, found)
    os.kill(os.getpid(), signal.SIGKILL)

Store.keep = keep_one
main()
"""


def test_a_sweep_that_was_killed_goes_on_where_it_was(study, sweep, tmp_path):
    file = study("base", LATER, rule=HALF)
    killed = command(tmp_path, "sweep", str(file), "--jobs", "1", "--out", "kept", program=KILLED)
    assert killed.returncode == -9
    (parts,) = (tmp_path / "kept").glob("*.parts")
    finished = sorted(parts.glob("*.parquet"))
    assert len(finished) == 1
    written = finished[0].stat().st_mtime_ns, finished[0].read_bytes()

    again, said, seen = sweep(file, out="kept")
    whole, _, _ = sweep(file, out="whole")
    assert any("512 of 1,000 variants were finished before" in sentence for sentence in said)
    assert seen[0] == (512, 1000)
    assert written[0]
    assert again.file.read_bytes() == whole.file.read_bytes()
    assert not list((tmp_path / "kept").glob("*.parts"))


@pytest.mark.parametrize("how", ["cut off", "a bit", "its header"])
def test_a_part_that_was_damaged_is_run_again(how, study, sweep, tmp_path):
    file = study("base", LATER, rule=HALF)
    command(tmp_path, "sweep", str(file), "--jobs", "1", "--out", "kept", program=KILLED)
    (part,) = (tmp_path / "kept").glob("*.parts/*.parquet")
    content = bytearray(part.read_bytes())
    if how == "cut off":
        content = content[:100]
    elif how == "a bit":
        content[len(content) // 2] ^= 1
    else:
        content[36:76] = b"x" * 40
    part.write_bytes(content)
    again, said, seen = sweep(file, out="kept")
    whole, _, _ = sweep(file, out="whole")
    assert seen[0] == (0, 1000)
    assert not any("used again" in sentence for sentence in said)
    assert parquet.rows(again.file) == 1000
    assert again.file.read_bytes() == whole.file.read_bytes()


def test_a_changed_bit_of_a_finished_result_is_found(study, sweep):
    found, _, _ = sweep(study("base", LATER, rule=HALF))
    content = bytearray(found.file.read_bytes())
    content[2000] ^= 1
    found.file.write_bytes(content)
    with pytest.raises(DamagedData, match="cannot be read as Parquet"):
        list(parquet.groups(found.file))


def test_a_period_under_a_year_has_no_figures_a_year_as_a_run_has_none(study, sweep):
    short = "period: {start: 2020-01-02, end: 2020-02-14}\nsweep: {execution.lag: [1, 2], benchmark: [large]}\n"
    document = sweep(study("small-and-large-daily", short))[0].document
    for row in document["table"]["rows"]:
        assert (row["cagr"], row["calmar"], row["excess_cagr"]) == (None, None, None)
        assert row["sharpe"] is not None
    assert document["table"]["benchmark_row"]["cagr"] is None


def test_variants_with_benchmarks_of_their_own_are_not_said_to_beat_the_configs(study, sweep):
    swept = "sweep_design: grid\nsweep: {benchmark: [large, small, {small: 0.5, large: 0.5}], execution.lag: [1, 2]}\n"
    document = sweep(study("rate-cycle-timing", swept))[0].document
    assert document["table"]["own_benchmarks"] is True
    (said, *_) = document["inference"]["sentences"]
    assert "beat their own benchmarks" in said
    html = render(document)
    assert "each against its own benchmark" in html
    assert "Active return over large" not in html
    assert "{small: 0.5, large: 0.5}" in html


SET_RULE = """from dataclasses import dataclass

from fedcycle.strategies.strategy import Strategy


@dataclass(frozen=True, kw_only=True)
class SetRule(Strategy):
    def weights(self, view):
        return {next(iter({"small", "mid", "large"})): 1.0}
"""


def test_a_users_rule_that_fails_its_audit_is_stamped_on_every_figure(study, tmp_path):
    grid = "strategy: {class: 'rules.py:SetRule'}\nsweep: {execution.lag: [1, 2]}\n"
    file = study("base", f"question: q\n{grid}", rule=SET_RULE)
    done = command(tmp_path, "sweep", str(file), "--jobs", "1", "--json")
    document = json.loads(done.stdout)
    assert document["stamps"] == ["FAILED AUDIT"]
    assert "audit of the config's own rule: fail: on" in done.stderr
    assert "tried [FAILED AUDIT]: " in command(tmp_path, "sweep", str(file), "--jobs", "1").stdout
    assert "FAILED AUDIT" in render(document)


def test_flows_are_refused_with_their_place(study, sweep):
    flows = "flows: {amount: 500, every: month_end}\nsweep: {execution.lag: [1, 2]}\n"
    with pytest.raises(BacktestError, match="a sweep runs accounts without flows; write flows: null"):
        sweep(study("small-and-large", flows))


def test_a_rule_with_a_memory_is_found_out(study, sweep):
    rule = HALF.replace("    def weights", "    def weights_(self, view): ...\n\n    def weights").replace(
        'return {"mid": self.share}', "COUNT.append(1)\n        return {'mid': len(COUNT) / 10_000}"
    )
    rule = rule.replace("\n\n@", "\nCOUNT = []\n\n@", 1)
    text = LATER.replace("strategy.share", "strategy.other").replace("rules.py:Half}", "rules.py:Half}\n")
    rule = rule.replace("    share: float = 0.5\n", "    share: float = 0.5\n    other: float = 0.1\n")
    with pytest.raises(Exception, match="must be a pure function"):
        sweep(study("base", text, rule=rule))


def test_the_command_prints_json_alone_and_a_table_with_its_trials(tmp_path):
    done = command(tmp_path, "sweep", "rate-cycle-timing", "--json")
    document = json.loads(done.stdout)
    assert [row["values"] for row in document["table"]["rows"]]
    assert document["inference"]["trials"] == 4
    assert (tmp_path / document["results"]).is_file()
    assert "4 of 4 variants" in done.stderr
    told = command(tmp_path, "sweep", "rate-cycle-timing", "--set", "sweep_design=grid", "--top", "2")
    assert "deflated Sharpe" in told.stdout
    assert "2 of 4 trials are shown" in told.stdout


def test_a_table_over_benchmarks_does_not_name_one_and_one_of_a_thing_is_one(tmp_path, study):
    file = study("base", "sweep: {benchmark: [mid, {large: 0.5, mid: 0.5}]}\n")
    assert "each against its own benchmark" in command(tmp_path, "sweep", str(file)).stdout
    file = study("base", "sweep: {execution.lag: [1, 0]}\n", name="one")
    told = command(tmp_path, "sweep", str(file)).stdout
    assert "1 of 1 trial is shown; 1 variant could not be run." in told


def command(cwd, *words, program="from fedcycle.backtests.cli import main; main()", **env):
    path = os.pathsep.join([str(ROOT / "src"), *filter(None, [os.environ.get("PYTHONPATH")])])
    program = [sys.executable, "-c", program, *words]
    environment = {**os.environ, "PYTHONPATH": path, "COLUMNS": "200", **env}
    return subprocess.run(program, cwd=cwd, env=environment, capture_output=True, text=True, check=False, timeout=300)


def test_a_sweep_leaves_nothing_in_the_folder_for_temporary_files(tmp_path):
    (tmp_path / "temporary").mkdir()
    study = tmp_path / "lags.yaml"
    study.write_text(
        "extends: base.yaml\nname: lags\nperiod: {start: 2020-01-02, end: 2020-03-31}\n"
        "sweep: {execution.lag: {from: 1, to: 40, step: 1}}\n",
        encoding="utf-8",
    )
    done = command(tmp_path, "sweep", str(study), "--jobs", "2", TMPDIR=str(tmp_path / "temporary"))
    assert done.returncode == 0, done.stderr
    assert not list((tmp_path / "temporary").glob("fedcycle-*"))


IMPORTED = """
import json, sys
started_with = set(sys.modules)
from fedcycle.backtests.cli import main
try:
    main()
finally:
    tops = {name.split(".")[0] for name in set(sys.modules) - started_with}
    print(json.dumps(sorted(tops)), file=sys.stderr)
"""


def test_a_sweep_imports_neither_pandas_nor_backtrader_nor_dask(tmp_path):
    words = ["sweep", "rate-cycle-timing", "--json", "--jobs", "1"]
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "src"), "XDG_CACHE_HOME": str(tmp_path)}
    done = subprocess.run(
        [sys.executable, "-c", IMPORTED, *words],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
        check=True,
        timeout=300,
    )
    found = set(json.loads(done.stderr.splitlines()[-1]))
    assert not found & {"arch", "backtrader", "dask", "distributed", "jinja2", "pandas", "plotly", "rich", "scipy"}


def test_variants_of_a_small_sweep_have_a_verdict_each_judged_together(study, sweep):
    file = study(
        "rate-cycle-timing",
        "period: {start: 2006-01-03, end: 2012-12-31}\nsweep: {strategy.window.months: [9, 12], execution.lag: [1]}\n",
    )
    done, _, _ = sweep(file)
    rows = done.document["table"]["rows"]
    alone = [judged_alone(file, row["values"]) for row in rows]
    for row, (active, half) in zip(rows, alone, strict=True):
        judged = row["verdict"]
        assert judged["active_return"] == pytest.approx(row["excess_cagr"], abs=1e-9)
        assert judged["active_return"] == pytest.approx(active, abs=1e-9)
        # Several are told apart from chance with wider intervals than one.
        assert judged["high"] - judged["low"] > half
    assert "judged together" in done.document["inference"]["sentences"][0]
    again, _, _ = sweep(file)
    assert again.document["table"]["rows"] == rows


def judged_alone(ref, values):
    judged = alone(ref, values)[0]["verdict"]
    return judged["active_return"], judged["high"] - judged["low"]


def test_a_large_grid_says_that_its_variants_have_no_verdict_each(study, sweep):
    text = "period: {start: 2020-01-02, end: 2020-06-30}\nsweep: {execution.lag: {from: 1, to: 30, step: 1}}\n"
    done, _, _ = sweep(study("base", text))
    assert {row["verdict"] for row in done.document["table"]["rows"]} == {None}
    assert any("more than 24 variants have no verdict each" in said for said in done.document["inference"]["sentences"])
