"""A config that is no file: a mapping of its keys, or a rule that was made in Python, such as in a notebook's cell."""

from __future__ import annotations

import dataclasses
import datetime as dt
import hashlib
import inspect
import linecache
import marshal
import re
import sys
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from types import FunctionType
from typing import Any

import numpy as np

from fedcycle.backtests.config import layering, run_config
from fedcycle.backtests.config.code_identity import Source as CodeSource
from fedcycle.backtests.config.code_identity import UserCode
from fedcycle.backtests.config.file_inputs import Opened
from fedcycle.backtests.config.run_config import RunConfig
from fedcycle.backtests.config.strategy_loader import Found, checked_kind
from fedcycle.backtests.config.strategy_params import parameters, written
from fedcycle.backtests.config.yaml_reader import Node, Source
from fedcycle.backtests.core import backtrader_strategy
from fedcycle.backtests.core.backtrader_strategy import FEEDS
from fedcycle.backtests.core.errors import ConfigError
from fedcycle.data.market import MarketView
from fedcycle.strategies.strategy import Strategy, StrategyError, Weights, unique_names

LABEL = "the config given"
"""What sentences call a config that has no file."""
CELL = "notebook_cell.py"
"""The file that a stored run keeps the text of a rule's cell in."""
LIBRARY = "fedcycle.strategies.library."
ASSETS = "assets"
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


def from_mapping(values: Mapping[str, Any], sets: Iterable[str] = (), *, store: Path | None = None) -> RunConfig:
    """Return the config that a mapping means, with what it extends and ``base.yaml`` below it, as a file has.

    Parameters
    ----------
    values : keys of a config, nested as in YAML
        Dates are ``datetime.date``, anything pandas or numpy has for a day, or ``YYYY-MM-DD``. Relative paths start
        from the working directory.
    sets : ``a.b=1``, overrides, in this order
    store : the data folder whose newest vintage ``data.market: store`` means; None leaves that unsaid

    Raises
    ------
    ConfigError
        With key, value and remedy, as for a file.
    """
    tree = layering.resolve_mapping(_node(plain(values), Source(LABEL, Path.cwd())), sets)
    return run_config.built(Path(LABEL), tree, benchmarks={}, store=store)


def from_rule(
    rule: Any,
    values: Mapping[str, Any],
    sets: Iterable[str] = (),
    *,
    assets: Sequence[str] = (),
    store: Path | None = None,
) -> RunConfig:
    """Return the config of a rule: an instance or class of Strategy, or a ``bt.Strategy`` class.

    A class of the library or of an importable module is named in the config, so that its run can be used and made
    again. Any other, such as one of a notebook's cell, is run as it is; what its names mean there nobody can know, so
    that its run is never used again.

    Parameters
    ----------
    rule : what to run
    values : the other keys of the config
    sets : ``a.b=1``, overrides, in this order
    assets : names for the rule's parameter ``assets`` (``feeds`` of a ``bt.Strategy``); a rule of a cell without one
        may hold these alone
    store : as for ``from_mapping``

    Raises
    ------
    ConfigError
        If it is no rule, or the config is wrong.
    """
    given = rule if isinstance(rule, type) else type(rule)
    kind = checked_kind(given, f"the rule given is {given.__name__}", given.__name__)
    stated = _stated(rule, kind)
    key = FEEDS if issubclass(kind, backtrader_strategy.BacktraderStrategy) else ASSETS
    takes = key in parameters(kind)
    if assets and takes:
        stated[key] = list(assets)
    name = _importable(given)
    if name is not None:
        if assets and not takes:
            raise ConfigError(
                f"{kind.__name__} has no parameter assets; name what it may hold in its own, or leave assets out"
            )
        return from_mapping({**values, "strategy": {"class": name, **stated}}, sets, store=store)
    limits = () if takes else tuple(assets)
    found = _of_cell(given, _limited(kind, limits) if limits else kind, limits)
    top = _node(plain({**values, "strategy": {"class": found.text, **stated}}), Source(LABEL, Path.cwd()))
    tree = layering.resolve_mapping(top, sets)
    return run_config.built(Path(LABEL), tree, benchmarks={}, store=store, found=found)


