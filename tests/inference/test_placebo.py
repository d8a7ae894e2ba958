"""Placebo cycles: every shift looked at, lengths and spacing kept."""

from __future__ import annotations

import numpy as np
import pytest

from fedcycle.backtests.inference import placebo_cycles, placebo_timing


def test_windows_are_shifted_to_every_place_round_the_circle(make):
    # One by one: the relative wealth of each shifted window, compounded over its returns, the end joined to the
    # beginning; the geometric mean of the two windows.
    rng = np.random.default_rng(1)
    r, b = (0.01 * rng.standard_normal(60) for _ in range(2))
    windows = [(5, 15), (30, 48)]

    told = placebo_cycles(make["level"](r), make["level"](b), windows=windows)

    means = []
    for shift in range(60):
        rows = [(start + shift + np.arange(end - start)) % 60 for start, end in windows]
        means.append(np.sqrt(np.prod([np.prod(1 + r[k]) / np.prod(1 + b[k]) for k in rows])))
    elsewhere = np.prod(np.array(means[1:]) ** (1 / 59))
    assert told["mean"] == pytest.approx(means[0] - 1, rel=1e-9)
    assert told["p"] == pytest.approx(np.mean(np.array(means) >= means[0] - 1e-12))
    assert told["shifted_mean"] == pytest.approx(elsewhere - 1, rel=1e-9)
    assert told["value_added"] == pytest.approx(means[0] / elsewhere - 1, rel=1e-9)
    assert (told["low"], told["high"]) == pytest.approx(np.exp(np.quantile(np.log(means), [0.05, 0.95])) - 1, rel=1e-9)


def test_the_best_of_all_places_has_the_smallest_p(make):
    r = np.zeros(100)
    r[40:50] = 0.01

    told = placebo_cycles(make["level"](r), make["level"](np.zeros(100)), windows=[(40, 50)])

    assert told["p"] == 1 / 100
    assert told["separate"] == 10


def test_a_rules_holdings_are_shifted_as_a_whole():
    rng = np.random.default_rng(2)
    held = (np.arange(50) // 7 % 2).astype(float)
    weights, returns = np.column_stack([1 - held, held]), 0.01 * rng.standard_normal((50, 2))

    told = placebo_timing(weights, returns)

    means = [252 * np.mean((np.roll(weights, k, axis=0) * returns).sum(axis=1)) for k in range(50)]
    assert told["mean"] == pytest.approx(means[0], rel=1e-9)
    assert told["p"] == np.mean(np.array(means) >= means[0] - 1e-12)
    assert told["n"] == 8


def test_holdings_that_never_change_have_no_timing_and_the_cash_before_the_first_fill_is_none():
    weights = np.ones((40, 1))
    weights[:2] = 0.0

    told = placebo_timing(weights, 0.01 * np.ones((40, 1)))

    assert told["p"] is None
    assert told["text"] == "the holdings never changed: there is no timing to shift"


def test_without_a_window_there_is_nothing_to_shift(make):
    assert placebo_cycles(np.ones(10), np.ones(10), windows=[])["text"] == "no complete window to shift"
    assert placebo_timing(np.zeros((0, 1)), np.zeros((0, 1)))["p"] is None


def test_a_lead_that_every_date_has_adds_no_value(make):
    # One asset gains a tenth of a percent on the other in every session: the dates of the windows add nothing.
    told = placebo_cycles(make["level"](np.full(60, 0.001)), make["level"](np.zeros(60)), windows=[(5, 15), (30, 40)])

    assert told["mean"] == pytest.approx(1.001**10 - 1)
    assert told["value_added"] == pytest.approx(0.0, abs=1e-12)
    assert told["p"] == 1.0
    assert told["text"].startswith("value added by the dates 0.0% a window, placebo p = 1.00")
