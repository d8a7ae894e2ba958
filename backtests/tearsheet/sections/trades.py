"""Trades: the relative return of each holding period, and every fill, with a CSV to save."""

from __future__ import annotations

import numpy as np
from markupsafe import Markup

from fedcycle.backtests.analysis.holding_periods import HoldingPeriod, holding_periods
from fedcycle.backtests.analysis.trade_list import fills
from fedcycle.backtests.core.format import (
    count,
    counted,
    money,
    money_sign,
    percent,
    plain,
    sentence,
    signed_percent,
)
from fedcycle.backtests.runs.storage import TRADES, Run
from fedcycle.backtests.tearsheet import charts, cycle_shading
from fedcycle.backtests.tearsheet.definitions import Term
from fedcycle.backtests.tearsheet.markup import Column, as_json, chart, fragment, table
from fedcycle.backtests.tearsheet.packed_fills import packed_fills
from fedcycle.backtests.tearsheet.section import Section
from fedcycle.data.market import Market
from fedcycle.data.typing import Float64

TITLE = "Trades"
PLACE = 160
SHOWN = 10
FILL_HEADINGS = {
    "Filled on": "",
    "Decided on": "",
    "Asset": "",
    "Bought or sold": "",
    "Units": "Units of the asset's index or shares, without sign.",
    "Price, {currency}": "Of a unit, before slippage.",
    "Worth": "Units times price.",
    "Share of value": "Worth as a share of the account's value at the close of the fill.",
    "Cost": "Commission and slippage of the fill.",
}
"""Headings of the list of fills, and what their figures are."""
FIRST = 20
"""Fills that stand in the page as rows, for where no script runs and for paper."""
LISTED = 500
"""Fills that the table has once it is in sight."""
SAVED, FEWER = 4_000, 1_000
"""Fills up to which the CSV has them all, about 170 kB of the page; of more it has fewer."""
TOLD_APART = 8
"""Largest holdings that bars are told apart by; of more no bar says its own."""
ANY = "any asset"
CALENDAR = "periods"
LEVEL = 2e-3
"""A relative return under 0.2% is little more than the costs of the trade, and no verdict on it."""
DAY_MS = 86_400_000


def section(run: Run, market: Market) -> Section:
    """Return the holding periods between changes of what was held, and every fill."""
    found = holding_periods(run, market)
    html = _chart(run, market, found) if len(found) > 1 else Markup()
    return Section(TITLE, _finding(run, found), html + _table(run, found) + _fills(run))


def _finding(run: Run, found: list[HoldingPeriod]) -> str:
    done = counted(len(run.ledger.trades), "fill")
    if not found:
        return sentence(f"{done}; the account has no holding period that could be judged")
    told = [period for period in found if abs(period.lead) >= LEVEL]
    if not told:
        period = found[0] if len(found) == 1 else max(found, key=lambda one: one.end - one.start)
        return sentence(f"{done}; no holding period was 0.2% from {run.benchmark}: {period.held} was held longest")
    won, best, worst = sum(s.lead > 0 for s in told), max(told, key=_lead), min(told, key=_lead)
    said = f"{done} made {count(len(found), 'holding period')}, {len(told)} of them 0.2% or more away from "
    said += f"{run.benchmark}, and {won} of those ahead; best {_named(run, best)}"
    return sentence(said if best is worst else f"{said}, worst {_named(run, worst)}")


def _lead(period: HoldingPeriod) -> float:
    return period.lead


def _named(run: Run, period: HoldingPeriod) -> str:
    days = run.ledger.sessions
    return f"{period.held} from {days[period.start]} to {days[period.end]} ({signed_percent(period.lead)})"


