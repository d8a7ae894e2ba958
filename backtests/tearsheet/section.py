"""Section: one answer on a page, with the sentence it comes down to. Knows nothing of any particular section."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from markupsafe import Markup

from fedcycle.backtests.core.errors import BacktestError, ConfigError, RunError
from fedcycle.backtests.runs.storage import Run
from fedcycle.data.errors import DataError
from fedcycle.data.market import Market

log = logging.getLogger(__name__)

OUR_ERRORS = (BacktestError, ConfigError, RunError, DataError)


@dataclass(frozen=True)
class Section:
    """One answer on a page.

    Parameters
    ----------
    title : what the section is about, a few words
    finding : one sentence with the numbers it comes down to, computed from the data
    html : the evidence; ``Markup``, because plain text is escaped
    """

    title: str
    finding: str
    html: Markup


class Part(Protocol):
    """A module of ``sections/``: its title, so that a failed section still has one, and the function that writes it.

    ``PLACE`` says where it stands: sections are in the order of their places, and a module of that folder that has
    one is on the page.
    """

    TITLE: str
    PLACE: int

    def section(self, run: Run, market: Market) -> Section | None:
        """Return the section, or None where it does not apply to this run."""


@dataclass(frozen=True)
class RenderedSection:
    """A place on the page: the section that was written for it, or why there is none.

    Parameters
    ----------
    anchor : the place's name in links and tests, the section's file name
    title : heading
    section : Section or None where it failed
    reason : one sentence, empty where it did not fail
    """

    anchor: str
    title: str
    section: Section | None
    reason: str = ""


def write(part: Part, run: Run, *, market: Market) -> RenderedSection | None:
    """Return what a section has to say of a run, or why it cannot; None where it does not apply to the run."""
    return render_section(anchor(part), part.TITLE, make=lambda: part.section(run, market), page=run.id)


def render_section(anchor: str, title: str, *, make: Callable[[], Section | None], page: str) -> RenderedSection | None:
    """Return the section that ``make`` makes, or the reason why it cannot: one failure never takes the page down.

    Parameters
    ----------
    anchor : the place's name in links and tests
    title : heading of a section that failed
    make : makes the section; None where it does not apply
    page : whose page it is, for the warning
    """
    try:
        section = make()
    except Exception as error:
        # Shown on the page and told on stderr: nothing is swallowed.
        reason = str(error) if isinstance(error, OUR_ERRORS) else f"{type(error).__name__}: {error}"
        log.warning("page of %s: section %s is left out: %s", page, anchor, reason)
        log.debug("section %s", anchor, exc_info=error)
        return RenderedSection(anchor, title, None, reason)
    return None if section is None else RenderedSection(anchor, section.title, section)


def anchor(part: object) -> str:
    """Return a section module's name in links: its file name."""
    return part.__name__.rpartition(".")[2].replace("_", "-")  # type: ignore[attr-defined, no-any-return]
