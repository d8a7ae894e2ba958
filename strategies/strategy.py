"""Strategy: pure rules that turn what was known into target weights. Never sees a Market, only a view of it."""

from __future__ import annotations

import dataclasses
import math
from abc import ABC, abstractmethod
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Self

from fedcycle.data.errors import FedcycleError, join_names
from fedcycle.data.market import MarketView
from fedcycle.data.suggest import did_you_mean
from fedcycle.data.typing import Days
from fedcycle.strategies.explanation import Explanation

Weights = Mapping[str, float]
"""Fraction of portfolio value per asset, each >= 0, together <= 1; the rest is uninvested cash.

Where a config allows shorts a weight may be negative, and where it allows leverage their sizes may add up to more.
"""

ROUNDING = 1e-9
"""How far above 1 the sum of weights may lie: float rounding of honest fractions, far below a basis point."""
SMALLEST = 1e-12
"""A weight so little below zero is the rounding of a difference: no trade is made for it."""
SINGLE = 1e-6
"""By how much weights in single precision may add up to more than 1: 1.2e-7 of each, and some of them."""


class StrategyError(FedcycleError):
    """A rule was given parameters that make no sense, or returned weights that do not."""


@dataclass(frozen=True)
class Limits:
    """What the weights of an account may be.

    Parameters
    ----------
    short : whether a weight may be negative
    gross : the most that their sizes may add up to, multiple of value
    """

    short: bool = False
    gross: float = 1.0

    @property
    def wide(self) -> bool:
        """Return whether they allow more than a long, unlevered account may hold."""
        return self.short or self.gross > 1.0


LONG_ONLY = Limits()
_ALLOW = "a config allows them with execution.account.short: true"


def parameter(default: Any = dataclasses.MISSING, *, unit: str, doc: str) -> Any:
    """Declare a field of a strategy that is a YAML parameter, with its unit and one sentence on what it does."""
    return dataclasses.field(default=default, metadata={"unit": unit, "doc": doc})


@dataclass(frozen=True, kw_only=True)
class Strategy(ABC):
    """A rule: target weights as a function of what was known.

    Subclasses are frozen keyword-only dataclasses whose fields are their YAML parameters. The docstring is the rule's
    case: what it does, why it might work, which statement of the note it encodes, how it could fail.

    ``needs`` names the assets and series the rule reads, with the number of sessions of history each must have (names
    alone, in a tuple, are one session each); a run that starts earlier is refused. Override ``requirements`` where
    that depends on parameters.
    """

    needs: ClassVar[Mapping[str, int] | Collection[str]] = {}
    limits: ClassVar[Limits] = LONG_ONLY
    """What weights a rule of this kind answers with; a config must allow more than a long account's."""

    @abstractmethod
    def weights(self, view: MarketView) -> Weights:
        """Return the target weights decided at the close of ``view.today``. Pure: same view, same answer."""

    def explain(self, view: MarketView) -> Explanation:
        """Return why the rule weights as it does on a day: what it saw, its branch, and the weights themselves.

        Optional: a rule that does not say gives its weights, and the explanations of the rules it is made of.
        """
        parts = {key: rule.explain(view) for key, rule in self.inner().items()}
        return Explanation("", self.weights(view), parts=parts)

    def inner(self) -> Mapping[str, Strategy]:
        """Return the rules among this rule's parameters by dotted key, such as ``rules.timing``."""
        return {
            key: value
            for field in dataclasses.fields(self)
            for key, value in _entries(field.name, getattr(self, field.name))
            if isinstance(value, Strategy)
        }

    def requirements(self) -> Mapping[str, int]:
        """Return asset or series -> sessions of history this rule must have before its first decision.

        Those of the rules it is made of are in it.
        """
        return merge_requirements(
            needed(type(self).__name__, self.needs), *(rule.requirements() for rule in self.inner().values())
        )

    def named_assets(self) -> tuple[str, ...]:
        """Return the assets that the parameters name; empty where a rule chooses among what is listed."""
        return unique_names(*(asset for rule in self.inner().values() for asset in rule.named_assets()))

    def stamps(self) -> tuple[str, ...]:
        """Return what every figure of a run of this rule must say, such as ``HINDSIGHT``; mostly empty."""
        return tuple(dict.fromkeys(stamp for rule in self.inner().values() for stamp in rule.stamps()))

    def with_hindsight(self, final_cuts: Days) -> Self:
        """Return the rule with the true final cuts where its parameters ask for hindsight, else the rule itself.

        Only a rule whose ``stamps`` hold ``HINDSIGHT`` is handed the cuts.
        """
        told = {}
        for field in dataclasses.fields(self):
            value = getattr(self, field.name)
            if any(isinstance(each, Strategy) for _, each in _entries(field.name, value)):
                told[field.name] = _informed(value, final_cuts)
        return dataclasses.replace(self, **told) if any(v != getattr(self, k) for k, v in told.items()) else self


