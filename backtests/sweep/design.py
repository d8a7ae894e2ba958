"""What a sweep tries: the grid of a config's keys cut into blocks, or one choice at a time."""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from itertools import product
from typing import Any, TypeAlias

from numpy.typing import NDArray

from fedcycle.backtests.config import RunConfig, assignment
from fedcycle.backtests.config.serialize import jsonable
from fedcycle.backtests.core.backtrader_strategy import BacktraderStrategy
from fedcycle.backtests.core.errors import ConfigError
from fedcycle.data.typing import Int64

MOST_VARIANTS = 10_000_000
"""More is a mistake in a range; 10 million already take half an hour a core."""
SMALLEST_BLOCK, LARGEST_BLOCK = 512, 4096
"""Variants of a block: many enough to share what they share, few enough that little is lost when one is."""
ASKED_TOGETHER = 8192
"""Variants whose rules are asked together, for as many blocks as they are in: what is said of one may hold for all."""
FEWEST_SETTINGS, MOST_SETTINGS, SHARES = 32, 64, 16
"""Settings outside the rule that one block runs together: the fewest, the most, and into how many shares they are cut.

Settings of a block share each session's work; the fewest take a second or two, a few times what a process takes to
start.
"""

SINGLES_A_BLOCK = 4
"""Variants of a block that are run one by one: each takes as long as a run, so that small blocks share the cores."""

UNTOLD = ("name", "question", "sweep", "sweep_design", "sweep_reference", "sweep_variants")
"""Keys that change no number of a run."""
DATA = "data."
"""How the keys begin that choose a market."""
ACCOUNT_KEYS = ("execution.capital", "execution.costs.commission_bps", "execution.costs.slippage_bps")
"""Keys that change the account and no decision: their variants are batched as those of the rule's parameters are."""


@dataclass(frozen=True)
class Block:
    """Part of a grid: settings outside the rule, and for each of them one box of batched keys' values.

    Parameters
    ----------
    number : from 0
    first, count : the variants it holds are those from ``first`` on
    settings : numbers of the combinations of keys outside the rule
    box : for each batched key, the range of its values' indices
    """

    number: int
    first: int
    count: int
    settings: range
    box: tuple[range, ...]


