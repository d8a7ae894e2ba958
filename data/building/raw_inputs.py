"""The raw files a data set is compiled from: which they are, and a folder of them read whole. Nothing is parsed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from fedcycle.data import catalog
from fedcycle.data.errors import DataError, UnknownName
from fedcycle.data.series_catalog import Fact
from fedcycle.data.sources.raw import RawFile
from fedcycle.data.storage.bounded_input import read_bounded
from fedcycle.data.suggest import did_you_mean

LARGEST = 512 * 2**20
"""Bytes that a raw file may have: the publishers' largest has a tenth of it."""

INPUTS: tuple[str, ...] = tuple(
    dict.fromkeys(
        [
            *(a.returns for a in catalog.ASSETS),
            *(catalog.SIZE_WEIGHTS, catalog.INDUSTRY_WEIGHTS),
            *(f.raw for f in catalog.CORE),
        ]
    )
)
"""The raw files that every data set needs, by their paths below the raw folder."""

CROSS_CHECKS: tuple[str, ...] = tuple(catalog.SERIES[name].raw for name in ("DFEDTARU", "DFEDTARL", "USREC"))
"""Raw files that are used where they are there: they say until when the tables of target changes and of turning points
are complete, and which target changes the first of these lacks. They are in no market for that alone."""


@dataclass(frozen=True)
class Inputs:
    """Raw files ready to be compiled.

    Parameters
    ----------
    files : raw file, as the catalog calls it -> its bytes
    names : the same -> its path below the raw folder, which differs where the library's own archive stands in for it
    extras : series beside those of every data set
    """

    files: Mapping[str, RawFile]
    names: Mapping[str, str]
    extras: tuple[Fact, ...] = ()

    def __getitem__(self, name: str) -> RawFile:
        """Return a raw file by the catalog's name for it."""
        return self.files[name]


def places(name: str) -> tuple[str, ...]:
    """Return the paths at which a raw file may stand, the first of them being looked for first."""
    return (name, catalog.PUBLISHED[name]) if name in catalog.PUBLISHED else (name,)


def chosen(names: Iterable[str]) -> tuple[Fact, ...]:
    """Return the extra series of these names, in the catalog's order; raises UnknownName with the nearest."""
    wanted = set(names)
    known = {fact.name: fact for fact in catalog.EXTRAS}
    for name in sorted(wanted - set(catalog.SERIES)):
        raise UnknownName(
            f"{name!r} is not a series of the catalog{did_you_mean(name, known)}; see: fedcycle data catalog"
        )
    return tuple(fact for fact in catalog.EXTRAS if fact.name in wanted)


def read_inputs(raw: Path, extras: Sequence[Fact] = ()) -> Inputs:
    """Return the raw files of a folder; raises DataError that names all that are missing."""
    if not raw.is_dir():
        raise DataError(f"{raw} is not a folder; give the folder with the raw files, such as {INPUTS[0]} below it")
    wanted = (*INPUTS, *(fact.raw for fact in extras))
    names = {name: next((p for p in places(name) if (raw / p).is_file()), None) for name in wanted}
    missing = [name for name, place in names.items() if place is None]
    if missing:
        raise DataError(
            f"{raw} lacks {', '.join(missing)}; a data set is compiled from {len(wanted)} files, all needed"
        )
    found = {name: place for name, place in names.items() if place is not None}
    found |= {name: name for name in CROSS_CHECKS if (raw / name).is_file()}
    for name in catalog.FACTOR_FILES:
        if (place := next((p for p in places(name) if (raw / p).is_file()), None)) is not None:
            found[name] = place
    return Inputs({name: _read(raw / place) for name, place in found.items()}, found, tuple(extras))


def _read(path: Path) -> RawFile:
    try:
        return RawFile(str(path), read_bounded(path, LARGEST))
    except OSError as err:
        raise DataError(f"{path} cannot be read ({err.strerror}); make it readable and build again") from None
