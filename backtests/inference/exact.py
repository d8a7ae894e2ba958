"""Exact tests for a handful of cycles, each with one sentence that a reader can repeat."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from itertools import chain, combinations
from typing import Any

import numpy as np

from fedcycle.backtests.core.format import listing, p_equals, p_value
from fedcycle.backtests.inference.distributions import noncentrality
from fedcycle.backtests.inference.measure import DIFFERENCE, RELATIVE_WEALTH, Measure
from fedcycle.data.typing import Float64

TIE = 1e-12
"""Two sums of the same few numbers in another order differ by less; a tie counts as at least as large."""
NO_LEAD = 1e-9
"""A difference under a hundred-thousandth of a basis point is none: it comes from the rounding of an engine's cash."""
MOST_FLIPS = 30
"""Differences up to which every assignment of signs is counted: two halves of at most 32,768 sums each."""
MOST_SPLITS = 200_000
"""Ways to split cycles into two groups up to which every one is counted; 20 cycles have at most 184,756."""
ALPHA, POWER = 0.05, 0.8
"""A test finds an effect at 5% in four of five histories: the usual meaning of detectable."""


def sign_test(differences: Sequence[float]) -> dict[str, Any]:
    """Return the exact one-sided sign test that differences are more often positive than a fair coin's heads.

    Parameters
    ----------
    differences : (n,) one difference a cycle; zeros (up to 1e-9) count against

    Returns
    -------
    n, positive : counts
    p : chance of at least so many positives from a fair coin; None for n = 0
    smallest_p : the minimum attainable p-value of n cycles, 2 ** -n
    text : the same in a sentence

    Examples
    --------
    >>> sign_test([0.1, 0.2, 0.3, -0.1])["p"]
    0.3125
    """
    n, positive = len(differences), sum(d > NO_LEAD for d in differences)
    if n == 0:
        return {"n": 0, "positive": 0, "p": None, "smallest_p": None, "text": "no complete window in the run"}
    p = sum(math.comb(n, k) for k in range(positive, n + 1)) / 2**n
    smallest = 0.5**n
    windows = "window" if n == 1 else "windows"
    attainable = f"n = {n}; minimum attainable {p_value(smallest)}"
    text = f"{positive} of {n} complete {windows}; sign test {p_equals(p)} ({attainable})"
    return {"n": n, "positive": positive, "p": p, "smallest_p": smallest, "text": text}


def sign_flip_test(differences: Sequence[float], *, measure: Measure = DIFFERENCE) -> dict[str, Any]:
    """Return the exact one-sided permutation test that the mean difference is above 0: every sign could be the other.

    Parameters
    ----------
    differences : (n,) fraction, one a cycle, n <= 30
    measure : what they are a measure of: differences of returns, or relative wealth, whose logarithms are tested

    Returns
    -------
    n, mean : count, fraction (None for n = 0), in the measure
    p : share of the 2 ** n assignments of signs with a mean at least as large; None for n = 0 and above 30
    text : the same in a sentence

    Notes
    -----
    Fisher (1935). Exact where differences are symmetric about 0 under the null and independent.

    Examples
    --------
    Of the eight means of +-1, +-2, +-3 only two are at least 4 / 3: that of 1, 2, 3 and that of -1, 2, 3.

    >>> sign_flip_test([-1.0, 2.0, 3.0])["p"]
    0.25
    """
    d = measure.added(differences)
    n = len(d)
    if n == 0:
        return {"n": 0, "mean": None, "p": None, "text": "no complete window in the run"}
    mean = measure.average(differences)
    if n > MOST_FLIPS:
        return {"n": n, "mean": mean, "p": None, "text": f"{n} windows are too many for an exact sign-flip test"}
    p = _share_at_least(d, d.sum() - TIE * np.abs(d).sum())
    return {
        "n": n,
        "mean": mean,
        "p": p,
        "text": f"{measure.mean} {measure.say(mean)} a window; exact sign-flip {p_equals(p)}",
    }


