"""When: one rule or asset while conditions hold, and another otherwise."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self

from fedcycle.data.market import MarketView
from fedcycle.data.typing import Days
from fedcycle.strategies.condition import Condition
from fedcycle.strategies.conditions import condition
from fedcycle.strategies.explanation import Explanation
from fedcycle.strategies.strategy import (
    Strategy,
    StrategyError,
    Weights,
    check_asset,
    merge_requirements,
    parameter,
    unique_names,
)

THEN, OTHERWISE = "then", "otherwise"


@dataclass(frozen=True, kw_only=True)
class When(Strategy):
    """Hold one rule or asset while conditions hold, and another otherwise.

    ``when`` is one condition, or ``all``, ``any`` and ``not`` of several: ``phase``, ``paused``, ``final_cut``,
    ``yield_surge``, ``value``, ``correlation``, ``recession``, ``above_average``, ``relative_strength``, ``drawdown``,
    ``volatility`` and ``month``. Each is told from what was known at the close of the decision day.

    Why it might work: as far as the conditions tell when one side is paid for its risk. It encodes whatever statement
    is written into it, C2 and C3 with ``final_cut``, C4 and C12 with ``correlation`` and ``yield_surge``. How it could
    fail: every condition added is a choice made with the past in sight, and few cycles cannot tell a good one from a
    lucky one; a rule that flips often pays for it.
    """

    when: object = parameter(
        unit="a condition: {name: {its parameters}}, or all, any, not", doc="What must hold for the first."
    )
    then: Strategy | str = parameter(unit="name of an asset, or a rule", doc="What is held while it holds.")
    otherwise: Strategy | str = parameter(unit="name of an asset, or a rule", doc="What is held while it does not.")

    def __post_init__(self) -> None:
        rule = "When"
        object.__setattr__(self, "when", condition(self.when, rule))
        for name in (THEN, OTHERWISE):
            if not isinstance(getattr(self, name), Strategy):
                check_asset(rule, name, getattr(self, name))
        if self.then == self.otherwise:
            raise StrategyError(f"{rule}: then and otherwise are the same, so nothing would be chosen; name two")

    @property
    def _condition(self) -> Condition:
        return condition(self.when, "When")

    def requirements(self) -> Mapping[str, int]:
        """Return the history that the conditions and the rules need."""
        return merge_requirements(super().requirements(), self._condition.requirements())

    def named_assets(self) -> tuple[str, ...]:
        """Return the assets that are held or read."""
        held = [side for side in (self.then, self.otherwise) if isinstance(side, str)]
        return unique_names(*held, *super().named_assets(), *self._condition.assets())

    def stamps(self) -> tuple[str, ...]:
        """Return the stamps of the conditions and the rules."""
        return unique_names(*super().stamps(), *self._condition.stamps())

    def with_hindsight(self, final_cuts: Days) -> Self:
        """Return the rule with the true final cuts where a condition or a rule in it asks for hindsight."""
        told, known = super().with_hindsight(final_cuts), self._condition.with_hindsight(final_cuts)
        return told if known == self.when else dataclasses.replace(told, when=known)

    def weights(self, view: MarketView) -> Weights:
        """Return the weights of the side that the conditions choose."""
        side = self._side(view)
        return side.weights(view) if isinstance(side, Strategy) else {side: 1.0}

    def explain(self, view: MarketView) -> Explanation:
        """Return ``then`` or ``otherwise``, what the conditions saw, and why the rule in force weights as it does."""
        holds = self._condition.holds(view)
        key, side = (THEN, self.then) if holds else (OTHERWISE, self.otherwise)
        parts = {key: side.explain(view)} if isinstance(side, Strategy) else {}
        return Explanation(key, self.weights(view), self._condition.seen(view), parts)

    def _side(self, view: MarketView) -> Strategy | str:
        return self.then if self._condition.holds(view) else self.otherwise
