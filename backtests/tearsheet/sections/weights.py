"""Weights: what the account held over time, and its latest decisions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from markupsafe import Markup

from fedcycle.backtests.analysis.attribution import CASH
from fedcycle.backtests.analysis.holdings import CASH_NAMES, weights_at_close
from fedcycle.backtests.analysis.measured_run import bought_at
from fedcycle.backtests.core.format import (
    counted,
    few,
    figure,
    listing,
    money,
    percent,
    plain,
    sentence,
    signed_percent,
)
from fedcycle.backtests.runs.storage import Run
from fedcycle.backtests.tearsheet import charts, cycle_shading
from fedcycle.backtests.tearsheet.held_areas import DUST, areas, gathered
from fedcycle.backtests.tearsheet.markup import Column, chart, table
from fedcycle.backtests.tearsheet.section import Section
from fedcycle.data.market import Market
from fedcycle.data.typing import Float64, Int64

TITLE = "Weights and decisions"
PLACE = 140
SHOWN = 10
SAID = 5e-4
"""An average weight that would read 0.0% is not worth a sentence."""
PATTERNS = ("", "/", ".", "\\", "-", "x", "|", "+")
"""So that neighbouring areas differ by more than colour."""
CALENDAR = "weights"
GATHERED = " Stocks are gathered by the sector last known of them, and the smallest holdings as one."
MOST_NAMES = 6
"""Assets of a decision that are named; of more, half as many and how many others."""
FIGURES = ("average", "lowest", "highest", "last")


def section(run: Run, market: Market) -> Section:
    """Return what the account held at each close, as a share of its value."""
    every = weights_at_close(run, market)
    names, weights = gathered(*every, market)
    rows = _telling(run)
    html = chart(
        "weights",
        "Share of the account's value in each asset, percent",
        figure=_figure(run, market, names=names, weights=weights[rows], rows=rows),
        stamps=run.stamps,
        height=340,
        key=cycle_shading.key(run, market)[:2],
        zooms=cycle_shading.zooms(run, market),
        note="Drawn at each fill, at the close before it and at each month's end."
        + ("" if names == every[0] else GATHERED),
    )
    return Section(TITLE, _finding(run, names, weights), html + _account(run) + _decisions(run))


def shares_over_time(run: Run, market: Market, *, names: Sequence[str], weights: Float64, rows: Int64) -> charts.Figure:
    """Return shares of the account's value over time as areas, drawn at some closes.

    Parameters
    ----------
    names : N names
    weights : (T, N) fraction of value at the closes of the run, from its first fill's on
    rows : of them, those that are drawn
    """
    at = rows + bought_at(run.ledger.sessions)
    return _figure(run, market, names=tuple(names), weights=weights[rows], rows=at)


def _account(run: Run) -> Markup:
    """Return how much a short or leveraged account held, and what that brought and cost; nothing for others."""
    found = run.summary.get("margin")
    if not isinstance(found, Mapping):
        return Markup()
    columns = [Column("Share of value", "text"), *(Column(name.capitalize()) for name in FIGURES)]
    rows = [
        [label, *(percent(figure(found, key, name)) for name in FIGURES)]
        for key, label in (("gross", "Gross exposure"), ("net", "Net exposure"), ("short", "Sold short"))
    ]
    calls = found.get("margin_calls") or []
    days = f" ({', '.join(calls[:5])}{' and others' if len(calls) > 5 else ''})" if calls else ""
    called = sentence(counted(len(calls), "margin call") + days)
    yearly = figure(found, "financing_per_year")
    earned, fees, loans = (
        money(figure(found, key), run.currency)
        for key in ("proceeds_interest_usd", "borrow_fees_usd", "loan_interest_usd")
    )
    note = (
        f"Proceeds of short sales earned {earned} of bills; lenders were paid {fees}, and loans cost {loans}"
        f"{'' if yearly is None else f': {signed_percent(yearly, 2)} of value a year in all'}. "
        f"{called} Weights, turnover and time invested are of value, "
        "so that they can be above 100% and below 0; proceeds of short sales are collateral and are not shown as cash."
    )
    return table("Gross and net exposure at each close", columns, rows=rows, stamps=run.stamps, note=note)


def _telling(run: Run) -> Int64:
    """Return the sessions that show all there is to see: first, last, each fill and the close before it, month ends."""
    sessions = run.ledger.sessions
    month_ends = np.flatnonzero(np.diff(sessions.astype("datetime64[M]").astype(np.int64)))
    fills = run.ledger.held_from
    first = bought_at(sessions)
    ends = np.array([first, len(sessions) - 1])
    return np.unique(np.concatenate([ends, fills - 1, fills, month_ends]).clip(first)).astype(np.int64)


def _figure(run: Run, market: Market, *, names: tuple[str, ...], weights: Float64, rows: Int64) -> charts.Figure:
    look: Any = {"width": 0.6, "x": CALENDAR, "hover": "{:.1f}%"}
    traces = areas(names, weights, market, patterns=PATTERNS, **look)
    scale: dict[str, Any] = {"range": [0, 100]}
    if run.ledger.financing is not None:
        scale = {"zeroline": True, "nticks": 8}
    if run.ledger.financing is not None and names[-1] in CASH_NAMES:
        net = 100 * weights[:, :-1].sum(axis=1)
        traces.append(
            charts.line("net exposure", net, colour="--own", dash="dash", width=1.4, x=CALENDAR, hover="{:.1f}%")
        )
    axes = {"y": charts.axis("share of value", suffix="%", **scale)}
    bands, labels = cycle_shading.ribbon(run, market), cycle_shading.labels(run, market)
    calendars = {CALENDAR: charts.calendar(run.ledger.sessions[rows])}
    return charts.over_time(traces, axes=axes, bands=bands, labels=labels, calendars=calendars)


def _finding(run: Run, names: tuple[str, ...], weights: Float64) -> str:
    average = weights[bought_at(run.ledger.sessions) :].mean(axis=0)
    held = [j for j in np.argsort(-average, kind="stable").tolist() if abs(average[j]) >= SAID]
    said = [f"{percent(float(average[j]))} {names[j]}" for j in held]
    shares = listing(said if len(said) <= MOST_NAMES else few(said, MOST_NAMES - 1))
    turnover = figure(run.summary, "statistics", "turnover_per_year")
    traded = "" if turnover is None else f" and turned over {plain(turnover)} times its value a year"
    changed, decisions = int(changes(run).sum()), len(run.ledger.decided_on)
    decided = f"{changed:,} of {counted(decisions, 'decision')} set new targets"
    return sentence(f"On average the account held {shares}{_leverage(run)}{traded}; {decided}")


def _leverage(run: Run) -> str:
    """Return the gross and net exposure of a short or leveraged account as part of a sentence, nothing for others."""
    gross, net = (figure(run.summary, "margin", name, "average") for name in ("gross", "net"))
    most = figure(run.summary, "margin", "gross", "highest")
    if gross is None or net is None or most is None:
        return ""
    return f" (gross exposure {percent(gross, 0)}, at most {percent(most, 0)}; net {percent(net, 0)})"


def changes(run: Run) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    """Return which decisions asked for other weights than the one before; the first one always does."""
    targets = run.ledger.targets
    before = np.vstack([np.full((1, targets.shape[1]), np.nan), targets[:-1]])
    changed = (np.abs(targets - before) > DUST).any(axis=1)
    changed[:1] = True
    return np.asarray(changed)


def _decisions(run: Run) -> Markup:
    ledger = run.ledger
    changed = np.flatnonzero(changes(run))
    latest = changed[-SHOWN:][::-1]
    if not latest.size:
        return Markup()
    columns = [Column("Decided at the close of", "text"), Column("From", "text"), Column("To", "text")]
    rows = [
        [str(ledger.decided_on[i]), _mix(run, ledger.targets[i - 1]) if i else "", _mix(run, ledger.targets[i])]
        for i in latest.tolist()
    ]
    caption = f"Target weights: the latest {len(latest)} of {len(changed):,} changes, newest first"
    return table(caption, columns, rows=rows, stamps=run.stamps)


def _mix(run: Run, targets: Float64) -> str:
    """Return target weights in words, largest first: ``80% large and 20% mid``."""
    rest = max(0.0, 1.0 - float(targets.sum())) if run.ledger.financing is None else 0.0
    parts = [*zip(run.ledger.assets, targets.tolist(), strict=True), (CASH, rest)]
    weights = sorted(parts, key=lambda part: -part[1])
    said = [f"{percent(w, 1 if round(1000 * w) % 10 else 0)} {name}" for name, w in weights if abs(w) > DUST]
    return listing(said if len(said) <= MOST_NAMES else few(said, MOST_NAMES // 2))
