"""Samples for the formulas: of one series, of groups of returns, and of sums; and what a formula asks of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Self, TypeAlias

import numpy as np

from fedcycle.backtests.statistics.kernel import SERIES, Sample, Term, central_sums
from fedcycle.data.typing import Bool, Float64, Int64

Sum: TypeAlias = tuple[Term | None, tuple[Term, ...]]
"""Which returns count, those for which a term is true or all, and the terms whose product is added up."""


class Whole(Sample):
    """One series of returns, or windows of one as rows, with its benchmark's and bills' where a formula uses them.

    Parameters
    ----------
    series : name of ``kernel.SERIES`` -> (..., n) fraction per period, no NaN
        One dimension for ``where`` and quantiles.
    per_year : periods that count as a year
    """

    def __init__(self, series: Mapping[str, Float64], *, per_year: float) -> None:
        self._series, self.per_year = series, per_year
        self.n = np.float64(next(iter(series.values())).shape[-1])
        self._known: dict[Any, Any] = {}

    def _once(self, key: tuple[Any, ...], make: Callable[[], Any]) -> Any:
        if key not in self._known:
            self._known[key] = make()
        return self._known[key]

    def values(self, x: Term) -> Any:
        """Return a term, (..., n)."""
        return self._once(("values", x), lambda: np.asarray(x.of(*(self._series[name] for name in x.series))))

    def away(self, x: Term) -> Any:
        """Return what a term is away from its mean, (..., n)."""
        return self._once(("away", x), lambda: self.values(x) - self.mean(x)[..., None])

    def mean(self, x: Term) -> Any:
        """Return the mean of a term; NaN of nothing."""
        return self._once(("mean", x), lambda: np.add.reduce(self.values(x), axis=-1, dtype=np.float64) / self.n)

    def product(self, x: Term, y: Term) -> Any:
        """Return the sum of products of distances from the means."""
        return self._once(("product", x, y), lambda: np.add.reduce(self.away(x) * self.away(y), axis=-1))

    def moment(self, x: Term, order: int) -> Any:
        """Return a central moment."""
        square = self.away(x) * self.away(x)
        return np.add.reduce({2: square, 3: square * self.away(x), 4: square * square}[order], axis=-1) / self.n

    def largest(self, x: Term) -> Any:
        """Return the largest size of a term, 0 of nothing."""
        return np.abs(self.values(x)).max(axis=-1, initial=0.0)

    def where(self, which: Term) -> Self:
        """Return the periods for which a term is true."""
        chosen = self.values(which)
        return type(self)({name: x[chosen] for name, x in self._series.items()}, per_year=self.per_year)

    def residual(self, y: Term, x: Term, slope: Any) -> Any:
        """Return the sum of squares of what a line leaves, from the residuals themselves."""
        left = self.away(y) - slope[..., None] * self.away(x)
        return np.add.reduce(left * left, axis=-1)

    def quantile(self, x: Term, share: float) -> Any:
        """Return a quantile: what np.quantile answers, whose first call imports numpy.ma, 15 ms of a command's 400."""
        return quantile(self.values(x), share) if self.n else np.float64(np.nan)

    def mean_up_to(self, x: Term, bound: Any) -> Any:
        """Return the mean of the values that are at most a bound."""
        low = self.values(x)[self.values(x) <= bound]
        return np.add.reduce(low) / np.float64(len(low))


def quantile(sample: Float64, share: float) -> float:
    """Return a quantile, linear between order statistics, of (n,) numbers, n > 0.

    Examples
    --------
    >>> quantile(np.array([3.0, 1.0, 2.0]), 0.25)
    1.5
    """
    place = share * (len(sample) - 1)
    below = int(place)
    above = min(below + 1, len(sample) - 1)
    ordered = np.partition(sample, (below, above))
    return float(ordered[below] + (ordered[above] - ordered[below]) * (place - below))


