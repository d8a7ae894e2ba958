"""A rule that is traced while it is asked: which parameters it read, what it compared and asked them, what came of it.

A rule is pure: two variants that agree in all that was read, and in the outcome of all that was compared and asked,
give the same answer to the same view. So one answer stands for all of them, and the rule keeps its one form. A number
is traced comparison by comparison (``Threshold``); a pause, a window or what recognises a final cut question by
question (``Probe``): such a value is never computed with, a rule asks it whether its window is on today.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import operator
import types
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any, TypeAlias, get_args

import numpy as np

from fedcycle.data.errors import DataError
from fedcycle.strategies import final_cut
from fedcycle.strategies.strategy import Strategy, StrategyError

WATCHED: frozenset[type[Any]] = frozenset((*get_args(final_cut.Recogniser), *get_args(final_cut.Window)))
"""Frozen values whose methods are pure. A user's own are not among them: nobody knows what theirs do."""
Question: TypeAlias = tuple[str, tuple[Any, ...] | None]
"""(name, arguments) of a method, or (name, None) of an attribute."""
Answers: TypeAlias = dict[Question, Any]

_CLASS: Question = ("__class__", None)
_PLAIN = (type(None), bool, int, str, dt.date, np.datetime64, type)


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


Comparison: TypeAlias = tuple[Callable[[Any, Any], Any], float, bool]
"""(operator, what the parameter was compared with, the outcome)."""


@dataclass(eq=False)
class TraceLog:
    """What one answer depended on.

    Parameters
    ----------
    compared : parameters that may be watched comparison by comparison: plain numbers
    asked : parameters that may be watched question by question: values of ``WATCHED`` classes
    read : parameters whose very value mattered
    outcomes : parameter -> comparisons made with it
    answers : parameter -> questions it was asked, and what it said
    """

    compared: Collection[str] = ()
    asked: Collection[str] = ()
    read: set[str] = field(default_factory=set)
    outcomes: dict[str, list[Comparison]] = field(default_factory=dict)
    answers: dict[str, Answers] = field(default_factory=dict)

    def __deepcopy__(self, memo: object) -> TraceLog:
        """Return the log itself: what a rule's copy reads, the rule has read."""
        return self


class Threshold:
    """Stands for a float parameter: notes each comparison with a number, and any other use as a reading of its value.

    To whoever asks it is a ``float``. Code in C gets at the value through ``__float__`` only: nothing is read unseen.
    """

    __slots__ = ("_log", "_name", "_value")
    __array_ufunc__ = None

    def __init__(self, value: float, name: str, log: TraceLog) -> None:
        self._value, self._name, self._log = value, name, log

    @property  # type: ignore[misc]
    def __class__(self) -> type[float]:  # type: ignore[override]  # what isinstance() asks for
        return float

    def _compare(self, how: Callable[[Any, Any], Any], other: Any) -> Any:
        if isinstance(other, Threshold) or type(other) not in (float, int, np.float64):
            return how(self._exact(), other._exact() if type(other) is Threshold else other)
        outcome = bool(how(self._value, other))
        self._log.outcomes.setdefault(self._name, []).append((how, float(other), outcome))
        return outcome

    def _exact(self) -> float:
        self._log.read.add(self._name)
        return self._value

    def __lt__(self, other: Any) -> Any:
        return self._compare(operator.lt, other)

    def __le__(self, other: Any) -> Any:
        return self._compare(operator.le, other)

    def __gt__(self, other: Any) -> Any:
        return self._compare(operator.gt, other)

    def __ge__(self, other: Any) -> Any:
        return self._compare(operator.ge, other)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._exact(), name)


_BINARY = ("add", "sub", "mul", "truediv", "floordiv", "mod", "pow")
_OPERATORS = tuple(f"__{name}__" for name in (*_BINARY, "eq", "ne", "neg", "pos", "abs"))


