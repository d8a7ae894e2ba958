"""What a rule's parameters become under further ``--set``, for sweeps: the checks of a whole config, paid once."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from fedcycle.backtests.config import resolve, rules
from fedcycle.backtests.config.classes import find_class
from fedcycle.backtests.config.model import at
from fedcycle.backtests.config.write import flow
from fedcycle.backtests.errors import ConfigError
from fedcycle.strategies.strategy import Strategy, StrategyError


class Parameters:
    """The class of one config's rule, and the arguments it is constructed with.

    Parameters
    ----------
    ref : a path, or a shipped name
    sets : ``a.b=1``, laid over the file
    """

    def __init__(self, ref: str | Path, sets: Iterable[str] = ()) -> None:
        _, self._tree = resolve.resolve(str(ref), sets)
        named = at(self._tree, "strategy", "class")
        self.kind: type[Strategy] = find_class(str(named.value), named).kind
        self.base: Mapping[str, Any] = rules.arguments(self.kind, at(self._tree, "strategy"))

    def under(self, sets: Iterable[str]) -> Mapping[str, Any]:
        """Return the constructor's arguments with ``strategy.key=value`` laid over; raises as a config would."""
        tree = self._tree
        for text in sets:
            tree = resolve.with_set(tree, text, Path.cwd())
        return rules.arguments(self.kind, at(tree, "strategy"))

    def construct(self, arguments: Mapping[str, Any]) -> Strategy:
        """Return the rule; raises StrategyError where it refuses the arguments."""
        try:
            return self.kind(**arguments)
        except StrategyError:
            raise
        except Exception as error:
            raise ConfigError(
                f"{self.kind.__name__} refuses its parameters: {type(error).__name__}: {error}"
            ) from error


def assignment(key: str, value: Any) -> str:
    """Return ``KEY=VALUE`` as ``--set`` takes it, for a value that a config can hold."""
    return f"{key}={flow(value)}"
