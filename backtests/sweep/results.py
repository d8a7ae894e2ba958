"""A sweep's results on disk: a part for each finished block, joined into one Parquet file when all are there."""

from __future__ import annotations

import datetime as dt
import hashlib
import heapq
import json
import math
import shutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fedcycle.backtests.config import assignment
from fedcycle.backtests.config.serialize import jsonable
from fedcycle.backtests.sweep.design import Block, Tried
from fedcycle.backtests.sweep.streaming_statistics import NUMBERS
from fedcycle.data.errors import DamagedData
from fedcycle.data.storage import atomic, parquet

RANKED_BY = "sharpe"
Columns = Mapping[str, NDArray[Any]]


@dataclass(frozen=True)
class Store:
    """Where one sweep is kept.

    Parameters
    ----------
    folder : where results are kept
    id : of the sweep
    grid : what is tried
    """

    folder: Path
    id: str
    grid: Tried

    @property
    def file(self) -> Path:
        """Return the Parquet file of all results."""
        return self.folder / f"{self.id}.parquet"

    @property
    def parts(self) -> Path:
        """Return the folder of finished blocks; it is gone when the file is there."""
        return self.folder / f"{self.id}.parts"

    @property
    def contrasts_file(self) -> Path:
        """Return the JSON file of what the choices of a sweep one at a time change."""
        return self.folder / f"{self.id}.contrasts.json"

    @property
    def verdicts_file(self) -> Path:
        """Return the JSON file of the verdicts on the variants of a small sweep."""
        return self.folder / f"{self.id}.verdicts.json"

    def contrasts(self) -> dict[str, Any] | None:
        """Return what the choices change where it is kept whole, else None: it is worked out again."""
        return _kept(self.contrasts_file)

    def keep_contrasts(self, found: Mapping[str, Any]) -> None:
        """Keep what the choices change beside the results."""
        atomic.write_file(self.contrasts_file, json.dumps(found, indent=1, allow_nan=False).encode())

    def verdicts(self) -> dict[str, Any] | None:
        """Return the verdicts where they are kept whole, else None: they are worked out again."""
        return _kept(self.verdicts_file)

    def keep_verdicts(self, found: Mapping[str, Any]) -> None:
        """Keep the verdicts beside the results."""
        atomic.write_file(self.verdicts_file, json.dumps(found, indent=1, allow_nan=False).encode())

    def finished(self) -> bool:
        """Return whether the file of all results is there and whole."""
        try:
            return self.file.is_file() and parquet.rows(self.file) == len(self.grid)
        except DamagedData:
            return False

    def forget(self) -> None:
        """Remove what is kept of the sweep."""
        shutil.rmtree(self.parts, ignore_errors=True)
        for file in (self.file, self.contrasts_file, self.verdicts_file):
            file.unlink(missing_ok=True)

    def missing(self) -> list[Block]:
        """Return the blocks that are not finished, in order."""
        return [block for block in self.grid.blocks if not self._whole(block)]

    def keep(self, block: Block, found: Columns) -> None:
        """Keep a finished block; a kill at any moment leaves it whole or absent."""
        self.parts.mkdir(parents=True, exist_ok=True)
        numbers = np.arange(block.first, block.first + block.count)
        keys = _key_columns(self.grid, numbers)
        table = {"variant": found["variant"], **keys, **{n: c for n, c in found.items() if n != "variant"}}
        try:
            content = parquet.packed(table, passing=True)
            atomic.write_file(self._part(block), hashlib.sha256(content).digest() + content)
        except OSError:
            # Another process with the same sweep has joined the parts, and removed their folder, meanwhile.
            if not self.finished():
                raise

    def join(self) -> Path:
        """Put all parts together as one file, a row group each, and remove them.

        Another process with the same sweep may be at the same: its file has the same bytes, and whoever is second
        takes it.
        """
        try:
            if not self.finished():
                with atomic.new_folder(self.parts / "joined") as folder:
                    parquet.join(folder / "all", (self._content(block) for block in self.grid.blocks))
                    (folder / "all").replace(self.file)
        except (OSError, DamagedData):
            if not self.finished():
                raise
        shutil.rmtree(self.parts, ignore_errors=True)
        return self.file

    def _part(self, block: Block) -> Path:
        return self.parts / f"{block.number:06d}.parquet"

    def _whole(self, block: Block) -> bool:
        try:
            self._content(block)
        except (OSError, DamagedData):
            return False
        return True

    def _content(self, block: Block) -> bytes:
        """Return a part as it was packed; raises DamagedData where a bit is another, as it begins with a digest."""
        part = self._part(block)
        kept = part.read_bytes()
        seal, content = kept[:32], kept[32:]
        if hashlib.sha256(content).digest() != seal:
            raise DamagedData(f"{part} is damaged; remove it, and it is made again")
        return content


def _kept(file: Path) -> dict[str, Any] | None:
    """Return a JSON document where it is kept whole, else None."""
    try:
        found: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return found


def _key_columns(grid: Tried, numbers: NDArray[np.int64]) -> dict[str, NDArray[Any]]:
    """Return the value of each key for some variants."""
    return {key: _values(tried)[which] for key, (tried, which) in grid.columns(numbers).items()}