class Grouped(Sample):
    """Groups of returns laid end to end, each a sample of its own: all numbers are (G,).

    Parameters
    ----------
    series : name of ``kernel.SERIES`` -> (N,) fraction per period
    sizes : (G,) returns of each group, > 0, which add up to N
    per_year : periods that count as a year
    which : (N,) the returns that count; None for all
    """

    def __init__(
        self, series: Mapping[str, Float64], sizes: Int64, *, per_year: float, which: Bool | None = None
    ) -> None:
        self._series, self._sizes, self.per_year, self._which = series, sizes, per_year, which
        self._starts = np.concatenate([[0], np.cumsum(sizes)[:-1]])
        self._known: dict[Any, Any] = {}
        self.n = sizes.astype(np.float64) if which is None else self.sum(which)

    def _once(self, key: tuple[Any, ...], make: Callable[[], Any]) -> Any:
        if key not in self._known:
            self._known[key] = make()
        return self._known[key]

    def sum(self, x: Any) -> Any:
        """Return the sum of an array, (N,), over each group."""
        return np.add.reduceat(np.asarray(x, dtype=np.float64), self._starts)

    def each(self, x: Any) -> Any:
        """Return a number of each group at each of its returns, (N,)."""
        return np.repeat(x, self._sizes)

    def values(self, x: Term) -> Any:
        """Return a term, (N,), 0 for returns that do not count."""

        def make() -> Any:
            made = x.of(*(self._series[name] for name in x.series))
            return made if self._which is None else np.where(self._which, made, 0.0)

        return self._once(("values", x), make)

    def away(self, x: Term) -> Any:
        """Return what a term is away from its group's mean, (N,), 0 for returns that do not count."""

        def make() -> Any:
            made = self.values(x) - self.each(self.mean(x))
            return made if self._which is None else np.where(self._which, made, 0.0)

        return self._once(("away", x), make)

    def mean(self, x: Term) -> Any:
        """Return the means of a term."""
        return self._once(("mean", x), lambda: self.sum(self.values(x)) / self.n)

    def product(self, x: Term, y: Term) -> Any:
        """Return the sums of products of distances from the means."""
        return self._once(("product", x, y), lambda: self.sum(self.away(x) * self.away(y)))

    def moment(self, x: Term, order: int) -> Any:
        """Return the central moments."""
        square = self.away(x) * self.away(x)
        return self.sum({2: square, 3: square * self.away(x), 4: square * square}[order]) / self.n

    def largest(self, x: Term) -> Any:
        """Return the largest size of a term."""
        return self._once(("largest", x), lambda: np.maximum.reduceat(np.abs(self.values(x)), self._starts))

    def where(self, which: Term) -> Self:
        """Return the returns of each group for which a term is true."""
        if ("where", which) not in self._known:
            chosen = self.values(which).astype(bool)
            self._known["where", which] = type(self)(self._series, self._sizes, per_year=self.per_year, which=chosen)
        found: Self = self._known["where", which]
        return found

    def residual(self, y: Term, x: Term, slope: Any) -> Any:
        """Return the sums of squares of what a line leaves, from the residuals themselves."""
        left = self.away(y) - self.each(slope) * self.away(x)
        return self.sum(left * left)

    def quantile(self, x: Term, share: float) -> Any:
        """Return a quantile of each group, NaN where one of its values is NaN."""
        ordered, last = self._once(("ordered", x), lambda: self._ordered(x)), self._starts + self._sizes - 1
        place = share * (self._sizes - 1)
        below = place.astype(np.int64)
        low, high = ordered[self._starts + below], ordered[np.minimum(self._starts + below + 1, last)]
        return np.where(np.isnan(ordered[last]), np.nan, low + (high - low) * (place - below))

    def _ordered(self, x: Term) -> Float64:
        values = self.values(x)
        out = np.empty(len(values))
        for start, n in zip(self._starts.tolist(), self._sizes.tolist(), strict=True):
            out[start : start + n] = np.sort(values[start : start + n])
        return out

    def mean_up_to(self, x: Term, bound: Any) -> Any:
        """Return the mean of each group's values that are at most its bound."""
        low = self.values(x) <= self.each(bound)
        return self.sum(np.where(low, self.values(x), 0.0)) / self.sum(low)


