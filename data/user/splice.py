"""A fund's price carried back by a portfolio: joined at the fund's first close, with how well one tracks the other."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass

import numpy as np

from fedcycle.data.errors import DataError
from fedcycle.data.manifest import PER_YEAR
from fedcycle.data.sources.total_return import TotalReturn
from fedcycle.data.typing import Days, Float64, days

STAMP = "SPLICED"
"""How the stamp of such an asset begins."""
FEWEST = 12
"""Returns that both must have, so that something can be said of how one tracks the other."""


@dataclass(frozen=True)
class Tracking:
    """How a portfolio follows a fund over the sessions that both have.

    Parameters
    ----------
    first, last : ISO dates of these sessions
    returns : how many returns
    correlation : of returns; None where one never moved
    tracking_error : standard deviation (ddof=1) of the differences of returns, fraction per year
    difference : annualised return of the portfolio less the fund's, fraction per year
    """

    first: str
    last: str
    returns: int
    correlation: float | None
    tracking_error: float
    difference: float

    def sentence(self, portfolio: str, fund: str) -> str:
        """Return it in words."""
        like = "none" if self.correlation is None else f"{self.correlation:.3f}"
        return (
            f"over the {self.returns:,} returns that both have ({self.first} to {self.last}) their correlation is "
            f"{like}, the tracking error {100 * self.tracking_error:.1f}% a year, and {portfolio} returned "
            f"{100 * self.difference:+.1f} pp a year against {fund}"
        )


def tracking(own: Float64, other: Float64, sessions: Days, *, frequency: str) -> Tracking:
    """Return how one level follows another over sessions that both have.

    Parameters
    ----------
    own, other : (n,) total-return level of the portfolio and of the fund, > 0, n >= 3
    sessions : (n,) days
    frequency : how far apart they are

    Examples
    --------
    >>> when = np.array(["2020-01-31", "2020-02-28", "2020-03-31"], dtype="datetime64[D]")
    >>> up = np.array([1.0, 1.1, 1.21])
    >>> tracking(up, up, when, frequency="monthly").tracking_error
    0.0
    """
    r, f = own[1:] / own[:-1] - 1.0, other[1:] / other[:-1] - 1.0
    moved = float(np.ptp(r)) > 0 and float(np.ptp(f)) > 0
    span = float((sessions[-1] - sessions[0]).astype(np.int64)) / 365.25
    grown, theirs = (float(level[-1] / level[0]) ** (1.0 / span) - 1.0 for level in (own, other))
    return Tracking(
        str(sessions[0]),
        str(sessions[-1]),
        len(r),
        float(np.corrcoef(r, f)[0, 1]) if moved else None,
        float(np.std(r - f, ddof=1)) * float(np.sqrt(PER_YEAR[frequency])),
        grown - theirs,
    )


def before(
    total: TotalReturn,
    portfolio: str,
    when: Days,
    level: Float64,
    *,
    frequency: str,
    opens: tuple[Days, Float64] | None = None,
) -> tuple[TotalReturn, str]:
    """Return an asset carried back by a portfolio, scaled to meet it at its first close, and a sentence that says so.

    Parameters
    ----------
    total : the fund
    portfolio : name of what stands before it
    when, level : (n,) days and total-return level of the portfolio, on sessions of the market
    frequency : how far apart the sessions are
    opens : days and opening level of the portfolio, where it has opens

    Raises
    ------
    DataError
        Where the portfolio has no price on the fund's first session, none before it, or too few beside it.
    """
    join = total.days[0]
    at = int(np.searchsorted(when, join))
    if at == len(when) or when[at] != join:
        raise DataError(
            f"--before {portfolio}={total.name}: {portfolio} has no price on {join}, where {total.name} begins"
        )
    if at == 0:
        raise DataError(
            f"--before {portfolio}={total.name}: {portfolio} has no price before {join}, so it adds nothing"
        )
    both, i, j = np.intersect1d(when, total.days, return_indices=True)
    if len(both) <= FEWEST:
        raise DataError(
            f"--before {portfolio}={total.name}: both have prices on {len(both)} sessions only, of which nothing "
            f"can be said; more than {FEWEST} are needed"
        )
    how = tracking(level[i], total.level[j], both, frequency=frequency)
    scale = total.level[0] / level[at]
    early, opened = level[:at] * scale, np.full(at, np.nan)
    if opens is not None:
        _, i, j = np.intersect1d(when[:at], opens[0], return_indices=True)
        opened[i] = opens[1][j] * scale
    said = f"before {join} it is {portfolio}, scaled to meet it there; {how.sentence(portfolio, total.name)}"
    bars = total.bars
    if bars is not None and len(bars.lines):
        bars = dataclasses.replace(bars, lines=np.concatenate([np.repeat(bars.lines[:1], at), bars.lines]))
    carried = dataclasses.replace(
        total,
        days=days(np.concatenate([when[:at], total.days])),
        level=np.concatenate([early, total.level]),
        opens=None if total.opens is None else np.concatenate([opened, total.opens]),
        rest={part: np.concatenate([np.full(at, np.nan), values]) for part, values in total.rest.items()},
        stamps=(*total.stamps, f"{STAMP}: {total.name} is {portfolio} before {join}"),
        bars=bars,
    )
    return carried, said
