"""Section: one answer on a page, with the sentence it comes down to. Knows nothing of any particular section."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import Protocol

from markupsafe import Markup

from fedcycle.backtests.errors import BacktestError, ConfigError, RunError
from fedcycle.backtests.runs import Run
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
    """A module of ``sections/``: its title, so that a failed section still has one, and the function that writes it."""

    TITLE: str

    def section(self, run: Run, market: Market) -> Section | None:
        """Return the section, or None where it does not apply to this run."""


@dataclass(frozen=True)
class Written:
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


def write(part: Part, run: Run, *, market: Market) -> Written | None:
    """Return what a section has to say, or the reason why it cannot: one failure never takes the page down.

    None where the section does not apply to this run.
    """
    anchor = part.__name__.rpartition(".")[2].replace("_", "-")  # type: ignore[attr-defined]
    try:
        section = part.section(run, market)
    except Exception as error:
        # Shown on the page and told on stderr: nothing is swallowed.
        reason = str(error) if isinstance(error, OUR_ERRORS) else f"{type(error).__name__}: {error}"
        log.warning("tearsheet of %s: section %s is left out: %s", run.id, anchor, reason)
        log.debug("section %s", anchor, exc_info=error)
        return Written(anchor, part.TITLE, None, reason)
    return None if section is None else Written(anchor, section.title, section)