class FromSums(Sample):
    """Many samples from sums over their returns: resampled histories, or accounts that are seen as they come.

    Parameters
    ----------
    sums : what is added up -> (B,) or (V,)
    n : returns of each
    largest : term -> its largest size
    per_year : returns that count as a year
    central : term -> its mean and the sums of the second to fourth power of its distances from it, where they are known
        better than sums of powers tell
    which : the returns that count; None for all
    """

    def __init__(
        self,
        sums: Mapping[Sum, Float64],
        n: Any,
        *,
        largest: Callable[[Term], Any],
        per_year: float,
        central: Mapping[Term, tuple[Float64, Float64, Float64, Float64]] | None = None,
        which: Term | None = None,
    ) -> None:
        self._sums, self.n, self._largest, self.per_year = sums, n, largest, per_year
        self._central, self._which = central or {}, which

    def _known(self, x: Term) -> tuple[Float64, Float64, Float64, Float64] | None:
        return self._central.get(x) if self._which is None else None

    def mean(self, x: Term) -> Any:
        """Return the mean of a term."""
        known = self._known(x)
        return self._sums[self._which, (x,)] / self.n if known is None else known[0]

    def product(self, x: Term, y: Term) -> Any:
        """Return the sum of products of distances from the means; that of squares is not below 0."""
        known = self._known(x) if x is y else None
        if known is not None:
            return known[1]
        found = self._sums[self._which, (x, y)] - self.mean(x) * self.mean(y) * self.n
        return np.maximum(found, 0.0) if x is y else found

    def moment(self, x: Term, order: int) -> Any:
        """Return a central moment."""
        known = self._known(x)
        if known is not None:
            return known[order - 1] / self.n
        if order == 2:
            return self.product(x, x) / self.n
        one, two, three, four = (self._sums[self._which, (x,) * power] for power in (1, 2, 3, 4))
        return central_sums(self.n, one / self.n, two, three, four)[order - 2] / self.n

    def largest(self, x: Term) -> Any:
        """Return the largest size of a term, or what it does not exceed."""
        return self._largest(x)

    def residual(self, y: Term, x: Term, slope: Any) -> Any:
        """Return the sum of squares of what a line leaves, not below 0."""
        return np.maximum(super().residual(y, x, slope), 0.0)

    def where(self, which: Term) -> Self:
        """Return the returns for which a term is true."""
        n = self._sums[None, (which,)]
        return type(self)(self._sums, n, largest=self._largest, per_year=self.per_year, which=which)


class Asked(Sample):
    """A sample of nothing that notes what a formula asks: which sums answer it, and of which series.

    Parameters
    ----------
    asked : filled with (condition or None, terms of a product or power)
    """

    def __init__(self, asked: list[Sum], which: Term | None = None) -> None:
        self.asked, self._which = asked, which
        self.n, self.per_year = np.float64(np.nan), 1.0

    def _note(self, *terms: Term) -> Any:
        if (self._which, terms) not in self.asked:
            self.asked.append((self._which, terms))
        return np.float64(np.nan)

    def mean(self, x: Term) -> Any:
        """Note a sum."""
        return self._note(x)

    def product(self, x: Term, y: Term) -> Any:
        """Note the sums of both and of their product."""
        for term in (x, y):
            self._note(term)
        return self._note(x, y)

    def moment(self, x: Term, order: int) -> Any:
        """Note the sums of the powers."""
        for power in range(1, 5 if order > 2 else 3):
            self._note(*[x] * power)
        return np.float64(np.nan)

    def largest(self, x: Term) -> Any:
        """Return nothing: no sum."""
        return self._note(x)

    def where(self, which: Term) -> Self:
        """Note that they are of some periods only."""
        self._note(which)
        return type(self)(self.asked, which)

    def quantile(self, x: Term, share: float) -> Any:  # noqa: ARG002 - a sample's
        """Note the series."""
        return self._note(x)

    def mean_up_to(self, x: Term, bound: Any) -> Any:  # noqa: ARG002 - a sample's
        """Note the series."""
        return self._note(x)


def asked_by(formulas: Sequence[Callable[[Sample], Any]]) -> list[Sum]:
    """Return the sums that formulas ask for: of the periods for which a term is true, or all; of products of terms."""
    asked: list[Sum] = []
    with np.errstate(all="ignore"):
        for formula in formulas:
            formula(Asked(asked))
    return asked


def series_of(formula: Callable[[Sample], Any]) -> str:
    """Return the series that a formula uses, in the order of ``kernel.SERIES``."""
    used = {name for which, terms in asked_by([formula]) for term in (which, *terms) if term for name in term.series}
    return "".join(name for name in SERIES if name in used)
