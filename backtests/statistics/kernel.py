"""The formulas, each once: over a sample of returns, whoever made the sample.

A formula asks a ``Sample`` for means, sums of squares and products, and central moments of what a session adds to them,
its terms. It answers one number, or an array of them where the sample stands for many at once:

- ``sample.Whole``: one series of returns, or the windows of one
- ``sample.Grouped``: the subperiods of a run
- ``sample.FromSums``: resampled histories (``inference.bootstrap_moments``) and the accounts of a sweep
  (``sweep.streaming_statistics``)

What does not exist is NaN. A formula never looks at a number to decide what to do, so that it holds for arrays.
"""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Self

import numpy as np

from fedcycle.backtests.statistics.numerics import ALIKE, ROUNDING
from fedcycle.data.typing import Float64

NORMAL_95 = 1.959963984540054
"""The standard normal quantile of a two-sided 95% interval."""
SERIES = "rbf"
"""The series that a term may use: r returns of the account, b of the benchmark, f of bills; fraction per period."""


@dataclass(frozen=True, eq=False)
class Term:
    """What each period adds to a mean, a sum of products or a moment.

    Parameters
    ----------
    series : those of ``SERIES`` that it uses, in their order
    of : makes the term, (n,), of them
    base, made : the term that it is made of, and how, where it is; who has that term's values need not make them again,
        and says as ``out`` where to put what is made
    """

    series: str
    of: Callable[..., Any]
    base: Term | None = None
    made: Callable[..., Any] | None = None


def term_of(base: Term, made: Callable[..., Any]) -> Term:
    """Return a term that is made of another's values, one by one, by a function that takes ``out`` as numpy's do.

    Examples
    --------
    >>> term_of(active, np.abs).of(np.array([0.25]), np.array([0.75])).tolist()
    [0.5]
    """
    return Term(base.series, lambda *series: made(base.of(*series)), base, made)


def squared_below_zero(x: Any, out: Any = None) -> Any:
    """Return the squares of what is below zero, and 0 for the rest, of (n,) or (t, V).

    Examples
    --------
    >>> squared_below_zero(np.array([-0.5, 0.25])).tolist()
    [0.25, 0.0]
    """
    # Beside a row of zeros numpy takes the smaller more than twice as fast as beside a number.
    below = np.minimum(x, np.zeros(np.shape(x)[-1:]), out=out)
    return np.square(below, out=out)


own = Term("r", lambda r: r)
benchmark = Term("b", lambda b: b)
bills = Term("f", lambda f: f)
excess = Term("rf", lambda r, f: r - f)
market = Term("bf", lambda b, f: b - f)
active = Term("rb", lambda r, b: r - b)
gain = Term("r", lambda r: np.maximum(r, 0.0))
loss = Term("r", lambda r: np.minimum(r, 0.0))
over_bills = Term("rf", lambda r, f: np.maximum(r - f, 0.0))
under_bills = Term("rf", lambda r, f: np.minimum(r - f, 0.0))
squared_shortfall = Term("rf", lambda r, f: squared_below_zero(r - f))
gained = Term("r", lambda r: r > 0)
lost = Term("r", lambda r: r < 0)
benchmark_rose = Term("b", lambda b: b > 0)
benchmark_fell = Term("b", lambda b: b < 0)
ahead = Term("rb", lambda r, b: r - b > ALIKE)
apart = Term("rb", lambda r, b: np.abs(r - b) > ALIKE)


