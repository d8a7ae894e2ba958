"""The days of a schedule that a config lists or keeps in a file: a day a line, an optional line of names."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

from fedcycle.backtests.config.layering import absolute, relative
from fedcycle.backtests.config.yaml_reader import Node, shown
from fedcycle.backtests.core.errors import ConfigError
from fedcycle.strategies.schedule import DATES, EVERY

MOST = 20_000
"""Days that a schedule may list: more than the sessions of any market."""


def schedule_name(stated: Any) -> str:
    """Return the name of a schedule as a Backtest takes it, from a resolved config's value."""
    if not isinstance(stated, Mapping):
        return str(stated)
    if "every" in stated:
        return f"{EVERY}{stated['every']}"
    return DATES + " ".join(str(day) for day in stated["dates"])


def listed(stated: Any, node: Node) -> Any:
    """Return a schedule's value with the days of its file in the place of the file's name, sorted, each once.

    Raises
    ------
    ConfigError
        With file and line, where the file cannot be read or a line is no day as ``YYYY-MM-DD``.
    """
    if not isinstance(stated, Mapping) or "dates" not in stated:
        return stated
    days = stated["dates"]
    if isinstance(days, str):
        days = _read(days, node)
    if len(days) > MOST:
        raise ConfigError(f"{node.place}: schedule.dates has {len(days):,} days; write at most {MOST:,}")
    return {"dates": sorted(set(days))}


def _read(name: str, node: Node) -> list[dt.date]:
    path = absolute(node.source.directory / name)
    try:
        lines = path.read_text(encoding="utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError, ValueError) as error:
        why = getattr(error, "strerror", None) or "it is no text"
        raise ConfigError(f"{node.place}: schedule.dates names {shown(name)}, which cannot be read: {why}") from error
    days = []
    for k, line in enumerate(lines, start=1):
        cell = line.replace(";", ",").split(",")[0].strip().strip('"')
        if not cell or (k == 1 and not cell[0].isdigit()):
            continue
        try:
            day = dt.date.fromisoformat(cell)
        except ValueError:
            day = None
        if day is None or day.isoformat() != cell:
            raise ConfigError(f"{relative(path)}:{k}: {cell[:40]!r} is no day; write one as 2024-12-31")
        days.append(day)
    if not days:
        raise ConfigError(f"{node.place}: schedule.dates names {shown(name)}, which has no day; write one a line")
    return days
