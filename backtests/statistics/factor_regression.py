"""Monthly returns on factors: alpha and exposures with intervals that allow for autocorrelation, and how they moved."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from fedcycle.backtests.statistics.kernel import NORMAL_95
from fedcycle.data.typing import Float64

FEWEST = 36
"""Months under which there is no regression: five factors and an intercept need many more than six."""
PER_YEAR = 12
SINGULAR = 1e-10
"""Least share of the largest singular value; under it one factor is another, and no exposure can be told."""


def newey_west_lags(n: int) -> int:
    """Return how many lags the intervals of ``n`` months allow for: 4 (n / 100) ^ (2 / 9), rounded down.

    Notes
    -----
    Newey & West (1994), Review of Economic Studies 61(4), the rule of thumb for Bartlett weights.

    Examples
    --------
    >>> newey_west_lags(100), newey_west_lags(329)
    (4, 5)
    """
    return int(4 * (n / 100) ** (2 / 9))


def factor_regression(returns: Float64, factors: Float64, *, names: Sequence[str]) -> dict[str, Any]:
    """Return the least-squares regression of returns over bills on factors, with HAC intervals.

    Parameters
    ----------
    returns : (n,) fraction per month, less bills
    factors : (n, k) fraction per month
    names : k names

    Returns
    -------
    n, lags : months, and lags that the intervals allow for
    alpha : ``estimate``, ``low``, ``high`` (fraction per year, twelve times the month's), ``t``, ``p`` (two-sided)
    exposures : name -> the same of each factor, pure numbers
    r_squared : fraction of the variance
    residual_volatility : fraction per year
    reason : why there is no regression, in a sentence; None where there is one, else the figures are None

    Notes
    -----
    Newey & West (1987), Econometrica 55(3), with Bartlett weights and n / (n - k - 1) for the degrees of freedom; the
    quantiles are normal.
    """
    n, k = factors.shape
    lags = newey_west_lags(n) if n else 0
    nothing: dict[str, Any] = dict.fromkeys(("alpha", "r_squared", "residual_volatility")) | {"exposures": {}}
    if n < FEWEST:
        return {"n": n, "lags": lags, **nothing, "reason": f"{n} months with all factors; {FEWEST} are needed"}
    x = np.column_stack([np.ones(n), factors])
    singular = np.linalg.svd(x / np.maximum(np.linalg.norm(x, axis=0), 1e-300), compute_uv=False)
    if singular[-1] < SINGULAR * singular[0]:
        why = "the factors are not independent of each other in these months, so no exposure can be told"
        return {"n": n, "lags": lags, **nothing, "reason": why}
    inverse = np.linalg.inv(x.T @ x)
    beta = inverse @ (x.T @ returns)
    residual = returns - x @ beta
    errors = np.sqrt(np.maximum(np.diag(_covariance(x, residual, inverse, lags)), 0.0))
    spread = float(((returns - returns.mean()) ** 2).sum())
    told = [_coefficient(float(b), float(e)) for b, e in zip(beta[1:], errors[1:], strict=True)]
    alpha = _coefficient(PER_YEAR * float(beta[0]), PER_YEAR * float(errors[0]))
    return {
        "n": n,
        "lags": lags,
        "alpha": alpha,
        "exposures": dict(zip(names, told, strict=True)),
        "r_squared": 1.0 - float((residual**2).sum()) / spread if spread > 0 else None,
        "residual_volatility": math.sqrt(PER_YEAR * float((residual**2).sum()) / (n - k - 1)),
        "reason": None,
    }


def _covariance(x: Float64, residual: Float64, inverse: Float64, lags: int) -> Float64:
    """Return the HAC covariance of the coefficients, (k + 1, k + 1)."""
    score = x * residual[:, None]
    middle = score.T @ score
    for lag in range(1, lags + 1):
        part = score[lag:].T @ score[:-lag]
        middle = middle + (1.0 - lag / (lags + 1)) * (part + part.T)
    n, k = x.shape
    return np.asarray(inverse @ middle @ inverse * (n / (n - k)))


def _coefficient(estimate: float, error: float) -> dict[str, float | None]:
    t = estimate / error if error > 0 else None
    p = None if t is None else math.erfc(abs(t) / math.sqrt(2.0))
    return {
        "estimate": estimate,
        "low": estimate - NORMAL_95 * error,
        "high": estimate + NORMAL_95 * error,
        "t": t,
        "p": p,
    }


def rolling_exposures(returns: Float64, factors: Float64, *, window: int = FEWEST) -> Float64:
    """Return the exposures over each window of months, (n, k), the first ``window - 1`` rows NaN.

    Parameters
    ----------
    returns : (n,) fraction per month, less bills
    factors : (n, k) fraction per month
    window : months, > k + 1
    """
    n, k = factors.shape
    out = np.full((n, k), np.nan)
    for end in range(window, n + 1):
        x = np.column_stack([np.ones(window), factors[end - window : end]])
        out[end - 1] = np.linalg.lstsq(x, returns[end - window : end], rcond=None)[0][1:]
    return out
