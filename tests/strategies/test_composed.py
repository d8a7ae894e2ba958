"""Rules made of other rules: what the inner ones need, name and stamp is not lost on the way up."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

import numpy as np
import pytest

from fedcycle.data.market import Market, MarketView
from fedcycle.strategies.explanation import Explanation
from fedcycle.strategies.library import load
from fedcycle.strategies.strategy import Strategy, Weights

Builder = Callable[..., Market]
CUTS = np.array(["2003-06-25", "2008-12-16"], dtype="datetime64[D]")
SMALL, LARGE = load("BuyAndHold")(asset="small"), load("BuyAndHold")(asset="large")
HINDSIGHT = load("RateCycleTiming")(recognise="hindsight")


@dataclass(frozen=True, kw_only=True)
class First(Strategy):
    """A user's own rule around others, in all the ways a parameter can hold them, that overrides nothing."""

    one: Strategy
    several: tuple[Strategy, ...] = ()
    named: Mapping[str, Strategy] = field(default_factory=dict)

    def weights(self, view: MarketView) -> Weights:
        return self.one.weights(view)


WRAPPERS: Mapping[str, Callable[[Strategy], Strategy]] = {
    "YieldShield": lambda rule: load("YieldShield")(rule=rule),
    "Blend": lambda rule: load("Blend")(rules={"it": rule, "large": LARGE}, shares={"it": 0.5, "large": 0.5}),
    "a user's, as it is": lambda rule: First(one=rule),
    "a user's, in a list": lambda rule: First(one=SMALL, several=(LARGE, rule)),
    "a user's, in a mapping": lambda rule: First(one=SMALL, named={"it": rule}),
    "two deep": lambda rule: First(one=load("YieldShield")(rule=First(one=rule))),
}


@pytest.mark.parametrize("wrap", WRAPPERS.values(), ids=WRAPPERS)
def test_a_stamp_is_not_lost_inside_another_rule(wrap: Callable[[Strategy], Strategy]) -> None:
    assert wrap(HINDSIGHT).stamps() == ("HINDSIGHT",)
    assert wrap(load("RateCycleTiming")(recognise={"as_of": "2025-01-12"})).stamps() == ("AS OF 2025-01-12",)
    assert wrap(SMALL).stamps() == ()


@pytest.mark.parametrize("wrap", WRAPPERS.values(), ids=WRAPPERS)
def test_the_true_final_cuts_reach_a_rule_inside_another(wrap: Callable[[Strategy], Strategy]) -> None:
    told = wrap(HINDSIGHT).with_hindsight(CUTS)
    assert told == wrap(HINDSIGHT.with_hindsight(CUTS))
    assert told != wrap(HINDSIGHT)
    blind = wrap(SMALL)
    assert blind.with_hindsight(CUTS) is blind


@pytest.mark.parametrize("wrap", WRAPPERS.values(), ids=WRAPPERS)
def test_what_a_rule_needs_and_names_is_needed_and_named_around_it(wrap: Callable[[Strategy], Strategy]) -> None:
    inner = load("MidOverSmall")(when="rates_press")
    outer = wrap(inner)
    assert set(inner.named_assets()) <= set(outer.named_assets())
    for name, sessions in inner.requirements().items():
        assert outer.requirements()[name] >= sessions


def test_a_rule_names_the_rules_in_it_by_dotted_key() -> None:
    rule = First(one=SMALL, several=(LARGE,), named={"timing": HINDSIGHT})
    assert rule.inner() == {"one": SMALL, "several.0": LARGE, "named.timing": HINDSIGHT}
    assert SMALL.inner() == {}


def test_a_rule_that_does_not_explain_itself_gives_its_weights_and_its_parts(policy: Market) -> None:
    said = First(one=SMALL).explain(policy.as_of(policy.sessions[0]))
    assert said == Explanation("", {"small": 1.0}, parts={"one": Explanation("always", {"small": 1.0})})


# --- Blend ---


