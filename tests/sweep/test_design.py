"""One choice at a time: the config's own values first, everything else once, and what makes no sense refused."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from fedcycle.backtests import config
from fedcycle.backtests.core.errors import ConfigError
from fedcycle.backtests.sweep.design import Grid, OneAtATime, tried

ONE = "sweep_design: one_at_a_time\n"
ABLATION = "bofa-composite-ablation"


def design(file: Path | str) -> Any:
    return tried(config.load(file), lambda more: config.load(file, more))


def test_the_own_values_come_first_and_are_not_counted_again_where_they_are_listed(study: Callable[..., Path]) -> None:
    listed = "sweep: {execution.lag: [1, 2, 5], strategy.window: [{months: 6}, {months: 12}, until_hike]}\n"
    found = design(study("rate-cycle-timing", ONE + listed))
    assert [found.setting(n) for n in range(len(found))] == [
        {},
        {"execution.lag": 2},
        {"execution.lag": 5},
        {"strategy.window": {"months": 6}},
        {"strategy.window": "until_hike"},
    ]
    assert found.variant(0) == {"execution.lag": 1, "strategy.window": {"months": 12}}
    assert found.variant(2) == {"execution.lag": 5, "strategy.window": {"months": 12}}
    # How many of the listed values stand before the own one.
    assert found.places == {"execution.lag": 0, "strategy.window": 1}


def test_five_and_5_0_are_one_value_and_a_range_is_written_out(study: Callable[..., Path]) -> None:
    found = design(study("base", ONE + "sweep: {execution.costs.slippage_bps: {from: 5, to: 15, step: 5}}\n"))
    assert [found.setting(n) for n in range(len(found))] == [
        {}, {"execution.costs.slippage_bps": 10}, {"execution.costs.slippage_bps": 15},
    ]  # fmt: skip


def test_named_variants_set_several_keys_and_may_stand_beside_each_other(study: Callable[..., Path]) -> None:
    text = ONE + "sweep_variants:\n  slow: {execution.lag: 5}\n"
    text += "  slow and expensive: {against: slow, execution.lag: 5, execution.costs.slippage_bps: 25.0}\n"
    found = design(study("base", text))
    assert [(c.name, c.against) for c in found.choices] == [("", 0), ("slow", 0), ("slow and expensive", 1)]
    assert found.variant(1) == {"execution.lag": 5, "execution.costs.slippage_bps": 5.0}
    assert found.variant(2) == {"execution.lag": 5, "execution.costs.slippage_bps": 25.0}


NONE = "sweep_design: null\n"


@pytest.mark.parametrize(
    ("text", "kind", "many"),
    [
        ("sweep: {execution.lag: [1, 2, 5]}\n", OneAtATime, 3),
        ("sweep: {execution.lag: [1, 2, 5], strategy.asset: [small, large]}\n", Grid, 6),
        ("sweep: {execution.lag: {from: 1, to: 252, step: 1}}\n", Grid, 252),
        ("sweep_variants: {slow: {execution.lag: 5}}\n", OneAtATime, 2),
    ],
)
def test_one_key_is_put_beside_the_own_value_unless_a_design_is_stated(
    study: Callable[..., Path], text: str, kind: type, many: int
) -> None:
    found = design(study("base", NONE + text))
    assert isinstance(found, kind)
    assert len(found) == many


def test_a_grid_of_one_key_is_a_grid_where_that_is_stated(study: Callable[..., Path]) -> None:
    assert isinstance(design(study("base", "sweep_design: grid\nsweep: {execution.lag: [1, 2]}\n")), Grid)


def test_several_keys_are_a_grid(study: Callable[..., Path]) -> None:
    found = design(study("base", NONE + "sweep: {execution.lag: [1, 2, 5], strategy.asset: [small, large]}\n"))
    assert isinstance(found, Grid)
    assert len(found) == 6


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (ONE, "no value but the config's own"),
        (ONE + "sweep: {execution.lag: [1]}\n", "no value but the config's own"),
        (ONE + "sweep: {execution.lagg: [2]}\n", r"yaml:\d: sweep: execution\.lagg is not a key; write execution\.lag"),
        (ONE + "sweep_variants: {slow: {execution.lag: 3, execution.lagg: 2}}\n",
         r"yaml:\d: sweep_variants: execution\.lagg is not a key; write execution\.lag"),
        (ONE + "sweep: {strategy.aset: [small]}\n", "aset is not a parameter"),
        (ONE + "sweep: {name: [a]}\n", "name changes no number"),
        (ONE + "sweep: {sweep_design: [grid]}\n", "sweep_design changes no number"),
        (ONE + "sweep: {execution.lag: {from: 1, to: 252, step: 1}}\n", "252 choices one at a time; at most 200"),
        (ONE + "sweep: {execution.lag: [2]}\nsweep_variants: {slow: {execution.lag: 2}}\n", "is what sweep already"),
        (ONE + "sweep_variants: {own: {execution.lag: 1}}\n", "own is the config itself"),
        (ONE + "sweep_variants: {slow: {against: costly, execution.lag: 2}}\n", "slow is against costly, .* none"),
        (ONE + "sweep_variants: {a: {execution.costs: {slippage_bps: 1.0}, execution.costs.slippage_bps: 2.0}}\n",
         "sweep_variants: a: .* set the same value"),
        ("sweep_variants: {slow: {execution.lag: 2}}\n", "sweep_design is grid, in which sweep_variants have no place"),
        (ONE + "sweep_variants: {slow: {}}\n", "sweep_variants.slow is {}, but it must be a mapping of dotted key"),
        (ONE + "sweep_variants: {slow: {Lag!: 2}}\n", "Lag! is not a dotted key"),
        ("sweep_design: one_at_atime\n", "must be one of grid, one_at_a_time; write one_at_a_time"),
    ],
)  # fmt: skip
def test_what_makes_no_sense_is_refused_with_its_key(text: str, says: str, study: Callable[..., Path]) -> None:
    file = study("base", text)
    with pytest.raises(ConfigError, match=says):
        design(file)


def test_blocks_hold_every_choice_once_and_in_order() -> None:
    found = design(ABLATION)
    assert isinstance(found, OneAtATime)
    numbers = [n for block in found.blocks for n in range(block.first, block.first + block.count)]
    assert numbers == list(range(len(found)))
    assert [n for block in found.blocks for n in block.settings] == numbers
    columns = found.columns(np.array([0, 3]))
    assert [columns["strategy.rebound"][0][k] for k in columns["strategy.rebound"][1]] == [
        {"small": 0.5, "mid": 0.3, "large": 0.2}, False,
    ]  # fmt: skip


def test_the_ablation_runs_as_the_composite_and_its_choices_are_the_shipped_studies() -> None:
    """The studies in configs/ablation switch off, or leave on, the same one by one."""

    def rule(ref: str, sets: dict[str, Any] | None = None) -> Any:
        return config.load(ref, [config.assignment(k, v) for k, v in (sets or {}).items()]).strategy()

    assert rule(ABLATION) == rule("bofa-composite")
    found = design(ABLATION)
    keys = [key.removeprefix("strategy.") for key in config.load(ABLATION).sweep]
    shipped = ["", *(f"without-{key}" for key in keys), "no-branch", *(f"only-{key}" for key in keys)]
    assert len(shipped) == len(found) == 12
    for n, name in enumerate(shipped):
        assert rule(ABLATION, found.setting(n)) == rule(f"ablation/{name}" if name else "bofa-composite"), name


@pytest.mark.parametrize("name", ["sweeps/robustness-fan", "sweeps/robustness-fan-timing"])
def test_the_fans_change_window_recogniser_small_caps_lag_and_costs(name: str) -> None:
    found = design(name)
    assert len(found.keys) == 5
    tried_lags = {found.variant(n)["execution.lag"] for n in range(len(found))}
    tried_costs = {found.variant(n)["execution.costs.slippage_bps"] for n in range(len(found))}
    assert (tried_lags, tried_costs) == ({1, 2, 5, 10}, {5.0, 10.0, 25.0})
    stamps = {stamp for n in range(len(found)) for stamp in _stamps(name, found.setting(n))}
    assert stamps == {"HINDSIGHT", "AS OF 2024-12-18"}


def _stamps(name: str, sets: dict[str, Any]) -> tuple[str, ...]:
    return config.load(name, [config.assignment(k, v) for k, v in sets.items()]).strategy().stamps()
