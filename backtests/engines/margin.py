"""What a short or leveraged account is charged between two closes, and when it is called. Both engines ask here.

At each close, in this order: the session's fills; the interest and fees on what the close before showed; flows; the
value; then whether the account is lost, or called. What is called is brought back in the next session.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from fedcycle.backtests.core.account import BILLS, loan_of
from fedcycle.backtests.core.backtest import Backtest
from fedcycle.backtests.core.ledger import Financing
from fedcycle.backtests.core.ruin import is_ruined
from fedcycle.data.typing import Float64, Int64

_sum = np.add.reduce


@dataclass(eq=False)
class Margin:
    """The balances of one account at its last close, and the calls made so far.

    Parameters
    ----------
    test : Backtest
    called_at : sessions at whose close the account was called
    paid : (session, bills earned on proceeds, fee, interest on a loan) wherever there was any, US dollars
    """

    test: Backtest
    called_at: list[int] = field(default_factory=list)
    paid: list[tuple[int, float, float, float]] = field(default_factory=list)
    _short: float = 0.0
    _loan: float = 0.0

    def __post_init__(self) -> None:
        sessions, market = self.test.sessions, self.test.market
        level = self.test.marks[:, market.column(BILLS)]
        self.bills = [0.0, *(level[1:] / level[:-1] - 1.0).tolist()]
        """Return of bills over the previous session, a fraction."""
        self.days = [0.0, *np.diff(sessions).astype(np.float64).tolist()]
        self.highest = self.test.capital
        self.lost = False

    def carry(self, at: int) -> float:
        """Return what a session brings in cash, US dollars: proceeds earn bills; the lender and a loan are paid."""
        if not (self._short or self._loan):
            return 0.0
        account, bills, days = self.test.account, self.bills[at], self.days[at]
        earned, fee = self._short * bills, account.borrow_fee(self._short, days)
        interest = account.loan_interest(self._loan, days, bills)
        self.paid.append((at, earned, fee, interest))
        return float(earned - fee - interest)

    def is_called(self, at: int) -> bool:
        """Return whether the account was called at the close of session ``at``."""
        return bool(self.called_at) and self.called_at[-1] == at

    def close(self, at: int, worth: Float64, *, cash: float, value: float) -> None:
        """Take the balances at a close, and note whether the account is lost or called there.

        Parameters
        ----------
        worth : (k,) US dollars, what is held at the close, negative for shorts
        """
        gross, net = float(_sum(np.abs(worth))), float(_sum(worth))
        self._close(at, gross=gross, net=net, cash=cash, value=value)

    def _close(self, at: int, *, gross: float, net: float, cash: float, value: float) -> None:
        self._short = 0.5 * (gross - net)
        self._loan = loan_of(cash, self._short)
        self.highest = max(self.highest, value)
        self.lost |= bool(is_ruined(value, self.highest))
        if not self.lost and self.test.account.is_called(gross, value):
            self.called_at.append(at)

    def stretch(
        self, start: int, stop: int, held: Int64, units: Float64, *, cash: float, value: Float64, in_cash: Float64
    ) -> tuple[int, float]:
        """Fill in value and cash from session ``start`` on, whose own carry is paid, until the account is called.

        Returns
        -------
        the session after the last one filled in, and the cash there is
        """
        worth = self.test.marks[start:stop, held] * units
        gross, net = (_sum(part, axis=1).tolist() for part in (np.abs(worth), worth))
        for k, at in enumerate(range(start, stop)):
            if k:
                cash += self.carry(at)
            value[at], in_cash[at] = net[k] + cash, cash
            self._close(at, gross=gross[k], net=net[k], cash=cash, value=net[k] + cash)
            if self.lost or self.is_called(at):
                return at + 1, cash
        return stop, cash

    @property
    def financing(self) -> Financing:
        """Return what shorts and loans brought and cost at each close, and when the account was called."""
        n = len(self.test.sessions)
        amounts, called = np.zeros((3, n)), np.zeros(n, dtype=bool)
        for at, *each in self.paid:
            amounts[:, at] = each
        called[self.called_at] = True
        proceeds, borrow, loan = amounts
        return Financing(proceeds, borrow, loan, called)

    @property
    def note(self) -> dict[str, int]:
        """Return a sentence on the calls, with the session of the first; nothing where there was none."""
        if not self.called_at:
            return {}
        days = [str(self.test.sessions[at]) for at in self.called_at]
        told = ", ".join(days[:3]) + (f" and {len(days) - 3} more" if len(days) > 3 else "")
        account, n = self.test.account, len(days)
        sentence = (
            f"{n} margin {'call' if n == 1 else 'calls'}, at the close of {told}: gross exposure was above "
            f"{account.call_above:g} of value, and what is held was brought back to {account.gross:g} in the next "
            "session, where no decision did so"
        )
        return {sentence: self.called_at[0]}
