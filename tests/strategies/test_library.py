"""The rules by name, what their parameters may be, and what they hold on days worked out by hand."""

from __future__ import annotations

import ast
import datetime as dt
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pydantic import TypeAdapter

from fedcycle.data.market import Market
from fedcycle.strategies import library
from fedcycle.strategies.final_cut import AsOf, Hindsight, Months, Pause, UntilHike
from fedcycle.strategies.library import load, names
from fedcycle.strategies.strategy import Strategy, StrategyError

RULES = (
    *("Blend", "BofAComposite", "BuyAndHold", "FixedMix", "MidOverSmall"),
    *("QualitySmallCaps", "RateCycleTiming", "SectorTilt", "YieldShield"),
)
SMALL, LARGE = load("BuyAndHold")(asset="small"), load("BuyAndHold")(asset="large")
CUTS = np.array(["1996-01-31", "1998-11-17", "2003-06-25", "2008-12-16"], dtype="datetime64[D]")
DAYS = [f"2024-{month:02}-{day:02}" for month in range(1, 5) for day in range(1, 27)]


def held(rule: Strategy, market: Market, day: str) -> str:
    (asset,) = rule.weights(market.as_of(np.datetime64(day)))
    return asset


def test_the_rules_that_configs_name_are_there() -> None:
    assert set(RULES) <= set(names())
    assert list(names()) == sorted(names())


@pytest.mark.parametrize("name", names())
def test_each_name_loads_the_strategy_of_that_name(name: str) -> None:
    rule = load(name)
    assert issubclass(rule, Strategy)
    assert rule.__name__ == name


@pytest.mark.parametrize(
    ("name", "near"), [("RateCycleTimming", "RateCycleTiming"), ("buyandhold", "BuyAndHold"), ("os", None)]
)
def test_an_unknown_rule_is_refused_with_the_nearest_name(name: str, near: str | None) -> None:
    with pytest.raises(StrategyError) as refused:
        load(name)
    assert (f"did you mean {near}?" in str(refused.value)) is (near is not None)
    assert "BuyAndHold" in str(refused.value)


