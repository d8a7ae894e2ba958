"""W1s, a thousand variants of W1, and how the cost of a run grows; in the process that imports it.

Prints one line of JSON: name -> seconds.
"""

from __future__ import annotations

import json
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

sys.path[:0] = [str(Path(__file__).parent), str(Path(__file__).parents[2] / "src")]  # the source beside this file

import numpy as np  # noqa: E402 - after the path
import peers  # noqa: E402
import works  # noqa: E402
from against import GRIDS  # noqa: E402

from fedcycle.backtests.core.backtest import Backtest  # noqa: E402
from fedcycle.backtests.core.rebalance import Costs  # noqa: E402
from fedcycle.backtests.engines import backtrader, vectorised  # noqa: E402
from fedcycle.backtests.sweep import block_runner, decisions, streaming_statistics, sweep  # noqa: E402
from fedcycle.strategies.strategy import Strategy  # noqa: E402

WIDTH = block_runner.WIDTH
SWEPT = "extends: {below}.yaml\nname: {name}\nsweep: {{{grid}}}\n"
PRESSURE, TIMING = "mid-over-small-when-rates-press", "rate-cycle-timing"
WINDOWS = (
    "strategy.recognise.pause.months: {from: 1, to: 12, step: 1}, strategy.window.months: {from: 12, to: 36, step: 1}, "
    "strategy.risk_off: [large, bills, mid]"
)
"""Pauses, windows and assets: 900 variants."""
MIXES = (
    "strategy.recognise.pause.months: {from: 1, to: 12, step: 1}, strategy.window.months: {from: 1, to: 60, step: 1}, "
    "strategy.risk_off: [large, bills, mid, {large: 0.5, mid: 0.5}, {large: 0.5, bills: 0.5}, {mid: 0.5, bills: 0.5}, "
    "{large: 0.7, mid: 0.3}, {large: 0.7, bills: 0.3}, {mid: 0.7, bills: 0.3}]"
)
"""Pauses, windows and mixes: 6,480."""
COSTS = ", execution.costs.slippage_bps: {from: 0.0, to: 11.0, step: 1.0}"
"""Twelve times as many: 10,800."""
LAGS = "execution.lag: {from: 1, to: 100, step: 1}, benchmark: [large]"
"""A key outside the rule whose every value has other fills; alone it would be put beside the config's own value."""
RULES = (
    "strategy.class: [BuyAndHold, RateCycleTiming, MidOverSmall, QualitySmallCaps, BofAComposite], "
    "benchmark: [large, mid, small, {small: 0.5, large: 0.5}], cycles: [runs, episodes]"
)
"""Keys outside the rule that leave the fills as they are: 40."""


@dataclass(frozen=True, kw_only=True)
class Momentum(Strategy):
    """Weights by past returns: two parameters whose every value gives other weights."""

    lookback: int
    tau: float

    def weights(self, view: Any) -> Any:
        """Return softmax weights of past returns."""
        sessions, skip = self.lookback + 1, -1 - works.SKIP
        closes = np.array([view.closes(asset, sessions)[[0, skip]] for asset in view.assets])
        past = closes[:, 1] / closes[:, 0] - 1.0
        share = np.exp((past - past.max()) / self.tau)
        return dict(zip(view.assets, (works.INVESTED * share / share.sum()).tolist(), strict=True))


def seconds(run: Callable[[], object], times: int = 3) -> float:
    """Return the median of a few runs' seconds."""
    found = []
    for _ in range(times):
        begun = time.process_time()
        run()
        found.append(time.process_time() - begun)
    return float(np.median(found))


def orders(test: Backtest, which: Any) -> dict[int, Any]:
    """What all accounts decide on each decision day, by the session it is due in."""
    every = np.arange(which.shape[1])
    return {at: (every, rows) for at, rows in zip((test.decisions + test.lag).tolist(), which, strict=True)}


def given(variants: int = works.VARIANTS) -> float:
    """Ledger and numbers of so many variants whose targets are given, all of them different."""
    work = works.w1()
    market = peers.fedcycle_market(work)
    test = Backtest(market=market, strategy=Momentum(lookback=252, tau=0.05), start=work.days[252], end=work.days[-1])
    rng = np.random.default_rng(4)
    targets = rng.dirichlet(np.ones(8), len(test.decisions) * WIDTH)
    bills = np.ones(len(test.sessions))

    def run() -> None:
        for at in range(0, variants, WIDTH):
            n = min(WIDTH, variants - at)
            which = np.arange(len(test.decisions) * n).reshape(len(test.decisions), n)
            account = {"capital": np.full(n, 1e6), "rate": np.full(n, 5e-4)}
            streaming_statistics.streaming_statistics(
                test, targets, orders(test, which), **account, bills=bills, benchmark=bills
            )

    return seconds(run)


