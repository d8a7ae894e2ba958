"""Plain data as YAML text that reads back as the same data, and where each value of a config is from."""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Callable, Iterator, Mapping
from datetime import date
from typing import Any, TypeAlias

from fedcycle.backtests.config.yaml_reader import Node, scalar

Path: TypeAlias = tuple[str, ...]

_WORD = re.compile(r"[A-Za-z_][A-Za-z0-9_./-]*( [A-Za-z0-9_./-]+)*")
COMMENT_COLUMN = 48


def leaves(values: Mapping[str, Any], path: Path = ()) -> Iterator[tuple[Path, Any]]:
    """Yield path and value of everything that is not a mapping with entries."""
    for key, value in values.items():
        if isinstance(value, Mapping) and value:
            yield from leaves(value, (*path, key))
        else:
            yield (*path, key), value


def origins(values: Mapping[str, Any], tree: Node) -> dict[str, str]:
    """Return dotted key -> where each value of a config is from."""
    return {".".join(path): _origin(path, values, tree) for path, _ in leaves(values)}


def _origin(path: Path, values: Any, tree: Node) -> str:
    """Return where a value is from: a file and line, a ``--set``, or the defaults of the rule it is a parameter of."""
    node, rule = tree, ""
    for key in path:
        values = values[key]
        if key not in node.entries:
            return f"default of {rule}" if rule else node.place
        node = node.entries[key]
        # Only what a rule lacks is its default: the parts of one value stand or fall together.
        rule = values["class"].rpartition(":")[2] if path[0] == "strategy" and _is_rule(values) else ""
    return node.place


def _is_rule(value: Any) -> bool:
    return isinstance(value, Mapping) and isinstance(value.get("class"), str)


def jsonable(value: Any) -> Any:
    """Return plain data as JSON can hold it: dates as ``YYYY-MM-DD``."""
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Mapping):
        return {key: jsonable(each) for key, each in value.items()}
    if isinstance(value, (list, tuple)):
        return [jsonable(each) for each in value]
    return value


def text(values: Mapping[str, Any], comment: Callable[[Path], str] = lambda _: "") -> str:
    """Return a mapping as YAML 1.2, one leaf a line, ``comment(path)`` behind each."""
    return "".join(f"{line}\n" for line in _lines(values, (), comment))


def _lines(values: Mapping[str, Any], path: Path, comment: Callable[[Path], str]) -> Iterator[str]:
    indent = "  " * len(path)
    for key, value in values.items():
        here = (*path, key)
        if isinstance(value, Mapping) and value:
            yield f"{indent}{_scalar(key)}:"
            yield from _lines(value, here, comment)
        else:
            line, said = f"{indent}{_scalar(key)}: {flow(value)}", comment(here)
            yield f"{line:<{COMMENT_COLUMN}}  # {said}" if said else line


def flow(value: Any) -> str:
    """Return a value on one line."""
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{_scalar(key)}: {flow(each)}" for key, each in value.items()) + "}"
    if isinstance(value, (list, tuple)):
        return "[" + ", ".join(map(flow, value)) + "]"
    return _scalar(value)


def as_shown(value: Any) -> str:
    """Return a value for a reader: a text or a number as it is, a mapping or list as a config has it, none as ``none``.

    Examples
    --------
    >>> as_shown("small"), as_shown(None), as_shown({"small": 0.5, "large": 0.5})
    ('small', 'none', '{small: 0.5, large: 0.5}')
    """
    return "none" if value is None else flow(value) if isinstance(value, (Mapping, list, tuple)) else str(value)


def _scalar(value: Any) -> str:
    if value is None:
        return "null"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, (int, float)):
        return repr(value)
    if isinstance(value, date):
        return value.isoformat()
    plain = _WORD.fullmatch(value) and len(value) <= 60 and scalar(value) == value
    return value if plain else _quoted(value)


def _quoted(value: str) -> str:
    """Return a double-quoted scalar; JSON escapes what YAML must, but not the rest of what cannot be printed."""
    quoted = json.dumps(value, ensure_ascii=False)
    return "".join(
        _escaped(c) if unicodedata.category(c) in ("Cc", "Cf", "Cn", "Co", "Cs", "Zl", "Zp") else c for c in quoted
    )


def _escaped(c: str) -> str:
    return f"\\u{ord(c):04x}" if ord(c) <= 0xFFFF else f"\\U{ord(c):08x}"
