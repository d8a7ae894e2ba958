"""Where the rate cycle stands: what could be told at a close, what rules hold, and what would change it."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest
from click.testing import CliRunner

from fedcycle.backtests.analysis.event_study import event_study
from fedcycle.backtests.cli.app import cli
from fedcycle.backtests.config import load
from fedcycle.backtests.tearsheet.pages import status as page
from fedcycle.backtests.workflows.explain import explain
from fedcycle.backtests.workflows.status import cycle_now, holds_now, status
from fedcycle.backtests.workflows.study import prepare
from fedcycle.data.dataset import load_market
from fedcycle.data.market import Market


def test_the_cycle_as_told_at_the_bundles_last_close_of_portfolios() -> None:
    found = cycle_now(load_market("bundle"), np.datetime64("2025-05-30"))
    assert found["last_change"] == {"change_bp": -25.0, "observed_on": "2024-12-19", "known_on": "2024-12-18"} | {
        "derived": False
    }
    assert found["phase"] == "cutting"  # five months after a cut, of six
    assert found["recognisers"]["pause of 3 months"] == "2024-12-18"
    assert found["recognisers"]["pause of 6 months"] == "none yet: the last cut was on 2024-12-18"
    assert found["problems"] == {}
    # The Fed's table goes on after the last close of the portfolios: said, and seen by nothing above.
    assert [(each["change_bp"], each["known_on"]) for each in found["changes_after"]][:1] == [(-25.0, "2025-09-17")]
    assert found["notes"] == [
        "the target was changed after the close of 2025-05-30, and nothing shown here knows of it: "
        "-25 bp on 2025-09-17, -25 bp on 2025-10-29, -25 bp on 2025-12-10, +25 bp on 2026-09-16"
    ]


def test_what_the_data_lack_is_a_sentence_and_not_a_guess() -> None:
    found = cycle_now(load_market("bundle"))  # 2025-08-29, where small caps have no price any more
    assert found["correlation"] is None
    assert "its closes end on 2025-05-30" in found["problems"]["correlation"]


def test_a_rule_says_what_it_holds_since_when_and_what_would_change_it() -> None:
    found = holds_now(prepare(load("rate-cycle-timing", ["period.end=null"])))
    assert found["weights"] == {"large": 1.0}
    # Small caps' last window followed 2020-03-15 and was over on 2021-03-15: the month end after it.
    assert found["since"] == "2021-03-31"
    # 2024-12-18 and six months is 2025-06-18; the rule is asked at month ends.
    assert found["would_change"] == [{"event": "no change until 2025-06-30", "weights": {"small": 1.0}}]


def test_a_belief_is_ended_by_any_change() -> None:
    found = holds_now(prepare(load("rate-cycle-timing-as-of-the-note", ["period.end=null"])))
    assert [each["event"] for each in found["would_change"]] == [
        "a hike of 25 bp",
        "a cut of 25 bp",
        "no change until 2025-12-31",
    ]


@pytest.mark.parametrize("name", ["buy-and-hold-large", "quality-small-caps"])
def test_nothing_the_fed_does_changes_a_rule_that_does_not_look(name: str) -> None:
    found = holds_now(prepare(load(name, ["period.end=null"])))
    assert (found["since"], found["would_change"]) == ("1998-01-02", [])


def test_what_would_change_a_rule_is_told_on_a_market_with_whole_bars(bundle: Market) -> None:
    high = np.where(np.isnan(bundle.prices), np.nan, bundle.prices * 1.01)
    with_bars = replace(bundle, bars={"high": high})
    study = prepare(load("rate-cycle-timing", ["period.end=null"]))
    told = holds_now(replace(study, backtest=replace(study.backtest, market=with_bars)))
    assert told["would_change"] == holds_now(study)["would_change"]


@pytest.fixture
def derived(bundle: Market) -> Market:
    """The bundle with the cut of 2024-12-18 as if it were derived from the daily target."""
    changes = bundle.series["target_change"]
    marked = changes.known_on == np.datetime64("2024-12-18")
    return replace(bundle, series={**bundle.series, "target_change": replace(changes, derived=marked)})


def test_a_derived_change_is_marked_in_the_status_the_explanation_and_the_table_of_cycles(derived: Market) -> None:
    assert cycle_now(derived, np.datetime64("2025-05-30"))["last_change"]["derived"]
    study = prepare(load("rate-cycle-timing"))
    study = replace(study, backtest=replace(study.backtest, market=derived))
    signals = explain(study, np.datetime64("2025-05-30")).document["signals"]
    assert [s["derived"] for s in signals if s["name"] == "last change of the target"] == [True]
    before = explain(study, np.datetime64("2024-11-29")).document["signals"]
    assert not any(s["derived"] for s in before)
    cut = event_study(derived, as_of=np.datetime64("2025-05-30")).document
    assert cut["cycles"][-1]["derived"] == ["final_cut"]
    assert any("marked derived" in note for note in cut["notes"])


def test_the_page_says_where_the_cycle_stands_what_rules_hold_and_until_when_data_reach(derived: Market) -> None:
    studies = [
        prepare(load(name, ["period.end=null"])) for name in ("rate-cycle-timing", "rate-cycle-timing-hindsight")
    ]
    document = status(studies) | {"refused": {"<b>mine</b>": "it has no prices"}}
    document["last_change"] = cycle_now(derived, np.datetime64("2025-05-30"))["last_change"]
    html = page.render(document)
    for text in (
        "no change until 2025-06-30: small 100%",
        "HINDSIGHT",
        "+25 bp on 2026-09-16",
        "not from a statement",
        "Data complete to",
    ):
        assert text in html
    assert "<b>mine</b>" not in html
    assert "&lt;b&gt;mine&lt;/b&gt;" in html


def test_the_command_reads_each_config_on_the_market_that_it_is_given() -> None:
    found = CliRunner().invoke(cli, ["status", "buy-and-hold-small", "--market", "long", "--json"])
    assert json.loads(found.stdout)["market"]["name"] == "long"
    lost = CliRunner().invoke(cli, ["status", "--market", "nosuch"])
    assert lost.exit_code == 1
    assert "there is no folder nosuch" in str(lost.exception)
