"""Why a rule weighted as it did on one day: what it saw, the branch it took, and when that was traded."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from fedcycle.backtests.core.backtest import Backtest
from fedcycle.backtests.core.backtrader_strategy import BacktraderStrategy
from fedcycle.backtests.core.errors import BacktestError
from fedcycle.backtests.core.stdout import stdout_to_stderr
from fedcycle.backtests.engines.order_planner import ask_strategy, strategy_error
from fedcycle.backtests.workflows.study import PreparedRun
from fedcycle.data.closeness import SAME
from fedcycle.data.market import Market, MarketView
from fedcycle.data.typing import Day
from fedcycle.strategies.explanation import Explanation, SignalReading
from fedcycle.strategies.phase import TARGET_CHANGE
from fedcycle.strategies.strategy import Limits, Strategy, StrategyError, check_weights


@dataclass(frozen=True, eq=False)
class Answer:
    """Why a study's rule weighted as it did.

    Parameters
    ----------
    study : Study
    asked : the day that was asked for
    session : the last session on or before it, at whose close the rule is asked here
    decision : the decision session, on or before it, whose weights the run was to hold then
    fills_on : the session on which that decision was filled, or None after the run's end
    explanation : Explanation
        Of ``session``, whether the schedule asked the rule that day or not.
    held_since : the session at which the newest decision was filled by the close of ``session``; None before any was
    held : the target weights of that decision, fraction of value, without those that are zero
    """

    study: PreparedRun
    asked: Day
    session: Day
    decision: Day
    fills_on: Day | None
    explanation: Explanation
    held_since: Day | None
    held: Mapping[str, float]

    @property
    def differs(self) -> bool:
        """Return whether the rule's answer on ``session`` is another than what is held at its close."""
        both = {*self.held, *self.weights}
        return any(abs(self.held.get(name, 0.0) - self.weights.get(name, 0.0)) > SAME for name in both)

    @property
    def weights(self) -> Mapping[str, float]:
        """Return the weights that are not zero."""
        return {asset: weight for asset, weight in self.explanation.weights.items() if weight}

    @property
    def rule(self) -> Strategy:
        """Return the rule that was asked."""
        return self.study.backtest.strategy

    @property
    def document(self) -> dict[str, Any]:
        """Return the answer as JSON can hold it."""
        return {
            "name": self.study.config.name,
            "asked": str(self.asked),
            "session": str(self.session),
            "is_session": bool(self.asked == self.session),
            "is_decision": bool(self.session == self.decision),
            "decision_in_force": str(self.decision),
            "fills_on": None if self.fills_on is None else str(self.fills_on),
            "held_since": None if self.held_since is None else str(self.held_since),
            "held": dict(self.held),
            "differs": self.differs,
            "hindsight": "HINDSIGHT" in self.study.stamps,
            "stamps": list(self.study.stamps),
            "data": self.study.reach,
            **_document(self.rule, self.explanation, self.study.backtest.market),
        }


def explain(study: PreparedRun, asked: Day) -> Answer:
    """Return why a study's rule weights as it does at the last close on or before a day.

    Raises
    ------
    BacktestError
        For a day outside the study's period, and for a ``bt.Strategy``, which has no weights to explain.
    StrategyError
        If the rule raises, or its explanation gives other weights than the rule itself.
    """
    test = study.backtest
    rule = type(test.strategy).__name__
    if isinstance(test.strategy, BacktraderStrategy):
        raise BacktestError(f"{rule} is a bt.Strategy: it gives orders and no weights, so there is nothing to explain")
    first, last = test.sessions[0], test.sessions[-1]
    if not first <= asked <= last:
        side = "before the first" if asked < first else "after the last"
        end = first if asked < first else last
        raise BacktestError(
            f"{asked} is {side} session of {study.config.name}, {end}; write a date from {first} to {last}"
        )
    at = int(np.searchsorted(test.sessions, asked, side="right")) - 1
    due = test.decisions[test.decisions <= at]
    fill = int(due[-1]) + test.lag
    explanation = _explanation(test.strategy, test.market.as_of(test.sessions[at]), test.limits)
    filled = due[due + test.lag <= at]
    held = _asked(test, test.sessions[filled[-1]]) if len(filled) else {}
    return Answer(
        study=study,
        asked=asked,
        session=test.sessions[at],
        decision=test.sessions[due[-1]],
        fills_on=test.sessions[fill] if fill < len(test.sessions) else None,
        explanation=explanation,
        held_since=test.sessions[filled[-1] + test.lag] if len(filled) else None,
        held={asset: weight for asset, weight in held.items() if weight},
    )


