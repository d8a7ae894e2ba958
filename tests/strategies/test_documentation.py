"""The examples in the docstrings of this package do what they say."""

from __future__ import annotations

import doctest
from types import ModuleType

import pytest

from fedcycle.backtests.config import nested_strategies
from fedcycle.data import calendar, frozen_mapping
from fedcycle.strategies import phase, strategy


@pytest.mark.parametrize(
    "module", [calendar, frozen_mapping, nested_strategies, phase, strategy], ids=lambda module: module.__name__
)
def test_the_examples_hold(module: ModuleType) -> None:
    found = doctest.testmod(module)
    assert found.attempted > 0
    assert found.failed == 0
