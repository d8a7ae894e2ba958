"""The catalog as rows and as Markdown tables: every asset and series with source, unit, release rule and rights."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from fedcycle.data import catalog


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


def tables() -> str:
    """Return the catalog as Markdown tables; the same text every time."""
    every = list(rows())
    assets = [r for r in every if r["kind"] == "asset"]
    core = [r for r in every if r["kind"] == "series" and r["core"]]
    factors = {f.name for f in catalog.FACTORS}
    asked = [r for r in every if not r["core"] and r["name"] not in factors]
    lines = [
        *("## Assets\n", *_table(assets), ""),
        *("## Series of every data set\n", *_table(core), ""),
        *("## Optional series\n", *_table(asked), ""),
        *("## Factors\n", *_table([r for r in every if r["name"] in factors]), ""),
    ]
    return "\n".join(lines)


def _table(found: list[dict[str, Any]]) -> Iterator[str]:
    yield "| name | what it is | unit | frequency | known | source | first | rights |"
    yield "| --- | --- | --- | --- | --- | --- | --- | --- |"
    for r in found:
        name = f"`{r['name']}`" + (" **revised**" if r["revised"] else "")
        cells = (r[key] for key in ("definition", "unit", "frequency", "release", "source", "first", "rights"))
        yield f"| {' | '.join([name, *cells])} |"
