"""What every variant of a block decides on every decision day, asking the rule as seldom as its purity allows."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import compress
from typing import Any, TypeAlias, TypeVar

import numpy as np
from numpy.typing import NDArray

from fedcycle.backtests.core.backtest import Backtest
from fedcycle.backtests.engines.order_planner import ask_strategy
from fedcycle.backtests.sweep.tracing import AxisAnswers, TraceLog, traced
from fedcycle.data.market import Market, MarketView
from fedcycle.data.series import Observations
from fedcycle.data.typing import Bool, Days, Float64, Int64
from fedcycle.strategies.strategy import Strategy, StrategyError

MOST_KEPT = 500
"""Answers kept by a view: more windows than this are not swept together, and each may be thousands of closes."""
_T = TypeVar("_T")


class CachingView(MarketView):
    """The view of one day for the many variants that are asked on it: what it serves is read-only and can be shared."""

    __slots__ = ("_index", "_market", "_said")

    def __init__(self, market: Market, index: int) -> None:
        super().__init__(market, index)
        self._market, self._index = market, index
        self._said: dict[Any, Any] = {}

    def sessions(self, n: int | None = None) -> Days:
        """Return what the view returns."""
        return self._once(("sessions", n), lambda: MarketView.sessions(self, n))

    def closes(self, asset: str, sessions: int) -> Float64:
        """Return what the view returns."""
        try:  # it is what most rules ask most often
            said: Float64 = self._said["closes", asset, sessions, type(sessions)]
        except (KeyError, TypeError):
            return self._once(("closes", asset, sessions), lambda: MarketView.closes(self, asset, sessions))
        return said

    def latest(self, name: str) -> float:
        """Return what the view returns."""
        return self._once(("latest", name), lambda: MarketView.latest(self, name))

    def history(self, name: str, n: int | None = None) -> Observations:
        """Return what the view returns."""
        return self._once(("history", name, n), lambda: MarketView.history(self, name, n))

    def earlier(self, sessions: int) -> MarketView:
        """Return the earlier view, which remembers too."""
        return self._once(("earlier", sessions), lambda: self._earlier(sessions))

    def _earlier(self, sessions: int) -> MarketView:
        there = MarketView.earlier(self, sessions)
        return CachingView(self._market, self._market.position(there.today))

    def _once(self, question: tuple[Any, ...], answer: Callable[[], _T]) -> _T:
        # Of 5, 5.0 and True, which are equal, a view takes only one.
        key = *question, type(question[-1])
        try:
            said: _T = self._said[key]
        except KeyError:
            said = answer()
            if len(self._said) < MOST_KEPT:
                self._said[key] = said
        except TypeError:  # what cannot be a key is asked again
            said = answer()
        return said


class Targets:
    """The distinct answers so far, each with the number it was given when it was first received."""

    def __init__(self, market: Market) -> None:
        self.market = market
        self._rows: dict[frozenset[tuple[str, float]], int] = {}

    def __len__(self) -> int:
        return len(self._rows)

    def row(self, rule: Strategy, view: MarketView) -> int:
        """Ask a rule and return the number of its answer."""
        weights = ask_strategy(rule, view)
        key = frozenset(weights.items() if all(weights.values()) else [each for each in weights.items() if each[1]])
        return self._rows.setdefault(key, len(self._rows))

    def of(self, which: Int64) -> Float64:
        """Return the answers that some numbers mean, (A, N), in the order found; the numbers become rows of these."""
        used = np.zeros(max(1, len(self._rows)), dtype=bool)
        for each in which:
            used[each] = True
        row_of = np.cumsum(used) - 1
        for each in which:
            each[:] = row_of[each]
        targets = np.zeros((max(1, int(used.sum())), len(self.market.assets)))
        for row, pairs in zip(targets, compress(self._rows, used.tolist()), strict=False):
            for asset, weight in pairs:
                row[self.market.column(asset)] = weight
        return targets


Int32: TypeAlias = NDArray[np.int32]

_UNASKED = -1
_OUTRIGHT = 16
"""Variants asked without watching after one that read all its parameters: its answer stood for no other."""
_CHECKED_EVERY = 16
"""On every so many decision days one variant is also asked outright, and must say the same."""


@dataclass(eq=False)
class Decisions:
    """The distinct answers of a block.

    Parameters
    ----------
    targets : (A, N) distinct target weights, fraction of value
    which : (D, V) the row of ``targets`` each of the variants asked for decides on each decision day
    refused : variant of the box -> why its rule could not answer
    asked : how often a rule was asked
    """

    targets: Float64
    which: Int64
    refused: dict[int, str] = field(default_factory=dict)
    asked: int = 0


@dataclass(eq=False)
class ParameterGrid:
    """The variants of a block as the box of values they are.

    Parameters
    ----------
    rules : one a variant, the last axis fastest; None for what is refused already
    shape : number of values along each axis
    axes : parameter of the rule -> the axes its value hangs on
    compared : parameter that is a plain number with an axis of its own -> its value along that axis, (n,)
    asked : structured parameter with an axis of its own -> what its values along that axis say
    """

    rules: Sequence[Strategy | None]
    shape: tuple[int, ...]
    axes: Mapping[str, tuple[int, ...]]
    compared: Mapping[str, Float64]
    asked: Mapping[str, AxisAnswers] = field(default_factory=dict)

    @cached_property
    def places(self) -> list[tuple[int, ...]]:
        """Return the index of each variant along each axis."""
        return list(np.ndindex(self.shape))

    @cached_property
    def there(self) -> Bool:
        """Return which variants have a rule, (V,)."""
        return np.array([rule is not None for rule in self.rules], dtype=bool)

    @cached_property
    def swept(self) -> frozenset[str]:
        """Return the parameters that differ from variant to variant."""
        return frozenset(self.axes)

    def log(self) -> TraceLog:
        """Return an empty log of what an answer depends on."""
        return TraceLog(self.compared, self.asked)

    def like(self, variant: int, log: TraceLog) -> tuple[slice | Int64, ...]:
        """Return the part of the box that agrees with a variant in all that a log says."""
        place = self.places[variant]
        part: list[slice | Int64] = [slice(None)] * len(self.shape)
        for name in log.read:
            for axis in self.axes.get(name, ()):
                part[axis] = slice(place[axis], place[axis] + 1)
        for name, outcomes in log.outcomes.items():
            (axis,) = self.axes[name]
            if name not in log.read:
                same = np.ones(self.shape[axis], dtype=bool)
                for how, other, outcome in outcomes:
                    same &= how(self.compared[name], other) == outcome
                part[axis] = _places(same)
        for name, answers in log.answers.items():
            (axis,) = self.axes[name]
            if name not in log.read:
                part[axis] = _places(np.array(self.asked[name].like(place[axis], answers), dtype=bool))
        return tuple(part)

    def forget(self) -> None:
        """Forget what structured parameters said: the next questions are about another view."""
        for values in self.asked.values():
            values.forget()


def ask(test: Backtest, box: ParameterGrid) -> Decisions:
    """Return what each rule of a box decides on each decision day of a backtest."""
    return DecisionCache(test.market, box).answers(test)


class DecisionCache:
    """What the rules of a box have answered so far.

    A rule sees the market and the day, not what is run with its answer: settings that differ in anything but the rule
    and the market, such as the lag or the schedule, share the answers.
    """

    def __init__(self, market: Market, box: ParameterGrid) -> None:
        self.box = box
        self._found = Targets(market)
        self._days: dict[int, Int32] = {}
        self._refused: dict[int, dict[int, str]] = {}
        self._checked: set[tuple[int, int]] = set()
        self._asked = 0
        self._watching = True
        self._lock = threading.Lock()

    @property
    def cells(self) -> int:
        """Return how many answers are kept."""
        return len(self._days) * len(self.box.rules)

    def answers(self, test: Backtest, variants: Int64 | None = None) -> Decisions:
        """Return what each rule of the box, or of some of its variants, (V,), decides on each decision day."""
        some = np.arange(len(self.box.rules)) if variants is None else variants
        with self._lock:
            try:
                return self._answers(test, some)
            except _TracingDetected:
                # Nothing that was concluded from watching it can be believed.
                self._watching = False
                self._days.clear()
                self._refused.clear()
                return self._answers(test, some)

    def _answers(self, test: Backtest, some: Int64) -> Decisions:
        alive = np.zeros(len(self.box.rules), dtype=bool)
        alive[some] = self.box.there[some]
        first, days = test.bounds[0], test.decisions.tolist()
        which = np.zeros((len(days), len(some)), dtype=np.int64)
        refused: dict[int, str] = {}
        for k, at in enumerate(days):
            day = first + at
            self._complete(day, alive)
            if k % _CHECKED_EVERY == 0:
                self._check(day, k, alive)
            for n, why in self._refused.get(day, {}).items():
                if alive[n]:
                    refused[n], alive[n] = why, False
            np.maximum(self._days[day].reshape(-1)[some], 0, out=which[k])
        return Decisions(self._found.of(which), which, refused, self._asked)

    def _complete(self, day: int, alive: Bool) -> None:
        """Ask until every variant alive has its answer to a day."""
        if day not in self._days:
            self._days[day] = np.full(self.box.shape, _UNASKED, dtype=np.int32)
        today, refused = self._days[day], self._refused.setdefault(day, {})
        flat = today.reshape(-1)
        open_ = np.flatnonzero(alive & (flat == _UNASKED))
        open_ = open_ if not refused else np.array([n for n in open_.tolist() if n not in refused], dtype=np.int64)
        if not len(open_):
            return
        view, outright = CachingView(self._found.market, day), 0
        while len(open_):
            variant = int(open_[0])
            rule, log = self.box.rules[variant], self.box.log()
            assert rule is not None  # noqa: S101 - only what is there is alive
            self._asked += 1
            row = self._watched(rule, log, view) if self._watching and not outright else None
            if row is None:
                outright = max(0, outright - 1)
                try:
                    flat[variant] = self._found.row(rule, view)
                except StrategyError as error:
                    refused[variant] = str(error)
            elif self.box.swept <= log.read:
                flat[variant], outright = row, _OUTRIGHT
            else:
                _assign(today, self.box.like(variant, log), row)
                flat[variant] = row
                open_ = open_[flat[open_] == _UNASKED]
                continue
            open_ = open_[1:]  # its answer stands for no other
        self.box.forget()

    def _watched(self, rule: Strategy, log: TraceLog, view: MarketView) -> int | None:
        """Return the answer of a rule that is watched, None where it cannot be.

        An answer never given before is asked for outright too: a rule may tell that it is watched, such as by the exact
        type of a parameter, and then answer differently.
        """
        known = len(self._found)
        try:
            row = self._found.row(traced(rule, log), view)
        except StrategyError:
            return None
        if row == known:
            try:
                outright = self._found.row(rule, view)
            except StrategyError:
                raise _TracingDetected from None
            if outright != row:
                raise _TracingDetected
        return row

    def _check(self, day: int, k: int, alive: Bool) -> None:
        # Any variant of those asked for will do, also where earlier ones spoke for it; steps of a large prime come by
        # all of them.
        there = np.flatnonzero(alive)
        if not len(there):
            return
        variant = int(there[(k // _CHECKED_EVERY * 2_654_435_761 + len(there) // 2) % len(there)])
        rule = self.box.rules[variant]
        if rule is None or variant in self._refused[day] or (day, variant) in self._checked:
            return
        self._checked.add((day, variant))
        view = MarketView(self._found.market, day)
        if self._found.row(rule, view) != self._days[day].reshape(-1)[variant]:
            name = type(rule).__name__
            raise StrategyError(
                f"{name} on {view.today}: two rules that differ in nothing it read gave different answers; weights() "
                "must be a pure function of the rule's fields and the view, without a memory of its own"
            )


def shared(box: ParameterGrid, question: Callable[[Strategy], Any]) -> list[Any]:
    """Return a pure question's answer for each variant of a box, asked once for all that agree in what it reads."""
    found: list[Any] = []
    which = np.full(box.shape, _UNASKED, dtype=np.int64)
    flat = which.reshape(-1)
    flat[[n for n, rule in enumerate(box.rules) if rule is None]] = 0
    while flat[open_ := int(flat.argmin())] == _UNASKED:
        rule = box.rules[open_]
        assert rule is not None  # noqa: S101 - what is refused is marked above
        log = box.log()
        try:
            found.append(question(traced(rule, log)))
        except Exception:  # noqa: BLE001 - it could not be watched; what it raises unwatched is told
            found.append(question(rule))
        else:
            _assign(which, box.like(open_, log), len(found) - 1)
        flat[open_] = len(found) - 1
    return [found[k] if rule is not None else None for k, rule in zip(flat.tolist(), box.rules, strict=True)]


def _places(same: Bool) -> slice | Int64:
    """Return the places along an axis that are the same: a slice where they lie together, as they mostly do."""
    at = np.flatnonzero(same)
    first, last = int(at[0]), int(at[-1])
    return slice(first, last + 1) if last - first + 1 == len(at) else at


def _assign(today: NDArray[Any], part: tuple[slice | Int64, ...], row: int) -> None:
    if all(isinstance(p, slice) for p in part):
        today[part] = row
    else:
        places = [np.arange(n)[p] if isinstance(p, slice) else p for p, n in zip(part, today.shape, strict=True)]
        today[np.ix_(*places)] = row


class _TracingDetected(Exception):  # noqa: N818 - it is no error: the rule is asked outright instead
    """A rule answers otherwise while it is watched."""
