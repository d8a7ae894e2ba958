"""Costs and turnover: what trading took, year by year, and the break-even transaction cost before the lead was gone."""

from __future__ import annotations

import numpy as np
from markupsafe import Markup

from fedcycle.backtests.analysis.holding_periods import Traded, break_even, growth_at, traded
from fedcycle.backtests.core.format import (
    counted,
    figure,
    money,
    percent,
    plain,
    points,
    sentence,
    signed_percent,
)
from fedcycle.backtests.runs.storage import Run
from fedcycle.backtests.statistics import numerics
from fedcycle.backtests.tearsheet import charts, headings
from fedcycle.backtests.tearsheet.definitions import Term
from fedcycle.backtests.tearsheet.markup import Column, chart, table
from fedcycle.backtests.tearsheet.section import Section
from fedcycle.data.market import Market

TITLE = "Costs and turnover"
PLACE = 170
DEAREST = 0.1
MULTIPLES = (0.0, 1.0, 2.0, 5.0, 10.0)


def section(run: Run, market: Market) -> Section:  # noqa: ARG001 - every section is handed the market
    """Return what trading took out of the account."""
    done = traded(run.ledger)
    if not done.at.size:
        return Section(
            TITLE, sentence(f"0 fills in {counted(len(run.ledger.sessions), 'session')}: nothing was paid"), Markup()
        )
    html = _chart(run, done)
    rate = _rate(run)
    if _judged(run) and rate:
        html += _table(run, done, rate)
    return Section(TITLE, _finding(run, done), html)


def _judged(run: Run) -> bool:
    return len(run.ledger.value) > 1 and bool((run.ledger.value > 0).all()) and numerics.years(run.ledger.sessions) > 0


def _is_financed(run: Run) -> bool:
    return run.ledger.financing is not None


def _rate(run: Run) -> float:
    """Return what was paid for a dollar traded, fraction."""
    worth = float(np.abs(run.ledger.trades.units * run.ledger.trades.price).sum())
    return float(run.ledger.trades.cost.sum()) / worth if worth else 0.0


def _finding(run: Run, done: Traded) -> str:
    turnover = figure(run.summary, "statistics", "turnover_per_year")
    total = float(done.cost.sum())
    said = f"Trading took {money(total, run.currency)}"
    if _judged(run):
        drag = -float(
            np.expm1(np.log(np.maximum(1.0 - done.paid, 1e-300)).sum() / max(numerics.years(run.ledger.sessions), 1e-9))
        )
        said += f", {percent(drag, 2)} of the account a year"
    if turnover is not None:
        said += f", at a turnover of {plain(turnover)} times its value a year"
    if not _judged(run):
        return sentence(said)
    growth, benchmark = (float(level[-1] / level[0]) for level in (run.ledger.value, run.benchmark_value))
    even = break_even(done, growth, benchmark, max_=DEAREST)
    if even is None:
        return sentence(f"{said}; without any costs it would still not have beaten {run.benchmark}")
    if even >= DEAREST:
        return sentence(f"{said}; even at {10_000 * DEAREST:,.0f} bp a side it would have beaten {run.benchmark}")
    return sentence(f"{said}; it stays ahead of {run.benchmark} up to about {10_000 * even:,.0f} bp a side")


def _chart(run: Run, done: Traded) -> Markup:
    year_of = run.ledger.sessions.astype("datetime64[Y]").astype(np.int64) + 1970
    years = np.unique(year_of)
    mean = np.array([run.ledger.value[year_of == year].mean() for year in years.tolist()])
    mean = np.where(mean > 0, mean, np.nan)
    place = np.searchsorted(years, year_of[done.at])
    turnover = np.bincount(place, weights=done.value, minlength=len(years)) / 2 / mean
    cost = np.bincount(place, weights=done.cost, minlength=len(years)) / mean
    names = [str(year) for year in years.tolist()]
    data = [
        charts.bars("turnover", names, height=turnover, colour="--own", hover="{:.2f}×"),
        charts.bars("costs", names, height=1e4 * cost, colour="--spread", panel="y2", hover="{:.1f} bp"),
    ]
    axes = {
        "y": charts.axis("turnover", domain=[0.56, 1], suffix="×", ticks=5, from_zero=True),
        "y2": charts.axis("costs, bp of value", domain=[0, 0.44], ticks=5, from_zero=True),
    }
    return chart(
        "costs",
        "By calendar year: one-sided turnover, times the year's average value; costs, basis points of that value",
        figure=charts.over_categories(data, axes=axes),
        stamps=run.stamps,
        height=320,
        note="The first and the last year may not be whole; the first purchase counts."
        + (" Fees and interest of shorts and loans are no cost of trading: see weights." * _is_financed(run)),
    )


def _table(run: Run, done: Traded, rate: float) -> Markup:
    years = numerics.years(run.ledger.sessions)
    growth, benchmark = (float(level[-1] / level[0]) for level in (run.ledger.value, run.benchmark_value))
    theirs = benchmark ** (1 / years) - 1
    rows = []
    for multiple in MULTIPLES:
        then = growth_at(done, growth, multiple * rate)
        own = then ** (1 / years) - 1
        rows.append(
            [
                "none" if not multiple else "as run" if multiple == 1 else f"{multiple:.0f} times",
                f"{1e4 * multiple * rate:,.1f}",
                money(then * float(run.ledger.value[0]), run.currency),
                signed_percent(own, 2).removesuffix("%"),
                points(own - theirs, 2),
            ]
        )
    columns = [
        Column("Costs", "text"),
        Column("bp a side"),
        Column("Final value"),
        Column("Return, % a year"),
        Column(Term(f"Over {run.benchmark}, points a year", headings.OVER), "signed"),
    ]
    note = "Had it traded the same shares of its value at other costs: near what a new run would give, not the same."
    return table("What other costs would have left", columns, rows=rows, stamps=run.stamps, note=note)
