"""A structured parameter that is watched question by question: a pause, a window, or whatever recognises a final cut.

Such a value is never computed with: a rule asks it whether its window is on today, or which cut it takes for final.
Values that give the same answers to all that was asked make no difference to the rule.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol, TypeAlias, get_args

import numpy as np

from fedcycle.data.errors import DataError
from fedcycle.strategies import final_cut
from fedcycle.strategies.strategy import StrategyError

WATCHED: frozenset[type[Any]] = frozenset((*get_args(final_cut.Recogniser), *get_args(final_cut.Window)))
"""Frozen values whose methods are pure. A user's own are not among them: nobody knows what theirs do."""
Question: TypeAlias = tuple[str, tuple[Any, ...] | None]
"""(name, arguments) of a method, or (name, None) of an attribute."""
Answers: TypeAlias = dict[Question, Any]

_CLASS: Question = ("__class__", None)
_PLAIN = (type(None), bool, int, str, dt.date, np.datetime64, type)


class TraceLog(Protocol):
    """What a probe writes into."""

    read: set[str]
    answers: dict[str, Answers]


class Probe:
    """Stands for a structured parameter: notes each question and its answer, and any other use as a reading.

    To whoever asks it is of the class it stands for, which is noted too.
    """

    __slots__ = ("_log", "_name", "_value")

    def __init__(self, value: Any, name: str, log: TraceLog) -> None:
        self._value, self._name, self._log = value, name, log

    @property  # type: ignore[misc]
    def __class__(self) -> type[Any]:  # what isinstance() asks for
        kind = type(self._value)
        self._note(_CLASS, kind)
        return kind

    def _note(self, question: Question, said: Any) -> Any:
        if _is_plain(said):
            self._log.answers.setdefault(self._name, {})[question] = said
        else:
            self._log.read.add(self._name)
        return said

    def _exact(self) -> Any:
        self._log.read.add(self._name)
        return self._value

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._value, name)
        if name.startswith("__"):
            return getattr(self._exact(), name)
        if not callable(found):
            return self._note((name, None), found)

        def asked(*args: Any, **more: Any) -> Any:
            exact = tuple(a._exact() if hasattr(type(a), "_exact") else a for a in args)
            if more or not _can_be_key(exact):
                return getattr(self._exact(), name)(*exact, **more)
            return self._note((name, exact), found(*exact))

        return asked

    def __eq__(self, other: object) -> bool:
        return bool(self._exact() == (other._exact() if type(other) is Probe else other))

    def __hash__(self) -> int:
        return hash(self._exact())

    def __repr__(self) -> str:
        return repr(self._exact())

    def __reduce_ex__(self, protocol: Any) -> Any:
        return self._exact().__reduce_ex__(protocol)

    def __deepcopy__(self, memo: object) -> Any:
        return self._exact()


@dataclass(eq=False)
class AxisAnswers:
    """What the values along one axis say; each is asked a question once.

    Parameters
    ----------
    values : along the axis; anything but a value of ``WATCHED`` classes agrees with nothing
    """

    values: Sequence[Any]
    _said: dict[Question, list[Any]] = field(default_factory=dict)

    def like(self, place: int, answers: Answers) -> list[bool]:
        """Return which values give the same answers as the one at a place."""
        same = [type(value) in WATCHED for value in self.values]
        for question, outcome in answers.items():
            if question not in self._said:
                self._said[question] = list(self._asked(question))
            kind = type(outcome)
            same = [
                s and (o is outcome or (type(o) is kind and bool(o == outcome)))
                for s, o in zip(same, self._said[question], strict=True)
            ]
        same[place] = True
        return same

    def forget(self) -> None:
        """Forget what was said: answers are about one view."""
        self._said.clear()

    def _asked(self, question: Question) -> Iterator[Any]:
        name, args = question
        for value in self.values:
            if type(value) not in WATCHED:
                yield _NOTHING
            elif question == _CLASS:
                yield type(value)
            else:
                try:
                    found = getattr(value, name)
                    yield found if args is None else found(*args)
                except (AttributeError, TypeError, DataError, StrategyError):
                    # Another class does not know the question, or the value refuses: it is asked by itself.
                    yield _NOTHING


_NOTHING = object()


def _is_plain(said: Any) -> bool:
    if type(said) is tuple:
        return all(map(_is_plain, said))
    return type(said) in _PLAIN


def _can_be_key(args: tuple[Any, ...]) -> bool:
    try:
        hash(args)
    except TypeError:
        return False
    return True