def _chart(run: Run, market: Market, found: list[HoldingPeriod]) -> Markup:
    days = run.ledger.sessions
    start, end = (days[[getattr(period, side) for period in found]].astype(np.int64) for side in ("start", "end"))
    # A bar stands on the middle of its period and is as wide as it lasted.
    middle = ((start + end) // 2).astype("datetime64[D]")
    lead = 100 * np.array([period.lead for period in found])
    held, width = _held(found), end - start
    data = [_bars(held, place, lead=lead, width=width, market=market) for place in range(len(set(held)))]
    figure = charts.over_time(
        data,
        axes={"y": charts.axis("relative return", suffix="%", zero_line=True, ticks=7)},
        bands=cycle_shading.ribbon(run, market),
        labels=cycle_shading.labels(run, market),
        calendars={CALENDAR: charts.calendar(middle)},
    )
    return chart(
        "trades",
        f"Relative return against {run.benchmark} in each holding period, percent; a bar is as wide as it was long",
        figure=figure,
        stamps=run.stamps,
        height=320,
        key=cycle_shading.key(run, market)[:2],
        zooms=cycle_shading.zooms(run, market),
        note="A holding period ends where other target weights are filled. "
        + ("" if ANY in held else "Bars are told apart by their largest holding. ")
        + "Costs are in; relative returns multiply up to the whole.",
    )


def _held(found: list[HoldingPeriod]) -> list[str]:
    """Return the largest holding of each period; where these are too many to be told apart, ``ANY`` for all."""
    held = [period.asset for period in found]
    return held if len(set(held)) <= TOLD_APART else [ANY] * len(held)


def _bars(
    held: list[str], place: int, *, lead: Float64, width: np.ndarray[tuple[int], np.dtype[np.int64]], market: Market
) -> charts.Figure:
    """Return the bars of the periods of one holding, by its place among those there are."""
    asset = list(dict.fromkeys(held))[place]
    mine = np.array([one == asset for one in held])
    colour = f"--asset-{market.column(asset) % 10}" if asset in market.assets else "--own" if asset == ANY else "--cash"
    return charts.bars(
        "relative return" if asset == ANY else f"mostly {asset}",
        CALENDAR,
        height=np.where(mine, lead, np.nan),
        colour=colour,
        hover="{:+.1f}%",
        days=width.tolist(),
        pattern=("", "/", ".", "x", "-")[place % 5],
    )


def _table(run: Run, found: list[HoldingPeriod]) -> Markup:
    if not found:
        return Markup()
    days = run.ledger.sessions
    largest = sorted(found, key=lambda period: -abs(period.lead))[:SHOWN]
    columns = [
        Column("Held at its start", "text"),
        Column("From the close of", "text day"),
        Column("To the close of", "text day"),
        Column("Sessions"),
        Column("Account"),
        Column(run.benchmark),
        Column("Relative return, %", "signed"),
    ]
    rows = [
        [
            period.held,
            str(days[period.start]),
            str(days[period.end]) + (" (last)" if period.end == len(days) - 1 else ""),
            f"{period.end - period.start:,}",
            signed_percent(period.own),
            signed_percent(period.benchmark),
            signed_percent(period.lead).removesuffix("%"),
        ]
        for period in largest
    ]
    most = f"The {SHOWN} of {len(found):,} holding periods that mattered most"
    which = most if len(found) > SHOWN else "All holding periods"
    return table(f"{which}, furthest from {run.benchmark} first", columns, rows=rows, stamps=run.stamps)


def _fills(run: Run) -> Markup:
    """Return the fills, newest first, and a link that saves them as CSV out of the page itself."""
    made = fills(run.ledger)
    if not made:
        return Markup()
    every = len(made)
    latest = every if every <= SAVED else FEWER
    listed = min(latest, LISTED)
    rows = [
        [
            fill.filled_on,
            fill.decided_on,
            fill.asset,
            "bought" if fill.units > 0 else "sold",
            plain(abs(fill.units), 2),
            plain(fill.price_usd, 2),
            money(fill.worth_usd, run.currency),
            percent(fill.share_of_value),
            money(fill.cost_usd, run.currency),
        ]
        for fill in made[-FIRST:][::-1]
    ]
    which = counted(every, "fill") if listed == every else f"The latest {listed} of {every:,} fills"
    kept = f"all {every:,} are in {TRADES} of the run's folder"
    return fragment(
        "fills.html",
        caption=f"{which}, newest first",
        headings=[Term(heading.format(currency=run.currency), tip) for heading, tip in FILL_HEADINGS.items()],
        rows=rows,
        stamps=run.stamps,
        listed=listed,
        packed=as_json(packed_fills(run.ledger, latest=latest) | {"listed": listed, "sign": money_sign(run.currency)}),
        cut=f"On paper, and where no script runs, the latest {FIRST} are shown; {kept}." if every > FIRST else "",
        file=f"{run.id}-fills.csv",
        said=f"Save {'all' if latest == every else 'the latest'} {counted(latest, 'fill')} as CSV",
        more="" if latest == every else f"; {kept}",
    )
