"""The checks of an audit, in order: what the rule touches, whether it keeps state, then whether the future moves it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any, Literal

import numpy as np

from fedcycle.backtests.audit import fresh, import_check, release_dates
from fedcycle.backtests.audit.backtrader_audit import audit_native
from fedcycle.backtests.audit.counterfactual import FUNDAMENTALS, Counterfactual
from fedcycle.backtests.audit.fresh import Conditions, Fresh, ask_fresh
from fedcycle.backtests.audit.handing_over import CannotHandOver
from fedcycle.backtests.audit.parameter_files import without_parameters
from fedcycle.backtests.audit.reevaluate import (
    Answer,
    answers_differ,
    ask,
    ask_at,
    copied,
    side_effect_violation,
    violation,
)
from fedcycle.backtests.audit.report import Audit, Check, Verdict, Violation
from fedcycle.backtests.audit.side_effects import CLOCK, SideEffectMonitor, asks_numpy_for_the_time
from fedcycle.backtests.audit.unchanged import check_unchanged
from fedcycle.backtests.core.backtest import Backtest
from fedcycle.backtests.core.backtrader_strategy import BacktraderStrategy
from fedcycle.backtests.core.errors import BacktestError
from fedcycle.backtests.core.fed_cycles import easing_cycles, final_cuts
from fedcycle.backtests.core.stdout import stdout_to_stderr
from fedcycle.data.errors import DataError, UnknownName
from fedcycle.data.market import Market, MarketView
from fedcycle.data.typing import Day, Days
from fedcycle.strategies.hindsight import HINDSIGHT
from fedcycle.strategies.strategy import Strategy, StrategyError

QUICK = 3
"""Decisions that a plain run asks again: a few hundredths of a second."""
LARGE = 2_000_000
"""Sessions times assets above which a plain run asks one decision again, since each copies all prices twice."""
STAMP = "FAILED AUDIT"
"""Stands next to every figure of a run whose rule failed."""
TOUCHES, STATE, FRESH, CUT, FUTURE = "outside", "state", "fresh", "cut", "future"
FACTS, OLD = "known_on", "stale"
ASKED = {
    TOUCHES: "Does the rule read files, the clock, chance or the environment?",
    STATE: "Does the rule answer alike when asked twice, in another order, and by a fresh copy of it?",
    FRESH: "Does the rule decide alike in fresh processes, under other hash seeds and orders of the assets?",
    CUT: "Does the rule decide alike on the market as it stood that day, with nothing after it?",
    FUTURE: "Does the rule decide alike when everything after that day is replaced, and replaced the other way round?",
    FACTS: "Was every value the rule read public on the day it was served?",
    OLD: "Was every series the rule read recent enough to stand for the day?",
}


UNSTEADY = "the rule does not answer alike on the same past, so what the future does to it cannot be told"
OURS = "a rule of the library is asked so by its tests, not in every run; fedcycle audit asks it"
UNASKED = "no fresh process was asked for"


@stdout_to_stderr
def audit(
    backtest: Backtest, *, stamps: Sequence[str] = (), sample: int | None = None, processes: int | None = None
) -> Audit:
    """Return whether a backtest's decisions follow from what was known alone.

    Parameters
    ----------
    backtest : the rule, with its market, schedule and period
    stamps : what the rule says of itself; with ``HINDSIGHT`` the verdict of a rule without other faults is
        ``hindsight``
    sample : how many decision days to ask again, evenly spaced, the first and the last among them; None for all
    processes : how many fresh processes to ask too, 0 to 4, each with a hash seed of its own, where the commands' seed
        is not this process's one more; None for 4, or 2 for a rule of the library, whose tests ask 4. Without any what
        the rule kept in memory before stays unseen

    Raises
    ------
    BacktestError
        For a sample below 1, for other numbers of processes, and where the rule changed the facts of the market.
    StrategyError
        Where the rule cannot make its own decisions.
    """
    if sample is not None and sample < 1:
        raise BacktestError(f"sample is {sample}; ask at least 1 decision again")
    allowed = isinstance(processes, int) and not isinstance(processes, bool) and 0 <= processes <= len(fresh.ALL)
    if processes is not None and not allowed:
        raise BacktestError(f"processes is {processes}; ask 0 to {len(fresh.ALL)} fresh processes")
    if isinstance(backtest.strategy, BacktraderStrategy):
        if processes:
            raise BacktestError("a bt.Strategy is asked by whole runs, never in fresh processes; leave out processes")
        return audit_native(backtest, stamps=stamps, sample=sample)
    if processes is None:
        processes = len(fresh.FEW if fresh.is_ours(backtest.strategy) else fresh.ALL)
    under = fresh.with_command_seed(fresh.ALL[:processes]) if processes else UNASKED
    found = _audited(backtest, stamps, sample=sample, mirrored=True, under=under)
    unjudged = any(check.name == FRESH and check.verdict == "not judged" for check in found.checks)
    return replace(found, fresh_processes=0 if unjudged else len(under))


def _audited(
    backtest: Backtest, stamps: Sequence[str], *, sample: int | None, mirrored: bool, under: Sequence[Conditions] | str
) -> Audit:
    _ = backtest.market.digest  # taken before the rule can reach the market
    days = backtest.sessions[backtest.decisions]
    chosen = days if sample is None else days[_spaced(len(days), sample)]
    work = _Work(backtest, chosen, mirrored, under)
    checks = work.checks()
    failed = [c.violation for c in checks if c.violation is not None and c.verdict == "fail"]
    first = min(failed, key=lambda v: (v.day or "", [*ASKED].index(v.check)), default=None)
    verdict: Verdict = "fail" if failed else "hindsight" if HINDSIGHT in stamps else "pass"
    if verdict == "hindsight":
        first = work.first_told()
    check_unchanged(backtest.market, backtest.strategy)
    return Audit(
        verdict=verdict,
        decisions=len(days),
        decisions_checked=len(chosen),
        checks=checks,
        first_violation=first,
        read=tuple(sorted(work.read)),
        parameter_files=tuple(sorted(work.parameter_files)),
    )


@stdout_to_stderr
def quick(backtest: Backtest, stamps: Sequence[str]) -> dict[str, Any]:
    """Return the JSON document of an audit of a few decisions; the verdict of a ``bt.Strategy`` is None."""
    if isinstance(backtest.strategy, BacktraderStrategy):
        return {
            "verdict": None,
            "decisions_checked": 0,
            "first_violation": None,
            "text": "not audited: a bt.Strategy takes a run for each decision; see: fedcycle audit",
        }
    small = backtest.market.prices.size <= LARGE
    under = OURS if fresh.is_ours(backtest.strategy) else fresh.with_command_seed(fresh.FEW)
    return _audited(backtest, stamps, sample=QUICK if small else 1, mirrored=False, under=under).document


def _spaced(n: int, sample: int) -> list[int]:
    """Return up to ``sample`` places of ``n``, evenly spaced, the ends among them; of one place the middle."""
    return [n // 2] if sample == 1 else sorted({round(k) for k in np.linspace(0, n - 1, min(n, sample)).tolist()})


@dataclass(eq=False)
class _Work:
    """One audit on its way: the decisions made, and each check of them.

    ``mirrored`` asks each decision under a future and its mirror image; else under one of the two, in turn. ``under``
    says how fresh processes are asked, or why none is.
    """

    backtest: Backtest
    days: Days
    mirrored: bool
    under: Sequence[Conditions] | str
    read: set[str] = field(default_factory=set)
    parameter_files: set[str] = field(default_factory=set)

    @cached_property
    def made(self) -> list[Answer]:
        """Return the decisions, oldest first, each by the rule itself; raises StrategyError where it cannot decide."""
        answers = []
        for view in self._views():
            answer = ask(self.backtest.strategy, view, self.backtest.limits)
            if answer.error is not None:
                raise StrategyError(f"{type(self.backtest.strategy).__name__} on {view.today}: {answer.error}")
            answers.append(answer)
        return answers

    def checks(self) -> tuple[Check, ...]:
        """Return the checks; those of the future only where the rule answers alike on the same past."""
        found = [self._check(TOUCHES, self.touches), self._check(STATE, self.keeps_state)]
        said = self.fresh
        found.append(_not_judged(FRESH, said) if isinstance(said, str) else self._check(FRESH, self.differs_afresh))
        steady = all(check.verdict != "fail" for check in found[1:])
        for name, look in ((CUT, self.check_truncated_market), (FUTURE, self.check_counterfactual)):
            found.append(self._check(name, look) if steady else _not_judged(name, UNSTEADY))
        return (*found, self._check(FACTS, self.reads_too_early), self._check(OLD, self.reads_too_old))

    @cached_property
    def fresh(self) -> tuple[Fresh, ...] | str:
        """Return what fresh processes say, or why none could be asked."""
        if isinstance(self.under, str):
            return self.under
        try:
            test = self.backtest
            return tuple(ask_fresh(test.strategy, test.market, self.days, self.under, limits=test.limits))
        except CannotHandOver as error:
            return f"the rule cannot be loaded in another process: {error}"

    def _check(self, name: str, look: Callable[[], Iterator[Violation]]) -> Check:
        first = next(look(), None)
        failed: Literal["allowed", "fail"] = "allowed" if name == OLD and self.backtest.market.allow_stale else "fail"
        return Check(
            name=name,
            asked=ASKED[name],
            checked=len(self.days),
            verdict="pass" if first is None else failed,
            violation=first,
        )

    def _ask_on(self, day: Day, strategy: Strategy) -> Answer:
        """Return what a rule, another than the backtest's own, answers on a day."""
        return ask(strategy, self.backtest.market.as_of(day), self.backtest.limits)

    def _views(self) -> Iterator[MarketView]:
        return (self.backtest.market.as_of(day) for day in self.days)

    def touches(self) -> Iterator[Violation]:
        """Yield what the rule touches while it decides, and while its file is loaded."""
        strategy, said = self.backtest.strategy, self.fresh
        yield from self._touches_at_load()
        if asks_numpy_for_the_time(type(strategy)):
            yield side_effect_violation(
                TOUCHES, self.days[0], self.made[0], what=CLOCK, which='numpy.datetime64("now")'
            )
        for k, (day, made) in enumerate(zip(self.days, self.made, strict=True)):
            view = self.backtest.market.as_of(day)
            with SideEffectMonitor() as watch:
                ask(strategy, view, self.backtest.limits)
            noted = watch.touched
            if isinstance(said, str):
                noted = noted + watch.handed_over
            else:
                noted = noted + [
                    (what, which) for f in said for on, what, which in f.touched if on == str(self.days[k])
                ]
            for what, which in noted:
                yield side_effect_violation(TOUCHES, day, made, what=what, which=which)

    def _touches_at_load(self) -> Iterator[Violation]:
        """Yield what the rule's file and the modules it imports touch while they are loaded, parameter files aside."""
        files = list(dict.fromkeys(import_check.files_of(self.backtest.strategy)))
        folders = [file.parent for file in files]
        if isinstance(self.fresh, str):
            found = [import_check.effects_of_import(file) for file in files]
        else:
            found = [[(what, which) for on, what, which in f.touched if on is None] for f in self.fresh]
        for noted in found:
            others, own = without_parameters(noted, folders)
            self.parameter_files.update(own)
            for what, which in others:
                yield side_effect_violation(TOUCHES, None, Answer({}), what=what, which=which)

    def differs_afresh(self) -> Iterator[Violation]:
        """Yield decisions that come out otherwise in a process that has seen nothing, by day."""
        said = self.fresh
        assert not isinstance(said, str)  # noqa: S101 - it is only asked where there are answers
        for k, (day, made) in enumerate(zip(self.days, self.made, strict=True)):
            for process in said:
                if answers_differ(made, process.answers[k]):
                    order = " or the order of the assets" if process.conditions.turned else ""
                    input_ = f"the hash seed, what the process remembers{order}"
                    yield violation(FRESH, day, made, process.answers[k], input_=input_, why=process.conditions.text)

    def keeps_state(self) -> Iterator[Violation]:
        """Yield decisions that come out otherwise when asked again: backwards, by the rule and by a fresh copy."""
        strategy, double = self.backtest.strategy, copied(self.backtest.strategy)
        again = [ask(strategy, view, self.backtest.limits) for view in reversed(list(self._views()))][::-1]
        for day, made, other in zip(self.days, self.made, again, strict=True):
            lone = self._ask_on(day, double) if not answers_differ(made, other) else other
            if answers_differ(made, lone):
                why = "when asked again"
                yield violation(STATE, day, made, lone, input_="the calls before it", why=why)

    def check_truncated_market(self) -> Iterator[Violation]:
        """Yield decisions that come out otherwise on the market cut at their day."""
        market, strategy = self.backtest.market, self.backtest.strategy
        for day, made in zip(self.days, self.made, strict=True):
            other = ask_at(strategy, market.truncated(day), day, self.backtest.limits)
            # What is not listed yet has no name on the cut market, so asking for it fails in another way there.
            if answers_differ(made, other) and not (other.error or "").startswith(UnknownName.__name__):
                input_, why = self._attribute_to_input(day, made) or (
                    f"what the market holds after {day}",
                    f"on the market cut at {day}",
                )
                yield violation(CUT, day, made, other, input_=input_, why=why)

    def check_counterfactual(self) -> Iterator[Violation]:
        """Yield decisions that come out otherwise under another future, or under its mirror image."""
        market, strategy = self.backtest.market, self.backtest.strategy
        for k, (day, made) in enumerate(zip(self.days, self.made, strict=True)):
            future = Counterfactual.drawn(market, day, seed=k)
            for turned in (False, True) if self.mirrored else (k % 2 == 1,):
                other = ask_at(strategy, future.of(market, turned=turned), day, self.backtest.limits)
                if answers_differ(made, other):
                    input_, why = self._attribute_to_input(day, made) or (
                        f"several facts after {day}",
                        "under another future",
                    )
                    yield violation(FUTURE, day, made, other, input_=input_, why=why)

    def _attribute_to_input(self, day: Day, made: Answer) -> tuple[str, str] | None:
        """Return the one input whose future alone changes a decision, the nearest value of it where that is enough."""
        market, strategy = self.backtest.market, self.backtest.strategy
        future = Counterfactual.drawn(market, day, seed=int(np.searchsorted(self.days, day)))
        accounts = () if market.fundamentals is None else (FUNDAMENTALS,)
        for name in (*accounts, *market.series, *market.assets) if accounts else (*market.assets, *market.series):
            for first in (True, False):
                futures = (future.of(market, turned=t, only=(name,), first=first) for t in (False, True))
                if any(answers_differ(made, ask_at(strategy, other, day, self.backtest.limits)) for other in futures):
                    which = _named(market, name, day, first=first)
                    return which, f"had {which} been another"
        return None

    def reads_too_early(self) -> Iterator[Violation]:
        """Yield the first decision that could read a value served before it was public."""
        market = self.backtest.market
        for day in self.days:
            view = release_dates.RecordingView(market, int(np.searchsorted(market.sessions, day)), self.read)
            ask(self.backtest.strategy, view, self.backtest.limits)
        yield from self._accounts_too_early()
        for name in sorted(self.read & set(market.series)):
            s = market.series[name]
            for k, rule in release_dates.misdated(s, market.sessions):
                which = f"{name} of {s.observed_on[k]}, known on {s.known_on[k]}"
                found = self._served_early(s.known_on[k], which, rule)
                if found is not None:
                    yield found
                    break

    def reads_too_old(self) -> Iterator[Violation]:
        """Yield decisions that were served a series whose newest value was too old to stand for the day."""
        market = self.backtest.market
        for day, made in zip(self.days, self.made, strict=True):
            served: set[str] = set()
            ask(
                self.backtest.strategy,
                release_dates.RecordingView(market, int(np.searchsorted(market.sessions, day)), served),
                self.backtest.limits,
            )
            for name in sorted(served & set(market.series)):
                why = release_dates.too_old(market.series[name], day, market.sessions)
                if why is not None:
                    yield Violation(
                        check=OLD,
                        day=str(day),
                        asset=max(made.weights, key=lambda a: made.weights[a], default=None),
                        weight=max(made.weights.values(), default=None),
                        other_weight=None,
                        input=name,
                        sentence=f"on {day} the rule was served {name}, but {why}",
                    )

    def _accounts_too_early(self) -> Iterator[Violation]:
        """Yield the first decision that could read accounts served before they were filed."""
        fund = self.backtest.market.fundamentals
        if fund is None or FUNDAMENTALS not in self.read:
            return
        steps = fund.steps
        for k, rule in release_dates.misdated_accounts(fund):
            item, company = steps.item.names[steps.item.codes[k]], steps.company.names[steps.company.codes[k]]
            which = f"{item} of {company} for the period to {steps.end[k]}, known on {steps.known_on[k]}"
            found = self._served_early(steps.known_on[k], which, rule)
            if found is not None:
                yield found
                return

    def _served_early(self, known_on: Day, which: str, rule: str) -> Violation | None:
        """Return the violation of the first decision on or after a day; None where there is none."""
        seen = self.days[self.days >= known_on]
        if not seen.size:
            return None
        made = self.made[int(np.searchsorted(self.days, seen[0]))].weights
        return Violation(
            check=FACTS,
            day=str(seen[0]),
            asset=max(made, key=lambda a: made[a], default=None),
            weight=max(made.values(), default=None),
            other_weight=None,
            input=which,
            sentence=f"on {seen[0]} the rule was served {which}, but {rule}",
        )

    def first_told(self) -> Violation | None:
        """Return the first decision of an openly told rule that differs from what could have been told that day."""
        market, strategy = self.backtest.market, self.backtest.strategy
        for day, made in zip(self.days, self.made, strict=True):
            try:
                cuts = final_cuts(easing_cycles(market.truncated(day)))
                other = self._ask_on(day, strategy.with_hindsight(cuts)) if len(cuts) else Answer({})
            except DataError:
                return None
            if other.error is None and other.weights and answers_differ(made, other):
                why = "by the final cuts that were known to be final that day"
                return violation("hindsight", day, made, other, input_="the true final cuts", why=why)
        return None


def _not_judged(name: str, reason: str) -> Check:
    return Check(name=name, asked=ASKED[name], checked=0, verdict="not judged", reason=reason)


def _named(market: Market, name: str, day: Day, *, first: bool) -> str:
    """Return in words what of an asset or a series comes after a day."""
    if name == FUNDAMENTALS:
        return f"accounts that became known after {day}"
    if name in market.series:
        s = market.series[name]
        k = int(np.searchsorted(s.known_on, day, side="right"))
        if first and k < len(s):
            return f"{name} of {s.observed_on[k]}, known on {s.known_on[k]},"
        return f"{name} as it became known after {day}"
    i = int(np.searchsorted(market.sessions, day, side="right"))
    return f"the close of {name} on {market.sessions[i]}" if first else f"closes of {name} after {day}"
