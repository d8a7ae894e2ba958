"""``fedcycle run``: the contract of its JSON, and what a user may ask of it."""

from __future__ import annotations

import datetime as dt
import json
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

NUMBER, TEXT, FLAG, DAY = (int, float), (str,), (bool,), "day"
RUN: Mapping[str, Any] = {
    "id": TEXT,
    "name": TEXT,
    "directory": TEXT,
    "engine": TEXT,
    "hindsight": FLAG,
    "market": {"digest": TEXT, "name": TEXT},
    "period": {"start": DAY, "end": DAY, "sessions": (int,)},
    "statistics": {
        **dict.fromkeys(("final_value", "total_return", "cagr", "volatility", "sharpe", "sortino"), NUMBER),
        **dict.fromkeys(("max_drawdown", "calmar", "var_95", "cvar_95", "skew", "kurtosis"), NUMBER),
        **dict.fromkeys(("best_month", "worst_month", "hit_rate_monthly", "turnover_per_year"), NUMBER),
        **dict.fromkeys(("costs_usd", "time_invested"), NUMBER),
        "trades": (int,),
    },
    "relative": {
        "benchmark": TEXT,
        **dict.fromkeys(("excess_cagr", "alpha", "beta", "tracking_error", "information_ratio"), NUMBER),
        **dict.fromkeys(("up_capture", "down_capture"), NUMBER),
    },
    "by_phase": dict.fromkeys(("hiking", "plateau", "cutting", "easy"), (dict,)),
    "by_cycle": (list,),
    "tearsheet": TEXT,
}
"""CLI.md, key by key; more keys may be there."""


def departures(found: Any, wanted: Any, at: str = "run") -> list[str]:
    """Where a document departs from the contract."""
    if isinstance(wanted, Mapping):
        if not isinstance(found, dict):
            return [f"{at} is {type(found).__name__}"]
        missing = [f"{at}.{key} is missing" for key in wanted if key not in found]
        return missing + [d for k, w in wanted.items() if k in found for d in departures(found[k], w, f"{at}.{k}")]
    if wanted == DAY:
        return (
            [] if re.fullmatch(r"\d{4}-\d\d-\d\d", str(found)) and dt.date.fromisoformat(found) else [f"{at}={found}"]
        )
    wrong = not isinstance(found, wanted) or (isinstance(found, bool) and bool not in wanted)
    return [f"{at} is {found!r}"] if wrong else []


def test_the_json_of_a_run_keeps_the_contract_key_by_key(timing: Any) -> None:
    assert not departures(timing.document, RUN)


def test_a_run_says_where_and_what_it_is(timing: Any) -> None:
    run = timing.document
    assert re.fullmatch(r"rate-cycle-timing-[0-9a-f]{8}", run["id"])
    assert run["directory"] == f"runs/{run['id']}"
    assert run["tearsheet"] == f"runs/{run['id']}/tearsheet.html"
    assert (run["name"], run["engine"], run["hindsight"]) == ("rate-cycle-timing", "backtrader", False)
    assert run["market"]["name"] == "bundle"
    assert re.fullmatch(r"sha256:[0-9a-f]{64}", run["market"]["digest"])
    # The first session, a Friday, is a decision day; with a lag of 1 it fills on the Monday.
    assert run["period"] == {
        "start": "1998-01-02",
        "end": "2025-05-30",
        "sessions": 6895,
        "first_fill": "1998-01-05",
        "sessions_before_first_fill": 1,
    }


def test_a_run_is_kept_as_the_files_of_the_contract(timing: Any) -> None:
    files = {p.name for p in timing.folder.iterdir()}
    data = {"ledger.parquet", "trades.parquet", "targets.parquet"}
    assert files == data | {"config.yaml", "statistics.json", "provenance.json", "tearsheet.html"}


def test_the_numbers_of_a_run_agree_with_each_other(timing: Any) -> None:
    own = timing.document["statistics"]
    assert own["total_return"] == pytest.approx(own["final_value"] / 1_000_000 - 1, rel=1e-12)
    # From the first fill, 1998-01-05, to 2025-05-30 is 10,007 days.
    assert own["cagr"] == pytest.approx((1 + own["total_return"]) ** (365.25 / 10_007) - 1, rel=1e-12)
    assert own["calmar"] == pytest.approx(own["cagr"] / -own["max_drawdown"], rel=1e-12)
    assert sum(p["sessions"] for p in timing.document["by_phase"].values()) == 6895 - 1


