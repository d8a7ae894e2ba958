"""The strategy of a config: the class it names, given the parameters it states, rules inside it included."""

from __future__ import annotations

import dataclasses
import math
import re
import typing
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from functools import cache
from typing import Any

import numpy as np
from pydantic import ConfigDict, TypeAdapter, ValidationError
from pydantic.errors import PydanticUserError

from fedcycle.backtests.config.code_identity import Source
from fedcycle.backtests.config.file_inputs import MOST_BYTES, digest, is_kept
from fedcycle.backtests.config.nested_strategies import Form, Nested, Rule, form, nested
from fedcycle.backtests.config.serialize import flow
from fedcycle.backtests.config.strategy_loader import Found, find_class, line_in, told
from fedcycle.backtests.config.validate import InvalidConfigError
from fedcycle.backtests.config.yaml_reader import Node, plain, printable, shown
from fedcycle.backtests.core.backtrader_strategy import BacktraderStrategy
from fedcycle.backtests.core.errors import ConfigError
from fedcycle.backtests.core.stdout import stdout_to_stderr
from fedcycle.data.suggest import nearest
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


@stdout_to_stderr
def rule(node: Node, dotted: str = "strategy", *, found: Found | None = None) -> Rule:
    """Return the rule that a mapping with a class asks for, or raise with a sentence for each thing wrong.

    Parameters
    ----------
    node : the mapping
    dotted : its key in a config
    found : the class itself, where it was handed over and no file says where it is

    Raises
    ------
    ConfigError
        If several things are wrong, an InvalidConfigError.
    """
    named = node.entries.get("class")
    if named is None or not isinstance(named.value, str):
        lack = "has no class" if named is None else f"has class {shown(plain(named))}, which is not a text"
        place = (named or node).place
        raise ConfigError(
            f"{place}: {dotted} {lack}; write class: and one of {', '.join(library.names())}, or path/to/file.py:Class"
        )
    found = found or find_class(named.value, named, key=f"{dotted}.class")
    if dotted != "strategy" and issubclass(found.kind, BacktraderStrategy):
        raise ConfigError(
            f"{named.place}: {dotted}.class is {shown(named.value)}, a bt.Strategy, which gives orders and no weights; "
            "name it as the strategy itself, or a subclass of fedcycle.strategies.strategy.Strategy here"
        )
    inside: dict[str, Nested] = {}
    values = arguments(found.kind, node, dotted, inside=inside)
    try:
        strategy = found.kind(**values)
        # What was said, not what the rule made of it: from that it would make something else when it runs again.
        stated = {
            key: inside[key].document if key in inside else written(values[key] if key in values else default(field))
            for key, field in parameters(found.kind).items()
        }
    except StrategyError as error:
        raise ConfigError(f"{_blamed(str(error), node).place}: {printable(str(error))}") from error
    except (Exception, SystemExit) as error:
        line = line_in(error, found.file)
        raise ConfigError(
            f"{node.place}: {found.text} refuses its parameters: {line}{told(error)}; correct one or the other"
        ) from error
    rules = [each for part in inside.values() for each in part.rules]
    files, modules = _origins(found, rules, named)
    sources = [*([found.source] if found.source else []), *(source for each in rules for source in each.sources)]
    return Rule(strategy, {"class": found.text, **stated}, files, modules, tuple(dict.fromkeys(sources)))


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


def default_text(field: dataclasses.Field[Any]) -> str | None:
    """Return a parameter's default as one line of a config, or None where it has none."""
    value = default(field)
    return None if value is dataclasses.MISSING else flow(written(value))


def written(value: Any) -> Any:
    """Return a parameter's value as a config writes it: plain data, dates as dates.

    A structured value says it itself with a method ``plain()``; a rule is its class and parameters.
    """
    if isinstance(value, Strategy):
        return _document(value)
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


def _document(strategy: Strategy) -> dict[str, Any]:
    """Return a rule that is another one's default as a config writes it."""
    kind = type(strategy)
    if kind.__name__ not in library.names() or library.load(kind.__name__) is not kind:
        raise TypeError(f"a parameter's default is a {kind.__name__}, which is not in the library; give it no default")
    return {"class": kind.__name__, **{key: written(getattr(strategy, key)) for key in parameters(kind)}}


def _origins(found: Found, inside: Iterable[Rule], node: Node) -> tuple[dict[str, bytes], dict[str, bytes]]:
    """Return the user's files and what is known of modules that a class and the rules inside it came from."""
    files: dict[str, bytes] = {}
    modules: dict[str, bytes] = {}
    if found.content is not None and found.file is not None:
        files[found.file.name] = found.content
    elif found.content is not None and found.source is None:
        modules[found.text.rpartition(":")[0]] = found.content
    parts = [(each.files, each.modules) for each in inside]
    if found.source is not None:
        parts.append(_of_source(found.source))
    for their_files, their_modules in parts:
        modules.update(their_modules)
        for name, content in their_files.items():
            if files.setdefault(name, content) != content:
                raise ConfigError(f"{node.place}: rules come from two files named {name} that differ; rename one")
    return files, modules


