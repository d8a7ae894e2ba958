"""Whether intervals cover what they claim and tests keep their size: simulated histories whose truth is known.

Run ``python benchmarks/coverage.py`` (about two minutes on one core); it writes its tables into docs/inference.md.
Every history has a seed of its own, so the same code and libraries give the same tables.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parent / "src"))  # the source beside this file, installed or not

from fedcycle.backtests import inference  # noqa: E402
from fedcycle.backtests.inference import resample  # noqa: E402
from fedcycle.backtests.inference.bootstrap import bootstrap  # noqa: E402
from fedcycle.backtests.inference.inputs import BenchmarkSeries, ReturnSeries  # noqa: E402
from fedcycle.backtests.statistics import Bills, Returns, drawdown  # noqa: E402
from fedcycle.data.typing import Float64  # noqa: E402

PAGE = HERE.parent / "docs" / "inference.md"
BEGIN, END = "<!-- written by benchmarks/coverage.py -->\n", "<!-- until here -->"
SEED = 5
HISTORIES, RESAMPLES, SESSIONS = 200, 300, 2520
BILL = 0.00008
ALPHA, BETA = 0.0001, 1.1
MARKET, NOISE = (0.0004, 0.011), 0.004


@dataclass(frozen=True)
class World:
    """A process whose truth is known: what drives the market and the rule's own part, both with unit variance.

    Parameters
    ----------
    name : as the table says it
    shocks : (generator, n) -> (2, n) shocks of mean 0 and variance 1
    """

    name: str
    shocks: Callable[[np.random.Generator, int], Float64]


def normal(rng: np.random.Generator, n: int) -> Float64:
    """Independent normal shocks."""
    return rng.standard_normal((2, n))


def clustered(rng: np.random.Generator, n: int) -> Float64:
    """Shocks of a GARCH(1,1) with Student-t(6) innovations: calm and wild years, fat tails, no autocorrelation."""
    z = rng.standard_t(6, (2, n + 500)) * np.sqrt(4 / 6)
    out, variance = np.empty_like(z), np.ones(2)
    for t in range(z.shape[1]):
        out[:, t] = np.sqrt(variance) * z[:, t]
        variance = 0.02 + 0.08 * out[:, t] ** 2 + 0.90 * variance
    return out[:, 500:]


def trending(rng: np.random.Generator, n: int) -> Float64:
    """Normal shocks in which a tenth of each carries over to the next."""
    z = rng.standard_normal((2, n + 100)) * np.sqrt(1 - 0.1**2)
    out = np.zeros_like(z)
    for t in range(1, z.shape[1]):
        out[:, t] = 0.1 * out[:, t - 1] + z[:, t]
    return out[:, 100:]


WORLDS = (
    World("independent, normal", normal),
    World("clusters, fat tails (GARCH, t6)", clustered),
    World("autocorrelated (AR 0.1)", trending),
)


def returns(world: World, rng: np.random.Generator, n: int) -> tuple[Float64, Float64]:
    """Return a rule's and its benchmark's returns in a world."""
    market, own = world.shocks(rng, n)
    b = MARKET[0] + MARKET[1] * market
    return BILL + ALPHA + BETA * (b - BILL) + NOISE * own, b


def truth(world: World, years: float) -> dict[str, float]:
    """Return what the intervals should cover, from the process; its expected log growth from two million sessions."""
    r, b = returns(world, np.random.default_rng(1), 2_000_000 if world.shocks is normal else 400_000)
    mean_b, mean_r = MARKET[0], BILL + ALPHA + BETA * (MARKET[0] - BILL)
    sd_r = np.hypot(BETA * MARKET[1], NOISE)
    active, error = mean_r - mean_b, np.hypot((BETA - 1) * MARKET[1], NOISE)
    # log(1 + x) - x varies little, so its mean needs no millions.
    log_r, log_b = (m + float((np.log1p(x) - x).mean()) for x, m in ((r, mean_r), (b, mean_b)))
    growth = [np.expm1(x * SESSIONS / years) for x in (log_r, log_b)]
    return {
        "cagr": float(growth[0]),
        "volatility": float(sd_r * np.sqrt(252)),
        "sharpe": float((mean_r - BILL) / sd_r * np.sqrt(252)),
        "excess_cagr": float(growth[0] - growth[1]),
        "alpha": ALPHA * 252,
        "beta": BETA,
        "tracking_error": float(error * np.sqrt(252)),
        "information_ratio": float(active / error * np.sqrt(252)),
    }


def level(r: Float64) -> Float64:
    """Return the level that returns make of 1."""
    return np.concatenate([[1.0], np.cumprod(1.0 + r)])


def covered(world: World) -> dict[str, float]:
    """Return the share of histories whose interval covers the truth, and for drawdowns another history's."""
    settings = replace(inference.SETTINGS, resamples=RESAMPLES)
    days = np.busday_offset(np.datetime64("2000-01-03"), np.arange(SESSIONS + 1), roll="forward")
    ends = np.append(days[1:].astype("datetime64[M]") != days[:-1].astype("datetime64[M]"), [False])
    years = float((days[-1] - days[0]).astype(int)) / 365.25
    asked = truth(world, years)
    inside = dict.fromkeys([*asked, "max_drawdown"], 0)
    for k in range(HISTORIES):
        rng = np.random.default_rng([SEED, k])
        r, b = returns(world, rng, SESSIONS)
        benchmark = BenchmarkSeries("b", level(b), level(np.full(SESSIONS, BILL)), days, ends)
        account = ReturnSeries("r", "r", level(r))
        answers = bootstrap([account], benchmark, settings=replace(settings, seed=k)).accounts[0]
        other, _ = returns(world, rng, SESSIONS)
        fall = drawdown.max_drawdown(level(other))
        for name, true in {**asked, "max_drawdown": fall}.items():
            low, high = resample.interval(answers[name], settings.level) or (np.nan, np.nan)
            inside[name] += low <= true <= high
    return {name: n / HISTORIES for name, n in inside.items()}


