"""The tearsheet of a run: its sections in page order, laid into one HTML file that needs nothing else."""

from __future__ import annotations

from collections.abc import Sequence

from markupsafe import Markup

from fedcycle.backtests.runs.storage import Run
from fedcycle.backtests.tearsheet import assets, charts
from fedcycle.backtests.tearsheet.markup import as_json, fragment
from fedcycle.backtests.tearsheet.section import Part, RenderedSection, write
from fedcycle.backtests.tearsheet.sections import (
    audit,
    calendar,
    costs,
    cycle,
    drawdowns,
    easings,
    factors,
    growth,
    headline,
    inference,
    phases,
    provenance,
    rates,
    rolling,
    statistics,
    stocks,
    trades,
    weights,
)
from fedcycle.backtests.tearsheet.warnings import warning
from fedcycle.data.market import Market
from fedcycle.data.typing import Days

ORDER: tuple[Part, ...] = (
    headline,
    growth,
    drawdowns,
    rolling,
    calendar,
    phases,
    cycle,
    easings,
    rates,
    factors,
    weights,
    stocks,
    trades,
    costs,
    inference,
    statistics,
    audit,
    provenance,
)
"""The sections of a tearsheet, in page order."""


def render(run: Run, market: Market) -> str:
    """Return a run's tearsheet: one HTML file, the same bytes for the same run.

    A section that fails is shown as its title and the reason. Write the answer as UTF-8 without translating line ends,
    or the page's own security policy refuses its scripts.

    Parameters
    ----------
    run : Run
    market : Market
        The market the run was made on.

    Raises
    ------
    BacktestError
        If plotly's browser script is not installed.
    """
    places = [place for part in ORDER if (place := write(part, run, market=market)) is not None]
    sessions = run.ledger.sessions
    return document(
        title=f"{run.name} · fedcycle",
        description=f"Backtest {run.id}, {sessions[0]} to {sessions[-1]}, against {run.benchmark}",
        kicker=f"fedcycle tearsheet · {sessions[0]} to {sessions[-1]} · against {run.benchmark} · run {run.id}",
        heading=run.name,
        question=str(run.config.get("question") or ""),
        stamps=run.stamps,
        places=places,
        sessions=sessions,
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
) -> str:
    """Return an HTML document of sections with everything that its charts need.

    Parameters
    ----------
    title, description : for the browser's tab and a mail's preview
    kicker, heading, question : the top of the page
    stamps : what must stand next to every figure
    places : the sections, in order
    sessions : (T,) days, the calendar that charts share
    told : what the stamps mean on this page; None for what they mean on a run's
    """
    scripts = [assets.plotly_script(), assets.own_script()]
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
        policy=Markup(" ").join(Markup(assets.fingerprint(script)) for script in scripts),  # noqa: S704 - base 64
        style=assets.style(),
        calendars=as_json({charts.SESSIONS: charts.calendar(sessions)}),
        scripts=scripts,
        footer="Made by fedcycle. Past results of a rule say what would have happened, not what will.",
    )
    return str(page)
