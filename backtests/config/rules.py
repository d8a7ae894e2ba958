"""The strategy of a config: the class it names, given the parameters it states."""

from __future__ import annotations

import dataclasses
import math
import re
import typing
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
from pydantic import ConfigDict, TypeAdapter, ValidationError
from pydantic.errors import PydanticUserError

from fedcycle.backtests.config.classes import find_class, line_in, told
from fedcycle.backtests.config.document import Node, plain, printable, shown
from fedcycle.backtests.config.model import InvalidConfigError
from fedcycle.backtests.config.nearest import nearest
from fedcycle.backtests.errors import ConfigError
from fedcycle.strategies import library
from fedcycle.strategies.strategy import Strategy, StrategyError

_STRICT = ConfigDict(strict=True, allow_inf_nan=False, arbitrary_types_allowed=True)
_KINDS = {
    "int_type": "a whole number",
    "float_type": "a number",
    "finite_number": "a finite number",
    "string_type": "a text",
    "bool_type": "true or false",
    "date_type": "a date as YYYY-MM-DD, without quotes",
    "mapping_type": "a mapping",
    "dict_type": "a mapping",
    "tuple_type": "a list",
    "list_type": "a list",
}


@dataclass(frozen=True)
class Rule:
    """A strategy as a config asked for it.

    Parameters
    ----------
    strategy : the rule itself
    text : its class as a stored config names it: ``Class``, ``file.py:Class`` or ``module:Class``
    file : the user's file it came from, or None
    content : the bytes of that file, or of the module's, or None for a rule of the library
    parameters : every parameter, defaults too, as a config writes it
    """

    strategy: Strategy
    text: str
    file: Path | None
    content: bytes | None
    parameters: Mapping[str, Any]


def rule(node: Node) -> Rule:
    """Return the rule that ``strategy:`` asks for, or raise InvalidConfigError with a sentence for each thing wrong."""
    named = node.entries.get("class")
    if named is None or not isinstance(named.value, str):
        lack = "has no class" if named is None else f"has class {shown(plain(named))}, which is not a text"
        place = (named or node).place
        raise ConfigError(
            f"{place}: strategy {lack}; write class: and one of {', '.join(library.names())}, or path/to/file.py:Class"
        )
    found = find_class(named.value, named)
    values = _parameters(found.kind, node)
    try:
        strategy = found.kind(**values)
        stated = {key: written(getattr(strategy, key)) for key in parameters(found.kind)}
    except StrategyError as error:
        raise ConfigError(f"{_blamed(str(error), node).place}: {printable(str(error))}") from error
    except Exception as error:
        line = line_in(error, found.file)
        raise ConfigError(
            f"{node.place}: {found.text} refuses its parameters: {line}{told(error)}; correct one or the other"
        ) from error
    return Rule(strategy, found.text, found.file, found.content, stated)


def parameters(kind: type[Strategy]) -> dict[str, dataclasses.Field[Any]]:
    """Return key -> field of a strategy's parameters."""
    return {field.name: field for field in dataclasses.fields(kind) if field.init}


def hints_of(kind: type[Strategy]) -> dict[str, Any]:
    """Return key -> type of a strategy's parameters."""
    hints = typing.get_type_hints(kind, include_extras=True)
    return {key: hints[key] for key in parameters(kind)}


def adapter(hint: Any) -> TypeAdapter[Any]:
    """Return pydantic's check of one type: strict, so that a text is no number and true is not 1."""
    try:
        return TypeAdapter(hint, config=_STRICT)
    except PydanticUserError:  # a type with a config of its own, such as a dataclass
        return TypeAdapter(hint)


def default(field: dataclasses.Field[Any]) -> Any:
    """Return a parameter's default, or ``dataclasses.MISSING``."""
    return field.default if field.default_factory is dataclasses.MISSING else field.default_factory()