def sizes() -> Iterator[tuple[str, str, float, int]]:
    """Yield each test, what should happen under its null, how often it did, and over how many histories."""
    rng = np.random.default_rng(SEED)
    for n in (4, 5, 8):
        leads = rng.standard_t(3, (2000, n))
        yield f"sign test, {n} cycles", "at most 5%", _share(inference.sign_test(x)["p"] <= 0.05 for x in leads), 2000
        p = [inference.sign_flip_test(x)["p"] for x in leads]
        yield f"sign-flip test, {n} cycles", "at most 5%", _share(x <= 0.05 for x in p), 2000
    groups = rng.standard_t(3, (1000, 8))
    p = [inference.permutation_test(x[:4], x[4:])["p"] for x in groups]
    yield "permutation test, 4 against 4 cycles", "at most 5%", _share(x <= 0.05 for x in p), 1000
    yield "placebo cycles, p <= 5%", "5%", _share(_placebo_windows(rng) <= 0.05 for _ in range(1000)), 1000
    yield "placebo timing, p <= 5%", "5%", _share(_placebo_timing(rng) <= 0.05 for _ in range(1000)), 1000
    yield (
        "probabilistic Sharpe above 95%, true ratio 0",
        "5%",
        _share(_sharpe(rng, 1) > 0.95 for _ in range(2000)),
        2000,
    )
    best = _share(_sharpe(rng, 10) > 0.95 for _ in range(2000))
    yield "the same of the best of 10, not deflated", "5% is what it claims", best, 2000
    deflated = _share(_sharpe(rng, 10, deflate=True) > 0.95 for _ in range(2000))
    yield "deflated Sharpe of the best of 10 above 95%", "at most 5%", deflated, 2000
    p = [_superior(np.random.default_rng([SEED, 100, k])) for k in range(200)]
    yield "Hansen's SPA, 6 runs, p <= 5%", "at most 5%", _share(x <= 0.05 for x, _ in p), 200
    yield "StepM at 5%, any of 6 runs found better", "at most 5%", _share(found for _, found in p), 200
    p = [inference.overfitting(rng.standard_normal((1024, 10)))["probability"] for _ in range(200)]
    yield "probability of overfitting, 10 runs without skill, mean", "about half", float(np.mean(p)), 200


