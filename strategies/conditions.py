"""Conditions that a config can write: every signal with its threshold, and all, any and not of them.

``condition({"yield_surge": {"sessions": 63, "above_bp": 75}})`` is what a config says as a value with methods: whether
it holds on a day, what it saw, and the history it needs.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any

from fedcycle.data.suggest import did_you_mean
from fedcycle.strategies import policy_conditions, price_conditions
from fedcycle.strategies.condition import All, AnyOf, Condition, Not
from fedcycle.strategies.strategy import StrategyError

_DEEPEST = 6
"""Conditions inside each other; more is a mistake."""

CONDITIONS: Mapping[str, type[Condition]] = {
    kind.name: kind
    for module in (policy_conditions, price_conditions)
    for kind in vars(module).values()
    if isinstance(kind, type) and issubclass(kind, Condition) and kind.__module__ == module.__name__ and kind.name
}
"""What a config may write -> the condition: every class of those modules that has a name."""


def condition(value: object, rule: str, *, depth: int = 0) -> Condition:
    """Return a condition from what a config writes; a condition passes through.

    Raises
    ------
    StrategyError
        With the rule, the key, the value and what would be right.
    """
    known = (*CONDITIONS, "all", "any", "not")
    if isinstance(value, Condition):
        return value
    if depth > _DEEPEST:
        raise StrategyError(f"{rule}: when is nested more than {_DEEPEST} deep; write it flatter")
    if isinstance(value, str) and value in CONDITIONS:
        value = {value: {}}
    if not isinstance(value, Mapping) or len(value) != 1:
        raise StrategyError(f"{rule}: when is {value!r}; write one of {', '.join(known)} with its parameters")
    (key, inner), *_ = value.items()
    if key not in known:
        raise StrategyError(
            f"{rule}: when is {key!r}, which is no condition{did_you_mean(key, known)}; write {', '.join(known)}"
        )
    if key in ("all", "any"):
        if not isinstance(inner, list | tuple) or not inner:
            raise StrategyError(f"{rule}: when.{key} is {inner!r}; write a list of conditions")
        parts = tuple(condition(each, rule, depth=depth + 1) for each in inner)
        return All(parts=parts) if key == "all" else AnyOf(parts=parts)
    if key == "not":
        return Not(parts=(condition(inner, rule, depth=depth + 1),))
    return _made(CONDITIONS[str(key)], inner, rule)


def _made(kind: type[Condition], stated: object, rule: str) -> Condition:
    stated = {} if stated is None else stated
    if not isinstance(stated, Mapping):
        raise StrategyError(f"{rule}: {kind.name} is {stated!r}; write its parameters, {_written(kind)}")
    fields = {f.name: f for f in dataclasses.fields(kind)}
    for key in stated:
        if key not in fields:
            raise StrategyError(
                f"{rule}: {kind.name}.{key} does not exist{did_you_mean(key, fields)}; write {_written(kind)}"
            )
    lacking = [n for n, f in fields.items() if f.default is dataclasses.MISSING and n not in stated]
    if lacking:
        raise StrategyError(f"{rule}: {kind.name} lacks {lacking[0]} ({fields[lacking[0]].metadata['unit']}); write it")
    values: dict[str, Any] = {k: tuple(v) if isinstance(v, list) else v for k, v in stated.items()}
    made = kind(**values)
    made.check(rule)
    return made


def _written(kind: type[Condition]) -> str:
    return f"{{{', '.join(f.name for f in dataclasses.fields(kind))}}}"