class Sample(ABC):
    """Returns as the formulas see them: one series, or many at once.

    Parameters
    ----------
    n : number of periods
    per_year : periods that count as a year
    """

    n: Any
    per_year: float

    @property
    def root(self) -> float:
        """Return the square root of the periods of a year."""
        return math.sqrt(self.per_year)

    @abstractmethod
    def mean(self, x: Term) -> Any:
        """Return the mean of a term."""

    @abstractmethod
    def product(self, x: Term, y: Term) -> Any:
        """Return the sum of the products of what two terms are away from their means."""

    @abstractmethod
    def moment(self, x: Term, order: int) -> Any:
        """Return the mean of a power, 2 to 4, of what a term is away from its mean."""

    @abstractmethod
    def largest(self, x: Term) -> Any:
        """Return the largest size of a term."""

    @abstractmethod
    def where(self, which: Term) -> Self:
        """Return the periods for which a term is true."""

    def residual(self, y: Term, x: Term, slope: Any) -> Any:
        """Return the sum of squares of what a line of that slope in x leaves of y."""
        return self.product(y, y) - slope * slope * self.product(x, x)

    def quantile(self, x: Term, share: float) -> Any:
        """Return a quantile of a term, linear between order statistics."""
        raise NotImplementedError("a quantile does not follow from sums")

    def mean_up_to(self, x: Term, bound: Any) -> Any:
        """Return the mean of a term's values that are at most a bound."""
        raise NotImplementedError("a mean up to a quantile does not follow from sums")

    def limit(self, x: Term, size: float = ROUNDING) -> Any:
        """Return the spread up to which a term is one number and rounding; see ``numerics.ROUNDING``."""
        return size * (1.0 + self.largest(x))


def above(spread: Any, limit: Any) -> Any:
    """Return a spread that may be divided by: NaN where it is no more than a limit."""
    return np.where(spread <= limit, np.nan, spread)


def sd(s: Sample, x: Term) -> Any:
    """Return the sample standard deviation of a term; NaN under two periods."""
    return np.sqrt(s.product(x, x) / above(s.n - 1.0, 0.0))


def size(s: Sample, x: Term) -> Any:
    """Return the population standard deviation of a term, NaN where it is rounding."""
    return above(np.sqrt(s.product(x, x) / s.n), s.limit(x))


def reward(s: Sample, x: Term, alike: float = ROUNDING) -> Any:
    """Return the mean of a term per unit of its standard deviation, a year: Sharpe and information ratio."""
    return s.mean(x) / above(sd(s, x), s.limit(x, alike)) * s.root


def downside(s: Sample, squares: Term) -> Any:
    """Return the root of the mean of squared shortfalls."""
    return np.sqrt(s.mean(squares))


def skewness(s: Sample, x: Term, alike: float = ROUNDING) -> Any:
    """Return the skewness of a term, from population moments."""
    two = s.moment(x, 2)
    return s.moment(x, 3) / (two * above(np.sqrt(two), s.limit(x, alike)))


def excess_kurtosis(s: Sample, x: Term, alike: float = ROUNDING) -> Any:
    """Return the kurtosis of a term less the normal's 3, from population moments."""
    two = s.moment(x, 2)
    spread = above(np.sqrt(two), s.limit(x, alike))
    return s.moment(x, 4) / (two * spread * spread) - 3.0


def slope(s: Sample, y: Term, x: Term) -> Any:
    """Return the slope of y on x by least squares."""
    return s.product(y, x) / above(s.product(x, x), s.n * s.limit(x) ** 2)


def intercept(s: Sample, y: Term, x: Term) -> Any:
    """Return the intercept of y on x by least squares."""
    return s.mean(y) - slope(s, y, x) * s.mean(x)


def linked(s: Sample, x: Term, y: Term) -> Any:
    """Return the correlation of two terms, in [-1, 1]."""
    found = s.product(x, y) / np.sqrt(s.product(x, x) * s.product(y, y))
    return np.where(np.isnan(size(s, x) * size(s, y)), np.nan, np.clip(found, -1.0, 1.0))


def ratio_of_means(s: Sample, y: Term, x: Term) -> Any:
    """Return the mean of y per unit of the mean of x, NaN where that is 0 up to rounding."""
    other = s.mean(x)
    return s.mean(y) / np.where(np.abs(other) <= ROUNDING, np.nan, other)


def central_sums(n: Any, mean: Any, two: Any, three: Any, four: Any) -> tuple[Any, Any, Any]:
    """Return the sums of the second to fourth power of distances from the mean, from sums of the numbers' own powers.

    Parameters
    ----------
    n, mean : how many numbers, and their mean
    two, three, four : sums of their powers; numbers near their mean lose no digits
    """
    square = mean * mean
    return (
        np.maximum(two - n * square, 0.0),
        three - mean * (3.0 * two - 2.0 * n * square),
        np.maximum(four - mean * (4.0 * three - 6.0 * mean * two + 3.0 * n * mean * square), 0.0),
    )


