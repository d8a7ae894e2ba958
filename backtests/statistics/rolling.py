"""Statistics over a window that moves along the run, one answer a session."""

from __future__ import annotations

import math

import numpy as np

from fedcycle.backtests.core.errors import BacktestError
from fedcycle.backtests.statistics.numerics import ALIKE, ROUNDING
from fedcycle.backtests.statistics.returns import Bills, Returns, check_alike, check_bills
from fedcycle.data.typing import Float64


def rolling_volatility(returns: Returns, window: int) -> Float64:
    """Return ``volatility`` of the last ``window`` returns, (n,), fraction per year; NaN before there are so many.

    Examples
    --------
    >>> rolled = rolling_volatility(Returns.weekdays([0.01, -0.01, 0.01]), 2)
    >>> (rolled / np.sqrt(252)).round(6).tolist()
    [nan, 0.014142, 0.014142]
    """
    return _padded(_spread(_windows(returns.values, window), ddof=1) * math.sqrt(returns.per_year), len(returns))


def rolling_sharpe(returns: Returns, bills: Bills, *, window: int) -> Float64:
    """Return ``sharpe`` of the last ``window`` returns, (n,); NaN before there are so many and where it is None.

    Examples
    --------
    >>> rolled = rolling_sharpe(Returns.weekdays([0.02, 0.0, 0.01]), Bills.weekdays(np.zeros(3)), window=3)
    >>> (rolled / np.sqrt(252)).round(9).tolist()
    [nan, nan, 1.0]
    """
    check_bills(bills)
    excess = _windows(returns.over(bills), window)
    spread = _sure(_spread(excess, ddof=1), excess)
    return _padded(excess.mean(axis=1) / spread * math.sqrt(returns.per_year), len(returns))


def rolling_correlation(returns: Returns, benchmark: Returns, *, window: int) -> Float64:
    """Return ``correlation`` over the last ``window`` returns, (n,); NaN before there are so many and where it is None.

    Examples
    --------
    >>> a, b = Returns.weekdays([0.01, -0.01, 0.0]), Returns.weekdays([0.02, -0.02, 0.0])
    >>> rolling_correlation(a, b, window=3).round(9).tolist()
    [nan, nan, 1.0]
    """
    check_alike(returns, benchmark)
    own, other = _windows(returns.values, window), _windows(benchmark.values, window)
    spread = _sure(_spread(own), own) * _sure(_spread(other), other)
    return _padded(np.clip(_covariance(own, other) / spread, -1.0, 1.0), len(returns))


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
    own, other = _windows(returns.over(bills), window), _windows(benchmark.over(bills), window)
    return _padded(_covariance(own, other) / _sure(_spread(other), other) ** 2, len(returns))


def rolling_information_ratio(returns: Returns, benchmark: Returns, *, window: int) -> Float64:
    """Return ``information_ratio`` of the last ``window`` returns, (n,); NaN before there are so many or it is None.

    Examples
    --------
    >>> a, b = Returns.weekdays([0.02, 0.0, 0.01]), Returns.weekdays([0.0, 0.0, 0.0])
    >>> (rolling_information_ratio(a, b, window=3) / np.sqrt(252)).round(9).tolist()
    [nan, nan, 1.0]
    """
    active = _windows(returns.over(benchmark), window)
    spread = _sure(_spread(active, ddof=1), active, size=ALIKE)
    return _padded(active.mean(axis=1) / spread * math.sqrt(returns.per_year), len(returns))


def _windows(values: Float64, window: int) -> Float64:
    """Return the windows as rows, (n - window + 1, window); none where there are fewer returns."""
    if window < 2:
        raise BacktestError(f"window is {window} returns; a spread needs at least 2")
    if len(values) < window:
        return np.empty((0, window))
    return np.lib.stride_tricks.sliding_window_view(values, window)


def _spread(rows: Float64, ddof: int = 0) -> Float64:
    return np.asarray(rows.std(axis=1, ddof=ddof))


def _sure(spread: Float64, rows: Float64, *, size: float = ROUNDING) -> Float64:
    """Return spreads, NaN where they are rounding beside their rows, as ``numerics.is_rounding`` has it."""
    largest = np.abs(rows).max(axis=1) if len(rows) else spread
    return np.where(spread <= size * (1.0 + largest), np.nan, spread)


def _covariance(own: Float64, other: Float64) -> Float64:
    away = own - own.mean(axis=1, keepdims=True)
    return np.asarray((away * (other - other.mean(axis=1, keepdims=True))).mean(axis=1))


def _padded(answers: Float64, n: int) -> Float64:
    out = np.full(n, np.nan)
    out[n - len(answers) :] = answers
    return out
