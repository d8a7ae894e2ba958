"""A monthly screen over thousands of stocks: seconds and memory of making the panel, loading it, and running on it.

Run: python benchmarks/stocks.py [COMPANIES] [FIRST_SESSION] [PYTHON_WITH_BT], with fedcycle installed. The panel is
drawn from a seed. Each step runs in a process of its own, so that its peak memory is its own; CPU seconds, as other
work on the machine stretches the clock. With a Python that has bt, bt runs on the same targets, filled at the same
closes with the same costs, and the two final values are set side by side: bt sees the stocks that are ever held alone,
and an ended stock at its last close, as fedcycle pays it out.
"""

from __future__ import annotations

import json
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

FOLDER, TARGETS = "market", "targets.npz"


def make(out: Path, companies: int, start: str) -> None:
    """Draw the panel and write it as a data set."""
    import numpy as np

    from fedcycle.data.dataset import folder_of, load_market
    from fedcycle.data.fundamentals import build
    from fedcycle.data.fundamentals.stored import Stocks
    from fedcycle.data.sources import synthetic_stocks

    base = load_market("bundle")
    drawn = synthetic_stocks.market(base, companies=companies, start=np.datetime64(start))
    fund = drawn.fundamentals
    assert fund is not None
    n = len(fund.assets)
    stocks = Stocks(
        drawn.sessions, fund.assets, fund.companies, fund.assets, drawn.prices[:, -n:], None, fund.volumes, fund.steps,
        fund.sectors, fund.stamps, fund.notes,
    )  # fmt: skip
    build.write(out / FOLDER, build.data_set(base, folder_of("bundle"), stocks, {}))


def run(out: Path, engine: str) -> None:
    """Load the data set and run a monthly screen on it."""
    from fedcycle.backtests.core.backtest import Backtest
    from fedcycle.backtests.core.rebalance import Costs
    from fedcycle.backtests.workflows.study import engine as engine_of
    from fedcycle.data.dataset import load_market
    from fedcycle.data.storage.cache import use_cache_dir
    from fedcycle.strategies import library

    with use_cache_dir(out / "cache"):
        market = load_market(out / FOLDER)
    loaded = time.process_time()
    rule = library.load("QualitySmallCaps")(size="small")
    start, end = market.sessions[330], market.sessions[-1]
    test = Backtest(market=market, strategy=rule, start=start, end=end, costs=Costs(slippage_bps=5.0))
    ledger = engine_of(engine)(test)
    ran = time.process_time()
    _keep_targets(out, test, ledger)
    print(
        json.dumps(
            {
                "engine": engine,
                "stocks": len(market.fundamentals.assets) if market.fundamentals else 0,
                "sessions": len(ledger.sessions),
                "load_s": round(loaded, 2),
                "run_s": round(ran - loaded, 2),
                "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
                "fills": len(ledger.trades),
                "final_value": float(ledger.value[-1]),
            }
        )
    )


def _keep_targets(out: Path, test: Any, ledger: Any) -> None:
    """Write the targets with the sessions they are filled in, and the prices of what is ever held, for bt."""
    import numpy as np

    held = np.flatnonzero((ledger.targets > 0).any(axis=0))
    columns = [test.market.column(ledger.assets[j]) for j in held.tolist()]
    first, stop = test.bounds
    at = np.searchsorted(ledger.sessions, ledger.decided_on) + test.lag
    np.savez(
        out / TARGETS, sessions=ledger.sessions.astype("datetime64[ns]"), at=at[at < len(ledger.sessions)],
        weights=ledger.targets[at < len(ledger.sessions)][:, held], prices=test.market.prices[first:stop, columns],
        capital=test.capital, rate=test.costs.rate,
    )  # fmt: skip


BT = """
import json, resource, sys, time
import bt, numpy as np, pandas as pd
found = np.load(sys.argv[1])
names = [f"s{k}" for k in range(found["prices"].shape[1])]
days = pd.DatetimeIndex(found["sessions"])
prices = pd.DataFrame(found["prices"], days, names).ffill()
weights = pd.DataFrame(found["weights"], days[found["at"]], names)
rate = float(found["rate"])
began = time.process_time()
steps = [bt.algos.RunOnDate(*weights.index), bt.algos.WeighTarget(weights), bt.algos.Rebalance()]
test = bt.Backtest(bt.Strategy("screen", steps), prices, initial_capital=float(found["capital"]),
                   commissions=lambda quantity, price: abs(quantity) * price * rate, integer_positions=False,
                   progress_bar=False)
test.run()
print(json.dumps({"engine": "bt " + bt.__version__, "stocks": len(names), "sessions": len(days),
                  "run_s": round(time.process_time() - began, 2),
                  "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
                  "final_value": float(test.strategy.values.iloc[-1])}))
"""
"""bt on the targets of the last run; for another Python, which needs no fedcycle."""


def main() -> None:
    """Make the panel, then run each engine, the vectorised one twice as the first fills the cache, and bt."""
    companies, start, peer = [*sys.argv[1:], *["4000", "2009-06-01", ""][len(sys.argv) - 1 :]][:3]
    with tempfile.TemporaryDirectory() as folder:
        for step in (["make", companies, start], ["run", "vectorised"], ["run", "vectorised"], ["run", "backtrader"]):
            code = f"import sys; sys.path.insert(0, {str(Path(__file__).parent)!r}); import stocks; stocks.step()"
            subprocess.run([sys.executable, "-c", code, folder, *step], check=True)  # noqa: S603 - our own interpreter
        if peer:
            subprocess.run([peer, "-c", BT, str(Path(folder) / TARGETS)], check=True)  # noqa: S603 - named by the user


def step() -> None:
    """Do one step in this process."""
    folder, what, *rest = sys.argv[1:]
    if what == "make":
        make(Path(folder), int(rest[0]), rest[1])
    else:
        run(Path(folder), rest[0])


if __name__ == "__main__":
    main()
