"""The tearsheet of a run: its sections in page order, in one HTML file that needs nothing else."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Sequence

import numpy as np
from markupsafe import Markup

from fedcycle.backtests.analysis.measured_run import measured_run
from fedcycle.backtests.runs.storage import Run
from fedcycle.backtests.tearsheet import assets, charts, packed_fills, sections
from fedcycle.backtests.tearsheet.markup import as_json, fragment
from fedcycle.backtests.tearsheet.section import Part, RenderedSection, write
from fedcycle.backtests.tearsheet.warnings import warning
from fedcycle.data.market import Market
from fedcycle.data.typing import Day, Days


def _in_order() -> tuple[Part, ...]:
    """Return the modules of ``sections/`` by their places, those that say one."""
    names = [module.name for module in pkgutil.iter_modules(sections.__path__, f"{sections.__name__}.")]
    found: list[Part] = [part for name in names if hasattr(part := importlib.import_module(name), "PLACE")]
    places = [part.PLACE for part in found]
    if len(set(places)) < len(places):
        raise ValueError("two sections of the page have one PLACE; give one of them another")
    return tuple(sorted(found, key=lambda part: part.PLACE))


ORDER = _in_order()
"""The sections of a tearsheet, in page order."""

CHART = '<script type="application/json" class="chart-data"'
"""What a chart leaves in a section's HTML and text never does: text is escaped."""


def render(run: Run, market: Market) -> str:
    """Return a run's tearsheet: one HTML file, the same bytes for the same run.

    Charts and tables are of the account as it is measured, from the close of its first fill; the cash sessions before
    are shaded and dated. A section that fails is shown as its title and the reason. Write the answer as UTF-8 without
    translating line ends, or the page's own security policy refuses its scripts.

    Parameters
    ----------
    run : Run
    market : Market
        The market the run was made on.
    """
    shown = measured_run(run)
    places = [place for part in ORDER if (place := write(part, shown, market=market)) is not None]
    sessions = shown.ledger.sessions
    return document(
        title=f"{run.name} · fedcycle",
        description=f"Backtest {run.id}, {sessions[0]} to {sessions[-1]}, against {run.benchmark}",
        kicker=f"fedcycle tearsheet · {sessions[0]} to {sessions[-1]} · against {run.benchmark}",
        heading=run.name,
        question=str(run.config.get("question") or ""),
        stamps=run.stamps,
        places=places,
        sessions=sessions,
        begin=run.ledger.sessions[0],
    )


def document(
    *,
    title: str,
    description: str,
    kicker: str,
    heading: str,
    question: str,
    stamps: Sequence[str],
    places: Sequence[RenderedSection],
    sessions: Days,
    told: str | None = None,
    begin: Day | None = None,
) -> str:
    """Return an HTML document of sections with everything that its charts need; without one, no script.

    Parameters
    ----------
    title, description : for the browser's tab and a mail's preview
    kicker, heading, question : the top of the page
    stamps : what must stand next to every figure
    places : the sections, in order
    sessions : (T,) days, the calendar that charts share
    told : what the stamps mean on this page; None for what they mean on a run's
    begin : the day on which charts over time begin, where that is before the first session
    """
    shared = {charts.SESSIONS: charts.calendar(sessions)}
    if begin is not None and len(sessions):
        shared[charts.PERIOD] = charts.calendar(np.array([begin, sessions[-1]]))

    drawn = _first_with(CHART, places)
    scripts = [assets.chart_library(), assets.own_script()] if drawn else []
    last = [assets.fills_script()] if _first_with(packed_fills.MARK, places) else []
    page = fragment(
        "page.html",
        title=title,
        description=description,
        kicker=kicker,
        heading=heading,
        question=question,
        stamps=stamps,
        warning=warning(stamps) if told is None else told,
        places=places,
        policy=Markup(" ").join(Markup(assets.fingerprint(script)) for script in scripts + last)  # noqa: S704 - base 64
        or Markup("'none'"),
        drawn=drawn,
        style=assets.style(drawn=bool(drawn)),
        calendars=as_json(shared) if drawn else "",
        scripts=scripts,
        last=last,
        footer="Made by fedcycle. Past results of a rule say what would have happened, not what will.",
    )
    return str(page)


def _first_with(mark: str, places: Sequence[RenderedSection]) -> str:
    """Return the name of the first section with a mark, empty where there is none."""
    found = (place.anchor for place in places if place.section is not None and mark in place.section.html)
    return next(found, "")
