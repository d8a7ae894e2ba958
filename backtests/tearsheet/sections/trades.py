"""Trades: which holdings made or lost the lead over the benchmark, spell by spell, and the fills behind them."""

from __future__ import annotations

import numpy as np
from markupsafe import Markup

from fedcycle.backtests.analysis.holding_periods import HoldingPeriod, holding_periods
from fedcycle.backtests.analysis.measured_run import row_of
from fedcycle.backtests.core.format import count, counted, dollars, percent, sentence, signed_percent
from fedcycle.backtests.runs.storage import TRADES, Run
from fedcycle.backtests.tearsheet import charts, cycle_shading
from fedcycle.backtests.tearsheet.markup import Column, chart, table
from fedcycle.backtests.tearsheet.section import Section
from fedcycle.data.market import Market
from fedcycle.data.typing import Float64

TITLE = "Trades"
SHOWN = 10
CALENDAR = "spells"
LEVEL = 2e-3
"""A lead under 0.2% is little more than the costs of the trade, and no verdict on it."""
DAY_MS = 86_400_000


def section(run: Run, market: Market) -> Section:
    """Return the spells between changes of what was held, and the latest fills."""
    found = holding_periods(run, market)
    html = _chart(run, market, found) if len(found) > 1 else Markup()
    return Section(TITLE, _finding(run, found), html + _table(run, found) + _fills(run))


def _finding(run: Run, found: list[HoldingPeriod]) -> str:
    fills = counted(len(run.ledger.trades), "fill")
    if not found:
        return sentence(f"{fills}; the account has no spell of holding that could be judged")
    told = [spell for spell in found if abs(spell.lead) >= LEVEL]
    if not told:
        spell = found[0] if len(found) == 1 else max(found, key=lambda one: one.end - one.start)
        return sentence(f"{fills}; no spell led or lagged {run.benchmark} by 0.2%: {spell.held} was held longest")
    won, best, worst = sum(s.lead > 0 for s in told), max(told, key=_lead), min(told, key=_lead)
    said = f"{fills} made {count(len(found), 'spell')} of holding, {len(told)} of them 0.2% or more away from "
    said += f"{run.benchmark}, and {won} of those ahead; best {_named(run, best)}"
    return sentence(said if best is worst else f"{said}, worst {_named(run, worst)}")


def _lead(spell: HoldingPeriod) -> float:
    return spell.lead


def _named(run: Run, spell: HoldingPeriod) -> str:
    days = run.ledger.sessions
    return f"{spell.held} from {days[spell.start]} to {days[spell.end]} ({signed_percent(spell.lead)})"


def _chart(run: Run, market: Market, found: list[HoldingPeriod]) -> Markup:
    days = run.ledger.sessions
    start, end = (days[[getattr(spell, side) for spell in found]].astype(np.int64) for side in ("start", "end"))
    # A bar stands on the middle of its spell and is as wide as it lasted.
    middle = ((start + end) // 2).astype("datetime64[D]")
    lead = 100 * np.array([spell.lead for spell in found])
    data = [_bars(found, asset, lead=lead, width=(end - start) * DAY_MS, market=market) for asset in _held(found)]
    figure = charts.over_time(
        data,
        axes={"yaxis": charts.axis(f"lead over {run.benchmark}", ticksuffix="%", zeroline=True, nticks=7)},
        bands=cycle_shading.ribbon(run, market),
        labels=[{**label, "y": 1.045} for label in cycle_shading.labels(run, market)],
        calendars={CALENDAR: charts.calendar(middle)},
    )
    figure["layout"]["barmode"] = "overlay"
    return chart(
        "trades",
        f"Lead over {run.benchmark} within each spell, percent; a bar is as wide as the spell was long",
        figure=figure,
        stamps=run.stamps,
        height=320,
        key=cycle_shading.key(run, market)[:2],
        zooms=cycle_shading.zooms(run, market),
        note="A spell ends where other target weights are filled. Bars are told apart by their largest holding. Costs "
        "are in; the leads multiply up.",
    )


def _held(found: list[HoldingPeriod]) -> list[str]:
    return list(dict.fromkeys(spell.asset for spell in found))


def _bars(
    found: list[HoldingPeriod],
    asset: str,
    *,
    lead: Float64,
    width: np.ndarray[tuple[int], np.dtype[np.int64]],
    market: Market,
) -> charts.Figure:
    mine = np.array([spell.asset == asset for spell in found])
    colour = f"--asset-{market.column(asset) % 10}" if asset in market.assets else "--cash"
    bars = charts.bars(
        f"mostly {asset}", CALENDAR, height=np.where(mine, lead, np.nan), colour=colour, hovertemplate="%{y:+.1f}%"
    )
    pattern = {"shape": ("", "/", ".", "x", "-")[_held(found).index(asset) % 5], "fgcolor": "--pattern", "size": 6}
    outline = {"width": 0.6, "color": colour}
    marker = {"color": colour, "line": outline, "pattern": {**pattern, "bgcolor": colour, "solidity": 0.15}}
    return {**bars, "width": width.tolist(), "marker": marker}


def _table(run: Run, found: list[HoldingPeriod]) -> Markup:
    if not found:
        return Markup()
    days = run.ledger.sessions
    largest = sorted(found, key=lambda spell: -abs(spell.lead))[:SHOWN]
    columns = [
        Column("Held at its start", "text"),
        Column("From the close of", "text day"),
        Column("To the close of", "text day"),
        Column("Sessions"),
        Column("Account"),
        Column(run.benchmark),
        Column("Lead, %", "signed"),
    ]
    rows = [
        [
            spell.held,
            str(days[spell.start]),
            str(days[spell.end]) + (" (last)" if spell.end == len(days) - 1 else ""),
            f"{spell.end - spell.start:,}",
            signed_percent(spell.own),
            signed_percent(spell.other),
            signed_percent(spell.lead).removesuffix("%"),
        ]
        for spell in largest
    ]
    which = "All spells" if len(found) <= SHOWN else f"The {SHOWN} of {len(found):,} spells that mattered most"
    return table(f"{which}, the largest lead or lag first", columns, rows=rows, stamps=run.stamps)


def _fills(run: Run) -> Markup:
    ledger, trades = run.ledger, run.ledger.trades
    if not len(trades):
        return Markup()
    columns = [
        Column("Filled at the close of", "text day"),
        Column("Decided at the close of", "text day"),
        Column("Asset", "text"),
        Column("Bought or sold", "text"),
        Column("Worth, USD"),
        Column("Share of value"),
        Column("Cost, USD"),
    ]
    latest = list(range(len(trades)))[-SHOWN:][::-1]
    rows = []
    for i in latest:
        worth = float(trades.units[i] * trades.price[i])
        value = float(ledger.value[row_of(ledger.sessions, trades.filled_on[i])])
        rows.append(
            [
                str(trades.filled_on[i]),
                str(trades.decided_on[i]),
                ledger.assets[int(trades.asset[i])],
                "bought" if worth > 0 else "sold",
                dollars(abs(worth)),
                percent(abs(worth) / value) if value > 0 else percent(None),
                dollars(float(trades.cost[i])),
            ]
        )
    caption = f"The latest {len(latest)} of {counted(len(trades), 'fill')}, newest first; all are in {TRADES}"
    return table(caption, columns, rows=rows, stamps=run.stamps)