def test_only_json_goes_to_stdout_and_notes_go_to_stderr(timing: Any) -> None:
    assert json.loads(timing.answer.out) == timing.document
    assert timing.document["id"] in timing.answer.err


def test_several_configs_come_back_as_a_list_in_the_order_asked(fedcycle: Callable[..., Any]) -> None:
    names = ["buy-and-hold-mid", "buy-and-hold-large", "buy-and-hold-small"]
    answer = fedcycle("run", *names, "--json", "--no-tearsheet", "--engine", "vectorised")
    assert list(answer.json) == ["runs"]
    assert [run["name"] for run in answer.json["runs"]] == names


def test_a_run_without_a_tearsheet_says_null_and_gets_one_when_asked_later(
    fedcycle: Callable[..., Any], tmp_path: Path
) -> None:
    without = fedcycle("run", "base", "--json", "--no-tearsheet").json
    folder = tmp_path / without["directory"]
    ledger = (folder / "ledger.parquet").read_bytes()
    assert without["tearsheet"] is None
    assert not (folder / "tearsheet.html").exists()
    later = fedcycle("run", "base", "--json").json
    assert {**later, "tearsheet": None} == without
    assert (tmp_path / later["tearsheet"]).stat().st_size > 1000
    assert (folder / "ledger.parquet").read_bytes() == ledger


def test_the_same_config_twice_uses_the_stored_run_and_says_so(fedcycle: Callable[..., Any], tmp_path: Path) -> None:
    first = fedcycle("run", "base", "--json", "--no-tearsheet")
    written = {p: p.stat().st_mtime_ns for p in (tmp_path / "runs").rglob("*")}
    second = fedcycle("run", "base", "--json", "--no-tearsheet")
    assert second.json == first.json
    assert "stored run used again" in second.err
    assert {p: p.stat().st_mtime_ns for p in (tmp_path / "runs").rglob("*")} == written


def test_a_config_is_found_by_name_by_path_and_from_anywhere(fedcycle: Callable[..., Any], tmp_path: Path) -> None:
    elsewhere = tmp_path / "else" / "where"
    elsewhere.mkdir(parents=True)
    study = tmp_path / "study.yaml"
    study.write_text("extends: buy-and-hold-mid.yaml\nname: study\n", encoding="utf-8")
    out = ("--json", "--no-tearsheet", "--out", tmp_path / "kept")
    here = fedcycle("run", "study.yaml", *out).json
    there = fedcycle("run", "../../study.yaml", *out, cwd=elsewhere).json
    absolute = fedcycle("run", study, *out, cwd=elsewhere).json
    assert here == there == absolute
    by_name = fedcycle("run", "buy-and-hold-mid", *out).json
    by_shipped_path = fedcycle("run", "configs/buy-and-hold-mid.yaml", *out, cwd=elsewhere).json
    assert by_name == by_shipped_path
    assert by_name["statistics"] == here["statistics"]


def test_set_wins_over_the_file_and_makes_another_run(
    fedcycle: Callable[..., Any], tmp_path: Path, timing: Any
) -> None:
    sets = ("--set", "execution.lag=5", "--set", "strategy.recognise.pause.months=9")
    changed = fedcycle("run", "rate-cycle-timing", *sets, "--json", "--no-tearsheet").json
    stored = (tmp_path / changed["directory"] / "config.yaml").read_text(encoding="utf-8")
    assert changed["id"] != timing.document["id"]
    assert changed["statistics"]["final_value"] != timing.document["statistics"]["final_value"]
    assert "lag: 5" in stored
    assert "months: 9" in stored


def test_costs_lower_the_value_and_are_in_dollars(fedcycle: Callable[..., Any]) -> None:
    cost = "execution.costs.commission_bps"
    free = fedcycle("run", "base", "--set", "execution.costs.slippage_bps=0", "--json", "--no-tearsheet").json
    expensive = fedcycle("run", "base", "--set", f"{cost}=95", "--json", "--no-tearsheet").json
    # 95 + 5 basis points of all there is, bought once: 1,000,000 = units x price x 1.01.
    assert free["statistics"]["costs_usd"] == 0
    assert expensive["statistics"]["costs_usd"] == pytest.approx(1_000_000 - 1_000_000 / 1.01, rel=1e-9)
    ratio = expensive["statistics"]["final_value"] / free["statistics"]["final_value"]
    assert ratio == pytest.approx(1 / 1.01, rel=1e-9)


