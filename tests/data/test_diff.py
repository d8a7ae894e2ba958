"""Two data sets cell by cell, with changes put there by hand."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from fedcycle.data.building.build import build
from fedcycle.data.building.diff import diff
from fedcycle.data.dataset import load_market
from fedcycle.data.market import Market
from fedcycle.data.series import Series, Unit
from fedcycle.data.typing import days

DAYS = days(["2024-03-01", "2024-03-04", "2024-03-05", "2024-03-06"])


def market(levels: list[float], rates: list[float], n: int = 4) -> Market:
    rate = Series("R", Unit.PERCENT_PER_YEAR, np.array(rates[:n]), DAYS[:n], DAYS[:n])
    return Market("m", DAYS[:n], ("a",), np.array(levels[:n])[:, None], {"R": rate})


def test_a_market_does_not_differ_from_itself() -> None:
    one = market([100, 101, 102, 103], [4.0, 4.1, 4.2, 4.3])
    assert diff(one, one).cells == ()


def test_one_rewritten_return_is_one_cell_though_it_moves_every_later_level() -> None:
    old = market([100, 110, 121, 133.1], [4.0, 4.1, 4.2, 4.3])
    new = market([100, 110, 132, 145.2], [4.0, 4.1, 4.2, 4.3])  # 20% where 10% was
    found = diff(old, new)
    assert [(c.name, c.day, c.kind) for c in found.cells] == [("a", "2024-03-05", "return")]
    assert (found.cells[0].old, found.cells[0].new) == pytest.approx((0.1, 0.2))
    assert found.cells[0].size == pytest.approx(10.0)
    assert found.columns[0].growth == pytest.approx(145.2 / 133.1 - 1)


def test_the_largest_change_comes_first_whatever_it_is_of() -> None:
    old = market([100, 101, 102.01, 103.0301], [4.0, 4.1, 4.2, 4.3])
    new = market([100, 101, 102.02, 103.0402], [4.0, 4.1, 4.2, 7.3])
    assert [(c.name, c.day) for c in diff(old, new).cells] == [("R", "2024-03-06"), ("a", "2024-03-05")]


def test_rounding_to_eight_digits_is_no_change() -> None:
    old = market([100, 101.23456, 102.01, 103.0301], [4.0, 4.1, 4.2, 4.3])
    new = market([100, 101.23457, 102.01, 103.0301], [4.0, 4.1, 4.2, 4.3])
    assert diff(old, new).cells == ()


def test_days_added_and_removed_are_counted() -> None:
    old, new = market([100, 101, 102, 103], [4.0, 4.1, 4.2, 4.3], 3), market([100, 101, 102, 103], [4.0, 4.1, 4.2, 4.3])
    assert {c.name: (c.common, c.added, c.removed) for c in diff(old, new).columns} == {"a": (3, 1, 0), "R": (3, 1, 0)}
    assert {c.name: (c.added, c.removed) for c in diff(new, old).columns} == {"a": (0, 1), "R": (0, 1)}


def test_compiled_data_sets_are_compared_and_the_answer_is_json(tiny_raw: Path, tmp_path: Path) -> None:
    build(tiny_raw, tmp_path / "old")
    path = tiny_raw / "fred" / "DGS2.csv"
    path.write_text(path.read_text().replace("1990-12-31,8.08", "1990-12-31,8.58"))
    build(tiny_raw, tmp_path / "new")
    found = diff(load_market(tmp_path / "old"), load_market(tmp_path / "new"))
    document = json.loads(json.dumps(found.document(), allow_nan=False))
    assert document["rewritten"] == 1
    assert document["cells"][0] | {"size": 0} == {
        "name": "DGS2",
        "kind": "value",
        "day": "1990-12-31",
        "old": 8.08,
        "new": 8.58,
        "size": 0,
    }
    assert document["cells"][0]["size"] == pytest.approx(0.5)
