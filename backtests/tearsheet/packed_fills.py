"""Every fill of a run as the page carries it: the numbers themselves, in base 64, which ``fills.js`` reads back."""

from __future__ import annotations

import base64
from typing import Any

import numpy as np

from fedcycle.backtests.analysis.measured_run import row_of
from fedcycle.backtests.core.ledger import Ledger
from fedcycle.backtests.tearsheet import charts
from fedcycle.data.typing import Float64

MARK = 'class="fills-data"'
"""What a packed list of fills leaves in a section's HTML and text never does: text is escaped."""


def packed_fills(ledger: Ledger, *, latest: int) -> dict[str, Any]:
    """Return the latest fills of an account, in the order made.

    Parameters
    ----------
    ledger : Ledger
    latest : how many at most

    Returns
    -------
    ``filled``, ``decided`` (days since the one before, the first since 1970), ``asset`` (places in ``assets``),
    ``units``, ``price``, ``cost`` (a double each, low byte first) and ``values`` (the account's at each fill session)
    """
    trades = ledger.trades
    rows = slice(max(0, len(trades) - latest), len(trades))
    filled, asset = trades.filled_on[rows], trades.asset[rows]
    named, place = np.unique(asset, return_inverse=True)
    return {
        "filled": charts.calendar(filled),
        "decided": charts.calendar(trades.decided_on[rows]),
        "assets": [ledger.assets[k] for k in named.tolist()],
        "asset": place.tolist(),
        "units": _doubles(trades.units[rows]),
        "price": _doubles(trades.price[rows]),
        "cost": _doubles(trades.cost[rows]),
        "values": _doubles(ledger.value[row_of(ledger.sessions, np.unique(filled))]),
    }


def _doubles(values: Float64) -> str:
    return base64.b64encode(np.ascontiguousarray(values, dtype="<f8").tobytes()).decode("ascii")
