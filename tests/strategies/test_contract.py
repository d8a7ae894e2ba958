"""The contract that every rule of the library inherits, and the proof that it can be broken."""

from __future__ import annotations

import copy
import gc
import re
from collections.abc import Callable, Mapping
from dataclasses import FrozenInstanceError, dataclass, fields
from typing import Any, ClassVar

import numpy as np
import pytest

from fedcycle.backtests.audit import scrambled
from fedcycle.backtests.core.backtest import first_start
from fedcycle.data.errors import NotYetKnown
from fedcycle.data.market import Market, MarketView
from fedcycle.data.typing import Day
from fedcycle.strategies.explanation import Explanation
from fedcycle.strategies.library import load, names
from fedcycle.strategies.strategy import LONG_ONLY, Limits, Strategy, StrategyError, Weights, check_weights

EXAMPLES: Mapping[str, tuple[Mapping[str, Any], ...]] = {
    "BuyAndHold": ({"asset": "small"},),
    "FixedMix": ({"weights": {"small": 0.5, "large": 0.25}},),
    "RateCycleTiming": (
        {},
        {"recognise": {"pause": {"months": 3}}, "window": {"months": 24}},
        {"recognise": {"as_of": "2001-12-31"}, "window": "until_hike"},
        {"recognise": "hindsight", "window": "until_hike", "risk_off": "bills"},
        {"recession": "required"},
        {"recession": "excluded", "window": "until_hike"},
    ),
    "MidOverSmall": (
        {},
        {"when": "rates_press"},
        {"when": "rates_press", "surge_bp": 25.0, "surge_sessions": 21, "correlation_sessions": 40},
    ),
    "QualitySmallCaps": ({},),
    "YieldShield": (
        {"rule": load("BuyAndHold")(asset="small")},
        {"rule": load("RateCycleTiming")(recognise="hindsight"), "to": "bills", "leave_bp": -10.0, "stay_sessions": 5},
    ),
    "SectorTilt": ({}, {"when": "expansion", "sectors": ("financials", "micro"), "tilt": 0.5, "core": "large"}),
    "BofAComposite": (
        {},
        {"pressure": False, "quality": False, "window": "until_hike"},
        {"recovery": False, "hiking": False, "recognise": "hindsight"},
        {"pressure": {"large": 0.5}, "rebound": False, "recovery": False},
    ),
    "Trend": ({}, {"asset": "large", "otherwise": "small", "sessions": 50, "margin": 0.02}),
    "Momentum": ({}, {"top": 2, "sessions": 126, "skip": 0, "safe": None}),
    "InverseVolatility": ({}, {"assets": ("small", "bills"), "sessions": 21}),
    "LongShort": (
        {},
        {"long": load("RateCycleTiming")(), "short": "small", "short_size": 0.5},
        {
            "long": load("MidOverSmall")(when="rates_press"),
            "short": load("BuyAndHold")(asset="large"),
            "long_size": 0.7,
        },
    ),
    "VolatilityTarget": (
        {"rule": "small"},
        {"rule": load("MidOverSmall")(when="rates_press"), "target": 0.1, "safe": None, "sessions": 21},
    ),
    "When": (
        {
            "when": {"all": [{"yield_surge": {"sessions": 63, "above_bp": 75.0}}, {"paused": {"months": 6}}]},
            "then": "mid",
            "otherwise": "small",
        },
        {
            "when": {
                "any": [
                    {"phase": {"one_of": ["easy", "plateau"]}},
                    {"not": {"final_cut": {"recognise": {"pause": {"months": 3}}, "window": "until_hike"}}},
                    {"yield_surge": {"above_bp": 50.0, "leave_bp": 50.0, "stay": 5}},
                    {"value": {"series": "DGS10", "below": 3.0}},
                    {"correlation": {"asset": "small", "relative_to": "large", "below": -0.3}},
                    "recession",
                ]
            },
            "then": load("RateCycleTiming")(),
            "otherwise": "bills",
        },
        {
            "when": {
                "all": [
                    {"above_average": {"asset": "small", "sessions": 100}},
                    {"relative_strength": {"asset": "small", "against": "large"}},
                    {"not": {"drawdown": {"asset": "small", "beyond": 0.2}}},
                    {"not": {"volatility": {"asset": "small", "above": 0.4}}},
                    {"not": {"month": {"one_of": [9, 10]}}},
                ]
            },
            "then": "small",
            "otherwise": load("BuyAndHold")(asset="large"),
        },
        {"when": {"final_cut": {"recognise": "hindsight"}}, "then": "small", "otherwise": "large"},
    ),
    "Blend": (
        {
            "rules": {"timing": load("RateCycleTiming")(recession="required"), "mid": load("MidOverSmall")()},
            "shares": {"timing": 0.5, "mid": 0.25},
        },
        {
            "rules": {"shield": load("YieldShield")(rule=load("MidOverSmall")(when="rates_press"), to="large")},
            "shares": {"shield": 1.0},
        },
    ),
}
"""Parameters with which each rule is held to the contract; a new rule needs at least one row."""
LIMITS = {"LongShort": Limits(short=True, gross=2.0)}
"""What rules may answer that are no rules of a long, unlevered account."""
FINAL_CUTS = np.array(["1996-01-31", "1998-11-17", "2003-06-25", "2008-12-16"], dtype="datetime64[D]")
# Most on the eve of an announcement, when a peek would pay; 2003-12-24 on the eve of a pause's end.
CUTS = tuple(
    np.datetime64(d)
    for d in ("1997-03-24", "1999-06-29", "2001-01-02", "2002-11-05", "2003-12-24", "2007-09-17", "2008-12-15")
)