def check_weights(
    strategy: Strategy, weights: object, view: MarketView, limits: Limits = LONG_ONLY
) -> dict[str, float]:
    """Return a rule's answer as plain floats, or raise StrategyError with the rule, the day, the value and the remedy.

    An answer is a mapping of listed assets to finite fractions >= 0 whose sum is at most 1, or what else the limits of
    the account allow. An asset without a price today that traded lately counts as listed: on the day nobody can tell a
    gap from an end.
    """
    rule, day = type(strategy).__name__, view.today
    weights = _mapping(rule, day, weights)
    answer: dict[str, float] = {}
    # A few names are looked up in a tuple faster than a set of all is made; two hundred among a thousand are not.
    there = view.assets if len(weights) < 10 else frozenset(view.assets)
    for asset, value in weights.items():
        if type(value) is float and 0.0 <= value < math.inf:
            answer[str(asset)] = value
        else:  # the sentence of a refusal costs more than the check
            answer[str(asset)] = _fraction(f"{rule} on {day}: weight of {asset}", value, short=limits.short)
        if asset not in there and not view.traded_lately(str(asset)):
            listed = join_names(view.assets) or "nothing"
            near = did_you_mean(asset, view.assets)
            raise StrategyError(f"{rule} on {day}: {asset!r} has no price that day; listed are {listed}{near}")
    if limits.wide:
        _check_gross(f"{rule} on {day}", answer, limits.gross)
        return answer
    total = math.fsum(answer.values())
    if 1 + ROUNDING < total <= 1 + SINGLE and any(str(getattr(v, "dtype", "")) == "float32" for v in weights.values()):
        answer = {asset: value / total for asset, value in answer.items()}  # thirds in single precision
        total = 1.0
    if total > 1 + ROUNDING:
        raise StrategyError(f"{rule} on {day}: weights add up to {total:.10g}; at most 1 can be invested")
    return answer


def _check_gross(who: str, weights: Mapping[str, float], max_: float) -> None:
    """Raise StrategyError where the sizes of weights add up to more than an account may hold."""
    gross = math.fsum(map(abs, weights.values()))
    if gross <= max_ * (1 + SINGLE):
        return
    largest = sorted(weights, key=lambda asset: (-abs(weights[asset]), asset))
    told = join_names([f"{asset} {weights[asset]:.6g}" for asset in largest], 5)
    raise StrategyError(
        f"{who}: weights of {told} have a gross exposure of {gross:.10g}, but execution.account.gross allows {max_:g}; "
        "return smaller weights, or allow more"
    )


def needed(rule: str, needs: object) -> dict[str, int]:
    """Return what a rule needs, name -> sessions, from any shape that says so: names alone are one session each.

    Raises
    ------
    StrategyError
        For anything else than names, or a mapping of names to sessions.

    Examples
    --------
    >>> needed("Mine", ("small", "large"))
    {'small': 1, 'large': 1}
    """
    if isinstance(needs, str):
        return {needs: 1}
    if isinstance(needs, Mapping):
        # A whole number of numpy's is as good as one of Python's.
        return {
            name: n.__index__() if hasattr(n, "__index__") and not isinstance(n, bool) else n
            for name, n in needs.items()
        }
    if isinstance(needs, list | tuple | set | frozenset) and all(isinstance(name, str) for name in needs):
        return dict.fromkeys(sorted(needs) if isinstance(needs, set | frozenset) else needs, 1)
    raise StrategyError(
        f"{rule}: needs is {needs!r:.60}; write names of assets and series with the sessions each must have, such as "
        '{"small": 1, "DGS10": 64}'
    )


def _mapping(rule: str, day: object, weights: object) -> Mapping[Any, Any]:
    """Return a rule's answer as a mapping: a Series of pandas is one too; raises StrategyError for anything else."""
    if isinstance(weights, Mapping):
        return weights
    items = getattr(weights, "items", None)
    if callable(items) and hasattr(weights, "index") and getattr(weights, "ndim", 1) == 1:
        return dict(items())
    kind = type(weights).__name__
    forgotten = "; is a return lacking?" if weights is None else ""
    raise StrategyError(
        f"{rule} on {day}: weights is a {kind}; return a mapping of asset to fraction of value{forgotten}"
    )


def check_mix(rule: str, weights: object, *, name: str = "weights") -> None:
    """Raise StrategyError unless a parameter of some name holds fractions >= 0 that add up to at most 1."""
    if not isinstance(weights, Mapping) or not weights:
        raise StrategyError(f"{rule}: {name} is {weights!r}; name at least one asset, such as {{small: 1.0}}")
    what = "weight" if name == "weights" else f"{name}: weight"
    for asset in weights:
        check_asset(rule, name, asset)
    total = math.fsum(_fraction(f"{rule}: {what} of {asset}", value) for asset, value in weights.items())
    if total > 1 + ROUNDING:
        verb = "add" if name == "weights" else "has weights that add"
        raise StrategyError(
            f"{rule}: {name} {verb} up to {total:.10g}; at most 1 can be invested (fractions, not percent)"
        )


