"""A mapping that cannot change, can be pickled and copied, and can be hashed where its values can."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
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
