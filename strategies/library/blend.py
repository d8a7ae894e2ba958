"""Blend: a fixed mix of other rules."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

from fedcycle.data.closeness import SAME
from fedcycle.data.errors import listing
from fedcycle.data.frozen_mapping import FrozenMapping
from fedcycle.data.market import MarketView
from fedcycle.data.suggest import did_you_mean
from fedcycle.strategies.explanation import Explanation
from fedcycle.strategies.strategy import (
    Strategy,
    StrategyError,
    Weights,
    check_number,
    check_rule,
    parameter,
    sum_weights,
)


@dataclass(frozen=True, kw_only=True)
class Blend(Strategy):
    """Follow several rules at once, each with its share of the portfolio; what the shares leave over stays in cash.

    Each rule is asked on the same day, and an asset that several hold gets the sum of its parts. Shares are restored
    on every decision day, so a rule that did well is trimmed.

    Why it might work: rules that err at different times make a calmer whole, and one that times the cycle costs less
    when it is wrong about a part of the money only. It encodes no statement of the note by itself; it holds C2, C8 and
    C9 side by side, as the note recommends them together. How it could fail: rules that are all about small caps fall
    together; and a good rule is diluted by those beside it.
    """

    rules: Mapping[str, Strategy] = parameter(
        unit="name of your own -> a rule: {class: ..., its parameters}", doc="What is followed."
    )
    shares: Mapping[str, float] = parameter(
        unit="fraction of portfolio value per name in rules", doc="How much each rule gets; together at most 1."
    )

    def __post_init__(self) -> None:
        rules, shares = _checked(self.rules, self.shares)
        object.__setattr__(self, "rules", FrozenMapping(rules))
        object.__setattr__(self, "shares", FrozenMapping(shares))

    def weights(self, view: MarketView) -> Weights:
        """Return the shares of all rules' weights, added up per asset."""
        asked = [(self.shares[name], rule.weights(view)) for name, rule in self.rules.items()]
        return sum_weights([(asset, share * weight) for share, held in asked for asset, weight in held.items()])

    def explain(self, view: MarketView) -> Explanation:
        """Return why each rule weighted as it did."""
        parts = {f"rules.{name}": rule.explain(view) for name, rule in self.rules.items()}
        return Explanation("always", self.weights(view), parts=parts)


def _checked(rules: object, shares: object) -> tuple[dict[str, Strategy], dict[str, float]]:
    """Return rules and shares of the same names, in the order of the rules, or raise StrategyError."""
    if not isinstance(rules, Mapping) or not rules:
        raise StrategyError(f"Blend: rules is {rules!r}; name at least one rule, such as {{timing: {{class: ...}}}}")
    if not isinstance(shares, Mapping):
        raise StrategyError(f"Blend: shares is {shares!r}; write a fraction for each of {', '.join(rules)}")
    for name, rule in rules.items():
        check_rule("Blend", f"rules.{name}", rule)
        if name not in shares:
            raise StrategyError(f"Blend: shares has nothing for {name}; write {name}: and a fraction, such as 0.5")
    for name in shares:
        if name not in rules:
            raise StrategyError(f"Blend: shares.{name} does not exist in rules{did_you_mean(name, list(rules))}")
    given = {name: _share(f"shares.{name}", shares[name]) for name in rules}
    total = math.fsum(given.values())
    if total > 1 + SAME:
        raise StrategyError(
            f"Blend: shares add up to {total:.10g}{_overlap(rules, given)}; at most 1 can be invested, write fractions "
            "that add up to at most 1"
        )
    return dict(rules), given


def _share(name: str, value: object) -> float:
    share = check_number("Blend", name, value)
    if not 0 < share <= 1:
        remedy = f"write {share / 100:g} for {share:g}%" if 1 < share <= 100 else "write 0.5 for half"
        raise StrategyError(f"Blend: {name} is {share:g}, but it is a fraction of portfolio value, above 0; {remedy}")
    return share


def _overlap(rules: Mapping[str, Strategy], shares: Mapping[str, float]) -> str:
    """Return which asset several rules could hold to more than 1 together, as part of a sentence, or nothing."""
    for asset in dict.fromkeys(asset for rule in rules.values() for asset in rule.named_assets()):
        names = [name for name, rule in rules.items() if asset in rule.named_assets()]
        total = math.fsum(shares[name] for name in names)
        if len(names) > 1 and total > 1 + SAME:
            return f", and {listing(names)} may hold {asset} to {total:.10g} together"
    return ""
