"""What is said of a data set that a user made of prices of their own: what it lacks, and what looks odd in it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from fedcycle.data.errors import DataError, join_names
from fedcycle.data.manifest import MANIFEST, read_manifest
from fedcycle.data.market import Market
from fedcycle.data.sources.total_return import TotalReturn
from fedcycle.data.typing import Days

BILLS = "bills"


def replaced(out: Path, names: Sequence[str]) -> list[str]:
    """Return a note of what a data set held that the one in its place does not hold."""
    if not (out / MANIFEST).is_file():
        return []
    try:
        gone = [entry.name for entry in read_manifest(out).assets if entry.name not in names]
    except DataError as error:
        return [f"what was in {out} before cannot be read: {error}"]
    if not gone:
        return []
    return [f"{out} held {join_names(gone)} before and does not now; to keep both, add all files in one command"]


def told(
    market: Market, kept: Sequence[str], *, with_opens: bool, left_out: Days, totals: Sequence[TotalReturn]
) -> list[str]:
    """Return what an added data set lacks of its market or of the files, and until when it can be run.

    Parameters
    ----------
    market : whose series and bills it has
    kept : assets of that market that it has
    with_opens : whether it has opens
    left_out : (L,) sessions that were left out
    totals : the added assets
    """
    notes = []
    if len(left_out):
        shown = ", ".join(map(str, left_out[:5])) + (" and so on" if len(left_out) > 5 else "")
        notes.append(f"{len(left_out)} sessions left out, as an added asset has no price on them: {shown}")
    gone = [a for a in market.assets if a not in kept]
    if gone:
        notes.append(
            f"{', '.join(gone)} of {market.name} left out, as they have no opens; "
            "--portfolios keeps them and drops the opens"
        )
    if with_opens:
        notes.append("there are opens: execution.fill may be open; bills open at their close of the previous session")
    elif any(t.opens is not None for t in totals):
        notes.append("opens left out, as not every asset has them: execution.fill must be close")
    last = market.sessions[market.spans[BILLS][1]]
    if max(t.days[-1] for t in totals) > last:
        notes.append(
            f"bills of {market.name} are published to {last} and accrue a Treasury yield after that, as far as one is "
            "known; fetch newer data and add to --market store for more"
        )
    return notes
