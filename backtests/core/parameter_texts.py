"""Parameters of a bt.Strategy that YAML has no value for: classes, functions, times of day and spans, as texts."""

from __future__ import annotations

import datetime as dt
import importlib
import re
import sys
from typing import Any

_SPAN = re.compile(r"(-?\d+(?:\.\d+)?) (days|hours|minutes|seconds)")


def text_of(value: Any, module: str) -> Any:
    """Return a default as a config writes it: a dotted path, a time, a span such as ``5 days``; else the value itself.

    Parameters
    ----------
    value : the default
    module : of the strategy, whose own names need no path
    """
    if isinstance(value, dt.timedelta):
        days = value / dt.timedelta(days=1)
        return f"{days:g} days" if days == int(days) else f"{value.total_seconds():g} seconds"
    if isinstance(value, (dt.time, dt.datetime)):
        return value.isoformat()
    name = getattr(value, "__qualname__", None)
    if not callable(value) or name is None or not hasattr(value, "__module__"):
        return value
    path = name if value.__module__ == module else f"{value.__module__}.{name}"
    try:
        same = named(path, module) is value
    except ValueError:
        same = False
    return path if same else value


def value_of(value: Any, default: Any, module: str, key: str) -> Any:
    """Return what a text of a config means, where a parameter's default says that it is such a text.

    Raises
    ------
    ValueError
        If the text is none of what the default is.
    """
    if isinstance(value, list) and isinstance(default, tuple):
        return tuple(value)
    if not isinstance(value, str):
        return value
    try:
        if isinstance(default, dt.timedelta):
            found = _SPAN.fullmatch(value)
            if found is None:
                raise ValueError("write a number and days, hours, minutes or seconds, such as 5 days")
            return dt.timedelta(**{found[2]: float(found[1])})
        if isinstance(default, dt.datetime):
            return dt.datetime.fromisoformat(value)
        if isinstance(default, dt.time):
            return dt.time.fromisoformat(value)
    except ValueError as error:
        raise ValueError(f"{key} is {value!r}: {error}") from error
    return named(value, module) if callable(default) else value


def named(path: str, module: str) -> Any:
    """Return a class or function by its dotted path, or by its name in the strategy's own module.

    Raises
    ------
    ValueError
        If there is none.
    """
    found: Any = sys.modules.get(module)
    parts = path.split(".")
    if len(parts) > 1 and not hasattr(found, parts[0]):
        try:
            found = importlib.import_module(parts.pop(0))
            while parts and not hasattr(found, parts[0]):
                found = importlib.import_module(f"{found.__name__}.{parts.pop(0)}")
        except ImportError as error:
            raise ValueError(f"{path} is no class or function: {error}; write its dotted path") from error
    for part in parts:
        if not hasattr(found, part):
            raise ValueError(f"{path} is no class or function; write its dotted path, such as backtrader.ind.SMA")
        found = getattr(found, part)
    return found
