"""The page of two runs that differ: the gap and its parts in one chart, what parts them, keys and trades."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from markupsafe import Markup

from fedcycle.backtests.core.format import (
    DASH,
    count,
    counted,
    money,
    money_words,
    plain,
    points,
    sentence,
    signed,
    signed_percent,
    stamped,
)
from fedcycle.backtests.runs.storage import Run
from fedcycle.backtests.tearsheet import charts, cycle_shading, stills
from fedcycle.backtests.tearsheet.markup import Column, chart, table
from fedcycle.backtests.tearsheet.page import document
from fedcycle.backtests.tearsheet.section import RenderedSection, Section, render_section
from fedcycle.backtests.tearsheet.warnings import warning
from fedcycle.data.manifest import DOLLARS
from fedcycle.data.market import Market
from fedcycle.data.typing import Days, Float64

SHOWN = 20
DASHES = ("solid", "dash", "dot", "dashdot", "longdash")


@dataclass(frozen=True, eq=False)
class RunDiffPage:
    """What the page shows of two runs.

    Parameters
    ----------
    a, b : the runs
    market : the market of both
    sessions : (T,) days that both have
    lead : (T,) fraction, how far the first is ahead
    running : asset or ``costs`` -> (T,) US dollars added to the gap by each close
    document : the JSON document of the difference
    """

    a: Run
    b: Run
    market: Market
    sessions: Days
    lead: Float64
    running: Mapping[str, Float64]
    document: Mapping[str, Any]

    def label(self, run: Run) -> str:
        """Return what the page calls a run."""
        name = run.id if self.a.name == self.b.name else run.name
        return stamped(name, run.stamps)


def render(parting: RunDiffPage) -> str:
    """Return the page: one HTML file, the same bytes for the same runs."""
    a, b, days = parting.label(parting.a), parting.label(parting.b), parting.sessions
    parts: Sequence[tuple[str, str, Callable[[RunDiffPage], Section]]] = (
        ("gap", "The gap", gap),
        ("keys", "Keys that differ", keys),
        ("trades", "Trades only in one", trades),
    )
    places = [_written(anchor, title, make=make, parting=parting) for anchor, title, make in parts]
    return document(
        title=f"{a} against {b} · fedcycle",
        description=f"Where {parting.a.id} and {parting.b.id} part, {days[0]} to {days[-1]}",
        kicker=f"fedcycle difference · {days[0]} to {days[-1]} · runs {parting.a.id} and {parting.b.id}",
        heading=f"{a} against {b}",
        question=warning([*parting.a.stamps, *parting.b.stamps]),
        stamps=(),
        places=[place for place in places if place is not None],
        sessions=days,
    )


def _written(
    anchor: str, title: str, *, make: Callable[[RunDiffPage], Section], parting: RunDiffPage
) -> RenderedSection | None:
    return render_section(anchor, title, make=lambda: make(parting), page="the difference")


def gap(parting: RunDiffPage) -> Section:
    """Return the gap, how it grew, and its parts by kind, by asset and by cycle."""
    gap = parting.document["gap"]
    a, b = parting.label(parting.a), parting.label(parting.b)
    drawing = _figure(parting)
    drawn = chart(
        "gap",
        f"Lead of {a} over {b}, percent; below, what each asset and the costs have added to the gap, "
        f"{money_words(gap['currency'])}",
        figure=drawing,
        stamps=(),
        height=520,
        key=cycle_shading.key(parting.a, parting.market),
        zooms=cycle_shading.zooms(parting.a, parting.market),
        note=f"Both begin with {money(gap['capital_usd'], gap['currency'])} here. At the end the lines below add up to "
        "the gap.",
        still=stills.still(drawing, sessions=parting.sessions, log=False),
    )
    return Section("The gap", _finding(parting), drawn + _kinds(gap) + _assets(gap) + _cycles(gap))


def _finding(parting: RunDiffPage) -> str:
    gap, a, b = parting.document["gap"], parting.label(parting.a), parting.label(parting.b)
    first = parting.document["first_difference"]
    if first is None:
        return sentence(f"At none of {counted(len(parting.sessions), 'close')} do {a} and {b} hold other weights")
    largest = max(gap["by_cycle"], key=lambda one: abs(one["usd"]))
    ahead = "ahead of" if gap["usd"] >= 0 else "behind"
    begun, apart = (money(x, gap["currency"]) for x in (gap["capital_usd"], abs(gap["usd"])))
    return sentence(
        f"From {begun}, {a} ends {apart} {ahead} {b} ({signed_percent(gap['relative'])}); they part on "
        f"{first['session']}, and {_usd(largest['usd'], gap['currency'])} of it is from "
        f"{largest['start']} to {largest['end']}"
    )


def _usd(value: float, currency: str) -> str:
    return ("+" if value > 0 else "") + money(value, currency)


def _figure(parting: RunDiffPage) -> charts.Figure:
    lead = charts.line(
        "lead", 100 * parting.lead, colour="--lead", fill="zero", fill_colour="--lead-fill", hover="{:+.1f}%"
    )
    currency = str(parting.document["gap"]["currency"])
    dollars = "$" if currency == DOLLARS else ""
    hover = f"%{{y:+{dollars},.0f}}"
    traces = [lead]
    telling = {name: usd for name, usd in parting.running.items() if float(np.abs(usd).max()) >= 1.0}
    for place, (name, dollars_by) in enumerate(telling.items()):
        colour = f"--asset-{parting.market.column(name) % 10}" if name in parting.market.assets else "--benchmark"
        dash = DASHES[place % len(DASHES)]
        traces.append(charts.line(name, dollars_by, colour=colour, dash=dash, panel="y2", width=1.5, hover=hover))
    axes = {
        "y": charts.axis("lead", domain=[0.58, 1], suffix="%", zero_line=True, ticks=6),
        "y2": charts.axis(money_words(currency), domain=[0, 0.5], prefix=dollars, short=True, zero_line=True, ticks=7),
    }
    bands, labels = cycle_shading.bands(parting.a, parting.market), cycle_shading.labels(parting.a, parting.market)
    return charts.over_time(traces, axes=axes, bands=bands, labels=labels)


def _kinds(gap: Mapping[str, Any]) -> Markup:
    said = {
        "average": "What was held on average",
        "timing": "When it was held",
        "costs": "Costs of trading",
        "fills": "Fills away from the close, and delisting proceeds",
        "financing": "Interest and fees of shorts and loans",
        "rounding": "Rounding of the arithmetic",
    }
    rows = [[said[kind], *_share(usd, gap)] for kind, usd in gap["parts"].items()]
    rows.append(["The gap", *_share(gap["usd"], gap)])
    columns = [Column("Part", "text"), Column(money_words(gap["currency"]), "signed"), Column(_heading(gap), "signed")]
    return table("The gap by kind", columns, rows=rows, stamps=())


def _assets(gap: Mapping[str, Any]) -> Markup:
    columns = [
        Column("Asset", "text"),
        Column(f"On average, {gap['currency']}", "signed"),
        Column(f"Timing, {gap['currency']}", "signed"),
        Column(f"Together, {gap['currency']}", "signed"),
        Column(_heading(gap), "signed"),
    ]
    rows = [
        [one["asset"], _whole(one["average"]), _whole(one["timing"]), *_share(one["usd"], gap)]
        for one in gap["by_asset"]
    ]
    note = (
        "Returns are those beyond the mean of both accounts. On average: the mean difference of weights, held all the "
        "time. Timing: holding more than that mean when it paid. Assets and costs together are the gap."
    )
    return table("The gap by asset", columns, rows=rows, stamps=(), note=note)


def _cycles(gap: Mapping[str, Any]) -> Markup:
    columns = [
        Column("Policy known at the close before", "text"),
        Column("From", "text day"),
        Column("To", "text day"),
        Column("Sessions"),
        Column(money_words(gap["currency"]), "signed"),
        Column("of that costs", "signed"),
        Column(_heading(gap), "signed"),
    ]
    rows = [
        [
            one["cycle"],
            one["start"],
            one["end"],
            f"{one['sessions']:,}",
            _whole(one["usd"]),
            _whole(one["costs"]),
            _share(one["usd"], gap)[1],
        ]
        for one in gap["by_cycle"]
    ]
    return table("The gap by cycle", columns, rows=rows, stamps=())


def _share(usd: float, gap: Mapping[str, Any]) -> list[str]:
    return [_whole(usd), points(usd * gap["per_usd"], 2)]


def _heading(gap: Mapping[str, Any]) -> str:
    return "pp a year" if gap["unit"] == "fraction per year" else "pp of relative wealth"


def _whole(usd: float) -> str:
    return signed(usd, 0)


def keys(parting: RunDiffPage) -> Section:
    """Return the keys of the configs that differ."""
    found = parting.document["keys"]
    columns = [
        Column("Key", "text"),
        Column(parting.label(parting.a), "text"),
        Column(parting.label(parting.b), "text"),
    ]
    rows = [[one["key"], *(DASH if one[side] is None else str(one[side]) for side in ("a", "b"))] for one in found]
    said = f"{count(len(found), 'key')} of the resolved configs {'differs' if len(found) == 1 else 'differ'}"
    html = table("Keys of the resolved configs that differ", columns, rows=rows, stamps=())
    return Section("Keys that differ", sentence(said), html)


def trades(parting: RunDiffPage) -> Section:
    """Return the fills that only one of the runs has."""
    sides = [(parting.label(parting.a), "trades_only_in_a"), (parting.label(parting.b), "trades_only_in_b")]
    html = Markup()
    for label, name in sides:
        found = parting.document[name]
        columns = [
            Column("Filled on", "text"),
            Column("Side", "text"),
            Column("Asset", "text"),
            Column(f"Worth, {parting.a.currency}"),
        ]
        rows = [[one["filled_on"], one["side"], one["asset"], plain(one["usd"], 0)] for one in found[:SHOWN]]
        first = f"the first {SHOWN} of " if len(found) > SHOWN else ""
        if rows:
            html += table(f"Only in {label}: {first}{counted(len(found), 'fill')}", columns, rows=rows, stamps=())
    n = [len(parting.document[name]) for _, name in sides]
    said = f"{counted(n[0], 'fill')} only in {sides[0][0]}, {counted(n[1], 'fill')} only in {sides[1][0]}"
    return Section("Trades only in one", sentence(said + ": by day, asset and side"), html)
