"""Ahead of its benchmark, behind it, level with it, or not distinguishable from it: one rule, used wherever it is said.

numpy alone, so that a run without a tearsheet can say it. The rule is written down in docs/inference.md.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from fedcycle.backtests.core.fed_cycles import Cycle
from fedcycle.backtests.inference.block_sums import block_length, resampled_sums
from fedcycle.backtests.inference.settings import SETTINGS, Settings
from fedcycle.backtests.statistics.kernel import growth_per_year
from fedcycle.backtests.statistics.numerics import ALIKE, sessions_per_year, years
from fedcycle.backtests.statistics.sample import quantile  # numpy's own imports numpy.ma
from fedcycle.data.typing import Bool, Days, Float64

AHEAD, BEHIND, LEVEL, UNDECIDED = "ahead", "behind", "level", "not distinguishable"
DEAD_BAND = 0.0005
"""Active returns of up to 5 bp a year are level: less than the costs and the data's rounding can be trusted for."""
RESAMPLES = 4000
"""Resampled histories: sums over blocks cost so little that the interval's ends need not wobble."""


@dataclass(frozen=True)
class Verdict:
    """How an account did against its benchmark, and how sure that is.

    Parameters
    ----------
    word : ``ahead``, ``behind``, ``level`` or ``not distinguishable``; None where there is nothing to judge
    active_return : fraction per year, annualised return less the benchmark's; None where one does not exist
    low, high : ends of its 95% interval, fraction per year; None where nothing can be resampled
    largest_year : calendar year whose part of the active return is the largest in its direction, such as ``2020``
    largest_year_share_pp : that part, percentage points a year; the parts of all years add up to the active return
    largest_cycle : easing cycle (first cut to next hike, or to the account's end) with the largest part, such as
        ``2019-07 to 2022-03``
    largest_cycle_share_pp : that part, percentage points a year
    note : why there is no word or no interval, in a sentence; None where there is one
    """

    word: str | None
    active_return: float | None
    low: float | None
    high: float | None
    largest_year: str | None
    largest_year_share_pp: float | None
    largest_cycle: str | None
    largest_cycle_share_pp: float | None
    note: str | None = None

    def plain(self) -> dict[str, Any]:
        """Return the verdict as the JSON of a run has it."""
        return asdict(self)

    @classmethod
    def read(cls, document: dict[str, Any]) -> Verdict:
        """Return the verdict that a run's JSON has, from ``plain``."""
        return cls(**document)

    def sentence(self, benchmark: str) -> str:
        """Return the verdict in a sentence that a page or a terminal can show, without a full stop."""
        if self.active_return is None or self.word is None:
            return f"no verdict against {benchmark}: {self.note}"
        said = _against(self.word, benchmark)
        said += f": active return {_pp(self.active_return)} pp a year"
        if self.low is None or self.high is None:
            return f"{said}; {self.note}"
        said += f" (95% interval {_pp(self.low)} to {_pp(self.high)})"
        if self.word == LEVEL or round(100 * abs(self.active_return), 2) == 0.0:
            return said
        return "; ".join([said, *self._made()])

    def _made(self) -> list[str]:
        """Return what the largest year and the largest easing cycle made; the two overlap, so each says its kind."""
        kinds = (
            ("by year", self.largest_year, self.largest_year_share_pp),
            ("by easing cycle", self.largest_cycle, self.largest_cycle_share_pp),
        )
        made = [
            f"{kind}, {name} made {_pp(part / 100)}"
            for kind, name, part in kinds
            if name is not None and part is not None and round(abs(part), 2) > 0.0
        ]
        if made and self.active_return is not None:
            made[0] += f" of {_pp(self.active_return)} pp"
        return made


def of_account(
    value: Float64, benchmark: Float64, *, sessions: Days, cycles: Sequence[Cycle] = (), settings: Settings = SETTINGS
) -> Verdict:
    """Return the verdict on one account; see ``of_accounts``."""
    return of_accounts([value], benchmark, sessions=sessions, cycles=cycles, settings=settings)[0]


def of_accounts(
    values: Sequence[Float64],
    benchmark: Float64,
    *,
    sessions: Days,
    cycles: Sequence[Cycle] = (),
    settings: Settings = SETTINGS,
    resamples: int = RESAMPLES,
) -> list[Verdict]:
    """Return the verdict on each of several accounts, all of them judged together.

    Parameters
    ----------
    values : K accounts, (T,) US dollars each, from before the first fill on
    benchmark : (T,) US dollars
    sessions : (T,) days
    cycles : easing cycles, dated with hindsight
    settings : Settings
    resamples : histories drawn

    Returns
    -------
    K verdicts
        With several, the intervals are so wide that by chance none at all of the accounts is called ahead or behind in
        95% of histories.

    Notes
    -----
    Stationary bootstrap (Politis & Romano 1994) of the log growth of account and benchmark, the same blocks for all;
    intervals are symmetric, of the largest studentised deviation over all accounts (single-step max-t; Romano & Wolf
    2005), widened as Student's t is for the number of blocks in the sample.
    """
    whys = [_unfit(value, benchmark, settings) for value in values]
    fit = [k for k, why in enumerate(whys) if why is None]
    judged = [values[k] for k in fit]
    ends = _intervals(judged, benchmark, sessions=sessions, settings=settings, resamples=resamples)
    spans = dict(zip(fit, ends, strict=True))
    out = []
    for k, value in enumerate(values):
        active = active_return(value, benchmark, sessions)
        low, high = spans.get(k, (None, None))
        year = _largest(active, by_year(value, benchmark, sessions))
        cycle = _largest(active, by_cycle(value, benchmark, sessions, cycles))
        out.append(Verdict(_word(active, low, high), active, low, high, *year, *cycle, note=whys[k]))
    return out


