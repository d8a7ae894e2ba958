"""Run, and the folder it is kept in: addressed by content, written whole or not at all."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fedcycle.backtests.core.errors import RunError
from fedcycle.backtests.core.ledger import Financing, Ledger, Trades
from fedcycle.backtests.runs import stored_columns
from fedcycle.backtests.runs.stored_columns import FINANCING, UNITS, columns_of
from fedcycle.data.storage import atomic
from fedcycle.data.typing import Days, Float64, frozen

CONFIG, STATISTICS, PROVENANCE, TEARSHEET = "config.yaml", "statistics.json", "provenance.json", "tearsheet.html"
LEDGER, TRADES, TARGETS = "ledger.parquet", "trades.parquet", "targets.parquet"
MANIFEST = "manifest.json"
"""The file that every data set has."""
LARGEST = 1 << 26
"""Bytes that a JSON file of a run may have: ours have a hundredth of it."""
REMEDY = "the run is damaged, run its config again"


@dataclass(frozen=True, eq=False)
class Run:
    """One backtest, done and judged.

    Parameters
    ----------
    id : ``<name>-<hash of everything that could change a number>``
    name : the config's name
    config : the resolved config as plain data
    ledger : what happened, with the assets that were held or wanted
    benchmark : name of the benchmark
    benchmark_value : (T,) US dollars: the run's capital until its first fill, from then on the benchmark
    summary : the JSON document of the run, as CLI.md gives it, less where it is kept
    provenance : data digests and vintages, code digest, library versions, command
    stamps : what must stand next to every figure, such as ``HINDSIGHT``
    files : what the run was made from, name -> bytes: ``config.yaml`` and a user's own rule
    """

    id: str
    name: str
    config: Mapping[str, Any]
    ledger: Ledger
    benchmark: str
    benchmark_value: Float64
    summary: Mapping[str, Any]
    provenance: Mapping[str, Any]
    stamps: tuple[str, ...] = ()
    files: Mapping[str, bytes] = field(default_factory=dict)

    @property
    def currency(self) -> str:
        """Return the three letters of the currency of the account; runs of before there were others are in dollars."""
        return str(self.summary.get("market", {}).get("currency", "USD"))

    @property
    def digest(self) -> str:
        """Return the digest of the account and of its benchmark's value at each close, hexadecimal."""
        ledger = self.ledger
        held = (ledger.held_from, ledger.holdings)
        columns = (ledger.sessions.astype("datetime64[D]"), ledger.value, ledger.cash, *held, self.benchmark_value)
        h = hashlib.sha256("|".join(ledger.assets).encode())
        for column in columns:
            h.update(np.ascontiguousarray(column).tobytes())
        return h.hexdigest()

    @property
    def frequency(self) -> str:
        """Return how far apart the sessions of the run's market are: ``daily``, ``weekly`` or ``monthly``."""
        return str(self.summary.get("market", {}).get("frequency", "daily"))


def save(run: Run, runs_dir: Path, *, tearsheet: str | None) -> Path:
    """Write a run's folder below ``runs_dir`` and return it; a kill at any moment leaves no broken folder."""
    folder = runs_dir / run.id
    with atomic.new_folder(folder) as partial:
        for name, content in run.files.items():
            (partial / name).parent.mkdir(parents=True, exist_ok=True)
            (partial / name).write_bytes(content)
        _write_ledger(run, partial)
        (partial / STATISTICS).write_bytes(json_bytes(run.summary))
        digests = {name: _sha256((partial / name).read_bytes()) for name in file_names(partial)}
        (partial / PROVENANCE).write_bytes(json_bytes({**run.provenance, "files": digests}))
        if tearsheet is not None:
            (partial / TEARSHEET).write_text(tearsheet, encoding="utf-8", newline="\n")
    return folder


def load(folder: Path) -> Run:
    """Read a run's folder back; raises RunError where it is missing, damaged, or not a run at all.

    A stranger's run is numbers and texts: whatever its files say, nothing outside the folder is opened.
    """
    try:
        return _loaded(folder)
    except RunError:
        raise
    except Exception as error:  # a file that says something else than a run's can be wrong in any way
        kind = type(error).__name__
        raise RunError(f"{folder} is no whole run ({kind}: {error}); {REMEDY}") from error


