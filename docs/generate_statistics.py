"""Writes docs/statistics.md from the statistics themselves; a test compares the two.

Run: python docs/generate_statistics.py > docs/statistics.md
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "src"))  # the source beside this file, installed or not

from fedcycle.backtests.statistics.registry import FAMILIES, Statistic
from fedcycle.backtests.statistics.tables import STATISTICS


@dataclass(frozen=True)
class Difference:
    """A number that another library computes otherwise.

    Parameters
    ----------
    number : our statistic
    where : library and function
    theirs : what they compute instead
    """

    number: str
    where: str
    theirs: str


DIFFERENCES = (
    Difference("cagr", "empyrical.annual_return", "years are sessions / 252, not calendar days / 365.25"),
    Difference("cagr", "quantstats.cagr", "years are sessions / 252, not calendar days / 365.25"),
    Difference("calmar", "empyrical.calmar_ratio", "with that growth rate"),
    Difference("calmar", "quantstats.calmar", "with that growth rate"),
    Difference("sharpe", "quantstats.sharpe", "bills are one number a year, 0 unless given, not a dated series"),
    Difference("sortino", "quantstats.sortino", "bills are one number a year, 0 unless given, not a dated series"),
    Difference("var_95", "quantstats.value_at_risk", "5% quantile of a normal with the returns' mean and spread"),
    Difference(
        "cvar_95", "quantstats.conditional_value_at_risk", "expected shortfall of a normal, unless asked for history"
    ),
    Difference("skew", "quantstats.skew, ffn", "corrected for bias, as pandas does; ours are population moments"),
    Difference("kurtosis", "quantstats.kurtosis, ffn", "corrected for bias, as pandas does"),
    Difference("alpha", "empyrical.alpha", "with the beta below, and compounded over 252 sessions, not times 252"),
    Difference("alpha", "quantstats.greeks", "returns themselves, not over bills"),
    Difference("beta", "empyrical.beta", "returns themselves: it ignores the risk-free rate it is given"),
    Difference("beta", "quantstats.greeks", "returns themselves, not over bills"),
    Difference(
        "information_ratio",
        "quantstats.information_ratio, empyrical.excess_sharpe, ffn.calc_information_ratio",
        "a session, not a year: ours over √252",
    ),
    Difference(
        "up_capture", "empyrical.up_capture", "ratio of compounded, annualised returns; flat sessions count as rises"
    ),
    Difference("down_capture", "empyrical.down_capture", "ratio of compounded, annualised returns"),
    Difference("ulcer_index", "quantstats.ulcer_index", "divides by one return less"),
    Difference("ulcer_index", "ffn.to_ulcer_index", "in percent, and counts the first close, which cannot be a fall"),
    Difference(
        "martin_ratio", "quantstats.ulcer_performance_index", "total return instead of growth a year, and no bills"
    ),
    Difference("recovery_factor", "quantstats.recovery_factor", "sum of returns instead of their product, unsigned"),
    Difference("treynor", "quantstats.treynor_ratio", "total return instead of mean excess a year, beta without bills"),
    Difference("kelly", "quantstats.kelly_criterion", "that of a bet won or lost: p − (1 − p) / payoff"),
    Difference("gain_to_pain", "quantstats.gain_to_pain_ratio", "of sessions unless told months, and months summed"),
    Difference(
        "average_drawdown_days",
        "ffn.PerformanceStats.avg_drawdown_days",
        "from the first close below the peak, not from the peak",
    ),
    Difference(
        "time_invested", "quantstats.exposure", "share of sessions with a return other than 0, rounded up to a percent"
    ),
)

LEFT_OUT = (
    ("adjusted Sortino (quantstats)", "Sortino over √2: the same order, another scale"),
    ("smart Sharpe, smart Sortino, autocorrelation penalty (quantstats)", "`autocorrelation` says it without mixing"),
    ("geometric mean, expected return a day, month, year (quantstats)", "`cagr` in another unit"),
    ("common sense ratio, CPC index, serenity index, RAR (quantstats)", "products of numbers that are here"),
    ("risk of ruin (quantstats)", "a gambler's formula, of bets of one size; an account is no such series"),
    ("Kelly fraction of bets (quantstats)", "a holding is no bet; `kelly` is the continuous form"),
    ("outliers, outlier win and loss ratio, remove_outliers (quantstats)", "a return is not left out for being large"),
    ("implied volatility (quantstats)", "not implied by any option: a rolling standard deviation of log returns"),
    ("Monte Carlo by shuffling (quantstats)", "shuffled sessions have no calm and wild years; see docs/inference.md"),
    ("probabilistic Sharpe and Sortino (quantstats, ffn)", "in docs/inference.md, with what they assume"),
    ("percent rank, distribution (quantstats)", "a chart's job"),
    ("parametric VaR (quantstats)", "daily returns are not normal: `kurtosis` says how far from it"),
    ("beta fragility heuristic, GPD risk estimates (empyrical)", "estimates from a handful of extreme sessions"),
    ("performance attribution, exposures to factors (empyrical)", "needs factor data that a config does not name"),
    ("up and down alpha (empyrical)", "an intercept over half the sessions is not earned by anyone"),
    ("month, quarter, year to date, 1, 3, 5, 10 years (ffn)", "the last years of a backtest are years like others"),
    ("yearly mean, volatility, Sharpe, skew, kurtosis (ffn)", "of a few dozen years; each year is in `by_year`"),
    ("probability of momentum (ffn)", "a t-test of the difference; docs/inference.md has its interval"),
    ("weights, clusters, covariances (ffn)", "portfolio building, not judging an account"),
)

NOTATION = """# Statistics