def examples() -> list[Any]:
    """Return every example of every rule there is."""
    return [
        pytest.param(load(name)(**parameters).with_hindsight(FINAL_CUTS), id=f"{name}-{k}")
        for name in names()
        for k, parameters in enumerate(EXAMPLES.get(name, ()))
    ]


def first_day(rule: Strategy, market: Market) -> Day:
    first, why = first_start(market, rule)
    assert first is not None, f"{type(rule).__name__} can never start: {why}"
    return first


def asked_days(rule: Strategy, market: Market, last: Day) -> list[Day]:
    """Return the last ten sessions up to a day and about every second month before, from the first possible one."""
    sessions = market.sessions[(market.sessions >= first_day(rule, market)) & (market.sessions <= last)]
    return [*sessions[:-10:43], *sessions[-10:]]


def decisions(rule: Strategy, market: Market, days: list[Day]) -> list[dict[str, float]]:
    limits = LIMITS.get(type(rule).__name__, LONG_ONLY)
    return [check_weights(rule, rule.weights(view), view, limits) for view in map(market.as_of, days)]


def with_another_future(market: Market, day: Day, seed: int) -> Market:
    """Return the market with every price after a day and every value known after it replaced; sessions are kept."""
    return scrambled(market, day, seed=seed, turned=bool(seed % 2))


# --- the contract: each clause takes a rule and a market, and fails by an assertion or by the rule's own error ---


def is_unmoved_by_the_future(rule: Strategy, market: Market) -> None:
    for seed, day in enumerate(CUTS):
        days = asked_days(rule, market, day)
        other = with_another_future(market, day, seed)
        for when, before, after in zip(days, decisions(rule, market, days), decisions(rule, other, days), strict=True):
            assert before == after, f"what happened after {day} changed the decision of {when}"


def needs_no_more_than_the_past(rule: Strategy, market: Market) -> None:
    for day in CUTS:
        stub = market.truncated(day)
        assert decisions(rule, market, [day]) == decisions(rule, stub, [day]), f"another decision on {day} as it stood"


def is_pure(rule: Strategy, market: Market) -> None:
    days = asked_days(rule, market, CUTS[-1])
    twin, before = copy.deepcopy(rule), hash(rule)
    forward = decisions(rule, market, days)
    assert decisions(rule, market, days) == forward, "asked twice, it answered twice"
    assert decisions(rule, market, days[::-1])[::-1] == forward, "the order of the days changed the answers"
    assert decisions(twin, market, days) == forward, "an equal rule answered otherwise"
    assert (rule, hash(rule)) == (twin, before), "being asked changed the rule"
    with pytest.raises(FrozenInstanceError):
        rule.remembered = 1  # type: ignore[attr-defined]


def gives_valid_weights(rule: Strategy, market: Market) -> None:
    # A run ends where the first of the assets it names does.
    last = min((market.spans[asset][1] for asset in rule.named_assets()), default=len(market.sessions) - 1)
    sessions = market.sessions[: last + 1]
    sessions = sessions[sessions >= first_day(rule, market)]
    decisions(rule, market, list(sessions[::5]))


