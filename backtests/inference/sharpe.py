"""How sure a Sharpe ratio is: its probability of being above a threshold, and above the best of several by chance."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from fedcycle.backtests.core.format import p_value, plain
from fedcycle.backtests.statistics import kernel
from fedcycle.backtests.statistics.numerics import ALIKE
from fedcycle.backtests.statistics.returns import Bills, Returns
from fedcycle.backtests.statistics.risk import sharpe
from fedcycle.backtests.statistics.tails import kurtosis, skew
from fedcycle.data.typing import Float64

LEVEL = 0.95


def probabilistic_sharpe(returns: Returns, bills: Bills, *, threshold: float = 0.0) -> dict[str, Any]:
    """Return the probability that the true Sharpe ratio lies above a threshold.

    Parameters
    ----------
    returns, bills : (n,) fraction per session
    threshold : Sharpe ratio a year

    Returns
    -------
    sharpe, threshold : ratio a year
    probability : in [0, 1]; None where the Sharpe ratio is
    years_needed : years of such returns from which the probability exceeds 95%; None where the ratio is not above the
        threshold
    text : the same in a sentence

    Notes
    -----
    Bailey & Lopez de Prado (2012), J. Risk 15(2): Phi((SR - SR*) sqrt(n - 1) / sqrt(1 - g3 SR + (g4 - 1) / 4 SR^2)),
    ratios a session, skewness g3 and kurtosis g4 of the excess returns, which are taken to be independent over time.
    """
    ratio = sharpe(returns, bills)
    excess = Returns(returns.over(bills), returns.ends, returns.frequency, returns.kind, returns.name, returns.periods)
    g3, g4 = skew(excess), kurtosis(excess)
    if ratio is None or g3 is None or g4 is None:
        text = "the returns over bills do not vary, or there are too few: no Sharpe ratio to judge"
        return {"sharpe": None, "threshold": threshold, "probability": None, "years_needed": None, "text": text}
    per_year, n = returns.per_year, len(excess)
    probability = kernel.probability_above(ratio, threshold, n=n, skew=g3, kurtosis=g4, per_year=per_year)
    needed = None
    if ratio > threshold:
        error = kernel.sharpe_error(ratio / math.sqrt(per_year), skew=g3, kurtosis=g4)
        needed = 1.0 / per_year + (error * kernel.normal_quantile(LEVEL) / (ratio - threshold)) ** 2
    text = f"a Sharpe ratio of {plain(ratio)} over {len(excess) / returns.per_year:.1f} years"
    text += f" is above {plain(threshold)} with probability {p_value(probability)}"
    if needed is not None:
        text += f"; {needed:.0f} years of such returns would make it {LEVEL:.0%}"
    return {
        "sharpe": ratio,
        "threshold": threshold,
        "probability": probability,
        "years_needed": needed,
        "text": text,
    }


def expected_best_sharpe(trials: Sequence[float]) -> float:
    """Return the Sharpe ratio that the best of so many trials without skill is expected to show.

    Parameters
    ----------
    trials : (N,) Sharpe ratios, all of one frequency
        Of every configuration that was looked at, the chosen one included. Only their spread and number count.

    Returns
    -------
    ratio of the same frequency, >= 0; 0 for a single trial

    Notes
    -----
    Bailey & Lopez de Prado (2014), J. Portfolio Management 40(5): the expected maximum of N independent normals. Trials
    that resemble each other are fewer than they look, so this errs on the side of caution.

    Examples
    --------
    >>> expected_best_sharpe([0.7])
    0.0
    """
    n = len(trials)
    if n < 2:
        return 0.0
    spread = float(np.std(np.asarray(trials, dtype=np.float64), ddof=1))
    return max(0.0, spread * kernel.expected_best(n))


def deflated_sharpe(returns: Returns, bills: Bills, *, trials: Sequence[float | None]) -> dict[str, Any]:
    """Return the probability that the true Sharpe ratio is above the expected best of the trials under the null.

    Parameters
    ----------
    returns, bills : (n,) fraction per session, of the configuration that was chosen
    trials : (N,) Sharpe ratios a year of every configuration that was looked at, the chosen one included
        None for one that has none: it counts as looked at, not in their spread.

    Returns
    -------
    as ``probabilistic_sharpe``, with ``trials`` (N) and ``threshold`` the expected best of them by chance
    """
    known = [x for x in trials if x is not None]
    best = expected_best_sharpe(known) if len(known) > 1 else 0.0
    if len(known) > 1 and len(known) < len(trials):
        # A trial without a ratio widens the search all the same: the spread of the others, the number of all.
        best = expected_best_sharpe(known) * kernel.expected_best(len(trials)) / kernel.expected_best(len(known))
    found = probabilistic_sharpe(returns, bills, threshold=best)
    if found["probability"] is not None:
        found["text"] = (
            f"of {len(trials)} runs looked at, the best would show a Sharpe ratio of {plain(best)} by chance; "
            f"{plain(found['sharpe'])} is truly above that with probability {p_value(found['probability'])}"
        )
        if len(trials) == 1:
            found["text"] = f"one run was looked at, so nothing is deflated: {found['text'].split('; ')[1]}"
    return {"trials": len(trials), **found}


def deflated_by_moments(
    sharpe: float | None,
    *,
    returns: int,
    skew: float | None,
    kurtosis: float | None,
    trials: int,
    variance: float,
    per_year: float,
) -> float | None:
    """Return the deflated Sharpe ratio of returns of which a sweep keeps only the moments.

    Source: Bailey & López de Prado (2014), J. Portfolio Management 40(5).

    Parameters
    ----------
    sharpe : ratio, per square root of a year
    returns : number of returns, one a session, that it is from
    skew, kurtosis : pure numbers, of those returns over what the ratio is over; kurtosis in excess of the normal's 3
    trials : how many variants were looked at
    variance : of their Sharpe ratios, per year
    per_year : sessions that count as a year

    Returns
    -------
    probability
        None where the ratio does not exist.

    Examples
    --------
    One trial deflates nothing: a ratio of 0 is as likely above as below.

    >>> deflated_by_moments(0.0, returns=2520, skew=0.0, kurtosis=0.0, trials=1, variance=0.0, per_year=252.0)
    0.5
    """
    if sharpe is None or skew is None or kurtosis is None or returns < 2:
        return None
    best = kernel.expected_best(trials) * math.sqrt(variance)
    return kernel.probability_above(sharpe, best, n=returns, skew=skew, kurtosis=kurtosis, per_year=per_year)


def deflated_information(returns: Returns, benchmark: Bills, *, trials: Sequence[float | None]) -> dict[str, Any]:
    """Return the deflated Sharpe ratio of active returns: of the information ratio, for what was selected on it.

    Parameters
    ----------
    returns, benchmark : (n,) fraction per session, of the configuration that was chosen and of its benchmark
    trials : (N,) information ratios a year of every configuration that was looked at, the chosen one included

    Returns
    -------
    as ``deflated_sharpe``, ``sharpe`` being the information ratio
    """
    found = deflated_sharpe(returns, benchmark, trials=trials)
    if found["probability"] is None:
        return found | {"text": "no active return varies, so there is no information ratio to deflate"}
    several = f"expected maximum under the null {plain(found['threshold'])}, {len(trials)} trials"
    many = several if len(trials) > 1 else "one trial, so nothing is deflated"
    ratio = f"information ratio {plain(found['sharpe'])}"
    return found | {
        "text": f"deflated Sharpe ratio of active returns {p_value(found['probability'])} ({ratio}; {many})"
    }


def effective_trials(active: Float64) -> float:
    """Return how many independent trials so many correlated active returns, (n, K), amount to.

    Notes
    -----
    Lopez de Prado (2019), by the average correlation r of the trials: r + (1 - r) K; r under 0 counts as 0.

    Examples
    --------
    >>> one = np.array([0.01, -0.02, 0.03, 0.0])
    >>> round(effective_trials(np.column_stack([one, one])), 9)
    1.0
    """
    varying = active[:, np.ptp(active, axis=0) > ALIKE] if active.size else active
    k = varying.shape[1]
    if k < 2:
        return float(active.shape[1])
    correlation = np.corrcoef(varying.T)
    average = max(0.0, float((correlation.sum() - k) / (k * (k - 1))))
    return float(average + (1.0 - average) * active.shape[1])
