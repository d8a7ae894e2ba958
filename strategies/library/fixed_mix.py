"""FixedMix: constant weights, restored on every decision day."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from fedcycle.data.frozen_mapping import FrozenMapping
from fedcycle.data.market import MarketView
from fedcycle.strategies.explanation import Explanation
from fedcycle.strategies.strategy import Strategy, Weights, check_mix, parameter


class _Mix(FrozenMapping[float]):
    """Weights that answer a view with themselves.

    A config calls the parameter ``weights``, as the engines call the question; the parameter therefore is the answer.
    """

    __slots__ = ()

    def __init__(self, parts: Mapping[str, float]) -> None:
        super().__init__({asset: float(weight) for asset, weight in parts.items()})

    def __call__(self, view: MarketView) -> Weights:  # noqa: ARG002 - the answer is the same every day
        return self


@dataclass(frozen=True, kw_only=True)
class FixedMix(Strategy):
    """Hold constant weights, restored on every decision day; what they leave over stays in cash.

    Why it might work: restoring the weights sells what has risen and buys what has fallen, and a mix is calmer than
    its parts. It encodes no statement of the note; it is the benchmark for rules that move between assets (C2, C3,
    C9): a rule that holds small caps half of the time should beat half small caps all of the time. How it could fail:
    it buys a loser all the way down, and pays costs to do so.
    """

    weights: Mapping[str, float] = parameter(  # type: ignore[assignment]  # a callable mapping: see _Mix
        unit="fraction of portfolio value per asset",
        doc="What is held; each >= 0, together at most 1, the rest cash.",
    )

    def __post_init__(self) -> None:
        check_mix("FixedMix", self.weights)
        object.__setattr__(self, "weights", _Mix(self.weights))

    def named_assets(self) -> tuple[str, ...]:
        """Return the assets in the mix."""
        return tuple(self.weights)

    def explain(self, view: MarketView) -> Explanation:  # noqa: ARG002
        """Return that the weights are always the same."""
        return Explanation("always", self.weights)


# A field without a default leaves the base class's abstract method of that name in sight, though each instance has
# its own answer to it.
FixedMix.__abstractmethods__ = frozenset()