@pytest.mark.parametrize("config", ["rate-cycle-timing", "mid-over-small-when-rates-press"])
def test_the_two_engines_agree_to_rounding(config: str, fedcycle: Callable[..., Any]) -> None:
    runs = {
        engine: fedcycle("run", config, "--engine", engine, "--json", "--no-tearsheet").json
        for engine in ("backtrader", "vectorised")
    }
    a, b = runs["backtrader"], runs["vectorised"]
    assert (a["engine"], b["engine"]) == ("backtrader", "vectorised")
    assert a["id"] != b["id"]
    # Sums of 6,895 floats in another order: 1e-12 of a value, 1e-9 of figures that are differences of such values.
    assert a["statistics"]["final_value"] == pytest.approx(b["statistics"]["final_value"], rel=1e-12)
    assert a["statistics"] == pytest.approx(b["statistics"], rel=1e-9)
    assert a["relative"].pop("benchmark") == b["relative"].pop("benchmark")
    parts, others = (run["relative"].pop("attribution") for run in (a, b))
    assert parts["parts"] == pytest.approx(others["parts"], rel=1e-9, abs=1e-11)
    for one, other in zip(parts["by_asset"] + parts["by_cycle"], others["by_asset"] + others["by_cycle"], strict=True):
        assert one["active_return"] == pytest.approx(other["active_return"], rel=1e-9, abs=1e-11)
    for nested in ("verdict", "without_cycle"):
        assert str(a["relative"].pop(nested))[:40] == str(b["relative"].pop(nested))[:40]
    assert a["relative"] == pytest.approx(b["relative"], rel=1e-9)


def test_the_stored_config_runs_again_to_the_same_id_and_bytes(
    timing: Any, fedcycle: Callable[..., Any], tmp_path: Path
) -> None:
    again = fedcycle("run", timing.folder / "config.yaml", "--json").json
    assert again["id"] == timing.document["id"]
    folder = tmp_path / again["directory"]
    for file in sorted(timing.folder.iterdir()):
        assert (folder / file.name).read_bytes() == file.read_bytes(), file.name


def test_another_process_writes_the_same_bytes(timing: Any, process: Callable[..., Any], tmp_path: Path) -> None:
    done = process("run", "rate-cycle-timing", "--json")
    assert json.loads(done.stdout) == timing.document
    folder = tmp_path / timing.document["directory"]
    for name in ("ledger.parquet", "statistics.json", "provenance.json", "tearsheet.html"):
        assert (folder / name).read_bytes() == (timing.folder / name).read_bytes(), name


def test_hindsight_is_said_in_the_json_the_terminal_and_the_tearsheet(
    hindsight: Any, fedcycle: Callable[..., Any]
) -> None:
    assert hindsight.document["hindsight"] is True
    assert "HINDSIGHT" in (hindsight.folder / "tearsheet.html").read_text(encoding="utf-8")
    told = fedcycle("run", "rate-cycle-timing-hindsight", "--no-tearsheet")
    tables = told.out.strip().split("\n\n")
    assert told.out.count("[HINDSIGHT]") >= 3, tables


def test_hindsight_is_not_said_of_a_run_without_it(timing: Any, fedcycle: Callable[..., Any]) -> None:
    assert "HINDSIGHT" not in fedcycle("run", "rate-cycle-timing", "--no-tearsheet").out


def test_a_replayed_belief_is_stamped_with_its_day(fedcycle: Callable[..., Any]) -> None:
    belief = ("--set", "strategy.recognise={as_of: 2024-12-18}")
    told = fedcycle("run", "rate-cycle-timing", *belief, "--no-tearsheet")
    assert "[AS OF 2024-12-18]" in told.out
    document = fedcycle("run", "rate-cycle-timing", *belief, "--no-tearsheet", "--json").json
    assert document["stamps"] == ["AS OF 2024-12-18"]
    assert document["hindsight"] is False


