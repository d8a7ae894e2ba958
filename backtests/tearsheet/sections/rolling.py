"""Rolling risk and relative strength: active return, volatility, beta and ratios over a year at a time."""

from __future__ import annotations

from typing import Any

import numpy as np
from markupsafe import Markup

from fedcycle.backtests import statistics
from fedcycle.backtests.core.format import counted, percent, plain, pp, sentence
from fedcycle.backtests.runs.storage import Run
from fedcycle.backtests.statistics import Bills, Returns
from fedcycle.backtests.statistics.frequency import frequency_of
from fedcycle.backtests.tearsheet import charts, cycle_shading
from fedcycle.backtests.tearsheet.markup import chart
from fedcycle.backtests.tearsheet.section import Section
from fedcycle.data.market import Market
from fedcycle.data.typing import Float64

TITLE = "Rolling risk and relative strength"
PLACE = 70


def section(run: Run, market: Market) -> Section:
    """Return the run a year at a time against its benchmark."""
    n, window = len(run.ledger.sessions), window_of(run)
    if n <= window:
        short = f"The run has {counted(n, 'session')}; a window of {window} returns needs {window + 1}"
        return Section(TITLE, sentence(short), Markup())
    lead = lead_over_window(run.ledger.value, run.benchmark_value, window)
    own, other = (_volatility(run, level) for level in (run.ledger.value, run.benchmark_value))
    html = chart(
        "rolling",
        f"Over the {window} sessions before each close: return less that of {run.benchmark}, pp; "
        "volatility, percent a year; beta",
        figure=_figure(run, market, lead=lead, volatility=(own, other)),
        stamps=run.stamps,
        height=560,
        key=cycle_shading.key(run, market),
        zooms=cycle_shading.zooms(run, market),
        note="Neighbouring windows share almost all of their sessions, so a long stretch ahead is one fact, not many.",
    )
    return Section(TITLE, _finding(run, lead, own), html + _ratios(run, market))


def window_of(run: Run) -> int:
    """Return the sessions of a window: those that count as a year, 252 of days, 52 of weeks, 12 of months."""
    return frequency_of(run.ledger.sessions).per_year


def lead_over_window(value: Float64, benchmark: Float64, window: int) -> Float64:
    """Return the return over the last ``window`` sessions less the benchmark's, (T,) fraction; NaN before, or from 0.

    Examples
    --------
    >>> lead_over_window(np.array([100.0, 110.0, 121.0]), np.array([100.0, 100.0, 100.0]), 2).round(9).tolist()
    [nan, nan, 0.21]
    """
    out = np.full(len(value), np.nan)
    if len(value) > window:
        own, theirs = (_growth(level, window) for level in (value, benchmark))
        out[window:] = own - theirs
    return out


def _growth(level: Float64, window: int) -> Float64:
    base = level[:-window]
    return np.asarray(np.divide(level[window:], base, out=np.full(len(base), np.nan), where=base > 0))


def _volatility(run: Run, level: Float64) -> Float64:
    """Return the rolling volatility at each close, (T,) fraction a year; NaN before a window is full."""
    returns = Returns.of_level(level, run.ledger.sessions)
    return np.concatenate([[np.nan], statistics.rolling_volatility(returns, window_of(run))])


def _pair(run: Run) -> tuple[Returns, Returns]:
    """Return the daily returns of the account and of its benchmark."""
    sessions = run.ledger.sessions
    return Returns.of_level(run.ledger.value, sessions), Returns.of_level(run.benchmark_value, sessions)


def _bills(run: Run, market: Market) -> Bills | None:
    """Return the returns of bills; None where the market has none throughout."""
    sessions = run.ledger.sessions
    if "bills" not in market.assets:
        return None
    level = market.marks[np.searchsorted(market.sessions, sessions), market.column("bills")]
    own = Returns.of_level(run.ledger.value, sessions)
    known = bool(np.isfinite(level).all())
    return Bills.beside(own, level, name="bills") if known else None


def _beta(run: Run, market: Market) -> Float64 | None:
    """Return the rolling beta to the benchmark at each close, (T,); None where the market has no bills throughout."""
    bills = _bills(run, market)
    if bills is None:
        return None
    own, other = _pair(run)
    return np.concatenate([[np.nan], statistics.rolling_beta(own, other, bills=bills, window=window_of(run))])


