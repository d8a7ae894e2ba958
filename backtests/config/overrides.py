"""What a config and its rule's parameters become under further ``--set``, for sweeps: files are read once."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from fedcycle.backtests.config import layering, run_config, strategy_params
from fedcycle.backtests.config.run_config import RunConfig
from fedcycle.backtests.config.serialize import flow
from fedcycle.backtests.config.strategy_loader import find_class
from fedcycle.backtests.config.validate import at
from fedcycle.backtests.config.yaml_reader import Node
from fedcycle.backtests.core.errors import ConfigError
from fedcycle.strategies.strategy import Strategy, StrategyError


class Variants:
    """One config, read once, under any further ``--set``: all checks of a whole load, and its sentences.

    Parameters
    ----------
    ref : a path, or a shipped name
    """

    def __init__(self, ref: str | Path) -> None:
        self._file, self._tree = layering.resolve(str(ref))
        self._benchmarks: dict[Path, RunConfig] = {}

    def load(self, sets: Iterable[str]) -> RunConfig:
        """Return what ``load(ref, sets)`` returns; raises what it raises."""
        return run_config.built(self._file, overridden(self._tree, sets), benchmarks=self._benchmarks)

    def parameters(self, sets: Iterable[str]) -> Parameters:
        """Return the rule's parameters under some ``--set``."""
        return Parameters(overridden(self._tree, sets))


class Parameters:
    """The class of one config's rule, and the arguments it is constructed with.

    Parameters
    ----------
    tree : the config, every value with its origin
    """

    def __init__(self, tree: Node) -> None:
        self._tree = tree
        named = at(tree, "strategy", "class")
        self.kind: type[Strategy] = find_class(str(named.value), named).kind
        self.base: Mapping[str, Any] = strategy_params.arguments(self.kind, at(tree, "strategy"))

    def under(self, sets: Iterable[str]) -> Mapping[str, Any]:
        """Return the constructor's arguments with overrides ``strategy.key=value``; raises as a config would."""
        return strategy_params.arguments(self.kind, at(overridden(self._tree, sets), "strategy"))

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


def overridden(tree: Node, sets: Iterable[str]) -> Node:
    """Return a config with some ``--set`` overriding it; relative paths in them start from the working directory."""
    for text in sets:
        tree = layering.with_set(tree, text, Path.cwd())
    return tree


def assignment(key: str, value: Any) -> str:
    """Return ``KEY=VALUE`` as ``--set`` takes it, for a value that a config can hold."""
    return f"{key}={flow(value)}"
