"""Resampled histories as the blocks they are made of: sums over them and their drawdowns without a step a session."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from fedcycle.backtests.inference.block_sums import prefix_sums
from fedcycle.data.typing import Bool, Float64, Int64

LONG = 8
"""Sessions of a block, on average, from which on prefix sums take less time than counting sessions."""
SEGMENT = 128
"""Sessions whose highest and lowest value say whether a drawdown can lie in them."""


@dataclass(frozen=True, eq=False)
class Columns:
    """What each session of the sample adds to some sums.

    Parameters
    ----------
    values : (n, C)
    """

    values: Float64

    @cached_property
    def prefix(self) -> Float64:
        """Return ``prefix_sums``, (2 n + 1, C)."""
        return prefix_sums(self.values)

    @cached_property
    def finite(self) -> bool:
        """Return whether every number is finite."""
        return bool(np.isfinite(self.values).all())

    @classmethod
    def of_growth(cls, returns: Float64) -> Columns:
        """Return the logarithm of what returns, (n,) fraction >= -1, grow to, one column."""
        with np.errstate(divide="ignore"):
            return cls(np.log1p(returns)[:, None])


@dataclass(frozen=True, eq=False)
class Histories:
    """Some histories of n sessions each, laid end to end: blocks of sessions in a row, round the circle.

    Parameters
    ----------
    shape : (k, n)
    at : (m,) where each block begins, counted over all histories in turn; every history begins with one
    start : (m,) the session in which it begins
    """

    shape: tuple[int, int]
    at: Int64
    start: Int64

    @cached_property
    def length(self) -> Int64:
        """Return the sessions of each block, (m,)."""
        k, n = self.shape
        return np.diff(self.at, append=k * n)

    @cached_property
    def first(self) -> Int64:
        """Return the first block of each history, (k,)."""
        return np.flatnonzero(self.at % self.shape[1] == 0)

    def each(self, x: Float64 | Int64) -> Any:
        """Return a number of each block, (m,), at each of its sessions, (k, n)."""
        return np.repeat(x, self.length).reshape(self.shape)

    @cached_property
    def place(self) -> Int64:
        """Return the session of each, (k, n), where the sample's n sessions are written twice in a row."""
        n = self.shape[1]
        place = self.each(self.start - self.at % n)
        place += np.arange(n)
        return np.asarray(place, dtype=np.int64)

    @property
    def rows(self) -> Int64:
        """Return the session of each, (k, n)."""
        rows, n = self.place.copy(), self.shape[1]
        rows[rows >= n] -= n
        return rows

    def sums(self, columns: Columns) -> Float64:
        """Return the sum of each of C columns over each history, (k, C)."""
        if len(self.at) * LONG > self.place.size:
            return counts(self.rows) @ columns.values
        prefix = columns.prefix
        return np.add.reduceat(prefix[self.start + self.length] - prefix[self.start], self.first, axis=0)

    def worst_drawdown(self, log_growth: Columns, *, unsure: bool = False) -> Float64:
        """Return the maximum drawdown of each history of one series, (k,) fraction.

        Parameters
        ----------
        log_growth : one column, ``log1p`` of the returns; minus infinity where all is lost
        unsure : whether the true drift is unknown
            Then each history gets the drift of the one before it, as if that had been the one observed: else all would
            drift as the sample does, and their drawdowns would be too much alike to foretell another history's (85% to
            89% of them instead of 95%).
        """
        log = log_growth.values[:, 0]
        k, n = self.shape
        path = np.empty((k, -(-n // SEGMENT) * SEGMENT))
        if log_growth.finite:
            prefix = log_growth.prefix[:, 0]
            held = prefix[self.start + self.length] - prefix[self.start]
            before = np.cumsum(held) - held
            before -= np.repeat(before[self.first], np.diff(self.first, append=len(held)))
            np.add(prefix[1:].take(self.place), self.each(before - prefix[self.start]), out=path[:, :n])
            if unsure and k > 1:
                drift = np.roll(path[:, n - 1] / n, 1) - float(log.mean())
                path[:, :n] += drift[:, None] * np.arange(1.0, n + 1.0)
        else:
            # After ruin a path stays at minus infinity, which no prefix sum comes back from.
            np.cumsum(log.take(self.rows), axis=1, out=path[:, :n])
        path[:, n:] = path[:, n - 1 : n]
        return np.asarray(np.expm1(deepest(path)))


def deepest(path: Float64) -> Float64:
    """Return how far each path falls below its highest so far, which is 0 before it begins, (k,), 0 or less.

    Exact, though most of a path is only looked at for its highest and lowest in each segment: where even from its
    highest to its lowest a segment falls no further than is already certain, the order within it does not matter.

    Parameters
    ----------
    path : (k, s * SEGMENT) without NaN

    Examples
    --------
    >>> path = np.zeros((1, SEGMENT))
    >>> path[0, :4] = 1.0, 3.0, 0.5, 4.0
    >>> deepest(path).tolist()
    [-4.0]
    """
    parts = path.reshape(len(path), -1, SEGMENT)
    high, low = parts.max(axis=2), parts.min(axis=2)
    before = np.maximum.accumulate(np.maximum(high, 0.0), axis=1)
    before = np.concatenate([np.zeros((len(path), 1)), before[:, :-1]], axis=1)
    certain: Float64 = np.minimum((low - before).min(axis=1), 0.0)
    history, segment = np.nonzero(low - np.maximum(before, high) < certain[:, None])
    some = parts[history, segment]
    highest = np.maximum.accumulate(np.maximum(some, before[history, segment][:, None]), axis=1)
    np.minimum.at(certain, history, (some - highest).min(axis=1))
    return certain


def of_draws(drawn: Int64, begins: Bool) -> Histories:
    """Return histories, (k, n): where a block begins the session drawn there, elsewhere the next one."""
    begins[:, 0] = True
    at = np.flatnonzero(begins)
    return Histories(drawn.shape, at, drawn.ravel()[at])


def drawn_with(rng: np.random.Generator, shape: tuple[int, int], share: float) -> Histories:
    """Return histories whose blocks begin with a chance of ``share`` in each session.

    For each history the generator is asked where blocks would start, then which do, as arch's ``StationaryBootstrap``.
    """
    k, n = shape
    places, starts = [], []
    u = np.empty(n)
    for history in range(k):
        drawn = rng.integers(n, size=n)
        begins = rng.random(out=u) <= share
        begins[0] = True
        at = np.flatnonzero(begins)
        places.append(at + history * n)
        starts.append(drawn[at])
    return Histories(shape, np.concatenate(places), np.concatenate(starts))


def counts(rows: Int64) -> Float64:
    """Return how often each history, (k, n) rows, has each of the n sessions, (k, n).

    Examples
    --------
    >>> counts(np.array([[0, 0, 2], [1, 2, 1]])).tolist()
    [[2.0, 0.0, 1.0], [0.0, 2.0, 1.0]]
    """
    k, n = rows.shape
    flat = np.bincount((rows + n * np.arange(k)[:, None]).ravel(), minlength=k * n)
    return flat.reshape(k, n).astype(np.float64)
