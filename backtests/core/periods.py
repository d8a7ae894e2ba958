"""What a run on weekly or monthly data may not do: decide more often than it has sessions, or count days by mistake."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping

from fedcycle.backtests.core.errors import BacktestError
from fedcycle.data.manifest import PER_YEAR
from fedcycle.data.market import Market
from fedcycle.strategies.schedule import EVERY

COARSE = ("quarter_end", "year_end")
SCHEDULES: Mapping[str, tuple[str, ...]] = {
    "weekly": ("week_end", "month_end", "month_start", *COARSE),
    "monthly": ("month_end", *COARSE),
}
"""Frequency of a market -> the schedules by name that it has the sessions for."""
UNIT = {"weekly": "week", "monthly": "month"}


def check_schedule(market: Market, schedule: str, key: str) -> None:
    """Raise BacktestError for a schedule that is finer than the sessions of a market, or that counts days.

    ``dates`` and ``every N`` are taken, the latter up to a year: a longer one was meant in days.
    """
    if market.frequency not in SCHEDULES:
        return
    unit, names = UNIT[market.frequency], SCHEDULES[market.frequency]
    if schedule.startswith(EVERY):
        count, most = int(schedule.removeprefix(EVERY)), PER_YEAR[market.frequency]
        if count > most:
            raise BacktestError(
                f"schedule is every {count} sessions, but a session of market {market.name} is a {unit}: write every 1 "
                f"to {most}, or {', '.join(names)}",
                key=f"{key}.every" if key == "schedule" else key,
            )
    elif schedule not in names and " " not in schedule:
        raise BacktestError(
            f"schedule is {schedule}, but market {market.name} has {market.frequency} data, whose sessions are {unit} "
            f"ends; write {', '.join(names)}, every N or dates",
            key=key,
        )


def check_windows(market: Market, rule: object) -> None:
    """Raise BacktestError where a rule's window in sessions is its default on weekly or monthly data.

    Such a default was chosen in days: 252 of them are a year, 252 months are twenty-one.
    """
    if market.frequency not in UNIT:
        return
    unit = UNIT[market.frequency]
    for name, default in _defaults(rule):
        raise BacktestError(
            f"{name} is {default} sessions unless it is written, chosen for days, but a session of market "
            f"{market.name} is a {unit}; write {name} in {unit}s",
            key="strategy.class",
        )


def _defaults(rule: object) -> Iterator[tuple[str, int]]:
    """Yield each parameter of a rule, or of one inside it, that counts sessions and has its default, 2 or more."""
    if isinstance(rule, (list, tuple)):
        for each in rule:
            yield from _defaults(each)
    elif isinstance(rule, Mapping):
        for each in rule.values():
            yield from _defaults(each)
    elif dataclasses.is_dataclass(rule) and not isinstance(rule, type):
        for field in dataclasses.fields(rule):
            value = getattr(rule, field.name)
            counts = str(field.metadata.get("unit", "")).startswith("sessions")
            if counts and type(value) is int and value == field.default and value > 1:
                yield f"{type(rule).__name__}.{field.name}", value
            yield from _defaults(value)