def ignores_the_order_of_assets(rule: Strategy, market: Market) -> None:
    days = asked_days(rule, market, CUTS[-1])
    order = np.random.default_rng(7).permutation(len(market.assets))
    names_ = tuple(market.assets[j] for j in order)
    permuted = Market(market.name, market.sessions, names_, market.prices[:, order], market.series)
    assert decisions(rule, permuted, days) == decisions(rule, market, days), "the order of the columns matters"


def ignores_assets_not_yet_listed(rule: Strategy, market: Market) -> None:
    for day in CUTS[:3]:
        days = asked_days(rule, market, day)
        debut = np.where(market.sessions > day, 100.0, np.nan)[:, None]
        assets = ("aaa_newcomer", *market.assets)
        wider = Market(market.name, market.sessions, assets, np.hstack([debut, market.prices]), market.series)
        assert decisions(rule, wider, days) == decisions(rule, market, days), f"a listing after {day} changed the past"


def works_from_its_first_possible_day(rule: Strategy, market: Market) -> None:
    decisions(rule, market, [first_day(rule, market)])


def explains_what_it_does(rule: Strategy, market: Market) -> None:
    for day in asked_days(rule, market, CUTS[-1]):
        view = market.as_of(day)
        said = rule.explain(view)
        assert dict(said.weights) == dict(rule.weights(view)), f"on {day} it explains other weights than it gives"
        assert said.branch, f"on {day} it does not say which branch it took"
        for seen in said.seen:
            assert seen.known_on is None or seen.known_on <= day, f"on {day} it saw {seen.name} of {seen.known_on}"
        assert set(said.parts) <= set(rule.inner()), "it explains rules that it is not made of"


Clause = Callable[[Strategy, Market], None]
CONTRACT: tuple[Clause, ...] = (
    is_unmoved_by_the_future,
    needs_no_more_than_the_past,
    is_pure,
    gives_valid_weights,
    ignores_the_order_of_assets,
    ignores_assets_not_yet_listed,
    works_from_its_first_possible_day,
    explains_what_it_does,
)


@pytest.mark.parametrize("clause", CONTRACT, ids=lambda clause: clause.__name__)
@pytest.mark.parametrize("rule", examples())
def test_every_rule_keeps_the_contract(rule: Strategy, clause: Clause, market: Market) -> None:
    clause(rule, market)


@pytest.mark.parametrize("name", names())
def test_every_rule_has_an_example(name: str) -> None:
    assert EXAMPLES.get(name), f"{name} is in the library but not in EXAMPLES; add the parameters to test it with"


@pytest.mark.parametrize("name", names())
def test_every_rule_makes_its_case_and_says_what_its_parameters_are(name: str) -> None:
    rule = load(name)
    case = re.sub(r"\s+", " ", rule.__doc__ or "")
    assert (rule.__doc__ or "").split("\n")[0].endswith((".", ";", ":")), "the first line is what the rule does"
    for part in ("Why it might work", "encodes", "ow it could fail"):
        assert part in case, f"the docstring of {name} does not say: {part}"
    assert re.search(r"\bC\d{1,2}\b", case), f"the docstring of {name} names no statement of the note"
    for parameter in fields(rule):
        assert {"unit", "doc"} <= set(parameter.metadata), f"{name}.{parameter.name} has no unit or no sentence"


def test_the_rules_that_can_change_their_mind_do_so_on_the_seeded_market(market: Market) -> None:
    steady = {"MidOverSmall": ({},), "SectorTilt": ({},)}
    for name in ("RateCycleTiming", "MidOverSmall", "YieldShield", "SectorTilt", "BofAComposite", "Blend"):
        for parameters in EXAMPLES[name]:
            rule = load(name)(**parameters).with_hindsight(FINAL_CUTS)
            answers = {str(d) for d in decisions(rule, market, asked_days(rule, market, CUTS[-1]))}
            assert (len(answers) > 1) is (parameters not in steady.get(name, ())), (name, parameters, answers)


# --- rules that break it ---


def inside(view: MarketView) -> tuple[Market, int]:
    """Return what a rule must not reach: the market behind a view, by whatever name it is kept, and today's place."""
    (market,) = (thing for thing in gc.get_referents(view) if isinstance(thing, Market))
    return market, market.position(view.today)


@dataclass(frozen=True, kw_only=True)
class Planted(Strategy):
    """A rule with a fault."""


