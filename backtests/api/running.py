"""run and load_run: a config, or a rule made in Python, to a RunResult."""

from __future__ import annotations

import datetime as dt
import logging
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, TypeAlias

from fedcycle.backtests import config as configs
from fedcycle.backtests.api.places import RUNS, SWEEPS, PathLike, data_folder, our_errors, store_folder
from fedcycle.backtests.api.run_result import RunResult
from fedcycle.backtests.config import RunConfig
from fedcycle.backtests.core.callbacks import Notify
from fedcycle.backtests.core.errors import ConfigError, RunError
from fedcycle.backtests.runs import storage
from fedcycle.backtests.workflows import reproduce, study
from fedcycle.backtests.workflows.study import StoredRun
from fedcycle.strategies.strategy import Strategy

Runnable: TypeAlias = PathLike | Mapping[str, Any] | RunConfig | Strategy | type[Any]
"""What can be run: a path or shipped name, a mapping of a config's keys, a config, or a rule."""
Day: TypeAlias = str | dt.date
LOG = logging.getLogger("fedcycle")


def run(
    what: Runnable,
    *,
    overrides: Mapping[str, Any] | None = None,
    store: PathLike | None = RUNS,
    tearsheet: bool = False,
    assets: Sequence[str] | None = None,
    start: Day | None = None,
    end: Day | None = None,
    data_dir: PathLike | None = None,
) -> RunResult:
    """Run a config or a rule, or use the stored run that is identical in every input.

    Parameters
    ----------
    what : what to run
        A path to a config or the name of a shipped one; a mapping of a config's keys, nested as in YAML (``extends``
        works); a variant of a sweep, as ``sweeps/ID#6``; a RunConfig; an instance or a class of ``Strategy``, or a
        ``bt.Strategy`` class, over ``base.yaml``.
    overrides : dotted key -> value, instead of the config's own
        Such as ``{"execution.costs.slippage_bps": 10}``. Sentences name one as the command line would: ``--set``.
    store : folder of the stored runs; None to keep nothing on disk and use nothing again
    tearsheet : whether to write the HTML page into the run's folder too
    assets : names, for a rule only
        The value of its parameter ``assets``. A rule of a notebook's cell that has no such parameter may hold these
        alone.
    start, end : first and last day of the run, ``YYYY-MM-DD`` or a date; the config's own unless given
    data_dir : the folder of fetched data, for ``data.market: store``; $FEDCYCLE_DATA or the platform's unless given

    Returns
    -------
    RunResult
        Its ``notes`` say what must be known. A rule of a notebook's cell runs, but what its names mean there nobody
        can know: such a run is kept with the cell's text, and never used again.

    Raises
    ------
    FedcycleError
        ConfigError, DataError, StrategyError, BacktestError or RunError, with the sentence of the command line.
    """
    said: list[str] = []
    what = one_variant(what, data_dir=data_dir, notify=said.append)
    config = config_of(what, overrides=overrides, assets=assets, start=start, end=end, data_dir=data_dir)
    with our_errors():
        done = study.run(
            config, runs_dir=store_folder(store), tearsheet=tearsheet and store is not None, notify=said.append
        )
    for sentence in said:
        LOG.info(sentence)
    return RunResult(done, notes=tuple(said))


def load_run(ref: PathLike, *, store: PathLike = RUNS) -> RunResult:
    """Return a stored run; raises RunError where there is none, several fit, or it is damaged.

    Parameters
    ----------
    ref : its folder, its id, or as much of an id as fits one run alone
    store : folder of the stored runs
    """
    with our_errors():
        folder = reproduce.find_run(str(ref), Path(store))
        return RunResult(StoredRun(storage.load(folder), folder, reused=True))


def variants_of(what: Runnable, *, data_dir: PathLike | None, notify: Notify) -> list[Runnable]:
    """Return the configs of the variants of a sweep that a text names, as ``sweeps/ID#6,12``; all else as it is."""
    if not isinstance(what, (str, Path)) or "#" not in str(what):
        return [what]
    from fedcycle.backtests.sweep.variant_configs import is_variants, variant_configs

    if not is_variants(str(what)):
        return [what]
    with our_errors():
        return [*variant_configs(str(what), sweeps_dir=Path(SWEEPS), notify=notify, store=data_folder(data_dir))]


def one_variant(what: Runnable, *, data_dir: PathLike | None, notify: Notify) -> Runnable:
    """Return what is to be run, or the config of the one variant that it names."""
    found = variants_of(what, data_dir=data_dir, notify=notify)
    if len(found) != 1:
        raise RunError(f"{what} names {len(found)} variants, but run takes one; give them to fc.compare")
    return found[0]


def config_of(
    what: Runnable,
    *,
    overrides: Mapping[str, Any] | None = None,
    assets: Sequence[str] | None = None,
    start: Day | None = None,
    end: Day | None = None,
    data_dir: PathLike | None = None,
) -> RunConfig:
    """Return the config of what is to be run; see ``run`` for the parameters and for what it raises."""
    days = {key: day for key, day in (("period.start", start), ("period.end", end)) if day is not None}
    overriding = {**days, **(overrides or {})}
    sets = [configs.assignment(key, configs.plain(value, key)) for key, value in overriding.items()]
    folder = data_folder(data_dir)
    if _is_rule(what):
        return configs.from_rule(what, _named(what), sets, assets=tuple(assets or ()), store=folder)
    if assets is not None:
        raise ConfigError("assets is for a rule made in Python; a config names its assets in its strategy")
    if isinstance(what, RunConfig):
        if not sets:
            return what
        raise ConfigError(f"{what.name} is a config that is checked already; give overrides where it is loaded")
    if isinstance(what, Mapping):
        return configs.from_mapping(what, sets, store=folder)
    with our_errors():
        return configs.load(str(what), sets, store=folder)


def _is_rule(what: object) -> bool:
    return isinstance(what, (Strategy, type))


def _named(rule: Any) -> dict[str, Any]:
    """Return the keys of a config that a rule gives itself: its class's name, its first line as the question."""
    kind = rule if isinstance(rule, type) else type(rule)
    name = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "-", kind.__name__).lower().strip("_-")
    said = next(iter((kind.__doc__ or "").strip().splitlines()), "")
    return {"name": name, "question": said or f"What did {kind.__name__} return?"}