def _share(happened: Iterator[bool]) -> float:
    return float(np.mean(list(happened)))


def _placebo_windows(rng: np.random.Generator) -> float:
    levels = [level(0.01 * rng.standard_normal(1000)) for _ in range(2)]
    found = inference.placebo_cycles(*levels, windows=[(100, 180), (350, 430), (700, 780)])
    return float(found["p"])


def _placebo_timing(rng: np.random.Generator) -> float:
    held = (np.arange(1000) // 80 % 3 == 0).astype(float)
    found = inference.placebo_timing(np.column_stack([held, 1 - held]), 0.01 * rng.standard_normal((1000, 2)))
    return float(found["p"])


def _sharpe(rng: np.random.Generator, trials: int, *, deflate: bool = False) -> float:
    drawn_returns = 0.01 * rng.standard_t(5, (trials, 500))
    ratios = drawn_returns.mean(axis=1) / drawn_returns.std(axis=1, ddof=1) * np.sqrt(252)
    best, bills = Returns.weekdays(drawn_returns[ratios.argmax()]), Bills.weekdays(np.zeros(500))
    if deflate:
        return float(inference.deflated_sharpe(best, bills, trials=ratios.tolist())["probability"])
    return float(inference.probabilistic_sharpe(best, bills)["probability"])


def _superior(rng: np.random.Generator) -> tuple[float, bool]:
    market = 0.01 * rng.standard_t(5, 750)
    runs = market[:, None] + 0.004 * rng.standard_t(5, (750, 6))
    settings = replace(inference.SETTINGS, resamples=200)
    found = inference.superior(runs, market, names=list("abcdef"), block=5.0, settings=settings)
    return found["p"], bool(found["superior"])


def tables() -> str:
    """Return both tables as markdown."""
    rows = [(world.name, covered(world)) for world in WORLDS]
    names = list(rows[0][1])
    said = ["worst drawdown of another history" if name == "max_drawdown" else name for name in names]
    lines = [
        f"Share of {HISTORIES} simulated histories of {SESSIONS:,} sessions whose 95% interval ({RESAMPLES} resamples) "
        f"covers the truth; chance alone moves a share by {100 * np.sqrt(0.95 * 0.05 / HISTORIES):.1f} points or so.",
        "",
        f"| number | {' | '.join(name for name, _ in rows)} |",
        f"| --- |{' ---: |' * len(rows)}",
    ]
    for name, text in zip(names, said, strict=True):
        lines.append(f"| {text} | {' | '.join(f'{100 * of[name]:.1f}%' for _, of in rows)} |")
    lines += ["", "| under the null | should be | was | histories |", "| --- | --- | ---: | ---: |"]
    lines += [f"| {test} | {should} | {100 * was:.1f}% | {n:,} |" for test, should, was, n in sizes()]
    return "\n".join(lines) + "\n"


def main() -> None:
    """Write the tables into the page, between the two marks."""
    began = time.perf_counter()
    page = PAGE.read_text(encoding="utf-8")
    before, _, rest = page.partition(BEGIN)
    _, mark, after = rest.partition(END)
    if not mark:
        sys.exit(f"{PAGE} lacks the marks that the tables stand between")
    written = tables()
    PAGE.write_text(before + BEGIN + "\n" + written + "\n" + END + after, encoding="utf-8", newline="\n")
    print(f"{written}\nwritten to {PAGE} in {time.perf_counter() - began:.0f} s")


if __name__ == "__main__":
    main()
