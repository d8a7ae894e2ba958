"""sweep: every variant of a config's grid, as a DataFrame."""

from __future__ import annotations

import logging
import tempfile
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pandas as pd

from fedcycle.backtests import config as configs
from fedcycle.backtests.api.frames import frame_of_rows
from fedcycle.backtests.api.places import SWEEPS, PathLike, data_folder, our_errors
from fedcycle.backtests.core.callbacks import no_progress
from fedcycle.data.storage import parquet

ENDS = ("difference", "low", "high")
LOG = logging.getLogger("fedcycle")


class Sweep:
    """A finished sweep.

    Attributes
    ----------
    document : as ``fedcycle sweep --json`` prints it
    results : (V, ...) every variant, as the results file has them: its values and its numbers, fractions as fractions
    """

    def __init__(self, document: Mapping[str, Any], results: pd.DataFrame) -> None:
        self.document = document
        self.results = results

    @property
    def table(self) -> pd.DataFrame:
        """Return the best variants, at most 1,000, by Sharpe ratio; of a sweep one at a time the config's own first.

        A column a key that is swept, then the numbers; ``deflated_sharpe`` says how far the information ratio lies
        above the best that as many variants without skill would show, as a normal probability. Variants that could not
        be run are in ``results`` alone, with the reason in the column ``refused``.
        """
        rows: Sequence[Mapping[str, Any]] = self.document["table"]["rows"]
        keys = list(dict.fromkeys(key for row in rows for key in row["values"]))
        first = [key for key in ("label", "own") if rows and key in rows[0]]
        numbers = [key for key in (rows[0] if rows else ()) if key not in ("values", "stamps", "variant", *first)]
        flat = [{**row, **row["values"], "stamps": ", ".join(row["stamps"])} for row in rows]
        frame = frame_of_rows(flat, ["variant", *first, *keys, *numbers, "stamps"], dates=("start", "end"))
        return frame.set_index("variant")

    @property
    def contrasts(self) -> pd.DataFrame:
        """Return, for a sweep one at a time, what each choice changes with its interval; empty for a grid."""
        found = self.document["contrasts"]
        rows = [] if found is None else found["rows"]
        kept = ("label", "adds", "against")
        return pd.DataFrame(
            [
                {key: row[key] for key in kept}
                | {f"{name}_{end}": (row[name] or {}).get(end) for name in ("cagr", "sharpe") for end in ENDS}
                | {"text": row["text"]}
                for row in rows
            ]
        )  # fmt: skip

    @property
    def sentences(self) -> list[str]:
        """Return what must be said of the best of so many trials."""
        return list(self.document["inference"]["sentences"])

    def __repr__(self) -> str:
        return f"<fedcycle sweep {self.document['id']}: {self.document['inference']['variants']:,} variants>"

    def _repr_html_(self) -> str:
        from fedcycle.backtests.api.notebook_html import frame_html

        return frame_html(repr(self).strip("<>"), [self.document["question"]], self.table.head(10), self.sentences)


def sweep(
    what: PathLike | Mapping[str, Any],
    *,
    overrides: Mapping[str, Any] | None = None,
    store: PathLike | None = SWEEPS,
    jobs: int = 1,
    scheduler: str | None = None,
    data_dir: PathLike | None = None,
) -> Sweep:
    """Run what a config states under ``sweep``; one that was stopped goes on where it was.

    Parameters
    ----------
    what : a path to a config, the name of a shipped one, or a mapping of a config's keys, nested as in YAML
    overrides : dotted key -> value, instead of the config's own
    store : folder of the results; None to keep nothing on disk
    jobs : processes
        More than one starts Python anew for each: in a script, call it below ``if __name__ == "__main__":``.
    scheduler : address of a Dask scheduler, or None for this machine
    data_dir : as for ``run``

    Raises
    ------
    FedcycleError
        ConfigError if the config is wrong or states no grid, BacktestError if no variant can be run.
    """
    from fedcycle.backtests.sweep import sweep as run_sweep

    sets = [configs.assignment(key, configs.plain(value, key)) for key, value in (overrides or {}).items()]
    with our_errors(), ExitStack() as stack:
        out = Path(stack.enter_context(tempfile.TemporaryDirectory()) if store is None else store)
        found = run_sweep(
            what if isinstance(what, Mapping) else str(what), sets, sweeps_dir=out, store=data_folder(data_dir),
            jobs=jobs, scheduler=scheduler, on_progress=no_progress, notify=LOG.info,
        )  # fmt: skip
        results = pd.DataFrame(parquet.read(found.file))
        document = found.document
        return Sweep(document if store is not None else {**document, "results": None, "open": None}, results)
