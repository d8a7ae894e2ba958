"""Statistics of many resampled histories at once, from sums: one matrix product instead of a call a history.

A mean, a standard deviation or a regression of a resampled history needs only sums over its sessions, and such a sum is
the number of times the history has each session, times what the session adds. ``fedcycle.backtests.statistics`` defines
the numbers; a test holds each one here equal to them on histories drawn one by one.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from fedcycle.backtests.statistics.numerics import ALIKE, sessions_per_year, years
from fedcycle.data.typing import Days, Float64, Int64

OWN = ("r", "rr", "log", "ruin", "e", "ee", "short")
PAIR = ("d", "dd", "eo", "rb", "hit", "apart", "up_r", "up_e", "up_eo", "down_r", "down_e", "down_eo")
MARKET = ("b", "bb", "o", "oo", "up_b", "up", "up_o", "up_oo", "down_b", "down", "down_o", "down_oo", "f")


@dataclass(frozen=True, eq=False)
class Panel:
    """Returns of several runs, their benchmark and bills over the same sessions.

    Parameters
    ----------
    runs : (n, K) fraction per session
    benchmark, bills : (n,) fraction per session
    years : calendar years from the close before the first return to the last
    per_year : sessions that count as a year
    """

    runs: Float64
    benchmark: Float64
    bills: Float64
    years: float
    per_year: float

    @classmethod
    def of(cls, runs: Float64, benchmark: Float64, bills: Float64, *, sessions: Days) -> Panel:
        """Return the returns with the time they took; ``sessions``, (n + 1,) days, begin with the close before."""
        return cls(runs, benchmark, bills, years(sessions), sessions_per_year(sessions))

    @property
    def root(self) -> float:
        """Return the square root of the sessions of a year."""
        return math.sqrt(self.per_year)


def columns(panel: Panel) -> Float64:
    """Return what each session adds to each sum, (n, C): ``OWN`` and ``PAIR`` a run, then ``OWN`` and ``MARKET``."""
    b, f = panel.benchmark, panel.bills
    o, up, down = b - f, (b > 0).astype(float), (b < 0).astype(float)
    out = []
    for r in panel.runs.T:
        e, d = r - f, r - b
        out += [*_own(r, f), d, d * d, e * o, r * b, (d > ALIKE).astype(float), (np.abs(d) > ALIKE).astype(float)]
        out += [up * r, up * e, up * e * o, down * r, down * e, down * e * o]
    market = [b, b * b, o, o * o, up * b, up, up * o, up * o * o, down * b, down, down * o, down * o * o, f]
    return np.column_stack([*out, *_own(b, f), *market])


def _own(r: Float64, f: Float64) -> list[Float64]:
    e, lost = r - f, r <= -1.0
    return [r, r * r, np.log1p(np.where(lost, 0.0, r)), lost.astype(float), e, e * e, np.minimum(e, 0.0) ** 2]


def statistics(sums: Float64, panel: Panel) -> tuple[list[dict[str, Float64]], dict[str, Float64]]:
    """Return the statistics of each run and those of the benchmark, from sums.

    Parameters
    ----------
    sums : (B, C) the sums of B histories, in the columns of ``columns``
    panel : Panel

    Returns
    -------
    one mapping a run, and the benchmark's own: name -> (B,), NaN where a history has no such number
    """
    n, runs = panel.runs.shape
    width = len(OWN) + len(PAIR)
    tail = runs * width
    other = dict(zip(OWN, sums[:, tail : tail + len(OWN)].T, strict=True))
    market = dict(zip(MARKET, sums[:, tail + len(OWN) :].T, strict=True))
    with np.errstate(all="ignore"):
        benchmark = _of_own(other, n, panel)
        out = []
        for k in range(runs):
            part = dict(zip((*OWN, *PAIR), sums[:, k * width : (k + 1) * width].T, strict=True))
            own = _of_own(part, n, panel)
            out.append(own | _of_pair(part, market, panel=panel, own=own, benchmark=benchmark))
    return out, benchmark


def _of_own(s: dict[str, Float64], n: int, panel: Panel) -> dict[str, Float64]:
    growth = np.where(s["ruin"] > 0, 0.0, np.exp(s["log"]))
    r, e = s["r"] / n, s["e"] / n
    e_sd = _sd(s["ee"], s["e"], n)
    downside = np.sqrt(s["short"] / n)
    return {
        "total_return": growth - 1.0,
        "cagr": growth ** (1.0 / panel.years) - 1.0,
        "volatility": _sd(s["rr"], s["r"], n) * panel.root,
        "sharpe": e / e_sd * panel.root,
        "sortino": e / downside * panel.root,
        "mean_return": r * panel.per_year,
    }


def _of_pair(
    s: dict[str, Float64],
    m: dict[str, Float64],
    *,
    panel: Panel,
    own: dict[str, Float64],
    benchmark: dict[str, Float64],
) -> dict[str, Float64]:
    n, per_year, root = len(panel.runs), panel.per_year, panel.root
    error = _sd(s["dd"], s["d"], n)
    o_var = m["oo"] - m["o"] ** 2 / n
    beta = (s["eo"] - s["e"] * m["o"] / n) / o_var
    alpha = (s["e"] - beta * m["o"]) / n
    e_var = s["ee"] - s["e"] ** 2 / n
    left = np.sqrt(np.maximum(e_var - beta**2 * o_var, 0.0) / (n - 1))
    correlation = (s["rb"] - s["r"] * m["b"] / n) / np.sqrt((s["rr"] - s["r"] ** 2 / n) * (m["bb"] - m["b"] ** 2 / n))
    up, down = s["up_r"] / m["up_b"], s["down_r"] / m["down_b"]
    return {
        "excess_cagr": own["cagr"] - benchmark["cagr"],
        "alpha": alpha * per_year,
        "beta": beta,
        "tracking_error": error * root,
        "information_ratio": s["d"] / n / error * root,
        "up_capture": up,
        "down_capture": down,
        "relative_wealth": (1.0 + own["total_return"]) / (1.0 + benchmark["total_return"]) - 1.0,
        "mean_active_return": s["d"] / n * per_year,
        "correlation": np.clip(correlation, -1.0, 1.0),
        "r_squared": np.minimum(correlation**2, 1.0),
        "up_beta": _beta(s, m, "up"),
        "down_beta": _beta(s, m, "down"),
        "capture_ratio": up / down,
        "treynor": s["e"] / n * per_year / beta,
        "m_squared": own["sharpe"] * np.sqrt(np.maximum(o_var, 0.0) / (n - 1)) * root + m["f"] / n * per_year,
        "appraisal_ratio": alpha / left * root,
        "hit_rate_over_benchmark": s["hit"] / s["apart"],
    }


def _beta(s: dict[str, Float64], m: dict[str, Float64], side: str) -> Float64:
    n, o = m[side], m[f"{side}_o"]
    return np.asarray((s[f"{side}_eo"] - s[f"{side}_e"] * o / n) / (m[f"{side}_oo"] - o**2 / n))


def _sd(squares: Float64, total: Float64, n: int) -> Float64:
    """Return the sample standard deviation from the sum of squares and the sum of n numbers."""
    return np.sqrt(np.maximum(squares - total**2 / n, 0.0) / (n - 1))


def worst_drawdown(returns: Float64, rows: Int64, *, unsure: bool = False) -> Float64:
    """Return the maximum drawdown of each history of one series, (k,) fraction.

    Parameters
    ----------
    returns : (n,) fraction per session, >= -1
    rows : (k, n) which sessions each history is made of
    unsure : whether the true drift is unknown
        Then each history gets the drift of the one before it in ``rows``, as if that had been the one observed: else
        all would drift as the sample does, and their drawdowns would be too much alike to foretell another history's
        (85% to 89% of them instead of 95%).
    """
    with np.errstate(divide="ignore"):
        log = np.log1p(returns)
    path = log.take(rows)
    if unsure and len(rows) > 1 and bool((returns > -1.0).all()):
        drift = np.roll(path.mean(axis=1), 1) - float(log.mean())
        path += drift[:, None]
    np.cumsum(path, axis=1, out=path)
    # The history begins at a value of 1, which is its first high. After ruin the path stays at minus infinity.
    first = path[:, 0].copy()
    np.maximum(path[:, 0], 0.0, out=path[:, 0])
    high = np.maximum.accumulate(path, axis=1)
    path[:, 0] = first
    path -= high
    return np.asarray(np.expm1(path.min(axis=1)))
