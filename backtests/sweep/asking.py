"""What every variant of a block decides on every decision day, asking the rule as seldom as its purity allows."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from fedcycle.backtests.backtest import Backtest
from fedcycle.backtests.engines.plan import answer
from fedcycle.backtests.sweep.watched import Log, watched
from fedcycle.data.arrays import Bool, Float64, Int64
from fedcycle.data.market import MarketView
from fedcycle.strategies.strategy import Strategy, StrategyError

_UNASKED = -1
_CHECKED_EVERY = 16
"""On every so many decision days one variant is also asked outright, and must say the same."""


@dataclass(eq=False)
class Answers:
    """The distinct answers of a block.

    Parameters
    ----------
    targets : (A, N) distinct target weights, fraction of value
    which : (D, V) the row of ``targets`` each variant decides on each decision day
    refused : variant -> why its rule could not answer
    asked : how often a rule was asked
    """

    targets: Float64
    which: Int64
    refused: dict[int, str] = field(default_factory=dict)
    asked: int = 0


@dataclass(eq=False)
class Box:
    """The variants of a block as the box of values they are.

    Parameters
    ----------
    rules : one a variant, the last axis fastest; None for what is refused already
    shape : number of values along each axis
    axes : parameter of the rule -> the axes its value hangs on
    compared : parameter that is a plain number with an axis of its own -> its value along that axis, (n,)
    """

    rules: Sequence[Strategy | None]
    shape: tuple[int, ...]
    axes: Mapping[str, tuple[int, ...]]
    compared: Mapping[str, Float64]

    def like(self, variant: int, log: Log) -> tuple[slice | Bool, ...]:
        """Return the part of the box that agrees with a variant in all that a log says."""
        place = np.unravel_index(variant, self.shape)
        part: list[slice | Bool] = [slice(None)] * len(self.shape)
        for name in log.read:
            for axis in self.axes.get(name, ()):
                part[axis] = slice(int(place[axis]), int(place[axis]) + 1)
        for name, outcomes in log.outcomes.items():
            (axis,) = self.axes[name]
            if name not in log.read:
                same = np.ones(self.shape[axis], dtype=bool)
                for how, other, outcome in outcomes:
                    same &= how(self.compared[name], other) == outcome
                part[axis] = same
        return tuple(part)


def ask(test: Backtest, box: Box) -> Answers:
    """Return what each rule of a box decides on each decision day of a backtest."""
    days = test.decisions.tolist()
    which = np.full((len(days), *box.shape), _UNASKED, dtype=np.int64)
    found = _Targets(test)
    refused: dict[int, str] = {}
    asked, dead = 0, [n for n, rule in enumerate(box.rules) if rule is None]
    for k, at in enumerate(days):
        view = test.market.as_of(test.sessions[at])
        today = which[k]
        flat = today.reshape(-1)
        flat[dead] = 0
        while (open_ := int(flat.argmin())) >= 0 and flat[open_] == _UNASKED:
            rule = box.rules[open_]
            assert rule is not None  # noqa: S101 - what is refused is marked above
            asked += 1
            log = Log(box.compared)
            try:
                row = found.row(watched(rule, log), view)
            except StrategyError:
                flat[open_] = _outright(rule, view, found, refused, open_)
                dead.extend([open_] if open_ in refused else [])
                continue
            _assign(today, box.like(open_, log), row)
        if k % _CHECKED_EVERY == 0:
            _check(box, k, flat, view=view, found=found, refused=refused)
    return Answers(found.targets, which.reshape(len(days), -1), refused, asked)


def shared(box: Box, question: Callable[[Strategy], Any]) -> list[Any]:
    """Return a pure question's answer for each variant of a box, asked once for all that agree in what it reads."""
    found: list[Any] = []
    which = np.full(box.shape, _UNASKED, dtype=np.int64)
    flat = which.reshape(-1)
    flat[[n for n, rule in enumerate(box.rules) if rule is None]] = 0
    while flat[open_ := int(flat.argmin())] == _UNASKED:
        rule = box.rules[open_]
        assert rule is not None  # noqa: S101 - what is refused is marked above
        log = Log(box.compared)
        found.append(question(watched(rule, log)))
        _assign(which, box.like(open_, log), len(found) - 1)
    return [found[k] if rule is not None else None for k, rule in zip(flat.tolist(), box.rules, strict=True)]


def _assign(today: Int64, part: tuple[slice | Bool, ...], row: int) -> None:
    if all(isinstance(p, slice) for p in part):
        today[part] = row
    else:
        places = [np.arange(n)[p] if isinstance(p, slice) else p for p, n in zip(part, today.shape, strict=True)]
        today[np.ix_(*places)] = row


def _outright(rule: Strategy, view: MarketView, found: _Targets, refused: dict[int, str], variant: int) -> int:
    """Return the answer of a rule that could not be watched; where it fails unwatched too, it is refused."""
    try:
        return found.row(rule, view)
    except StrategyError as error:
        refused[variant] = str(error)
        return 0


def _check(box: Box, k: int, flat: Int64, *, view: MarketView, found: _Targets, refused: Mapping[int, str]) -> None:
    # Any variant will do; steps of a large prime come by all of them.
    n = len(box.rules)
    variant = (k // _CHECKED_EVERY * 2_654_435_761 + n // 2) % n
    rule = box.rules[variant]
    if rule is None or variant in refused:
        return
    if found.row(rule, view) != flat[variant]:
        name = type(rule).__name__
        raise StrategyError(
            f"{name} on {view.today}: two rules that differ in nothing it read gave different answers; weights() "
            "must be a pure function of the rule's fields and the view, without a memory of its own"
        )


class _Targets:
    """The distinct answers so far."""

    def __init__(self, test: Backtest) -> None:
        self._market = test.market
        self._rows: dict[tuple[tuple[int, float], ...], int] = {}

    def row(self, rule: Strategy, view: MarketView) -> int:
        """Ask a rule and return the number of its answer."""
        weights = answer(rule, view)
        key = tuple(sorted((self._market.column(asset), weight) for asset, weight in weights.items() if weight))
        return self._rows.setdefault(key, len(self._rows))

    @property
    def targets(self) -> Float64:
        """Return the answers in the order found, (A, N)."""
        targets = np.zeros((max(1, len(self._rows)), len(self._market.assets)))
        for row, pairs in zip(targets, self._rows, strict=False):
            for column, weight in pairs:
                row[column] = weight
        return targets
