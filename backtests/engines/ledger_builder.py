"""The books an engine keeps while it runs, and the Ledger they become."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

import numpy as np

from fedcycle.backtests.core.backtest import Backtest
from fedcycle.backtests.core.ledger import Financing, Ledger, Trades
from fedcycle.backtests.core.ruin import RUIN, ruined_at
from fedcycle.backtests.engines.order_planner import Decision
from fedcycle.data.errors import join_names
from fedcycle.data.typing import Days, Float64, Int64


@dataclass(eq=False)
class LedgerBuilder:
    """Records of one run; sessions are counted from the run's first.

    Parameters
    ----------
    backtest : Backtest
    value, cash : US dollars at each close so far
    decisions : in the order taken
    """

    backtest: Backtest
    value: list[float] | Float64 = field(default_factory=list)
    cash: list[float] | Float64 = field(default_factory=list)
    decisions: list[Decision] = field(default_factory=list)
    _holdings: list[tuple[int, Int64, Float64]] = field(default_factory=list)
    _fills: list[tuple[int, int, Int64, Float64, Float64, Float64]] = field(default_factory=list)

    def fill(
        self, at: int, decided_at: int, columns: Int64, *, units: Float64, prices: Float64, costs: Float64
    ) -> None:
        """Record the fills of one session, in the order made."""
        self._fills.append((decided_at, at, columns, units, prices, costs))

    def hold(self, at: int, columns: Int64, units: Float64) -> None:
        """Record what is held from session ``at`` on."""
        self._holdings.append((at, columns, units))

    def ledger(
        self, *, notes: Mapping[str, int], flows: Float64 | None = None, financing: Financing | None = None
    ) -> Ledger:
        """Return the records as arrays, with a note on each holding that was valued at an earlier close.

        An account that is lost holds nothing and trades nothing from then on, and is worth exactly 0.

        Parameters
        ----------
        notes : sentence -> session in which it became true
        flows : (T,) US dollars paid in at each close; None for those that the backtest states
        financing : what shorts and loans brought and cost; None for a long, unlevered account
        """
        n, value = len(self.backtest.market.assets), np.asarray(self.value, dtype=np.float64)
        cash, kept = np.asarray(self.cash, dtype=np.float64), list(notes)
        paid = self._flows() if flows is None else flows.copy()
        lost = ruined_at(value, self.backtest.capital)
        if lost is not None:
            owed = -float(value[lost])
            value[lost:] = cash[lost:] = 0.0
            paid[lost + 1 :] = 0.0  # nobody pays into an account that is lost
            self._close(lost)
            kept = [sentence for sentence, at in notes.items() if at <= lost]
            kept.append(
                f"the account was lost on {self.backtest.sessions[lost]}: it was worth at most {RUIN:g} of its highest "
                "value, which counts as 0; it holds and trades nothing from then on"
            )
            if owed > RUIN * self.backtest.capital:
                kept.append(
                    f"the account owed {owed:,.2f} {self.backtest.market.currency} more than it had on "
                    f"{self.backtest.sessions[lost]}; whoever bears that, it is not in the return of -100%"
                )
        ledger = Ledger(
            sessions=self.backtest.sessions,
            assets=self.backtest.market.assets,
            value=value,
            cash=cash,
            held_from=np.array([at for at, _, _ in self._holdings], dtype=np.int64),
            holdings=_rows([(columns, units) for _, columns, units in self._holdings], n),
            decided_on=self._days([d.at for d in self.decisions]),
            targets=_rows([(d.columns, d.weights) for d in self.decisions], n),
            trades=self._trades(),
            notes=tuple(kept),
            flows=paid if paid.any() else None,
            financing=financing,
        )
        more = (*self._carried(ledger), *self._untold(ledger))
        return replace(ledger, notes=(*kept, *more)) if more else ledger

    def _close(self, lost: int) -> None:
        """Hold nothing from session ``lost`` on, and forget the fills after it; those of that session were made."""
        self._fills = [fill for fill in self._fills if fill[1] <= lost]
        self._holdings = [held for held in self._holdings if held[0] < lost]
        if self._holdings and len(self._holdings[-1][1]):
            self._holdings.append((lost, np.empty(0, dtype=np.int64), np.empty(0)))

    def _flows(self) -> Float64:
        flows = np.zeros(len(self.backtest.sessions))
        flows[list(self.backtest.flows)] = list(self.backtest.flows.values())
        return flows

    def _untold(self, ledger: Ledger) -> Iterator[str]:
        """Yield a note on what is held to the run's end and ends with it: its delisting proceeds are not counted."""
        test = self.backtest
        end = test.bounds[1] - 1
        if test.delisting == "last" or end == len(test.market.sessions) - 1 or not len(ledger.holdings):
            return
        for asset, held in zip(ledger.assets, ledger.holdings[-1].tolist(), strict=True):
            if held and test.market.spans[asset][1] == end:
                yield f"{asset} ends with the run, on {test.end}: what its holders got after that is not in the numbers"

    def _carried(self, ledger: Ledger) -> Iterator[str]:
        """Yield a note on holdings without a price, those that lacked it longest first."""
        blind = {}
        for asset in self.backtest.market.gaps:
            missing = np.isnan(self.backtest.closes[:, self.backtest.market.column(asset)])
            if missing.any() and (count := int((missing & (ledger.of(asset) != 0)).sum())):
                blind[asset] = count
        if not blind:
            return
        longest = sorted(blind, key=lambda asset: (-blind[asset], asset))
        if len(longest) == 1:
            lacked = f"{longest[0]} had no price in {_sessions(blind[longest[0]])} while held"
            yield f"{lacked}: it was valued at its last close before"
        else:
            told = join_names([f"{asset} ({_sessions(blind[asset])})" for asset in longest], 3)
            lacked = f"{len(longest)} assets had no price at times while held"
            yield f"{lacked} and were valued at the last close before: {told}"

    def _trades(self) -> Trades:
        sizes = [len(fill[2]) for fill in self._fills]
        decided, filled = (np.repeat([fill[k] for fill in self._fills], sizes).astype(np.int64) for k in (0, 1))
        empty = [np.empty(0)]
        asset, units, price, cost = (np.concatenate([fill[k] for fill in self._fills] or empty) for k in (2, 3, 4, 5))
        return Trades(self._days(decided), self._days(filled), asset.astype(np.int64), units, price, cost)

    def _days(self, at: Int64 | list[int]) -> Days:
        return self.backtest.sessions[np.asarray(at, dtype=np.int64)]


def _sessions(count: int) -> str:
    return "one session" if count == 1 else f"{count} sessions"


def _rows(sparse: list[tuple[Int64, Float64]], n: int) -> Float64:
    rows = np.zeros((len(sparse), n))
    for row, (columns, values) in zip(rows, sparse, strict=True):
        row[columns] = values
    return rows