def _ratios(run: Run, market: Market) -> Markup:
    """Return the rolling Sharpe ratios of both, where there are bills, and the rolling information ratio."""
    (own, other), bills = _pair(run), _bills(run, market)
    ratio = np.concatenate([[np.nan], statistics.rolling_information_ratio(own, other, window=window_of(run))])
    traces, axes = [], {}
    top = 0.0 if bills is None else 0.54
    if bills is not None:
        look: dict[str, Any] = {"hover": "{:.2f}"}
        for name, returns, line in (
            (run.benchmark, other, {"colour": "--benchmark", "dash": "dash", "width": 1.3}),
            (run.name, own, {"colour": "--own"}),
        ):
            rolled = np.concatenate([[np.nan], statistics.rolling_sharpe(returns, bills, window=window_of(run))])
            traces.append(charts.line(f"Sharpe ratio of {name}", rolled, panel="y2", **line, **look))
        axes["y2"] = charts.axis("Sharpe ratio", domain=[0, 0.46], zero_line=True, ticks=6)
    traces.insert(
        0,
        charts.line(f"information ratio against {run.benchmark}", ratio, colour="--lead", width=1.4, hover="{:+.2f}"),
    )
    axes = {"y": charts.axis("information ratio", domain=[top, 1], zero_line=True, ticks=6), **axes}
    bands, labels = cycle_shading.bands(run, market), cycle_shading.labels(run, market)
    return chart(
        "rolling-ratios",
        f"Over the {window_of(run)} sessions before each close: information ratio against {run.benchmark}"
        + ("" if bills is None else f"; Sharpe ratios of {run.name} and of {run.benchmark}"),
        figure=charts.over_time(traces, axes=axes, bands=bands, labels=labels),
        stamps=run.stamps,
        height=420,
        key=cycle_shading.key(run, market),
        zooms=cycle_shading.zooms(run, market),
        note="A gap is a window in which the account held its benchmark, or never moved.",
    )


def _finding(run: Run, lead: Float64, volatility: Float64) -> str:
    known, days = np.flatnonzero(np.isfinite(lead)), run.ledger.sessions
    if not known.size:
        return sentence(f"The account was lost before {window_of(run)} sessions had passed")
    ahead = float((lead[known] > 0).mean())
    best, worst = int(known[lead[known].argmax()]), int(known[lead[known].argmin()])
    said = f"Over {window_of(run)} sessions the run was ahead of {run.benchmark} at {percent(ahead, 0)} of the closes, "
    said += f"by {pp(float(lead[best]))} at best ({days[best]}) and {pp(float(lead[worst]))} at worst "
    said += f"({days[worst]})"
    moved = volatility[np.isfinite(volatility)]
    if moved.size:
        said += f"; its volatility went from {percent(float(moved.min()))} to {percent(float(moved.max()))} a year"
    return sentence(said)


def _figure(run: Run, market: Market, *, lead: Float64, volatility: tuple[Float64, Float64]) -> charts.Figure:
    own, other = volatility
    beta = _beta(run, market)
    low = 0.36 if beta is not None else 0.0
    dash: dict[str, Any] = {"colour": "--benchmark", "dash": "dash", "width": 1.3}
    traces = [
        charts.line(
            f"active return against {run.benchmark}",
            100 * lead,
            colour="--lead",
            width=1.4,
            fill="zero",
            fill_colour="--lead-fill",
            hover="{:+.1f} pp",
        ),
        charts.line(f"volatility of {run.benchmark}", 100 * other, **dash, panel="y2", hover="{:.1f}%"),
        charts.line(f"volatility of {run.name}", 100 * own, colour="--own", panel="y2", hover="{:.1f}%"),
    ]
    axes = {
        "y": charts.axis("active, pp", domain=[low + 0.36, 1], zero_line=True, ticks=6),
        "y2": charts.axis("volatility", domain=[low, low + 0.28], suffix="%", from_zero=True, ticks=5),
    }
    if beta is not None:
        look: dict[str, Any] = {"colour": "--spread", "dash": "dot", "width": 1.5, "panel": "y3"}
        traces.append(charts.line(f"beta to {run.benchmark} ({_last(beta)} now)", beta, hover="{:.2f}", **look))
        axes["y3"] = charts.axis("beta", domain=[0, 0.28], ticks=5)
    bands, labels = cycle_shading.bands(run, market), cycle_shading.labels(run, market)
    return charts.over_time(traces, axes=axes, bands=bands, labels=labels)


def _last(values: Float64) -> str:
    return plain(float(values[-1])) if np.isfinite(values[-1]) else "none"
