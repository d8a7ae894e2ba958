"""Flows: what was paid in and out, what became of it, and the money-weighted return beside the time-weighted one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from markupsafe import Markup

from fedcycle.backtests.core.flows import money_weighted
from fedcycle.backtests.core.format import counted, figure, listing, money, money_words, number, percent, sentence
from fedcycle.backtests.runs.storage import Run
from fedcycle.backtests.statistics import numerics
from fedcycle.backtests.tearsheet import charts, cycle_shading, stills
from fedcycle.backtests.tearsheet.markup import Column, chart, table
from fedcycle.backtests.tearsheet.section import Section
from fedcycle.data.manifest import DOLLARS
from fedcycle.data.market import Market
from fedcycle.data.typing import Float64

TITLE = "Deposits and withdrawals"
PLACE = 30
NOTE = (
    "Time-weighted: as if the first capital alone had been invested, which is how a rule is judged; all other sections "
    "are so. Money-weighted: the rate at which what was paid in grows to what there is, from the first session on, "
    "which is what its owner earned; it hangs on when money came. The benchmark, {name}, is given the same flows."
)


def section(run: Run, market: Market) -> Section | None:
    """Return what flows made of the account; None for a run without any."""
    told = run.summary.get("account")
    flows, value = run.ledger.flows, run.ledger.account
    if not isinstance(told, Mapping) or flows is None or value is None:
        return None
    put_in = value[0] + np.append(0.0, np.cumsum(flows[1:]))
    benchmark = with_flows(run.benchmark_value, value[0], flows)
    drawn = _figure(run, market, value=value, put_in=put_in, benchmark=benchmark)
    html = chart(
        "flows",
        f"The account itself, {run.benchmark} with the same flows, and what was paid in less paid out, "
        f"{money_words(run.currency)}",
        figure=drawn,
        stamps=run.stamps,
        height=340,
        key=cycle_shading.key(run, market),
        zooms=cycle_shading.zooms(run, market),
        still=stills.still(drawn, sessions=run.ledger.sessions, log=False),
    )
    return Section(TITLE, _finding(run, told), html + _table(run, told, benchmark))


def with_flows(level: Float64, first: float, flows: Float64) -> Float64:
    """Return what a level's returns make of a first amount and of flows that arrive at each close, (T,) US dollars.

    What is paid out of nothing left is not paid: the amount never falls below 0.

    Examples
    --------
    >>> with_flows(np.array([1.0, 1.1, 1.21]), 100.0, np.array([0.0, 50.0, 0.0])).round(6).tolist()
    [100.0, 160.0, 176.0]
    """
    found = np.empty(len(level))
    found[0] = first
    for k in range(1, len(level)):
        grown = found[k - 1] * (level[k] / level[k - 1]) if level[k - 1] > 0 else 0.0
        found[k] = max(0.0, grown + flows[k])
    return found


def _finding(run: Run, told: Mapping[str, Any]) -> str:
    paid = [
        f"{money(amount, run.currency)} were paid {way}"
        for key, way in (("paid_in", "in"), ("paid_out", "out"))
        if (amount := told.get(key))
    ]
    own, rate = _rate(told)
    timed = figure(run.summary, "statistics", "cagr" if own else "total_return")
    span = " a year" if own else " in all"
    said = f"{listing(paid)}, {counted(int(told.get('flows', 0)), 'flow')} in all; the account ends at "
    said += money(figure(told, "final_value"), run.currency)
    if rate is None:
        return sentence(f"{said}; no single rate of return leads there")
    return sentence(f"{said}: {percent(rate)}{span} money-weighted, {percent(timed)} time-weighted")


def _rate(told: Mapping[str, Any]) -> tuple[bool, float | None]:
    """Return whether the run is long enough for a return a year, and the money-weighted return a year or in all."""
    yearly = number(told.get("money_weighted_return_per_year"))
    return yearly is not None, yearly if yearly is not None else number(told.get("money_weighted_return"))


def _figure(run: Run, market: Market, *, value: Float64, put_in: Float64, benchmark: Float64) -> charts.Figure:
    sign = "$" if run.currency == DOLLARS else ""
    look: dict[str, Any] = {"hover": sign + "{:,.0f}"}
    traces = [
        charts.line(f"{run.benchmark}, same flows", benchmark, colour="--benchmark", dash="dash", width=1.6, **look),
        charts.line(run.name, value, colour="--own", width=2, **look),
        charts.line("paid in less paid out", put_in, colour="--muted", dash="dot", width=1.4, step=True, **look),
    ]
    unit = money_words(run.currency)
    axes = {"y": charts.axis(unit, prefix=sign, short=True, from_zero=True)}
    bands, labels = cycle_shading.bands(run, market), cycle_shading.labels(run, market)
    return charts.over_time(traces, axes=axes, bands=bands, labels=labels)


def _table(run: Run, told: Mapping[str, Any], benchmark: Float64) -> Markup:
    sessions, flows, value = run.ledger.sessions, run.ledger.flows, run.ledger.account
    assert flows is not None  # noqa: S101 - the section has looked
    assert value is not None  # noqa: S101
    is_yearly, rate = _rate(told)
    # The benchmark's flows begin where the account is measured; what was there before is its first amount.
    theirs = money_weighted(sessions, np.append(value[0], benchmark[1:]), np.append(0.0, flows[1:]))
    if theirs is not None and not is_yearly:
        theirs = float((1.0 + theirs) ** numerics.years(sessions) - 1.0)
    level = run.benchmark_value
    excess = figure(run.summary, "relative", "excess_cagr")
    own = figure(run.summary, "statistics", "cagr" if is_yearly else "total_return")
    timed = float(level[-1] / level[0] - 1.0)
    if is_yearly:
        timed = float("nan") if own is None or excess is None else own - excess
    paid_in, paid_out = float(np.maximum(flows[1:], 0.0).sum()), float(-np.minimum(flows[1:], 0.0).sum())
    gains = [final - value[0] - paid_in + paid_out for final in (value[-1], benchmark[-1])]
    span = "a year" if is_yearly else "in all"
    rows = [
        ["Capital when it was first invested", money(value[0], run.currency), money(value[0], run.currency)],
        ["Paid in", money(paid_in, run.currency), money(paid_in, run.currency)],
        ["Paid out", money(paid_out, run.currency), money(paid_out, run.currency)],
        ["At the end", money(value[-1], run.currency), money(benchmark[-1], run.currency)],
        ["Gain", *(money(gain, run.currency) for gain in gains)],
        [f"Money-weighted return {span}", percent(rate, 2), percent(theirs, 2)],
        [f"Time-weighted return {span}", percent(own, 2), percent(timed, 2)],
    ]
    columns = [Column("", "text"), Column(run.name), Column(run.benchmark)]
    note = NOTE.format(name=run.benchmark)
    return table("What was paid in and what became of it", columns, rows=rows, stamps=run.stamps, note=note)
