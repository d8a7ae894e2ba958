"""Markets small enough to check in the head, and a seeded one for schedules nobody would think of."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
import pytest

from fedcycle.backtests.engines import vectorised_batch
from fedcycle.data import Market, MarketView
from fedcycle.strategies import Strategy, Weights

SIX = np.array(
    ["2001-01-29", "2001-01-30", "2001-01-31", "2001-02-01", "2001-02-02", "2001-02-05"], dtype="datetime64[D]"
)


@dataclass(frozen=True, kw_only=True)
class Scripted(Strategy):
    """Weights by day, as a table: a rule without an opinion."""

    script: Mapping[str, Weights]

    def weights(self, view: MarketView) -> Weights:
        return self.script.get(str(view.today), {})


@pytest.fixture
def six() -> Market:
    prices = np.array([[10.0, 50.0], [11.0, 49.0], [12.0, 48.0], [11.0, 50.0], [10.0, 52.0], [12.0, 51.0]])
    return Market("six", SIX, ("a", "b"), prices)


@pytest.fixture
def scripted() -> Callable[[Mapping[str, Weights]], Strategy]:
    return lambda script: Scripted(script=script)


def walk(seed: int, sessions: int, assets: int) -> Market:
    """A seeded random walk over weekdays from 1998-01-01 on."""
    rng = np.random.default_rng(seed)
    days = np.busday_offset("1998-01-01", np.arange(sessions), roll="forward")
    returns = rng.normal(3e-4, 0.01, (sessions, 1)) + rng.normal(0, 0.008, (sessions, assets))
    return Market("walk", days, tuple(f"a{j}" for j in range(assets)), 50 * np.exp(np.cumsum(returns, axis=0)))


@dataclass(frozen=True, eq=False)
class Kept:
    """Accounts of one pass with their values, (T, V), and the sum over sessions of what lay idle of them, (V,)."""

    accounts: vectorised_batch.Accounts
    value: np.ndarray
    idle: np.ndarray


def orders_of(test, which):
    """What accounts decide on each decision day of a backtest, (D, V), by the session it is due in."""
    every = np.arange(which.shape[1])
    return {at: (every, rows) for at, rows in zip((test.decisions + test.lag).tolist(), which, strict=True)}


def kept(test, targets, orders, *, capital, rate, **options):
    """Run ``batch.run`` and keep what it shows; one account alone is run beside its twin."""
    values, idle = [], []

    def watch(value, lying, first, highest):
        shown = value[1:]
        values.append(shown.copy())
        assert (highest >= np.vstack(values).max(axis=0)).all()
        with np.errstate(invalid="ignore"):  # of an account that is lost nothing lies idle or is invested
            idle.append(lying[1:] / shown)
        value[:] = lying[:] = np.nan  # what is shown is the watcher's to change

    if len(capital) == 1:
        orders = {at: (np.arange(2), np.repeat(rows, 2)) for at, (_, rows) in orders.items()}
        capital, rate = np.repeat(capital, 2), np.repeat(rate, 2)
    accounts = vectorised_batch.run(test, targets, orders, capital=capital, rate=rate, watch=watch, **options)
    return Kept(accounts, np.vstack(values), np.vstack(idle).sum(axis=0))
