"""The grid: what a config's ``sweep`` stands for, and how it is cut."""

from __future__ import annotations

import itertools
import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fedcycle.backtests.core.errors import ConfigError
from fedcycle.backtests.sweep.design import LARGEST_BLOCK, Grid, expanded

from ..property_tests import examples


@pytest.mark.parametrize(
    ("stated", "values"),
    [
        ([3, 1, "x"], (3, 1, "x")),
        ({"from": 3, "to": 12, "step": 3}, (3, 6, 9, 12)),
        ({"from": 3, "to": 11, "step": 3}, (3, 6, 9)),
        ({"from": 0.1, "to": 0.3, "step": 0.1}, (0.1, 0.2, 0.3)),
        ({"from": -0.2, "to": 0.0, "step": 0.1}, (-0.2, -0.1, 0.0)),
        ({"from": 5, "to": 5, "step": 1}, (5,)),
        # Hand-checked: a float anywhere makes all of them floats, as a float parameter wants.
        ({"from": 1, "to": 2, "step": 0.5}, (1.0, 1.5, 2.0)),
    ],
)
def test_a_list_is_itself_and_a_range_is_written_out(stated, values):
    found = expanded("execution.lag", stated)
    assert found == values
    assert [type(v) for v in found] == [type(v) for v in values]


@pytest.mark.parametrize(
    ("stated", "says"),
    [
        ({}, "sweep is empty"),
        ({"execution.lag": {"from": 1, "to": 3}}, "range of execution.lag has from, to"),
        ({"execution.lag": {"from": 3, "to": 1, "step": 1}}, "goes from 3 to 1"),
        ({"execution.lag": {"from": 1, "to": 3, "step": 0}}, "by 0"),
        ({"execution.lag": {"from": 1, "to": 3, "step": True}}, "step of execution.lag is True"),
        ({"execution.lag": {"from": 0, "to": 1e9, "step": 1e-3}}, "take a larger step"),
        ({"execution.lag": [1, 2, 1]}, "execution.lag tries 1 twice"),
        ({"name": ["a", "b"]}, "name changes no number"),
        ({"strategy.window": ["until_hike"], "strategy.window.months": [3]}, "set the same value"),
        ({f"strategy.p{k}": list(range(100)) for k in range(4)}, "100,000,000 variants"),
    ],
)
def test_a_grid_that_makes_no_sense_is_refused_with_the_key(stated, says):
    with pytest.raises(ConfigError, match=says):
        Grid.of(stated)


def test_variants_are_the_product_with_the_rules_parameters_fastest():
    grid = Grid.of({"strategy.asset": ["small", "mid"], "execution.lag": [1, 2]})
    assert [grid.variant(n) for n in range(len(grid))] == [
        {"execution.lag": 1, "strategy.asset": "small"},
        {"execution.lag": 1, "strategy.asset": "mid"},
        {"execution.lag": 2, "strategy.asset": "small"},
        {"execution.lag": 2, "strategy.asset": "mid"},
    ]


def test_another_class_is_never_batched():
    grid = Grid.of({"strategy.class": ["BuyAndHold"], "strategy.asset": ["small", "mid"]})
    assert (grid.settings, grid.batch) == (2, 1)


@settings(max_examples=examples(80))
@given(
    inner=st.lists(st.integers(1, 40), max_size=4).filter(lambda sizes: math.prod(sizes) <= 60_000),
    outer=st.lists(st.integers(1, 5), max_size=2),
)
def test_blocks_hold_every_variant_once_and_in_order(inner, outer):
    stated = {f"execution.k{k}": list(range(n)) for k, n in enumerate(outer)}
    stated |= {f"strategy.p{k}": list(range(n)) for k, n in enumerate(inner)}
    if not stated:
        return
    grid = Grid.of(stated)
    at = 0
    for number, block in enumerate(grid.blocks):
        assert (block.number, block.first) == (number, at)
        assert block.count <= LARGEST_BLOCK or len(block.settings) == 1
        for setting in block.settings:
            for place in itertools.product(*block.box):
                values = {key: grid.inner[key][k] for key, k in zip(grid.inner, place, strict=True)}
                assert grid.variant(at) == {**grid.setting(setting), **values}
                at += 1
    assert at == len(grid)


def test_a_million_variants_are_numbers_until_they_are_run():
    # 250 blocks of 4,096: what a grid keeps does not grow with what it stands for.
    grid = Grid.of({"strategy.a": {"from": 1, "to": 1000, "step": 1}, "strategy.b": {"from": 1, "to": 1000, "step": 1}})
    assert len(grid) == 1_000_000
    assert len(grid.blocks) == 250
    assert grid.variant(999_999) == {"strategy.a": 1000, "strategy.b": 1000}
