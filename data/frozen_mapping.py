"""Mappings that cannot change: one that can be pickled and hashed, and one whose values are made when asked for."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Generic, TypeVar

V = TypeVar("V")


class FrozenMapping(Mapping[str, V], Generic[V]):
    """A mapping of text to something, equal to every mapping with the same entries in whatever order.

    Examples
    --------
    >>> hash(FrozenMapping({"small": 0.5, "large": 0.25})) == hash(FrozenMapping({"large": 0.25, "small": 0.5}))
    True
    """

    __slots__ = ("_parts",)

    def __init__(self, parts: Mapping[str, V] | Iterable[tuple[str, V]] = ()) -> None:
        self._parts = dict(parts)

    def __getitem__(self, key: str) -> V:
        return self._parts[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self._parts)

    def __len__(self) -> int:
        return len(self._parts)

    def __hash__(self) -> int:
        return hash(frozenset(self._parts.items()))

    def __repr__(self) -> str:
        return repr(self._parts)


class DeferredMapping(Mapping[str, V], Generic[V]):
    """A mapping whose names are known and whose values are made when first asked for, once each.

    Parameters
    ----------
    names : in order
    make : name -> its value; must answer the same whenever it is asked

    Examples
    --------
    >>> made = DeferredMapping(["a", "b"], str.upper)
    >>> made["b"], len(made)
    ('B', 2)
    """

    __slots__ = ("_made", "_make", "_names")

    def __init__(self, names: Iterable[str], make: Callable[[str], V]) -> None:
        self._names, self._make = dict.fromkeys(names), make
        self._made: dict[str, V] = {}

    def __getitem__(self, key: str) -> V:
        if key not in self._made:
            if key not in self._names:
                raise KeyError(key)
            self._made[key] = self._make(key)
        return self._made[key]

    def __contains__(self, key: object) -> bool:
        return key in self._names

    def __iter__(self) -> Iterator[str]:
        return iter(self._names)

    def __len__(self) -> int:
        return len(self._names)
