"""What a page or a terminal is told of one run and of several, and of runs of which nothing can be told."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from fedcycle.backtests.core.errors import BacktestError
from fedcycle.backtests.inference import SETTINGS, ReturnSeries, of_comparison, of_run


@pytest.fixture(scope="module")
def compared(world, quick):
    one, two, y = world
    return of_comparison([one, two], y, settings=quick)


def test_every_number_of_a_run_and_against_its_benchmark_has_an_interval_around_it(compared):
    told = compared["intervals"]["one-1"]

    assert {"cagr", "sharpe", "max_drawdown", "alpha", "beta", "information_ratio", "up_capture"} <= set(told)
    for name, of in told.items():
        assert of["low"] <= of["high"], name
        if name not in ("max_drawdown", "relative_drawdown"):
            assert of["low"] <= of["estimate"] <= of["high"], name


def test_a_difference_between_two_runs_comes_with_its_interval(compared):
    [(other, gap)] = compared["against_others"]["differences"].items()

    assert (compared["against_others"]["id"], other) == ("one-1", "two-2")
    own = {key: of["cagr"]["estimate"] for key, of in compared["intervals"].items()}
    assert gap["cagr"]["difference"] == pytest.approx(own["one-1"] - own["two-2"])
    assert gap["cagr"]["low"] < gap["cagr"]["difference"] < gap["cagr"]["high"]
    # The better run earns 0.07% more a session, with 0.6% of noise: five standard errors in seven years.
    assert gap["cagr"]["apart"] is True
    assert compared["against_benchmark"]["one-1"]["cagr"]["difference"] == pytest.approx(
        compared["intervals"]["one-1"]["excess_cagr"]["estimate"]
    )


def test_what_two_runs_share_cancels_in_their_difference(compared):
    # The two runs move with one market: their difference is surer than either.
    width = [of["sharpe"]["high"] - of["sharpe"]["low"] for of in compared["intervals"].values()]
    gap = compared["against_others"]["differences"]["two-2"]["sharpe"]

    assert gap["high"] - gap["low"] < min(width)


def test_the_number_of_trials_is_the_number_of_runs_compared(compared):
    assert compared["trials"] == compared["deflated"]["trials"] == 2
    assert compared["sentences"][0] == "2 runs were looked at; the best of several looks better than it is"


def test_one_run_compared_with_none_is_not_called_the_best_of_several(world, quick):
    one, _, y = world
    said = of_comparison([one], y, settings=quick)["sentences"][0]
    assert said == "1 run was looked at; one picked from several looks better than it is"


def test_seed_resamples_and_blocks_are_told(compared, quick):
    assert compared["method"]["seed"] == quick.seed == SETTINGS.seed
    assert compared["method"]["resamples"] == quick.resamples
    assert compared["method"]["block_sessions"] >= 1.0


def test_one_run_has_sentences_that_begin_with_its_cycles(world, quick):
    one, _, y = world
    window = {"complete": True, "relative_wealth": 0.05}
    cycles = [{"first_cut": f"{year}-01-01", "recession": False, "windows": {"12m": window}} for year in (2011, 2013)]

    told = of_run(replace(one, by_cycle=cycles), y, settings=quick)

    assert told["sentences"][0] == (
        "12 months after final cuts, ahead of large in 2 of 2 complete windows; "
        "sign test p = 0.25 (n = 2; minimum attainable 0.25)"
    )
    assert told["note"] is None
    assert any("interval" in sentence for sentence in told["sentences"])


def awkward(make):
    flat, ups = np.full(300, 100.0), make["level"](np.full(299, 0.01))
    rng = np.random.default_rng(1)
    lost = make["level"](0.01 * rng.standard_normal(299))
    ruined = np.append(lost[:150], np.zeros(150))
    return {
        "one session": (np.array([100.0]), "one session has 1 session; under 60 returns nothing can be said of chance"),
        "a month": (lost[:21], "a month has 21 sessions; under 60 returns nothing can be said of chance"),
        "ruined": (ruined, "ruined was worth 0 before the last close; after ruin there are no returns to resample"),
        "lost at the last close": (np.append(lost[:-1], 0.0), None),
        "all cash": (flat, None),
        "constant returns": (ups, None),
    }


@pytest.mark.parametrize(
    "which", ["one session", "a month", "ruined", "lost at the last close", "all cash", "constant returns"]
)
def test_an_awkward_run_gets_null_or_a_sentence_and_never_nan_or_a_warning(which, make, quick):
    value, note = awkward(make)[which]
    benchmark = make["level"](0.01 * np.random.default_rng(2).standard_normal(len(value) - 1))

    told = of_run(ReturnSeries("x-1", which, value), make["benchmark_series"](benchmark), settings=quick)

    json.dumps(told, allow_nan=False)
    assert told["note"] == note
    assert all(isinstance(sentence, str) and sentence for sentence in told["sentences"])
    assert (told["intervals"] is None) == (note is not None)


def test_constant_returns_have_growth_and_no_sharpe(make, quick):
    value, _ = awkward(make)["constant returns"]
    benchmark_series = make["benchmark_series"](make["level"](np.zeros(299)), bills=np.ones(300))

    told = of_run(ReturnSeries("x-1", "steady", value), benchmark_series, settings=quick)

    assert told["intervals"]["sharpe"]["estimate"] is None
    assert told["intervals"]["sharpe"]["text"] == "Sharpe ratio does not exist for these returns"
    assert told["intervals"]["cagr"]["low"] == pytest.approx(told["intervals"]["cagr"]["high"])


def test_a_run_that_is_its_benchmark_is_neither_better_nor_worse(world, quick):
    _, _, y = world

    told = of_comparison([ReturnSeries("x-1", "same", y.value)], y, settings=quick)

    assert told["against_benchmark"]["x-1"]["sharpe"]["difference"] == 0.0
    assert told["intervals"]["x-1"]["information_ratio"]["estimate"] is None
    assert told["superior"]["text"] == "no run differs from the benchmark"


def test_a_benchmark_that_begins_later_is_compared_over_what_both_have(world, quick):
    one, _, y = world
    later = replace(y, value=np.where(np.arange(len(y.value)) < 250, np.nan, y.value))

    told = of_run(one, later, settings=quick)

    assert told["method"]["sessions_dropped"] == 250
    assert told["method"]["sessions"] == len(y.sessions) - 250
    json.dumps(told, allow_nan=False)


def test_a_benchmark_without_a_value_is_refused(world, quick):
    one, _, y = world

    with pytest.raises(BacktestError, match="benchmark large has no value on any session"):
        of_run(one, replace(y, value=np.full(len(y.value), np.nan)), settings=quick)


def test_a_ruined_run_among_others_is_noted_and_the_others_are_told(world, quick):
    one, _, y = world
    ruined = ReturnSeries("z-9", "ruined", np.append(one.value[:500], np.zeros(len(one.value) - 500)))

    told = of_comparison([one, ruined], y, settings=quick)

    assert list(told["notes"]) == ["z-9"]
    assert list(told["intervals"]) == ["one-1"]
    assert told["trials"] == told["deflated"]["trials"] == 2
    json.dumps(told, allow_nan=False)


def test_importing_inference_imports_neither_arch_nor_scipy_nor_pandas():
    root = Path(__file__).parents[2]
    code = (
        "import sys, fedcycle.backtests.inference; print([m for m in ('arch', 'scipy', 'pandas') if m in sys.modules])"
    )

    told = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=True,
        env={"PYTHONPATH": str(root / "src")},
        timeout=300,
    )

    assert told.stdout.strip() == "[]"
