"""What one choice changes and chance leaves of it: differences between pairs of accounts over the same histories."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import product
from typing import Any

import numpy as np

from fedcycle.backtests.inference import bootstrap_moments, intervals, resample
from fedcycle.backtests.inference.bootstrap import why_not_resampled
from fedcycle.backtests.inference.histories import Columns
from fedcycle.backtests.inference.inputs import BenchmarkSeries, ReturnSeries, shared
from fedcycle.backtests.inference.settings import SETTINGS, Settings
from fedcycle.backtests.statistics.numerics import ALIKE, level_returns
from fedcycle.data.typing import Float64

NAMES = ("mean_return", "sharpe", "cagr", "volatility")
"""What is compared; the first two are also judged all pairs together."""
TOGETHER = ("mean_return", "sharpe")

Answers = tuple[Mapping[str, float | None], Mapping[str, Float64]]


def of_contrasts(
    accounts: Sequence[ReturnSeries],
    pairs: Sequence[tuple[str, str]],
    benchmark_series: BenchmarkSeries,
    *,
    settings: Settings = SETTINGS,
) -> dict[str, Any]:
    """Return the differences between pairs of accounts, each with its interval, and all of them judged together.

    Parameters
    ----------
    accounts : K accounts over the same sessions
    pairs : (id of one, id of other): one less other
    benchmark_series : BenchmarkSeries
    settings : Settings

    Returns
    -------
    method : settings, block length, sessions, how many were dropped because the benchmark began later
    notes : id -> why an account could not be resampled; its pairs have None
    same : for each pair, whether the two accounts are one; nothing lies apart then
    contrasts : for each pair None, or name of ``NAMES`` -> ``intervals.difference``; those of ``TOGETHER`` also have
        ``apart_together``: whether 0 lies outside an interval so wide that, of all pairs, none at all is called apart
        by chance in a share ``level`` of histories

    Notes
    -----
    Paired: all accounts go through the same resampled sessions, so that what they share cancels. Blocks are as long as
    the longest that an account or a difference asks for. Together: the largest of all pairs' studentised deviations
    (single-step max-t; Romano & Wolf 2005, Econometrica 73(4)), with the resampled histories' own spread.
    """
    cut, y, dropped = shared(accounts, benchmark_series)
    notes = {a.id: why for a in cut if (why := why_not_resampled(a, y, settings)) is not None}
    fit = [a for a in cut if a.id not in notes]
    nothing: dict[str, Any] = {"bootstrap": "stationary", "block_sessions": None, "sessions": len(y.sessions)}
    method = nothing | {"sessions_dropped": dropped, **settings.plain()}
    told = [pair for pair in pairs if not notes.keys() & set(pair)]
    if not told:
        return {"method": method, "notes": notes, "same": [False] * len(pairs), "contrasts": [None] * len(pairs)}
    answers, block = _answers(fit, told, y, settings=settings)
    found = {
        (one, other): intervals.difference(answers[one], answers[other], settings=settings, names=NAMES)
        for one, other in told
    }
    returns = {a.id: level_returns(a.value, a.name) for a in fit}
    alike = {pair for pair in told if float(np.abs(returns[pair[0]] - returns[pair[1]]).max()) <= ALIKE}
    for pair, name in product(alike, NAMES):
        found[pair][name]["apart"] = False
    for name in TOGETHER:
        draws = [answers[one][1][name] - answers[other][1][name] for one, other in told]
        gaps = [found[pair][name]["difference"] for pair in told]
        for pair, apart in zip(told, together(gaps, draws, level=settings.level), strict=True):
            found[pair][name]["apart_together"] = apart
    method["block_sessions"] = round(block, 1)
    same, contrasts = [pair in alike for pair in pairs], [found.get(pair) for pair in pairs]
    return {"method": method, "notes": notes, "same": same, "contrasts": contrasts}


def _answers(
    accounts: Sequence[ReturnSeries], pairs: Sequence[tuple[str, str]], y: BenchmarkSeries, *, settings: Settings
) -> tuple[dict[str, Answers], float]:
    """Return each account's numbers with those of every resampled history, and the mean length of a block."""
    returns = {a.id: level_returns(a.value, a.name) for a in accounts}
    other, bills = level_returns(y.value, y.name), level_returns(y.bills, "bills")
    apart = [returns[one] - returns[two] for one, two in pairs]
    block = resample.block_length(*(r - bills for r in returns.values()), *apart)
    panel = bootstrap_moments.Panel.of(np.column_stack(list(returns.values())), other, bills, sessions=y.sessions)
    held = Columns(bootstrap_moments.columns(panel))
    sums = [drawn.sums(held) for drawn in resample.histories(len(bills), block=block, settings=settings)]
    drawn, _ = bootstrap_moments.statistics(np.vstack(sums), panel)
    return {a.id: (intervals.own(a.value, y), of) for a, of in zip(accounts, drawn, strict=True)}, block


def together(gaps: Sequence[float | None], draws: Sequence[Float64], *, level: float) -> list[bool | None]:
    """Return which of several differences lie apart from 0 when all are judged together.

    Parameters
    ----------
    gaps : the differences, None where one does not exist
    draws : (B,) of each difference, one number a resampled history
    level : fraction of histories in which chance alone calls none apart

    Returns
    -------
    whether each is apart; None where it does not exist, False where it does not vary

    Examples
    --------
    One difference of 3 spreads, one of half a spread; the largest deviation of two histories in three is 1.2 spreads.

    >>> steady = np.array([-1.0, 0.0, 1.0])
    >>> together([3.0, 0.5, None], [3.0 + steady, 0.5 + steady, steady], level=0.95)
    [True, False, None]
    """
    spread = [float(np.nanstd(d)) if g is not None else 0.0 for g, d in zip(gaps, draws, strict=True)]
    varying = [k for k, s in enumerate(spread) if s > ALIKE]
    if not varying:
        return [None if g is None else False for g in gaps]
    away = np.array([np.abs(draws[k] - np.nanmean(draws[k])) / spread[k] for k in varying])
    widest = float(np.nanquantile(np.nanmax(away, axis=0), level))
    return [None if g is None else k in varying and abs(g) / spread[k] > widest for k, g in enumerate(gaps)]
