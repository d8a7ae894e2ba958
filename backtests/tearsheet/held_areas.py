"""Areas of what an account holds: longs stacked above zero, shorts and loans below it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from fedcycle.backtests.analysis.holdings import CASH_NAMES
from fedcycle.backtests.tearsheet import charts
from fedcycle.data.market import Market
from fedcycle.data.typing import Float64

DUST = 1e-4
"""A weight that never reaches a basis point is rounding or loose change and gets no area of its own."""


def areas(
    names: Sequence[str],
    weights: Float64,
    market: Market,
    *,
    patterns: Sequence[str],
    pattern: dict[str, Any],
    **look: Any,
) -> list[charts.Figure]:
    """Return a stacked area for each name that is held, and one below zero for each that is sold short or owed.

    Parameters
    ----------
    names : N names
    weights : (T, N) fraction of value at each point of the calendar
    patterns : shapes that neighbouring areas take in turn, so that they differ by more than colour
    pattern : what else a fill pattern has
    look : further attributes of a line, such as its calendar
    """
    traces = []
    for place, (name, j, part, stack) in enumerate(_sides(names, weights)):
        colour = "--cash" if names[j] in CASH_NAMES else f"--asset-{market.column(names[j]) % 10}"
        area = charts.line(name, 100 * part, colour=colour, **look)
        filled = {"shape": patterns[place % len(patterns)], **pattern, "bgcolor": colour}
        traces.append(area | {"stackgroup": stack, "fillcolor": colour, "fillpattern": filled})
    return traces


def _sides(names: Sequence[str], weights: Float64) -> Iterator[tuple[str, int, Float64, str]]:
    """Yield each side of each name that is there: what it is called, its column, its weights and its stack."""
    for j, name in enumerate(names):
        weight = weights[:, j]
        below = weight.min() < -DUST
        if weight.max() > DUST:
            yield name, j, np.maximum(weight, 0.0) if below else weight, "held"
        if below:
            called = "loan" if name in CASH_NAMES else f"{name}, short"
            yield called, j, np.minimum(weight, 0.0), "short"
