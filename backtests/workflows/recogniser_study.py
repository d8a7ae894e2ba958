"""One rule under hindsight, pauses and assumptions: its signals, and the cost of real-time detection."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace
from typing import Any

import numpy as np

from fedcycle.backtests.config import RunConfig
from fedcycle.backtests.core.backtest import Backtest
from fedcycle.backtests.core.errors import ConfigError
from fedcycle.backtests.core.fed_cycles import Cycle, easing_cycles, final_cuts
from fedcycle.backtests.engines import vectorised
from fedcycle.backtests.inference.bootstrap_interval import interval_of
from fedcycle.backtests.statistics.growth import cagr
from fedcycle.backtests.statistics.numerics import sessions_per_year
from fedcycle.backtests.workflows import study as studies
from fedcycle.data.calendar import add_months
from fedcycle.data.market import Market
from fedcycle.data.typing import Day, Days, Float64
from fedcycle.strategies.final_cut import AsOf, Hindsight, Pause, Recogniser
from fedcycle.strategies.hindsight import with_final_cuts
from fedcycle.strategies.strategy import Strategy, StrategyError

PAUSES = tuple(range(1, 13))
"""Calendar months without a change before a cut counts as final."""
NOTE_DAY = dt.date(2025, 1, 12)
"""The day of the note, when it believed the cut of 2024-12-18 to have been the final one."""
PARAMETER = "recognise"
MONTHS = 12
"""Stretches of a year whose returns are added up before they are resampled: about a month each, at least a session."""


@dataclass(frozen=True)
class Signal:
    """One cut that a recogniser took for final: its announcement, and the first session on which it did."""

    cut: Day
    on: Day


@dataclass(frozen=True, eq=False)
class RecogniserResult:
    """The rule under one recogniser.

    Parameters
    ----------
    recogniser : how it recognises
    signals : each cut it took for final in the run's period, oldest first
    value : (T,) US dollars, or None where the rule refuses the recogniser
    refused : why it does, or None
    """

    recogniser: Recogniser
    signals: tuple[Signal, ...]
    value: Float64 | None
    refused: str | None

    @property
    def name(self) -> str:
        """Return the recogniser in a word or two."""
        if isinstance(self.recogniser, Pause):
            return f"pause of {self.recogniser.months} month{'s' if self.recogniser.months > 1 else ''}"
        return f"as of {self.recogniser.date}" if isinstance(self.recogniser, AsOf) else "hindsight"


@dataclass(frozen=True, eq=False)
class RecogniserStudy:
    """All trials of one config, on the same market, period and costs; hindsight first."""

    config: RunConfig
    backtest: Backtest
    cycles: tuple[Cycle, ...]
    trials: tuple[RecogniserResult, ...]

    @property
    def document(self) -> dict[str, Any]:
        """Return the JSON document."""
        test = self.backtest
        return {
            "name": self.config.name,
            "market": {"digest": test.market.digest, "name": test.market.name},
            "period": {"start": str(test.start), "end": str(test.end)},
            "hindsight": True,
            "stamps": ["HINDSIGHT"],
            "recognisers": [self._trial(trial) for trial in self.trials],
            "cycles": [_cycle(cycle) for cycle in self.cycles],
            "notes": [
                "HINDSIGHT is an upper bound that nobody could have traded.",
                "on time: recognised at the first close that knows the final cut; late: later, but before the next "
                "hike; "
                "missed: not before it; false: a cut that was not final.",
                "Recognisers share the same years, so their figures are not independent of each other.",
            ],
        }

    def _trial(self, trial: RecogniserResult) -> dict[str, Any]:
        rows = [_judged(cycle, trial.signals, self.backtest) for cycle in self.cycles]
        told = [row for row in rows if row["outcome"] in {"on time", "late", "missed"}]
        stamps = list(trial.recogniser.stamps)
        return {
            "recogniser": trial.name,
            "stamps": stamps,
            "refused": trial.refused,
            "signals": {
                "true": sum(row["outcome"] in {"on time", "late"} for row in told),
                "false": sum(len(row["false"]) for row in rows),
                "late": sum(row["outcome"] == "late" for row in told),
                "missed": sum(row["outcome"] == "missed" for row in told),
                "cycles": len(told),
                "mean_days_late": _mean([row["days_late"] for row in told if row["days_late"] is not None]),
            },
            "cycles": rows,
            "cagr": None if trial.value is None else cagr(trial.value, self.backtest.sessions),
            "price_of_not_knowing": self._price(trial),
        }

    def _price(self, trial: RecogniserResult) -> dict[str, Any] | None:
        """Return what hindsight earned a year above a trial, with its interval; None for hindsight itself."""
        best = self.trials[0].value
        if isinstance(trial.recogniser, Hindsight) or trial.value is None or best is None:
            return None
        sessions = self.backtest.sessions
        gaps = np.diff(np.log(best)) - np.diff(np.log(trial.value))
        a_year = sessions_per_year(sessions)
        stretch = max(1, round(a_year / MONTHS))
        whole = len(gaps) // stretch * stretch
        per_year = a_year / stretch
        found = interval_of(
            lambda r: per_year * r[..., 0].mean(axis=-1), gaps[len(gaps) - whole :].reshape(-1, stretch).sum(axis=1)
        )
        one, other = cagr(best, sessions), cagr(trial.value, sessions)
        low, high = found["low"], found["high"]
        return {
            "cagr_difference": None if one is None or other is None else one - other,
            "log_return_per_year": found["estimate"],
            "interval": None if low is None else [low, high],
            "confidence": found["confidence"],
            "n": found["n"],
            "of": f"stretches of {stretch} session{'s' * (stretch > 1)}",
        }


def recognise(
    config: RunConfig, *, beliefs: Sequence[dt.date] = (NOTE_DAY,), pauses: Sequence[int] = PAUSES
) -> RecogniserStudy:
    """Return a config's rule under hindsight, pauses of so many months, and beliefs held on some days.

    Raises
    ------
    ConfigError
        If the rule recognises no final cut, or its market cannot date cycles.
    """
    prepared = studies.prepare(config)
    test, market = prepared.backtest, prepared.market
    if not recognises(test.strategy):
        name = type(test.strategy).__name__
        raise ConfigError(
            f"{config.file.name}: {name} has no parameter {PARAMETER}, so it never recognises a final cut; "
            "name a rule that does, such as RateCycleTiming"
        )
    cycles = easing_cycles(market, config.cycles)
    truth = final_cuts(cycles)
    asked: list[Recogniser] = [Hindsight.told(truth), *map(Pause, pauses), *map(AsOf, beliefs)]
    trials = tuple(_trial(test, each, truth=truth) for each in asked)
    inside = tuple(c for c in cycles if c.first_cut <= test.end and (c.next_hike is None or c.next_hike > test.start))
    return RecogniserStudy(config, test, inside, trials)


def recognises(strategy: Strategy) -> bool:
    """Return whether a rule, or one it is made of, has a parameter by which it recognises a final cut."""
    own = any(field.name == PARAMETER for field in fields(strategy))
    return own or any(recognises(rule) for rule in strategy.inner().values())


def with_recogniser(strategy: Strategy, recogniser: Recogniser) -> Strategy:
    """Return the rule with another recogniser, in it and in every rule it is made of."""
    changed: dict[str, Any] = {}
    for field in fields(strategy):
        value = getattr(strategy, field.name)
        changed[field.name] = recogniser if field.name == PARAMETER else _within(value, recogniser)
    return replace(strategy, **changed)


def _within(value: Any, recogniser: Recogniser) -> Any:
    if isinstance(value, Strategy):
        return with_recogniser(value, recogniser)
    if isinstance(value, (list, tuple)) and any(isinstance(each, Strategy) for each in value):
        return type(value)(_within(each, recogniser) for each in value)
    if isinstance(value, Mapping) and any(isinstance(each, Strategy) for each in value.values()):
        return {key: _within(each, recogniser) for key, each in value.items()}
    return value


def _trial(test: Backtest, recogniser: Recogniser, *, truth: Days) -> RecogniserResult:
    signals = signals_of(recogniser, test.market, start=test.start, end=test.end)
    try:
        rule = with_recogniser(test.strategy, recogniser)
        rule = with_final_cuts(rule, truth, stamps=rule.stamps())
        value = vectorised.run(replace(test, strategy=rule)).value
    except StrategyError as error:
        return RecogniserResult(recogniser, signals, None, str(error))
    return RecogniserResult(recogniser, signals, value, None)


def signals_of(recogniser: Recogniser, market: Market, *, start: Day, end: Day) -> tuple[Signal, ...]:
    """Return the cuts that a recogniser took for final on the sessions of a period, each with the first such session.

    What is recognised can change only where a change of the target becomes known or a whole number of months after, and
    on the day a belief is held, so only these sessions are asked.
    """
    changes = market.series["target_change"].known_on
    days = [changes, *(add_months(changes, n) for n in range(1, 13)), np.array([start], dtype="datetime64[D]")]
    if isinstance(recogniser, AsOf):
        days.append(np.array([recogniser.date], dtype="datetime64[D]"))
    if isinstance(recogniser, Pause) and recogniser.months > max(PAUSES):
        days.append(add_months(changes, recogniser.months))
    at = np.unique(np.searchsorted(market.sessions, np.concatenate(days)))
    sessions = market.sessions[at[at < len(market.sessions)]]
    found: list[Signal] = []
    for session in sessions[(sessions >= start) & (sessions <= end)]:
        cut = _asked(recogniser, market, session)
        if cut is not None and (not found or found[-1].cut != cut):
            found.append(Signal(cut, session))
    return tuple(found)


def _asked(recogniser: Recogniser, market: Market, session: Day) -> Day | None:
    # Before a belief is held nothing is recognised; asking then could find no change known at all.
    known = market.series["target_change"].known_on
    return recogniser.final_cut(market.as_of(session)) if len(known) and known[0] <= session else None


def _judged(cycle: Cycle, signals: Sequence[Signal], test: Backtest) -> dict[str, Any]:
    """Return what became of one cycle: its final cut recognised on time, late or not at all, and false alarms."""
    over = cycle.next_hike
    mine = [s for s in signals if cycle.first_cut <= s.cut <= cycle.final_cut]
    true = next((s for s in mine if s.cut == cycle.final_cut and not cycle.open), None)
    false = [s for s in mine if s is not true and (cycle.open is False or s.cut != cycle.final_cut)]
    known = int(np.searchsorted(test.market.sessions, cycle.final_cut))
    outcome = "open"
    if not cycle.open and cycle.final_cut <= test.end:
        if known < len(test.market.sessions) and true is not None:
            first = max(test.market.sessions[known], test.start)
            outcome = "on time" if true.on <= first else "late"
        else:
            outcome = "missed" if over is None or over <= test.end or true is None else "open"
    if not cycle.open and cycle.final_cut > test.end:
        outcome = "open"
    return {
        "first_cut": str(cycle.first_cut),
        "final_cut": None if cycle.open else str(cycle.final_cut),
        "outcome": outcome,
        "recognised_on": None if true is None else str(true.on),
        "days_late": None if true is None else int((true.on - cycle.final_cut).astype(np.int64)),
        "false": [{"cut": str(s.cut), "on": str(s.on)} for s in false],
    }


def _cycle(cycle: Cycle) -> dict[str, Any]:
    hike = None if cycle.next_hike is None else str(cycle.next_hike)
    return {"first_cut": str(cycle.first_cut), "final_cut": str(cycle.final_cut), "next_hike": hike, "open": cycle.open}


def _mean(values: Sequence[int]) -> float | None:
    return float(np.mean(values)) if values else None
