"""What a handful of cycles can and cannot prove: exact tests, with words before numbers."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from itertools import combinations
from typing import Any

import numpy as np

from fedcycle.backtests.inference.words import format_p, listed, points
from fedcycle.data.typing import Float64

TIE = 1e-12
"""Two sums of the same few numbers in another order differ by less; a tie counts as at least as large."""
NO_LEAD = 1e-9
"""A lead under a hundred-thousandth of a basis point is none: the crumb of cash that an engine keeps makes one."""
MOST_EXACT = 16
"""Differences up to which every assignment is looked at: 65,536 of them."""
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
    smallest_p : the smallest p that n cycles can ever give, 2 ** -n
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
    least = f"with {n} the smallest possible p is {format_p(smallest)}"
    text = f"{positive} of {n} complete {windows}; {least}, here it is {format_p(p)}"
    return {"n": n, "positive": positive, "p": p, "smallest_p": smallest, "text": text}


def sign_flip_test(differences: Sequence[float]) -> dict[str, Any]:
    """Return the exact one-sided permutation test that the mean difference is above 0: every sign could be the other.

    Parameters
    ----------
    differences : (n,) fraction, one a cycle, n <= 16

    Returns
    -------
    n, mean : count, fraction (None for n = 0)
    p : share of the 2 ** n assignments of signs with a mean at least as large; None for n = 0 and above 16
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
    d = np.asarray(differences, dtype=np.float64)
    n = len(d)
    if n == 0:
        return {"n": 0, "mean": None, "p": None, "text": "no complete window in the run"}
    mean = float(d.mean())
    if n > MOST_EXACT:
        return {"n": n, "mean": mean, "p": None, "text": f"{n} windows are too many to flip every sign"}
    signs = 1 - 2 * ((np.arange(2**n)[:, None] >> np.arange(n)) & 1)
    sums = signs @ d
    p = float((sums >= d.sum() - TIE * np.abs(d).sum()).mean())
    text = (
        f"a mean lead of {points(mean)} points a window; of the {2**n} ways to flip its signs "
        f"{round(p * 2**n)} do as well, p {format_p(p)}"
    )
    return {"n": n, "mean": mean, "p": p, "text": text}


def permutation_test(one: Sequence[float], other: Sequence[float]) -> dict[str, Any]:
    """Return the exact two-sided permutation test that two groups of cycles have one mean.

    Parameters
    ----------
    one, other : (a,), (b,) fraction, one a cycle; a + b <= 16

    Returns
    -------
    n : (a, b)
    difference : mean of ``one`` minus mean of ``other``; None where a group is empty
    p : share of the ways to deal the cycles into two groups of these sizes that differ at least as much; None where a
        group is empty or there are more than 16 cycles
    text : the same in a sentence

    Examples
    --------
    Of the six ways to deal 1, 2, 3, 4 into pairs, only {1, 2} and {3, 4} differ by 2.

    >>> permutation_test([3.0, 4.0], [1.0, 2.0])["p"].__round__(9)
    0.333333333
    """
    pool = np.array([*one, *other], dtype=np.float64)
    a, b = len(one), len(other)
    if not a or not b:
        return {"n": [a, b], "difference": None, "p": None, "text": "one of the two groups has no complete window"}
    gap = float(np.mean(one) - np.mean(other))
    if a + b > MOST_EXACT:
        return {"n": [a, b], "difference": gap, "p": None, "text": f"{a + b} windows are too many to deal in every way"}
    dealt = np.array([pool[list(rows)].sum() for rows in combinations(range(a + b), a)])
    gaps = dealt / a - (pool.sum() - dealt) / b
    p = float((np.abs(gaps) >= abs(gap) - TIE * np.abs(pool).sum()).mean())
    text = (
        f"{a} against {b} windows, {points(gap)} points apart; of the {len(gaps)} ways to deal them "
        f"{round(p * len(gaps))} are as far apart, p {format_p(p)}"
    )
    return {"n": [a, b], "difference": gap, "p": p, "text": text}


