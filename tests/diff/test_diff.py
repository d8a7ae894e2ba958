"""diff on the bundled data: what parts two runs, and that the parts add up."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from fedcycle.backtests.cli.app import cli
from fedcycle.backtests.core.errors import RunError
from fedcycle.backtests.workflows.jobs import Job, run_all
from fedcycle.backtests.workflows.run_diff import Difference, diff, keys

SHORT = ("execution.engine=vectorised", "period.start=2000-01-03", "period.end=2009-12-31")


def stored(name: str, out: Path, *sets: str) -> str:
    """Run a shipped config over ten years in numpy and return its id."""
    job = Job(name, (*SHORT, *sets), out, tearsheet=False)
    return next(iter(run_all([job], notify=lambda _: None))).run.id


@pytest.fixture(scope="module")
def out(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("runs")


@pytest.fixture(scope="module")
def refs(out: Path) -> tuple[str, str]:
    return stored("rate-cycle-timing", out), stored("buy-and-hold-large", out)


@pytest.fixture(scope="module")
def found(refs: tuple[str, str], out: Path) -> Difference:
    return diff(refs, runs_dir=out, notify=lambda _: None)


def test_the_gap_is_that_of_the_final_values_and_its_parts_add_up_to_it(found: Difference) -> None:
    document = found.document
    gap = document["gap"]
    assert gap["usd"] == pytest.approx(document["a"]["final_value"] - document["b"]["final_value"], abs=1e-6)
    assert math.fsum(gap["parts"].values()) == pytest.approx(gap["usd"], abs=1e-9)
    assert abs(gap["parts"]["rounding"]) < 1e-6
    assert math.fsum([*(of["usd"] for of in gap["by_asset"]), gap["parts"]["costs"]]) == pytest.approx(
        gap["usd"], abs=1e-6
    )
    assert math.fsum(of["usd"] for of in gap["by_cycle"]) == pytest.approx(gap["usd"], abs=1e-6)
    for of in gap["by_cycle"]:
        assert math.fsum([*of["by_asset"].values(), of["costs"]]) == pytest.approx(of["usd"], abs=1e-6)


def test_costs_are_the_only_part_while_both_hold_large(found: Difference) -> None:
    before = next(of for of in found.document["gap"]["by_cycle"] if of["cycle"] == "after the hike of 1999-06-30")
    # Both buy large on the second session at the same cost.
    assert before["usd"] == pytest.approx(0.0, abs=1e-6)


def test_it_names_the_first_close_at_which_they_hold_other_weights(found: Difference) -> None:
    # Cut on 2001-12-11; six months on 2002-06-11; the next month's end is 2002-06-28, filled on the next session.
    first = found.document["first_difference"]
    assert (first["session"], first["asset"]) == ("2002-07-01", "small")
    assert first["a"] == pytest.approx(1.0, abs=1e-6)
    assert first["b"] == 0.0


def test_trades_only_in_one_are_those_of_the_switch_and_back(found: Difference) -> None:
    only = found.document["trades_only_in_a"]
    assert [(t["filled_on"], t["side"], t["asset"]) for t in only[:2]] == [
        ("2002-07-01", "sell", "large"),
        ("2002-07-01", "buy", "small"),
    ]
    assert found.document["trades_only_in_b"] == []


def test_keys_are_dotted_and_one_that_is_missing_is_null() -> None:
    a = {"strategy": {"class": "A", "months": 6}, "execution": {"lag": 1}}
    b = {"strategy": {"class": "B"}, "execution": {"lag": 1}}
    assert keys(a, b) == [
        {"key": "strategy.class", "a": "A", "b": "B"},
        {"key": "strategy.months", "a": 6, "b": None},
    ]


def test_a_run_against_itself_says_so(refs: tuple[str, str], out: Path) -> None:
    document = diff((refs[0], refs[0]), runs_dir=out, notify=lambda _: None).document
    assert document["keys"] == []
    assert document["first_difference"] is None
    assert document["gap"]["usd"] == 0.0


def test_runs_of_other_periods_are_compared_over_the_sessions_they_share(refs: tuple[str, str], out: Path) -> None:
    later = stored("buy-and-hold-large", out, "period.start=2005-01-03", "period.end=2012-12-31")
    document = diff((refs[0], later), runs_dir=out, notify=lambda _: None).document
    assert document["period"]["start"] == "2005-01-03"
    assert document["period"]["end"] == "2009-12-31"
    assert math.fsum(document["gap"]["parts"].values()) == pytest.approx(document["gap"]["usd"], abs=1e-6)


def test_runs_that_share_no_session_are_refused(refs: tuple[str, str], out: Path) -> None:
    later = stored("buy-and-hold-large", out, "period.start=2015-01-02", "period.end=2016-12-30")
    with pytest.raises(RunError, match="share 0 sessions; give their configs periods that overlap"):
        _ = diff((refs[0], later), runs_dir=out, notify=lambda _: None).document


def invoke(*arguments: str) -> Any:
    return CliRunner().invoke(cli, ["diff", *arguments], catch_exceptions=False)


def test_the_command_prints_one_json_document(refs: tuple[str, str], out: Path) -> None:
    result = invoke(*refs, "--out", str(out), "--json")
    assert result.exit_code == 0
    document = json.loads(result.stdout)
    assert {"keys", "first_difference", "trades_only_in_a", "trades_only_in_b", "gap"} <= set(document)


def test_the_command_prints_tables_and_writes_a_page(refs: tuple[str, str], out: Path, tmp_path: Path) -> None:
    page = tmp_path / "diff.html"
    result = invoke(*refs, "--out", str(out), "--html", str(page))
    assert "Weights first differ at the close of 2002-07-01: small is 100.00% in A and 0.00% in B" in result.stdout
    assert "strategy.class" in result.stdout
    assert "\x1b" not in result.stdout
    html = page.read_text(encoding="utf-8")
    assert html.count("<section ") == 3
    assert "could not be made" not in html
    assert 'id="chart-gap"' in html
