"""Gains and losses counted session by session."""

from __future__ import annotations

import numpy as np

from fedcycle.backtests.statistics.numerics import is_rounding
from fedcycle.backtests.statistics.registry import statistic
from fedcycle.backtests.statistics.returns import Frequency, Returns, check_frequency
from fedcycle.data.typing import Bool


@statistic(unit="fraction of sessions", formula="share of r > 0", source="definition")
def hit_rate_daily(returns: Returns) -> float | None:
    """Return the share of sessions with a gain; a flat session is none.

    Parameters
    ----------
    returns : (n,) fraction per session

    Returns
    -------
    fraction, in [0, 1]
        None without returns or where one is NaN.

    Examples
    --------
    >>> hit_rate_daily(Returns.weekdays([0.01, -0.02, 0.03, 0.0]))
    0.5
    """
    check_frequency(returns, Frequency.DAILY)
    return float((returns.values > 0).mean()) if returns.complete else None


@statistic(unit="fraction per session", formula="mean of the r > 0", source="definition")
def average_gain(returns: Returns) -> float | None:
    """Return the mean return of the sessions with a gain.

    Parameters
    ----------
    returns : (n,) fraction per session

    Returns
    -------
    fraction per session, > 0
        None without a gain or where a return is NaN.

    Examples
    --------
    >>> average_gain(Returns.weekdays([0.01, -0.02, 0.03, 0.0]))
    0.02
    """
    return _average(returns, returns.values > 0)


@statistic(unit="fraction per session", formula="mean of the r < 0", source="definition")
def average_loss(returns: Returns) -> float | None:
    """Return the mean return of the sessions with a loss.

    Parameters
    ----------
    returns : (n,) fraction per session

    Returns
    -------
    fraction per session, < 0
        None without a loss or where a return is NaN.

    Examples
    --------
    >>> average_loss(Returns.weekdays([0.01, -0.02, 0.03, 0.0]))
    -0.02
    """
    return _average(returns, returns.values < 0)


@statistic(unit="ratio of fractions", formula="average_gain / |average_loss|", source="definition")
def payoff_ratio(returns: Returns) -> float | None:
    """Return the average gain of a session per unit of the average loss.

    Parameters
    ----------
    returns : (n,) fraction per session

    Returns
    -------
    ratio, > 0
        None without a gain, without a loss beyond rounding, or where a return is NaN.

    Examples
    --------
    >>> payoff_ratio(Returns.weekdays([0.01, -0.02, 0.05]))
    1.5
    """
    gain, loss = average_gain(returns), average_loss(returns)
    return None if gain is None or loss is None or is_rounding(-loss, returns.values) else gain / -loss


@statistic(unit="ratio of sums of returns", formula="Σ max(r, 0) / Σ max(−r, 0)", source="definition; as omega at 0")
def profit_factor(returns: Returns) -> float | None:
    """Return the sum of the gains per unit of the sum of the losses.

    Parameters
    ----------
    returns : (n,) fraction per session

    Returns
    -------
    ratio, >= 0
        None without returns, without a loss beyond rounding, or where a return is NaN.

    Examples
    --------
    >>> round(profit_factor(Returns.weekdays([0.01, -0.02, 0.05])), 12)
    3.0
    """
    if not returns.complete:
        return None
    lost = -float(np.minimum(returns.values, 0.0).sum())
    if is_rounding(lost / len(returns), returns.values):
        return None
    return float(np.maximum(returns.values, 0.0).sum()) / lost


@statistic(unit="sessions", formula="longest run of consecutive r > 0", source="definition")
def longest_gains(returns: Returns) -> int | None:
    """Return the most sessions in a row with a gain.

    Parameters
    ----------
    returns : (n,) fraction per session

    Returns
    -------
    sessions, >= 0
        None without returns or where one is NaN.

    Examples
    --------
    >>> longest_gains(Returns.weekdays([0.01, 0.01, -0.02, 0.03, 0.0]))
    2
    """
    return _longest(returns.values > 0) if returns.complete else None


@statistic(unit="sessions", formula="longest run of consecutive r < 0", source="definition")
def longest_losses(returns: Returns) -> int | None:
    """Return the most sessions in a row with a loss.

    Parameters
    ----------
    returns : (n,) fraction per session

    Returns
    -------
    sessions, >= 0
        None without returns or where one is NaN.

    Examples
    --------
    >>> longest_losses(Returns.weekdays([0.01, 0.01, -0.02, 0.03, 0.0]))
    1
    """
    return _longest(returns.values < 0) if returns.complete else None


def _average(returns: Returns, chosen: Bool) -> float | None:
    check_frequency(returns, Frequency.DAILY)
    return float(returns.values[chosen].mean()) if returns.complete and bool(chosen.any()) else None


def _longest(which: Bool) -> int:
    edge = np.diff(which.astype(np.int8), prepend=0, append=0)
    return int((np.flatnonzero(edge == -1) - np.flatnonzero(edge == 1)).max(initial=0))