def test_no_rule_imports_another() -> None:
    (folder,) = library.__path__
    for path in Path(folder).glob("[!_]*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            module = getattr(node, "module", None) or ",".join(a.name for a in getattr(node, "names", []) if a)
            if isinstance(node, ast.Import | ast.ImportFrom):
                assert "library" not in module, f"{path.name} imports {module}"


def test_a_config_reader_that_fills_dataclasses_leaves_what_was_written_to_the_rule() -> None:
    # A union of dataclasses in the annotation would read {pause: {months: 3}} as Hindsight() here, without a word.
    read = TypeAdapter(load("RateCycleTiming")).validate_python
    assert read({"recognise": {"pause": {"months": 3}}, "window": "until_hike"}) == load("RateCycleTiming")(
        recognise=Pause(3), window=UntilHike()
    )
    mix = TypeAdapter(load("FixedMix")).validate_python({"weights": {"small": 0.5}})
    assert dict(mix.weights) == {"small": 0.5}


@pytest.mark.parametrize(
    ("name", "given", "said"),
    [
        ("BuyAndHold", {"asset": ""}, "BuyAndHold: asset is ''; write the name of an asset"),
        ("FixedMix", {"weights": {}}, "FixedMix: weights is {}; name at least one asset"),
        ("FixedMix", {"weights": {"small": 0.7, "mid": 0.4}}, "FixedMix: weights add up to 1.1; at most 1"),
        ("RateCycleTiming", {"risk_on": " "}, "RateCycleTiming: risk_on is ' '; write the name of an asset"),
        ("RateCycleTiming", {"risk_on": "large"}, "RateCycleTiming: risk_on and risk_off are both 'large'; name two"),
        (
            "RateCycleTiming",
            {"recognise": {"pause": {"months": 13}}},
            "RateCycleTiming: recognise.pause.months is 13 months, but the window closes 12 months after the cut",
        ),
        ("RateCycleTiming", {"recognise": "hindsigt"}, "RateCycleTiming: recognise is 'hindsigt'; write {pause:"),
        ("RateCycleTiming", {"window": {"months": 0}}, "RateCycleTiming: window.months is 0 months; write 1 to 120"),
        ("MidOverSmall", {"mid": ""}, "MidOverSmall: mid is ''; write the name of an asset"),
        ("MidOverSmall", {"small": "mid"}, "MidOverSmall: mid and small are both 'mid'; name two different assets"),
        ("MidOverSmall", {"large": "small"}, "MidOverSmall: small and large are both 'small'; name two different"),
        ("MidOverSmall", {"when": "sometimes"}, "MidOverSmall: when is 'sometimes'; write always or rates_press"),
        (
            "MidOverSmall",
            {"surge_bp": 0.5},
            "MidOverSmall: surge_bp is 0.5, but it is in basis points (1 or more); write 50 for 0.5 percentage points",
        ),
        ("MidOverSmall", {"surge_bp": -50}, "MidOverSmall: surge_bp is -50; it is in basis points, write 1 to 1000"),
        ("MidOverSmall", {"surge_bp": 5000}, "MidOverSmall: surge_bp is 5000; it is in basis points, write 1 to 1000"),
        ("MidOverSmall", {"surge_bp": float("nan")}, "MidOverSmall: surge_bp is nan; write a finite number"),
        ("MidOverSmall", {"surge_sessions": 0}, "MidOverSmall: surge_sessions is 0 sessions; write 1 to 2520 sessions"),
        ("MidOverSmall", {"correlation_below": -1.0}, "MidOverSmall: correlation_below is -1; it is a correlation"),
        ("MidOverSmall", {"correlation_below": 1}, "MidOverSmall: correlation_below is 1; it is a correlation"),
        ("MidOverSmall", {"correlation_below": -30}, "MidOverSmall: correlation_below is -30; it is a correlation"),
        (
            "RateCycleTiming",
            {"recession": "requird"},
            "RateCycleTiming: recession is 'requird'; did you mean required?",
        ),
        ("QualitySmallCaps", {"asset": 5}, "QualitySmallCaps: asset is 5; write the name of an asset"),
        ("YieldShield", {"rule": "timing"}, "YieldShield: rule is 'timing'; write a rule, such as {class: BuyAndHold"),
        ("YieldShield", {"rule": SMALL, "to": "small"}, "YieldShield: to is 'small', which is among small; write mid,"),
        ("YieldShield", {"rule": SMALL, "small": ()}, "YieldShield: small is (); write a list of names of assets"),
        ("YieldShield", {"rule": SMALL, "small": "small"}, "YieldShield: small is 'small'; write a list of names"),
        ("YieldShield", {"rule": SMALL, "small": ("a", "a")}, "YieldShield: small has a twice; name each asset once"),
        (
            "YieldShield",
            {"rule": LARGE},
            "YieldShield: small is small, micro, small_ex_micro, small_quality, small_junk, but the rule it wraps "
            "holds large, so nothing would ever move; name the rule's small caps",
        ),
        (
            "YieldShield",
            {"rule": SMALL, "enter_bp": 0.5},
            "YieldShield: enter_bp is 0.5, but it is in basis points (1 or more); write 50 for 0.5 percentage points",
        ),
        (
            "YieldShield",
            {"rule": SMALL, "leave_bp": 0.25},
            "YieldShield: leave_bp is 0.25, but it is in basis points; write 25 for 0.25 percentage points",
        ),
        (
            "YieldShield",
            {"rule": SMALL, "leave_bp": 60.0},
            "YieldShield: leave_bp is 60 basis points, but a surge goes off below where it comes on, enter_bp 50; "
            "write less than 50",
        ),
        ("YieldShield", {"rule": SMALL, "leave_bp": 50.0}, "YieldShield: leave_bp is 50 basis points, but a surge"),
        (
            "YieldShield",
            {"rule": SMALL, "surge_sessions": 0},
            "YieldShield: surge_sessions is 0 sessions; write 1 to 2520",
        ),
        (
            "YieldShield",
            {"rule": SMALL, "stay_sessions": 0},
            "YieldShield: stay_sessions is 0 sessions; write 1 to 2520",
        ),
        ("SectorTilt", {"sectors": []}, "SectorTilt: sectors is []; write a list of names of assets"),
        ("SectorTilt", {"core": "financials"}, "SectorTilt: core is 'financials', which is among sectors; name anoth"),
        (
            "SectorTilt",
            {"tilt": 20},
            "SectorTilt: tilt is 20, but it is a fraction of portfolio value, above 0, at most 1; write 0.2 for 20%",
        ),
        ("SectorTilt", {"tilt": 0}, "SectorTilt: tilt is 0, but it is a fraction of portfolio value, above 0"),
        ("SectorTilt", {"when": "recession"}, "SectorTilt: when is 'recession'; write always or expansion"),
        ("BofAComposite", {"pressure": {"smal": 1.0}}, "BofAComposite: pressure.smal does not exist; did you mean sm"),
        (
            "BofAComposite",
            {"rebound": {"small": 0.8, "large": 0.4}},
            "BofAComposite: rebound has weights that add up to 1.2; at most 1 can be invested (fractions, not percent)",
        ),
        ("BofAComposite", {"hiking": {"small": -0.1}}, "BofAComposite: hiking: weight of small is -0.1; it must be >="),
        ("BofAComposite", {"hiking": "off"}, "BofAComposite: hiking is 'off'; write a mix of small, mid and large"),
        ("BofAComposite", {"otherwise": False}, "BofAComposite: otherwise is False; write a mix of small, mid and"),
        ("BofAComposite", {"quality": "yes"}, "BofAComposite: quality is 'yes'; write true or false"),
        ("BofAComposite", {"phase_months": 0}, "BofAComposite: phase_months is 0 months; write 1 to 120 months"),
        ("BofAComposite", {"surge_bp": 0.5}, "BofAComposite: surge_bp is 0.5, but it is in basis points (1 or more)"),
        ("BofAComposite", {"correlation_below": -3}, "BofAComposite: correlation_below is -3; it is a correlation"),
        ("BofAComposite", {"window": {"months": 0}}, "BofAComposite: window.months is 0 months; write 1 to 120"),
        (
            "BofAComposite",
            {"recognise": {"pause": {"months": 0}}},
            "BofAComposite: recognise.pause.months is 0 months; write 1 to 120 months",
        ),
        ("Blend", {"rules": {}, "shares": {}}, "Blend: rules is {}; name at least one rule"),
        ("Blend", {"rules": {"a": 1}, "shares": {"a": 1.0}}, "Blend: rules.a is 1; write a rule, such as {class:"),
        ("Blend", {"rules": {"a": SMALL}, "shares": 1.0}, "Blend: shares is 1.0; write a fraction for each of a"),
        ("Blend", {"rules": {"a": SMALL}, "shares": {}}, "Blend: shares has nothing for a; write a: and a fraction"),
        (
            "Blend",
            {"rules": {"alpha": SMALL}, "shares": {"alpha": 0.5, "alhpa": 0.5}},
            "Blend: shares.alhpa does not exist in rules; did you mean alpha?",
        ),
        (
            "Blend",
            {"rules": {"a": SMALL}, "shares": {"a": 50}},
            "Blend: shares.a is 50, but it is a fraction of portfolio value, above 0; write 0.5 for 50%",
        ),
        (
            "Blend",
            {"rules": {"a": SMALL, "b": SMALL}, "shares": {"a": 0.7, "b": 0.6}},
            "Blend: shares add up to 1.3, and a and b may hold small to 1.3 together; at most 1 can be invested",
        ),
        (
            "Blend",
            {"rules": {"a": SMALL, "b": LARGE}, "shares": {"a": 0.7, "b": 0.6}},
            "Blend: shares add up to 1.3; at most 1 can be invested",
        ),
        (
            "MidOverSmall",
            {"correlation_sessions": 3},
            "MidOverSmall: correlation_sessions is 3 sessions; write 20 to 2520",
        ),
    ],
)
def test_a_parameter_that_makes_no_sense_is_refused_with_rule_value_unit_and_remedy(
    name: str, given: Mapping[str, Any], said: str
) -> None:
    with pytest.raises(StrategyError) as refused:
        load(name)(**given)
    assert str(refused.value).startswith(said)


def test_the_only_required_parameters_are_those_without_a_sensible_default() -> None:
    for name in names():
        if name in ("BuyAndHold", "FixedMix", "YieldShield", "Blend", "VolatilityTarget", "When"):
            with pytest.raises(TypeError, match=r"missing \d required keyword-only argument"):
                load(name)()
        else:
            load(name)()


def test_buy_and_hold_is_always_fully_in_its_asset(policy: Market) -> None:
    rule = load("BuyAndHold")(asset="small")
    assert rule.weights(policy.as_of(policy.sessions[0])) == {"small": 1.0}
    assert rule.named_assets() == ("small",)


def test_a_mix_keeps_its_own_copy_and_equals_the_same_mix_in_another_order(policy: Market) -> None:
    given = {"small": 0.5, "large": 0.25}
    rule = load("FixedMix")(weights=given)
    given["small"] = 9.0
    twin = load("FixedMix")(weights={"large": 0.25, "small": 0.5})
    assert rule.weights(policy.as_of(policy.sessions[0])) == {"small": 0.5, "large": 0.25}
    assert (rule, hash(rule)) == (twin, hash(twin))
    assert rule != load("FixedMix")(weights={"small": 0.5})
    assert set(rule.named_assets()) == {"small", "large"}


@pytest.mark.parametrize(
    ("given", "day", "asset"),
    [
        ({}, "2003-12-24", "large"),
        ({}, "2003-12-25", "small"),  # six months after 2003-06-25
        ({}, "2004-06-25", "small"),  # the last day of twelve months counted from the cut
        ({}, "2004-06-28", "large"),
        ({}, "2002-11-05", "small"),  # believes in 2001-12-11
        ({}, "2002-11-06", "large"),
        ({"window": "until_hike"}, "2004-06-29", "small"),
        ({"window": "until_hike"}, "2004-06-30", "large"),
        ({"window": {"months": 24}}, "1999-06-29", "small"),
        ({"window": {"months": 24}}, "1999-06-30", "large"),  # the hike ends a window of months too
        ({"recognise": {"pause": {"months": 12}}}, "2004-06-24", "large"),
        ({"recognise": {"pause": {"months": 12}}}, "2004-06-25", "small"),  # open for this one day
        ({"recognise": {"pause": {"months": 12}}}, "2004-06-28", "large"),
        ({"recognise": {"as_of": "2025-01-12"}}, "2025-01-10", "large"),
        ({"recognise": {"as_of": "2025-01-12"}}, "2025-01-13", "small"),
        ({"recognise": {"as_of": "2025-01-12"}}, "2025-09-17", "large"),
        ({"recognise": "hindsight"}, "2003-06-24", "large"),
        ({"recognise": "hindsight"}, "2003-06-25", "small"),
        ({"recognise": "hindsight"}, "2002-11-05", "large"),
        ({"risk_on": "micro", "risk_off": "bills"}, "2003-12-25", "micro"),
        ({"risk_on": "micro", "risk_off": "bills"}, "2004-06-28", "bills"),
    ],
)
def test_rate_cycle_timing_holds_small_caps_while_its_window_is_on(
    policy: Market, given: Mapping[str, Any], day: str, asset: str
) -> None:
    assert held(load("RateCycleTiming")(**given).with_hindsight(CUTS), policy, day) == asset


def test_rate_cycle_timing_says_what_it_needs_and_what_its_figures_must_say() -> None:
    rule = load("RateCycleTiming")
    assert dict(rule().requirements()) == {"target_change": 1}
    assert rule().named_assets() == ("small", "large")
    assert rule().stamps() == ()
    assert rule(recognise="hindsight").stamps() == ("HINDSIGHT",)
    assert rule(recognise={"as_of": "2025-01-12"}).stamps() == ("AS OF 2025-01-12",)


def test_only_hindsight_is_told_the_true_final_cuts() -> None:
    rule = load("RateCycleTiming")
    for blind in (rule(), rule(recognise={"as_of": "2025-01-12"})):
        assert blind.with_hindsight(CUTS) is blind
    told = rule(recognise="hindsight", window={"months": 3}).with_hindsight(CUTS)
    assert told == rule(recognise=Hindsight.told(CUTS), window=Months(3))
    assert told.stamps() == ("HINDSIGHT",)


def test_hindsight_that_was_not_told_is_refused_when_asked(policy: Market) -> None:
    with pytest.raises(StrategyError, match="hindsight was not told the true final cuts"):
        held(load("RateCycleTiming")(recognise="hindsight"), policy, "2004-01-05")


def test_a_plain_value_becomes_what_it_means_once() -> None:
    rule = load("RateCycleTiming")(recognise={"as_of": dt.date(2025, 1, 12)}, window={"months": 9})
    assert (rule.recognise, rule.window) == (AsOf(dt.date(2025, 1, 12)), Months(9))


def test_mid_over_small_always_needs_nothing_but_mid_caps(policy: Market) -> None:
    rule = load("MidOverSmall")()
    assert held(rule, policy, "1994-01-03") == "mid"
    assert (rule.named_assets(), dict(rule.requirements())) == (("mid",), {})


def test_mid_over_small_names_the_history_its_signals_reach_back_over() -> None:
    rule = load("MidOverSmall")(when="rates_press")
    # 126 pairs, 2 more sessions, 126 // 20 + 5 that may lack a yield
    assert dict(rule.requirements()) == {"DGS10": 139, "small": 139, "large": 139}
    assert rule.named_assets() == ("mid", "small", "large")
    long = load("MidOverSmall")(when="rates_press", surge_sessions=252)
    assert long.requirements()["DGS10"] == 253


@pytest.fixture
def pressed(tiny: Callable[..., Market]) -> Callable[..., Market]:
    """Return a market whose yield rises by so many bp in all, in equal steps up and down around its path.

    Small caps gain ``sign`` percent on days when the yield steps up and lose it when it steps down; large caps rest,
    or do ``large_too`` times the same.
    """

    def build(rise_bp: float, sign: float, large_too: float = 0.0) -> Market:
        steps = [0.04 if k % 2 else -0.04 for k in range(len(DAYS))]
        path = {
            d: 4.0 + s + rise_bp / 100 * k / (len(DAYS) - 2) for k, (d, s) in enumerate(zip(DAYS, steps, strict=True))
        }
        small = [100.0 * (1 + sign * s / 4) for s in steps]
        rest = [100.0] * len(DAYS)
        large = [100.0 * (1 + large_too * sign * s / 4) for s in steps]
        return tiny(DAYS, {"small": small, "mid": rest, "large": large}, dgs10=path)

    return build


@pytest.mark.parametrize(
    ("rise_bp", "sign", "asset"),
    [
        (0.0, 1.0, "small"),  # small caps like yields, which go nowhere
        (0.0, -1.0, "mid"),  # small caps mind yields: the correlation is near -1
        (100.0, 1.0, "mid"),  # yields surge: 100 bp in 102 sessions are 61 in 62
        (70.0, 1.0, "small"),  # 70 bp in 102 sessions are 43 in 62
    ],
)
def test_mid_over_small_turns_to_mid_caps_when_either_signal_presses(
    pressed: Callable[..., Market], rise_bp: float, sign: float, asset: str
) -> None:
    rule = load("MidOverSmall")(when="rates_press", surge_sessions=62, correlation_sessions=60)
    assert held(rule, pressed(rise_bp, sign), DAYS[-1]) == asset


def test_mid_over_small_does_not_mind_what_hurts_large_caps_even_more(
    pressed: Callable[..., Market],
) -> None:
    rule = load("MidOverSmall")(when="rates_press", surge_sessions=62, correlation_sessions=60)
    assert held(rule, pressed(0.0, -1.0, large_too=2.0), DAYS[-1]) == "small"


@pytest.mark.parametrize("surge_bp", [1, 1000])
def test_the_smallest_and_largest_surge_in_basis_points_are_taken(surge_bp: int) -> None:
    assert load("MidOverSmall")(surge_bp=surge_bp).surge_bp == surge_bp


def test_a_rise_of_exactly_the_threshold_is_no_surge_and_a_hair_more_is(tiny: Callable[..., Market]) -> None:
    days = DAYS[:40]
    up = {d: 4.07 if k < 30 else 4.57 for k, d in enumerate(days)}
    small = [100.0 + k % 3 for k in range(40)]
    market = tiny(days, {"small": small, "mid": small, "large": [100.0] * 40}, dgs10=up)
    rule = load("MidOverSmall")
    shape = {"when": "rates_press", "surge_sessions": 15, "correlation_sessions": 20, "correlation_below": -0.99}
    assert held(rule(**shape, surge_bp=50.0), market, days[-1]) == "small"
    assert held(rule(**shape, surge_bp=49.99), market, days[-1]) == "mid"