def _share_at_least(d: Float64, target: float) -> float:
    """Return the share of all assignments of signs whose sum is at least ``target``.

    The sums of each half of the values are listed and every pair of them is counted by a search in sorted order.
    """
    half = len(d) // 2
    one, other = _signed_sums(d[:half]), np.sort(_signed_sums(d[half:]))
    enough = len(other) - np.searchsorted(other, target - one, side="left")
    return float(enough.sum() / (len(one) * len(other)))


def _signed_sums(d: Float64) -> Float64:
    """Return the sums of all assignments of signs, (2 ** n,)."""
    sums = np.zeros(1)
    for x in d:
        sums = np.concatenate([sums + x, sums - x])
    return sums


def permutation_test(one: Sequence[float], other: Sequence[float], *, measure: Measure = DIFFERENCE) -> dict[str, Any]:
    """Return the exact two-sided permutation test that two groups of cycles have one mean.

    Parameters
    ----------
    one, other : (a,), (b,) fraction, one a cycle
    measure : what they are a measure of

    Returns
    -------
    n : (a, b)
    difference : mean of ``one`` minus mean of ``other``, of relative wealth the ratio of the geometric means less 1;
        None where a group is empty
    p : share of the ways to split the cycles into two groups of these sizes that differ at least as much; None where
        a group is empty or there are more than 200,000 ways
    text : the same in a sentence

    Examples
    --------
    Of the six ways to split 1, 2, 3, 4 into pairs, only {1, 2} and {3, 4} differ by 2.

    >>> permutation_test([3.0, 4.0], [1.0, 2.0])["p"].__round__(9)
    0.333333333
    """
    pool = measure.added([*one, *other])
    a, b = len(one), len(other)
    if not a or not b:
        return {"n": [a, b], "difference": None, "p": None, "text": "one of the two groups has no complete window"}
    gap = float(pool[:a].mean() - pool[a:].mean())
    told = measure.back(gap)
    ways = math.comb(a + b, a)
    if ways > MOST_SPLITS:
        text = f"{a} against {b} windows are too many for an exact permutation test"
        return {"n": [a, b], "difference": told, "p": None, "text": text}
    chosen = np.fromiter(chain.from_iterable(combinations(range(a + b), a)), dtype=np.int64, count=ways * a)
    sums = pool[chosen.reshape(ways, a)].sum(axis=1)
    gaps = sums / a - (pool.sum() - sums) / b
    p = float((np.abs(gaps) >= abs(gap) - TIE * np.abs(pool).sum()).mean())
    text = f"{a} against {b} windows: {measure.gap} {measure.say(told)}; exact permutation {p_equals(p)}"
    return {"n": [a, b], "difference": told, "p": p, "text": text}


def leave_one_out(
    differences: Sequence[float], names: Sequence[str], *, measure: Measure = DIFFERENCE
) -> dict[str, Any]:
    """Return the mean difference without each cycle in turn, and whether one cycle alone makes its sign.

    Parameters
    ----------
    differences : (n,) fraction, one a cycle
    names : (n,) what each cycle is called
    measure : what they are a measure of

    Returns
    -------
    mean : fraction, in the measure; None for n = 0
    without : name -> mean of the others; empty under two cycles
    decided_by : names without which the mean has another sign
    text : the same in a sentence

    Examples
    --------
    >>> leave_one_out([0.5, -0.1, -0.1], ["2001", "2007", "2019"])["decided_by"]
    ['2001']
    """
    d = measure.added(differences)
    if len(d) < 2:
        mean = float(differences[0]) if len(d) else None
        return {
            "mean": mean,
            "without": {},
            "decided_by": [],
            "text": "under two complete windows none can be left out",
        }
    mean = measure.average(differences)
    without = {name: measure.back(float(np.delete(d, k).mean())) for k, name in enumerate(names)}
    decided = [name for name, other in without.items() if (other > 0) != (mean > 0)]
    low, high = min(without, key=without.__getitem__), max(without, key=without.__getitem__)
    span = f"from {measure.say(without[low])} (without {low}) to {measure.say(without[high])} (without {high})"
    turned = f"; without {listing(decided)} the mean has the other sign" if decided else "; the sign does not change"
    return {
        "mean": mean,
        "without": without,
        "decided_by": decided,
        "text": f"{measure.mean} {measure.say(mean)}; with one cycle left out {span}{turned}",
    }


