"""One engine, one piece of work, one process: run with an engine's name, a work's name and the folder of its data.

Prints one line of JSON: seconds of imports, seconds of the run, peak megabytes, final value, versions.
"""

from __future__ import annotations

import json
import resource
import sys
import time
from pathlib import Path
from typing import Any

sys.path[:0] = [str(Path(__file__).parent), str(Path(__file__).parents[2] / "src")]  # the source beside this file
START = time.process_time()


def fedcycle_market(work: Any, name: str = "synthetic") -> Any:
    """Return the market of a piece of work."""
    from fedcycle.data.market import Market

    return Market(name, work.days, tuple(f"a{j:04d}" for j in range(work.closes.shape[1])), work.closes)


def fedcycle_backtest(work: Any) -> Any:
    """Return the backtest of a piece of work: its weights are looked up by the rule, as by the other engines."""
    from dataclasses import dataclass
    from typing import Any as Anything

    import works

    from fedcycle.backtests.core.backtest import Backtest
    from fedcycle.backtests.core.rebalance import Costs
    from fedcycle.strategies.strategy import Strategy

    @dataclass(frozen=True, kw_only=True)
    class Table(Strategy):
        rows: Anything

        def weights(self, view: Anything) -> Anything:
            return self.rows.get(view.today, {})

    market = fedcycle_market(work)
    rows = {}
    for at, weights in zip(work.decided.tolist(), work.weights, strict=True):
        chosen = weights.nonzero()[0].tolist()
        rows[work.days[at]] = dict(zip((market.assets[j] for j in chosen), weights[chosen].tolist(), strict=True))
    return Backtest(
        market=market,
        strategy=Table(rows=rows),
        start=work.days[0],
        end=work.days[-1],
        capital=works.CAPITAL,
        costs=Costs(slippage_bps=works.SLIPPAGE_BPS),
    )


def fedcycle_vectorised(work: Any) -> Any:
    """Our array engine."""
    from fedcycle.backtests.engines import vectorised

    test = fedcycle_backtest(work)
    return lambda: float(vectorised.run(test).value[-1])


def fedcycle_backtrader(work: Any) -> Any:
    """Our backtrader engine."""
    from fedcycle.backtests.engines import backtrader

    test = fedcycle_backtest(work)
    return lambda: float(backtrader.run(test).value[-1])


def stock_backtrader(work: Any) -> Any:
    """Plain backtrader, as its users write it: a PandasData an asset, order_target_percent, sells first."""
    import backtrader as bt
    import pandas as pd
    import works

    class Monthly(bt.Strategy):
        def __init__(self) -> None:
            self.decided = dict(zip(work.decided.tolist(), work.weights, strict=True))

        def next(self) -> None:
            row = self.decided.get(len(self) - 1)
            if row is None:
                return
            value = self.broker.getvalue()
            gaps = [
                (w * value - self.broker.getposition(d).size * d.close[0], d, w)
                for d, w in zip(self.datas, row, strict=True)
            ]
            for _, data, weight in sorted(gaps, key=lambda gap: gap[0]):
                self.order_target_percent(data, target=float(weight))

    class Fractional(bt.CommInfoBase):
        params = (("stocklike", True), ("commtype", bt.CommInfoBase.COMM_PERC), ("percabs", True))

        def getsize(self, price: float, cash: float) -> float:
            return cash / price

    def run() -> float:
        cerebro, index = bt.Cerebro(), pd.DatetimeIndex(work.days)
        for j, price in enumerate(work.closes.T):
            # For series of closes the next open is the next close.
            frame = pd.DataFrame(dict.fromkeys(("open", "high", "low", "close"), price), index=index)
            cerebro.adddata(bt.feeds.PandasData(dataname=frame.assign(volume=0.0)), name=str(j))
        cerebro.broker.setcash(works.CAPITAL)
        cerebro.broker.addcommissioninfo(Fractional(commission=works.SLIPPAGE_BPS / 1e4))
        cerebro.addanalyzer(bt.analyzers.TimeReturn)
        cerebro.addstrategy(Monthly)
        cerebro.run()
        return float(cerebro.broker.getvalue())

    return run


def bt_library(work: Any) -> Any:
    """bt: target weights of each fill session, fractional positions, commission on traded value."""
    import bt
    import pandas as pd
    import works

    index = pd.DatetimeIndex(work.days)
    names = [f"a{j:04d}" for j in range(work.closes.shape[1])]
    prices = pd.DataFrame(work.closes, index=index, columns=names)
    weights = pd.DataFrame(work.weights, index=index[work.decided + 1], columns=names)

    def run() -> float:
        algos = [
            bt.algos.RunOnDate(*weights.index),
            bt.algos.SelectAll(),
            bt.algos.WeighTarget(weights),
            bt.algos.Rebalance(),
        ]
        test = bt.Backtest(
            bt.Strategy("w", algos),
            prices,
            initial_capital=works.CAPITAL,
            commissions=lambda quantity, price: abs(quantity) * price * works.SLIPPAGE_BPS / 1e4,
            integer_positions=False,
            progress_bar=False,
        )
        bt.run(test)
        return float(test.strategy.values.iloc[-1])

    return run


def vectorbt(work: Any) -> Any:
    """vectorbt: target percents in one group that shares its cash, its compiled code warm."""
    import numpy as np
    import pandas as pd
    import vectorbt as vbt
    import works

    index = pd.DatetimeIndex(work.days)
    prices = pd.DataFrame(work.closes, index=index)
    size = np.full(work.closes.shape, np.nan)
    size[work.decided + 1] = work.weights
    # An order for an asset without a price is none.
    size[np.isnan(work.closes)] = np.nan

    def run() -> float:
        done = vbt.Portfolio.from_orders(
            prices,
            size=size,
            size_type="targetpercent",
            group_by=True,
            cash_sharing=True,
            call_seq="auto",
            fees=works.SLIPPAGE_BPS / 1e4,
            init_cash=works.CAPITAL,
            freq="D",
        )
        return float(done.value().iloc[-1])

    return run


ENGINES = {
    "fedcycle, vectorised": fedcycle_vectorised,
    "fedcycle, backtrader": fedcycle_backtrader,
    "backtrader": stock_backtrader,
    "bt": bt_library,
    "vectorbt": vectorbt,
}


def main() -> None:
    """Run one engine on one piece of work: twice, of which the second counts where ``warm`` is asked."""
    import works

    engine, file, warm = sys.argv[1], Path(sys.argv[2]), sys.argv[3] == "warm"
    if len(sys.argv) > 4:
        works.SLIPPAGE_BPS = float(sys.argv[4])
    work = works.Work.load(file)
    run = ENGINES[engine](work)
    imported = time.process_time() - START
    if warm:
        run()
    begun = time.process_time()
    value = run()
    seconds = time.process_time() - begun
    print(json.dumps({"imports": imported, "seconds": seconds, "peak_mb": peak_mb(), "final_value": value}))


def peak_mb() -> float:
    """Return the most memory this process has had; what ``getrusage`` says would include its parent's."""
    status = Path("/proc/self/status")
    if status.is_file():
        (line,) = [line for line in status.read_text(encoding="utf-8").splitlines() if line.startswith("VmHWM")]
        return int(line.split()[1]) / 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


if __name__ == "__main__":
    main()
