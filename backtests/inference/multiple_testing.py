"""Several runs against one benchmark: whether the best is better than chance, and would have been chosen in time."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import combinations
from typing import Any

import numpy as np

from fedcycle.backtests.core.format import listing, p_value
from fedcycle.backtests.inference.block_sums import resampled_sums
from fedcycle.backtests.inference.settings import SETTINGS, Settings
from fedcycle.backtests.statistics.kernel import above, own, sd
from fedcycle.backtests.statistics.numerics import ALIKE
from fedcycle.backtests.statistics.sample import FromSums, Sum
from fedcycle.data.typing import Float64

BLOCKS = 16
"""Blocks of a history from which halves are formed: 12,870 of them, as Bailey et al. (2017) do."""
SIZE = 0.05
RESAMPLES = 10_000
"""Resamples of Hansen's test: with 1,000 the p-value of another seed is six points away."""


def superior(
    returns: Float64, benchmark: Float64, *, names: Sequence[str], block: float, settings: Settings = SETTINGS
) -> dict[str, Any]:
    """Return whether any of several runs is better than their benchmark, and which.

    Parameters
    ----------
    returns : (n, K) fraction per session
    benchmark : (n,) fraction per session
    names : K
    block : sessions, the average block of the stationary bootstrap
    settings : Settings

    Returns
    -------
    runs : K that differ from the benchmark at all
    p : Hansen's consistent p-value that none of them has a higher mean return; None where there is none to test
    p_lower, p_upper : the bounds his test gives
    p_error : standard error of p for the number of resamples
    resamples : how many
    superior : names that StepM finds better at 5%, all together
    text : the same in a sentence

    Notes
    -----
    Hansen (2005), J. Business & Economic Statistics 23(4); Romano & Wolf (2005), Econometrica 73(4). The statistic, the
    variance and the recentring are those of arch (``SPA``, ``StepM``), with which the tests compare it; the resampled
    means come from block sums, because arch draws every session of each of 10,000 histories. The loss of a
    session is minus its return, so that a return of -1 needs no logarithm.
    """
    active = returns - benchmark[:, None]
    alive = [k for k in range(returns.shape[1]) if float(np.ptp(active[:, k])) > ALIKE]
    nothing: dict[str, Any] = {"runs": len(alive), "p": None, "p_lower": None, "p_upper": None, "superior": []}
    reps = max(RESAMPLES, settings.resamples)
    nothing |= {"p_error": None, "resamples": reps}
    if not alive:
        return nothing | {"text": "no run differs from the benchmark"}
    active, length = active[:, alive], max(1, round(block))
    mean = active.mean(axis=0)
    drawn = resampled_sums(active, block=length, resamples=reps, seed=settings.seed) / len(active)
    # The lower bound recentres no run that is worse, the consistent p-value none that is clearly worse, the upper all.
    relevant = mean >= -np.sqrt(_long_run_variance(active, length) / len(active) * 2 * _log_log(len(active)))
    centres = {"lower": np.maximum(mean, 0.0), "consistent": np.where(relevant, mean, 0.0), "upper": mean}
    p = {name: float(((drawn - c).max(axis=1) > mean.max()).mean()) for name, c in centres.items()}
    better = [names[alive[j]] for j in _step_down(drawn - centres["consistent"], mean)]
    error = math.sqrt(p["consistent"] * (1.0 - p["consistent"]) / reps)
    text = f"Hansen's SPA test of {len(alive)} run{'s' * (len(alive) > 1)} against the benchmark: "
    text += f"p = {p_value(p['consistent'])} (Monte Carlo error {error:.3f}, {reps:,} resamples)"
    text += f"; at 5% StepM finds {listing(better) if better else 'none'} better"
    found = {
        "p": p["consistent"],
        "p_error": error,
        "p_lower": p["lower"],
        "p_upper": p["upper"],
        "superior": better,
        "text": text,
    }
    return nothing | found


def _log_log(n: int) -> float:
    """Return log log n, zero for the samples so short that it is negative."""
    return max(math.log(max(math.log(n), 1.0)), 0.0) if n > 1 else 0.0