def _of_source(source: Source) -> tuple[dict[str, bytes], dict[str, bytes]]:
    """Return the modules and data files that a user's code was loaded with, and what is known of what is installed."""
    files = source.code.files
    modules = {name: said.encode() for name, said in source.code.installed.items()}
    for name, content in source.opened.named(source.folders).items():
        if content is None or len(content) > MOST_BYTES or not is_kept(name):
            modules[f"file {name}"] = str(digest(content)).encode()
        else:
            files[name] = content
    return files, modules


def arguments(
    kind: type[Strategy], node: Node, dotted: str = "strategy", *, inside: dict[str, Nested] | None = None
) -> dict[str, Any]:
    """Return the constructor's arguments, or raise InvalidConfigError with every parameter that is wrong.

    ``inside``, if given, receives key -> the rules of each parameter that holds some.
    """
    inside = {} if inside is None else inside
    known, checks = parameters(kind), _checks(kind, node)
    given = {key: child for key, child in node.entries.items() if key != "class"}
    problems = [_unknown(kind, key, given[key], dotted) for key in given if key not in known]
    values: dict[str, Any] = {}
    cause: ConfigError | None = None
    for key, child in given.items():
        if key not in known:
            continue
        try:
            check = checks[key]
            if isinstance(check, Form):
                inside[key] = nested(check, child, f"{dotted}.{key}", build=rule)
                values[key] = inside[key].value
            else:
                values[key] = valid(check, plain(child))
        except ValidationError as error:
            problems.extend(wrong(key, known[key], child, error, dotted=dotted))
        except ConfigError as error:
            problems.extend(error.problems if isinstance(error, InvalidConfigError) else [str(error)])
            cause = error
    for key, field in known.items():
        if key not in given and default(field) is dataclasses.MISSING:
            problems.append(f"{node.place}: {dotted} {kind.__name__} lacks {key}; write {key}: {_meant(field)}")
    if problems:
        raise InvalidConfigError(problems) from cause
    return values


def _checks(kind: type[Strategy], node: Node) -> Mapping[str, Form | TypeAdapter[Any]]:
    """Return key -> the form of its rules, or the check of its type; raises ConfigError where a type cannot be read."""
    try:
        return _known_checks(kind)
    except Exception as error:
        raise ConfigError(
            f"{node.place}: the types of {kind.__name__} cannot be read: {told(error)}; import what its fields name"
        ) from error


@cache
def _known_checks(kind: type[Strategy]) -> dict[str, Form | TypeAdapter[Any]]:
    return {key: form(hint) or adapter(hint) for key, hint in hints_of(kind).items()}


def valid(check: TypeAdapter[Any], value: Any) -> Any:
    """Return a value of the parameter's type; a list of YAML is a tuple where the type asks for one."""
    try:
        return check.validate_python(_tuples(value))
    except ValidationError:
        if isinstance(value, list):
            return check.validate_python(value)
        raise


def _tuples(value: Any) -> Any:
    return tuple(map(_tuples, value)) if isinstance(value, list) else value


def _unknown(kind: type[Strategy], key: str, node: Node, dotted: str) -> str:
    known = tuple(parameters(kind))
    near = nearest(key, known)
    remedy = f"write {near}" if near else f"it has {', '.join(known) or 'no parameters'}"
    return f"{node.place}: {dotted}.{printable(key)} is not a parameter of {kind.__name__}; {remedy}"


def wrong(
    key: str, field: dataclasses.Field[Any], node: Node, error: ValidationError, *, dotted: str = "strategy"
) -> Iterator[str]:
    """Yield a sentence for each part of a parameter that is not of its type."""
    seen = set()
    for problem in error.errors(include_url=False, include_context=False):
        where, at = f"{dotted}.{key}", node
        for step in problem["loc"]:
            if isinstance(step, str) and step in at.entries:
                where, at = f"{where}.{printable(step)}", at.entries[step]
        if where not in seen:
            seen.add(where)
            must = _KINDS.get(problem["type"]) or problem["msg"].lower().removeprefix("input should be ")
            yield f"{at.place}: {where} is {shown(plain(at))}, but it must be {must}; write {_meant(field)}"


def _meant(field: dataclasses.Field[Any]) -> str:
    """Return what to write for a parameter: its unit and default, as far as it has them."""
    value = default(field)
    example = "" if value is dataclasses.MISSING else f", such as {shown(written(value))}"
    return f"{field.metadata.get('unit') or 'a value of its type'}{example}"


def _blamed(sentence: str, node: Node) -> Node:
    """Return the parameter that a sentence of the rule is about, wherever it stands, or the whole strategy."""
    subject = re.search(r"([\w.]+) (is|has|adds?|does not exist)\b", sentence)
    first = re.match(r"\w+: ([\w.]+)", sentence)
    for said in filter(None, (subject, first)):
        keys = said[1].split(".")
        found = [end for start in _within(node) if (end := _walked(start, keys)) is not start]
        if found:
            return found[0]
    return node


def _within(node: Node) -> Iterator[Node]:
    """Yield a node and all below it, the nearest first."""
    level = [node]
    while level:
        yield from level
        level = [child for each in level for child in _children(each)]


def _children(node: Node) -> Iterable[Node]:
    return node.value if isinstance(node.value, tuple) else node.entries.values()


def _walked(node: Node, keys: Sequence[str]) -> Node:
    """Return the node that is reached from one by keys, as far as they lead."""
    for key in keys:
        if key not in node.entries:
            break
        node = node.entries[key]
    return node