def check_asset(rule: str, name: str, value: object) -> None:
    """Raise StrategyError unless a parameter is the name of an asset; whether the market has it is asked later."""
    if not isinstance(value, str) or not value.strip():
        raise StrategyError(f"{rule}: {name} is {value!r}; write the name of an asset, such as small")


def check_assets(rule: str, name: str, value: object) -> tuple[str, ...]:
    """Return a parameter that is a list of names of assets, each once and at least one, or raise StrategyError."""
    if not isinstance(value, list | tuple) or not value:
        raise StrategyError(f"{rule}: {name} is {value!r}; write a list of names of assets, such as [small]")
    for asset in value:
        check_asset(rule, name, asset)
        if value.count(asset) > 1:
            raise StrategyError(f"{rule}: {name} has {asset} twice; name each asset once")
    return tuple(value)


def check_rule(rule: str, name: str, value: object) -> None:
    """Raise StrategyError unless a parameter is a rule."""
    if not isinstance(value, Strategy):
        raise StrategyError(f"{rule}: {name} is {value!r}; write a rule, such as {{class: BuyAndHold, asset: small}}")


def check_differ(rule: str, first: tuple[str, str], second: tuple[str, str]) -> None:
    """Raise StrategyError if two parameters, each (name, asset), name one asset: the rule would choose nothing."""
    if first[1] == second[1]:
        raise StrategyError(f"{rule}: {first[0]} and {second[0]} are both {first[1]!r}; name two different assets")


def check_whole(rule: str, name: str, value: object, *, min_: int, max_: int, unit: str) -> None:
    """Raise StrategyError unless a parameter is a whole number from ``min_`` to ``max_`` (both in ``unit``)."""
    if not isinstance(value, int) or isinstance(value, bool):
        raise StrategyError(f"{rule}: {name} is {value!r}; write a whole number of {unit}, {min_} to {max_}")
    if not min_ <= value <= max_:
        raise StrategyError(f"{rule}: {name} is {value} {unit}; write {min_} to {max_} {unit}")


def check_number(rule: str, name: str, value: object) -> float:
    """Return a parameter that is a finite number, or raise StrategyError."""
    # Comparing refuses NaN, the infinities and whole numbers too large for a float alike.
    if not isinstance(value, int | float) or isinstance(value, bool) or not abs(value) < 1e300:
        raise StrategyError(f"{rule}: {name} is {value!r}; write a finite number")
    return float(value)


def unique_names(*names: str) -> tuple[str, ...]:
    """Return the names once each, in the order first given."""
    return tuple(dict.fromkeys(names))


def merge_requirements(*requirements: Mapping[str, int]) -> dict[str, int]:
    """Return name -> the most sessions that any of several requirements asks of it.

    Examples
    --------
    >>> merge_requirements({"DGS10": 64}, {"DGS10": 139, "small": 139})
    {'DGS10': 139, 'small': 139}
    """
    out: dict[str, int] = {}
    for required in requirements:
        for name, sessions in required.items():
            if not isinstance(sessions, int) or isinstance(sessions, bool) or sessions < 1:
                raise StrategyError(f"needs: {name} is {sessions!r}; write a whole number of sessions, 1 or more")
            out[name] = max(sessions, out.get(name, 0))
    return out


def sum_weights(parts: Collection[tuple[str, float]]) -> dict[str, float]:
    """Return weights that add up the parts an asset has in a rule, leaving out what is zero."""
    out: dict[str, float] = {}
    for asset, weight in parts:
        if weight:
            out[asset] = out.get(asset, 0.0) + weight
    return out


def _fraction(what: str, value: Any, *, short: bool = False) -> float:
    wrong = f"{what} is {value!r}; it must be a number, a fraction of portfolio value"
    # float() would take "0.5" and True, which no rule means.
    if isinstance(value, str | bytes | bool) or type(value).__name__ == "bool":
        raise StrategyError(wrong)
    try:
        number = float(value)
    except (TypeError, ValueError, OverflowError):
        raise StrategyError(wrong) from None
    if not math.isfinite(number):
        raise StrategyError(f"{what} is {number}; it must be a finite fraction of portfolio value")
    if -SMALLEST <= number < 0:
        return 0.0  # the rounding of a difference, not a short position
    if number < 0 and not short:
        raise StrategyError(f"{what} is {number:g}; it must be >= 0 (no short positions; {_ALLOW})")
    return number


def _entries(key: str, value: object) -> Iterator[tuple[str, object]]:
    """Yield a parameter, or what a list or a mapping in it holds, each under its dotted key."""
    if isinstance(value, Mapping):
        yield from ((f"{key}.{name}", each) for name, each in value.items())
    elif isinstance(value, list | tuple):
        yield from ((f"{key}.{k}", each) for k, each in enumerate(value))
    else:
        yield key, value


def _informed(value: Any, final_cuts: Days) -> Any:
    """Return a rule, or a list or a mapping of rules, with the true final cuts told to each."""
    if isinstance(value, Mapping):
        return {key: _informed(each, final_cuts) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return type(value)(_informed(each, final_cuts) for each in value)
    return value.with_hindsight(final_cuts) if isinstance(value, Strategy) else value