def minimum_detectable_effect(
    differences: Sequence[float], *, alpha: float = ALPHA, power: float = POWER, measure: Measure = DIFFERENCE
) -> dict[str, Any]:
    """Return the minimum detectable effect: the true mean that a test of so few cycles finds with a given power.

    Parameters
    ----------
    differences : (n,) fraction, one a cycle
    alpha, power : fraction
        A one-sided t-test at ``alpha`` finds the effect with probability ``power``.
    measure : what they are a measure of

    Returns
    -------
    n : count
    effect : fraction, > 0, in the measure; None under two cycles and where they do not differ
    text : the same in a sentence

    Notes
    -----
    From the noncentral t distribution with the observed standard deviation taken as the true one (Bloom 1995).
    """
    d = measure.added(differences)
    n = len(d)
    spread = float(d.std(ddof=1)) if n > 1 else 0.0
    if n < 2 or spread <= TIE * (1.0 + float(np.abs(d).max())):
        text = "no minimum detectable effect under two complete windows" if n < 2 else "the windows do not differ"
        return {"n": n, "effect": None, "text": text}
    effect = measure.back(noncentrality(n - 1, alpha=alpha, power=power) * spread / math.sqrt(n))
    text = f"minimum detectable effect at {power:.0%} power: {measure.say(effect).lstrip('+')} a window (n = {n})"
    return {"n": n, "effect": effect, "text": text}


def over_cycles(by_cycle: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Return the exact tests of a run against its benchmark in its complete windows, for each kind of window.

    Parameters
    ----------
    by_cycle : the ``by_cycle`` of a run's JSON

    Returns
    -------
    window -> the keys of ``sign_test`` (``n``, ``positive``, ``p``, ``smallest_p``, ``text``), and ``permutation``,
    ``leave_one_out``, ``detectable`` and ``recessions`` (cycles with a recession against those without), each a mapping
    with a ``text``
    """
    names = dict.fromkeys(name for cycle in by_cycle for name in cycle["windows"])
    return {name: _window(by_cycle, name) for name in names}


def _window(by_cycle: Sequence[Mapping[str, Any]], name: str) -> dict[str, Any]:
    cycles = [c for c in by_cycle if name in c["windows"] and _is_whole(c["windows"][name])]
    every = [float(c["windows"][name]["relative_wealth"]) for c in cycles]
    lost = next((c for c, x in zip(cycles, every, strict=True) if x <= -1.0), None)
    cycles, leads = (cycles, every) if lost is None else ([], [])
    groups = [[x for x, c in zip(leads, cycles, strict=True) if c["recession"] is flag] for flag in (True, False)]
    measured: dict[str, dict[str, Any]] = {
        "permutation": sign_flip_test(leads, measure=RELATIVE_WEALTH),
        "leave_one_out": leave_one_out(leads, [str(c["first_cut"])[:4] for c in cycles], measure=RELATIVE_WEALTH),
        "detectable": minimum_detectable_effect(leads, measure=RELATIVE_WEALTH),
        "recessions": permutation_test(*groups, measure=RELATIVE_WEALTH),
    }
    if lost is not None:
        why = f"the account was lost in the window of {str(lost['first_cut'])[:4]}, so there is no mean"
        measured = {key: of | {"text": why} for key, of in measured.items()}
    return {**sign_test(every), **measured}


def _is_whole(window: Mapping[str, Any]) -> bool:
    return bool(window["complete"]) and window["relative_wealth"] is not None


def complete_leads(by_cycle: Sequence[Mapping[str, Any]], name: str) -> Float64:
    """Return the relative wealth in each complete window of that name, (n,) fraction."""
    return np.array(
        [c["windows"][name]["relative_wealth"] for c in by_cycle if _is_whole(c["windows"][name])], dtype=float
    )