def _reading(name: str) -> Callable[..., Any]:
    """Return a method that reads the value and does to it what the operator, or the float's own method, would."""
    function = getattr(operator, name) if name in _OPERATORS else None

    def method(self: Threshold, *args: Any) -> Any:
        value, plain = self._exact(), [a._exact() if type(a) is Threshold else a for a in args]
        return getattr(value, name)(*plain) if function is None else function(value, *plain)

    method.__name__ = name
    return method


def _reflected(name: str) -> Callable[..., Any]:
    function = getattr(operator, f"__{name}__") if name != "divmod" else divmod

    def method(self: Threshold, other: Any) -> Any:
        return function(other, self._exact())

    method.__name__ = f"__r{name}__"
    return method


for _name in _OPERATORS:
    setattr(Threshold, _name, _reading(_name))
for _name in _BINARY:
    setattr(Threshold, f"__r{_name}__", _reflected(_name))
for _name in ("float", "int", "bool", "hash", "round", "trunc", "floor", "ceil", "repr", "str", "format", "divmod"):
    setattr(Threshold, f"__{_name}__", _reading(f"__{_name}__"))
setattr(Threshold, "__rdivmod__", _reflected("divmod"))  # noqa: B010 - as its neighbours


def _array(self: Threshold, dtype: Any = None, copy: Any = None) -> Any:  # noqa: ARG001 - numpy's protocol
    return np.asarray(self._exact(), dtype=dtype)


setattr(Threshold, "__array__", _array)  # noqa: B010


def traced(rule: Strategy, log: TraceLog) -> Strategy:
    """Return a rule that answers as ``rule`` does and writes what it reads of itself into ``log``."""
    kind = type(rule)
    double = object.__new__(_watched_class(kind))
    state = dict(getattr(rule, "__dict__", ()))
    if _slotted(kind):
        state |= {name: object.__getattribute__(rule, name) for name in _fields(kind)}
    # What a rule works out for itself when it is made hangs on all its parameters.
    for name in log.compared:
        if type(state.get(name)) is float:
            state[name] = Threshold(state[name], name, log)
    for name in log.asked:
        if type(state.get(name)) in WATCHED:
            state[name] = Probe(state[name], name, log)
    state[_LOG] = log
    if _slotted(kind):
        for name, value in state.items():
            object.__setattr__(double, name, value)
    else:
        object.__getattribute__(double, "__dict__").update(state)
    answer: Strategy = double
    return answer


_LOG = "_fedcycle_log"
_SELF_NOTING = (Threshold, Probe)


@cache
def _fields(kind: type[Strategy]) -> tuple[str, ...]:
    return tuple(f.name for f in dataclasses.fields(kind))


@cache
def _slotted(kind: type[Strategy]) -> bool:
    """Return whether a rule keeps a field elsewhere than in its ``__dict__``."""
    return any(isinstance(getattr(kind, name, None), types.MemberDescriptorType) for name in _fields(kind))


@cache
def _watched_class(kind: type[Strategy]) -> type[Any]:
    """Return a subclass of a rule's class whose instances note which fields are read."""
    fields = frozenset(_fields(kind))
    get = object.__getattribute__

    def __getattribute__(self: Any, name: str) -> Any:  # noqa: N807 - it is the method's name
        value = get(self, name)
        if name in fields:
            # These note for themselves how they are used.
            if type(value) not in _SELF_NOTING:
                get(self, _LOG).read.add(name)
        elif name == "__dict__" or name in get(self, "__dict__"):
            get(self, _LOG).read.update(fields)
            if name == "__dict__":
                value = {k: v._exact() if type(v) in _SELF_NOTING else v for k, v in value.items() if k != _LOG}
        return value

    # What a rule makes of itself with replace() has read every field it kept to do so; its own log is nobody's.
    body = {
        _LOG: TraceLog(),
        "__getattribute__": __getattribute__,
        "__module__": kind.__module__,
        "__qualname__": kind.__qualname__,
    }
    # Not a dataclass of its own: the fields are the rule's.
    return types.new_class(kind.__name__, (kind,), {}, lambda names: names.update(body, __doc__=kind.__doc__))
