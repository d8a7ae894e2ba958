"""Look-ahead audit: whether the run's decisions follow from what was known alone, as a sample of them showed."""

from __future__ import annotations

from collections.abc import Mapping

from fedcycle.backtests.core.format import sentence
from fedcycle.backtests.runs.storage import Run
from fedcycle.backtests.tearsheet.markup import Column, table
from fedcycle.backtests.tearsheet.section import Section
from fedcycle.data.market import Market

TITLE = "Look-ahead audit"
PLACE = 200


def section(run: Run, market: Market) -> Section | None:
    """Return the audit's verdict and its checks; None for a run that was made without an audit."""
    audit = run.summary.get("audit")
    if not isinstance(audit, Mapping):
        return None
    rows = [
        [check["asked"], check["verdict"], (check["violation"] or {}).get("sentence") or check.get("reason") or ""]
        for check in audit.get("checks", ())
    ]
    columns = [Column("Asked", "text"), Column("Answer", "text"), Column("First decision that fails", "text")]
    note = "A run asks a few of its decisions again, evenly spaced; `fedcycle audit` asks them all."
    body = table(f"Checks, on market {market.name}", columns, rows=rows, stamps=run.stamps, note=note)
    return Section(TITLE, sentence(str(audit["text"])), body)
