"""Gains and losses counted session by session."""

from __future__ import annotations

from typing import Any

import numpy as np

from fedcycle.backtests.statistics import kernel
from fedcycle.backtests.statistics.kernel import Sample, gain, gained, loss, lost, own
from fedcycle.backtests.statistics.registry import sample_statistic, statistic
from fedcycle.backtests.statistics.returns import Returns
from fedcycle.data.typing import Bool


@sample_statistic(unit="fraction of sessions", formula="share of r > 0", source="definition", daily=True)
def hit_rate_daily(sample: Sample) -> Any:
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
    return sample.mean(gained)


@sample_statistic(unit="fraction per session", formula="mean of the r > 0", source="definition", daily=True)
def average_gain(sample: Sample) -> Any:
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
    return sample.where(gained).mean(own)


@sample_statistic(unit="fraction per session", formula="mean of the r < 0", source="definition", daily=True)
def average_loss(sample: Sample) -> Any:
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
    return sample.where(lost).mean(own)


@sample_statistic(unit="ratio of fractions", formula="average_gain / |average_loss|", source="definition", daily=True)
def payoff_ratio(sample: Sample) -> Any:
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
    loss = kernel.above(-sample.where(lost).mean(own), sample.limit(own))
    return sample.where(gained).mean(own) / loss


@sample_statistic(
    unit="ratio of sums of returns",
    formula="Σ max(r, 0) / Σ max(−r, 0)",
    source="definition; as omega at 0",
    daily=True,
)
def profit_factor(sample: Sample) -> Any:
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
    return sample.mean(gain) / kernel.above(-sample.mean(loss), sample.limit(own))


@statistic(unit="sessions", formula="longest run of consecutive r > 0", source="definition", daily=True)
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


@statistic(unit="sessions", formula="longest run of consecutive r < 0", source="definition", daily=True)
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


def _longest(which: Bool) -> int:
    edge = np.diff(which.astype(np.int8), prepend=0, append=0)
    return int((np.flatnonzero(edge == -1) - np.flatnonzero(edge == 1)).max(initial=0))
