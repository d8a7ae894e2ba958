"""Placebo dates: the same windows or holdings moved to every other place, their lengths and spacing kept."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from fedcycle.backtests.core.format import p_equals
from fedcycle.backtests.inference.measure import DIFFERENCE, RELATIVE_WEALTH, Measure
from fedcycle.backtests.statistics.numerics import ALIKE, SESSIONS_PER_YEAR
from fedcycle.data.typing import Float64, Int64

TIE = 1e-12


def placebo_cycles(level: Float64, benchmark_level: Float64, *, windows: Sequence[tuple[int, int]]) -> dict[str, Any]:
    """Return the value added by the dates of windows: their relative wealth over that of the same windows elsewhere.

    For assets, not for a rule: a rule's holdings stay where they are when windows move. See ``placebo_timing``.

    Parameters
    ----------
    level, benchmark_level : (T,) total-return levels, > 0
    windows : (start row, end row) of each window, the closes it runs between

    Returns
    -------
    n : windows
    mean : fraction, the mean relative wealth (geometric) in the true windows; None without windows
    shifted_mean : fraction, the mean over all other shifts; None without windows
    value_added : fraction, ``mean`` over ``shifted_mean`` as ratios of wealth, less 1; None without windows
    p : share of all T - 1 shifts, the true place among them, with a mean at least as large; None without windows
    separate : how many placements fit into the history without overlapping, rounded down
    low, high : 5% and 95% quantile of the shifted means, fraction
    text : the same in a sentence

    Notes
    -----
    All windows move together round a circle (the end of the history joins its beginning, by returns), so lengths,
    spacing and overlap stay what they are. Exact where the two series are stationary. Neighbouring shifts are nearly
    the same placement: a p of 0.01 from 7,000 shifts is not 7,000 experiments, hence ``separate``. The p-value is
    of the dates as one placement; a sign test over cycles asks whether their signs agree, so the two differ where one
    large window makes the mean.
    """
    n = len(level) - 1
    if not windows or n < 2:
        return missing("no complete window to shift")
    ahead = np.diff(np.log(level)) - np.diff(np.log(benchmark_level))
    means = np.zeros(n)
    for start, end in windows:
        means += _rolled(ahead, start, length=end - start) / len(windows)
    span = max(end for _, end in windows) - min(start for start, _ in windows)
    return _judged(means, len(windows), separate=n // max(span, 1), what="a window", measure=RELATIVE_WEALTH)


def placebo_timing(weights: Float64, returns: Float64, *, per_year: float = float(SESSIONS_PER_YEAR)) -> dict[str, Any]:
    """Return the value added by a rule's timing: its mean return less that of the same holdings shifted in time.

    What the rule held, for how long and how far apart stay as they were; only the dates move.

    Parameters
    ----------
    weights : (n, N) fraction of value held in each asset at the close before each return
    returns : (n, N) fraction per session
    per_year : sessions that count as a year

    Returns
    -------
    as ``placebo_cycles``: ``mean`` is the mean return a year of the holdings where they were, without costs (a shift
    changes no cost); ``n`` counts the holding periods between changes of holdings; ``p`` is None where holdings never
    changed

    Notes
    -----
    All n shifts at once: the mean of weight times return over a shift is a circular correlation, taken by FFT.
    """
    # Until the first fill all is cash: that is how a run begins, not a decision to wait.
    began = int(np.argmax((weights != 0.0).any(axis=1))) if len(weights) else 0
    weights, returns = weights[began:], returns[began:]
    n = len(weights)
    centred = weights - weights.mean(axis=0) if n else weights
    if n < 2 or float(np.abs(centred).max(initial=0.0)) < ALIKE:
        return missing("the holdings never changed: there is no timing to shift")
    spectrum = np.conj(np.fft.rfft(centred, axis=0)) * np.fft.rfft(returns, axis=0)
    base = float((weights.mean(axis=0) * returns.mean(axis=0)).sum())
    means = np.fft.irfft(spectrum.sum(axis=1), n) / n + base
    periods = 1 + int((np.abs(np.diff(weights, axis=0)).sum(axis=1) > 0.5).sum())
    return _judged(means, periods, separate=periods, what="a year", scale=per_year)


def _rolled(growth: Float64, start: int, *, length: int) -> Float64:
    """Return the log growth over ``length`` sessions from each shift of ``start`` round the circle, (n,)."""
    n = len(growth)
    total = np.concatenate([[0.0], np.cumsum(np.concatenate([growth, growth]))])
    first: Int64 = (start + np.arange(n)) % n
    return np.asarray(total[first + length % n] - total[first] + (length // n) * total[n])


def _judged(
    means: Float64, n: int, *, separate: int, what: str, scale: float = 1.0, measure: Measure = DIFFERENCE
) -> dict[str, Any]:
    """Return a placebo in the measure from what its means add up, of every shift, the true place first, (n,)."""
    true, elsewhere = float(means[0]), float(means[1:].mean())
    size = float(np.abs(means).max())
    p = float((means >= true - TIE * (1.0 + size)).mean())
    low, high = (measure.back(float(x) * scale) for x in np.quantile(means, [0.05, 0.95]))
    added, here, there = (measure.back(x * scale) for x in (true - elsewhere, true, elsewhere))
    say = measure.say
    text = (
        f"value added by the dates {say(added)} {what}, placebo {p_equals(p)}: {say(here)} on the true dates, "
        f"{say(there)} on average over shifted dates (middle 90%: {say(low)} to {say(high)})"
    )
    return {
        "n": n,
        "mean": here,
        "shifted_mean": there,
        "value_added": added,
        "p": p,
        "separate": separate,
        "low": low,
        "high": high,
        "text": text,
    }


def missing(text: str) -> dict[str, Any]:
    """Return a placebo that cannot be computed, with the reason."""
    nothing = dict.fromkeys(("mean", "shifted_mean", "value_added", "p", "low", "high"))
    return {"n": 0, **nothing, "separate": 0, "text": text}