def leave_one_out(differences: Sequence[float], names: Sequence[str]) -> dict[str, Any]:
    """Return the mean difference without each cycle in turn, and whether one cycle alone makes its sign.

    Parameters
    ----------
    differences : (n,) fraction, one a cycle
    names : (n,) what each cycle is called

    Returns
    -------
    mean : fraction; None for n = 0
    without : name -> mean of the others; empty under two cycles
    decided_by : names without which the mean has another sign
    text : the same in a sentence

    Examples
    --------
    >>> leave_one_out([0.5, -0.1, -0.1], ["2001", "2007", "2019"])["decided_by"]
    ['2001']
    """
    d = np.asarray(differences, dtype=np.float64)
    if len(d) < 2:
        mean = float(d[0]) if len(d) else None
        return {
            "mean": mean,
            "without": {},
            "decided_by": [],
            "text": "under two complete windows none can be left out",
        }
    mean = float(d.mean())
    without = {name: float(np.delete(d, k).mean()) for k, name in enumerate(names)}
    decided = [name for name, other in without.items() if (other > 0) != (mean > 0)]
    low, high = min(without, key=without.__getitem__), max(without, key=without.__getitem__)
    span = f"between {points(without[low])} points (without {low}) and {points(without[high])} (without {high})"
    turned = f"; leaving out {listed(decided)} turns its sign" if decided else "; no single cycle turns its sign"
    return {
        "mean": mean,
        "without": without,
        "decided_by": decided,
        "text": f"the mean lead of {points(mean)} points lies {span} when one cycle is left out{turned}",
    }


def minimum_detectable_effect(
    differences: Sequence[float], *, alpha: float = ALPHA, power: float = POWER
) -> dict[str, Any]:
    """Return the true mean lead that so few cycles, as spread out as these, would have found.

    Parameters
    ----------
    differences : (n,) fraction, one a cycle
    alpha, power : fraction
        A one-sided t-test at ``alpha`` finds the effect with probability ``power``.

    Returns
    -------
    n : count
    effect : fraction, > 0; None under two cycles and where they do not differ
    text : the same in a sentence

    Notes
    -----
    From the noncentral t distribution with the observed standard deviation taken as the true one (Bloom 1995).
    """
    d = np.asarray(differences, dtype=np.float64)
    n = len(d)
    spread = float(d.std(ddof=1)) if n > 1 else 0.0
    if n < 2 or spread <= TIE * (1.0 + float(np.abs(d).max())):
        text = "under two complete windows there is no spread to judge by" if n < 2 else "the windows do not differ"
        return {"n": n, "effect": None, "text": text}
    effect = _noncentrality(n, alpha=alpha, power=power) * spread / math.sqrt(n)
    text = (
        f"with {n} windows as spread out as these, a true lead under {100 * effect:.1f} points a window "
        f"would be missed more often than in {round(1 / (1 - power))} histories once"
    )
    return {"n": n, "effect": effect, "text": text}


def _noncentrality(n: int, *, alpha: float, power: float) -> float:
    """Return the noncentrality at which a one-sided t-test of n differences has the power."""
    from scipy import optimize, stats  # half a second that only inference pays

    critical = stats.t.ppf(1.0 - alpha, n - 1)
    return float(optimize.brentq(lambda shift: stats.nct.sf(critical, n - 1, shift) - power, 0.0, 100.0))


def over_cycles(by_cycle: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Return what a run's lead over its benchmark in its complete windows can tell, for each kind of window.

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
    leads = [float(c["windows"][name]["excess_return"]) for c in cycles]
    groups = [[x for x, c in zip(leads, cycles, strict=True) if c["recession"] is flag] for flag in (True, False)]
    return {
        **sign_test(leads),
        "permutation": sign_flip_test(leads),
        "leave_one_out": leave_one_out(leads, [str(c["first_cut"])[:4] for c in cycles]),
        "detectable": minimum_detectable_effect(leads),
        "recessions": permutation_test(*groups),
    }


def _is_whole(window: Mapping[str, Any]) -> bool:
    return bool(window["complete"]) and window["excess_return"] is not None


def complete_leads(by_cycle: Sequence[Mapping[str, Any]], name: str) -> Float64:
    """Return the lead in each complete window of that name, (n,) fraction."""
    return np.array(
        [c["windows"][name]["excess_return"] for c in by_cycle if _is_whole(c["windows"][name])], dtype=float
    )
