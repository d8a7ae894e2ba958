"""How much of the benchmark's rises and falls the account took part in."""

from __future__ import annotations

import numpy as np

from fedcycle.backtests.statistics.numerics import ROUNDING, is_rounding
from fedcycle.backtests.statistics.registry import statistic
from fedcycle.backtests.statistics.returns import Returns, check_alike
from fedcycle.data.typing import Bool


@statistic(
    unit="ratio of mean returns",
    formula="mean(r) / mean(b) over the sessions with b > 0",
    source="Morningstar, upside capture, here on arithmetic means of daily returns",
)
def up_capture(returns: Returns, benchmark: Returns) -> float | None:
    """Return the mean return per unit of the benchmark's, over the sessions on which the benchmark rose.

    Parameters
    ----------
    returns, benchmark : (n,) fraction per period

    Returns
    -------
    ratio
        None without such a session, where a return is NaN, and where the benchmark rose by no more than rounding.

    Examples
    --------
    >>> r, b = Returns.weekdays([0.01, -0.01, 0.02]), Returns.weekdays([0.02, -0.03, 0.04])
    >>> round(up_capture(r, b), 12)
    0.5
    """
    return _capture(returns, benchmark, benchmark.values > 0)


@statistic(
    unit="ratio of mean returns",
    formula="mean(r) / mean(b) over the sessions with b < 0",
    source="Morningstar, downside capture, here on arithmetic means of daily returns",
)
def down_capture(returns: Returns, benchmark: Returns) -> float | None:
    """Return the mean return per unit of the benchmark's, over the sessions on which the benchmark fell.

    Parameters
    ----------
    returns, benchmark : (n,) fraction per period

    Returns
    -------
    ratio
        None without such a session, where a return is NaN, and where the benchmark fell by no more than rounding.

    Examples
    --------
    >>> r, b = Returns.weekdays([0.01, -0.01, 0.02]), Returns.weekdays([0.02, -0.04, 0.04])
    >>> round(down_capture(r, b), 12)
    0.25
    """
    return _capture(returns, benchmark, benchmark.values < 0)


@statistic(unit="ratio of captures", formula="up_capture / down_capture", source="as empyrical's up_down_capture")
def capture_ratio(returns: Returns, benchmark: Returns) -> float | None:
    """Return the upside capture per unit of the downside capture.

    Parameters
    ----------
    returns, benchmark : (n,) fraction per period

    Returns
    -------
    ratio
        None where one of the two is, and where the downside capture is 0 up to rounding.

    Examples
    --------
    >>> r, b = Returns.weekdays([0.01, -0.01, 0.02]), Returns.weekdays([0.02, -0.04, 0.04])
    >>> round(capture_ratio(r, b), 12)
    2.0
    """
    up, down = up_capture(returns, benchmark), down_capture(returns, benchmark)
    return None if up is None or down is None or is_rounding(abs(down), np.zeros(1)) else up / down


def _capture(returns: Returns, benchmark: Returns, chosen: Bool) -> float | None:
    check_alike(returns, benchmark)
    if not (returns.complete and benchmark.complete and bool(chosen.any())):
        return None
    other = float(benchmark.values[chosen].mean())
    return None if abs(other) <= ROUNDING else float(returns.values[chosen].mean()) / other
