"""Every byte that is kept, against what was written: the bundle, a store's vintages, and any other data set."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from fedcycle.data import dataset
from fedcycle.data.building import vintages
from fedcycle.data.errors import DataError
from fedcycle.data.manifest import MANIFEST
from fedcycle.data.storage import checksums


@dataclass(frozen=True)
class Checked:
    """What a check found of one data set: its name, its folder, and a sentence for each thing wrong."""

    name: str
    folder: Path
    problems: tuple[str, ...]


def check(data: Path, folders: Sequence[Path] = ()) -> Iterator[Checked]:
    """Yield what each data set is found to be: the bundle, every vintage of the store, and the folders named.

    Nothing is changed, and nothing damaged stops the check of the rest.
    """
    bundle = dataset.folder_of(dataset.BUNDLE)
    yield Checked(dataset.BUNDLE, bundle, tuple(_problems(bundle)))
    for name, problems in vintages.problems(data):
        vintage = data / vintages.VINTAGES / name
        yield Checked(name, vintage, tuple(dict.fromkeys([*problems, *_unreadable(vintage)])))
    for folder in folders:
        if not (folder / MANIFEST).is_file():
            raise DataError(f"{folder} is not a data set: it has no {MANIFEST}; name a folder made by fedcycle data")
        yield Checked(folder.name, folder, tuple(_problems(folder)))


def _problems(folder: Path) -> list[str]:
    return list(dict.fromkeys([*checksums.problems(folder), *_unreadable(folder)]))


def _unreadable(folder: Path) -> Iterator[str]:
    """Yield why a data set cannot be loaded, if it cannot."""
    try:
        dataset.load_market(folder)
    except DataError as err:
        yield str(err)
