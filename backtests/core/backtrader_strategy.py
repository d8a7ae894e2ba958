"""A user's own ``bt.Strategy`` in the place of a rule of ours: what a config may name and only backtrader can run."""

from __future__ import annotations

import copy
import dataclasses
import keyword
from functools import partial
from typing import Any, ClassVar

from fedcycle.backtests.core.parameter_texts import text_of, value_of
from fedcycle.data.market import MarketView
from fedcycle.strategies.strategy import Strategy, StrategyError, Weights

FEEDS = "feeds"


@dataclasses.dataclass(frozen=True, kw_only=True)
class BacktraderStrategy(Strategy):
    """Stands for a ``bt.Strategy``: its parameters are the fields, and the backtrader engine runs the class itself."""

    strategy_class: ClassVar[Any] = None
    feeds: tuple[str, ...] = dataclasses.field(
        default=(),
        metadata={
            "unit": "names of assets, or ASSET/weeks, ASSET/months, ASSET/years for longer bars of one listed before",
            "doc": "The strategy's data feeds in order; all assets of the market where none is listed.",
        },
    )

    def __post_init__(self) -> None:
        if self.strategy_class is not None:
            self.parameters()

    def weights(self, view: MarketView) -> Weights:  # noqa: ARG002
        """Refuse: backtrader asks a ``bt.Strategy`` for orders, nobody asks it for weights."""
        name = type(self).__name__
        raise StrategyError(
            f"{name} is a bt.Strategy, which only backtrader can run; write execution.engine: backtrader"
        )

    def parameters(self) -> dict[str, Any]:
        """Return the keyword arguments of the class; raises StrategyError for a text that means none of them."""
        kind = self.strategy_class
        try:
            return self._parameters(kind)
        except ValueError as error:
            raise StrategyError(f"{kind.__name__}: {error}") from error

    def _parameters(self, kind: Any) -> dict[str, Any]:
        return {
            name: value_of(getattr(self, name), usual, kind.__module__, name) for name, usual in kind.params._getitems()
        }


def is_native(kind: type[Any]) -> bool:
    """Return whether a class is a ``bt.Strategy``, told by its ancestors without importing backtrader."""
    return any(f"{base.__module__}.{base.__name__}" == "backtrader.strategy.Strategy" for base in kind.__mro__)


def wrap(kind: type[Any]) -> type[BacktraderStrategy]:
    """Return the Native whose fields are the ``params`` of a ``bt.Strategy``, each with its default.

    Raises
    ------
    StrategyError
        If a parameter's name cannot be a field.
    """
    fields = []
    for name, value in kind.params._getitems():  # backtrader keeps its parameters behind this name only
        if name == FEEDS:
            raise StrategyError(f"{kind.__name__}: parameter 'feeds' is how a config lists data feeds; rename it")
        if not name.isidentifier() or keyword.iskeyword(name) or hasattr(BacktraderStrategy, name):
            raise StrategyError(f"{kind.__name__}: parameter {name!r} clashes with a name of fedcycle; rename it")
        factory = dataclasses.field(
            default_factory=partial(copy.copy, text_of(value, kind.__module__)), metadata={"unit": None, "doc": None}
        )
        fields.append((name, object, factory))
    made = dataclasses.make_dataclass(
        kind.__name__,
        fields,
        bases=(BacktraderStrategy,),
        frozen=True,
        kw_only=True,
        namespace={"strategy_class": kind},
    )
    made.__module__, made.__doc__ = kind.__module__, kind.__doc__
    return made