def asked(variants: int = works.VARIANTS) -> float:
    """Signals, ledger and numbers of so many variants of a rule that must be asked for each of them."""
    work = works.w1()
    market = peers.fedcycle_market(work)
    lookbacks, taus = list(range(60, 310, 10)), np.linspace(0.01, 0.2, variants // 25).tolist()
    rules = [Momentum(lookback=n, tau=tau) for n in lookbacks for tau in taus]
    test = Backtest(
        market=market, strategy=rules[0], start=work.days[310], end=work.days[-1], costs=Costs(slippage_bps=5.0)
    )
    bills = np.ones(len(test.sessions))

    def run() -> None:
        box = decisions.ParameterGrid(
            rules, (len(lookbacks), len(taus)), {"lookback": (0,), "tau": (1,)}, {"tau": np.array(taus)}
        )
        answers = decisions.ask(test, box)
        for at in range(0, len(rules), WIDTH):
            which = answers.which[:, at : at + WIDTH]
            n = which.shape[1]
            account = {"capital": np.full(n, 1e6), "rate": np.full(n, 5e-4)}
            streaming_statistics.streaming_statistics(
                test, answers.targets, orders(test, which), **account, bills=bills, benchmark=bills
            )

    return seconds(run, 1) * works.VARIANTS / len(rules)


def swept(name: str, grid: str, times: int = 3, *, below: str = PRESSURE) -> float:
    """A whole sweep of a config in this process, results and all."""
    with tempfile.TemporaryDirectory() as folder:
        config = Path(folder) / "sweep.yaml"
        config.write_text(SWEPT.format(below=below, name=name, grid=grid), encoding="utf-8")
        count = iter(range(times))

        def run() -> None:
            sweep(
                config,
                sweeps_dir=Path(folder) / str(next(count)),
                jobs=1,
                on_progress=lambda *_: None,
                notify=lambda _: None,
            )

        return seconds(run, times)


def thresholds(a: int, b: int) -> str:
    """Return a grid of a x b pairs of thresholds."""
    one = {"from": 1.0, "to": float(a), "step": 1.0}
    step = round(1.2 / b, 6)
    other = {"from": -0.6, "to": round(-0.6 + step * (b - 1), 6), "step": step}
    both = {"strategy.surge_bp": one, "strategy.correlation_below": other}
    return ", ".join(f"{key}: {json.dumps(value).replace(chr(34), '')}" for key, value in both.items())


def growth() -> dict[str, list[tuple[float, float]]]:
    """Return each engine's seconds by the number of assets, of years and of stocks, and a sweep's by its variants."""
    found: dict[str, list[tuple[float, float]]] = {}
    for label, engine in (("vectorised", vectorised.run), ("backtrader", backtrader.run)):
        cells = [(n, works.w1(assets=n)) for n in (1, 2, 4, 8, 16, 32, 64)]
        found[f"assets, {label}"] = [(n, _timed(engine, work)) for n, work in cells]
        cells = [(n, works.w1(sessions=252 * n)) for n in (1, 3, 10, 30, 100)]
        found[f"years, {label}"] = [(n, _timed(engine, work)) for n, work in cells]
        cells = [(n, works.w2(stocks=n, sessions=2520, held=min(200, n // 4))) for n in (100, 400, 1000, 2000, 4000)]
        found[f"stocks, {label}"] = [(n, _timed(engine, work)) for n, work in cells]
    grids = ((1, 1), (10, 1), (10, 10), (40, 25), (100, 100), (400, 250))
    found["variants, sweep"] = [(a * b, swept(f"growth-{a * b}", thresholds(a, b), 1)) for a, b in grids]
    return found


def _timed(engine: Callable[[Any], object], work: works.Work) -> float:
    test = peers.fedcycle_backtest(work)
    return seconds(lambda: engine(test))


def main() -> None:
    """Measure what is asked: ``variants`` or ``growth``."""
    if sys.argv[1] == "growth":
        print(json.dumps(growth()))
    else:
        print(json.dumps({name: run(sys.modules[__name__]) for name, run in GRIDS.items()}))


if __name__ == "__main__":
    main()
