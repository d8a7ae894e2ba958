"""A mapping that cannot change and can be hashed: what a frozen rule keeps of a mapping it was given."""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping
from typing import Generic, TypeVar

V = TypeVar("V", bound=Hashable)


class FrozenMapping(Mapping[str, V], Generic[V]):
    """A mapping of text to something hashable, equal to every mapping with the same entries in whatever order.

    Examples
    --------
    >>> hash(Frozen({"small": 0.5, "large": 0.25})) == hash(Frozen({"large": 0.25, "small": 0.5}))
    True
    """

    __slots__ = ("_parts",)

    def __init__(self, parts: Mapping[str, V]) -> None:
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