def test_the_table_in_the_terminal_has_units(fedcycle: Callable[..., Any]) -> None:
    told = fedcycle("run", "base", "--no-tearsheet").out
    for head in ("final value, USD", "CAGR, % a year", "maximum drawdown, %", "costs, USD", "6,895 sessions"):
        assert head in told


def test_a_users_own_rule_runs_from_any_folder_and_runs_again_from_its_stored_copy(
    rule: Path, fedcycle: Callable[..., Any], tmp_path: Path
) -> None:
    ran = fedcycle("run", rule, "--json", "--no-tearsheet").json
    assert ran["statistics"]["time_invested"] == pytest.approx(0.5, abs=0.05)
    folder = tmp_path / ran["directory"]
    assert (folder / "rules.py").read_bytes() == (rule.parent / "rules.py").read_bytes()
    again = fedcycle("run", folder / "config.yaml", "--json", "--no-tearsheet", "--out", "again").json
    assert again["id"] == ran["id"]


def test_an_edited_rule_makes_another_run(rule: Path, fedcycle: Callable[..., Any]) -> None:
    before = fedcycle("run", rule, "--json", "--no-tearsheet").json
    source = rule.parent / "rules.py"
    source.write_text(source.read_text(encoding="utf-8").replace("0.5", "0.25"), encoding="utf-8")
    after = fedcycle("run", rule, "--json", "--no-tearsheet").json
    assert after["id"] != before["id"]
    assert after["statistics"]["time_invested"] == pytest.approx(0.25, abs=0.05)


def test_a_statistic_that_does_not_exist_is_null_and_not_nan(fedcycle: Callable[..., Any]) -> None:
    # Two sessions: one return, so no standard deviation, and no complete month.
    sets = ("--set", "period.start=2020-01-06", "--set", "period.end=2020-01-07")
    answer = fedcycle("run", "base", *sets, "--json", "--no-tearsheet")
    assert answer.json["statistics"]["volatility"] is None
    assert answer.json["statistics"]["best_month"] is None
    assert "NaN" not in answer.out


def test_the_terminal_shows_the_benchmark_beside_every_number(fedcycle: Callable[..., Any]) -> None:
    done = fedcycle("run", "rate-cycle-timing", "--no-tearsheet")
    document = fedcycle("run", "rate-cycle-timing", "--no-tearsheet", "--json").json
    own, other = document["statistics"]["sharpe"], document["benchmark_statistics"]["sharpe"]
    line = next(x for x in done.out.splitlines() if x.strip().startswith("Sharpe ratio"))
    assert line.split()[2:] == [f"{own:.2f}", f"{other:.2f}", f"{own - other:+.2f}"]
    fall = document["drawdowns"][0]
    said, other_fall = " ".join(done.out.split()), document["benchmark_drawdowns"][0]
    assert f"from {fall['start']} to {fall['trough']}, recovered on {fall['end']}; of large" in said
    assert f"{100 * other_fall['depth']:.2f}% from {other_fall['start']} to {other_fall['trough']}" in said
    assert other_fall["depth"] == document["benchmark_statistics"]["max_drawdown"]
    judged = document["relative"]["verdict"]
    assert f"{100 * judged['low']:.2f} to +{100 * judged['high']:.2f}" in done.out
    years = [of["year"] for of in document["calendar"].values() if of["year"] is not None]
    assert f"{100 * max(years):.2f}" in next(x for x in done.out.splitlines() if "best whole year" in x)
    best = next(year for year, of in document["calendar"].items() if of["year"] == max(years))
    assert f"best {best}, +{100 * max(years):.2f}% (large" in said
    last = next(x for x in done.out.splitlines() if x.strip().startswith("2019-07 to 2020-03"))
    window = document["by_cycle"][-2]["windows"]["12m"]
    assert f"{100 * window['return']:.2f}" in last
    assert f"{100 * window['relative_wealth']:+.2f}" in last
    assert window["relative_wealth"] == pytest.approx((1 + window["return"]) / (1 + window["benchmark_return"]) - 1)


def test_piped_tables_keep_to_the_columns_asked_for(
    fedcycle: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "60")
    lines = fedcycle("run", "base", "--no-tearsheet").out.splitlines()
    first = next(k for k, x in enumerate(lines) if x.strip().startswith("number"))
    tables = [x for x in lines[first:] if x.startswith("  ") or "──" in x]
    assert len(tables) > 30
    assert max(map(len, tables)) <= 60