@dataclass(frozen=True)
class Grid:
    """Keys and the values each takes.

    A variant's number is its place in the product of all values. Keys outside the rule vary slowest and those that
    can be batched fastest, each group in the order written, so that a block is one run of numbers.

    Parameters
    ----------
    outer : key -> values, of the keys that need a config of their own
    inner : key -> values, of the keys whose variants are batched
    single : whether the variants are run one by one
    """

    outer: Mapping[str, tuple[Any, ...]]
    inner: Mapping[str, tuple[Any, ...]]
    single: bool = False

    @classmethod
    def of(cls, stated: Mapping[str, Any], *, single: bool = False) -> Grid:
        """Return the grid that ``sweep:`` of a config states, ranges written out.

        ``single`` says that its variants are run one by one, so that nothing is batched and blocks are small.

        Raises
        ------
        ConfigError
            If there is nothing to try, or so much that a range must be wrong.
        """
        values = {key: expanded(key, value) for key, value in stated.items()}
        if not values:
            raise ConfigError(
                "sweep is empty; state what to try, such as sweep: {strategy.recognise.pause.months: [3, 6, 9, 12]}"
            )
        check_keys(values, "sweep")
        # Another class has other parameters: they mean something only beside it.
        batched = [
            k
            for k in values
            if not single and (k in ACCOUNT_KEYS or (k.startswith("strategy.") and "strategy.class" not in values))
        ]
        grid = cls(
            {key: tried for key, tried in values.items() if key not in batched},
            {key: values[key] for key in batched},
            single,
        )
        if len(grid) > MOST_VARIANTS:
            raise ConfigError(f"sweep has {len(grid):,} variants; at most {MOST_VARIANTS:,} are run, try fewer values")
        return grid

    def __len__(self) -> int:
        return self.settings * self.batch

    @cached_property
    def settings(self) -> int:
        """Return the number of combinations of keys outside the rule."""
        return math.prod(map(len, self.outer.values()))

    @cached_property
    def batch(self) -> int:
        """Return the number of combinations of batched keys."""
        return math.prod(map(len, self.inner.values()))

    @property
    def keys(self) -> tuple[str, ...]:
        """Return all keys, those that vary slowest first."""
        return (*self.outer, *self.inner)

    def setting(self, number: int) -> dict[str, Any]:
        """Return key -> value of one combination of keys outside the rule."""
        return _combination(self.outer, number)

    def variant(self, number: int) -> dict[str, Any]:
        """Return key -> value of one variant."""
        return {**self.setting(number // self.batch), **_combination(self.inner, number % self.batch)}

    def columns(self, numbers: Int64) -> dict[str, tuple[tuple[Any, ...], Int64]]:
        """Return each key's values, and which of them each of some variants has."""
        found, place = {}, numbers.copy()
        for key, tried in reversed({**self.outer, **self.inner}.items()):
            found[key] = (tried, place % len(tried))
            place //= len(tried)
        return {key: found[key] for key in self.keys}

    @cached_property
    def markets(self) -> tuple[dict[str, Any], ...]:
        """Return the combinations of the keys that choose a market; one that changes nothing where there are none."""
        keys = {key: tried for key, tried in self.outer.items() if key.startswith(DATA)}
        return tuple(dict(zip(keys, each, strict=True)) for each in product(*keys.values()))

    @cached_property
    def blocks(self) -> Sequence[Block]:
        """Return the blocks, which depend on nothing but the grid."""
        most = min(max(len(self) // 8, SMALLEST_BLOCK), LARGEST_BLOCK)
        sizes = [len(v) for v in self.inner.values()]
        if self.batch <= most:
            settings = max(FEWEST_SETTINGS, min(self.settings // SHARES, MOST_SETTINGS))
            if self.single:
                settings = max(SINGLES_A_BLOCK, len(self) // LARGEST_BLOCK)
            step = max(1, min(most // self.batch, settings))
            whole = tuple(map(range, sizes))
            found = [
                Block(n, at * self.batch, len(them) * self.batch, them, whole)
                for n, at in enumerate(range(0, self.settings, step))
                if (them := range(at, min(at + step, self.settings)))
            ]
        else:
            found = []
            for setting in range(self.settings):
                for box in _boxes(sizes, most):
                    first = found[-1].first + found[-1].count if found else 0
                    found.append(Block(len(found), first, math.prod(map(len, box)), range(setting, setting + 1), box))
        return found


def check_keys(keys: Collection[str], where: str) -> None:
    """Raise ConfigError for a key that changes no number, or two that set the same value."""
    for key in keys:
        if key.partition(".")[0] in (*UNTOLD, "extends"):
            raise ConfigError(f"{where}: {key} changes no number; sweep over other keys")
        below = next((other for other in keys if other.startswith(f"{key}.")), None)
        if below is not None:
            raise ConfigError(f"{where}: {key} and {below} set the same value; sweep over one of them")


def expanded(key: str, value: Any) -> tuple[Any, ...]:
    """Return the values that a list or a range ``{from, to, step}`` of a sweep stands for.

    Examples
    --------
    >>> expanded("strategy.window.months", {"from": 3, "to": 12, "step": 3})
    (3, 6, 9, 12)
    >>> expanded("strategy.correlation_below", {"from": -0.3, "to": 0.0, "step": 0.1})
    (-0.3, -0.2, -0.1, 0.0)
    """
    if isinstance(value, Mapping):
        return _range(key, value)
    tried = tuple(value)
    seen: set[str] = set()
    for each in tried:
        # 1 and 1.0 are one value to every rule; true is not 1.
        number = isinstance(each, (int, float)) and not isinstance(each, bool)
        said = repr(float(each)) if number else repr(each)
        if said in seen:
            raise ConfigError(f"sweep: {key} tries {each!r} twice; every trial makes the best look worse, take one out")
        seen.add(said)
    return tried


def _range(key: str, stated: Mapping[str, Any]) -> tuple[Any, ...]:
    form = "write it as {from: 3, to: 12, step: 3}"
    if set(stated) != {"from", "to", "step"}:
        raise ConfigError(f"sweep: the range of {key} has {', '.join(stated) or 'nothing'}; {form}")
    first, last, step = (stated[name] for name in ("from", "to", "step"))
    for name, number in stated.items():
        if not isinstance(number, int | float) or isinstance(number, bool) or not math.isfinite(number):
            raise ConfigError(f"sweep: {name} of {key} is {number!r}, but it must be a number; {form}")
    if step <= 0 or last < first:
        raise ConfigError(f"sweep: the range of {key} goes from {first} to {last} by {step}; {form}")
    # A millionth of a step, so that 0.1 three times over reaches 0.3.
    count = int((last - first) / step + 1e-6) + 1
    if count > MOST_VARIANTS:
        raise ConfigError(f"sweep: the range of {key} has {count:,} values; take a larger step")
    if all(isinstance(number, int) for number in (first, step)):
        return tuple(first + k * step for k in range(count))
    # Twelve digits, so that -0.3 + 2 * 0.1 is -0.1 and not a hair off.
    return tuple(float(f"{first + k * step:.12g}") + 0.0 for k in range(count))


def _combination(values: Mapping[str, tuple[Any, ...]], number: int) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key in reversed(list(values)):
        number, k = divmod(number, len(values[key]))
        found[key] = values[key][k]
    return {key: found[key] for key in values}


def together(box: Mapping[str, range], tried: Mapping[str, Sequence[Any]]) -> dict[str, range]:
    """Return the box of values whose rules are asked together: a block's, with all values of as many keys as can be."""
    found = dict(box)
    for key in reversed(list(box)):
        wider = {**found, key: range(len(tried[key]))}
        if math.prod(map(len, wider.values())) > ASKED_TOGETHER:
            break
        found = wider
    return found


def _boxes(sizes: Sequence[int], max_: int) -> Iterator[tuple[range, ...]]:
    """Yield boxes of at most ``max_`` combinations that together are all, in order: last keys whole, one key cut."""
    whole, cut = 1, len(sizes)
    while cut and whole * sizes[cut - 1] <= max_:
        cut -= 1
        whole *= sizes[cut]
    tail = tuple(range(n) for n in sizes[cut:])
    at, step = cut - 1, max_ // whole
    for lead in range(math.prod(sizes[:at])):
        head: list[range] = []
        for n in reversed(sizes[:at]):
            lead, k = divmod(lead, n)
            head.insert(0, range(k, k + 1))
        for start in range(0, sizes[at], step):
            yield (*head, range(start, min(start + step, sizes[at])), *tail)


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
    changes : key -> value, overrides of the config
    against : number of the variant it is put beside
    """

    name: str
    changes: Mapping[str, Any]
    against: int = 0


@dataclass(frozen=True)
class OneAtATime:
    """The config's own values as variant 0, then each other choice overriding them by itself.

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
        """Return what a config states; ``load`` returns it with further ``--set``.

        Raises
        ------
        ConfigError
            If there is nothing to try, too much, or the same thing twice.
        """
        with _placed(config, "sweep"):
            listed = {key: expanded(key, tried) for key, tried in config.sweep.items()}
            check_keys(listed, "sweep")
        with _placed(config, "sweep_variants"):
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
        with _placed(config, "sweep" if listed else "sweep_variants"):
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
        """Return key -> value of what a choice overrides in the config."""
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
    with _placed(config, "sweep"):
        return Grid.of(config.sweep, single=is_single(config))


@contextmanager
def _placed(config: RunConfig, section: str) -> Iterator[None]:
    """Say in a ConfigError where a section of the config is written."""
    try:
        yield
    except ConfigError as error:
        where = next((at for key, at in config.lines.items() if key.partition(".")[0] == section), str(config.file))
        raise ConfigError(f"{where}: {error}") from error


def design_of(config: RunConfig) -> str:
    """Return the design of a config's sweep; where it states none, one at a time for one key, a grid for several."""
    if config.study.sweep_design is not None:
        return config.study.sweep_design
    if config.sweep_variants:
        return ONE_AT_A_TIME
    with _placed(config, "sweep"):
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
