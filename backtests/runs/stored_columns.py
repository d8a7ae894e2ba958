"""The columns of a stored run's tables with unit and meaning: what is written, and what docs/files.md says."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from fedcycle.backtests.core.ledger import Ledger

UNITS = "units:"
"""Before the name of an asset: the column of its units."""
FINANCING = "financing:"
"""Before what shorts and loans brought and cost."""


@dataclass(frozen=True)
class StoredColumn:
    """One column of a table, or one for each asset.

    Parameters
    ----------
    name : of the column; ``ASSET`` in it stands for the name of each asset
    unit : of a value
    doc : what a value is
    values : ledger, benchmark's value -> (n,), or (n, N) for one column an asset; None where a run has no such column
    """

    name: str
    unit: str
    doc: str
    values: Callable[[Ledger, NDArray[np.float64]], NDArray[Any] | None]


def _instants(days: NDArray[np.datetime64]) -> NDArray[np.datetime64]:
    """Return days as points in time, which pandas reads as dates of its own and not as objects."""
    return days.astype("datetime64[ms]")


def _traded(ledger: Ledger) -> NDArray[np.str_]:
    t = ledger.trades
    return np.array(ledger.assets, dtype=np.str_)[t.asset] if len(t) else np.empty(0, dtype=np.str_)


def _financing(name: str, ledger: Ledger, _: NDArray[np.float64]) -> NDArray[np.float64] | None:
    """Return a part of what shorts and loans brought and cost; None for a long, unlevered account."""
    found = ledger.financing
    return None if found is None else np.asarray(getattr(found, name), dtype=np.float64)


LEDGER = (
    StoredColumn("session", "day", "session of the market", lambda ledger, _: _instants(ledger.sessions)),
    StoredColumn(
        "value", "US dollars", "value of the account at the close, after costs; time-weighted where there are flows",
        lambda ledger, _: ledger.value,
    ),
    StoredColumn("cash", "US dollars", "what is not invested at the close", lambda ledger, _: ledger.cash),
    StoredColumn(
        "benchmark", "US dollars", "the capital until the run's first fill, from then on the benchmark",
        lambda _, benchmark: benchmark,
    ),
    StoredColumn(
        f"{UNITS}ASSET", "units", "units held at the close, a column for each asset ever held or wanted",
        lambda ledger, _: ledger.units,
    ),
    StoredColumn(
        "flow", "US dollars", "paid in (negative: out) at the close; only where the config has flows",
        lambda ledger, _: ledger.flows,
    ),
    StoredColumn(
        "account", "US dollars", "the account's own value, flows included; only where the config has flows",
        lambda ledger, _: ledger.account,
    ),
    *(
        StoredColumn(
            FINANCING + name, unit, f"{doc}; only where the config lets the account sell short or borrow",
            partial(_financing, name),
        )
        for name, unit, doc in (
            ("proceeds", "US dollars", "bills that proceeds of short sales earned by the close"),
            ("borrow", "US dollars", "paid to lenders of what is sold short"),
            ("loan", "US dollars", "paid for loans"),
            ("called", "0 or 1", "whether the close made a margin call"),
        )
    ),
)  # fmt: skip
TRADES = (
    StoredColumn("decided_on", "day", "session at whose close it was decided", lambda ledger, _:
                 _instants(ledger.trades.decided_on)),
    StoredColumn("filled_on", "day", "session in which it was filled", lambda ledger, _:
                 _instants(ledger.trades.filled_on)),
    StoredColumn("asset", "text", "what was traded", lambda ledger, _: _traded(ledger)),
    StoredColumn("units", "units", "units bought; negative for a sale", lambda ledger, _: ledger.trades.units),
    StoredColumn("price", "US dollars a unit", "price of the fill, before costs", lambda ledger, _:
                 ledger.trades.price),
    StoredColumn("cost", "US dollars", "commission and slippage", lambda ledger, _: ledger.trades.cost),
)  # fmt: skip
TARGETS = (
    StoredColumn("decided_on", "day", "session at whose close the rule decided", lambda ledger, _:
                 _instants(ledger.decided_on)),
    StoredColumn(
        "ASSET", "fraction of value", "weight that was decided, a column for each asset ever held or wanted",
        lambda ledger, _: ledger.targets,
    ),
)  # fmt: skip

STATISTICS: Mapping[str, str] = MappingProxyType(
    {
        "id": "name of the config, and eight digits of a digest of everything that could change a number",
        "name": "name of the config",
        "question": "what the config asks",
        "engine": "who ran it: backtrader or vectorised",
        "hindsight": "whether it knew what nobody knew on the day",
        "stamps": "what must stand beside every number",
        "market": "name of the data set and digest of its facts",
        "data": "until when each asset and series reaches that the run uses",
        "period": "first and last session, how many, and the first fill from which all is measured",
        "statistics": "every statistic of the account by itself; docs/statistics.md defines each",
        "relative": "every statistic against the benchmark, with the verdict and the parts of the active return",
        "relative_to_others": "the same against each benchmark that stands beside the first",
        "benchmark_statistics": "the same as statistics, of the benchmark by itself over the same sessions",
        "by_phase": "phase of the rate cycle told in real time -> its numbers",
        "by_cycle": "easing cycles dated with hindsight, each with its windows",
        "by_year": "calendar years",
        "by_recession": "recessions and expansions, dated with hindsight",
        "calendar": "returns of months and years, of the account and of its benchmark; null where not covered whole",
        "worst_months": "the worst complete months, with the benchmark's returns",
        "monthly_histogram": "how many months fall into each step of return",
        "partial_years": "years that the account does not cover whole",
        "drawdowns": "the ten deepest drawdowns, the deepest first",
        "benchmark_drawdowns": "the same of the benchmark",
        "exposure": "asset -> average, highest and last weight, and sessions held; lowest for what was ever short",
        "exposure_by_size": "size of company -> share of value; null where the market knows no sizes",
        "exposure_by_sector": "sector -> share of value; null where the market knows no sector of what was held",
        "factors": "regression of the months' returns on the factors of the market; null where it has none",
        "margin": "gross and net exposure, interest, fees, margin calls; null for a long, unlevered account",
        "audit": "whether decisions followed from what was known alone",
        "account": "figures of the account with its flows; null where the config has none",
    }
)
"""Key of statistics.json -> what it is; fractions are fractions, dates ``YYYY-MM-DD``, what does not exist is null."""
PROVENANCE: Mapping[str, str] = MappingProxyType(
    {
        "identity": "digest of everything that could change a number",
        "command": "what makes the run again, in its folder",
        "config": "the resolved config",
        "market": "name and digest of the data set, digests of its files, vintage of each column",
        "data": "until when the data reach, in a sentence",
        "code": "digest of fedcycle's own source",
        "versions": "of Python and of each library that can change a byte",
        "inference": "settings of the resampling",
        "companions": "files that the config names beside itself, kept in the folder",
        "notes": "what could not be done as asked, a sentence each",
        "base": "the identity without the files that the rule read; only where it read some",
        "opened": "file that the rule read -> its digest; only where it read some",
        "kept": "which of them are in the folder; only where the rule read some",
        "unknown": "why the run is never used again; only where something it depends on cannot be known",
        "files": "file of the folder -> its digest",
    }
)
"""Key of provenance.json -> what it is."""


def columns_of(
    columns: Sequence[StoredColumn], ledger: Ledger, benchmark_value: NDArray[np.float64]
) -> dict[str, NDArray[Any]]:
    """Return the columns of a table as they are written: name -> (n,)."""
    return dict(_written(columns, ledger, benchmark_value))


def _written(
    columns: Sequence[StoredColumn], ledger: Ledger, benchmark_value: NDArray[np.float64]
) -> Iterator[tuple[str, NDArray[Any]]]:
    for column in columns:
        values = column.values(ledger, benchmark_value)
        if values is None:
            continue
        if "ASSET" in column.name:
            for j, asset in enumerate(ledger.assets):
                yield column.name.replace("ASSET", asset), np.ascontiguousarray(values[:, j])
        else:
            yield column.name, values