def decide(active: float, low: float, high: float) -> str:
    """Return the word for an active return and its interval, fractions per year.

    Examples
    --------
    >>> decide(0.011, 0.002, 0.020), decide(-0.011, -0.020, -0.002), decide(0.011, -0.002, 0.024)
    ('ahead', 'behind', 'not distinguishable')
    >>> decide(-0.0002, -0.0003, -0.0001), decide(0.0002, -0.0004, 0.0005), decide(0.0002, -0.02, 0.02)
    ('level', 'level', 'not distinguishable')
    """
    if max(abs(low), abs(high)) <= DEAD_BAND:
        return LEVEL
    if low <= 0.0 <= high:
        return UNDECIDED
    if abs(active) <= DEAD_BAND:
        return LEVEL
    return AHEAD if active > 0 else BEHIND


def active_return(value: Float64, benchmark: Float64, sessions: Days) -> float | None:
    """Return the annualised return of an account less that of its benchmark, fraction per year; None if none exists."""
    span = years(sessions) if len(sessions) else 0.0
    if span == 0.0 or not (value[0] > 0 and benchmark[0] > 0):
        return None
    own, other = (float(growth_per_year(level[-1] / level[0], span)) for level in (value, benchmark))
    return own - other if math.isfinite(own) and math.isfinite(other) else None


def by_year(value: Float64, benchmark: Float64, sessions: Days) -> dict[str, float]:
    """Return what each calendar year made of the active return, fraction per year; the parts add up to it."""
    parts = contributions(value, benchmark, sessions)
    year = sessions[1:].astype("datetime64[Y]").astype(np.int64) + 1970
    return {str(y): float(parts[year == y].sum()) for y in sorted(set(year.tolist()))} if len(parts) else {}


def by_cycle(value: Float64, benchmark: Float64, sessions: Days, cycles: Sequence[Cycle]) -> dict[str, float]:
    """Return what each easing cycle, first cut to next hike, made of the active return, fraction per year."""
    parts = contributions(value, benchmark, sessions)
    if not len(parts):
        return {}
    return {name: float(parts[inside].sum()) for name, inside in cycle_stretches(cycles, sessions)}


def cycle_stretches(cycles: Sequence[Cycle], sessions: Days) -> list[tuple[str, Bool]]:
    """Return the easing cycles that overlap an account: their names, and which of its returns lie in them.

    Parameters
    ----------
    cycles : oldest first
    sessions : (T,) days of the account

    Returns
    -------
    list of (name, (T-1,) bool)
        A cycle lasts from its first cut to the next hike; where cuts begin anew without one, to that first cut; never
        beyond the account's last session, and its name says so: ``2024-09 to 2025-05 (the run's end)``.
    """
    if len(sessions) < 2 or not cycles:
        return []
    ends, last, out = sessions[1:], sessions[-1], []
    following = [*(cycle.first_cut for cycle in cycles[1:]), None]
    for cycle, anew in zip(cycles, following, strict=True):
        end = cycle.next_hike if cycle.next_hike is not None else anew
        inside = ends > cycle.first_cut
        until = f"{str(last)[:7]} (the run's end)"
        if end is not None and end <= last:
            inside &= ends <= end
            until = str(end)[:7]
        if inside.any():
            out.append((f"{str(cycle.first_cut)[:7]} to {until}", inside))
    return out


def contributions(value: Float64, benchmark: Float64, sessions: Days) -> Float64:
    """Return what each session made of the active return, (T-1,) fraction per year; they add up to it.

    Empty where there is no active return, or where an account was worth 0.

    Notes
    -----
    With growth a year of the account A and of the benchmark B, A - B = M(A, B) (log A - log B), M the logarithmic mean,
    and log A - log B is a sum over sessions.
    """
    active = active_return(value, benchmark, sessions)
    if active is None or not (bool((value > 0).all()) and bool((benchmark > 0).all())):
        return np.empty(0)
    relative = np.diff(np.log(value / benchmark))
    total = float(np.log(value[-1] / value[0]) - np.log(benchmark[-1] / benchmark[0]))
    span = years(sessions)
    mean = float(benchmark[-1] / benchmark[0]) ** (1.0 / span) if total == 0.0 else active / (total / span)
    return np.asarray(mean * relative / span)


