"""How a comparison is asked for and shown: variants, the common period, names of rows, their order and the baseline."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import product
from typing import Any

from fedcycle.backtests.config.serialize import leaves
from fedcycle.backtests.core.errors import RunError
from fedcycle.backtests.runs.storage import Run
from fedcycle.backtests.workflows.comparison_order import AGAINST, GIVEN, LESS_IS_FIRST, NAME, RANKED_BY

UNTOLD = ("name", "question", "sweep", "sweep_design", "sweep_reference", "sweep_variants")
"""Keys of a config that say nothing about what was run."""


@dataclass(frozen=True)
class ComparisonView:
    """How a comparison is shown.

    Parameters
    ----------
    title : of the page, or empty
    order : one of ``ORDERS``
    labels : run, as it was asked for, by name or by a prefix of its id -> what it is called
    baseline : run that the others are measured against too, named in the same ways, or None
    """

    title: str = ""
    order: str = RANKED_BY
    labels: Mapping[str, str] = field(default_factory=dict)
    baseline: str | None = None


def variants(sets: Sequence[str]) -> list[tuple[str, ...]]:
    """Return the overrides of each variant: a key that is given several times makes one variant for each value.

    Examples
    --------
    >>> variants(["strategy.months=3", "strategy.months=6", "execution.lag=2"])
    [('strategy.months=3', 'execution.lag=2'), ('strategy.months=6', 'execution.lag=2')]
    """
    by_key: dict[str, list[str]] = {}
    for given in sets:
        by_key.setdefault(given.partition("=")[0].strip(), []).append(given)
    return [tuple(chosen) for chosen in product(*by_key.values())]


def names_of(runs: Sequence[Run]) -> dict[str, str]:
    """Return what each run is called, id -> name: its name, with the keys that tell it from others of that name.

    Where no key does, as after a change of the data, it is the id.
    """
    names: dict[str, str] = {}
    for name in dict.fromkeys(run.name for run in runs):
        mine = [run for run in runs if run.name == name]
        told = [{path: str(value) for path, value in leaves(run.config) if path[0] not in UNTOLD} for run in mine]
        keys = list(dict.fromkeys(path for chosen in told for path in chosen))
        differ = [path for path in keys if len({chosen.get(path) for chosen in told}) > 1]
        short = {path: path[-1] if sum(p[-1] == path[-1] for p in differ) == 1 else ".".join(path) for path in differ}
        called = [
            ", ".join([name, *(f"{short[path]}={chosen.get(path, 'none')}" for path in differ)]) for chosen in told
        ]
        unlike = len(set(called)) == len(called)
        names |= {run.id: text if unlike else run.id for run, text in zip(mine, called, strict=True)}
    return names


def found_run(word: str, runs: Sequence[Run], *, asked: Mapping[str, Sequence[str]], names: Mapping[str, str]) -> str:
    """Return the id of the one run that a word names; raises RunError where none or several do.

    Parameters
    ----------
    word : what was asked for, a name, or a prefix of an id
    runs : those compared
    asked : what was asked for -> ids of its runs
    names : id -> what the run is called
    """
    ids = [run.id for run in runs]
    tries = (
        [run for run in asked.get(word, ()) if run in ids],
        [run for run in ids if names[run] == word],
        [run.id for run in runs if run.name == word],
        [run for run in ids if run.startswith(word)],
    )
    found = next((list(dict.fromkeys(chosen)) for chosen in tries if chosen), [])
    if len(found) == 1:
        return found[0]
    known = "; ".join(names[run] for run in (found or ids))
    why = "is no run compared here" if not found else "names several runs"
    raise RunError(f"{word!r} {why}; name one of: {known}")


def place(run: Run, order: str, names: Mapping[str, str]) -> tuple[Any, ...]:
    """Return what a run is sorted by; one without the statistic is last."""
    if order == GIVEN:
        return ()
    if order == NAME:
        return (names[run.id],)
    value = run.summary["relative" if order in AGAINST else "statistics"][order]
    sign = 1.0 if order in LESS_IS_FIRST else -1.0
    return (value is None, sign * (value or 0.0))
