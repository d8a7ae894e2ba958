"""Where an asset can stand, a rule can stand: what either holds on a day, and what it names, needs and is stamped."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypeAlias

from fedcycle.data.market import MarketView
from fedcycle.strategies.explanation import Explanation
from fedcycle.strategies.strategy import Strategy, StrategyError, check_asset, sum_weights, unique_names

AssetOrRule: TypeAlias = str | Strategy
"""The name of an asset, or a rule whose weights stand in its place."""
UNIT = "name of an asset, or a rule: {class: ..., its parameters}"


def check_held(rule: str, name: str, value: object) -> None:
    """Raise StrategyError unless a parameter is the name of an asset or a rule."""
    if not isinstance(value, Strategy):
        check_asset(rule, name, value)


def check_held_differ(rule: str, first: tuple[str, AssetOrRule], second: tuple[str, AssetOrRule]) -> None:
    """Raise StrategyError if two parameters, each (name, value), hold the same: the rule would choose nothing."""
    if first[1] == second[1]:
        what = repr(first[1]) if isinstance(first[1], str) else "the same rule"
        raise StrategyError(f"{rule}: {first[0]} and {second[0]} are both {what}; name two different assets")


def check_watched(rule: str, name: str, value: object, held: tuple[str, AssetOrRule]) -> None:
    """Raise StrategyError unless there is an asset whose returns a signal can take.

    Parameters
    ----------
    name, value : the parameter that names it; None for what is held, which must then be an asset
    held : parameter and value of what is held
    """
    if value is not None:
        check_asset(rule, name, value)
    elif not isinstance(held[1], str):
        raise StrategyError(
            f"{rule}: {held[0]} is a rule, which has no closes for a signal to read; name an asset with {name}: small"
        )


def assets_in(*held: AssetOrRule) -> tuple[str, ...]:
    """Return the assets that each names."""
    return unique_names(*(a for each in held for a in ((each,) if isinstance(each, str) else each.named_assets())))


def spread(parts: Iterable[tuple[AssetOrRule, float]], view: MarketView) -> dict[str, float]:
    """Return weights in which each part is its asset, or its rule's weights of the day, times its share."""
    return sum_weights(
        [
            (asset, share * weight)
            for held, share in parts
            if share
            for asset, weight in ({held: 1.0} if isinstance(held, str) else held.weights(view)).items()
        ]
    )


def explanations(view: MarketView, **held: AssetOrRule) -> dict[str, Explanation]:
    """Return the explanation of each that is a rule, by its key."""
    return {key: each.explain(view) for key, each in held.items() if isinstance(each, Strategy)}
