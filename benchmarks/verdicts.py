"""How often accounts without skill are called ahead or behind: ``python benchmarks/verdicts.py``.

Writes the table of docs/inference.md between its marks. Histories have ten years of sessions; the benchmark has
clusters of volatility and fat tails. An account holds the benchmark, and for holding periods of half a year on average
another asset whose log return is the benchmark's plus a deviation of mean 0: it has no skill, by construction. The
accounts of a comparison switch at times of their own, and half of their deviations' variance is common to all.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[1] / "src"))

from fedcycle.backtests.inference.verdict import AHEAD, BEHIND, LEVEL, of_accounts

SESSIONS, HOLDING = 2520, 126
RESAMPLES = 500
TOGETHER = 50
PAGE = Path(__file__).parents[1] / "docs" / "inference.md"
BEGIN, END = "<!-- written by benchmarks/verdicts.py -->", "<!-- end of verdicts -->"


def clusters(rng: np.random.Generator, columns: int, volatility: float) -> np.ndarray:
    """Return log returns of GARCH(1, 1) with Student's t of 6 degrees, (SESSIONS, columns), mean 0."""
    variance, out = np.ones(columns), np.empty((SESSIONS, columns))
    for t in range(-250, SESSIONS):
        shock = np.sqrt(variance) * rng.standard_t(6, columns) / np.sqrt(1.5)
        variance = 0.02 + 0.08 * shock**2 + 0.9 * variance
        out[t] = shock  # the first 250 are overwritten
    return out * volatility / np.sqrt(252)


def holdings(rng: np.random.Generator, columns: int) -> np.ndarray:
    """Return whether each account holds the other asset in each session: (SESSIONS, columns), in long stretches."""
    turned = rng.random((SESSIONS, columns)) < 1.0 / HOLDING
    return (np.cumsum(turned, axis=0) + rng.integers(0, 2, columns)) % 2 == 1


def histories_of(rng: np.random.Generator, accounts: int, many: int) -> Iterator[tuple[list[np.ndarray], np.ndarray]]:
    """Yield the values of so many accounts without skill, and of their benchmark, (SESSIONS + 1,) each."""
    market = 0.07 / 252 + clusters(rng, many, 0.16)
    common, own = clusters(rng, many, 0.08), clusters(rng, many * accounts, 0.08)
    active = holdings(rng, many * accounts) * (np.repeat(common, accounts, axis=1) + own) / np.sqrt(2)
    for k in range(many):
        apart = active[:, k * accounts : (k + 1) * accounts]
        logs = np.column_stack([market[:, k], market[:, k, None] + apart])
        levels = np.exp(np.vstack([np.zeros(accounts + 1), np.cumsum(logs, axis=0)]))
        yield list(levels[:, 1:].T), levels[:, 0]


def shares(accounts: int, histories: int) -> tuple[float, float, float]:
    """Return the shares of histories with any account ahead, with any behind, and with any of either."""
    rng = np.random.default_rng(15)
    days = np.busday_offset("2000-01-03", np.arange(SESSIONS + 1), roll="forward").astype("datetime64[D]")
    found = []
    while len(found) < histories:
        for values, benchmark in histories_of(rng, accounts, min(TOGETHER, histories - len(found))):
            words = {v.word for v in of_accounts(values, benchmark, sessions=days, resamples=RESAMPLES)}
            found.append((AHEAD in words, BEHIND in words, bool(words & {AHEAD, BEHIND})))
    ahead, behind, either = np.mean(found, axis=0).tolist()
    return ahead, behind, either


def table(histories: int) -> str:
    """Return the table as Markdown."""
    rows = []
    for accounts in (1, 5, 20):
        ahead, behind, either = shares(accounts, histories)
        rows.append(f"| {accounts} | {ahead:.1%} | {behind:.1%} | {either:.1%} | at most 5% |")
        print(rows[-1], flush=True)
    note = (
        f"{histories:,} histories of {SESSIONS:,} sessions without skill, {RESAMPLES:,} resamples each. Share of "
        f"histories in which any account is called so; *{LEVEL}* and *not distinguishable* are the other words."
    )
    heads = "| accounts compared | ahead | behind | either | should be |"
    return "\n".join([note, "", heads, "| ---: | ---: | ---: | ---: | --- |", *rows])


def main() -> None:
    """Measure, and write the table into the page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--histories", type=int, default=1000)
    made = table(parser.parse_args().histories)
    text = PAGE.read_text(encoding="utf-8")
    before, rest = text.split(BEGIN)
    PAGE.write_text(f"{before}{BEGIN}\n\n{made}\n\n{END}{rest.split(END)[1]}", encoding="utf-8")


if __name__ == "__main__":
    main()