def _loaded(folder: Path) -> Run:
    provenance = _json(folder / PROVENANCE)
    digests = _member(provenance, "files", folder)
    kept = (CONFIG, *_texts(provenance["companions"]), *_texts(provenance.get("kept", [])))
    for name in (*digests, *kept, STATISTICS, LEDGER, TRADES, TARGETS):
        if name not in digests or not _is_inside(name) or not _is_own_file(folder, name):
            raise RunError(f"{folder}: {name} is missing, or no file of this folder's; {REMEDY}")
    for name, digest in digests.items():
        if _sha256((folder / name).read_bytes()) != digest:
            raise RunError(f"{folder}: {name} is not what was written; {REMEDY}")
    summary = _json(folder / STATISTICS)
    _check_summary(summary)
    ledger, benchmark_value = _read_ledger(folder, _texts(provenance["notes"]))
    files = {name: (folder / name).read_bytes() for name in kept}
    return Run(
        id=summary["id"],
        name=summary["name"],
        config=provenance["config"],
        ledger=ledger,
        benchmark=summary["relative"]["benchmark"],
        benchmark_value=benchmark_value,
        summary=summary,
        provenance={k: v for k, v in provenance.items() if k != "files"},
        stamps=_texts(summary["stamps"]),
        files=files,
    )


def add_tearsheet(folder: Path, html: str) -> None:
    """Write a tearsheet into the folder of a stored run."""
    atomic.write_file(folder / TEARSHEET, html.encode())


def check_output(path: Path) -> None:
    """Raise RunError if a page written to a path would take the place of a file of a stored run or of a data set."""
    folder = path.resolve().parent
    if (folder / PROVENANCE).is_file() and path.name != TEARSHEET:
        raise RunError(f"{path} lies in stored run {folder.name}, whose files are kept as they are; name another file")
    if (folder / MANIFEST).is_file():
        raise RunError(f"{path} lies in data set {folder.name}, whose files are kept as they are; name another file")


def write_page(path: Path, content: bytes) -> None:
    """Write a page where the user wants it; raises RunError where it would destroy a run or a data set."""
    check_output(path)
    atomic.write_file(path, content)


def find(ref: str, runs_dir: Path) -> Path | None:
    """Return the folder of a stored run by its path, its whole name or an unambiguous prefix of its id, or None.

    Raises RunError where a prefix fits several runs.
    """
    if (Path(ref) / PROVENANCE).is_file():
        return Path(ref)
    if not _is_plain(ref):
        return None
    fits = [folder for folder in listing(runs_dir) if folder.name.startswith(ref)]
    named = [folder for folder in fits if folder.name.rpartition("-")[0] == ref]
    fits = named or fits
    if len(fits) > 1 and ref not in {folder.name for folder in fits}:
        names = ", ".join(folder.name for folder in fits)
        raise RunError(f"{ref} fits {len(fits)} stored runs: {names}; write more of the id")
    exact = [folder for folder in fits if folder.name == ref]
    return next(iter(exact or fits), None)


def file_names(folder: Path) -> list[str]:
    """Return the names of the files of a run's folder, relative to it; those below a folder with ``/`` between."""
    return sorted(
        file.relative_to(folder).as_posix() for file in folder.rglob("*") if file.is_symlink() or not file.is_dir()
    )


def members(folder: Path) -> set[str]:
    """Return the names of a run's own files: those of every run, and the rules and configs it was made from.

    Of what its provenance names only companions, and files that its rule read, count, and only while they are still
    the bytes that were written.
    """
    names = {CONFIG, STATISTICS, PROVENANCE, TEARSHEET, LEDGER, TRADES, TARGETS}
    try:
        provenance = _json(folder / PROVENANCE)
        digests = _member(provenance, "files", folder)
        companions = (*_texts(provenance["companions"]), *_texts(provenance.get("kept", [])))
    except (RunError, KeyError, TypeError):
        return names
    for name in companions:
        own = _is_inside(name) and _is_own_file(folder, name)
        if own and _sha256((folder / name).read_bytes()) == digests.get(name):
            names.add(name)
    return names


def listing(runs_dir: Path) -> list[Path]:
    """Return the folders of the stored runs below ``runs_dir``, by name."""
    if not runs_dir.is_dir():
        return []
    return sorted(f for f in runs_dir.iterdir() if not f.name.startswith(".") and (f / PROVENANCE).is_file())


def json_bytes(document: object) -> bytes:
    """Return a document as JSON bytes that are the same every time; refuses NaN and infinities."""
    return (json.dumps(document, indent=2, ensure_ascii=False, allow_nan=False) + "\n").encode()


def _write_ledger(run: Run, folder: Path) -> None:
    from fedcycle.data.storage import parquet  # pyarrow, which only what is kept needs

    tables = {LEDGER: stored_columns.LEDGER, TRADES: stored_columns.TRADES, TARGETS: stored_columns.TARGETS}
    for name, columns in tables.items():
        parquet.write(folder / name, columns_of(columns, run.ledger, run.benchmark_value))


