"""A config against its model: a Study, or a sentence for each thing wrong, with file, line, value and remedy."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from datetime import date

from pydantic import ValidationError

from fedcycle.backtests.config.model import Part, Says, StudySchema, keys
from fedcycle.backtests.config.yaml_reader import Node, plain, printable, shown
from fedcycle.backtests.core.errors import ConfigError
from fedcycle.data.closeness import SAME
from fedcycle.data.suggest import nearest

BUNDLE_STARTS = date(1989, 12, 29)
"""The session on which the bundled levels stand at 100."""
_BELOW = {
    "benchmark": Says("a fraction of value, 0 to 1, not percent", "0.5 for half"),
    "sweep": Says("a list of at least one value to try, or a range", "[3, 6, 9, 12] or {from: 3, to: 12, step: 3}"),
    "sweep_variants": Says("a mapping of dotted key to value", "{strategy.quality: false, strategy.hiking: false}"),
}
"""What the values inside a mapping must be, where the keys are the user's."""


class InvalidConfigError(ConfigError):
    """A config with at least one thing wrong; ``str`` gives the first, ``problems`` all, a sentence each."""

    def __init__(self, problems: Sequence[str]) -> None:
        super().__init__(problems[0])
        self.problems = tuple(problems)

    def __reduce__(self) -> tuple[type[InvalidConfigError], tuple[tuple[str, ...]]]:
        # A worker process hands the error on; by its arguments alone it would come back with one letter for a problem.
        return type(self), (self.problems,)


def validated(tree: Node) -> StudySchema:
    """Return the config as a Study, or raise InvalidConfigError with a sentence for each thing wrong."""
    try:
        study = StudySchema.model_validate(plain(tree))
    except ValidationError as error:
        raise InvalidConfigError(list(_sentences(tree, error))) from error
    if problems := list(_contradictions(study, tree)):
        raise InvalidConfigError(problems)
    return study


def at(tree: Node, *path: str) -> Node:
    """Return the node at a path, or the deepest one above it that is there."""
    for key in path:
        if key not in tree.entries:
            break
        tree = tree.entries[key]
    return tree


def _sentences(tree: Node, error: ValidationError) -> Iterator[str]:
    found: dict[tuple[str, ...], tuple[str, Node]] = {}
    for problem in error.errors(include_url=False, include_context=False, include_input=False):
        path, node = _where(tree, problem["loc"])
        found.setdefault(path, (problem["type"], node))
    for path, (kind, node) in found.items():
        # Every alternative of a type reports; the one that got furthest is meant.
        if not any(other[: len(path)] == path and other != path for other in found):
            yield f"{node.place}: {_sentence(path, kind, node)}"


def _where(tree: Node, location: Sequence[str | int]) -> tuple[tuple[str, ...], Node]:
    """Return the part of pydantic's location that is in the config; it also names alternatives of types."""
    path: tuple[str, ...] = ()
    for step in location:
        if isinstance(step, str) and step in tree.entries:
            path, tree = (*path, step), tree.entries[step]
    return path, tree


def _sentence(path: tuple[str, ...], kind: str, node: Node) -> str:
    dotted, parts = printable(".".join(path)), _parts(path)
    if kind == "extra_forbidden":
        return _unknown(path, parts[-1])
    if kind == "string_pattern_mismatch" and path[0] in _BELOW and path[0] != "benchmark" and len(path) > 1:
        return f"{dotted} is not a dotted key of a config; write strategy.recognise.pause.months or the like"
    says = _BELOW[path[0]] if len(path) > 1 and path[0] in _BELOW else _says(path)
    if kind == "missing":
        return f"{dotted} lacks a key; it must be {says.must}; write {says.write}"
    write = says.write
    if isinstance(node.value, str):
        write = nearest(node.value, says.choices) or write
    if path[0] == "name" and not isinstance(node.value, (str, Mapping, tuple)):
        write = f"it in quotes: '{shown(node.value)}'"
    return f"{dotted} is {shown(plain(node))}, but it must be {says.must}; write {write}"


def _unknown(path: tuple[str, ...], part: type[Part]) -> str:
    key, above = path[-1], path[:-1]
    near = nearest(key, tuple(part.model_fields))
    right = ".".join((*above, near)) if near else next((p for p in keys() if p.split(".")[-1] == key), None)
    remedy = f"write {right}" if right else f"there are {', '.join(part.model_fields)}"
    return f"{printable('.'.join(path))} is not a key; {remedy}"


def _parts(path: tuple[str, ...]) -> list[type[Part]]:
    """Return the models that the keys above the last one of a path lie in, the outermost first."""
    models: list[type[Part]] = [StudySchema]
    for key in path[:-1]:
        field = models[-1].model_fields.get(key)
        if field is None or not (isinstance(field.annotation, type) and issubclass(field.annotation, Part)):
            break
        models.append(field.annotation)
    return models


def _says(path: tuple[str, ...]) -> Says:
    models = _parts(path)
    field = models[-1].model_fields[path[len(models) - 1]]
    return next(said for said in field.metadata if isinstance(said, Says))


def not_finite(node: Node, path: tuple[str, ...]) -> Iterator[str]:
    """Yield a sentence for each number that is none, whatever its key: JSON has no way to write it."""
    for key, below in node.entries.items():
        yield from not_finite(below, (*path, key))
    waiting: list[object] = [] if node.entries else [plain(node)]
    while waiting:
        value = waiting.pop()
        if isinstance(value, float) and not math.isfinite(value):
            yield f"{node.place}: {printable('.'.join(path))} has {shown(value)}, but it must be finite; write a number"
        waiting += value if isinstance(value, list | tuple) else value.values() if isinstance(value, Mapping) else ()


def _contradictions(study: StudySchema, tree: Node) -> Iterator[str]:
    """Yield what no single key shows."""
    for key, node in tree.entries.items():
        if key != "strategy":  # a rule says itself what its numbers must be
            yield from not_finite(node, (key,))
    start, end = study.period.start, study.period.end
    if end is not None and start >= end:
        node = at(tree, "period", "start")
        yield (
            f"{node.place}: period.start is {start}, but it must lie before period.end, {end} "
            f"({at(tree, 'period', 'end').place}); write an earlier start or a later end"
        )
    if study.data.market == "bundle" and start < BUNDLE_STARTS:
        yield (
            f"{at(tree, 'period', 'start').place}: period.start is {start}, but the bundled data begin on "
            f"{BUNDLE_STARTS}; write that day or a later one"
        )
    account = study.execution.account
    if account.maintenance is not None and account.maintenance < account.gross:
        node = at(tree, "execution", "account", "maintenance")
        yield (
            f"{node.place}: execution.account.maintenance is {account.maintenance:g}, below execution.account.gross, "
            f"{account.gross:g}: a decision would be called as soon as it is filled; write "
            f"{1.5 * account.gross:g} or null"
        )
    for holding in study.benchmark if isinstance(study.benchmark, list) else [study.benchmark]:
        total = math.fsum(holding.values()) if isinstance(holding, dict) else 1.0
        if not 0 < total <= 1 + SAME:
            yield (
                f"{at(tree, 'benchmark').place}: benchmark has weights that add up to {total:.10g}, but they are "
                "fractions of value that add up to more than 0 and at most 1; write {small: 0.5, large: 0.5}"
            )
