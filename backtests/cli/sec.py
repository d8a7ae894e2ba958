"""data fetch --fundamentals: the SEC's files. The clock is read here, and handed on."""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path

import click

from fedcycle.backtests.cli.console import note


def fetch_fundamentals(names: Sequence[str], contact: str | None, out: Path, site: str | None) -> list[Path]:
    """Fetch files of the SEC's: those named, else tickers and the bulk company facts."""
    from fedcycle.data.sources import sec_fetch

    if contact is None:
        raise click.UsageError("--fundamentals needs --contact: the SEC answers only those who give name and e-mail")
    asking = sec_fetch.Asking(contact=contact, wait=time.sleep, clock=time.monotonic, site=site or sec_fetch.SITE)
    return sec_fetch.fetch(names or ("tickers", "companyfacts"), out, asking, report=note)
