"""Rate sensitivity: how the account and its benchmark go with the 10-year yield, and how well that is known."""

from __future__ import annotations

from dataclasses import fields
from typing import Any

import numpy as np
from markupsafe import Markup

from fedcycle.backtests.analysis.rolling_regression import RollingRegression, rolling_regression, yield_changes
from fedcycle.backtests.core.format import counted, sentence, signed, signed_percent
from fedcycle.backtests.runs.storage import Run
from fedcycle.backtests.tearsheet import charts, cycle_shading
from fedcycle.backtests.tearsheet.markup import chart
from fedcycle.backtests.tearsheet.section import Section
from fedcycle.data.market import Market
from fedcycle.data.typing import Days, Float64, Int64

TITLE = "Rate sensitivity"
PLACE = 120
YIELD = "DGS10"
WINDOW = 126
"""Pairs of a window, about half a year: the window that the rules' own correlation uses unless told otherwise."""
CALENDAR = "pairs"
WEEK = 5


def section(run: Run, market: Market) -> Section:
    """Return how the run moves with the 10-year Treasury yield."""
    rows, changes = yield_changes(market, YIELD, run.ledger.sessions)
    if len(rows) < WINDOW:
        short = f"The market and the run share {counted(len(rows), 'change')} of the 10-year yield; {WINDOW} are needed"
        return Section(TITLE, sentence(short), Markup())
    own, other = (_returns(level)[rows] for level in (run.ledger.value, run.benchmark_value))
    rolled, theirs = rolling_regression(own, changes, WINDOW), rolling_regression(other, changes, WINDOW)
    whole = rolling_regression(own, changes, len(own))
    html = chart(
        "rates",
        f"Over {WINDOW} sessions: correlation of returns with changes of the 10-year Treasury yield; below, return for "
        "each +10 basis points, percent; the band is the 95% interval",
        figure=_figure(run, market, rows=rows, links=(rolled, theirs)),
        stamps=run.stamps,
        height=480,
        key=cycle_shading.key(run, market),
        zooms=cycle_shading.zooms(run, market),
        note="Drawn once a week. A session's return is paired with the yield's change since the last session that has "
        "one. Intervals take sessions as independent with even spread, which they are not quite: read the band as too "
        "narrow.",
    )
    return Section(TITLE, _finding(rolled, whole=whole, days=run.ledger.sessions[rows]), html)


def _returns(level: Float64) -> Float64:
    """Return each session's return on the one before, (T,) fraction; 0 at the first and from a lost account."""
    before = np.concatenate([level[:1], level[:-1]])
    return np.asarray(np.divide(level, before, out=np.ones(len(level)), where=before > 0) - 1.0)


def _finding(rolled: RollingRegression, *, whole: RollingRegression, days: Days) -> str:
    known = np.flatnonzero(np.isfinite(rolled.correlation))
    if not known.size or not np.isfinite(whole.beta[-1]):
        return sentence(f"The account never moved over {counted(len(days), 'session')}, so it goes with no yield")
    beta, low, high = (0.1 * float(x[-1]) for x in (whole.beta, whole.beta_low, whole.beta_high))
    clear = "" if low * high > 0 else ", an interval that includes no link at all"
    said = f"A day with the 10-year yield up 10 basis points went with {signed_percent(beta, 2)} on the account "
    said += f"({signed_percent(low, 2)} to {signed_percent(high, 2)}{clear})"
    last, least = int(known[-1]), int(known[rolled.correlation[known].argmin()])
    now = f"{signed(float(rolled.correlation[last]))} ({_ends(rolled, last)})"
    lowest = f"lowest {signed(float(rolled.correlation[least]))} on {days[least]}"
    return sentence(f"{said}; the {WINDOW}-session correlation ended at {now}, {lowest}")


def _ends(rolled: RollingRegression, at: int) -> str:
    return f"{signed(float(rolled.low[at]))} to {signed(float(rolled.high[at]))}"


def _figure(
    run: Run, market: Market, *, rows: Int64, links: tuple[RollingRegression, RollingRegression]
) -> charts.Figure:
    # Every fifth pair, and the last: a window of 126 hardly moves in a week, and eight daily lines weigh much.
    drawn = np.unique(np.append(np.arange(0, len(rows), WEEK), len(rows) - 1))
    own, other = (_chosen(link, drawn) for link in links)
    traces = [
        *_panel(run, (own.low, own.correlation, own.high), theirs=other.correlation, axis="y", digits="{:+.2f}"),
        *_panel(
            run,
            (10 * own.beta_low, 10 * own.beta, 10 * own.beta_high),
            theirs=10 * other.beta,
            axis="y2",
            digits="{:+.2f}%",
        ),
    ]
    axes = {
        "y": charts.axis("correlation", domain=[0.54, 1], zero_line=True, ticks=6),
        "y2": charts.axis("per +10 bp", domain=[0, 0.44], suffix="%", zero_line=True, ticks=6),
    }
    bands, labels = cycle_shading.bands(run, market), cycle_shading.labels(run, market)
    calendars = {CALENDAR: charts.calendar(run.ledger.sessions[rows[drawn]])}
    return charts.over_time(traces, axes=axes, bands=bands, labels=labels, calendars=calendars)


def _chosen(link: RollingRegression, at: Int64) -> RollingRegression:
    """Return some of the answers of a rolling regression."""
    return RollingRegression(*(getattr(link, field.name)[at] for field in fields(link)))


def _panel(
    run: Run, band: tuple[Float64, Float64, Float64], *, theirs: Float64, axis: str, digits: str
) -> list[charts.Figure]:
    """Return one panel: the benchmark's line, the run's band and its line on top."""
    low, middle, high = band
    first = axis == "y"
    quiet: dict[str, Any] = {"x": CALENDAR, "panel": axis, "quiet": True, "listed": False}
    edge: dict[str, Any] = {"colour": "--own-fill", "width": 0.0}
    return [
        charts.line("", low, **edge, **quiet),
        charts.line(
            "95% interval", high, **edge, **{**quiet, "listed": first}, fill="before", fill_colour="--own-fill"
        ),
        charts.line(
            run.benchmark,
            theirs,
            colour="--benchmark",
            dash="dash",
            width=1.1,
            x=CALENDAR,
            panel=axis,
            listed=first,
            hover=digits,
        ),
        charts.line(run.name, middle, colour="--own", x=CALENDAR, panel=axis, listed=first, hover=digits),
    ]
