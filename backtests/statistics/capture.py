"""How much of the benchmark's rises and falls the account took part in."""

from __future__ import annotations

from typing import Any

import numpy as np

from fedcycle.backtests.statistics import kernel
from fedcycle.backtests.statistics.kernel import Sample, benchmark, benchmark_fell, benchmark_rose, own
from fedcycle.backtests.statistics.numerics import ROUNDING
from fedcycle.backtests.statistics.registry import Shown, sample_statistic


@sample_statistic(
    unit="ratio of mean returns",
    formula="mean(r) / mean(b) over the sessions with b > 0",
    source="Morningstar, upside capture, here on arithmetic means of daily returns",
    shown=Shown(terminal="up capture, ratio", interval=True),
)
def up_capture(sample: Sample) -> Any:
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
    return kernel.ratio_of_means(sample.where(benchmark_rose), own, benchmark)


@sample_statistic(
    unit="ratio of mean returns",
    formula="mean(r) / mean(b) over the sessions with b < 0",
    source="Morningstar, downside capture, here on arithmetic means of daily returns",
    shown=Shown(terminal="down capture, ratio", interval=True),
)
def down_capture(sample: Sample) -> Any:
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
    return kernel.ratio_of_means(sample.where(benchmark_fell), own, benchmark)


@sample_statistic(
    unit="ratio of captures",
    formula="up_capture / down_capture",
    source="as empyrical's up_down_capture",
    shown=Shown(interval=True),
)
def capture_ratio(sample: Sample) -> Any:
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
    up, down = (
        kernel.ratio_of_means(sample.where(which), own, benchmark) for which in (benchmark_rose, benchmark_fell)
    )
    return up / np.where(np.abs(down) <= ROUNDING, np.nan, down)