def plain(value: Any, key: str = "") -> Any:
    """Return a value as a config holds it: mappings, lists, texts, numbers and dates; raises ConfigError for another.

    Examples
    --------
    >>> plain({"period": {"start": "2001-01-02"}, "weights": (np.float64(0.5),)})
    {'period': {'start': datetime.date(2001, 1, 2)}, 'weights': [0.5]}
    """
    if isinstance(value, Mapping):
        return {str(k): plain(each, f"{key}.{k}" if key else str(k)) for k, each in value.items()}
    if isinstance(value, np.ndarray) or (isinstance(value, Sequence) and not isinstance(value, (str, bytes))):
        return [plain(each, key) for each in value]
    if isinstance(value, np.datetime64):
        return value.astype("datetime64[D]").item()
    if isinstance(value, np.generic):
        return value.item()
    if isinstance(value, dt.datetime):  # a pandas Timestamp is one
        return value.date()
    if isinstance(value, str):
        return _date_or_text(value)
    if isinstance(value, Path):
        return value.as_posix()
    if value is None or isinstance(value, (bool, int, float, dt.date)):
        return value
    kind = type(value).__name__
    raise ConfigError(
        f"{LABEL}: {key or 'it'} is of type {kind}, which a config cannot hold; "
        "write a text, a number, a date, a list or a mapping"
    )


def _date_or_text(text: str) -> dt.date | str:
    if _DATE.fullmatch(text):
        try:
            return dt.date.fromisoformat(text)
        except ValueError:
            return text  # such as 2024-02-30: no key for a date takes it
    return text


def _node(value: Any, source: Source) -> Node:
    """Return plain data as a config's nodes, which have a source and no line."""
    if isinstance(value, dict):
        return Node({key: _node(each, source) for key, each in value.items()}, source, None)
    if isinstance(value, list):
        return Node(tuple(_node(each, source) for each in value), source, None)
    return Node(value, source, None)


def _stated(rule: Any, kind: type[Strategy]) -> dict[str, Any]:
    """Return the parameters of an instance as a config writes them; none of a class, whose defaults stand."""
    if isinstance(rule, type):
        return {}
    found = {}
    for key in parameters(kind):
        try:
            found[key] = written(getattr(rule, key))
        except TypeError as error:
            raise ConfigError(f"{kind.__name__}.{key} cannot be written into a config: {error}") from error
    return found


def _importable(kind: type[Any]) -> str | None:
    """Return how a config names a class that another process could import; None for one that none could."""
    if kind.__module__.startswith(LIBRARY):
        return kind.__name__
    module = sys.modules.get(kind.__module__)
    whole = module is not None and getattr(module, "__file__", None) and getattr(module, kind.__name__, None) is kind
    return f"{kind.__module__}:{kind.__name__}" if whole and kind.__module__ != "__main__" else None


def _of_cell(kind: type[Any], run: type[Strategy], limits: tuple[str, ...]) -> Found:
    """Return a class that no module has, with the text of the cell or script that defines it where Python knows it."""
    functions = [f for f in vars(kind).values() if isinstance(f, FunctionType)]
    where = functions[0].__code__.co_filename if functions else "<nowhere>"
    text = "".join(linecache.getlines(where)) or _source(kind)
    content = text.encode()
    if not content:
        digest = hashlib.sha256(b"".join(marshal.dumps(f.__code__) for f in functions)).hexdigest()
        content = f"# Python kept no text of {kind.__name__}; sha256 of its code: {digest}\n".encode()
    reasons = [f"{kind.__name__} was written in a notebook cell or script: what the names in it mean is not known"]
    if limits:
        reasons.append(f"its assets were limited to {', '.join(limits)} by the call, which its config does not say")
    code = CodeSource(Path(where), UserCode(unknown=tuple(reasons)), Opened())
    return Found(run, f"{CELL}:{kind.__name__}", Path(CELL), content, code)


def _source(kind: type[Any]) -> str:
    try:
        return inspect.getsource(kind)
    except (OSError, TypeError):
        return ""


def _limited(kind: type[Strategy], assets: tuple[str, ...]) -> type[Strategy]:
    """Return a rule that needs some assets and may hold no other."""

    def named_assets(self: Strategy) -> tuple[str, ...]:
        return unique_names(*kind.named_assets(self), *assets)

    def weights(self: Strategy, view: MarketView) -> Weights:
        answer = kind.weights(self, view)
        others = [asset for asset in answer if asset not in assets]
        if others:
            raise StrategyError(
                f"{kind.__name__} on {view.today}: {others[0]!r} is not among the assets given ({', '.join(assets)}); "
                "add it there, or do not hold it"
            )
        return answer

    space = {
        "named_assets": named_assets,
        "weights": weights,
        "__module__": kind.__module__,
        "__qualname__": kind.__qualname__,
        "__doc__": kind.__doc__,
    }
    return dataclasses.dataclass(frozen=True, kw_only=True)(type(kind.__name__, (kind,), space))
