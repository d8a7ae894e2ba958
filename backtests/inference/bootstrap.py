"""Every statistic of every account over the same resampled histories."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from fedcycle.backtests.inference import bootstrap_moments, resample
from fedcycle.backtests.inference.histories import Columns, Histories
from fedcycle.backtests.inference.inputs import BenchmarkSeries, ReturnSeries
from fedcycle.backtests.inference.settings import Settings
from fedcycle.backtests.statistics.monthly import monthly
from fedcycle.backtests.statistics.numerics import ALIKE, level_returns
from fedcycle.data.typing import Float64


@dataclass(frozen=True, eq=False)
class BootstrapDraws:
    """Answers of resampled histories, and what they were resampled by.

    Parameters
    ----------
    accounts : K mappings, name of a statistic -> (B,), NaN where a history has none
    benchmark : the same of the benchmark by itself
    block : sessions, the average length of a block
    sessions : returns in each history
    """

    accounts: Sequence[Mapping[str, Float64]]
    benchmark: Mapping[str, Float64]
    block: float
    sessions: int


def why_not_resampled(account: ReturnSeries, benchmark_series: BenchmarkSeries, settings: Settings) -> str | None:
    """Return in a sentence why an account's returns cannot be resampled, or None where they can."""
    n = len(account.value) - 1
    if n < settings.fewest:
        sessions = f"{n + 1} session" + ("" if n == 0 else "s")
        return f"{account.name} has {sessions}; under {settings.fewest} returns nothing can be said of chance"
    for name, level in ((account.name, account.value), (f"benchmark {benchmark_series.name}", benchmark_series.value)):
        if bool((level[:-1] <= 0).any()):
            return f"{name} was worth 0 before the last close; after ruin there are no returns to resample"
    return None


def bootstrap(
    accounts: Sequence[ReturnSeries], benchmark_series: BenchmarkSeries, *, settings: Settings
) -> BootstrapDraws:
    """Return what resampled histories answer, the same sessions in each for all accounts.

    Parameters
    ----------
    accounts : K accounts, none of them ``unfit``
    benchmark_series : BenchmarkSeries
    settings : Settings
    """
    returns = [level_returns(a.value, a.name) for a in accounts]
    other, bills = (
        level_returns(benchmark_series.value, benchmark_series.name),
        level_returns(benchmark_series.bills, "bills"),
    )
    panel = bootstrap_moments.Panel.of(np.column_stack(returns), other, bills, sessions=benchmark_series.sessions)
    block = resample.block_length(*(r - bills for r in returns), *(r - other for r in returns), other - bills)
    held, growths = Columns(bootstrap_moments.columns(panel)), _growths(panel)
    sums, falls = [], []
    for drawn in resample.histories(len(other), block=block, settings=settings):
        sums.append(drawn.sums(held))
        falls.append(_falls(growths, drawn))
    found, benchmark = bootstrap_moments.statistics(np.vstack(sums), panel)
    fall = np.concatenate(falls, axis=1)
    for k, of in enumerate(found):
        of |= {"max_drawdown": fall[2 * k], "relative_drawdown": fall[2 * k + 1]}
        of["hit_rate_over_benchmark_monthly"] = _monthly(accounts[k], benchmark_series, settings=settings)
    benchmark["max_drawdown"] = fall[-1]
    return BootstrapDraws(found, benchmark, block, len(other))


def _growths(panel: bootstrap_moments.Panel) -> list[Columns | None]:
    """Return the growth of each account, and of each in units of the benchmark, and of the benchmark.

    In units of a benchmark that was lost there is none.
    """
    out: list[Columns | None] = []
    lost = bool((panel.benchmark <= -1.0).any())
    for r in panel.runs.T:
        relative = None if lost else Columns.of_growth((1.0 + r) / (1.0 + panel.benchmark) - 1.0)
        out += [Columns.of_growth(r), relative]
    return [*out, Columns.of_growth(panel.benchmark)]


def _falls(growths: Sequence[Columns | None], drawn: Histories) -> Float64:
    """Return the maximum drawdown of each, (len(growths), k), NaN where there is none."""
    none = np.full(drawn.shape[0], np.nan)
    return np.array([none if of is None else drawn.worst_drawdown(of, unsure=True) for of in growths])


def _monthly(account: ReturnSeries, benchmark_series: BenchmarkSeries, *, settings: Settings) -> Float64:
    """Return the share of months ahead of the benchmark in histories made of blocks of months."""
    own, other = (
        monthly(level, benchmark_series.sessions, month_ends=benchmark_series.month_ends).values
        for level in (account.value, benchmark_series.value)
    )
    ahead, apart = own - other > ALIKE, np.abs(own - other) > ALIKE
    if len(ahead) < 2 or not resample.finite(own, other):
        return np.full(settings.resamples, np.nan)
    block = resample.block_length(own - other)
    drawn_months = resample.histories(len(ahead), block=block, settings=settings)
    with np.errstate(invalid="ignore"):  # a history in which no month differs has no such number
        return np.concatenate([ahead[d.rows].sum(axis=1) / apart[d.rows].sum(axis=1) for d in drawn_months])
