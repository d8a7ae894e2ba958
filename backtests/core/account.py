"""What an account may hold and what that costs: long and unlevered, or short and leveraged. numpy only.

A short sale brings its proceeds in cash. They lie with the lender as collateral: they earn bills and buy nothing. The
lender is paid a fee on what the units sold short are worth. What the account spends beyond its own cash is a loan, for
which it pays bills and a spread. Its own cash earns nothing, as in a long account; a weight in bills does.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from fedcycle.backtests.core.errors import BacktestError

BILLS = "bills"
"""The asset whose return proceeds earn and loans cost."""
MOST_GROSS = 10.0
"""More than ten times its value is no account that anybody would be given."""
MOST_FEE_BPS = 10_000.0
"""A fee above 100% a year is mostly a mistake in the unit."""
DAYS_PER_YEAR = 365.0
CALLED = 1e-9
"""How far above its bound a gross exposure must lie, relatively, to be called: rounding calls nobody."""
USUAL_MARGIN_RATIO = 1.5
"""How many times the bound of a decision the bound of a margin call is, where a config states none."""


@dataclass(frozen=True, kw_only=True)
class Account:
    """What an account may hold, and what shorts and loans cost.

    Parameters
    ----------
    short : whether weights may be negative
    gross : the most that the sizes of a decision's weights may add up to, >= 1, multiple of value
    borrow_bps : fee on the value sold short, basis points a year (of 365 days, by the days that pass)
    loan_bps : what a loan costs above bills, basis points a year (of 365 days)
    maintenance : gross exposure over value above which a close makes a margin call; None for 1.5 times ``gross``

    Raises
    ------
    BacktestError
        For a number that makes no sense, with its unit.
    """

    short: bool = False
    gross: float = 1.0
    borrow_bps: float = 50.0
    loan_bps: float = 100.0
    maintenance: float | None = None

    def __post_init__(self) -> None:
        if not 1 <= self.gross <= MOST_GROSS:
            raise BacktestError(
                f"account.gross is {self.gross:g}; it is a multiple of value, write 1 to {MOST_GROSS:g}, such as 2.0",
                key="execution.account.gross",
            )
        for name, bps in (("borrow_bps", self.borrow_bps), ("loan_bps", self.loan_bps)):
            if not 0 <= bps <= MOST_FEE_BPS:
                raise BacktestError(
                    f"account.{name} is {bps:g}; it is in basis points a year, 0 to {MOST_FEE_BPS:g}",
                    key=f"execution.account.{name}",
                )
        stated = self.maintenance
        if stated is not None and not (math.isfinite(stated) and stated >= self.gross):
            raise BacktestError(
                f"account.maintenance is {stated:g}, below account.gross, {self.gross:g}: a decision would be called "
                f"as soon as it is filled; write {USUAL_MARGIN_RATIO * self.gross:g} or the like, or null",
                key="execution.account.maintenance",
            )

    @property
    def on_margin(self) -> bool:
        """Return whether it may hold what a long, unlevered account may not."""
        return self.short or self.gross > 1.0

    @property
    def call_above(self) -> float:
        """Return the gross exposure over value above which it is called."""
        return USUAL_MARGIN_RATIO * self.gross if self.maintenance is None else self.maintenance

    def is_called(self, gross: float, value: float) -> bool:
        """Return whether an account is called at a close; both in US dollars.

        Examples
        --------
        >>> account = Account(short=True, gross=2.0, maintenance=3.0)
        >>> account.is_called(299.0, 100.0), account.is_called(301.0, 100.0)
        (False, True)
        """
        return gross > self.call_above * value * (1.0 + CALLED)

    def borrow_fee(self, short: float, days: float) -> float:
        """Return what the lender of what is sold short is paid, US dollars.

        Examples
        --------
        36,500 dollars sold short over a weekend at 50 basis points a year:

        >>> Account(short=True, borrow_bps=50.0).borrow_fee(36_500.0, 3.0)
        1.5
        """
        return short * (self.borrow_bps / 1e4) * days / DAYS_PER_YEAR

    def loan_interest(self, loan: float, days: float, bills: float) -> float:
        """Return what a loan costs, US dollars; ``bills`` is their return over the same days, a fraction."""
        return loan * (bills + (self.loan_bps / 1e4) * days / DAYS_PER_YEAR)


LONG = Account()
"""An account that is long and unlevered."""


def loan_of(cash: float, short: float) -> float:
    """Return what an account owes: what it spent beyond its own cash, US dollars.

    Parameters
    ----------
    cash : US dollars, the proceeds of short sales among them
    short : US dollars, what is sold short is worth, >= 0

    Examples
    --------
    100 of one's own, 150 bought and 50 sold short: 0 in cash, 50 of which are collateral.

    >>> loan_of(0.0, 50.0)
    50.0
    """
    return max(0.0, short - cash)
