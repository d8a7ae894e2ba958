"""Factor exposures: what of the account's months the factors explain, what they leave, and how exposures moved."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from markupsafe import Markup

from fedcycle.backtests.analysis.factor_exposure import FactorMonths, factor_block, factor_months, rolling
from fedcycle.backtests.core.format import DASH, p_value, percent, pp, sentence, signed
from fedcycle.backtests.core.ledger import measured
from fedcycle.backtests.runs.storage import Run
from fedcycle.backtests.statistics.factor_regression import FEWEST
from fedcycle.backtests.tearsheet import charts, cycle_shading, headings
from fedcycle.backtests.tearsheet.definitions import Term, explained
from fedcycle.backtests.tearsheet.markup import Column, chart, table
from fedcycle.backtests.tearsheet.section import Section
from fedcycle.data.market import Market

TITLE = "Factor exposures"
PLACE = 130
CALENDAR = "factor-months"
NOTE = (
    "Least squares of complete months over bills; 95% intervals allow for autocorrelation (Newey-West). Size is SMB "
    "of the three-factor file. Factors are long one portfolio and short another, without costs: nobody could hold "
    "them so. A small exposure with a wide interval is not a zero."
)


def section(run: Run, market: Market) -> Section | None:
    """Return the regression of a run's months on its market's factors; None where the market has none."""
    ledger = run.ledger.measured()
    sessions, benchmark = ledger.sessions, measured(run.benchmark_value, run.ledger.first_fill)
    # A run stored before it had the regression in its numbers has it computed here.
    found = run.summary.get("factors") or factor_block(market, sessions, value=ledger.value, benchmark=benchmark)
    if not found["factors"]:
        return None
    own = found["account"]
    if own["reason"] is not None:
        return Section(TITLE, sentence(f"No regression: {own['reason']}"), Markup())
    held = factor_months(market, sessions, ledger.value)
    return Section(TITLE, _finding(found), _table(run, found) + _chart(run, market, held))


def _finding(found: Mapping[str, Any]) -> str:
    own = found["account"]
    alpha = own["alpha"]
    clear = "not told from zero" if alpha["low"] <= 0 <= alpha["high"] else "zero is outside"
    return sentence(
        f"The factors explain {percent(own['r_squared'], 0)} of the account's months; they leave an alpha of "
        f"{pp(alpha['estimate'])} a year ({pp(alpha['low'])} to {pp(alpha['high'])}, {clear}; n = {own['n']} months)"
    )


def _table(run: Run, found: Mapping[str, Any]) -> Markup:
    columns = [Column("", "text"), Column(run.name), Column("95% interval"), Column("p")]
    columns += [Column(f"Benchmark, {run.benchmark}"), Column("95% interval of that"), Column("p, benchmark")]
    accounts = [found["account"], found["benchmark"]]
    rows = [[explained("alpha, pp a year"), *(cell for told in accounts for cell in _alpha(told))]]
    for name in found["factors"]:
        rows.append(
            [
                Term(f"exposure to {name}", headings.EXPOSURE),
                *(cell for told in accounts for cell in _exposure(told, name)),
            ]
        )
    shares = [percent(told["r_squared"]) if told["r_squared"] is not None else DASH for told in accounts]
    rows.append([explained("R²"), shares[0], "", "", shares[1], "", ""])
    missing = f" Not in this market: {', '.join(found['missing'])}." if found["missing"] else ""
    span = f"{found['first']} to {found['last']}"
    note = NOTE + missing
    return table(f"Monthly returns over bills on factors, {span}", columns, rows=rows, stamps=run.stamps, note=note)


def _alpha(told: Mapping[str, Any]) -> list[str]:
    alpha = told["alpha"]
    if alpha is None:
        return [DASH, DASH, DASH]
    return [pp(alpha["estimate"], 2), f"{pp(alpha['low'], 2)} to {pp(alpha['high'], 2)}", p_value(alpha["p"])]


def _exposure(told: Mapping[str, Any], name: str) -> list[str]:
    each = told["exposures"].get(name)
    if each is None:
        return [DASH, DASH, DASH]
    return [signed(each["estimate"]), f"{signed(each['low'])} to {signed(each['high'])}", p_value(each["p"])]


def _chart(run: Run, market: Market, held: FactorMonths) -> Markup:
    traces = [
        charts.line(name, values, colour=f"--asset-{k % 9}", x=CALENDAR, panel="y", hover="{:+.2f}", dash=_dash(k))
        for k, (name, values) in enumerate(rolling(held))
    ]
    figure = charts.over_time(
        traces,
        axes={"y": charts.axis("exposure", zero_line=True, ticks=6)},
        bands=cycle_shading.bands(run, market),
        labels=cycle_shading.labels(run, market),
        calendars={CALENDAR: charts.calendar(held.months)},
    )
    return chart(
        "factors",
        f"Exposures of {run.name} over the {FEWEST} months before, by factor",
        figure=figure,
        stamps=run.stamps,
        height=360,
        key=cycle_shading.key(run, market),
        zooms=cycle_shading.zooms(run, market),
        note=f"Each point is a regression of {FEWEST} months on all factors together; months shared by two points make "
        "them alike.",
    )


def _dash(k: int) -> str:
    return ("solid", "dash", "dot", "dashdot", "longdash", "longdashdot")[k % 6]
