"""Writes docs/files.md, the data dictionary of a stored run, from the code that writes its files; a test compares.

Run: python docs/generate_files.py
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parent / "src"))  # the source beside this file, installed or not

INTRODUCTION = """# The files of a stored run

Written by `python docs/generate_files.py` from the code that writes a run.

A run is a folder `runs/<id>`, written whole or not at all and never changed; `provenance.json` has a digest of every
file. Each row of `ledger.parquet` is a session of the whole run. Statistics, and what `fedcycle export` and
`run.returns` in Python give, are of the *measured* account: from the close before the first fill on.

Fractions are fractions (0.05 is 5%), money is in the currency of the data set (US dollars in the bundle), days are
sessions of the market. In Parquet files a day is a point in time at midnight, which pandas reads as its own dates:

```python
import pandas as pd

ledger = pd.read_parquet("runs/rate-cycle-timing-1a2b3c4d/ledger.parquet").set_index("session")
returns = ledger["value"].pct_change()
```
"""
OTHERS = {
    "config.yaml": "the resolved config: beside its companions it runs again",
    "tearsheet.html": "the page, where one was written; it needs no other file and no network",
    "notebook_cell.py": "the text of the cell that a rule was written in, where it was; other companions are the "
    "rule's own files",
}


def page() -> str:
    """Return the page: a section for each file."""
    return "\n".join([INTRODUCTION, *_sections()])


def _sections() -> Iterator[str]:
    from fedcycle.backtests.runs import storage, stored_columns

    tables = {
        storage.LEDGER: ("The account, session by session.", stored_columns.LEDGER),
        storage.TRADES: ("Every fill, in the order made.", stored_columns.TRADES),
        storage.TARGETS: ("Every decision.", stored_columns.TARGETS),
    }
    for name, (said, columns) in tables.items():
        rows = [(f"`{column.name}`", column.unit, column.doc) for column in columns]
        yield from _section(name, said, ("column", "unit", "what it is"), rows)
    for name, said, keys in (
        (storage.STATISTICS, "Every number of the run.", stored_columns.STATISTICS),
        (storage.PROVENANCE, "What the run was made from.", stored_columns.PROVENANCE),
    ):
        yield from _section(name, said, ("key", "what it is"), _rows(keys))
    yield from _section("The rest", "", ("file", "what it is"), _rows(OTHERS))


def _rows(keys: Mapping[str, str]) -> list[tuple[str, ...]]:
    return [(f"`{key}`", doc) for key, doc in keys.items()]


def _section(name: str, said: str, heads: Sequence[str], rows: Sequence[Sequence[str]]) -> Iterator[str]:
    yield f"## {name}\n"
    if said:
        yield f"{said}\n"
    yield f"| {' | '.join(heads)} |\n| {' | '.join('---' for _ in heads)} |"
    yield from (f"| {' | '.join(row)} |" for row in rows)
    yield ""


if __name__ == "__main__":
    (HERE / "files.md").write_text(page(), encoding="utf-8", newline="\n")
