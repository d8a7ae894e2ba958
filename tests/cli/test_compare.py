"""``fedcycle compare``: the shipped studies side by side, and what is refused."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

SHIPPED = {
    "base",
    "buy-and-hold-large",
    "buy-and-hold-mid",
    "buy-and-hold-small",
    "mid-over-small",
    "mid-over-small-when-rates-press",
    "rate-cycle-timing",
    "rate-cycle-timing-hindsight",
}
BRIEF = ("--no-tearsheet", "--json")


@pytest.fixture(scope="module")
def studies(compared: Any) -> Any:
    """``fedcycle compare configs/*.yaml --benchmark large --json``, as the README has it."""
    return compared


def test_all_shipped_studies_can_be_compared(studies: Any) -> None:
    document = studies.document
    assert list(document) == ["runs", "table", "inference", "data"]
    assert {run["name"] for run in document["runs"]} >= SHIPPED


def test_every_interval_of_an_active_return_is_the_one_of_the_verdict(studies: Any) -> None:
    """All judged together: none excludes 0 beside "not distinguishable", in the rows and in the significance."""
    document = studies.document
    for row in document["table"]["rows"]:
        judged, shown = row["verdict"], document["inference"]["against_benchmark"][row["id"]]["cagr"]
        if row["benchmark"] == document["table"]["benchmark"]:
            assert [shown[end] for end in ("low", "high")] == [judged[end] for end in ("low", "high")]
            assert shown["word"] == judged["word"]
            assert shown["difference"] == judged["active_return"]
        if judged["word"] == "not distinguishable":
            assert judged["low"] <= 0.0 <= judged["high"]


def test_every_compared_run_is_kept_with_its_tearsheet(studies: Any) -> None:
    for run in studies.document["runs"]:
        assert (studies.cwd / run["directory"] / "config.yaml").is_file()
        assert (studies.cwd / run["tearsheet"]).is_file()


def test_rows_are_ranked_and_say_by_what(studies: Any) -> None:
    table = studies.document["table"]
    assert table["ranked_by"] == "sharpe"
    ranked = [row["sharpe"] for row in table["rows"] if row["unranked"] is None]
    assert ranked == sorted(ranked, reverse=True)
    assert len(ranked) >= 15
    below = [row["unranked"] is not None for row in table["rows"]]
    assert below == sorted(below)  # what competes first, hindsight and twins below it


@pytest.mark.slow
def test_hindsight_is_said_beside_its_row_and_no_other(studies: Any, fedcycle: Callable[..., Any]) -> None:
    stamped = {row["name"] for row in studies.document["table"]["rows"] if "HINDSIGHT" in row["stamps"]}
    assert stamped == {name for name in SHIPPED if "hindsight" in name}
    ids = [run["id"] for run in studies.document["runs"]]
    told = fedcycle("compare", *ids, "--out", studies.cwd / "runs").out
    lines = told.split("\n\n")[1].splitlines()
    assert [line for line in lines if "[HINDSIGHT]" in line]
    assert all("rate-cycle-timing-hindsight" in line for line in lines if "[HINDSIGHT]" in line)


def test_the_number_of_runs_looked_at_and_of_cycles_is_said(studies: Any) -> None:
    inference = studies.document["inference"]
    assert inference["trials"] == len(studies.document["runs"])
    for windows in inference["cycles"].values():
        # Complete 12-month windows from 1998 on: after 1998-11, 2003-06, 2008-12 and 2020-03.
        assert windows["12m"]["n"] == 4
        assert windows["12m"]["smallest_p"] == 0.0625


def test_a_comparison_with_oneself_is_no_lead(studies: Any) -> None:
    large = next(run for run in studies.document["runs"] if run["name"] == "buy-and-hold-large")
    # It is bought when the benchmark is and pays for it, so its active return is nothing but rounding ever after.
    found = studies.document["inference"]["cycles"][large["id"]]
    assert {name: test["positive"] for name, test in found.items()} == dict.fromkeys(found, 0)


def test_stored_runs_are_named_by_a_prefix_and_not_run_again(studies: Any, fedcycle: Callable[..., Any]) -> None:
    out = studies.cwd / "runs"
    ids = [run["id"] for run in studies.document["runs"]][:2]
    again = fedcycle("compare", *(i[:-3] for i in ids), "--out", out, "--json")
    assert [run["id"] for run in again.json["runs"]] == ids
    assert again.err.count("stored run used again") == 2


@pytest.mark.slow
def test_one_study_named_twice_is_one_row(fedcycle: Callable[..., Any]) -> None:
    document = fedcycle("compare", "base", "configs/base.yaml", "base", "--json").json
    assert [run["name"] for run in document["runs"]] == ["base"]


@pytest.mark.slow
def test_benchmark_measures_all_against_the_asset_named(fedcycle: Callable[..., Any]) -> None:
    document = fedcycle("compare", "buy-and-hold-small", "buy-and-hold-mid", "--benchmark", "mid", "--json").json
    assert document["table"]["benchmark"] == "mid"
    assert {run["relative"]["benchmark"] for run in document["runs"]} == {"mid"}


def test_runs_over_different_periods_are_refused_with_both_periods(fedcycle: Callable[..., Any]) -> None:
    fedcycle("run", "base", "--set", "name=short", "--set", "period.end=2020-06-30", "--no-tearsheet")
    said = fedcycle("compare", "short", "buy-and-hold-mid").last
    assert "not comparable" in said
    assert "2020-06-30" in said
    assert "2025-05-30" in said


@pytest.mark.slow
def test_each_run_is_judged_against_its_own_benchmark_and_only_one_benchmark_ranks(
    fedcycle: Callable[..., Any],
) -> None:
    fedcycle("run", "base", "--set", "name=other", "--set", "benchmark=small", "--no-tearsheet")
    table = fedcycle("compare", "buy-and-hold-mid", "base", "other", "--json").json["table"]
    assert table["benchmark"] == "large"
    rows = {row["name"]: row for row in table["rows"]}
    assert {name: row["benchmark"] for name, row in rows.items()} == {
        "buy-and-hold-mid": "large",
        "base": "large",
        "other": "small",
    }
    assert rows["other"]["unranked"] == "its benchmark is small, which the others are not measured against"
    # Both hold large caps: against those level, against small caps ahead by what the run itself says.
    assert rows["base"]["verdict"]["word"] == "level"
    assert rows["other"]["verdict"]["active_return"] == pytest.approx(rows["other"]["excess_cagr"])
    assert rows["other"]["excess_cagr"] > 0.002
    told = fedcycle("compare", "buy-and-hold-mid", "base", "other").out
    assert "other is measured against its own benchmark, small." in told


@pytest.mark.slow
def test_a_common_period_clips_to_what_all_have(fedcycle: Callable[..., Any]) -> None:
    fedcycle("run", "base", "--set", "name=short", "--set", "period.end=2020-06-30", "--no-tearsheet")
    done = fedcycle("compare", "short", "buy-and-hold-mid", "--common-period", "--json")
    spans = {(run["period"]["start"], run["period"]["end"]) for run in done.json["runs"]}
    assert spans == {("1998-01-02", "2020-06-30")}
    assert "common period: 1998-01-02 to 2020-06-30" in done.err


@pytest.mark.slow
def test_a_start_and_an_end_are_those_of_all(fedcycle: Callable[..., Any]) -> None:
    words = ("--start", "2005-01-03", "--end", "2010-12-31", "--json")
    runs = fedcycle("compare", "base", "buy-and-hold-mid", *words).json["runs"]
    assert {(run["period"]["start"], run["period"]["end"]) for run in runs} == {("2005-01-03", "2010-12-31")}


def test_no_common_period_is_said(fedcycle: Callable[..., Any]) -> None:
    for name, key in (("early", "period.end=2005-06-30"), ("late", "period.start=2006-01-03")):
        fedcycle("run", "base", "--set", f"name={name}", "--set", key, "--no-tearsheet")
    said = fedcycle("compare", "early", "late", "--common-period").last
    assert said == "no period is common to all: late begins on 2006-01-03, early ends on 2005-06-30"


@pytest.mark.slow
def test_a_key_given_twice_makes_variants_that_are_named_by_it(fedcycle: Callable[..., Any]) -> None:
    words = ("--set", "execution.lag=1", "--set", "execution.lag=3", "--sort", "given", "--baseline", "base, lag=1")
    table = fedcycle("compare", "base", *words, "--label", "base, lag=3=Three days", "--json").json["table"]
    assert [row["label"] for row in table["rows"]] == ["base, lag=1", "Three days"]
    assert [row["against_baseline"] is None for row in table["rows"]] == [True, False]
    # Bought two sessions later, the same fund held: level from the close at which both are measured.
    assert table["rows"][1]["against_baseline"]["word"] == "level"


@pytest.mark.slow
def test_rows_can_be_ordered_by_another_statistic(fedcycle: Callable[..., Any]) -> None:
    names = ("base", "buy-and-hold-mid", "buy-and-hold-small")
    table = fedcycle("compare", *names, "--sort", "volatility", "--json").json["table"]
    found = [row["volatility"] for row in table["rows"] if row["unranked"] is None]
    assert found == sorted(found)
    assert table["ranked_by"] == "volatility"


def test_a_run_that_is_not_compared_cannot_be_named(fedcycle: Callable[..., Any]) -> None:
    said = fedcycle("compare", "base", "buy-and-hold-mid", "--baseline", "nobody").last
    assert said == "'nobody' is no run compared here; name one of: base; buy-and-hold-mid"
    assert fedcycle("compare", "base", "--label", "base").code == 2


def test_an_ambiguous_prefix_is_refused_with_the_candidates(fedcycle: Callable[..., Any]) -> None:
    ids = [fedcycle("run", c, *BRIEF).json["id"] for c in ("buy-and-hold-mid", "buy-and-hold-small")]
    said = fedcycle("compare", "buy-and-hold-").sentence
    assert all(i in said for i in ids)


def test_a_tearsheet_is_written_where_asked(fedcycle: Callable[..., Any], tmp_path: Path) -> None:
    answer = fedcycle("tearsheet", "base", "-o", "sheets/base.html")
    assert answer.out.strip() == "sheets/base.html"
    sheet = (tmp_path / "sheets" / "base.html").read_text(encoding="utf-8")
    assert sheet.lower().startswith("<!doctype html>")


@pytest.mark.slow
def test_two_variants_of_one_study_are_told_apart_by_the_key_that_differs(fedcycle: Callable[..., Any]) -> None:
    ids = [
        fedcycle("run", "base", "--set", f"execution.lag={lag}", "--no-tearsheet", "--json").json["id"]
        for lag in (1, 2)
    ]
    told = fedcycle("compare", *ids).out
    assert [told.count(each) for each in ids] == [0, 0]
    # In the table and in that of significance, however a terminal parts them.
    assert all(told.count(f"base, lag={lag}") >= 2 for lag in (1, 2))


def test_a_stored_run_elsewhere_stays_there(tmp_path: Path, fedcycle: Callable[..., Any]) -> None:
    run = fedcycle("run", "base", "--no-tearsheet", "--json", "--out", "elsewhere").json
    done = fedcycle("tearsheet", run["directory"])
    assert done.code == 0, done.err
    assert (tmp_path / run["directory"] / "tearsheet.html").is_file()
    assert not (tmp_path / "runs").exists()


def test_a_stored_run_that_is_not_used_is_said(
    tmp_path: Path, fedcycle: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    run = fedcycle("run", "base", "--no-tearsheet", "--json").json
    monkeypatch.setattr("fedcycle.backtests.runs.provenance.code_digest", lambda: "sha256:another")
    done = fedcycle("tearsheet", run["directory"])
    assert done.code == 0, done.err
    assert f"{run['id']} is kept as it was, but its data, code or libraries have changed since" in done.err
    assert not (tmp_path / run["directory"] / "tearsheet.html").exists()


def test_a_benchmark_that_is_not_there_is_blamed_on_the_option(fedcycle: Callable[..., Any]) -> None:
    said = fedcycle("compare", "base", "--benchmark", "laarge").sentence
    assert said.endswith("--benchmark laarge: laarge is not an asset of market bundle; write large")
    assert "--set" not in said


def test_a_short_account_has_every_section_with_what_is_sold_short(
    fedcycle: Callable[..., Any], tmp_path: Path
) -> None:
    page = tmp_path / "page.html"
    fedcycle("compare", "spreads/small-minus-large", "rate-cycle-timing", "--html", str(page))
    text = page.read_text(encoding="utf-8")
    assert "This section could not be made" not in text
    strip = text[text.index('<dl class="strips">') :]
    assert re.search(r"<dt>small-minus-large</dt>.*?100% small.*?−100% large", strip, flags=re.DOTALL)
    assert "what has a minus is sold short or borrowed" in strip


def test_stored_runs_are_compared_without_a_process_and_their_significance_is_worked_out_once(
    fedcycle: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    pair = ("compare", "base", "buy-and-hold-small", "--json")
    first = fedcycle(*pair).json

    def never(*_: Any, **__: Any) -> Any:
        raise AssertionError("it was worked out again")

    with monkeypatch.context() as patch:
        patch.setattr("concurrent.futures.ProcessPoolExecutor", never)
        patch.setattr("fedcycle.backtests.inference.of_comparison", never)
        assert fedcycle(*pair).json == first
    # Another name of a run is in the sentences, so that nothing kept is used for it.
    named = fedcycle(*pair, "--label", "base=the benchmark").json
    assert any("the benchmark" in sentence for sentence in named["inference"]["sentences"])
