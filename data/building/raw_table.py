"""A raw file read as one table of numbers, strictly, whatever its kind: what vintages are compared by."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from fedcycle.data import catalog
from fedcycle.data.errors import DataError
from fedcycle.data.series_catalog import Fact
from fedcycle.data.sources import fred, french
from fedcycle.data.sources.raw import RawFile
from fedcycle.data.typing import Days, Float64

SIZES: Mapping[str, str] = {catalog.FIRMS: "firms of", catalog.FIRM_SIZE: "size of"}
"""Title of a monthly table -> what its columns are called here."""


@dataclass(frozen=True, eq=False)
class Table:
    """Numbers by day.

    Parameters
    ----------
    days : (n,) days, strictly increasing; of a month its first day
    columns : name -> (n,): returns are fractions, the rest in its publisher's unit
    """

    days: Days
    columns: Mapping[str, Float64]


def series_of(name: str) -> Fact | None:
    """Return the series of FRED's that a raw file holds, or None."""
    return next((f for f in catalog.SERIES.values() if f.raw == name and name.startswith("fred/")), None)


def returns_of(name: str) -> tuple[str, ...]:
    """Return the columns of daily returns that assets and factors need of a raw file; none where it holds no such."""
    own = [c for a in catalog.ASSETS if a.returns == name for c in a.columns]
    own += [catalog.FACTOR_COLUMNS[f.name] for f in catalog.FACTORS if f.raw == name]
    return tuple(dict.fromkeys(own))


def weights_of(name: str) -> tuple[str, ...]:
    """Return the columns of monthly firms and sizes that assets need of a raw file; none where it holds no such."""
    return tuple(dict.fromkeys(c for a in catalog.ASSETS if a.weights == name for c in a.columns))


def table(name: str, raw: RawFile) -> Table:
    """Return what assets and series need of a raw file, from the base day on; raises DataError as the readers do.

    Parameters
    ----------
    name : raw file, as the catalog calls it
    raw : its bytes
    """
    fact = series_of(name)
    if fact is not None:
        seen = fred.observations(raw, fact.name, since=catalog.BASE_DAY)
        return Table(seen.observed_on, {fact.name: seen.values})
    if columns := returns_of(name):
        daily = french.daily(raw, columns, since=catalog.BASE_DAY)
        return Table(daily.sessions, daily.returns)
    if columns := weights_of(name):
        found = {t: french.monthly(raw, columns, title=t, since=date(1990, 1, 1)) for t in SIZES}
        firms, sizes = found.values()
        if len(firms.months) != len(sizes.months):
            raise raw.fault(1, f"{len(firms.months)} months of firms and {len(sizes.months)} of their sizes")
        both = {f"{SIZES[t]} {c}": values for t, m in found.items() for c, values in m.columns.items()}
        return Table(firms.months, both)
    raise DataError(f"{name} is no table of numbers by day")
