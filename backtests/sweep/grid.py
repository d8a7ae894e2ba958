"""The grid of a sweep: every combination of its keys' values, numbered, and cut into blocks that are run together."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import product
from typing import Any

from fedcycle.backtests.core.errors import ConfigError
from fedcycle.data.typing import Int64

MOST_VARIANTS = 10_000_000
"""More is a mistake in a range; 10 million already take half an hour a core."""
SMALLEST_BLOCK, LARGEST_BLOCK = 512, 4096
"""Variants of a block: many enough to share what they share, few enough that little is lost when one is."""
ASKED_TOGETHER = 8192
"""Variants whose rules are asked together, for as many blocks as they are in: what is said of one may hold for all."""
FEWEST_SETTINGS, MOST_SETTINGS = 16, 64
"""Settings outside the rule that one block runs together, the more the more there are."""

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
            settings = max(FEWEST_SETTINGS, min(self.settings // FEWEST_SETTINGS, MOST_SETTINGS))
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