def _read_ledger(folder: Path, notes: tuple[str, ...]) -> tuple[Ledger, Float64]:
    from fedcycle.data.storage import parquet

    table, trades, targets = (parquet.read(folder / name) for name in (LEDGER, TRADES, TARGETS))
    assets = tuple(name.removeprefix(UNITS) for name in table if name.startswith(UNITS))
    sessions = _days(table["session"])
    units = np.column_stack([table[UNITS + a] for a in assets]) if assets else np.zeros((len(sessions), 0))
    before = np.vstack([np.zeros((1, len(assets))), units[:-1]])
    held_from = np.flatnonzero((units != before).any(axis=1))
    where = {asset: j for j, asset in enumerate(assets)}
    filled = Trades(
        decided_on=_days(trades["decided_on"]),
        filled_on=_days(trades["filled_on"]),
        asset=np.array([where[a] for a in trades["asset"].tolist()], dtype=np.int64),
        units=trades["units"],
        price=trades["price"],
        cost=trades["cost"],
    )
    wanted = np.column_stack([targets[a] for a in assets]) if assets else np.zeros((len(targets["decided_on"]), 0))
    ledger = Ledger(
        sessions=sessions,
        assets=assets,
        value=table["value"],
        cash=table["cash"],
        held_from=held_from.astype(np.int64),
        holdings=units[held_from],
        decided_on=_days(targets["decided_on"]),
        targets=wanted,
        trades=filled,
        notes=notes,
        flows=table.get("flow"),
        account=table.get("account"),
        financing=_financing(table),
    )
    return ledger, frozen(table["benchmark"])


def _financing(table: Mapping[str, Any]) -> Financing | None:
    """Return what shorts and loans brought and cost; None for an account that has neither."""
    if FINANCING + "called" not in table:
        return None
    columns = {f.name: table[FINANCING + f.name] for f in fields(Financing)}
    return Financing(**{**columns, "called": columns["called"] > 0})


def _days(instants: NDArray[np.datetime64]) -> Days:
    """Return days, of a run that was stored with points in time or, before, with dates."""
    return instants.astype("datetime64[D]")


def _json(file: Path) -> dict[str, Any]:
    try:
        if not _is_own_file(file.parent, file.name):
            raise RunError(f"{file} is missing, or no file of this folder's; {REMEDY}")
        if file.stat().st_size > LARGEST:
            raise RunError(f"{file} has more than {LARGEST:,} bytes, which no run's has; {REMEDY}")
        document = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        raise RunError(f"{file} cannot be read ({error}); {REMEDY}") from error
    if not isinstance(document, dict):
        raise RunError(f"{file} is not a JSON object; {REMEDY}")
    return document


def _is_own_file(folder: Path, name: str) -> bool:
    """Return whether a name is that of a file of a folder or below it, and no link to somewhere else on the way."""
    parts = name.split("/")
    ways = [folder.joinpath(*parts[:k]) for k in range(1, len(parts) + 1)]
    return ways[-1].is_file() and not any(way.is_symlink() for way in ways)


def _texts(value: object) -> tuple[str, ...]:
    if not isinstance(value, list) or not all(isinstance(text, str) for text in value):
        raise TypeError(f"{value!r:.80} is no list of texts")
    return tuple(value)


def _check_summary(summary: Mapping[str, Any]) -> None:
    """Raise TypeError, KeyError or ValueError unless what every list of runs shows is there and of its kind."""
    period, market, relative = summary["period"], summary["market"], summary["relative"]
    texts = (summary["id"], summary["name"], period["start"], period["end"], market["name"], market["digest"])
    for text in (*texts, relative["benchmark"]):
        if not isinstance(text, str):
            raise TypeError(f"{text!r:.80} is no text")
    if not _is_plain(summary["id"]):
        raise ValueError(f"{summary['id']!r:.80} is no id")
    numbers = {name: relative[name] for name in ("excess_cagr",)} | dict(summary["statistics"])
    for name in ("cagr", "sharpe", "max_drawdown", *numbers):
        value = numbers[name]
        if value is not None and (isinstance(value, bool) or not isinstance(value, int | float)):
            raise TypeError(f"{name} is {value!r:.80}, which is no number")


def _member(document: Mapping[str, Any], key: str, folder: Path) -> dict[str, Any]:
    value = document.get(key)
    if not isinstance(value, dict):
        raise RunError(f"{folder / PROVENANCE} has no {key}; {REMEDY}")
    return value


def _is_plain(name: str) -> bool:
    return bool(name) and Path(name).name == name and not name.startswith(".")


def _is_inside(name: str) -> bool:
    """Return whether a name is that of a file in a run's folder or below it."""
    return not Path(name).is_absolute() and all(map(_is_plain, name.split("/")))


def _sha256(content: bytes) -> str:
    return "sha256:" + hashlib.sha256(content).hexdigest()
