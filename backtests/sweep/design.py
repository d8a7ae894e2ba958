"""Designs of a sweep: what a config's ``sweep`` stands for, a grid of all combinations or one choice at a time."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, TypeAlias

from numpy.typing import NDArray

from fedcycle.backtests.config import RunConfig, assignment
from fedcycle.backtests.config.serialize import jsonable
from fedcycle.backtests.core.backtrader_strategy import BacktraderStrategy
from fedcycle.backtests.core.errors import ConfigError
from fedcycle.backtests.sweep.grid import DATA, Block, Grid, check_keys, expanded
from fedcycle.data.typing import Int64

GRID = "grid"
ONE_AT_A_TIME = "one_at_a_time"
AGAINST = "against"
MOST_CHOICES = 200
"""More comparisons than that say nothing of any one of them; the returns of all are held at once."""
CHOICES_A_BLOCK = 2
"""Each has a config of its own, which takes as long as its run: small blocks share a few dozen among the cores."""


@dataclass(frozen=True)
class Choice:
    """One variant of a sweep one at a time.

    Parameters
    ----------
    name : empty for a value listed under a key
    changes : key -> value, laid over the config
    against : number of the variant it is put beside
    """

    name: str
    changes: Mapping[str, Any]
    against: int = 0


@dataclass(frozen=True)
class OneAtATime:
    """The config's own values as variant 0, then each other choice laid over them by itself.

    Parameters
    ----------
    own : key -> the config's own value, of every key that any choice changes
    choices : in the order written, the config itself first
    places : key -> how many of its listed values stand before the config's own
    """

    own: Mapping[str, Any]
    choices: tuple[Choice, ...]
    places: Mapping[str, int]

    @classmethod
    def of(cls, config: RunConfig, load: Callable[[Sequence[str]], RunConfig]) -> OneAtATime:
        """Return what a config states; ``load`` returns it with further ``--set`` laid over.

        Raises
        ------
        ConfigError
            If there is nothing to try, too much, or the same thing twice.
        """
        listed = {key: expanded(key, tried) for key, tried in config.sweep.items()}
        check_keys(listed, "sweep")
        for name, stated in config.sweep_variants.items():
            check_keys([key for key in stated if key != AGAINST], f"sweep_variants: {name}")
        keys = dict.fromkeys([*listed, *(k for v in config.sweep_variants.values() for k in v if k != AGAINST)])
        own = {key: own_value(config, key) for key in keys}
        for key, tried in listed.items():
            if own[key] is None:
                _check_keys(config, f"sweep.{key}", {key: tried[0]}, load)
        for name, stated in config.sweep_variants.items():
            changes = {key: value for key, value in stated.items() if key != AGAINST}
            if any(own[key] is None for key in changes):
                _check_keys(config, f"sweep_variants.{name}", changes, load)
        choices = [Choice("", {})]
        for key, tried in listed.items():
            choices += [Choice("", {key: value}) for value in tried if not same(value, own[key])]
        choices += _named(config.sweep_variants, len(choices))
        _check(choices, own)
        places = {key: next((k for k, v in enumerate(tried) if same(v, own[key])), 0) for key, tried in listed.items()}
        return cls(own, tuple(choices), places)

    def __len__(self) -> int:
        return len(self.choices)

    @property
    def keys(self) -> tuple[str, ...]:
        """Return every key that any choice changes."""
        return tuple(self.own)

    @property
    def inner(self) -> Mapping[str, tuple[Any, ...]]:
        """Return nothing: each choice is a setting of its own, none is batched with another."""
        return {}

    def setting(self, number: int) -> dict[str, Any]:
        """Return key -> value of what a choice lays over the config."""
        return dict(self.choices[number].changes)

    def variant(self, number: int) -> dict[str, Any]:
        """Return key -> value of one variant, the config's own where it changes nothing."""
        return {**self.own, **self.choices[number].changes}

    def columns(self, numbers: Int64) -> dict[str, tuple[tuple[Any, ...], NDArray[Any]]]:
        """Return each key's values, and which of them each of some variants has."""
        every = [self.variant(n) for n in range(len(self))]
        return {key: (tuple(each[key] for each in every), numbers) for key in self.own}

    @cached_property
    def markets(self) -> tuple[dict[str, Any], ...]:
        """Return the distinct settings of the keys that choose a market."""
        found: list[dict[str, Any]] = []
        for choice in self.choices:
            chosen = {key: value for key, value in choice.changes.items() if key.startswith(DATA)}
            if chosen not in found:
                found.append(chosen)
        return tuple(found)

    @cached_property
    def blocks(self) -> Sequence[Block]:
        """Return the blocks, which depend on nothing but the choices."""
        starts = range(0, len(self), CHOICES_A_BLOCK)
        spans = [range(at, min(at + CHOICES_A_BLOCK, len(self))) for at in starts]
        return [Block(n, span.start, len(span), span, ()) for n, span in enumerate(spans)]