Written by `python docs/generate_statistics.py` from the functions themselves; a test compares the two.

r are the returns of the account, b those of the benchmark, f those of one-month bills, each dated by the close at which
it ended; e = r − f, d = r − b. V are the values at the T closes, B the benchmark's, D_t = V_t / max V so far − 1. P are
the periods that count as a year: 252 sessions, 12 months. sd has n − 1 below the line; m₂, m₃, m₄ are population
moments. Fractions are fractions: 0.05 is 5%.

A number that does not exist is `null`: no returns, a return that is none (after the account is worth 0), or a spread of
no more than float rounding (1e-14) to divide by. Differences from the benchmark of up to 1e-11 a session are none: an
engine keeps 1e-12 of value in cash. No number is NaN or infinite. Own numbers never depend on the benchmark. Numbers
against a benchmark that begins later are over the sessions both have, which `relative` counts, with those dropped.

**Types.** A series of returns is a `Returns`: values, dates, frequency (daily, monthly, yearly), kind (total or price
return), name. Bills are `Bills`. Putting together unlike frequencies, kinds or dates raises an error that names both,
as does a risk-free rate written as one number, or daily returns whose dates are months apart.

**Where they are.** All are in `--json`, on the page of a run, in its exports and here; the last column says where else:
in the terminal's table, in the subperiods below, with an interval from resampled histories
([inference](inference.md)), as a column of a [sweep](sweeps.md). A formula of means, products and moments of returns is
one function, asked by all of them.

**Stretches.** `by_phase`, `by_year`, `by_recession` and the `numbers` of each window in `by_cycle` have the statistics
of daily returns by their names, over the returns of that stretch laid end to end, and the costs, fills, turnover (not
per year) and time invested of its sessions; `return_per_year` is the total return to the power 252 / n, `null` under
252 sessions. `calendar` has every complete month and year, `drawdowns` the ten deepest falls (start, trough, end,
depth, days to the trough, to recovery and in all) and `benchmark_drawdowns` those of the benchmark, `exposure` each
asset's weight (with `lowest` for what was ever sold short), `margin` a short or leveraged account's gross and net
exposure, interest, fees and margin calls. `exposure_by_size` and `exposure_by_sector` have, for each size of company or
sector, the share of value on average, at the extremes, at the last close and by year, with the `assets` it was held
through and the `deciles` of the catalog's portfolios; `null` where the data set knows none. Rolling volatility, Sharpe
ratio, beta and correlation come from `rolling_volatility` and its like, for charts: a run's JSON does not carry them.
"""


def page() -> str:
    """Return the page."""
    return "\n".join(_lines()) + "\n"


def _lines() -> Iterator[str]:
    yield NOTATION
    for family, heading in FAMILIES.items():
        yield f"## {heading}\n"
        yield "| name | what it is | formula | unit | source | also in |\n| --- | --- | --- | --- | --- | --- |"
        yield from (_row(entry) for entry in STATISTICS.values() if entry.family == family)
        yield ""
    yield "## Where other libraries compute a number of the same name otherwise\n"
    yield (
        "Every number that quantstats, empyrical-reloaded or ffn defines as above agrees with theirs to 1e-12 "
        "(`tests/statistics/test_outside.py`). These do not, and a test pins each difference "
        "(`tests/statistics/test_differences.py`).\n"
    )
    yield "| ours | theirs | what they compute |\n| --- | --- | --- |"
    yield from (f"| `{row.number}` | {row.where} | {row.theirs} |" for row in DIFFERENCES)
    yield "\n## What is left out, and why\n"
    yield "| left out | why |\n| --- | --- |"
    yield from (f"| {what} | {why} |" for what, why in LEFT_OUT)


def _row(entry: Statistic) -> str:
    said = entry.summary.removeprefix("Return ")
    cells = (f"`{entry.name}`", said, entry.formula.replace("|", "\\|"), entry.unit, entry.source, _also(entry))
    return f"| {' | '.join(cells)} |"


def _also(entry: Statistic) -> str:
    where = {
        "terminal": bool(entry.shown.terminal),
        "subperiods": entry.sample is not None,
        "intervals": entry.shown.interval,
        "sweep": entry.shown.sweep,
    }
    return ", ".join(name for name, there in where.items() if there)


if __name__ == "__main__":
    sys.stdout.write(page())
