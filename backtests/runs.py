"""Run, and the folder it is kept in: addressed by content, written whole or not at all."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from fedcycle.backtests.ledger import Ledger
from fedcycle.data.arrays import Float64


@dataclass(frozen=True, eq=False)
class Run:
    """One backtest, done and judged.

    Parameters
    ----------
    id : ``<name>-<hash of everything that could change a number>``
    name : the config's name
    config : the resolved config as plain data
    ledger : what happened
    benchmark : name of the benchmark
    benchmark_value : (T,) US dollars, the benchmark held over the run's sessions from the run's capital
    summary : the JSON document of the run, as CLI.md gives it
    provenance : data digests and vintages, code digest, library versions, command
    stamps : what must stand next to every figure, such as ``HINDSIGHT``
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