def _long_run_variance(active: Float64, block: int) -> Float64:
    """Return the variance of sqrt(n) x mean under the stationary bootstrap, (K,): Politis & Romano (1994), lemma 1."""
    n = len(active)
    away = active - active.mean(axis=0)
    spectrum = np.fft.rfft(away, n=2 * n, axis=0)  # twice as long: no lag wraps around
    covariance = np.fft.irfft(np.abs(spectrum) ** 2, n=2 * n, axis=0)[:n] / n
    i, stay = np.arange(1, n)[:, None], 1.0 - 1.0 / block
    kernel = (1.0 - i / n) * stay**i + (i / n) * stay ** (n - i)
    variance: Float64 = np.maximum(covariance[0] + 2.0 * (kernel * covariance[1:]).sum(axis=0), 0.0)
    return variance


def _step_down(centred: Float64, mean: Float64) -> list[int]:
    """Return the columns found better at ``SIZE`` all together: each step drops those found, and tests the rest."""
    left, found = list(range(len(mean))), list[int]()
    while left:
        critical = float(np.quantile(centred[:, left].max(axis=1), 1.0 - SIZE))
        new = [j for j in left if mean[j] > critical]
        if not new:
            break
        found += new
        left = [j for j in left if j not in new]
    return sorted(found)


def overfitting(excess: Float64, *, blocks: int = BLOCKS) -> dict[str, Any]:
    """Return how often the run that was best in one half of history was among the worse half in the other.

    Parameters
    ----------
    excess : (n, K) fraction per session, returns over bills
    blocks : even number of blocks the history is cut into; sessions that do not fill one are left off at the end

    Returns
    -------
    runs, splits : counts
    probability : share of the ways to halve the blocks in which the best run of one half ranks in the lower half of the
        other (logit of its rank <= 0); None under two runs or two sessions a block
    by_luck : the share that runs without skill give: a half, or a little more for an odd number of runs
    text : the same in a sentence

    Notes
    -----
    Combinatorially symmetric cross-validation: Bailey, Borwein, Lopez de Prado & Zhu (2017), J. Computational Finance
    20(4), by Sharpe ratio. Few or similar runs make it coarse.
    """
    n, runs = excess.shape
    size = n // blocks
    nothing: dict[str, Any] = {"runs": runs, "splits": 0, "probability": None, "by_luck": None}
    if runs < 2:
        return nothing | {"text": "one run was looked at: none was chosen"}
    if size < 2:
        return nothing | {"text": f"{n} sessions are too few to be cut {blocks} ways"}
    cut = excess[: size * blocks].reshape(blocks, size, runs)
    total, square = cut.sum(axis=1), (cut**2).sum(axis=1)
    inside = np.array(
        [[k in half for k in range(blocks)] for half in map(set, combinations(range(blocks), blocks // 2))]
    )
    chosen, kept = (_sharpe(which.astype(float), total, square, size) for which in (inside, ~inside))
    if not (np.isfinite(chosen).all() and np.isfinite(kept).all()):
        text = "a run does not vary in one half of history: its Sharpe ratio there does not exist"
        return nothing | {"splits": len(inside), "text": text}
    best = chosen.argmax(axis=1)[:, None]
    of_best = np.take_along_axis(kept, best, axis=1)
    below, ties = (kept < of_best).sum(axis=1), (kept == of_best).sum(axis=1)
    rank = below + (ties + 1) / 2
    p, by_chance = float((rank / (runs + 1) <= 0.5).mean()), ((runs + 1) // 2) / runs
    text = (
        f"probability of backtest overfitting (CSCV, {runs} runs, {len(inside):,} splits): {p:.0%} "
        f"({by_chance:.0%} expected by chance)"
    )
    return nothing | {"splits": len(inside), "probability": p, "by_luck": by_chance, "text": text}


def _sharpe(which: Float64, total: Float64, square: Float64, size: int) -> Float64:
    """Return the Sharpe ratio a session of each run in each union of blocks, (splits, K); NaN where there is none."""
    n = which.sum(axis=1, keepdims=True) * size
    squares = which @ square
    sums: dict[Sum, Float64] = {(None, (own,)): which @ total, (None, (own, own)): squares}
    # A spread from sums of squares is good to half their digits.
    blocks = FromSums(sums, n, largest=lambda _: 0.0, per_year=1.0)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(blocks.mean(own) / above(sd(blocks, own), 1e-7 * np.sqrt(squares / n)))
