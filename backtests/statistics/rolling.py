"""Statistics over a window that moves along the run, one answer a session."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from fedcycle.backtests.core.errors import BacktestError
from fedcycle.backtests.statistics import kernel
from fedcycle.backtests.statistics.kernel import Sample, active, excess, market, own
from fedcycle.backtests.statistics.kernel import benchmark as of_benchmark
from fedcycle.backtests.statistics.numerics import ALIKE
from fedcycle.backtests.statistics.returns import Bills, Returns, check_alike, check_bills
from fedcycle.backtests.statistics.sample import Whole
from fedcycle.data.typing import Float64

CELLS = 131_072
"""Returns of windows looked at together: what is worked out of them stays in a core's own cache."""


def rolling_volatility(returns: Returns, window: int) -> Float64:
    """Return ``volatility`` of the last ``window`` returns, (n,), fraction per year; NaN before there are so many.

    Examples
    --------
    >>> rolled = rolling_volatility(Returns.weekdays([0.01, -0.01, 0.01]), 2)
    >>> (rolled / np.sqrt(252)).round(6).tolist()
    [nan, 0.014142, 0.014142]
    """
    windows = _windows(returns, window, r=returns.values)
    return _rolled(lambda s: kernel.sd(s, own) * s.root, windows, len(returns))


def rolling_sharpe(returns: Returns, bills: Bills, *, window: int) -> Float64:
    """Return ``sharpe`` of the last ``window`` returns, (n,); NaN before there are so many and where it is None.

    Examples
    --------
    >>> rolled = rolling_sharpe(Returns.weekdays([0.02, 0.0, 0.01]), Bills.weekdays(np.zeros(3)), window=3)
    >>> (rolled / np.sqrt(252)).round(9).tolist()
    [nan, nan, 1.0]
    """
    check_bills(bills)
    check_alike(returns, bills)
    windows = _windows(returns, window, r=returns.values, f=bills.values)
    return _rolled(lambda s: kernel.reward(s, excess), windows, len(returns))


def rolling_correlation(returns: Returns, benchmark: Returns, *, window: int) -> Float64:
    """Return ``correlation`` over the last ``window`` returns, (n,); NaN before there are so many and where it is None.

    Examples
    --------
    >>> a, b = Returns.weekdays([0.01, -0.01, 0.0]), Returns.weekdays([0.02, -0.02, 0.0])
    >>> rolling_correlation(a, b, window=3).round(9).tolist()
    [nan, nan, 1.0]
    """
    check_alike(returns, benchmark)
    windows = _windows(returns, window, r=returns.values, b=benchmark.values)
    return _rolled(lambda s: kernel.linked(s, own, of_benchmark), windows, len(returns))


def rolling_beta(returns: Returns, benchmark: Returns, *, bills: Bills, window: int) -> Float64:
    """Return ``beta`` over the last ``window`` returns, (n,); NaN before there are so many and where it is None.

    Examples
    --------
    >>> a, b = Returns.weekdays([0.01, -0.01, 0.0]), Returns.weekdays([0.02, -0.02, 0.0])
    >>> rolling_beta(a, b, bills=Bills.weekdays(np.zeros(3)), window=3).round(9).tolist()
    [nan, nan, 0.5]
    """
    check_bills(bills)
    check_alike(returns, benchmark)
    check_alike(returns, bills)
    windows = _windows(returns, window, r=returns.values, b=benchmark.values, f=bills.values)
    return _rolled(lambda s: kernel.slope(s, excess, market), windows, len(returns))


def rolling_information_ratio(returns: Returns, benchmark: Returns, *, window: int) -> Float64:
    """Return ``information_ratio`` of the last ``window`` returns, (n,); NaN before there are so many or it is None.

    Examples
    --------
    >>> a, b = Returns.weekdays([0.02, 0.0, 0.01]), Returns.weekdays([0.0, 0.0, 0.0])
    >>> (rolling_information_ratio(a, b, window=3) / np.sqrt(252)).round(9).tolist()
    [nan, nan, 1.0]
    """
    check_alike(returns, benchmark)
    windows = _windows(returns, window, r=returns.values, b=benchmark.values)
    return _rolled(lambda s: kernel.reward(s, active, ALIKE), windows, len(returns))


def _windows(returns: Returns, window: int, **series: Float64) -> Iterator[Whole]:
    """Yield the windows of series as rows of samples, (k, window), in turn; none of fewer returns."""
    if window < 2:
        raise BacktestError(f"window is {window} returns; a spread needs at least 2")
    if len(returns) < window:
        return
    rows = {name: np.lib.stride_tricks.sliding_window_view(x, window) for name, x in series.items()}
    step = max(CELLS // window, 1)
    for at in range(0, len(returns) - window + 1, step):
        yield Whole({name: x[at : at + step] for name, x in rows.items()}, per_year=returns.per_year)


def _rolled(formula: Callable[[Sample], Any], windows: Iterator[Whole], n: int) -> Float64:
    """Return what a formula answers of each window, at the window's last return, (n,)."""
    out = np.full(n, np.nan)
    with np.errstate(all="ignore"):
        answers = [formula(each) for each in windows]
    if answers:
        known = np.concatenate(answers)
        out[n - len(known) :] = known
    return out