class PeeksAtTomorrow(Planted):
    """Holds what will rise more on the next session."""

    def weights(self, view: MarketView) -> Weights:
        market, today = inside(view)
        small, large = market.column("small"), market.column("large")
        after = market.prices[min(today + 1, len(market.sessions) - 1)] / market.prices[today]
        return {"small" if after[small] > after[large] else "large": 1.0}


class PeeksAtTheNextChange(Planted):
    """Holds small caps when the next change of the target, still unknown, will be a cut."""

    def weights(self, view: MarketView) -> Weights:
        changes = inside(view)[0].series["target_change"]
        later = changes.values[changes.known_on > view.today]
        return {"small" if len(later) and later[0] < 0 else "large": 1.0}


class CountsFutureListings(Planted):
    """Spreads over all assets that the data will ever have."""

    def weights(self, view: MarketView) -> Weights:
        return {"small": 1.0 / len(inside(view)[0].assets)}


class Alternates(Planted):
    """Holds another asset each time it is asked."""

    asked: ClassVar[list[Day]] = []

    def weights(self, view: MarketView) -> Weights:
        self.asked.append(view.today)
        return {"small" if len(self.asked) % 2 else "large": 1.0}


class RemembersTheLastDay(Planted):
    """Holds small caps when the days it is asked on move forward."""

    def weights(self, view: MarketView) -> Weights:
        last = getattr(self, "last", view.today)
        object.__setattr__(self, "last", view.today)
        return {"small" if view.today >= last else "large": 1.0}


class TakesTheFirst(Planted):
    """Holds whatever asset comes first."""

    def weights(self, view: MarketView) -> Weights:
        return {view.assets[0]: 1.0}


class BorrowsMoney(Planted):
    """Invests more than there is."""

    def weights(self, view: MarketView) -> Weights:
        return {"small": 1.0, "large": 0.5}


class HoldsWhatHasEnded(Planted):
    """Holds an asset after its last close."""

    def weights(self, view: MarketView) -> Weights:
        return {"financials": 1.0}


class ExplainsAnother(Planted):
    """Says it holds small caps, and holds large ones."""

    def weights(self, view: MarketView) -> Weights:
        return {"large": 1.0}

    def explain(self, view: MarketView) -> Explanation:
        return Explanation("small", {"small": 1.0})


class SaysNothing(Planted):
    """Holds large caps and does not say why."""

    def weights(self, view: MarketView) -> Weights:
        return {"large": 1.0}


class AsksTooEarly(Planted):
    """Reads a year of closes and says nothing about it."""

    def weights(self, view: MarketView) -> Weights:
        return {"small" if view.closes("small", 252)[0] > 100.0 else "large": 1.0}


@pytest.mark.parametrize(
    ("rule", "clause", "said"),
    [
        (PeeksAtTomorrow(), is_unmoved_by_the_future, "what happened after .* changed the decision of"),
        (PeeksAtTomorrow(), needs_no_more_than_the_past, "another decision on"),
        (PeeksAtTheNextChange(), is_unmoved_by_the_future, "what happened after .* changed the decision of"),
        (PeeksAtTheNextChange(), needs_no_more_than_the_past, "another decision on 2001-01-02 as it stood"),
        (CountsFutureListings(), ignores_assets_not_yet_listed, "a listing after 1997-03-24 changed the past"),
        (Alternates(), is_pure, "asked twice, it answered twice|order of the days"),
        (RemembersTheLastDay(), is_pure, "asked twice, it answered twice"),
        (TakesTheFirst(), ignores_the_order_of_assets, "the order of the columns matters"),
        (BorrowsMoney(), gives_valid_weights, "weights add up to 1.5"),
        (HoldsWhatHasEnded(), gives_valid_weights, "'financials' has no price that day"),
        (ExplainsAnother(), explains_what_it_does, "it explains other weights than it gives"),
        (SaysNothing(), explains_what_it_does, "it does not say which branch it took"),
        (AsksTooEarly(), works_from_its_first_possible_day, "small: closes: 252 asked on"),
    ],
    ids=lambda value: value if isinstance(value, str) else getattr(value, "__name__", type(value).__name__),
)
def test_the_contract_finds_the_fault_of_a_planted_rule(
    rule: Strategy, clause: Clause, said: str, market: Market
) -> None:
    with pytest.raises((AssertionError, StrategyError, NotYetKnown), match=said):
        clause(rule, market)
