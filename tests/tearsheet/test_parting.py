"""The page of two runs that part: whole, the same bytes twice, hostile names as text, nothing amiss in a browser."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from fedcycle.backtests.runs.storage import Run
from fedcycle.backtests.tearsheet.pages import run_diff
from fedcycle.data.market import Market

HOSTILE = '<script>alert(1)</script><img src=x onerror="alert(2)">'


@pytest.fixture
def two(six: Run, six_market: Market) -> run_diff.RunDiffPage:
    """108 against 99 after six sessions, all of it from small on average."""
    other = replace(six, id="large-00000000", name=HOSTILE, stamps=("HINDSIGHT",))
    lead = six.ledger.value / six.benchmark_value - 1.0
    document = {
        "keys": [{"key": "strategy.asset", "a": "small", "b": HOSTILE}, {"key": "benchmark", "a": None, "b": "large"}],
        "first_difference": {"session": "2001-01-02", "asset": "small", "a": 1.0, "b": 0.0},
        "trades_only_in_a": [{"filled_on": "2001-01-02", "side": "buy", "asset": "small", "units": 1.0, "usd": 100.0}],
        "trades_only_in_b": [],
        "gap": {
            "usd": 9.0,
            "currency": "USD",
            "capital_usd": 100.0,
            "unit": "relative wealth",
            "active_return": 0.09,
            "per_usd": 0.01,
            "relative": 108 / 99 - 1,
            "parts": {"average": 9.5, "timing": 0.0, "costs": -0.5, "rounding": 0.0},
            "by_asset": [{"asset": "small", "average": 9.5, "timing": 0.0, "usd": 9.5}],
            "by_cycle": [
                {
                    "cycle": "cuts from 2001-01-03, to the next hike",
                    "start": "2001-01-04",
                    "end": "2001-01-09",
                    "sessions": 4,
                    "usd": 9.0,
                    "costs": -0.5,
                }
            ],
        },
    }
    running = {"small": np.linspace(0.0, 9.5, 6), "costs": np.full(6, -0.5)}
    return run_diff.RunDiffPage(six, other, six_market, six_market.sessions, lead, running, document)


def test_the_finding_says_how_much_from_when_and_in_which_cycle(two: run_diff.RunDiffPage) -> None:
    finding = re.sub(r"</?span[^>]*>", "", re.findall(r'<p class="finding">(.*?)</p>', run_diff.render(two))[0])
    assert finding.startswith("From $100, rate-cycle-timing ends $9.00 ahead of &lt;script&gt;")
    assert "[HINDSIGHT] (+9.1%); they part on 2001-01-02, and +$9.00 of it is from 2001-01-04 to 2001-01-09" in finding


def test_two_renders_are_the_same_bytes(two: run_diff.RunDiffPage) -> None:
    assert run_diff.render(two) == run_diff.render(two)


def test_in_a_browser_it_is_whole_and_hostile_names_are_text(
    on_a_phone: Any, undrawn: Any, two: run_diff.RunDiffPage
) -> None:
    tab, wrong = on_a_phone(run_diff.render(two))
    assert tab.locator("section").count() == 3
    assert tab.locator("img").count() == 0
    assert HOSTILE in tab.locator("h1").text_content()
    assert tab.locator("#chart-gap canvas").count() == 1
    assert undrawn(tab, "gap") == []
    assert tab.evaluate("document.documentElement.scrollWidth") == 390
    tab.close()
    assert wrong == []
