"""Where the rate cycle stands: what could be told at a close, what rules hold, and what would change it."""

from __future__ import annotations

import numpy as np
import pytest

from fedcycle.backtests.config import load
from fedcycle.backtests.workflows.status import cycle_now, holds_now
from fedcycle.backtests.workflows.study import prepare
from fedcycle.data.dataset import load_market


def test_the_cycle_as_told_at_the_bundles_last_close_of_portfolios() -> None:
    found = cycle_now(load_market("bundle"), np.datetime64("2025-05-30"))
    assert found["last_change"] == {"change_bp": -25.0, "observed_on": "2024-12-19", "known_on": "2024-12-18"}
    assert found["phase"] == "cutting"  # five months after a cut, of six
    assert found["recognisers"]["pause of 3 months"] == "2024-12-18"
    assert found["recognisers"]["pause of 6 months"] == "none yet: the last cut was on 2024-12-18"
    assert found["problems"] == {}


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