def growth_per_year(ratio: Any, span: Any) -> Any:
    """Return growth a year of what became ``ratio`` times as much in ``span`` years; NaN where span is none.

    One number at a time: a vector's powers may differ in the last bit with its length. Infinite past the largest float.

    Examples
    --------
    >>> growth_per_year(np.array([1.21, 1.0]), 2.0).round(12).tolist()
    [0.1, 0.0]
    """
    ratios, spans = np.broadcast_arrays(np.asarray(ratio, dtype=np.float64), span)
    found = [_power(r, s) for r, s in zip(ratios.ravel().tolist(), spans.ravel().tolist(), strict=True)]
    return np.array(found).reshape(ratios.shape) if ratios.ndim else found[0]


def _power(ratio: float, span: float) -> float:
    if not span > 0 or math.isnan(ratio):
        return math.nan
    try:
        return float(ratio ** (1.0 / span)) - 1.0
    except OverflowError:
        return math.inf


def depth(value: Float64, highest: Float64 | None = None) -> Float64:
    """Return how far each value stands below the highest so far, down the first axis, fraction in [-1, 0].

    Parameters
    ----------
    value : (T, ...) US dollars, >= 0, the first > 0, no NaN
    highest : (...) the highest before the first, or None

    Examples
    --------
    >>> depth(np.array([100.0, 120.0, 90.0, 126.0]))
    array([ 0.  ,  0.  , -0.25,  0.  ])
    """
    peak = np.maximum.accumulate(value, axis=0)
    if highest is not None:
        peak = np.maximum(peak, highest)
    return np.asarray(value / peak - 1.0)


def probability_above(
    sharpe: float, threshold: float, *, n: int, skew: float, kurtosis: float, per_year: float
) -> float:
    """Return the probability that the true Sharpe ratio lies above a threshold: the probabilistic Sharpe ratio.

    Parameters
    ----------
    sharpe, threshold : ratio, per square root of a year
    n : number of returns
    skew, kurtosis : pure numbers, of those returns; kurtosis in excess of the normal's 3
    per_year : returns that count as a year

    Notes
    -----
    Bailey & Lopez de Prado (2012), J. Risk 15(2); of the expected best of several trials it is their deflated Sharpe
    ratio (2014), J. Portfolio Management 40(5).

    Examples
    --------
    >>> probability_above(0.0, 0.0, n=2520, skew=0.0, kurtosis=0.0, per_year=252.0)
    0.5
    """
    root = math.sqrt(per_year)
    spread = sharpe_error(sharpe / root, skew=skew, kurtosis=kurtosis)
    return normal_cdf((sharpe - threshold) / root * math.sqrt(n - 1) / spread)


def sharpe_error(sharpe: float, *, skew: float, kurtosis: float) -> float:
    """Return the standard error of a Sharpe ratio a period, times the root of the periods less one."""
    return math.sqrt(max(1.0 - skew * sharpe + (kurtosis + 2.0) / 4.0 * sharpe**2, 1e-12))


def expected_best(trials: int) -> float:
    """Return the expected largest of so many independent standard normal numbers; 0 for one.

    Notes
    -----
    Bailey & Lopez de Prado (2014), J. Portfolio Management 40(5).

    Examples
    --------
    >>> round(expected_best(100), 4)
    2.5306
    """
    if trials < 2:
        return 0.0
    usual, rare = normal_quantile(1.0 - 1.0 / trials), normal_quantile(1.0 - 1.0 / (trials * math.e))
    return (1.0 - np.euler_gamma) * usual + np.euler_gamma * rare


def normal_cdf(z: float) -> float:
    """Return the standard normal's probability up to z, exact in both tails."""
    return 0.5 * math.erfc(-z / math.sqrt(2.0))


def normal_quantile(p: float) -> float:
    """Return the standard normal's quantile; -inf for 0 and inf for 1.

    Notes
    -----
    Wichura (1988), Applied Statistics 37(3), algorithm AS 241, as Python's own library has it.

    Examples
    --------
    >>> round(normal_quantile(0.975), 6)
    1.959964
    """
    from statistics import NormalDist  # 10 ms that only inference pays

    if p <= 0.0 or p >= 1.0:
        return math.copysign(math.inf, p - 0.5)
    return NormalDist().inv_cdf(p)