def written(value: Any) -> Any:
    """Return a parameter's value as a config writes it: plain data, dates as dates.

    A structured value says it itself with a method ``plain()``.
    """
    if callable(plainly := getattr(value, "plain", None)):
        value = plainly()
    if isinstance(value, Mapping):
        return {str(key): written(each) for key, each in value.items()}
    if isinstance(value, (tuple, list)):
        return [written(each) for each in value]
    if isinstance(value, np.datetime64):
        return value.astype("datetime64[D]").item()
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, float) and not math.isfinite(value):
        raise TypeError(f"a parameter is {value}, but a config holds finite numbers")
    if value is None or isinstance(value, (bool, int, float, str, date)):
        return value
    kind = type(value).__name__
    raise TypeError(f"a parameter holds a {kind}, which a config cannot write; give {kind} a method plain()")


def _parameters(kind: type[Strategy], node: Node) -> dict[str, Any]:
    """Return the constructor's arguments, or raise InvalidConfigError with every parameter that is wrong."""
    known, adapters = parameters(kind), _adapters(kind, node)
    given = {key: child for key, child in node.entries.items() if key != "class"}
    problems = [_unknown(kind, key, given[key]) for key in given if key not in known]
    values: dict[str, Any] = {}
    for key, child in given.items():
        if key in known:
            try:
                values[key] = _valid(adapters[key], plain(child))
            except ValidationError as error:
                problems.extend(_wrong(key, known[key], child, error))
    for key, field in known.items():
        if key not in given and default(field) is dataclasses.MISSING:
            problems.append(f"{node.place}: strategy {kind.__name__} lacks {key}; write {key}: {_meant(field)}")
    if problems:
        raise InvalidConfigError(problems)
    return values


def _adapters(kind: type[Strategy], node: Node) -> dict[str, TypeAdapter[Any]]:
    try:
        return {key: adapter(hint) for key, hint in hints_of(kind).items()}
    except Exception as error:
        raise ConfigError(
            f"{node.place}: the types of {kind.__name__} cannot be read: {told(error)}; import what its fields name"
        ) from error


def _valid(check: TypeAdapter[Any], value: Any) -> Any:
    """Return a value of the parameter's type; a list of YAML is a tuple where the type asks for one."""
    try:
        return check.validate_python(_tuples(value))
    except ValidationError:
        if isinstance(value, list):
            return check.validate_python(value)
        raise


def _tuples(value: Any) -> Any:
    return tuple(map(_tuples, value)) if isinstance(value, list) else value


def _unknown(kind: type[Strategy], key: str, node: Node) -> str:
    known = tuple(parameters(kind))
    near = nearest(key, known)
    remedy = f"write {near}" if near else f"it has {', '.join(known) or 'no parameters'}"
    return f"{node.place}: strategy.{printable(key)} is not a parameter of {kind.__name__}; {remedy}"


def _wrong(key: str, field: dataclasses.Field[Any], node: Node, error: ValidationError) -> Iterator[str]:
    seen = set()
    for problem in error.errors(include_url=False, include_context=False):
        dotted, at = f"strategy.{key}", node
        for step in problem["loc"]:
            if isinstance(step, str) and step in at.entries:
                dotted, at = f"{dotted}.{printable(step)}", at.entries[step]
        if dotted not in seen:
            seen.add(dotted)
            must = _KINDS.get(problem["type"]) or problem["msg"].lower().removeprefix("input should be ")
            yield f"{at.place}: {dotted} is {shown(plain(at))}, but it must be {must}; write {_meant(field)}"


def _meant(field: dataclasses.Field[Any]) -> str:
    """Return what to write for a parameter: its unit and default, as far as it has them."""
    value = default(field)
    example = "" if value is dataclasses.MISSING else f", such as {shown(written(value))}"
    return f"{field.metadata.get('unit') or 'a value of its type'}{example}"


def _blamed(sentence: str, node: Node) -> Node:
    """Return the parameter that a sentence of the rule is about, or the whole strategy."""
    said = re.search(r"([\w.]+) (is|has|adds?|does not exist)\b", sentence)
    for key in said[1].split(".") if said else ():
        if key not in node.entries:
            break
        node = node.entries[key]
    return node
