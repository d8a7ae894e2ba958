"""A variant of a finished sweep as a config of its own: ``sweeps/ID#6,12`` names two of them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

from fedcycle.backtests import config as configs
from fedcycle.backtests.core.callbacks import Notify
from fedcycle.backtests.core.errors import RunError
from fedcycle.backtests.core.format import listing
from fedcycle.backtests.sweep.design import Grid, tried
from fedcycle.data.storage import atomic, parquet

MARK = "#"
CONFIG = "config.yaml"
RESULTS, VARIANTS = ".parquet", ".variants"
MOST = 200
"""More at once are a mistake in a range."""
FORM = "write it as sweeps/ID#6, sweeps/ID#6,12 or sweeps/ID#6-9"


def is_variants(ref: str) -> bool:
    """Return whether a reference names variants of a sweep: it has the mark, and is no file of that name."""
    return MARK in ref and not Path(ref).exists()


def reference(results: Path, *numbers: int) -> str:
    """Return what variants of a sweep are called on a command line.

    Examples
    --------
    >>> reference(Path("sweeps/grid-1a2b3c4d.parquet"), 6, 12)
    'sweeps/grid-1a2b3c4d#6,12'
    """
    return f"{results.with_suffix('').as_posix()}{MARK}{','.join(map(str, numbers))}"


def keep_config(results: Path, config: configs.RunConfig, files: Mapping[str, bytes]) -> None:
    """Keep the config of a sweep, and the files that its rule needs, beside its results."""
    folder = _folder(results)
    for name, content in {**files, CONFIG: config.dump().encode()}.items():
        file = folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        atomic.write_file(file, content)


def variant_configs(
    ref: str, *, sweeps_dir: Path = Path("sweeps"), notify: Notify, store: Path | None = None
) -> list[str]:
    """Return the config file of each variant that a reference names, written beside the sweep's results.

    Parameters
    ----------
    ref : ``ID#6``, ``ID#6,12``, ``ID#6-9``; the sweep by the path of its results, its id, or enough of it
    sweeps_dir : folder of the results, for a sweep that is named without one
    notify : is told what each variant is
    store : the data folder, for configs that say ``data.market: store``

    Raises
    ------
    RunError
        If there is no such sweep or variant, or it could not be run.
    """
    named, _, text = ref.partition(MARK)
    numbers = list(dict.fromkeys(_numbers(text, ref)))
    results = _found(named, sweeps_dir, ref)
    base = _folder(results) / CONFIG
    if not base.is_file():
        raise RunError(f"{results} was made before sweeps kept their config; run fedcycle sweep once more, then {ref}")

    def load(sets: Sequence[str] = ()) -> configs.RunConfig:
        return configs.load(base, sets, store=store)

    grid = tried(load(), load)
    beyond = [n for n in numbers if n >= len(grid)]
    if beyond:
        have = f"0 to {len(grid) - 1:,}" if len(grid) > 1 else "0 alone"
        raise RunError(f"{ref}: sweep {results.stem} has the variants {have}, but no {listing(list(map(str, beyond)))}")
    refused = _refused(results, numbers)
    if refused is not None:
        raise RunError(f"{ref}: {refused}")
    of = grid.variant if isinstance(grid, Grid) else grid.setting  # one at a time, only what it changes
    return [_written(results, n, of(n), load, notify) for n in numbers]


def _written(
    results: Path,
    number: int,
    values: Mapping[str, object],
    load: Callable[[Sequence[str]], configs.RunConfig],
    notify: Notify,
) -> str:
    """Write a variant's config beside the sweep's own and return its path."""
    sets = [configs.assignment(key, value) for key, value in values.items()]
    what = f"variant {number} of sweep {results.stem}: {', '.join(sets)}"
    file = _folder(results) / f"{number}.yaml"
    atomic.write_file(file, f"# {' '.join(what.split())}\n{load(sets).dump()}".encode())
    notify(f"{file.as_posix()} is {what}")
    return file.as_posix()


def _numbers(text: str, ref: str) -> Iterator[int]:
    """Yield the numbers of ``6,12`` or ``6-9``."""
    if not text.strip():
        raise RunError(f"{ref} names no variant; {FORM}")
    count = 0
    for part in text.split(","):
        span = re.fullmatch(r"\s*(\d{1,9})\s*(?:-\s*(\d{1,9})\s*)?", part)
        if span is None:
            raise RunError(f"{ref}: {part.strip() or 'nothing'} is no number of a variant; {FORM}")
        first, last = int(span[1]), int(span[2] or span[1])
        if last < first:
            raise RunError(f"{ref}: {part.strip()} ends before it begins; write {last}-{first}")
        count += last - first + 1
        if count > MOST:
            raise RunError(f"{ref} names more than {MOST} variants; name fewer")
        yield from range(first, last + 1)


def _found(named: str, sweeps_dir: Path, ref: str) -> Path:
    """Return the results of the sweep that a name means."""
    path = Path(named.removesuffix(RESULTS))
    folder = path.parent if len(path.parts) > 1 else sweeps_dir
    there = sorted(file for file in folder.glob(f"*{RESULTS}") if file.is_file()) if folder.is_dir() else []
    name = path.name
    exact = [file for file in there if file.stem == name]
    fits = exact or [file for file in there if name and file.stem.rpartition("-")[0] == name]
    fits = fits or [file for file in there if name and file.stem.startswith(name)]
    if len(fits) == 1:
        return fits[0]
    if fits:
        raise RunError(f"{ref}: {name} fits {len(fits)} sweeps: {_names(fits)}; write more of the id")
    remedy = f"there is {_names(there)}" if there else "none is kept there; run fedcycle sweep first"
    raise RunError(f"{ref}: there is no sweep {name or 'without a name'} below {folder.as_posix()}; {remedy}")


def _names(files: list[Path]) -> str:
    more = f" and {len(files) - 5} more" if len(files) > 5 else ""
    return ", ".join(file.stem for file in files[:5]) + more


def _refused(results: Path, numbers: list[int]) -> str | None:
    """Return why the first of the variants that could not be run could not, or None where all could."""
    for table in parquet.groups(results):
        for number, why in zip(table["variant"].tolist(), table["refused"].tolist(), strict=True):
            if why and number in numbers:
                return f"variant {number} cannot be run: {why}"
    return None


def _folder(results: Path) -> Path:
    return results.with_suffix(VARIANTS)