Tried: TypeAlias = Grid | OneAtATime
"""What a sweep runs."""


def tried(config: RunConfig, load: Callable[[Sequence[str]], RunConfig]) -> Tried:
    """Return what a config's sweep stands for."""
    if design_of(config) == ONE_AT_A_TIME:
        return OneAtATime.of(config, load)
    if config.sweep_variants:
        where = config.lines.get("sweep_design", str(config.file))
        raise ConfigError(
            f"{where}: sweep_design is grid, in which sweep_variants have no place; write sweep_design: {ONE_AT_A_TIME}"
        )
    try:
        return Grid.of(config.sweep, single=is_single(config))
    except ConfigError as error:
        where = next((at for key, at in config.lines.items() if key.partition(".")[0] == "sweep"), str(config.file))
        raise ConfigError(f"{where}: {error}") from error


def design_of(config: RunConfig) -> str:
    """Return the design of a config's sweep; where it states none, one at a time for one key, a grid for several."""
    if config.study.sweep_design is not None:
        return config.study.sweep_design
    if config.sweep_variants:
        return ONE_AT_A_TIME
    tried_values = [expanded(key, values) for key, values in config.sweep.items()]
    return ONE_AT_A_TIME if len(tried_values) == 1 and len(tried_values[0]) < MOST_CHOICES else GRID


def is_single(config: RunConfig) -> bool:
    """Return whether a config's variants are run one by one: the engine of many accounts keeps no such account."""
    return isinstance(config.rule, BacktraderStrategy) or config.account.on_margin


def same(one: Any, other: Any) -> bool:
    """Return whether two values of a config are one: 5 is 5.0, but true is not 1.

    Examples
    --------
    >>> same(5, 5.0), same(True, 1), same({"months": 6}, {"months": 6})
    (True, False, True)
    """
    one, other = jsonable(one), jsonable(other)
    return bool(one == other) and isinstance(one, bool) == isinstance(other, bool)


def own_value(config: RunConfig, key: str) -> Any:
    """Return the config's own value at a dotted key, None where it has none."""
    found: Any = config.values
    for step in key.split("."):
        if not isinstance(found, Mapping) or step not in found:
            return None
        found = found[step]
    return found


def _check_keys(
    config: RunConfig, place: str, changes: Mapping[str, Any], load: Callable[[Sequence[str]], RunConfig]
) -> None:
    """Raise ConfigError with where it is written and the nearest right one for a key that no config has."""
    sets = [assignment(key, value) for key, value in changes.items()]
    try:
        load(sets)
    except ConfigError as error:
        where = next(
            (at for key, at in config.lines.items() if key == place or key.startswith(f"{place}.")), config.file
        )
        said = str(error)
        for each in sets:
            said = said.removeprefix(f"--set {each}: ")
        raise ConfigError(f"{where}: {place.partition('.')[0]}: {said}") from error


def _named(stated: Mapping[str, Mapping[str, Any]], first: int) -> Iterator[Choice]:
    numbers = {name: first + k for k, name in enumerate(stated)}
    for name, values in stated.items():
        against = values.get(AGAINST)
        if against is not None and (not isinstance(against, str) or against not in numbers or against == name):
            others = ", ".join(other for other in numbers if other != name) or "none"
            raise ConfigError(f"sweep_variants: {name} is against {against}, but it must be another of them: {others}")
        yield Choice(name, {k: v for k, v in values.items() if k != AGAINST}, numbers.get(str(against), 0))


def _check(choices: Sequence[Choice], own: Mapping[str, Any]) -> None:
    if len(choices) < 2:
        raise ConfigError(
            "sweep has no value but the config's own; state others to put beside them, such as "
            "sweep: {strategy.recognise.pause.months: [3, 6, 9, 12]}"
        )
    if len(choices) > MOST_CHOICES:
        raise ConfigError(
            f"sweep has {len(choices):,} choices one at a time; at most {MOST_CHOICES} are put beside each other, "
            "try fewer values or sweep_design: grid"
        )
    seen: dict[tuple[str, int], Choice] = {}
    for choice in choices:
        values = {key: jsonable(value) for key, value in {**own, **choice.changes}.items()}
        # The same values beside another variant answer another question.
        before = seen.setdefault((repr(sorted(values.items())), choice.against), choice)
        if before is not choice:
            called = [f"sweep_variants: {c.name}" if c.name else "sweep" for c in (choice, before)]
            what = "the config itself" if not before.changes else f"what {called[1]} already tries"
            raise ConfigError(f"{called[0]} is {what}; every trial makes the best look worse, take it out")
