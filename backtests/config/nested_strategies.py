"""Rules inside a rule: which parameters take rules, and what a config writes for them."""

from __future__ import annotations

import collections.abc
import types
import typing
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any

from fedcycle.backtests.config.code_identity import Source
from fedcycle.backtests.config.validate import InvalidConfigError
from fedcycle.backtests.config.yaml_reader import Node, plain, printable, shown
from fedcycle.backtests.core.errors import ConfigError
from fedcycle.strategies.strategy import Strategy

_LISTS = (tuple, list, collections.abc.Sequence)
_MAPPINGS = (dict, collections.abc.Mapping)


@dataclass(frozen=True)
class Rule:
    """A strategy as a config asked for it.

    Parameters
    ----------
    strategy : the rule itself, or the name of an asset where a parameter takes one too
    document : its class as a stored config names it (``Class``, ``file.py:Class`` or ``module:Class``), and every
        parameter, defaults too, as a config writes it; of an asset its name
    files : name -> content of each user's file that it or a rule inside it came from
    modules : name -> what is known of each installed module and distribution that it or a rule inside it uses
    sources : the user's own files and modules that it and the rules inside it came from
    """

    strategy: Any
    document: Any
    files: Mapping[str, bytes]
    modules: Mapping[str, bytes]
    sources: tuple[Source, ...] = ()


class Shape(Enum):
    """How many rules a parameter takes, and what to write for them."""

    ONE = "a rule: a mapping with a class; write {class: BuyAndHold, asset: small}"
    LIST = "a list of rules; write [{class: BuyAndHold, asset: small}]"
    MAPPING = "a mapping of names of your own to rules; write {first: {class: BuyAndHold, asset: small}}"


@dataclass(frozen=True)
class Form:
    """What the type of a parameter that takes rules says.

    Parameters
    ----------
    shape : how many
    kind : the class each rule must be of; mostly Strategy itself
    optional : whether null will do
    whole : what holds them: tuple or list
    name : whether the name of an asset will do in the place of a rule
    """

    shape: Shape
    kind: type[Strategy]
    optional: bool = False
    whole: Callable[[Any], Any] = tuple
    name: bool = False


@dataclass(frozen=True)
class Nested:
    """The rules of one parameter: its value, its value as a config writes it, and the rules one by one."""

    value: Any
    document: Any
    rules: tuple[Rule, ...]


def form(hint: Any) -> Form | None:
    """Return how a type asks for rules, or None if it does not.

    Examples
    --------
    >>> form(dict[str, Strategy]).shape.name, form(Strategy | None).optional, form(dict[str, float])
    ('MAPPING', True, None)
    """
    if isinstance(hint, type) and issubclass(hint, Strategy):
        return Form(Shape.ONE, hint)
    origin, args = typing.get_origin(hint), typing.get_args(hint)
    if origin is typing.Annotated:
        return form(args[0])
    if origin in (typing.Union, types.UnionType):
        found = next((each for each in map(form, args) if each is not None), None)
        return found and Form(found.shape, found.kind, optional=type(None) in args, whole=found.whole, name=str in args)
    if origin not in (*_LISTS, *_MAPPINGS) or not args:
        return None
    inner = form(args[-1] if origin in _MAPPINGS else args[0])
    if inner is None or inner.shape is not Shape.ONE:
        return None
    shape = Shape.MAPPING if origin in _MAPPINGS else Shape.LIST
    return Form(shape, inner.kind, whole=list if origin is list else tuple, name=inner.name)


def nested(asked: Form, node: Node, dotted: str, *, build: Callable[[Node, str], Rule]) -> Nested:
    """Return the rules of one parameter, each built by ``build(node, dotted key)``.

    Raises
    ------
    ConfigError
        With place, key and value, where the parameter is no rule, list or mapping of rules as its type asks.
    """
    if node.value is None and asked.optional:
        return Nested(None, None, ())
    if asked.shape is Shape.ONE:
        one = _one(asked, node, dotted, build=build)
        return Nested(one.strategy, one.document, () if isinstance(one.strategy, str) else (one,))
    if asked.shape is Shape.LIST and isinstance(node.value, tuple):
        children = {str(k): child for k, child in enumerate(node.value)}
        listed = list(_all(asked, children, dotted, build=build).values())
        rules = tuple(r for r in listed if not isinstance(r.strategy, str))
        return Nested(asked.whole(r.strategy for r in listed), [r.document for r in listed], rules)
    if asked.shape is Shape.MAPPING and isinstance(node.value, Mapping):
        named = _all(asked, node.entries, dotted, build=build)
        values = {key: each.strategy for key, each in named.items()}
        return Nested(values, {key: each.document for key, each in named.items()}, tuple(named.values()))
    raise _refusal(asked.shape, node, dotted)


def _all(
    asked: Form, children: Mapping[str, Node], dotted: str, *, build: Callable[[Node, str], Rule]
) -> dict[str, Rule]:
    """Return key -> rule, or raise InvalidConfigError with all that is wrong with all of them."""
    rules: dict[str, Rule] = {}
    problems: list[str] = []
    cause: ConfigError | None = None
    for key, child in children.items():
        try:
            rules[key] = _one(asked, child, f"{dotted}.{printable(key)}", build=build)
        except ConfigError as error:
            problems.extend(error.problems if isinstance(error, InvalidConfigError) else [str(error)])
            cause = error
    if problems:
        raise InvalidConfigError(problems) from cause
    return rules


def _one(asked: Form, node: Node, dotted: str, *, build: Callable[[Node, str], Rule]) -> Rule:
    if asked.name and isinstance(node.value, str):
        return Rule(node.value, node.value, {}, {})
    if not isinstance(node.value, Mapping):
        raise _refusal(Shape.ONE, node, dotted, name=asked.name)
    built = build(node, dotted)
    if not isinstance(built.strategy, asked.kind):
        kind = type(built.strategy).__name__
        raise ConfigError(f"{node.place}: {dotted} is a {kind}, but it must be a {asked.kind.__name__}; name one")
    return built


def _refusal(shape: Shape, node: Node, dotted: str, *, name: bool = False) -> ConfigError:
    must = f"the name of an asset, such as small, or {shape.value}" if name else shape.value
    return ConfigError(f"{node.place}: {dotted} is {shown(plain(node))}, but it must be {must}")