def test_a_blend_adds_up_what_its_rules_hold(policy: Market) -> None:
    mix = load("FixedMix")(weights={"small": 0.5, "mid": 0.25})
    rule = load("Blend")(rules={"mix": mix, "small": SMALL}, shares={"mix": 0.4, "small": 0.5})
    # 0.4 x 0.5 + 0.5, and 0.4 x 0.25
    assert rule.weights(policy.as_of(policy.sessions[0])) == pytest.approx({"small": 0.7, "mid": 0.1}, abs=1e-15)


def test_a_blend_keeps_its_own_copy_and_can_be_hashed() -> None:
    rules, shares = {"small": SMALL}, {"small": 0.5}
    blend = load("Blend")(rules=rules, shares=shares)
    rules["small"], shares["small"] = LARGE, 1.0
    twin = load("Blend")(rules={"small": SMALL}, shares={"small": 0.5})
    assert (blend, hash(blend)) == (twin, hash(twin))


# --- YieldShield ---

DAYS = ["2024-06-28", *(f"2024-07-{d:02}" for d in (1, 2, 3, 4, 5, 8))]
SURGING = {"2024-06-28": 4.0, "2024-07-01": 4.0, "2024-07-02": 4.0, "2024-07-03": 4.6, "2024-07-04": 4.6}
"""A rise of 60 basis points over two sessions is known at the close of 07-04, when 4.6 of 07-03 follows 4.0."""


@pytest.mark.parametrize(
    ("given", "day", "weights"),
    [
        ({}, "2024-07-03", {"small": 0.6, "large": 0.3}),
        ({}, "2024-07-04", {"mid": 0.6, "large": 0.3}),
        ({"to": "large"}, "2024-07-04", {"large": 0.9}),  # what moves is added to what is there
        ({"to": "bills"}, "2024-07-04", {"bills": 0.6, "large": 0.3}),
        ({"small": ("large",)}, "2024-07-04", {"small": 0.6, "mid": 0.3}),
        ({"enter_bp": 60.0}, "2024-07-04", {"small": 0.6, "large": 0.3}),  # 60 is not above 60
        ({}, "2024-07-08", {"small": 0.6, "large": 0.3}),  # the rise of 07-08 is 0
        ({"stay_sessions": 3}, "2024-07-08", {"mid": 0.6, "large": 0.3}),
    ],
)
def test_a_shield_moves_small_caps_while_a_surge_is_on(
    tiny: Builder, given: Mapping[str, Any], day: str, weights: Weights
) -> None:
    market = tiny(DAYS, dgs10=SURGING)
    mix = load("FixedMix")(weights={"small": 0.6, "large": 0.3})
    rule = load("YieldShield")(rule=mix, **{"surge_sessions": 2, "stay_sessions": 1, **given})
    assert rule.weights(market.as_of(np.datetime64(day))) == pytest.approx(weights, abs=1e-15)


def test_a_shield_is_told_from_the_data_alone_not_from_the_days_it_was_asked_on(market: Market) -> None:
    every = load("YieldShield")(rule=SMALL)
    days = market.sessions[300:2000]
    asked_daily = [every.weights(market.as_of(d)) for d in days]
    fresh = load("YieldShield")(rule=SMALL)
    assert [fresh.weights(market.as_of(d)) for d in days[::-29]] == asked_daily[::-29]
    changes = sum(a != b for a, b in pairwise(asked_daily))
    assert 0 < changes <= len(days) / 21  # at least 21 sessions between two changes


# --- SectorTilt ---


def test_the_first_sector_gets_the_most(policy: Market) -> None:
    rule = load("SectorTilt")(sectors=("financials", "energy", "transport"), tilt=0.3)
    # of 0.3: 3, 2 and 1 parts of 6
    expected = {"small": 0.7, "financials": 0.15, "energy": 0.1, "transport": 0.05}
    assert rule.weights(policy.as_of(policy.sessions[0])) == pytest.approx(expected, abs=1e-15)


# --- BofAComposite ---


