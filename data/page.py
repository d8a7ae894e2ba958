"""The catalog as a page: every asset and series with source, unit, frequency, release rule, first date and rights."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from fedcycle.data import catalog

_INTRODUCTION = """\
# The data

Written by `fedcycle data catalog --markdown` from the catalog; a test compares the two.

A rule is asked at the close of a session and sees what was public by then. *Known* says by what rule: it is what a
backtest believes, not a record of the day. **Revised** series are rewritten by their publishers, so that today's
history is not what was known then: no rule can read one unless its config says `data: {allow_revised: true}`, and
then every figure of the run is stamped REVISED DATA.

The bundled data set and every compiled one hold the assets and the series of the first two tables. Those of the third
are in a data set that asked for them: `fedcycle data fetch CPIAUCSL`, or `fedcycle data build --from DIR --with
CPIAUCSL`.
"""

_STORE = """\
## Where fetched data are kept

In the folder that `--data-dir` names, else `FEDCYCLE_DATA`, else the platform's own (`~/.local/share/fedcycle` by the
XDG rule on Linux). `vintages/NUMBER-TIME/` is one fetch: a data set like any other, with the publishers' changed
files in `raw/`, a record `vintage.json` (which vintage holds each raw file, when it was retrieved, from which
address, and the CRSP database it was made from) and `SHA256SUMS`, which `sha256sum --check` reads too. A vintage is
added whole and never changed. `data: {market: store}` in a config means the newest; the stored run's own config names
the vintage it ran on.

## Your own prices

`fedcycle data add FILE` takes CSV and Parquet: one asset (`date`, `close` or `adj close`, and as far as they are
there `open`, `high`, `low`, `dividends`, `splits`), the same in long form with a column `ticker`, or wide with a
column an asset (then say `--total-return`). What comes out is a data set for `data: {market: FOLDER}` with the series
and bills of the bundle, or of another data set given with `--market`, and your assets. Levels are total return: the
adjusted close as it is, or closes with dividends reinvested at the close of their day. Opens are adjusted by the
factor of their own close, so that `execution: {fill: open}` works.

Where a file lacks sessions, these are left out for every asset, up to `--max-gap` in a row. `--gaps keep` keeps them,
the asset without a price: it cannot be traded then, a holding is worth its last close, a decision that lacked the
price is filled again when there is one, and the run says so. `--delisting XYZ=-0.3` says what holders of an asset
that ended got after its last close; `execution: {delisting: data}` pays it out.
"""


def rows() -> Iterator[dict[str, Any]]:
    """Yield what the catalog says of each asset and series, ready for JSON."""
    for a in catalog.ASSETS:
        yield {
            "name": a.name,
            "kind": "asset",
            "definition": a.definition,
            "unit": a.unit,
            "frequency": a.frequency,
            "release": a.release,
            "source": a.source,
            "first": a.starts.isoformat(),
            "rights": a.rights,
            "revised": False,
            "core": True,
        }
    for f in catalog.SERIES.values():
        yield {
            "name": f.name,
            "kind": "series",
            "definition": f.definition,
            "unit": str(f.unit),
            "frequency": f.frequency,
            "release": f.release,
            "source": f.source,
            "first": f.starts.isoformat(),
            "rights": f.rights,
            "revised": f.revised,
            "core": f in catalog.CORE,
        }


def page() -> str:
    """Return the page as Markdown; the same text every time."""
    every = list(rows())
    assets = [r for r in every if r["kind"] == "asset"]
    core = [r for r in every if r["kind"] == "series" and r["core"]]
    asked = [r for r in every if not r["core"]]
    tables = [
        *("## Assets\n", *_table(assets), ""),
        *("## Series of every data set\n", *_table(core), ""),
        *("## Series for the asking\n", *_table(asked), ""),
    ]
    return "\n".join([_INTRODUCTION, *tables, _STORE])


def _table(found: list[dict[str, Any]]) -> Iterator[str]:
    yield "| name | what it is | unit | frequency | known | source | first | rights |"
    yield "| --- | --- | --- | --- | --- | --- | --- | --- |"
    for r in found:
        name = f"`{r['name']}`" + (" **revised**" if r["revised"] else "")
        cells = (r[key] for key in ("definition", "unit", "frequency", "release", "source", "first", "rights"))
        yield f"| {' | '.join([name, *cells])} |"