def _values(tried: tuple[Any, ...]) -> NDArray[Any]:
    """Return values as one column: numbers as numbers, anything else as the text a config would have."""
    kinds = {type(value) for value in tried}
    if kinds == {int}:
        return np.array(tried, dtype=np.int64)
    if kinds <= {int, float}:
        return np.array(tried, dtype=np.float64)
    texts = [value if isinstance(value, str) else assignment("", value)[1:] for value in tried]
    return np.array(texts, dtype=object)


@dataclass(eq=False)
class _Spread:
    """The variance of numbers taken as they come; Welford's update, as sums of a million squares would lose digits."""

    count: int = 0
    mean: float = 0.0
    squares: float = 0.0

    def take(self, numbers: NDArray[Any]) -> None:
        for number in numbers[~np.isnan(numbers)].tolist():
            self.count += 1
            away = number - self.mean
            self.mean += away / self.count
            self.squares += away * (number - self.mean)

    @property
    def variance(self) -> float:
        return self.squares / (self.count - 1) if self.count > 1 else 0.0


@dataclass(eq=False)
class Ranking:
    """What is kept of all variants while their file is read once: the best, and what the trials add up to.

    Parameters
    ----------
    max_ : how many of the best are kept
    trials : variants that were run and have a Sharpe ratio
    refused : variants that could not be run
    beat : trials with an active return above 0
    ahead : the largest active return, fraction per year; None where there is none
    variance, information_variance : of the trials' Sharpe and information ratios, per year
    why : the first refusal, or None
    """

    max_: int
    trials: int = 0
    refused: int = 0
    why: str | None = None
    beat: int = 0
    ahead: float | None = None
    _names: list[str] = field(default_factory=list)
    _best: list[tuple[float, int, tuple[Any, ...]]] = field(default_factory=list)
    """What it is ranked by, its number, and its row."""
    _sharpe: _Spread = field(default_factory=_Spread)
    _information: _Spread = field(default_factory=_Spread)

    @property
    def variance(self) -> float:
        """Return the sample variance of the trials' Sharpe ratios; 0 for fewer than two."""
        return self._sharpe.variance

    @property
    def information_variance(self) -> float:
        """Return the sample variance of the trials' information ratios; 0 for fewer than two."""
        return self._information.variance

    def take(self, table: Columns) -> None:
        """Take in some rows."""
        refused = table["refused"] != ""
        self.refused += int(refused.sum())
        if refused.any() and self.why is None:
            self.why = str(table["refused"][refused][0])
        self._sharpe.take(table[RANKED_BY])
        self._information.take(table["information_ratio"])
        self.trials = self._sharpe.count
        active = table["excess_cagr"][~np.isnan(table["excess_cagr"])]
        self.beat += int((active > 0).sum())
        if len(active):
            largest = float(active.max())
            self.ahead = largest if self.ahead is None else max(self.ahead, largest)
        value = np.where(np.isnan(table[RANKED_BY]), -np.inf, table[RANKED_BY])
        order = np.lexsort((table["variant"], -value))
        order = order[~refused[order]][: self.max_]
        if len(self._best) == self.max_:
            order = order[-value[order] <= self._best[-1][0]]  # no other can be among the best
        self._names = list(table)
        rows = zip(*(table[name][order].tolist() for name in table), strict=True)
        entries = zip((-value[order]).tolist(), table["variant"][order].tolist(), rows, strict=True)
        self._best = heapq.nsmallest(self.max_, [*self._best, *entries])

    @property
    def best(self) -> list[dict[str, Any]]:
        """Return the rows of the best, the best first."""
        return [dict(zip(self._names, map(_item, row), strict=True)) for _, _, row in self._best]


def ranking(file: Path, *, max_: int) -> Ranking:
    """Return the best variants of a file of results, reading it a row group at a time."""
    found = Ranking(max_)
    for table in parquet.groups(file):
        found.take(table)
    return found


def digest(file: Path) -> str:
    """Return ``sha256:`` and the digest of a file of results."""
    with file.open("rb") as stream:
        return f"sha256:{hashlib.file_digest(stream, 'sha256').hexdigest()}"


def _item(value: Any) -> Any:
    """Return a cell as JSON has it."""
    if isinstance(value, dt.date):
        return value.isoformat()
    return None if isinstance(value, float) and math.isnan(value) else value


def whole_numbers(row: Mapping[str, Any]) -> dict[str, Any]:
    """Return a row whose count of trades is a whole number."""
    return {k: int(v) if k in ("trades", "sessions", "returns") and v is not None else v for k, v in row.items()}


def rows_of(best: list[dict[str, Any]], grid: Tried) -> Iterator[dict[str, Any]]:
    """Yield rows as the table shows them: values of the keys apart from the numbers."""
    for row in best:
        told = whole_numbers(row)
        yield {
            "variant": row["variant"],
            "values": {key: jsonable(value) for key, value in grid.variant(row["variant"]).items()},
            **{name: told[name] for name in ("start", "end", "sessions")},
            "stamps": row["stamps"].split(", ") if row["stamps"] else [],
            **{name: told[name] for name in NUMBERS},
        }