@stdout_to_stderr
def _asked(test: Backtest, session: Day) -> Mapping[str, float]:
    """Return the weights that a decision of a session had."""
    return ask_strategy(test.strategy, test.market.as_of(session), test.limits)


@stdout_to_stderr
def explain_stock(answer: Answer, ticker: str) -> dict[str, Any]:
    """Return why each screen in a study's rule holds a stock, or does not, on an answer's session, as JSON can hold it.

    Raises BacktestError where no part of the rule screens stocks, and StrategyError for a stock nothing is known of.
    """
    view = answer.study.backtest.market.as_of(answer.session)
    screens = list(_screens(answer.rule, type(answer.rule).__name__))
    if not screens:
        raise BacktestError(f"{type(answer.rule).__name__} screens no stock, so there is nothing to say of {ticker}")
    found = []
    for key, screen in screens:
        said = screen.explain_stock(view, ticker)
        parts = [vars(part) | {"facts": [_fact(fact) for fact in part.facts]} for part in said.parts]
        found.append({"rule": key, "held": said.held, "parts": parts})
    return {"ticker": ticker, "session": str(answer.session), "stamps": list(answer.study.stamps), "screens": found}


def _screens(rule: Strategy, key: str) -> Iterator[tuple[str, Any]]:
    """Yield the rules that screen stocks, each with its place in the whole."""
    if hasattr(rule, "explain_stock") and getattr(rule, "size", None) is not None:
        yield key, rule
    for name, inner in rule.inner().items():
        yield from _screens(inner, f"{key}.{name}")


def _fact(fact: Any) -> dict[str, Any]:
    """Return a fact as JSON can hold it: days as texts, NaN as None."""
    plain = {key: str(value) if isinstance(value, np.datetime64) else value for key, value in vars(fact).items()}
    return {key: None if isinstance(value, float) and math.isnan(value) else value for key, value in plain.items()}


@stdout_to_stderr
def _explanation(strategy: Strategy, view: MarketView, limits: Limits) -> Explanation:
    rule = f"{type(strategy).__name__} on {view.today}"
    try:
        weights, said = strategy.weights(view), strategy.explain(view)
    except StrategyError:
        raise
    except (Exception, SystemExit) as error:
        raise strategy_error(strategy, view, error) from error
    if check_weights(strategy, weights, view, limits) != check_weights(strategy, said.weights, view, limits):
        raise StrategyError(
            f"{rule}: its explain gives other weights ({dict(said.weights)}) than its weights ({dict(weights)}); "
            "let explain return self.weights(view)"
        )
    return said


def is_derived(market: Market, each: SignalReading) -> bool:
    """Return whether a signal rests on a change of the target that is derived from the daily target."""
    changes = market.series.get(TARGET_CHANGE)
    if changes is None or changes.derived is None or each.known_on is None:
        return False
    return bool(
        (changes.derived & (changes.known_on == each.known_on) & (changes.observed_on == each.observed_on)).any()
    )


def _document(strategy: Strategy, said: Explanation, market: Market) -> dict[str, Any]:
    """Return a rule's explanation, and those of the rules it is made of, as JSON can hold them."""
    inner = strategy.inner()
    return {
        "rule": type(strategy).__name__,
        "branch": said.branch or None,
        "weights": {asset: float(weight) for asset, weight in said.weights.items() if weight},
        "signals": [
            {
                "name": each.name,
                "value": each.value,
                "unit": each.unit,
                "observed_on": None if each.observed_on is None else str(each.observed_on),
                "known_on": None if each.known_on is None else str(each.known_on),
                "derived": is_derived(market, each),
            }
            for each in said.seen
        ],
        "parts": {key: _document(inner[key], part, market) for key, part in said.parts.items() if key in inner},
    }