@pytest.mark.parametrize(
    ("given", "day", "branch"),
    [
        ({}, "2003-12-26", "recovery"),
        ({"recovery": False}, "2003-12-26", "rebound"),
        ({"recovery": False, "rebound": False}, "2003-12-26", "otherwise"),
        ({}, "1999-05-17", "rebound"),
        ({"rebound": False}, "1999-05-17", "otherwise"),
        ({}, "1999-05-14", "otherwise"),
        ({}, "1999-06-30", "hiking"),
        ({"hiking": False}, "1999-06-30", "otherwise"),
        ({}, "2006-12-29", "otherwise"),  # six months after the hike of 2006-06-29
        ({"phase_months": 7}, "2006-12-29", "hiking"),
        ({"window": "until_hike"}, "2012-06-29", "recovery"),
        ({}, "2012-06-29", "otherwise"),
        ({"recognise": {"as_of": "2025-01-12"}}, "2025-01-13", "rebound"),
    ],
)
def test_the_first_branch_that_holds_and_is_on_decides(
    policy: Market, given: Mapping[str, Any], day: str, branch: str
) -> None:
    rule = load("BofAComposite")(pressure=False, **given)
    said = rule.explain(policy.as_of(np.datetime64(day)))
    assert said.branch == branch
    mix = {"small_quality" if role == "small" else role: weight for role, weight in getattr(rule, branch).items()}
    assert rule.weights(policy.as_of(np.datetime64(day))) == mix


def test_pressure_comes_before_everything_else(tiny: Builder) -> None:
    days = [f"2024-{month:02}-{day:02}" for month in (1, 2) for day in range(1, 29)]
    surging = {d: 4.0 + 0.02 * k + 0.01 * (k % 2) for k, d in enumerate(days)}
    small = [100.0 + k % 3 for k in range(len(days))]
    changes = {"2023-01-03": 25.0, "2023-07-03": -25.0}
    market = tiny(days, {"small": small, "large": [100.0] * len(days)}, dgs10=surging, changes=changes)
    shape = {"surge_sessions": 30, "correlation_sessions": 20, "recovery": False}
    view = market.as_of(market.sessions[-1])
    assert load("BofAComposite")(**shape).explain(view).branch == "pressure"
    assert load("BofAComposite")(**shape, pressure=False).explain(view).branch == "rebound"
    assert load("BofAComposite")(**shape, surge_bp=70.0, correlation_below=-0.99).explain(view).branch == "rebound"


def test_a_branch_that_is_off_asks_for_nothing_and_stamps_nothing() -> None:
    off = {"pressure": False, "recovery": False, "rebound": False, "hiking": False}
    rule = load("BofAComposite")(**off, recognise="hindsight")
    assert (dict(rule.requirements()), rule.stamps()) == ({}, ())
    assert rule.named_assets() == ("small_quality", "mid", "large")
    assert load("BofAComposite")(**off, quality=False).named_assets() == ("small", "mid", "large")
    assert load("BofAComposite")(recognise="hindsight").stamps() == ("HINDSIGHT",)
    assert dict(load("BofAComposite")(**{**off, "hiking": True}).requirements()) == {"target_change": 1}


def test_a_branch_that_is_true_holds_what_it_holds_by_default() -> None:
    assert load("BofAComposite")(pressure=True) == load("BofAComposite")()


# --- RateCycleTiming behind a gate ---


@pytest.mark.parametrize(
    ("gate", "day", "asset"),
    [
        ("required", "2003-12-26", "small"),
        ("excluded", "2003-12-26", "large"),
        ("required", "1999-05-17", "large"),
        ("excluded", "1999-05-17", "small"),
        ("required", "2020-09-15", "small"),
        ("required", "2025-06-18", "large"),
        ("excluded", "2025-06-18", "small"),
        ("ignored", "2025-06-18", "small"),
        ("excluded", "2025-06-17", "large"),  # the pause is not over, whatever the gate
    ],
)
def test_a_recession_gate_opens_or_shuts_the_window(policy: Market, gate: str, day: str, asset: str) -> None:
    rule = load("RateCycleTiming")(recession=gate)
    assert rule.weights(policy.as_of(np.datetime64(day))) == {asset: 1.0}


def test_a_gate_needs_a_turning_point_and_no_gate_does_not() -> None:
    assert dict(load("RateCycleTiming")(recession="required").requirements()) == {
        "target_change": 1,
        "nber_turning_point": 1,
    }
    assert dict(load("RateCycleTiming")().requirements()) == {"target_change": 1}
