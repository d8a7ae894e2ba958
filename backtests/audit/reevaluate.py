"""Asking a rule once more: its weights on a market at a day, what differs from the decision made, and how to say so."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from dataclasses import dataclass

from fedcycle.backtests.audit.report import Violation
from fedcycle.data.closeness import SAME
from fedcycle.data.market import Market, MarketView
from fedcycle.data.typing import Day
from fedcycle.strategies.strategy import LONG_ONLY, Limits, Strategy, check_weights


@dataclass(frozen=True)
class Answer:
    """What a rule said: weights, or the error it raised."""

    weights: Mapping[str, float]
    error: str | None = None


def ask(strategy: Strategy, view: MarketView, limits: Limits = LONG_ONLY) -> Answer:
    """Return a rule's answer to a view; an error is an answer too, since another market may call it forth."""
    try:
        return Answer(check_weights(strategy, strategy.weights(view), view, limits))
    except (Exception, SystemExit) as error:  # noqa: BLE001 - a user's rule: whatever it raises is told, not hidden
        return Answer({}, f"{type(error).__name__}: {error}")


def ask_at(strategy: Strategy, market: Market, day: Day, limits: Limits = LONG_ONLY) -> Answer:
    """Return a fresh copy of a rule's answer on a day of a market."""
    return ask(copied(strategy), market.as_of(day), limits)


def copied(strategy: Strategy) -> Strategy:
    """Return a copy of a rule that shares with it only what cannot be copied, such as a lock or a view of a mapping."""
    double = object.__new__(type(strategy))
    for name, value in vars(strategy).items():
        try:
            own = copy.deepcopy(value)
        except Exception:  # noqa: BLE001 - a user's class raises whatever it likes; a fresh process has a copy of its own
            own = value
        object.__setattr__(double, name, own)
    return double


def answers_differ(one: Answer, other: Answer) -> bool:
    """Return whether two answers differ by more than rounding."""
    if (one.error is None) != (other.error is None):
        return True
    if one.error is not None:
        return False
    assets = {*one.weights, *other.weights}
    return any(abs(one.weights.get(a, 0.0) - other.weights.get(a, 0.0)) > SAME for a in assets)


def violation(check: str, day: Day, made: Answer, other: Answer, *, input_: str, why: str) -> Violation:
    """Return the violation of a decision that came out otherwise: the asset whose weight changed most.

    ``why`` completes "... would be so much": such as "had the next close of small been another".
    """
    assets = sorted({*made.weights, *other.weights})
    if other.error is not None or made.error is not None or not assets:
        raised = other.error or made.error or "nothing"
        asset = max(made.weights, key=lambda a: made.weights[a], default=None)
        sentence = f"on {day} the rule raises {raised} {why}"
        weight = None if asset is None else made.weights[asset]
        return Violation(
            check=check, day=str(day), asset=asset, weight=weight, other_weight=None, input=input_, sentence=sentence
        )
    asset = max(assets, key=lambda a: abs(made.weights.get(a, 0.0) - other.weights.get(a, 0.0)))
    before, after = made.weights.get(asset, 0.0), other.weights.get(asset, 0.0)
    sentence = f"on {day} the weight of {asset} is {before:.6g}, but {after:.6g} {why}"
    return Violation(
        check=check, day=str(day), asset=asset, weight=before, other_weight=after, input=input_, sentence=sentence
    )


def side_effect_violation(check: str, day: Day | None, made: Answer, *, what: str, which: str) -> Violation:
    """Return the violation of a rule that touched what it must not: its largest weight was decided that way."""
    asset = max(sorted(made.weights), key=lambda a: made.weights[a], default=None)
    when = "while it is loaded" if day is None else f"on {day}"
    return Violation(
        check=check,
        day=None if day is None else str(day),
        asset=asset,
        weight=None if asset is None else made.weights[asset],
        other_weight=None,
        input=which,
        sentence=f"{when} the rule {what} ({which}), which no view of the market hands out",
    )
