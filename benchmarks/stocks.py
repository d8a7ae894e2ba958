"""A monthly screen over thousands of stocks: seconds and memory of making the panel, loading it, and running on it.

Run: python benchmarks/stocks.py [COMPANIES] [FIRST_SESSION], with fedcycle installed. The panel is drawn from a seed.
Each step runs in a process of its own, so that its peak memory is its own; CPU seconds, as other work on the machine
stretches the clock. With bt installed the same targets are run by bt too.
"""

from __future__ import annotations

import json
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

FOLDER = "market"


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
    from fedcycle.data.cache import use_cache_dir
    from fedcycle.data.dataset import load_market
    from fedcycle.strategies import library

    with use_cache_dir(out / "cache"):
        market = load_market(out / FOLDER)
    loaded = time.process_time()
    rule = library.load("QualitySmallCaps")(size="small")
    start, end = market.sessions[330], market.sessions[-1]
    test = Backtest(market=market, strategy=rule, start=start, end=end, costs=Costs(slippage_bps=5.0))
    ledger = engine_of(engine)(test)
    ran = time.process_time()
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


def main() -> None:
    """Make the panel, then run each engine twice: the first fills the cache."""
    companies, start = (sys.argv[1:] + ["4000", "2009-06-01"][len(sys.argv) - 1 :])[:2]
    with tempfile.TemporaryDirectory() as folder:
        for step in (["make", companies, start], ["run", "vectorised"], ["run", "vectorised"], ["run", "backtrader"]):
            code = f"import sys; sys.path.insert(0, {str(Path(__file__).parent)!r}); import stocks; stocks.step()"
            subprocess.run([sys.executable, "-c", code, folder, *step], check=True)  # noqa: S603 - our own interpreter


def step() -> None:
    """Do one step in this process."""
    folder, what, *rest = sys.argv[1:]
    if what == "make":
        make(Path(folder), int(rest[0]), rest[1])
    else:
        run(Path(folder), rest[0])


if __name__ == "__main__":
    main()