def without_each_cycle(
    value: Float64, benchmark: Float64, sessions: Days, cycles: Sequence[Cycle]
) -> list[dict[str, Any]]:
    """Return the active return over the sessions outside each easing cycle in turn.

    Returns
    -------
    one mapping a cycle that overlaps the account
        ``cycle`` (name), ``sessions`` (how many were left out), ``active_return`` (fraction per year over the rest, a
        year being so many sessions as ``sessions_per_year`` says; None where nothing is left)
    """
    if len(sessions) < 2 or not (bool((value > 0).all()) and bool((benchmark > 0).all())):
        return []
    own, other = np.diff(np.log(value)), np.diff(np.log(benchmark))
    per_year, out = sessions_per_year(sessions), []
    for name, inside in cycle_stretches(cycles, sessions):
        rest = int((~inside).sum())
        active = None
        if rest:
            span = rest / per_year
            active = math.exp(float(own[~inside].sum()) / span) - math.exp(float(other[~inside].sum()) / span)
        out.append({"cycle": name, "sessions": int(inside.sum()), "active_return": active})
    return out


def _unfit(value: Float64, benchmark: Float64, settings: Settings) -> str | None:
    n = len(value) - 1
    if n < 1:
        return "the account never made a trade, so there is nothing to measure"
    if not bool((value > 0).all()):
        return "the account was lost, so its returns cannot be resampled"
    if not bool((benchmark > 0).all()):
        return "the benchmark was lost, so its returns cannot be resampled"
    if n < settings.fewest:
        few = "1 return is" if n == 1 else f"{n} returns are"
        return f"{few} too few for an interval, which needs {settings.fewest}"
    return None


def _intervals(
    values: Sequence[Float64], benchmark: Float64, *, sessions: Days, settings: Settings, resamples: int
) -> list[tuple[float, float]]:
    if not values:
        return []
    other = np.diff(np.log(benchmark))
    own = np.column_stack([np.diff(np.log(value)) for value in values])
    apart = own - other[:, None]
    alive = np.flatnonzero(np.ptp(apart, axis=0) > ALIKE)
    active = np.array([active_return(value, benchmark, sessions) or 0.0 for value in values])
    if not len(alive):
        return [(a, a) for a in active.tolist()]
    block = block_length(apart[:, alive])
    sums = resampled_sums(np.column_stack([other, own]), block=block, resamples=resamples, seed=settings.seed)
    growth = np.exp(sums / years(sessions))
    drawn = growth[:, 1:] - growth[:, :1]
    away = drawn - drawn.mean(axis=0)
    spread = away.std(axis=0)
    widest = np.abs(away[:, alive] / spread[alive]).max(axis=1)
    reach = _as_t(float(quantile(widest, settings.level)), len(other) / block)
    moves = np.zeros(len(values), dtype=bool)  # np.isin would import numpy.ma
    moves[alive] = True
    half = np.where(moves, reach * spread, 0.0)
    return [(float(a - h), float(a + h)) for a, h in zip(active, half, strict=True)]


def _as_t(normal: float, blocks: float) -> float:
    """Return a normal quantile as Student's t has it for so many blocks; the spread of few blocks is too small too.

    Notes
    -----
    First two terms of the expansion in 1 / df (Abramowitz & Stegun 26.7.5); the variance of n / block blocks about
    their own mean is short by one block.
    """
    df = max(blocks - 1.0, 1.0)
    z = normal
    t = z + (z**3 + z) / (4 * df) + (5 * z**5 + 16 * z**3 + 3 * z) / (96 * df**2)
    return t * math.sqrt(blocks / df) if blocks > 1 else math.inf


def _word(active: float | None, low: float | None, high: float | None) -> str | None:
    if active is None:
        return None
    if low is None or high is None:
        return LEVEL if active == 0.0 else None
    return decide(active, low, high)


def _largest(active: float | None, parts: dict[str, float]) -> tuple[str | None, float | None]:
    """Return the part that is largest in the direction of the whole, in percentage points."""
    if active is None or abs(active) <= ALIKE or not parts:
        return None, None
    name = max(parts, key=lambda key: math.copysign(1.0, active) * parts[key])
    return (name, 100 * parts[name]) if parts[name] * active > 0 and abs(parts[name]) > ALIKE else (None, None)


def _against(word: str, benchmark: str) -> str:
    said = {AHEAD: "ahead of", BEHIND: "behind", LEVEL: "level with", UNDECIDED: "not distinguishable from"}
    return f"{said[word]} {benchmark}"


def _pp(fraction: float) -> str:
    """Return percentage points with a sign, two digits: what rounds to nothing has none."""
    text = f"{100 * fraction:+.2f}".replace("-", "\u2212")
    return "0.00" if text[1:] == "0.00" else text
