"""The final-cut laboratory: which cuts a recogniser takes for final, and what hindsight would have added."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from fedcycle.backtests import config
from fedcycle.backtests.core.errors import ConfigError
from fedcycle.backtests.engines import vectorised
from fedcycle.backtests.statistics.growth import cagr
from fedcycle.backtests.workflows import study
from fedcycle.backtests.workflows.recogniser_study import recognise, signals_of, with_recogniser
from fedcycle.data.market import Market
from fedcycle.strategies.final_cut import AsOf, Hindsight, Pause
from fedcycle.strategies.library import load

START, END = np.datetime64("1998-01-02"), np.datetime64("2025-08-29")


@pytest.fixture(scope="module")
def found() -> dict[str, Any]:
    return recognise(config.load("rate-cycle-timing"), pauses=(1, 6, 12)).document


def trial(found: dict[str, Any], name: str) -> dict[str, Any]:
    return next(t for t in found["recognisers"] if t["recogniser"] == name)


def told(market: Market, months: int) -> list[tuple[str, str]]:
    return [(str(s.cut), str(s.on)) for s in signals_of(Pause(months), market, start=START, end=END)]


def test_a_pause_of_six_months_takes_these_cuts_for_final(bundle: Market) -> None:
    # Cut and the first session six calendar months later; 2003-12-25 is a holiday, 2020-09-15 a Tuesday.
    assert told(bundle, 6) == [
        ("1998-11-17", "1999-05-17"),
        ("2001-12-11", "2002-06-11"),
        ("2002-11-06", "2003-05-06"),
        ("2003-06-25", "2003-12-26"),
        ("2008-12-16", "2009-06-16"),
        ("2020-03-15", "2020-09-15"),
        ("2024-12-18", "2025-06-18"),
    ]


def test_a_pause_of_twelve_months_misses_what_a_hike_ends_before(bundle: Market) -> None:
    # The hike of 1999-06-30 came seven months after the cut of 1998-11-17.
    assert [cut for cut, _ in told(bundle, 12)] == ["2003-06-25", "2008-12-16", "2020-03-15"]


def test_a_belief_holds_from_its_day_on_until_the_next_change(bundle: Market) -> None:
    signals = signals_of(AsOf(dt.date(2001, 12, 31)), bundle, start=START, end=END)
    assert [(str(s.cut), str(s.on)) for s in signals] == [("2001-12-11", "2001-12-31")]


def test_the_signals_of_a_cycle_are_true_false_late_or_missed(found: dict[str, Any]) -> None:
    six = trial(found, "pause of 6 months")
    # Until the run's end on 2025-05-30; 2001-12-11 and 2002-11-06 were not final.
    assert {k: six["signals"][k] for k in ("true", "false", "late", "missed", "cycles")} == {
        "true": 4,
        "false": 2,
        "late": 4,
        "missed": 0,
        "cycles": 4,
    }
    cycle = six["cycles"][1]
    assert (cycle["outcome"], cycle["recognised_on"], cycle["days_late"]) == ("late", "2003-12-26", 184)
    assert cycle["false"] == [
        {"cut": "2001-12-11", "on": "2002-06-11"},
        {"cut": "2002-11-06", "on": "2003-05-06"},
    ]
    missed = trial(found, "pause of 12 months")["cycles"][0]
    assert (missed["final_cut"], missed["outcome"], missed["days_late"]) == ("1998-11-17", "missed", None)


def test_hindsight_is_on_time_has_no_price_and_is_stamped(found: dict[str, Any]) -> None:
    best = found["recognisers"][0]
    assert best["recogniser"] == "hindsight"
    assert best["stamps"] == ["HINDSIGHT"]
    assert best["price_of_not_knowing"] is None
    assert [c["outcome"] for c in best["cycles"]] == ["on time"] * 4 + ["open"]


def test_the_belief_of_the_note_is_stamped_and_was_false(found: dict[str, Any]) -> None:
    belief = trial(found, "as of 2025-01-12")
    assert belief["stamps"] == ["AS OF 2025-01-12"]
    # 2025-01-12 was a Sunday; cuts went on in September 2025.
    assert belief["cycles"][-1]["false"] == [{"cut": "2024-12-18", "on": "2025-01-13"}]
    assert belief["signals"]["missed"] == 4


def test_the_price_is_what_two_runs_differ_by_with_an_interval_round_it(found: dict[str, Any]) -> None:
    rates = []
    for name in ("rate-cycle-timing-hindsight", "rate-cycle-timing"):
        test = study.prepare(config.load(name)).backtest
        rates.append(cagr(vectorised.run(test).value, test.sessions))
    price = trial(found, "pause of 6 months")["price_of_not_knowing"]
    assert price["cagr_difference"] == pytest.approx(rates[0] - rates[1])
    low, high = price["interval"]
    assert low < price["log_return_per_year"] < high


def test_a_pause_that_the_rule_refuses_is_a_row_with_the_reason(tmp_path: Path) -> None:
    narrow = config.load("rate-cycle-timing", ["strategy.window={months: 6}"])
    row = trial(recognise(narrow, pauses=(6, 7)).document, "pause of 7 months")
    assert row["cagr"] is None
    assert row["price_of_not_knowing"] is None
    assert "recognise.pause.months is 7 months" in row["refused"]


def test_a_rule_that_recognises_nothing_is_refused_in_a_sentence() -> None:
    with pytest.raises(ConfigError, match="BuyAndHold has no parameter recognise"):
        recognise(config.load("base"))


def test_a_recogniser_reaches_a_rule_inside_a_rule() -> None:
    timing = load("RateCycleTiming")()
    rules = {"timing": timing, "rest": load("BuyAndHold")(asset="large")}
    blend = load("Blend")(rules=rules, shares={"timing": 0.5, "rest": 0.5})
    changed = with_recogniser(blend, Hindsight())
    assert changed.inner()["rules.timing"].recognise == Hindsight()  # type: ignore[attr-defined]
    assert changed.stamps() == ("HINDSIGHT",)
