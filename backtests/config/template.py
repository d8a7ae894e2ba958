"""The commented config that ``fedcycle new`` writes: a study to start from."""

from __future__ import annotations

import dataclasses
import textwrap
from collections.abc import Iterator
from typing import Any

from fedcycle.backtests.config import serialize, strategy_params
from fedcycle.backtests.config.yaml_reader import shown
from fedcycle.backtests.core.errors import ConfigError
from fedcycle.data.suggest import nearest
from fedcycle.strategies import library
from fedcycle.strategies.strategy import Limits

_SMALL, _LARGE = {"class": "BuyAndHold", "asset": "small"}, {"class": "BuyAndHold", "asset": "large"}
EXAMPLES = {
    "asset": "small",
    "weights": {"small": 0.5, "large": 0.5},
    "rule": _SMALL,
    "rules": {"first": _SMALL, "second": _LARGE},
    "shares": {"first": 0.5, "second": 0.5},
    "when": {"yield_surge": {"sessions": 63, "above_bp": 75.0}},
    "then": "mid",
    "otherwise": "small",
}
"""What to start from where a parameter has no default; others start from ``small``."""

_HEAD = """\
# {question}
#
# Only differences from base.yaml stand here; `fedcycle config show {name}.yaml` prints every key and where it is from,
# `fedcycle strategies {strategy}` the rule's case and parameters.
extends: base.yaml
name: {name}
question: {question}

# First and last day of the run, YYYY-MM-DD; end: null is as far as the data reach.
period:
  start: 1998-01-02
  end: null

strategy:
  class: {strategy}
"""

_COSTS = """\
  costs:
    commission_bps: 0.0
    slippage_bps: 5.0
"""

_TAIL = """
# Sessions at whose close the rule is asked: month_end, month_start, quarter_end, year_end, week_end, daily, after_fomc,
# {every: N} sessions from the run's first, or {dates: FILE} with a day a line.
schedule: month_end

# What a trade costs, each side, in basis points of traded value (5.0 is 0.05%).
execution:
  costs:
    commission_bps: 0.0
    slippage_bps: 5.0

# An asset held from the start without costs, a mapping of weights such as {small: 0.5, large: 0.5}, or a config file.
benchmark: large
"""


def new(strategy: str = "RateCycleTiming", *, name: str = "my-study") -> str:
    """Return the text of a commented config for a strategy of the library; raises ConfigError for an unknown one."""
    if strategy not in library.names():
        near = nearest(strategy, library.names())
        remedy = f"write {near}" if near else f"there are {', '.join(library.names())}"
        raise ConfigError(f"strategy {shown(strategy)} does not exist; {remedy}")
    question = f"How does {strategy} do against large caps?"
    parameters = "".join(f"  {line}\n" for line in _parameters(strategy))
    tail = _TAIL.replace(_COSTS, _COSTS + _account(library.load(strategy).limits))
    return _HEAD.format(question=question, name=name, strategy=strategy) + parameters + tail


def _account(limits: Limits) -> str:
    """Return what a config must say of its account for a rule that answers with more than a long account may hold."""
    if not limits.wide:
        return ""
    short = str(limits.short).lower()
    said = "  # Whether weights may be negative, and what their sizes may add up to, times value.\n"
    return f"{said}  account: {{short: {short}, gross: {limits.gross}}}\n"


def _parameters(strategy: str) -> Iterator[str]:
    for key, field in strategy_params.parameters(library.load(strategy)).items():
        about = " ".join(
            filter(None, (field.metadata.get("doc"), f"Unit: {field.metadata.get('unit', 'see the rule')}."))
        )
        yield from textwrap.wrap(about, 110, initial_indent="# ", subsequent_indent="# ", break_on_hyphens=False)
        yield f"{key}: {serialize.flow(_start(key, field))}"


def _start(key: str, field: dataclasses.Field[Any]) -> Any:
    value = strategy_params.default(field)
    return EXAMPLES.get(key, "small") if value is dataclasses.MISSING or value == {} else strategy_params.written(value)
