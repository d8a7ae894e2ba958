"""Attribution: what each asset, timing, costs and cash contributed to the active return, by cycle and by phase."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from markupsafe import Markup

from fedcycle.backtests.analysis.active_return import WEALTH
from fedcycle.backtests.core.format import counted, figure, points, pp, sentence, spoken
from fedcycle.backtests.runs.storage import Run
from fedcycle.backtests.tearsheet import charts
from fedcycle.backtests.tearsheet.markup import Column, chart, table
from fedcycle.backtests.tearsheet.section import Section
from fedcycle.data.market import Market

TITLE = "Attribution of the active return"
PLACE = 40
SHOWN_FROM = 0.00005
"""Contributions that round to less than 0.01 pp are in no sentence and no chart; the tables have them."""
MOST_ROWS = 20
"""Holdings in the table at most; what contributed least of more is one row."""
MOST_BARS = 10
"""Assets with a bar of their own; the smallest contributions share one beyond."""
NOTE = (
    "An asset contributes its weight above the benchmark's times its return beyond the benchmark's (Brinson and "
    "Fachler); timing is what its weight did when it was above its own average. Sessions are linked by logarithms "
    "(Carino), so the parts add up to the whole."
)


def section(run: Run, market: Market) -> Section | None:  # noqa: ARG001 - every section is handed the market
    """Return the parts of the active return; none for a run that was stored without them."""
    found = attribution_of(run)
    if found is None:
        return None
    if "active_return" not in found:
        return Section(TITLE, sentence(f"No attribution over 0 sessions: {found.get('note')}"), Markup())
    html = _bars(run, found) + _by_asset(run, found)
    html += _by(run, found, list(found["by_cycle"]), first="Cycle", caption="Contributions by easing cycle")
    phases = [{"cycle": spoken(str(name)), **entry} for name, entry in found["by_phase"].items()]
    html += _by(
        run, found, phases, first="Phase", caption="Contributions by phase of the rate cycle, told in real time"
    )
    return Section(TITLE, contributions(run) or "", html)


def attribution_of(run: Run) -> Mapping[str, Any] | None:
    """Return the attribution stored with a run; None where it has none."""
    relative = run.summary.get("relative")
    found = relative.get("attribution") if isinstance(relative, Mapping) else None
    return found if isinstance(found, Mapping) else None


def contributions(run: Run) -> str | None:
    """Return the contributions in a sentence, largest first; None for a run that was stored without them."""
    found = attribution_of(run)
    if found is None:
        return None
    total = figure(found, "active_return")
    if total is None:
        return sentence(f"No attribution: {found.get('note')}")
    said = [f"{name} {points(part, 2)}" for name, part in _parts(found, max_=6)]
    made = ", ".join(said) or "no part reads 0.01 pp or more"
    return sentence(f"Active return of {pp(total, 2)} {_unit(found)} against {run.benchmark}: {made}")


def _unit(found: Mapping[str, Any]) -> str:
    return "of relative wealth" if found.get("unit") == WEALTH else "a year"


def _parts(found: Mapping[str, Any], max_: int) -> list[tuple[str, float]]:
    """Return the assets' contributions, largest first, then costs and what else there is; they add up to the whole."""
    assets = [(str(entry["asset"]), float(entry["active_return"])) for entry in found["by_asset"]]
    assets = sorted((part for part in assets if abs(part[1]) >= SHOWN_FROM), key=lambda part: -abs(part[1]))
    if len(assets) > max_:
        kept = assets[: max_ - 1]
        rest = assets[max_ - 1 :]
        assets = [*kept, (f"{counted(len(rest), 'other holding')}", sum(part for _, part in rest))]
    parts = found["parts"]
    return [*assets, *((name, part) for name, part in _others(parts) if abs(part) >= 0.00005)]


def _others(parts: Mapping[str, Any]) -> list[tuple[str, float]]:
    """Return the parts that are no holding's, by what a reader calls them."""
    named = [
        ("costs", "costs"),
        ("fills away from the close", "fills"),
        ("interest and fees of shorts and loans", "financing"),
        ("rounding", "rounding"),
    ]
    return [(name, float(parts[key])) for name, key in named if key in parts]


def _bars(run: Run, found: Mapping[str, Any]) -> Markup:
    parts = [*_parts(found, MOST_BARS), ("active return", float(found["active_return"]))]
    height = 100 * np.array([part for _, part in parts])
    data = [
        charts.bars(
            "contribution", [name for name, _ in parts], height=height, colour="--own",
            written="{:+.2f}", hover="{:+.2f} pp",
        )
    ]  # fmt: skip
    axes = {"y": charts.axis(f"pp {_unit(found)}", zero_line=True, ticks=6)}
    return chart(
        "attribution",
        f"Contributions to the active return of {run.name} against {run.benchmark}, pp {_unit(found)}",
        figure=charts.over_categories(data, axes=axes, gap=0.45),
        stamps=run.stamps,
        height=300,
    )


def _by_asset(run: Run, found: Mapping[str, Any]) -> Markup:
    columns = [
        Column("Holding", "text"),
        *(Column(name, "signed") for name in ("Average weight", "Timing", "Together")),
    ]
    keys = ("average", "timing", "active_return")
    every = sorted(found["by_asset"], key=lambda entry: -abs(entry["active_return"]))
    shown = found["by_asset"] if len(every) <= MOST_ROWS else every[:MOST_ROWS]
    rows = [[entry["asset"], *(points(entry[key], 2) for key in keys)] for entry in shown]
    if rest := every[len(shown) :]:
        sums = (points(sum(entry[key] for entry in rest), 2) for key in keys)
        rows.append([f"the other {len(rest)}", *sums])
    rows += [[name, "", "", points(part, 2)] for name, part in _others(found["parts"])]
    rows.append(["active return", "", "", points(found["active_return"], 2)])
    return table(f"Contributions by holding, pp {_unit(found)}", columns, rows=rows, stamps=run.stamps, note=NOTE)


def _by(run: Run, found: Mapping[str, Any], rows: Sequence[Mapping[str, Any]], *, first: str, caption: str) -> Markup:
    """Return contributions of groups of sessions, a row each; columns are the holdings that contributed most."""
    most = sorted(found["by_asset"], key=lambda entry: -abs(entry["active_return"]))[:5]
    names = [str(entry["asset"]) for entry in most if any(row["by_asset"].get(entry["asset"]) for row in rows)]
    columns = [Column(first, "text"), Column("Sessions"), *(Column(name, "signed") for name in names)]
    other = ["costs", *(["financing"] if "financing" in found["parts"] else [])]
    columns += [*(Column(name.capitalize(), "signed") for name in other), Column("Together", "signed")]
    cells = [
        [
            str(row["cycle"]),
            f"{row['sessions']:,}",
            *(points(row["by_asset"].get(name), 2) for name in names),
            *(points(row.get(name, 0.0), 2) for name in other),
            points(row["active_return"], 2),
        ]
        for row in rows
    ]
    note = f"Parts of the whole run's active return, pp {_unit(found)}: the column on the right adds up to it."
    return table(caption, columns, rows=cells, stamps=run.stamps, note=note)
